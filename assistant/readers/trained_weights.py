"""What the trained reader's logits are worth, by scripts/calibrate_reader.py; not to be edited by hand."""

RANKING: dict[str, float] = {"answers": 0.7, "margin": 0.3, "retrieved": 3.0, "log_share": 1.0, "covered": 2.0}
ANSWERED: dict[str, float] = {"bias": 0.0, "answers": 0.5}
THRESHOLD = 0.3

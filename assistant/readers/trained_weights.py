"""What the reader's logits are worth, by scripts/calibrate_reader.py; not to be edited by hand."""

RANKING: dict[str, float] = {
    "answers": 0.264,
    "margin": 0.218,
    "retrieved": 4.871,
    "log_share": 0.479,
    "covered": 1.715,
}
"""Log-odds for a sentence to be the one that answers, by unit of a feature."""
ANSWERED: dict[str, float] = {
    "bias": -7.290,
    "answers": 0.331,
    "log_share": 2.186,
    "covered": 0.802,
    "cosine": 1.381,
    "retrieved_best": 6.485,
    "passage_coverage": 0.541,
    "year_missing": -0.968,
    "question_length": -0.041,
    "long_coverage": 1.088,
    "long_retrieved": 0.431,
    "long_long": 0.493,
}
"""Log-odds that the best sentence answers, by unit of a feature."""
THRESHOLD = 0.3
"""Confidence below which the reader says "not found"."""

"""The weights of the extractive reader, written by scripts/fit_reader.py; not to be edited by hand.

Fitted on 2400 questions of SQuADShifts, new Wikipedia (Miller et al. 2020), by seed 0.
On 600 held-out questions: first sentence right 0.797, AUROC of answerable against answer removed 0.861.
"""

RANKING: dict[str, float] = {
    "cosine": 8.565,
    "coverage": 5.315,
    "coverage_before": 2.522,
    "coverage_carried": 0.632,
    "coverage_title": 4.695,
    "pairs": 1.157,
    "passage_score": 6.524,
    "person": 0.690,
    "date": 2.282,
    "number": 0.968,
    "place": 0.498,
    "near": 1.945,
    "speaker": 4.195,
    "short": -1.822,
    "length": 0.124,
    "news": 0.076,
    "asks": -2.384,
}
"""Log-odds for a sentence to be the one that answers, by unit of a feature."""
ANSWERED: dict[str, float] = {
    "bias": -8.518,
    "cosine": 5.450,
    "coverage": 3.651,
    "coverage_before": 2.245,
    "pairs": 1.093,
    "near": 0.741,
    "names_missing": -0.917,
    "year_missing": -1.880,
    "kind_missing": -0.248,
    "question_length": 1.439,
}
"""Log-odds that the best sentence answers, by unit of a feature."""

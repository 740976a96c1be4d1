"""The weights of the linear scorer, written by scripts/fit_linear_reader.py; not to be edited by hand.

Fitted on 2400 questions of SQuADShifts, new Wikipedia (Miller et al. 2020), by seed 0.
On 600 held-out questions: first sentence right 0.793, AUROC of answerable against answer removed 0.860.
"""

RANKING: dict[str, float] = {
    "cosine": 8.260,
    "coverage": 5.452,
    "coverage_before": 2.521,
    "coverage_carried": 0.675,
    "coverage_title": 4.854,
    "pairs": 1.095,
    "passage_score": 5.850,
    "person": 0.727,
    "date": 2.387,
    "number": 0.946,
    "place": 0.531,
    "near": 1.857,
    "speaker": 4.557,
    "short": -1.855,
    "length": 0.118,
    "news": 0.015,
    "asks": -2.483,
}
"""Log-odds for a sentence to be the one that answers, by unit of a feature."""
ANSWERED: dict[str, float] = {
    "bias": -8.557,
    "cosine": 5.418,
    "coverage": 3.585,
    "coverage_before": 1.926,
    "pairs": 1.108,
    "near": 0.776,
    "names_missing": -0.936,
    "year_missing": -1.867,
    "kind_missing": -0.309,
    "question_length": 1.505,
}
"""Log-odds that the best sentence answers, by unit of a feature."""

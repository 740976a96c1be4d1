"""When a short answer is sure enough, by scripts/fit_short_answers.py; not to be edited by hand."""

SURE: dict[str, float] = {
    "bias": -3.8198,
    "confidence": 0.28627,
    "score": 0.27285,
    "lead": 0.34541,
    "agree": 0.51294,
    "ahead": 0.30321,
    "counts": 0.62618,
    "counts_others": 0.18501,
    "near": 0.0025235,
    "repeats": 0.38322,
    "words": 0.076371,
    "capitals": 0.25716,
    "cut": -1.1391,
    "question_length": 0.063617,
    "person": -0.13144,
    "number": 0.49892,
    "date": 0.85081,
    "time": 0,
    "place": 0.49516,
    "name": 0.76975,
    "reason": 0.4506,
    "quote": 0.40452,
}
"""Log-odds that the words are right, by unit of what is measured."""
LEAST: dict[str, float] = {
    "person": 0.15,
    "date": 0.4,
    "time": 0.4,
    "number": 0.4,
    "place": 0.15,
    "name": 0.35,
    "quote": 0.4,
    "reason": 0.4,
    "other": 0.2,
}
"""The chance from which they are shown, by the kind of answer that is asked for."""

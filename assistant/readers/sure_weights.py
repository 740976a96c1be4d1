"""When a short answer is sure enough, by scripts/fit_short_answers.py; not to be edited by hand."""

SURE: dict[str, float] = {
    "bias": -2.96,
    "confidence": 0.20171,
    "score": 0.3244,
    "lead": 0.30669,
    "agree": 0.78138,
    "near": 0.14536,
    "repeats": -0.36333,
    "words": -0.27297,
    "capitals": 0.25121,
    "cut": -0.86253,
    "question_length": 0.12023,
    "person": 0.036577,
    "number": 0.46698,
    "date": 0.72866,
    "time": 0,
    "place": 0.30841,
    "name": 0.73407,
    "reason": 0.25509,
    "quote": 0.21098,
}
"""Log-odds that the words are right, by unit of what is measured."""
LEAST: dict[str, float] = {
    "person": 0.2,
    "date": 0.45,
    "time": 0.45,
    "number": 0.3,
    "place": 0.2,
    "name": 0.35,
    "quote": 0.45,
    "reason": 0.35,
    "other": 0.2,
}
"""The chance from which they are shown, by the kind of answer that is asked for."""

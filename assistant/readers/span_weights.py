"""Which span of a sentence is the answer, by scripts/fit_answer_spans.py; not to be edited by hand."""

SPANS: dict[str, float] = {
    "log_odds": 0.6,
    "whole": 0.84335,
    "untyped": -0.38506,
    "extra": -0.20384,
    "share": 1.5441,
    "repeats": -1.1107,
    "echo": 1.1371,
    "near": 0.86816,
    "words": -0.099178,
    "preposition": -0.58573,
    "joins": -0.3971,
    "cut": -0.38025,
    "remark": 0.85226,
    "bracketed": 1.1824,
    "name_cut": -1.8072,
}
"""Log-odds of a span against the others of its sentence, by unit of what is measured."""

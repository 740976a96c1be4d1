"""Does a passage say what a statement says? Words may differ; numbers, dates, names and negation may not."""

from assistant.support.check import SUPPORTED, Support, find_support, support_statement

__all__ = ["SUPPORTED", "Support", "find_support", "support_statement"]

"""Turns files of questions, Dateline's own and those of other tools, into rows with Dateline's field names."""

from assistant.evaluation.sets.formats.reading import read_contents
from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem

__all__ = ["Contents", "Row", "RowProblem", "read_contents"]

"""Files of questions, Dateline's own and those of other tools, become rows with Dateline's names of the fields."""

from assistant.evaluation.formats.reading import read_contents
from assistant.evaluation.formats.rows import Contents, Row, RowProblem

__all__ = ["Contents", "Row", "RowProblem", "read_contents"]

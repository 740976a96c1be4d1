"""The form into which every format is read: rows in Dateline's own fields that know their place in the file."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from index.article import Article


@dataclasses.dataclass(frozen=True, slots=True)
class RowProblem:
    """One sentence on what is wrong with a row, beginning with its place, and what to do."""

    message: str
    help: str | None = None

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """The fields of one question by Dateline's names; `called` has the names they go by in the file.

    `place` returns the words that name the row in a message: finding its line may mean reading the file again.
    """

    values: Mapping[str, object]
    place: Callable[[], str]
    called: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def problem(self, field: str, what: str, *, help: str | None = None) -> RowProblem:  # noqa: A002
        """Return the problem with one field, given as `what`, such as "is not a text"."""
        return RowProblem(f"{self.place()}: {self.called.get(field, field)} {what}.", help)

    def renamed(self, values: Mapping[str, object], called: Mapping[str, str]) -> Row:
        """Return the row at the same place with other fields."""
        return Row(values, self.place, called)


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """The rows of a file or folder in order, and its articles if it has its own."""

    rows: Iterable[Row | RowProblem]
    articles: tuple[Article, ...] | None = None

"""What can go wrong on the way to an answer; the tree goes on from `index.errors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import DatelineError

if TYPE_CHECKING:
    from collections.abc import Sequence


class SettingsError(DatelineError):
    """A setting has a value that cannot be used."""


class QuestionSetError(DatelineError):
    """A question set cannot be read; `problems` has one sentence for each of its rows that is wrong."""

    def __init__(self, message: str, *, help: str | None = None, problems: Sequence[str] = ()) -> None:  # noqa: A002
        super().__init__(message, help=help)
        self.problems = tuple(problems)

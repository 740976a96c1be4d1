"""Errors of the server, derived from those of `index.errors`."""

from __future__ import annotations

from typing import Self

from index.errors import DatelineError


class BusyError(DatelineError):
    """The server has too much to do; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int, help: str | None = None) -> None:  # noqa: A002 - as above
        advice = f"Try again in {retry_after} seconds, or raise DATELINE_ANSWERS_WAITING."
        super().__init__(message, help=help or advice)
        self.retry_after = retry_after


class NotReadyError(DatelineError):
    """The server has not opened its collection yet, could not open it, or has closed it."""


class AnswerTimeoutError(DatelineError):
    """An answer took longer than the server allows."""


class QuestionTooLongError(DatelineError):
    """A question is longer than the server allows."""


class TooManyFilesError(DatelineError):
    """More files were uploaded than the server stores before adding them."""


class ServeError(DatelineError):
    """The server cannot start with these settings."""


class JobNotFoundError(DatelineError):
    """No addition that is still known, and that the visitor may see, has this id."""

    @classmethod
    def of(cls, id_: str) -> Self:
        """Return the error for this id."""
        return cls(f"No job has the id {id_!r:.80}.", help="GET /api/jobs lists those that are kept.")


class WatchNotFoundError(DatelineError):
    """No watched address has this id."""

    @classmethod
    def of(cls, id_: str) -> Self:
        """Return the error for this id."""
        return cls(f"No watched address has the id {id_!r:.80}.", help="GET /api/watches lists them.")


class EvaluationNotFoundError(DatelineError):
    """No evaluation that is still kept, and that the visitor may see, has this id."""

    @classmethod
    def of(cls, id_: str) -> Self:
        """Return the error for this id."""
        return cls(f"No evaluation has the id {id_!r:.80}.", help="GET /api/evaluations lists those that are kept.")


class EvaluationNotDoneError(DatelineError):
    """The questions and answers of an evaluation are not available yet, or no longer."""


class QuestionSetNotFoundError(DatelineError):
    """No question set is kept under this name."""


class BadNameError(DatelineError):
    """A question set cannot have this name."""

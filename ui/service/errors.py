"""What can go wrong in serving; the tree goes on from `index.errors`."""

from __future__ import annotations

from typing import Self

from index.errors import DatelineError


class BusyError(DatelineError):
    """More is being asked than the server takes on; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int, help: str | None = None) -> None:  # noqa: A002 - as above
        advice = f"Try again in {retry_after} seconds, or raise DATELINE_ANSWERS_WAITING."
        super().__init__(message, help=help or advice)
        self.retry_after = retry_after


class NotReadyError(DatelineError):
    """The server has not opened its collection yet, could not, or has closed it."""


class AnswerTimeoutError(DatelineError):
    """An answer took longer than the server lets it."""


class QuestionTooLongError(DatelineError):
    """A question is longer than any that is answered."""


class TooManyFilesError(DatelineError):
    """More has been sent to be added than is kept until it is."""


class ServeError(DatelineError):
    """The server cannot start as it was told to."""


class JobNotFoundError(DatelineError):
    """No addition that is still known, and may be seen by who asks, has this id."""

    @classmethod
    def of(cls, id_: str) -> Self:
        """Return the error for this id."""
        return cls(f"No job has the id {id_!r:.80}.", help="GET /api/jobs lists those that are kept.")


class EvaluationNotFoundError(DatelineError):
    """No evaluation that is still kept, and may be seen by who asks, has this id."""

    @classmethod
    def of(cls, id_: str) -> Self:
        """Return the error for this id."""
        return cls(f"No evaluation has the id {id_!r:.80}.", help="GET /api/evaluations lists those that are kept.")


class EvaluationNotDoneError(DatelineError):
    """The questions and answers of an evaluation are not there yet, or not any more."""


class QuestionSetNotFoundError(DatelineError):
    """No question set is kept under this name."""


class BadNameError(DatelineError):
    """A question set cannot be called so."""

"""What can go wrong in serving; the tree goes on from `index.errors`."""

from index.errors import DatelineError


class BusyError(DatelineError):
    """More is being asked than the server takes on; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, help=f"Try again in {retry_after} seconds, or raise DATELINE_ANSWERS_WAITING.")
        self.retry_after = retry_after


class NotReadyError(DatelineError):
    """The server has not opened its collection yet, could not, or has closed it."""


class AnswerTimeoutError(DatelineError):
    """An answer took longer than the server lets it."""


class ServeError(DatelineError):
    """The server cannot start as it was told to."""

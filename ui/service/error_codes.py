"""What clients learn of an error, and its code, on every surface."""

from __future__ import annotations

from typing import NamedTuple

from assistant.chat_models.chat_model import ModelError
from assistant.errors import QuestionSetError, SettingsError
from assistant.evaluation.runs.run import EvaluationError
from index.errors import (
    ArticleNotFoundError,
    DatelineError,
    EmbeddingError,
    FetchError,
    FilterError,
    HomeError,
    HomeLockedError,
    IndexMismatchError,
    SourceError,
)
from ui.access.quota import QuotaError
from ui.access.visitor import ForbiddenError
from ui.conversations.kept import ConversationNotFoundError
from ui.service.errors import (
    AnswerTimeoutError,
    BadNameError,
    BusyError,
    EvaluationNotDoneError,
    EvaluationNotFoundError,
    JobNotFoundError,
    NotReadyError,
    QuestionSetNotFoundError,
    QuestionTooLongError,
    TooManyFilesError,
    WatchNotFoundError,
)


class ErrorDescription(NamedTuple):
    """An error as clients see it."""

    code: str
    message: str
    help: str | None


# The nearest base class of an error decides.
_CODES: dict[type[BaseException], str] = {
    ArticleNotFoundError: "article_not_found",
    JobNotFoundError: "job_not_found",
    WatchNotFoundError: "watch_not_found",
    EvaluationNotFoundError: "evaluation_not_found",
    QuestionSetNotFoundError: "question_set_not_found",
    EvaluationNotDoneError: "evaluation_not_done",
    BadNameError: "name",
    QuestionSetError: "questions",
    EvaluationError: "evaluation",
    ConversationNotFoundError: "conversation_not_found",
    ForbiddenError: "forbidden",
    QuotaError: "quota",
    FilterError: "filter",
    FetchError: "fetch",
    SourceError: "source",
    BusyError: "busy",
    QuestionTooLongError: "invalid",
    TooManyFilesError: "too_many_files",
    NotReadyError: "not_ready",
    AnswerTimeoutError: "timeout",
    ModelError: "model",
    HomeLockedError: "locked",
    IndexMismatchError: "index_mismatch",
    HomeError: "home",
    EmbeddingError: "embedding",
    SettingsError: "settings",
    DatelineError: "failed",
}


def describe(error: BaseException, *, request_id: str | None = None) -> ErrorDescription:
    """Describe an expected error in full, and any other error only by where to look and the request's id."""
    if isinstance(error, DatelineError):
        code = next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
        return ErrorDescription(code=code, message=str(error), help=error.help)
    about = f" and name the request {request_id}" if request_id else ""
    return ErrorDescription(
        code="internal",
        message="Something unexpected happened in the server.",
        help=f"Look at the server's log{about}.",
    )

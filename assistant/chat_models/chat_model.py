"""The interface of language models: messages in, text in pieces out, and the errors that may occur."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from assistant.errors import SettingsError
from index.errors import DatelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant.answer import Usage

MessageRole = Literal["system", "user", "assistant"]
Reason = Literal[
    "unauthorised",  # 401 or 403: the key is missing, wrong, or not for this model
    "not_found",  # 404: no such model, or no such address
    "rejected",  # another 4xx: the server rejects the request, for example because it is too long
    "rate_limited",  # 429
    "unavailable",  # 5xx, no connection, or a lost one
    "timed_out",
    "filtered",  # a content filter stopped the answer
    "bad_response",  # the response is not an answer: a web page, broken events, nothing
    "busy",  # too many answers are already being written
]


@dataclasses.dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a chat."""

    role: MessageRole
    content: str


class ModelError(DatelineError):
    """A language model gave no answer or only part of one; `reason` says why in one word.

    `retry_after` is in seconds, where the server said when to come back.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Reason,
        help: str,  # noqa: A002 - the word users see
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, help=help)
        self.reason = reason
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same question may succeed later."""
        return self.reason in {"rate_limited", "unavailable", "timed_out", "busy"}


class ChatModel(Protocol):
    """A language model. `context_window` holds the messages and an answer of `max_output`, both in tokens."""

    name: str
    context_window: int
    max_output: int

    def stream(self, messages: Sequence[PromptMessage]) -> Iterator[str | Usage]:
        """Yield the answer's text as it arrives, and the usage last if the model reports it. Raises ModelError.

        While there is nothing new, it yields an empty piece now and then, so that the caller can stop. Closing the
        generator cancels the request.
        """

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has at most, roughly."""

    def close(self) -> None:
        """Close the connections."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Which model answers; with `llm_class` a LlamaIndex LLM, made from `llm_options`, and no key, URL or model.

    `context_window` and `max_output` are in tokens; a window of None is the one LlamaIndex knows, as it does for
    OpenAI's models, or else 4096.
    """

    model: str | None = None
    api_key: str | None = dataclasses.field(default=None, repr=False)
    base_url: str | None = None
    llm_class: str | None = None
    llm_options: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    context_window: int | None = None
    max_output: int = 1024
    temperature: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelLimits:
    """How many seconds each phase of an answer may take, how often a request is retried, and how many answers are
    written at once.

    `answer` limits the whole: waiting for a free slot, all attempts, and the complete text. `retry_wait` is the longest
    wait before another attempt, whatever the server asks for.
    """

    connect: float = 5
    first_token: float = 60
    between_tokens: float = 30
    answer: float = 180
    queue: float = 30
    retry_wait: float = 20
    retries: int = 2
    at_once: int = 8


def server_of(url: str) -> str:
    """Return the host and port of a server's URL. Raises SettingsError where it cannot be used."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError("OPENAI_BASE_URL is not a web address.", help="Give one such as http://localhost:11434/v1.")
    if "@" in parts.netloc:
        raise SettingsError("OPENAI_BASE_URL contains a password.", help="Leave it out and set OPENAI_API_KEY.")
    return parts.netloc


_PIECES = re.compile(r"(?P<word>[A-Za-z]+)|(?P<foreign>[^\x00-\x7f]+)|[0-9]|[^\sA-Za-z0-9]")


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text for any model: for English, a quarter more than OpenAI's cl100k counts.

    A word counts one token per 4 letters, rounded up; a digit or punctuation mark counts one; any other character
    counts one for each byte that its UTF-8 form has beyond the first.
    """
    return sum(_tokens(piece) for piece in _PIECES.finditer(text))


def _tokens(piece: re.Match[str]) -> int:
    if piece["word"]:
        return math.ceil(len(piece["word"]) / 4)
    return len(piece["foreign"].encode()) - len(piece["foreign"]) if piece["foreign"] else 1


_HELP: dict[Reason, str] = {
    "unauthorised": "Set {key_setting} to a key that is valid there.",
    "not_found": "Check DATELINE_LLM_MODEL, and {address_setting}: for most servers it ends in /v1.",
    "rejected": "Check DATELINE_LLM_MODEL; if the request is too long for it, set DATELINE_LLM_CONTEXT_WINDOW.",
    "rate_limited": "Try again later, or lower DATELINE_LLM_AT_ONCE.",
    "unavailable": "Try again later, or check {address_setting}.",
    "timed_out": "Try again later, or raise the limit: DATELINE_LLM_{limit}_TIMEOUT.",
    "filtered": "Rephrase the question, or set DATELINE_LLM_MODEL to another model.",
    "bad_response": "Check {address_setting}: for most servers it ends in /v1.",
    "busy": "Try again later, or raise DATELINE_LLM_AT_ONCE.",
}
_OF_STATUS: dict[int, tuple[Reason, str]] = {
    401: ("unauthorised", "does not accept the key"),
    403: ("unauthorised", "does not let this key use {model}"),
    404: ("not_found", "has no model {model}, or nothing at this address"),
    408: ("unavailable", "gave up waiting"),
    409: ("unavailable", "reports a conflict with another request"),
    429: ("rate_limited", "has received too many requests"),
}
_REDIRECTS, _SERVER_ERRORS = range(300, 400), range(500, 600)
_QUOTED = 160  # characters of what a server said


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where answers come from, in words for users, and the secrets that no message may contain."""

    model: str
    server: str
    key_setting: str
    address_setting: str
    secrets: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    def error(
        self,
        reason: Reason,
        problem: str,
        *,
        limit: str = "ANSWER",
        retry_after: float | None = None,
        help: str | None = None,  # noqa: A002 - the word users see
    ) -> ModelError:
        """Return the error that says what this endpoint did; `limit` names the limit that was reached."""
        names = {"model": self.model, "key_setting": self.key_setting, "address_setting": self.address_setting}
        help = help or _HELP[reason].format(**names, limit=limit)  # noqa: A001
        return ModelError(
            f"{self.server} {problem.format(**names)}.", reason=reason, help=help, retry_after=retry_after
        )

    def explain(self, error: Exception) -> ModelError:
        """Translate an exception of a model's client for users; a ModelError, wrapped or not, is returned unchanged."""
        own = next((cause for cause in _causes(error) if isinstance(cause, ModelError)), None)
        if own is not None:
            return own
        status = _status(error)
        return self._explain_failure(error) if status is None else self._explain_refusal(status, error)

    def _explain_refusal(self, status: int, error: Exception) -> ModelError:
        code = _field(error, "code")
        if code == "content_filter":
            return self.error("filtered", "stopped the answer by its content filter")
        if code == "insufficient_quota":
            return self.error("unauthorised", "has no credit left for this key")
        reason, problem = _OF_STATUS.get(status, ("rejected", f"refused the request with status {status}"))
        if status in _SERVER_ERRORS:
            reason, problem = "unavailable", f"failed with status {status}"
        if status in _REDIRECTS:
            reason, problem = "bad_response", "redirects to another address, which Dateline does not follow"
        quoted = "" if reason == "unauthorised" else self._quote(error)
        return self.error(reason, problem + quoted, retry_after=_retry_after(error))

    def _explain_failure(self, error: Exception) -> ModelError:
        import httpx

        causes = list(_causes(error))
        if any(isinstance(cause, httpx.ConnectTimeout | httpx.ConnectError) for cause in causes):
            return self.error("unavailable", "cannot be reached")
        if any(isinstance(cause, httpx.TimeoutException | TimeoutError) for cause in causes):
            return self.error("timed_out", "took too long")
        if any(isinstance(cause, httpx.TransportError | ConnectionError) for cause in causes):
            return self.error("unavailable", "closed the connection")
        if hasattr(error, "body"):
            return self.error("unavailable", "failed in the middle of the answer" + self._quote(error))
        return self.error("bad_response", f"sent an invalid answer ({type(error).__name__})")

    def _quote(self, error: Exception) -> str:
        """Return what the server said, on one line, without secrets, ready for `str.format`."""
        message = " ".join(str(_field(error, "message") or "").split())
        for secret in filter(None, self.secrets):
            message = message.replace(secret, "***")
        message = message.replace("{", "{{").replace("}", "}}")
        return f": “{message[:_QUOTED].rstrip('.')}”" if message else ""


def _status(error: Exception) -> int | None:
    """Return the HTTP status of an exception, or the code of an error inside a stream."""
    status = getattr(error, "status_code", None) or _field(error, "code")
    with contextlib.suppress(TypeError, ValueError):
        return int(status)  # type: ignore[arg-type] # what is no number raises
    return None


def _field(error: Exception, name: str) -> object:
    """Return a field of the error that a server sent as JSON, or None."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    return inner.get(name) if isinstance(inner, dict) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _retry_after(error: Exception) -> float | None:
    """Return the seconds that the server asks to wait: a number or a date (RFC 9110, 10.2.3)."""
    value = getattr(getattr(error, "response", None), "headers", {}).get("retry-after", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(TypeError, ValueError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None

"""What this process writes to stderr: one clean line per event, limited in length and number, without secrets.

It covers logging and printing of libraries. With DATELINE_DEBUG set, tracebacks and printed text are shown unchanged.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
import re
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.http.log_limits import LineLimits
from ui.http.request_logs import current_request_id
from ui.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from pydantic import SecretStr

    from assistant.settings import Settings

_LONGEST = 2_000  # characters of a message
_SHORTEST_SECRET = 6  # a shorter secret would match ordinary text
_OURS = ("index", "assistant", "ui")
_ROOT = Path(__file__).parents[2]
_TRACEBACK = "Traceback (most recent call last):"
_PLACE = re.compile(r' {0,8}File "([^"\n]{1,300})", line (\d{1,9})')
_PRINTED = logging.getLogger("stderr")


@contextlib.contextmanager
def logging_to_stderr(settings: Settings) -> Iterator[None]:
    """Let this process log to stderr in the format of the settings while the `with` lasts."""
    debugging = bool(os.environ.get("DATELINE_DEBUG"))
    handler = _Handler(sys.stderr, tuple(_secrets(settings)), debugging=debugging)
    handler.setFormatter(_formatter(settings.log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    for chatty in ("httpx", "openai", "chromadb", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if debugging:
        yield
        return
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # otherwise it would print what it cannot log, which is logged again
    printed = _Printed()
    try:
        with contextlib.redirect_stderr(printed):
            yield
    finally:
        printed.close()
        handler.close()
        logging.captureWarnings(False)


def describe(error: BaseException) -> str:
    """Return the type, message and place of an error in one line."""
    summary = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    place = _place(error.__traceback__)
    return f"{summary} ({place})" if place else summary


def _place(trace: TracebackType | None) -> str:
    """Return where an error was raised: our last line, and the very last line if that is another."""
    frames = [_shortened(frame.filename, frame.lineno) for frame in traceback.extract_tb(trace)]
    ours = [frame for frame in frames if frame.startswith(tuple(f"{name}/" for name in _OURS))]
    return ", ".join(dict.fromkeys([*ours[-1:], *frames[-1:]]))


def _shortened(file: str, line: object) -> str:
    """Return a place in a file relative to its package, such as ui/process.py:130."""
    path = Path(file)
    if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OURS:
        return f"{path.relative_to(_ROOT)}:{line}"
    return f"{Path(*path.parts[-2:])}:{line}"


class _Handler(logging.StreamHandler[Any]):
    """Writes each record as one clean line without secrets, unless there are too many of its kind."""

    def __init__(self, stream: Any, secrets_: tuple[str, ...], *, debugging: bool) -> None:
        super().__init__(stream)
        self._secrets = secrets_
        self._debugging = debugging
        self._limits = LineLimits(self._tell_more)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless there were too many like it."""
        record.request_id = current_request_id() or "-"
        if self._debugging or self._limits.admit(record):
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        if self._debugging:
            return self._without_secrets(super().format(record))
        clean = copy.copy(record)
        clean.msg, clean.args = self._message(record), ()
        clean.exc_info = clean.exc_text = clean.stack_info = None
        return self._without_secrets(super().format(clean))

    def close(self) -> None:
        """Report suppressed lines that have not been reported yet."""
        self._limits.reset()
        super().close()

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage().strip()
        if record.exc_info and record.exc_info[1] is not None:
            message = f"{message}: {describe(record.exc_info[1])}"
        message = self._without_secrets(message)
        more = len(message) - _LONGEST
        if more > 0:
            message = f"{message[:_LONGEST]}… ({more:,} more characters)"
        return plain(message.replace("\r", "").replace("\n", "\\n").replace("\t", " "))

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _tell_more(self, record: logging.LogRecord, more: int) -> None:
        summary = copy.copy(record)
        summary.msg, summary.args, summary.exc_info = f"{more:,} more like this: {self._message(record)}", (), None
        self.acquire()  # this may be the thread of the line limits
        try:
            super().emit(summary)
        finally:
            self.release()


def _formatter(kind: str) -> logging.Formatter:
    if kind == "text":
        return logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
    )


class _Printed(io.TextIOBase):
    """Replaces stderr: what libraries print is logged line by line, and a traceback as one line."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._line = ""
        self._place: str | None = None  # lines of the traceback that is being printed

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Log the lines that this text completes."""
        with self._lock:
            *lines, self._line = (self._line + text).split("\n")
            self._line = self._line[-_LONGEST:]
            for line in lines:
                self._hear(line)
        return len(text)

    def close(self) -> None:
        """Log an unfinished line."""
        with self._lock:
            line, self._line = self._line, ""
            if line:
                self._hear(line)
        super().close()

    def _hear(self, line: str) -> None:
        if line.startswith(_TRACEBACK):
            self._place = ""
        elif self._place is None:
            if line.strip():
                _PRINTED.warning("%s", line)
        elif found := _PLACE.match(line):
            self._place = _shortened(found[1], found[2])
        elif line.strip() and not line.startswith(" "):
            place, self._place = self._place, None
            _PRINTED.error("%s (%s)", line, place)


def _secrets(settings: Settings) -> Iterator[str]:
    """Yield the secrets that must not be logged; of a user, the password."""
    given: list[SecretStr] = [*settings.api_keys]
    if settings.openai_api_key:
        given.append(settings.openai_api_key)
    texts = [secret.get_secret_value() for secret in given]
    texts += [user.get_secret_value().partition(":")[2] for user in settings.users]
    yield from (text for text in texts if len(text) >= _SHORTEST_SECRET)

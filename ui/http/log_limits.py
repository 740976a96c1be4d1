"""Limits how many log lines of a kind are written per minute, so that nobody can fill the disk through the log."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

A_MINUTE = 60.0
OF_A_KIND = 20
"""Lines per minute of the same logger and template."""
REQUESTS_OF_A_KIND = 200
"""Lines per minute of requests with the same method, route and status."""
_REQUESTS = "dateline.requests"
_KINDS = 500  # the most kinds that are counted; a healthy server has fewer
_VARYING = re.compile(r"\d+")
_TEMPLATE = 120  # characters of a message that determine its kind


@dataclasses.dataclass(slots=True)
class _Count:
    """The lines of a kind in this minute, and the last one that was suppressed."""

    written: int = 0
    left_out: int = 0
    last: logging.LogRecord | None = None


class LineLimits:
    """Counts the lines of each kind, minute by minute.

    At the end of a minute `tell_more` gets the last suppressed line of each kind, and their number.
    """

    def __init__(self, tell_more: Callable[[logging.LogRecord, int], None]) -> None:
        self._tell_more = tell_more
        self._counts: dict[tuple[object, ...], _Count] = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def admit(self, record: logging.LogRecord) -> bool:
        """Return whether to write a line."""
        kind = _kind_of(record)
        if time.monotonic() - self._began >= A_MINUTE:
            self.reset()
        with self._lock:
            if kind not in self._counts and len(self._counts) >= _KINDS:
                kind = ("others",)
            count = self._counts.setdefault(kind, _Count())
            count.written += 1
            if count.written <= (REQUESTS_OF_A_KIND if record.name == _REQUESTS else OF_A_KIND):
                return True
            count.left_out += 1
            count.last = record
            if self._timer is None:  # so that the number is reported even if nothing more happens
                self._timer = threading.Timer(A_MINUTE, self.reset)
                self._timer.daemon = True
                self._timer.start()
            return False

    def reset(self) -> None:
        """Report what was suppressed so far, and reset the counts."""
        with self._lock:
            suppressed = [(count.last, count.left_out) for count in self._counts.values() if count.last]
            self._counts.clear()
            self._began = time.monotonic()
            if self._timer:
                self._timer.cancel()
                self._timer = None
        for record, number in suppressed:
            self._tell_more(record, number)


def _kind_of(record: logging.LogRecord) -> tuple[object, ...]:
    """Return what lines of a kind have in common; numbers in a formatted message are ignored."""
    if record.name == _REQUESTS:
        return (record.name, *(record.__dict__.get(name) for name in ("method", "route", "status")))
    error = record.exc_info[0] if record.exc_info else None
    template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if template == "%s" and record.args:
        template = record.getMessage()
    return record.name, record.levelno, _VARYING.sub("#", template[:_TEMPLATE]), error

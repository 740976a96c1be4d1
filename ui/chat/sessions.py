"""Binds each Gradio session to the first visitor who uses it, and to nobody else."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from ui.chat.at_once import AtOnce

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z0-9]{4,40}")
_KNOWN = 20_000
_OPEN = 512
_OPEN_OF_ONE = 32  # pages that one visitor may have open at a time
_CLOSED = 256  # closed pages that still find their conversation if their connection comes back


class PageSessions:
    """Binds sessions to visitors, and counts each visitor's open pages; thread-safe.

    The last `known` sessions are remembered, and all open ones. The last `closed` sessions whose pages were closed keep
    their state.
    """

    def __init__(self, *, known: int = _KNOWN, closed: int = _CLOSED) -> None:
        self._known = known
        self._most_closed = closed
        self._closed: dict[str, None] = {}  # in the order of closing
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._open: Counter[str] = Counter()
        self._pages = AtOnce(all_=_OPEN, of_one=_OPEN_OF_ONE)
        self._lock = threading.Lock()

    def is_of(self, session: object, visitor: str) -> bool:
        """Return whether a session is this visitor's; an unused one becomes theirs."""
        if not isinstance(session, str) or not _NAME.fullmatch(session):
            return False
        with self._lock:
            owner = self._owners.setdefault(session, visitor)
            self._owners.move_to_end(session)
            if len(self._owners) > self._known:
                # Open sessions stay, so that nobody can take one over by using many names.
                self._owners.pop(next(name for name in self._owners if name not in self._open))
        return owner == visitor

    @contextlib.contextmanager
    def opened(self, session: str, visitor: str) -> Iterator[bool]:
        """Count a session's page as open while the context lasts; False if there would be too many."""
        with self._pages.begun(visitor) as has_room:
            with self._lock:
                self._open[session] += has_room
                if has_room:
                    self._closed.pop(session, None)
            try:
                yield has_room
            finally:
                with self._lock:
                    self._open[session] -= has_room
                    if not self._open[session]:
                        del self._open[session]
                        if has_room:
                            self._closed[session] = None

    def take_outdated(self) -> list[str]:
        """Return, once each, the sessions whose pages were closed so long ago that their state can be dropped."""
        with self._lock:
            outdated = list(self._closed)[: max(0, len(self._closed) - self._most_closed)]
            for session in outdated:
                del self._closed[session]
        return outdated

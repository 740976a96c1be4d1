"""Whose page a Gradio session is: the first who uses its name, and nobody else from then on."""

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
_OPEN_OF_ONE = 32  # pages that one visitor has open at a time
_CLOSED = 256  # pages that find their conversation where a connection broke off and comes back


class PageSessions:
    """Binds the names of sessions to visitors, and counts the pages that each has open; for any thread.

    The `known` sessions that were used last are remembered, and whatever is open. Of the sessions whose pages were
    closed, the `closed` last ones are to be kept as they were.
    """

    def __init__(self, *, known: int = _KNOWN, closed: int = _CLOSED) -> None:
        self._known = known
        self._most_closed = closed
        self._closed: dict[str, None] = {}  # in the order in which they were
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._open: Counter[str] = Counter()
        self._pages = AtOnce(all_=_OPEN, of_one=_OPEN_OF_ONE)
        self._lock = threading.Lock()

    def is_of(self, session: object, visitor: str) -> bool:
        """Say whether a session is this visitor's; one that nobody has used yet becomes theirs."""
        if not isinstance(session, str) or not _NAME.fullmatch(session):
            return False
        with self._lock:
            owner = self._owners.setdefault(session, visitor)
            self._owners.move_to_end(session)
            if len(self._owners) > self._known:
                # What is open stays: nobody can make the server forget whose page it is by using many names.
                self._owners.pop(next(name for name in self._owners if name not in self._open))
        return owner == visitor

    @contextlib.contextmanager
    def opened(self, session: str, visitor: str) -> Iterator[bool]:
        """Count a session's page as open while the context lasts; False where there would be too many."""
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
        """Return the sessions whose pages were closed so long ago that nothing of them is to be kept, each once."""
        with self._lock:
            outdated = list(self._closed)[: max(0, len(self._closed) - self._most_closed)]
            for session in outdated:
                del self._closed[session]
        return outdated

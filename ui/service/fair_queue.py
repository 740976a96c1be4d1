"""Turns for many who want one of few places: each in turn, so that who asks much makes nobody else wait for it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter, deque
from typing import TYPE_CHECKING

from ui.service.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

_RETRY_AFTER = 5  # seconds; an answer takes about as long


@dataclasses.dataclass(eq=False, slots=True)
class _Place:
    """Somebody's place in the queue; `start` begins the work, `refuse` ends the wait for it."""

    who: str
    start: Callable[[], object]
    refuse: Callable[[BusyError], object]


class FairQueue:
    """`at_once` pieces of work may run, `waiting` more may wait; for one event loop.

    A free place goes to whoever has the fewest running, of several the one who was served longest ago. Where no more
    may wait, whoever has most waiting loses the last of theirs to one who has fewer.
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._room = waiting
        self._running: Counter[str] = Counter()
        self._lines: dict[str, deque[_Place]] = {}
        self._served: dict[str, int] = {}  # of those who wait or run, when each was served last
        self._turns = 0
        self.empty = asyncio.Event()
        """Set while nothing runs or waits."""
        self.empty.set()

    @property
    def running(self) -> int:
        """How many run."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._lines.values()))

    def enter(self, who: str, start: Callable[[], object], refuse: Callable[[BusyError], object]) -> _Place:
        """Call `start` when it is somebody's turn, perhaps at once; each start needs a `leave`.

        Raises BusyError where no more may wait. `refuse` is called with one where a place is lost to somebody else.
        """
        place = _Place(who, start, refuse)
        if self.running >= self._at_once and self.waiting >= self._room:
            self._make_room(who)
        self._lines.setdefault(who, deque()).append(place)
        self.empty.clear()
        self._advance()
        return place

    def leave(self, who: str) -> None:
        """Give a place back that somebody's work had."""
        self._running[who] -= 1
        if not self._running[who]:
            del self._running[who]
            if who not in self._lines:
                self._served.pop(who, None)
        self._advance()

    def give_up(self, place: _Place) -> None:
        """Wait no longer; nothing happens where the work has begun."""
        line = self._lines.get(place.who, ())
        if place in line:
            self._take_out(place)
            self._advance()

    def clear(self) -> None:
        """Let nobody's turn come any more who waits."""
        self._lines.clear()

    def _make_room(self, who: str) -> None:
        """Take a place from whoever has most waiting, if that is more than `who` would have. Raises BusyError."""
        greediest = max(self._lines, key=lambda one: len(self._lines[one]), default=who)
        if len(self._lines.get(greediest, ())) <= len(self._lines.get(who, ())) + 1:
            raise self._busy()
        place = self._lines[greediest][-1]
        self._take_out(place)
        place.refuse(self._busy())

    def _busy(self) -> BusyError:
        return BusyError(
            f"The server is busy with {self._at_once} answers, and {self._room} more wait.", retry_after=_RETRY_AFTER
        )

    def _take_out(self, place: _Place) -> None:
        line = self._lines[place.who]
        line.remove(place)
        if not line:
            del self._lines[place.who]

    def _advance(self) -> None:
        while self._lines and self.running < self._at_once:
            who = min(self._lines, key=lambda one: (self._running[one], self._served.get(one, 0)))
            place = self._lines[who][0]
            self._take_out(place)
            self._turns += 1
            self._served[who] = self._turns
            self._running[who] += 1
            place.start()
        if not self._lines and not self._running:
            self.empty.set()

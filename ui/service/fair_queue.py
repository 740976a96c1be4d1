"""Shares a few slots among many clients in fair turns, so that a client with many requests does not make others
wait.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter, deque
from typing import TYPE_CHECKING

from ui.service.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

_RETRY_AFTER = 5  # seconds; about the time that an answer takes


@dataclasses.dataclass(eq=False, slots=True)
class _Place:
    """A client's place in the queue; `start` begins the work, `refuse` ends the wait."""

    client: str
    start: Callable[[], object]
    refuse: Callable[[BusyError], object]


class FairQueue:
    """`at_once` tasks may run and `waiting` more may wait; for one event loop.

    A free slot goes to the client with the fewest running tasks, on a tie to the one served longest ago. If the queue
    is full, the client with the most waiting tasks loses the last of them to one with fewer.
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._room = waiting
        self._running: Counter[str] = Counter()
        self._lines: dict[str, deque[_Place]] = {}
        self._served: dict[str, int] = {}  # when each client with waiting or running tasks was last served
        self._turns = 0
        self.empty = asyncio.Event()
        """Set while no task is running or waiting."""
        self.empty.set()

    @property
    def running(self) -> int:
        """How many tasks are running."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many tasks are waiting."""
        return sum(map(len, self._lines.values()))

    def enter(self, client: str, start: Callable[[], object], refuse: Callable[[BusyError], object]) -> _Place:
        """Call `start` when it is the client's turn, perhaps at once; each start needs a `leave`.

        Raises BusyError if the queue is full. `refuse` is called with one if the place is lost to another client.
        """
        place = _Place(client, start, refuse)
        if self.running >= self._at_once and self.waiting >= self._room:
            self._make_room(client)
        self._lines.setdefault(client, deque()).append(place)
        self.empty.clear()
        self._advance()
        return place

    def leave(self, client: str) -> None:
        """Give back the slot of a client's task."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
            if client not in self._lines:
                self._served.pop(client, None)
        self._advance()

    def give_up(self, place: _Place) -> None:
        """Stop waiting; does nothing if the work has begun."""
        line = self._lines.get(place.client, ())
        if place in line:
            self._take_out(place)
            self._advance()

    def clear(self) -> None:
        """Remove everything that is waiting."""
        self._lines.clear()

    def _make_room(self, client: str) -> None:
        """Take a place from the client with the most waiting tasks, if they are more than `client` would have. Raises
        BusyError.
        """
        greediest = max(self._lines, key=lambda other: len(self._lines[other]), default=client)
        if len(self._lines.get(greediest, ())) <= len(self._lines.get(client, ())) + 1:
            raise self._busy()
        place = self._lines[greediest][-1]
        self._take_out(place)
        place.refuse(self._busy())

    def _busy(self) -> BusyError:
        return BusyError(
            f"The server is busy with {self._at_once} answers, and {self._room} more wait.", retry_after=_RETRY_AFTER
        )

    def _take_out(self, place: _Place) -> None:
        line = self._lines[place.client]
        line.remove(place)
        if not line:
            del self._lines[place.client]

    def _advance(self) -> None:
        while self._lines and self.running < self._at_once:
            client = min(self._lines, key=lambda other: (self._running[other], self._served.get(other, 0)))
            place = self._lines[client][0]
            self._take_out(place)
            self._turns += 1
            self._served[client] = self._turns
            self._running[client] += 1
            place.start()
        if not self._lines and not self._running:
            self.empty.set()

"""Limits how much visitors do at a time, each and in total."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class AtOnce:
    """Counts current activities, with limits for `of_one` visitor and `all_`; thread-safe."""

    def __init__(self, *, all_: int, of_one: int) -> None:
        self._all = all_
        self._of_one = of_one
        self._begun: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def begun(self, visitor: str) -> Iterator[bool]:
        """Count one more while the context lasts; False if that would be too many."""
        with self._lock:
            has_room = self._begun.total() < self._all and self._begun[visitor] < self._of_one
            self._begun[visitor] += has_room
        try:
            yield has_room
        finally:
            with self._lock:
                self._begun[visitor] -= has_room
                if not self._begun[visitor]:
                    del self._begun[visitor]

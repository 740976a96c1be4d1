"""The lines of a text with their numbers, some of which can be put back to be read in another way."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence


class NumberedLines:
    """Lines of at most `longest` characters; `number` is that of the line taken last."""

    def __init__(self, lines: TextIO, *, longest: int) -> None:
        self._lines = lines
        self._longest = longest
        self._back: collections.deque[str] = collections.deque()
        self.number = 0

    def take(self) -> str:
        """Return the next line, "" at the end."""
        line = self._back.popleft() if self._back else self._lines.readline(self._longest)
        self.number += bool(line)
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Put back the lines taken last."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

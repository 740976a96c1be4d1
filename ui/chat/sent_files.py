"""Uploaded files that have not been used yet: each belongs to its sender, under a name that cannot be guessed."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ui.chat.at_once import AtOnce
from ui.service.errors import TooManyFilesError
from ui.service.temporary import temporary_folder
from ui.service.uploads import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WAITING = 1000  # files of one visitor
_VISITORS = 4  # how many visitors may each use up one visitor's space
_AGE = 3600.0  # seconds after which a file that was never used is deleted
_PIECE = 2**20


@dataclasses.dataclass(frozen=True, slots=True)
class _Sent:
    path: Path
    visitor: str
    size: int
    arrived: float


class SentFiles:
    """Keeps uploads in a temporary folder until they are taken, expire, or `close` is called; thread-safe.

    `largest` is how many bytes of one visitor's files are kept; for all together it is four times as much. `arriving`
    counts uploads in progress.
    """

    def __init__(self, *, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._largest = largest
        self._clock = clock
        self._folder = Path(tempfile.mkdtemp(prefix="sent-", dir=temporary_folder()))
        self._sent: dict[str, _Sent] = {}
        self._lock = threading.Lock()
        self.arriving = AtOnce(all_=16, of_one=4)

    def put(self, visitor: str, name: str, content: BinaryIO) -> str:
        """Store a file and return the name by which to take it. Raises TooManyFilesError."""
        self.forget_old()
        with self._lock:
            room = self._room(visitor)
        id_ = secrets.token_urlsafe(24)
        place = self._folder / id_
        place.mkdir()
        path = place / safe_name(name)
        try:
            size = _copy(content, path, room=room)
            with self._lock:
                if size > self._room(visitor):  # others arrived in the meantime
                    raise _too_much()
                self._sent[id_] = _Sent(path, visitor, size, self._clock())
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return id_

    def take(self, visitor: str, ids: Iterable[object]) -> list[Path]:
        """Return the files that this visitor sent under these names; they now belong to the caller.

        Other names are ignored. Delete each with `delete`.
        """
        with self._lock:
            named = [id_ for id_ in ids if isinstance(id_, str)]
            known = [id_ for id_ in dict.fromkeys(named) if id_ in self._sent and self._sent[id_].visitor == visitor]
            return [self._sent.pop(id_).path for id_ in known]

    def close(self) -> None:
        """Delete all files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _room(self, visitor: str) -> int:
        """Return how many more bytes a visitor may send."""
        theirs = [file.size for file in self._sent.values() if file.visitor == visitor]
        if len(theirs) >= _WAITING:
            raise TooManyFilesError(f"{_WAITING} files are already waiting to be added.", help="Add fewer at a time.")
        everybodys = sum(file.size for file in self._sent.values())
        return min(self._largest - sum(theirs), _VISITORS * self._largest - everybodys)

    def forget_old(self) -> None:
        """Delete expired files."""
        before = self._clock() - _AGE
        with self._lock:
            old = [id_ for id_, file in self._sent.items() if file.arrived < before]
            paths = [self._sent.pop(id_).path for id_ in old]
        for path in paths:
            delete(path)


def _copy(content: BinaryIO, path: Path, *, room: int) -> int:
    size = 0
    with path.open("xb") as copy:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > room:
                raise _too_much()
            copy.write(piece)
    return size


def _too_much() -> TooManyFilesError:
    return TooManyFilesError(
        "The files waiting to be added take up all the space there is for them.", help="Add those first."
    )


def delete(path: Path) -> None:
    """Delete a taken file and its folder."""
    shutil.rmtree(path.parent, ignore_errors=True)

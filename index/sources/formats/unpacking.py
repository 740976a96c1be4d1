"""Files inside files: how many, how large and how deep, counted over all of one source."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from index.errors import SourceError
from index.sources.formats import registry as formats
from index.sources.formats.format import Content
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    from index.sources.formats.format import Format, InnerFile
    from index.sources.limits import Limits

MOST_MEMBERS = 20_000
DEEPEST = 3
_TIMES = 20  # as many bytes as the largest file may have are unpacked in all


class Unpacking:
    """What may still be unpacked of one source."""

    def __init__(self, origin: str, limits: Limits) -> None:
        self._origin = origin
        self._limits = limits
        self._members = 0
        self._bytes = 0
        self.is_over = False

    def open(self, member: InnerFile, *, outer: Content, depth: int) -> tuple[BinaryIO, Content]:
        """Return a member's bytes and what they are. Raises SourceError if that is not to be read."""
        place = f"{outer.origin}/{member.name}"
        self._members += 1
        if self._members > MOST_MEMBERS:
            self.is_over = True
            raise SourceError(
                f"{self._origin} has more than {MOST_MEMBERS:,} files in it; the rest is not read.",
                help="Add it in parts.",
            )
        if depth > DEEPEST:
            raise SourceError(
                f"{place} is an archive in an archive {DEEPEST} deep.", help="Unpack it, and add what is in it."
            )
        file = io.BufferedReader(_Counted(member.stream, self), formats.HEAD)
        head = file.peek(formats.HEAD)[: formats.HEAD]
        found = (
            formats.served(head, member.media_type, member.name)
            if member.media_type
            else formats.named(member.name, head)
        )
        if found is None:
            raise formats.unknown_ending(place)
        content = Content(origin=place, format=found.name, data=b"", url=member.url, charset=member.charset)
        return self._bounded(cast("BinaryIO", file), place, found), content

    def _bounded(self, file: BinaryIO, place: str, found: Format) -> BinaryIO:
        """Return a file that is read row by row as it is, and any other in memory, if it is not too large."""
        if found.is_streamed and found.holds != "members":
            return file
        data = file.read(self._limits.max_bytes + 1)
        if len(data) > self._limits.max_bytes:
            raise SourceError(
                f"{place} is larger than {in_words(self._limits.max_bytes)}.",
                help="Raise DATELINE_MAX_FILE_MB if you need it.",
            )
        if not data:
            raise SourceError(f"{place} is empty.", help="Check that it was saved.")
        return io.BytesIO(data)

    def count(self, size: int) -> None:
        """Count bytes that were unpacked. Raises SourceError if they are too many."""
        self._bytes += size
        most = self._limits.max_bytes * _TIMES
        if self._bytes > most:
            self.is_over = True
            raise SourceError(
                f"{self._origin} unpacks to more than {in_words(most)}; the rest is not read.",
                help="Unpack it, and add what is in it in parts.",
            )


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted."""

    def __init__(self, stream: BinaryIO, unpacking: Unpacking) -> None:
        self._stream = stream
        self._unpacking = unpacking

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        data = self._stream.read(len(view))
        self._unpacking.count(len(data))
        view[: len(data)] = data
        return len(data)

"""Archives: zip and gzip; each file in one is read like a file of its own, within bounds that `unpacking` keeps."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from index.errors import SourceError
from index.sources.formats.format import Format, InnerFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.formats.format import Content

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError, KeyError)
"""What the standard library raises for archives that are not as they should be, or are locked."""
_LOCKED = 0x1  # the flag of a member that takes a password


def read_zip(stream: BinaryIO, *, origin: str) -> Iterator[InnerFile | SourceError]:
    """Yield the files in a zip archive in its order, without hidden ones.

    Raises SourceError if it is no zip archive.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except DAMAGED:
        raise SourceError(f"{origin} is not a readable zip archive.", help="Unpack it, and add the folder.") from None
    for member in archive.infolist():
        name = _safe(member.filename)
        if member.is_dir() or _is_hidden(name):
            continue
        place = f"{origin}/{name}"
        if member.flag_bits & _LOCKED:
            yield SourceError(f"{place} is locked with a password.", help="Unpack the archive, and add what is in it.")
            continue
        try:
            with archive.open(member) as file:
                yield InnerFile(name=name, stream=cast("BinaryIO", file))
        except DAMAGED:
            yield SourceError(f"{place} is damaged.", help="Make the archive again, or unpack it and add the folder.")
    if not archive.infolist():
        raise SourceError(f"{origin} has no files in it.", help="Check that it is the right archive.")


def read_gzip(stream: BinaryIO, *, origin: str, url: str | None) -> Iterator[InnerFile | SourceError]:
    """Yield the one file in a gzip archive, named as the archive without its ending."""
    name = PurePosixPath(origin.replace("\\", "/")).name
    inner = name[: -len(".gz")] if name.lower().endswith(".gz") else name
    try:
        with gzip.GzipFile(fileobj=stream) as file:
            yield InnerFile(name=inner, stream=cast("BinaryIO", file), url=url)
    except DAMAGED:
        yield SourceError(f"{origin} is damaged or is not a gzip archive.", help="Unpack it, and add what is in it.")


def _safe(name: str) -> str:
    """Return the path of a member without anything that leads out of the archive."""
    return "/".join(part for part in re.split(r"[/\\]", name) if part not in {"", ".", ".."})


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "~$")) or part == "__MACOSX" for part in name.split("/"))


def _zip(stream: BinaryIO, content: Content, _: object) -> Iterator[InnerFile | SourceError]:
    return read_zip(stream, origin=content.origin)


def _gzip(stream: BinaryIO, content: Content, _: object) -> Iterator[InnerFile | SourceError]:
    return read_gzip(stream, origin=content.origin, url=content.url)


ZIP = Format(
    name="zip",
    label="zip",
    suffixes=(".zip",),
    media_types=("application/zip", "application/x-zip-compressed"),
    read=_zip,
    holds="members",
    begins=lambda data: data.startswith(b"PK\x03\x04"),
)
GZIP = Format(
    name="gzip",
    label="gzip archives of any of these",
    suffixes=(".gz",),
    media_types=("application/gzip", "application/x-gzip"),
    read=_gzip,
    holds="members",
    is_streamed=True,
    begins=lambda data: data.startswith(b"\x1f\x8b"),
)

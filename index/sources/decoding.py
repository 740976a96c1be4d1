"""Decodes bytes: which encoding a file or a page uses."""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO

from index.errors import SourceError

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is how this one begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Python also has codecs that are no character sets (punycode, unicode_escape); a page may not choose those.
_CHARACTER_SETS = re.compile(r"ascii|big5|cp\d|euc|gb|hz|iso|koi8|latin|mac|shift|tis|utf", re.IGNORECASE)
_CHUNK = 2**20
_HEAD = 4096


def decode(data: bytes, *, name: str, charset: str | None = None) -> str:
    """Return `data` as text: by its byte order mark, else by `charset`, else as UTF-8, else as Windows-1252.

    Raises SourceError, naming `name`, when the bytes are not text.
    """
    encoding = find_encoding(io.BytesIO(data), name=name, charset=charset)
    return data.decode(encoding, errors="replace")


def find_encoding(stream: BinaryIO, *, name: str, charset: str | None = None) -> str:
    """Return the encoding of `stream` without holding more than a piece of it; the stream is rewound.

    Raises SourceError, naming `name`, if the bytes are not text.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return encoding
    for candidate in filter(None, (_known(charset), "utf-8")):
        if _fits(stream, candidate, name=name):
            return candidate
    controls = sum(byte < ord(" ") and byte not in b"\t\n\r\f\x1b" for byte in head)
    if controls > len(head) // 20:
        raise _not_text(name)
    return "cp1252"


def _known(charset: str | None) -> str | None:
    """Return the codec's name if `charset` is a character set that Python knows."""
    try:
        encoding = codecs.lookup(charset or "").name
    except (LookupError, ValueError):
        return None
    # Pages labelled Latin-1 are Windows-1252 in practice; the WHATWG encoding standard says so, too.
    if encoding in {"iso8859-1", "ascii"}:
        return None
    return encoding if _CHARACTER_SETS.match(encoding) else None


def _fits(stream: BinaryIO, encoding: str, *, name: str) -> bool:
    """Return whether the whole stream decodes, reading it once, and rewind it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\x00" in decoder.decode(chunk):
                raise _not_text(name)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _not_text(name: str) -> SourceError:
    return SourceError(
        f"{name} is not a text file.",
        help="Save it as UTF-8 text, or rename it with the ending of its real format.",
    )

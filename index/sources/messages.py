"""Messages to and from the reading process: frames of bytes containing plain JSON, never code.

Replies may be the work of a hostile file, so they are checked by type, and each article is rebuilt from them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import struct
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.errors import SourceError
from index.notices import notices_from_json, notices_json
from index.sources.formats.feed import FeedEntry
from index.sources.formats.format import Address, Content
from index.sources.limits import Limits
from index.sources.metadata.header import Header, header_of
from index.sources.web.page_links import PageLinks

if TYPE_CHECKING:
    from typing import IO

    Item = Article | FeedEntry | Address | PageLinks | SourceError

_KNOWN = tuple(field.name for field in dataclasses.fields(Header))
_CONTENT = tuple(field.name for field in dataclasses.fields(Content) if field.name != "data")
_LENGTH = struct.Struct(">I")


class MessageError(Exception):
    """What arrived is not a message, or is longer than allowed."""


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write bytes so that `read_frame` knows where they end."""
    stream.write(_LENGTH.pack(len(data)) + data if len(data) < 2**16 else _LENGTH.pack(len(data)))
    if len(data) >= 2**16:  # not worth a copy
        stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes], longest: int | None = None) -> bytes:
    """Return the bytes of one frame. Raises EOFError at the end, MessageError for a frame that is too long."""
    length = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))[0]
    if longest is not None and length > longest:
        raise MessageError("too long")
    return _read_exactly(stream, length)


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def write_request(stream: IO[bytes], content: Content, limits: Limits) -> None:
    """Ask for content to be read within limits."""
    request = {
        "content": {field: getattr(content, field) for field in _CONTENT},
        "has_data": content.data is not None,
        "limits": dataclasses.asdict(limits),
    }
    write_frame(stream, json.dumps(request).encode())
    if content.data is not None:
        write_frame(stream, content.data)


def read_request(stream: IO[bytes]) -> tuple[Content, Limits]:
    """Return what is to be read. Raises EOFError at the end."""
    request = json.loads(read_frame(stream))
    data = read_frame(stream) if request["has_data"] else None
    return Content(**request["content"], data=data), Limits(**request["limits"])


def as_bytes(item: Item | None) -> bytes:
    """Return an article, an entry, a page's links or a problem as a message; None means that nothing more follows."""
    match item:
        case None:
            message: Any = None
        case SourceError():
            message = ["problem", str(item), item.help]
        case Address():
            message = ["address", item.place, item.url]
        case PageLinks():
            message = ["links", item.refresh, item.next, item.feeds]
        case FeedEntry():
            message = ["entry", item.place, _plain(item.known), item.contents]
        case _:
            message = ["article", item.text, item.id, item.origin, _plain(header_of(item)), notices_json(item.notices)]
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(known: Header) -> list[str | None]:
    fields = known.as_fields()
    for name in ("published", "updated"):
        fields[name] = fields[name].isoformat() if fields[name] else None
    return list(fields.values())


def item_of(data: bytes) -> Item | None:
    """Return the content of a message, None at the end. Raises MessageError if it is not valid."""
    try:
        match json.loads(data):
            case None:
                return None
            case ["problem", str(message), str() | None as help_]:
                return SourceError(message, help=help_)
            case ["address", str(place), str(url)]:
                return Address(place=place, url=url)
            case ["links", str() | None as refresh, str() | None as next_, list(feeds)]:
                return PageLinks(refresh=refresh, next=next_, feeds=tuple(map(_text, feeds)))
            case ["entry", str(place), known, list(contents)]:
                return FeedEntry(place=place, known=_header(known), contents=tuple(map(_text, contents)))
            case ["article", str(text), str(id_), str() | None as origin, known, list(notices)]:
                known_notices = notices_from_json(notices)
                return Article.create(text, id=id_, origin=origin, notices=known_notices, **_fields(known))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise MessageError("not a message") from error
    raise MessageError("not a message")


def entry_of(data: bytes) -> FeedEntry:
    """Return the entry in a message. Raises MessageError if there is none."""
    item = item_of(data)
    if not isinstance(item, FeedEntry):
        raise MessageError("not an entry")
    return item


def _header(known: object) -> Header:
    return Header(**_fields(known))


def _fields(known: object) -> dict[str, Any]:
    if not isinstance(known, list):
        raise TypeError("no list")
    values = (None if value is None else _text(value) for value in known)
    fields: dict[str, Any] = dict(zip(_KNOWN, values, strict=True))
    for name in ("published", "updated"):
        fields[name] = dt.date.fromisoformat(fields[name]) if fields[name] else None
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value

"""Turns the bytes of a file or page into articles; runs in the reading process, so it may fail in any way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.sources.formats.format import InnerFile
from index.sources.formats.registry import format_of
from index.sources.formats.text import fill, title_from_name
from index.sources.formats.unpacking import Unpacking
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from index.sources.formats.feed import FeedEntry
    from index.sources.formats.format import Address, Content
    from index.sources.limits import Limits
    from index.sources.web.page_links import PageLinks

    Items = Iterator[Article | FeedEntry | Address | PageLinks | SourceError]


def read(content: Content, limits: Limits) -> Items:
    """Yield the articles in content and, as values, its problems; for a feed, its entries, whose pages are fetched
    elsewhere.

    What is inside other files, as in an archive, is read as well.
    """
    unpacking = Unpacking(content.origin, limits)
    try:
        if content.data is not None:
            yield from _read(io.BytesIO(content.data), content, limits, unpacking)
        else:
            with Path(content.origin).open("rb") as stream:
                yield from _read(stream, content, limits, unpacking)
    except OSError as error:
        yield SourceError(
            f"{content.origin} could not be read: {error.strerror}.", help="Check that it is there and readable."
        )


def _read(stream: BinaryIO, content: Content, limits: Limits, unpacking: Unpacking, *, depth: int = 0) -> Items:
    try:
        for item in format_of(content).read(stream, content, limits):
            if isinstance(item, InnerFile):
                yield from _read_member(item, content, limits, unpacking, depth=depth + 1)
                if unpacking.is_over:
                    return
            else:
                yield item
    except SourceError as error:
        yield error
    except RecursionError:
        yield SourceError(f"{content.origin} is nested too deeply to be read.", help="Save its text as a .txt file.")


def _read_member(member: InnerFile, outer: Content, limits: Limits, unpacking: Unpacking, *, depth: int) -> Items:
    """Yield what is in a file inside another; its name is the title of an article that has none."""
    try:
        stream, content = unpacking.open(member, outer=outer, depth=depth)
        is_one = format_of(content).holds == "one article"
        for item in _read(stream, content, limits, unpacking, depth=depth):
            if isinstance(item, Article):
                known = member.known.filled_from(Header(title=title_from_name(member.name)))
                yield fill(item, known) if is_one else item
            else:
                yield item
    except SourceError as error:
        yield error
    except MemoryError:
        raise
    except Exception:  # whatever a damaged member makes its reader raise, the others are read
        yield SourceError(
            f"{outer.origin}/{member.name} is damaged or locked with a password.",
            help="Make the archive again, or unpack it and add what is in it.",
        )

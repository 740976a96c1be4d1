"""Turns the bytes of a file or page into articles; runs in the reading process, so it may fail in any way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Article
    from index.sources.feed import FeedEntry
    from index.sources.format import Content
    from index.sources.limits import Limits


def read(content: Content, limits: Limits) -> Iterator[Article | FeedEntry | SourceError]:
    """Yield the articles in content and, as values, its problems; for a feed, its entries, whose pages are fetched
    elsewhere.
    """
    read_format = format_of(content).read
    try:
        if content.data is not None:
            yield from read_format(io.BytesIO(content.data), content, limits)
        else:
            with Path(content.origin).open("rb") as stream:
                yield from read_format(stream, content, limits)
    except SourceError as error:
        yield error
    except OSError as error:
        yield SourceError(
            f"{content.origin} could not be read: {error.strerror}.", help="Check that it is there and readable."
        )

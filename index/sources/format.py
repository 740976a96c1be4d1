"""What a format is: the names that files and servers give it, and its reader."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from index.article import Article
    from index.errors import SourceError
    from index.sources.feed import FeedEntry
    from index.sources.limits import Limits

    Read = Callable[[BinaryIO, "Content", Limits], Iterable[Article | FeedEntry | SourceError]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be read: `origin` is its path or URL, `url` its URL if it has one; without `data` it is a file."""

    origin: str
    format: str
    data: bytes | None = None
    url: str | None = None
    charset: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A readable format. `label` is its name for people, `read` runs in the reading process.

    `begins` recognises the format by how its bytes begin, if that is possible. A format that `is_streamed` may have any
    length.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    read: Read
    media_types: tuple[str, ...] = ()
    holds: Literal["one article", "articles", "entries"] = "articles"
    is_streamed: bool = False
    begins: Callable[[bytes], bool] | None = None


def one_article(read: Callable[[bytes, Content, Limits], Article]) -> Read:
    """Return the reader of a format whose files contain one article each."""
    return lambda stream, content, limits: [read(stream.read(), content, limits)]

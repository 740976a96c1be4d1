"""What a format is: the names that files and servers give it, and its reader."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, BinaryIO, Literal

from index.sources.metadata.header import Header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from index.article import Article
    from index.errors import SourceError
    from index.sources.formats.feed import FeedEntry
    from index.sources.limits import Limits
    from index.sources.web.page_links import PageLinks

    Read = Callable[
        [BinaryIO, "Content", Limits], Iterable["Article | FeedEntry | InnerFile | Address | PageLinks | SourceError"]
    ]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be read: `origin` is its path or URL, `url` its URL if it has one; without `data` it is a file."""

    origin: str
    format: str
    data: bytes | None = None
    url: str | None = None
    charset: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InnerFile:
    """A file inside another, such as one of an archive or an attachment; `name` is its path there.

    It is read like a file of its own. `known` fills in what it does not say about itself.
    """

    name: str
    stream: BinaryIO
    media_type: str = ""
    charset: str | None = None
    url: str | None = None
    known: Header = dataclasses.field(default_factory=Header)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of another source that this one names, such as a feed in an OPML list."""

    place: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A readable format. `label` is its name for people, `read` runs in the reading process.

    `begins` recognises the format by how its bytes begin, if that is possible; `shared` are endings of other formats
    that its files may have as well, which is then told by how they begin. A format that `is_streamed` may have any
    length.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    read: Read
    media_types: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    holds: Literal["one article", "articles", "entries", "members"] = "articles"
    is_streamed: bool = False
    begins: Callable[[bytes], bool] | None = None


def one_article(read: Callable[[bytes, Content, Limits], Article]) -> Read:
    """Return the reader of a format whose files contain one article each."""
    return lambda stream, content, limits: [read(stream.read(), content, limits)]

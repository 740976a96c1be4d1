"""The bytes of a file or page become articles; runs in the reading process (`worker`), so it may fail in any way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.docx import read_docx
from index.sources.feed import compose_entry, read_feed
from index.sources.html import read_html
from index.sources.markdown import read_markdown
from index.sources.messages import entry_of
from index.sources.pdf import read_pdf
from index.sources.table import read_csv, read_json, read_jsonl
from index.sources.text import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from index.article import Article
    from index.sources.feed import Entry
    from index.sources.formats import Content
    from index.sources.limits import Limits


def read(content: Content, limits: Limits) -> Iterator[Article | Entry | SourceError]:
    """Yield the articles in content and, as values, its problems; of a feed its entries, whose pages are elsewhere."""
    try:
        if content.data is not None:
            yield from _read(content, io.BytesIO(content.data), limits)
        else:
            with Path(content.origin).open("rb") as stream:
                yield from _read(content, stream, limits)
    except SourceError as error:
        yield error
    except OSError as error:
        yield SourceError(
            f"{content.origin} could not be read: {error.strerror}.", help="Check that it is there and readable."
        )


def _read(content: Content, stream: BinaryIO, limits: Limits) -> Iterator[Article | Entry | SourceError]:
    origin, url, charset = content.origin, content.url, content.charset
    match content.format:
        case "csv":
            yield from read_csv(stream, name=origin, charset=charset, limits=limits)
        case "jsonl":
            yield from read_jsonl(stream, name=origin, charset=charset, limits=limits)
        case "json":
            yield from read_json(stream.read(), name=origin, charset=charset)
        case "feed":
            yield from read_feed(stream.read(), name=origin, url=url, limits=limits)
        case _:
            yield _read_one(content, stream.read(), limits)


def _read_one(content: Content, data: bytes, limits: Limits) -> Article:
    origin, url, charset = content.origin, content.url, content.charset
    match content.format:
        case "text":
            return read_text(data, origin=origin, url=url, charset=charset)
        case "markdown":
            return read_markdown(data, origin=origin, url=url, charset=charset)
        case "html":
            return read_html(data, origin=origin, url=url, charset=charset)
        case "pdf":
            return read_pdf(data, origin=origin, url=url, limits=limits)
        case "docx":
            return read_docx(data, origin=origin, url=url, limits=limits)
        case "entry":
            return compose_entry(entry_of(data))
        case _:
            raise ValueError(f"no format: {content.format}")

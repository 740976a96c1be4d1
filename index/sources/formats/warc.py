"""Archives of crawls (WARC), such as Common Crawl's news: each page in one is read as if it had been fetched."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from index.errors import SourceError
from index.sources.formats.format import Format, InnerFile
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.limits import Limits

# What belongs to the look of pages, or to the crawl.
_MUTE = ("image/", "audio/", "video/", "font/", "text/css", "text/javascript", "application/javascript",
         "application/x-javascript", "application/font", "application/x-font", "application/warc")  # fmt: skip
_OK = "200"


def read_warc(stream: BinaryIO, *, origin: str, limits: Limits) -> Iterator[InnerFile | SourceError]:
    """Yield the pages that were fetched with success.

    Raises SourceError if `warcio` is not installed, or it is no WARC file, or a damaged one.
    """
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise SourceError(
            f"{origin} is a web archive, which takes the package warcio to read.",
            help="Install it with: pip install 'dateline[warc]'",
        ) from None
    is_empty = True
    try:
        for record in ArchiveIterator(stream):
            is_empty = False
            if _is_page(record):
                yield _page(record, origin=origin, limits=limits)
    except (ArchiveLoadFailed, OSError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError):
        is_empty = True
    if is_empty:
        raise SourceError(f"{origin} is not a readable WARC file, or is damaged.", help="Download it again.")


def _is_page(record: Any) -> bool:
    """Return whether a record of the archive is a page that a server gave."""
    if record.rec_type not in {"response", "resource"}:
        return False
    is_given = record.http_headers is None or record.http_headers.get_statuscode() == _OK
    return is_given and not _type(record)[0].startswith(_MUTE)


def _type(record: Any) -> tuple[str, str]:
    """Return the media type of a record, and its parameters."""
    written = (record.http_headers or record.rec_headers).get_header("Content-Type") or ""
    kind, _, parameters = written.partition(";")
    return kind.strip().lower(), parameters


def _page(record: Any, *, origin: str, limits: Limits) -> InnerFile | SourceError:
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    data = record.content_stream().read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        return SourceError(
            f"{origin}/{address} is larger than {in_words(limits.max_bytes)}.",
            help="Raise DATELINE_MAX_FILE_MB if you need it.",
        )
    kind, parameters = _type(record)
    return InnerFile(
        name=address or "record",
        stream=io.BytesIO(data),
        media_type=kind,
        charset=_charset(parameters),
        url=address if address.lower().startswith(("http://", "https://")) else None,
    )


def _charset(parameters: str) -> str | None:
    named = (part.partition("=") for part in parameters.split(";"))
    return next((value.strip(" \"'") for name, _, value in named if name.strip().lower() == "charset"), None)


FORMAT = Format(
    name="warc",
    label="WARC",
    suffixes=(".warc", ".warc.gz"),
    media_types=("application/warc",),
    read=lambda stream, content, limits: read_warc(stream, origin=content.origin, limits=limits),
    holds="members",
    is_streamed=True,
    begins=lambda data: data.startswith(b"WARC/1."),
)

"""From what a user types to articles: finding the sources in it, and reading each by its format."""

from __future__ import annotations

import dataclasses
import io
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources.docx import read_docx
from index.sources.feed import is_feed, read_feed
from index.sources.fetching import Fetched, Fetcher, HttpFetcher, check_url, in_words
from index.sources.header import Header
from index.sources.html import read_html
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.markdown import read_markdown
from index.sources.pdf import read_pdf
from index.sources.table import read_csv, read_json, read_jsonl
from index.sources.text import fill, read_text, title_from_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Article

_FORMATS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".csv": "csv", ".tsv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".xml": "feed", ".rss": "feed", ".atom": "feed", ".rdf": "feed",
}  # fmt: skip
_MEDIA_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json",
    "application/jsonl": "jsonl", "application/x-ndjson": "jsonl", "application/x-jsonlines": "jsonl",
    "application/rss+xml": "feed", "application/atom+xml": "feed", "application/rdf+xml": "feed",
    "application/xml": "feed", "text/xml": "feed",
}  # fmt: skip
# Servers send these for anything they do not know; there the address's ending says more.
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
# Two letters or more, as C: is a drive.
_OTHER_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]+://|(?:data|file|javascript|mailto|about|blob|view-source):", re.IGNORECASE
)
_STREAMED = frozenset({"csv", "jsonl"})
_HEAD = 4096
_SHOWN = 200  # characters of what a user typed that a message repeats
_READABLE = "text (.txt), Markdown (.md), HTML, PDF, Word (.docx), CSV, TSV, JSON, JSON Lines and RSS or Atom feeds"


def find_sources(target: str) -> list[str]:
    """Return the sources in what a user typed: a URL or a file is one, a folder is all files in it, sorted.

    Hidden files and folders are passed over. Raises SourceError when there is nothing to read there, or the
    URL is not http(s).
    """
    if _is_url(target):
        return [check_url(target)]
    path = _resolved(target)
    if path is None:
        raise _not_there(target)
    if path.is_dir():
        return _files_in(path)
    if not path.is_file():
        raise SourceError(f"{target} is not a regular file.", help="Give the path of a file or a folder.")
    return [str(path)]


def load(
    source: str, *, fetcher: Fetcher | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Article | SourceError]:
    """Yield the articles of one file or URL and, as values, its problems; no content makes this raise.

    `fetcher` gets the pages; it is an HttpFetcher within `limits` unless given.
    """
    fetcher = fetcher or HttpFetcher(limits)
    try:
        if _is_url(source):
            yield from _read(_from_response(fetcher.fetch(check_url(source))), fetcher, limits)
        else:
            path = _checked_file(source, limits)
            with path.open("rb") as stream:
                yield from _read(_from_file(path, stream), fetcher, limits)
    except SourceError as error:
        yield error
    except OSError as error:
        yield SourceError(f"{source} could not be read: {error.strerror}.", help="Check that it is there and readable.")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What is to be read: `origin` is its path or URL, `url` the URL if it has one."""

    origin: str
    format: str
    stream: BinaryIO
    url: str | None = None
    charset: str | None = None


def _checked_file(source: str, limits: Limits) -> Path:
    """Return the path of a file that can be read; raises SourceError when it is none, empty or too large."""
    path = _resolved(source)
    if path is None:
        raise _not_there(source)
    if path.is_dir():
        raise SourceError(f"{path} is a folder that could not be read.", help="Check its permissions.")
    if not path.is_file():  # a pipe or a device would be read for ever
        raise SourceError(f"{path} is not a regular file.", help="Give the path of a file or a folder.")
    if path.suffix.lower() not in _FORMATS:
        ending = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise SourceError(f"{path} has {ending}, so its format is not known.", help=f"Dateline reads {_READABLE}.")
    size = path.stat().st_size
    if size == 0:
        raise SourceError(f"{path} is empty.", help="Check that it was saved.")
    if size > limits.max_bytes and _FORMATS[path.suffix.lower()] not in _STREAMED:
        raise SourceError(
            f"{path} is larger than {in_words(limits.max_bytes)}.",
            help="Raise DATELINE_MAX_FILE_MB if you need it.",
        )
    return path


def _from_file(path: Path, stream: BinaryIO) -> _Content:
    return _Content(origin=str(path), format=_FORMATS[path.suffix.lower()], stream=stream)


def _from_response(fetched: Fetched) -> _Content:
    """Return what was fetched with its format: by its bytes, its media type, and the ending of its address.

    Raises SourceError when that is no format to read.
    """
    if not fetched.content.strip():
        raise SourceError(f"{fetched.url} is empty.", help="Check the address.")
    named = _FORMATS.get(PurePosixPath(unquote(urlsplit(fetched.url).path)).suffix.lower())
    kind = _MEDIA_TYPES.get(fetched.content_type)
    if fetched.content_type in _VAGUE_TYPES:
        kind = named or _sniff(fetched.content) or ("text" if fetched.content_type == "text/plain" else None)
    elif kind in {"html", "feed"}:
        kind = _sniff(fetched.content) or kind  # servers mix these two up
    if kind is None:
        raise SourceError(
            f"{fetched.url} is of a type Dateline does not read ({fetched.content_type or 'not named'}).",
            help=f"It reads {_READABLE}.",
        )
    return _Content(
        origin=fetched.url,
        format=kind,
        stream=io.BytesIO(fetched.content),
        url=fetched.url,
        charset=fetched.charset,
    )


def _sniff(data: bytes) -> str | None:
    """Return the format that the first bytes give away."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if is_feed(data):
        return "feed"
    return "html" if re.search(rb"<!doctype html|<html[\s>]", data[:_HEAD], re.IGNORECASE) else None


def _read(content: _Content, fetcher: Fetcher, limits: Limits) -> Iterator[Article | SourceError]:
    """Yield the articles and problems in content of any format."""

    def read_page(url: str) -> Article:
        return _read_one(_from_response(fetcher.fetch(check_url(url))), limits)

    name, charset = content.origin, content.charset
    if content.format == "csv":
        yield from read_csv(content.stream, name=name, charset=charset, limits=limits)
    elif content.format == "jsonl":
        yield from read_jsonl(content.stream, name=name, charset=charset, limits=limits)
    elif content.format == "json":
        yield from read_json(content.stream.read(), name=name, charset=charset)
    elif content.format == "feed":
        feed = content.stream.read()
        for item in read_feed(feed, name=name, url=content.url, read_page=read_page, limits=limits):
            yield item if isinstance(item, SourceError) else _titled(item)
    else:
        yield _titled(_read_one(content, limits))


def _read_one(content: _Content, limits: Limits) -> Article:
    """Return the article in content that holds one; raises SourceError for formats that hold many."""
    data, origin, charset = content.stream.read(), content.origin, content.charset
    match content.format:
        case "text":
            return read_text(data, origin=origin, url=content.url, charset=charset)
        case "markdown":
            return read_markdown(data, origin=origin, url=content.url, charset=charset)
        case "html":
            return read_html(data, origin=origin, url=content.url, charset=charset)
        case "pdf":
            return read_pdf(data, origin=origin, url=content.url, limits=limits)
        case "docx":
            return read_docx(data, origin=origin, url=content.url, limits=limits)
        case _:
            raise SourceError(f"{origin} is not a page with an article.", help="Add it by its own address.")


def _titled(article: Article) -> Article:
    """Return the article with its file's name for a title where it has none."""
    return fill(article, Header(title=title_from_name(article.origin or "")))


def _files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below, sorted, without hidden ones and Word's lock files."""
    found: list[str] = []
    unreadable: list[str] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: unreadable.append(str(error.filename))):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found += [str(Path(place) / name) for name in files if not _is_hidden(name)]
    if not found and not unreadable:
        raise SourceError(f"{folder} has no files in it.", help=f"Put articles there: {_READABLE}.")
    # A folder that cannot be read stays in the list, so that reading it reports it.
    return sorted(found + unreadable)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def _is_url(target: str) -> bool:
    return target.lower().startswith(("http://", "https://"))


def _resolved(target: str) -> Path | None:
    """Return the path that is there under a name, links followed; None when there is none."""
    try:
        path = Path(target).expanduser().resolve()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, no path at all, no such user
        return None


def _not_there(target: str) -> SourceError:
    """Say why a target that is no path is nothing else either."""
    if _OTHER_SCHEME.match(target):
        return SourceError(
            f"{target[:_SHOWN]} is not an http or https address, and nothing else is fetched.",
            help="Give a web address, or the path of a file or folder.",
        )
    if target.lower().startswith("www."):
        return SourceError(f"There is no file named {target}.", help=f"For the web page, write https://{target}")
    return SourceError(f"There is no file or folder {target[:_SHOWN]}.", help="Check the path.")

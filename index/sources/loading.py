"""From what a user types to articles: finds the sources it names, and reads each by its format."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.sources.formats import registry as formats
from index.sources.formats.feed import FeedEntry
from index.sources.formats.format import Address
from index.sources.formats.text import fill, title_from_name
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata.header import Header
from index.sources.reader_process import read_apart
from index.sources.web.crawling import CrawlingFetcher
from index.sources.web.fetching import Fetcher, HttpFetcher, check_url, in_words
from index.sources.web.following import follow
from index.sources.web.page_links import PageLinks
from index.sources.web.web_pages import fetch_content, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.formats.format import Content

# Two letters or more, as C: is a drive.
_OTHER_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]+://|(?:data|file|javascript|mailto|about|blob|view-source):", re.IGNORECASE
)
_PAGES = (".html", ".htm", ".xhtml", ".shtml")
# What browsers of several languages call the folder beside "Page.html".
_SAVED_WITH_PAGE = re.compile(
    r"(.+)(?:_files?|[-_]Dateien|_fichiers|_archivos|_ficheros|_arquivos|_bestanden|[-_]filer|_soubory|_pliki"
    r"|_elemei|_dosyalar|_файлы|\.files)",
    re.IGNORECASE,
)
_MOST_ADDRESSES = 100  # sources that another one names
_LISTS = 10  # times the time of one feed is what a list of feeds may take
_SHOWN = 200  # characters of what a user typed that a message repeats


def find_sources(target: str) -> list[str]:
    """Return the sources a user's input names: a URL or a file is one, a folder is all files in it, sorted.

    Hidden files and folders are skipped. Raises SourceError if there is nothing to read, or the URL is not http(s).
    """
    if is_url(target):
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

    `fetcher` gets the pages; by default it is an HttpFetcher within `limits`.
    """
    yield from _load(source, fetcher or HttpFetcher(limits), limits, is_named=True)


def _load(source: str, fetcher: Fetcher, limits: Limits, *, is_named: bool) -> Iterator[Article | SourceError]:
    """Yield what is in a source that a user or, if not `is_named`, another source names."""
    try:
        content = fetch_content(source, fetcher) if is_url(source) else _checked_file(source, limits)
        addresses: list[Address] = []
        yield from _read(content, fetcher, limits, addresses)
    except SourceError as error:
        yield error
    except OSError as error:
        yield SourceError(f"{source} could not be read: {error.strerror}.", help="Check that it is there and readable.")
    else:
        yield from _load_addresses(addresses, fetcher, limits, is_followed=is_named)


def _load_addresses(
    addresses: list[Address], fetcher: Fetcher, limits: Limits, *, is_followed: bool
) -> Iterator[Article | SourceError]:
    """Yield what is in the sources that a source names, such as the feeds of an OPML list, until their time is up."""
    began = time.monotonic()
    crawler, most = CrawlingFetcher(fetcher), _LISTS * limits.feed_s
    for number, address in enumerate(addresses):
        if not is_followed or number == _MOST_ADDRESSES or time.monotonic() - began - crawler.waited >= most:
            left = len(addresses) - number
            yield SourceError(
                f"{address.place} and {left - 1} more were not fetched."
                if left > 1
                else f"{address.place} was not fetched.",
                help="Add what you need by its own address.",
            )
            return
        yield from _load(address.url, crawler, limits, is_named=False)


def _checked_file(source: str, limits: Limits) -> Content:
    """Return a file that can be read, with its format; raises SourceError if it is not a file, empty or too large."""
    path = _resolved(source)
    if path is None:
        raise _not_there(source)
    if path.is_dir():
        raise SourceError(f"{path} is a folder that could not be read.", help="Check its permissions.")
    if not path.is_file():  # reading a pipe or a device might never end
        raise SourceError(f"{path} is not a regular file.", help="Give the path of a file or a folder.")
    content = formats.of_file(path)
    size = path.stat().st_size
    if size == 0:
        raise SourceError(f"{path} is empty.", help="Check that it was saved.")
    if size > limits.max_bytes and not formats.format_of(content).is_streamed:
        raise SourceError(
            f"{path} is larger than {in_words(limits.max_bytes)}.",
            help="Raise DATELINE_MAX_FILE_MB if you need it.",
        )
    return content


def _read(
    content: Content, fetcher: Fetcher, limits: Limits, addresses: list[Address]
) -> Iterator[Article | SourceError]:
    """Yield the articles and problems in content of any format, and collect the other sources that it names."""
    is_one = formats.format_of(content).holds == "one article"
    if is_one and content.url:
        yield _titled(read_page(content, fetcher, limits))
        return
    # All entries first, for the process that reads the feed reads their pages, too.
    entries: list[FeedEntry | SourceError] = []
    with contextlib.closing(read_apart(content, limits)) as items:
        for item in items:
            match item:
                case Article():
                    yield _titled(item) if is_one else item
                case PageLinks():
                    pass
                case Address():
                    addresses.append(item)
                case FeedEntry():
                    entries.append(item)
                case _ if entries:
                    entries.append(item)
                case _:
                    yield item
    yield from map(_titled, follow(entries, fetcher, limits))


def _titled(item: Article | SourceError) -> Article | SourceError:
    """Return an article, titled after its file if it has no title, and a problem unchanged."""
    if isinstance(item, SourceError):
        return item
    return fill(item, Header(title=title_from_name(item.origin or "")))


def _files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below, sorted, without hidden ones, Word's lock files and links out of it."""
    found: list[str] = []
    unreadable: list[str] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: unreadable.append(str(error.filename))):
        pages = {Path(name).stem for name in files if name.lower().endswith(_PAGES)}
        folders[:] = [name for name in folders if not _is_hidden(name) and not _belongs_to_page(name, pages)]
        paths = (Path(place) / name for name in files if not _is_hidden(name))
        found += [str(path) for path in paths if not path.is_symlink() or _stays_in(folder, path)]
    if not found and not unreadable:
        raise SourceError(f"{folder} has no files in it.", help=f"Put articles there: {formats.READABLE}.")
    # A folder that cannot be read stays in the list, so that reading it reports it.
    return sorted(found + unreadable)


def _stays_in(folder: Path, link: Path) -> bool:
    """Return whether a link leads to something inside the folder; whoever packed the folder chose where it leads."""
    try:
        return link.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # it leads to itself
        return False


def _belongs_to_page(folder: str, pages: set[str]) -> bool:
    """Return whether a browser saved a folder with a page beside it: its pictures, scripts and frames."""
    match = _SAVED_WITH_PAGE.fullmatch(folder)
    return match is not None and match[1] in pages


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def is_url(target: str) -> bool:
    """Return whether a target is a web address."""
    return target.lower().startswith(("http://", "https://"))


def _resolved(target: str) -> Path | None:
    """Return the path that exists under a name, links followed; None if there is none."""
    try:
        path = Path(target).expanduser().resolve()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, no path at all, no such user
        return None


def _not_there(target: str) -> SourceError:
    """Explain why a target that is not a path is nothing else either."""
    if _OTHER_SCHEME.match(target):
        return SourceError(
            f"{target[:_SHOWN]} is not an http or https address, and nothing else is fetched.",
            help="Give a web address, or the path of a file or folder.",
        )
    if target.lower().startswith("www."):
        return SourceError(f"There is no file named {target}.", help=f"For the web page, write https://{target}")
    return SourceError(f"There is no file or folder {target[:_SHOWN]}.", help="Check the path.")

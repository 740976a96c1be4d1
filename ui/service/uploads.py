"""What clients send to be added: files, the address of a page, or articles as JSON."""

from __future__ import annotations

import dataclasses
import logging
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from index.article import normalise
from index.errors import FetchError, SourceError, UnreachableError
from index.sources import Fetched, HttpFetcher, load
from index.sources.formats.records import read_record
from index.sources.web.fetching import Fetcher, check_url
from ui.service.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from index import Article
    from index.sources import Limits

    Items = Generator[Article | SourceError, None, None]

_log = logging.getLogger("dateline.jobs")

_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST_STEM = 120  # bytes
_LONGEST_SUFFIX = 16
_NAMELESS = "unnamed"


@dataclasses.dataclass(frozen=True, slots=True)
class SourceToAdd:
    """A source to be added, under its sender's name for it; `read` yields its articles and problems."""

    name: str
    read: Callable[[], Items]


class Uploads:
    """Uploaded files in a temporary folder of their own, until `delete`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix="upload-", dir=temporary_folder()))
        self._number = 0

    def put(self, name: str, content: BinaryIO) -> SourceToAdd:
        """Copy a file into the folder, under a safe form of its name."""
        self._number += 1
        place = self._folder / str(self._number)
        place.mkdir()
        path = place / safe_name(name)
        with path.open("xb") as copy:
            shutil.copyfileobj(content, copy)
        return SourceToAdd(path.name, lambda: _read_file(path, self._limits))

    def delete(self) -> None:
        """Delete the folder and its contents."""
        shutil.rmtree(self._folder, ignore_errors=True)


def from_url(url: str, limits: Limits) -> SourceToAdd:
    """Return the page, feed or file at an http or https address. Raises FetchError for any other address."""
    url = url.strip()
    if not _ADDRESS.fullmatch(url):  # `load` also reads paths, and URL parsers ignore white space inside
        raise FetchError(f"{url!r:.200} is not an http or https address.", help="Give the address of a page.")
    check_url(url)
    return SourceToAdd(url, lambda: _read_page(url, limits))


def from_records(records: Iterable[Mapping[str, Any]]) -> list[SourceToAdd]:
    """Return the sources of articles sent as JSON objects."""
    return [_from_record(record, f"article {number}") for number, record in enumerate(records, start=1)]


def safe_name(name: str) -> str:
    """Return the last part of a file's name without anything that could leave the folder or is invalid on some
    system.
    """
    name = " ".join(_UNSAFE.sub("_", normalise(re.split(r"[/\\]", name)[-1])).split()).strip(" .")
    path = PurePosixPath(name)
    suffix = path.suffix if len(path.suffix.encode()) <= _LONGEST_SUFFIX else ""
    stem = name.removesuffix(suffix).encode()[:_LONGEST_STEM].decode(errors="ignore").rstrip(" .")
    name = f"{stem or _NAMELESS}{suffix}"
    return f"_{name}" if _RESERVED.match(name) else name


def _from_record(record: Mapping[str, Any], place: str) -> SourceToAdd:
    def read() -> Items:
        try:
            article = read_record(record, place=place)
            # Who sends JSON can correct it at once; a date in a file can only be told.
            if unclear := next((notice.text for notice in article.notices if notice.rule == "date"), None):
                raise SourceError(f"{place} has an unclear date: {unclear!r}.", help="Write it as YYYY-MM-DD.")
            yield article
        except SourceError as error:
            yield error

    return SourceToAdd(place, read)


class DiscreetFetcher:
    """Fetches for a client without telling it why a fetch failed, which would reveal the server's network."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def fetch(self, url: str) -> Fetched:
        """Return what is at `url`. Raises FetchError."""
        try:
            return self._fetcher.fetch(url)
        except UnreachableError as error:
            _log.info("Not fetched: %s", error)
            raise FetchError(
                f"{url:.500} could not be fetched: it is not there, does not answer, or has a private address.",
                help="Check the address. Pages at private addresses take DATELINE_ALLOW_PRIVATE_URLS=true.",
            ) from None


def _read_page(url: str, limits: Limits) -> Items:
    yield from load(url, limits=limits, fetcher=DiscreetFetcher(HttpFetcher(limits)))


def _read_file(path: Path, limits: Limits) -> Items:
    """Read an uploaded file: problems use its sender's name for it, and it does not replace articles from a file of the
    same name, but for rows that have ids.
    """
    for item in load(str(path), limits=limits, fetcher=DiscreetFetcher(HttpFetcher(limits))):
        if isinstance(item, SourceError):
            yield SourceError(str(item).replace(f"{path.parent}/", ""), help=item.help)
        else:
            origin = item.origin.replace(f"{path.parent}/", "") if item.origin and item.has_own_id else None
            yield dataclasses.replace(item, origin=origin)

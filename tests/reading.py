"""Files read as `dateline add` reads them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.sources import Limits, load

if TYPE_CHECKING:
    from pathlib import Path

    from index.sources import Fetcher

LIMITS = Limits(read_seconds=20)


def read(
    path: Path, data: str | bytes, *, limits: Limits = LIMITS, fetcher: Fetcher | None = None
) -> list[Article | SourceError]:
    """Write a file and return what is in it."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(load(str(path), limits=limits, fetcher=fetcher))


def one(path: Path, data: str | bytes) -> Article:
    """Write a file and return the one article in it."""
    [article] = read(path, data)
    assert isinstance(article, Article), article
    return article


def articles(found: list[Article | SourceError]) -> list[Article]:
    return [item for item in found if isinstance(item, Article)]


def problems(found: list[Article | SourceError]) -> list[str]:
    return [str(item) for item in found if isinstance(item, SourceError)]


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    """Return a zip archive of files with these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()

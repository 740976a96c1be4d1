"""Word files with macros, and templates (.docm, .dotx, .dotm): read as the .docx that they are otherwise."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from index.sources.formats.docx import read_docx
from index.sources.formats.format import Format, one_article
from index.sources.formats.packages import Package

if TYPE_CHECKING:
    from index.article import Article
    from index.sources.limits import Limits

_TYPES = "[Content_Types].xml"
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHERS = (
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)


def read_docm(data: bytes, *, origin: str, url: str | None, limits: Limits) -> Article:
    """Return the article in a Word file with macros, which are not looked at.

    Raises SourceError if it is not a Word file, is locked with a password, or unpacks to too much.
    """
    package = Package(data, origin=origin, kind="Word file", limits=limits)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as plain:
        for name in package.names:
            part = package.read(name) or b""
            if name == _TYPES:
                for other in _OTHERS:
                    part = part.replace(other, _DOCUMENT)
            plain.writestr(name, part)
    return read_docx(buffer.getvalue(), origin=origin, url=url, limits=limits)


FORMAT = Format(
    name="docm",
    label="",
    suffixes=(".docm", ".dotx", ".dotm"),
    media_types=(
        "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    ),
    read=one_article(
        lambda data, content, limits: read_docm(data, origin=content.origin, url=content.url, limits=limits)
    ),
    holds="one article",
)

"""An archive's description of itself, and the names that its files may have."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, Self

from index.engines.capabilities import Backup
from index.errors import BackupError

FORMAT = 1
NAME = "manifest.json"
MOST_FILES = 10_000
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,98}[A-Za-z0-9_-])?"
_FILE_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,60}}\.db|watches\.json|evaluations(?:/{_PART}){{1,4}}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True, slots=True)
class HomeFile:
    """A file of a home as it lies in an archive; `name` is its path in the home, with slashes."""

    name: str
    size: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """When an archive was made and by which version, its files, and how many articles and passages they hold."""

    version: str
    created: str
    articles: int
    passages: int
    members: tuple[HomeFile, ...]

    @property
    def size(self) -> int:
        """How many bytes the files have together."""
        return sum(member.size for member in self.members)

    @property
    def summary(self) -> Backup:
        """What a caller is told about the archive."""
        return Backup(created=self.created, articles=self.articles, passages=self.passages)

    def as_bytes(self) -> bytes:
        """Return the manifest as it is written."""
        value = {
            "format": FORMAT,
            "dateline": self.version,
            "created": self.created,
            "articles": self.articles,
            "passages": self.passages,
            "files": [dataclasses.asdict(member) for member in self.members],
        }
        return json.dumps(value, indent=1).encode()

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Return the manifest that was written. Raises BackupError if it is invalid or not to be trusted."""
        try:
            value = json.loads(data)
            if isinstance(value, dict) and isinstance(value.get("format"), int) and value["format"] > FORMAT:
                raise BackupError(
                    f"The archive was made by a newer Dateline ({str(value.get('dateline'))!r:.30}).",
                    help="Restore it with that version.",
                )
            manifest = cls(
                version=_text(value["dateline"]),
                created=_text(value["created"]),
                articles=_number(value["articles"]),
                passages=_number(value["passages"]),
                members=tuple(
                    HomeFile(_text(member["name"]), _number(member["size"]), _text(member["sha256"]))
                    for member in value["files"]
                ),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BackupError("The archive's manifest cannot be read.", help=_ANOTHER) from None
        manifest._check_names()
        return manifest

    def _check_names(self) -> None:
        """Refuse names that do not belong in a home, and two names for the same file."""
        names = [member.name for member in self.members]
        folders = {name.casefold()[:position] for name in names for position, mark in enumerate(name) if mark == "/"}
        for member in self.members:
            if not is_file_name(member.name) or not _HASH.fullmatch(member.sha256):
                raise BackupError(
                    f"The archive holds {member.name!r:.80}, which does not belong in a home.", help=_ANOTHER
                )
        if len({name.casefold() for name in names} - folders) < len(names):
            raise BackupError("The archive holds two files of the same name.", help=_ANOTHER)
        if "articles.db" not in names:
            raise BackupError("The archive contains no articles.", help=_ANOTHER)


_ANOTHER = "Nothing was changed. Use another backup."


def is_file_name(name: str) -> bool:
    """Return whether a file of a home may have this name."""
    return bool(_FILE_NAME.fullmatch(name))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise TypeError(value)
    return value

"""What only some engines can do. Commands ask for it with `need`, which says plainly what an engine lacks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from index.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from index.article import Article
    from index.engines.engine import Engine
    from index.errors import IndexMismatchError

    Fill = Callable[[Engine, Iterable[Article]], None]
    """Opens the index of a place for writing, which finishes what was left unfinished, and adds articles."""

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was verified: whether it `is_right`, and a description."""

    name: str
    is_right: bool
    words: str


@dataclasses.dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found, and what was done about it."""

    findings: tuple[Finding, ...]
    repairs: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Return whether nothing is wrong."""
        return all(finding.is_right for finding in self.findings)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """An archive: when it was made, and how many articles and passages it holds."""

    created: str
    articles: int
    passages: int


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """How many articles and passages there are now, the archive they are from, and what is left to do."""

    articles: int
    passages: int
    backup: Backup
    mismatch: IndexMismatchError | None = None


@runtime_checkable
class Rebuilding(Protocol):
    """An engine that can build a collection anew beside the one in use."""

    def begin_rebuilding(self) -> Engine:
        """Return an empty place for the collection that will replace this one."""

    def finish_rebuilding(self) -> None:
        """Replace the collection by the one in that place, in one step. The caller holds the lock for writing."""


@runtime_checkable
class Checking(Protocol):
    """An engine that can verify its files."""

    def check(self, *, embedder: str) -> CheckReport:
        """Verify everything. Raises HomeError if there is no collection or a process is writing to it."""

    def repair(self, *, embedder: str, fill: Fill) -> CheckReport:
        """Verify everything, repair what can be repaired, and verify it again."""


@runtime_checkable
class BackingUp(Protocol):
    """An engine that can write all it keeps to one archive."""

    def back_up(self, target: Path) -> Backup:
        """Write an archive, even while the collection is in use, and read it back."""

    def restore(self, archive: Path, *, replace: bool, fill: Fill) -> Restored:
        """Restore the collection to the state in an archive; with `replace`, overwriting what is there."""


def need(engine: object, capability: type[T], what: str) -> T:
    """Return the engine as one that has the capability. Raises UnsupportedError, which says that it cannot `what`."""
    if not isinstance(engine, capability):
        raise UnsupportedError(
            f"The engine {type(engine).__name__} cannot {what}.", help="Use the tools of its own database for that."
        )
    return engine

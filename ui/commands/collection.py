"""The collection that commands work on, whether it is opened here or served elsewhere."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant import Ask, Event
    from index import Article, ArticleInfo, Filters, ScoredPassage, SourceError
    from index.notices import NoticeGroup


@dataclasses.dataclass(frozen=True, slots=True)
class Added:
    """How many articles were added, replaced and already there, what could not be read, and what reading left out."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    problems: tuple[SourceError, ...] = ()
    notices: tuple[NoticeGroup, ...] = ()

    @property
    def is_of_use(self) -> bool:
        """Whether any article was read."""
        return bool(self.added or self.replaced or self.unchanged)


@dataclasses.dataclass(frozen=True, slots=True)
class RowChoices:
    """What a user says of rows and JSON: their names for fields ("text=body,date=pub"), and whether ids are global."""

    fields: str = ""
    ids: Literal["file", "global"] = "file"


AS_THEY_ARE = RowChoices()


class Collection(Protocol):
    """A collection of articles; every method raises DatelineErrors."""

    def add(
        self,
        sources: Sequence[str],
        *,
        on_source: Callable[[], None],
        on_passages: Callable[[int], None],
        rows: RowChoices = AS_THEY_ARE,
    ) -> Added:
        """Add files and URLs; `on_source` is called for each that has been read, `on_passages` as they are embedded."""

    def articles(self, filters: Filters) -> list[ArticleInfo]:
        """Return what is known of the articles that meet the filters."""

    def article(self, id_: str) -> Article:
        """Return an article with its text."""

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the other articles that say mostly the same in the same words."""

    def versions(self, id_: str) -> list[dict[str, Any]]:
        """Return the earlier versions of an article as JSON, the newest first."""

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles; none if one is unknown."""

    def search(self, query: str, *, k: int, filters: Filters) -> tuple[list[ScoredPassage], float]:
        """Return the passages that match a query and the milliseconds it took."""

    def stream(self, ask: Ask) -> Iterator[Event]:
        """Yield the events of one answer."""

    def close(self) -> None:
        """Close everything that is open."""

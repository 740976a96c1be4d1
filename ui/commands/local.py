"""A collection in a home folder on this machine."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING, Any

from assistant import versions_json
from assistant.build import build_assistant, build_engine, chosen_limits, limits, open_index, without_model
from index import SourceError, open_articles
from index.sources import HttpFetcher, find_sources, load
from index.sources.web.revisiting import RevisitingFetcher
from ui.commands.collection import AS_THEY_ARE, Added, RowChoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assistant import Ask, Assistant, Event
    from assistant.settings import Settings
    from index import Article, ArticleIndex, ArticleInfo, Filters, ScoredPassage
    from index.sources import Limits


class Local:
    """The collection of the settings' home; `purpose` names the user of the lock. It stays open until `close`."""

    def __init__(self, settings: Settings, *, purpose: str) -> None:
        self._settings = settings
        self._purpose = purpose
        self._fetcher = RevisitingFetcher(HttpFetcher(limits(settings)))
        self._open = contextlib.ExitStack()
        self._index: ArticleIndex | None = None
        self._assistant: Assistant | None = None

    def add(
        self,
        sources: Sequence[str],
        *,
        on_source: Callable[[], None],
        on_passages: Callable[[int], None],
        rows: RowChoices = AS_THEY_ARE,
    ) -> Added:
        """Add files and URLs; no home is created if there is nothing to add."""
        problems: list[SourceError] = []
        articles = self._load(
            sources, problems, on_source, chosen_limits(self._settings, fields=rows.fields, ids=rows.ids)
        )
        first = next(articles, None)
        if first is None:
            return Added(problems=tuple(problems))
        with open_index(self._settings, write=True, purpose=self._purpose) as index:
            report = index.add(itertools.chain([first], articles), on_embedded=on_passages)
        problems += report.refused
        return Added(len(report.added), len(report.replaced), len(report.unchanged), tuple(problems), report.notices)

    def _load(
        self, sources: Sequence[str], problems: list[SourceError], on_source: Callable[[], None], within: Limits
    ) -> Iterator[Article]:
        """Yield the articles of all sources and collect their problems."""
        for source in sources:
            for item in load(source, fetcher=self._fetcher, limits=within):
                if isinstance(item, SourceError):
                    problems.append(item)
                else:
                    yield item
            on_source()

    def articles(self, filters: Filters) -> list[ArticleInfo]:
        """Return what is known of the articles that meet the filters."""
        with open_articles(build_engine(self._settings)) as store:
            return store.articles(filters)

    def article(self, id_: str) -> Article:
        """Return an article with its text."""
        with open_articles(build_engine(self._settings)) as store:
            return store.article(id_)

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the other articles that say mostly the same in the same words."""
        with open_articles(build_engine(self._settings)) as store:
            return store.near_copies(id_)

    def versions(self, id_: str) -> list[dict[str, Any]]:
        """Return the earlier versions of an article as JSON, the newest first."""
        with open_articles(build_engine(self._settings)) as store:
            return versions_json(store.article(id_), store.versions.of(id_))

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles (none if one is unknown), and their text from the chat and from evaluations."""
        from ui.service.evaluation_store import EvaluationStore  # which is slow to import
        from ui.service.removal import remove_articles

        # Reports errors before anything is opened for writing.
        with open_articles(build_engine(self._settings)) as store:
            for id_ in ids:
                store.article(id_)
        with open_index(self._settings, write=True, purpose=self._purpose) as index:
            home = self._settings.home
            remove_articles(index, ids, home=home, evaluations=EvaluationStore(home))

    def search(self, query: str, *, k: int, filters: Filters) -> tuple[list[ScoredPassage], float]:
        """Return the passages that match a query and the milliseconds it took."""
        assistant = build_assistant(without_model(self._settings), self._opened())
        began = time.perf_counter()
        passages = assistant.search(query, k=k, filters=filters)
        return passages, 1e3 * (time.perf_counter() - began)

    def stream(self, ask: Ask) -> Iterator[Event]:
        """Yield the events of one answer."""
        if self._assistant is None:
            self._assistant = build_assistant(self._settings, self._opened())
            self._open.callback(self._assistant.close)
        return self._assistant.stream(ask)

    def _opened(self) -> ArticleIndex:
        if self._index is None:
            self._index = self._open.enter_context(open_index(self._settings, purpose=self._purpose))
        return self._index

    def close(self) -> None:
        """Close everything that is open."""
        self._open.close()


def load_articles(targets: Iterable[str]) -> Iterator[Article]:
    """Yield the articles of files, folders and URLs. Raises SourceError for the first that cannot be read."""
    for target in targets:
        for source in find_sources(target):
            for item in load(source):
                if isinstance(item, SourceError):
                    raise item
                yield item

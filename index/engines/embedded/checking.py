"""Verify everything in a home, and repair what can be repaired.

The articles are checked on their own, then everything derived from them is checked against them. Derived stores can
always be rebuilt; from damaged articles, whatever can be read is saved.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from typing import TYPE_CHECKING

import numpy as np

from index.engines.capabilities import CheckReport, Finding
from index.engines.embedded.articles import ArticleStore
from index.engines.embedded.derived import DerivedStores
from index.engines.embedded.salvage import salvage
from index.engines.embedded.vector_table import VectorTable, as_int8
from index.engines.embedded.vectors import VectorStore
from index.engines.entries import BATCH, batches
from index.errors import ArticleNotFoundError, HomeError, NewerHomeError
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.engines.capabilities import Fill
    from index.engines.embedded.engine import EmbeddedEngine
    from index.engines.embedded.home import Home
    from index.engines.embedded.part import Part

_PURPOSE = "dateline check"
_FILE, _VECTORS = "articles.db", "vectors of passages"
_NAMED = 5  # how many problems of one kind are named
_ALIKE = 1e-3  # a number of a vector, as Chroma gives it back


def check(engine: EmbeddedEngine, *, embedder: str) -> CheckReport:
    """Verify a home, which may be read meanwhile. Raises HomeError if there is none or a process is writing to it."""
    with engine.lock(write=False, purpose=_PURPOSE):
        return CheckReport(tuple(_findings(engine.home, embedder)))


def repair(engine: EmbeddedEngine, *, embedder: str, fill: Fill) -> CheckReport:
    """Verify a home, repair what can be repaired, and verify it again.

    Raises HomeError if it is in use or stays unusable. A damaged file of articles is kept beside the new one. Damaged
    derived stores are deleted; opening the index rebuilds them.
    """
    repairs: list[str] = []
    engine.home.require()
    with engine.lock(write=True, purpose=_PURPOSE):
        wrong = {finding.name for finding in _findings(engine.home, embedder) if not finding.is_right}
        if _FILE in wrong:
            repairs.append(salvage(engine, fill=fill))
        with _opened(engine.home, embedder) as (articles, derived):
            if _VECTORS in wrong:
                articles.vectors.delete_unusable()
                repairs.append("Vectors of passages: missing and wrong ones were embedded again.")
            for name in [name for name in derived.parts if name in wrong]:
                derived.parts[name].discard()
                repairs.append(f"The {name}: rebuilt from the articles.")
    fill(engine, ())
    return dataclasses.replace(check(engine, embedder=embedder), repairs=tuple(repairs))


@contextlib.contextmanager
def _opened(home: Home, embedder: str) -> Iterator[tuple[ArticleStore, DerivedStores]]:
    with contextlib.closing(ArticleStore(home.articles)) as articles:
        derived = DerivedStores(home, articles, embedder=embedder, changing=threading.RLock(), may_write=False)
        with contextlib.closing(derived):
            yield articles, derived


def _findings(home: Home, embedder: str) -> Iterator[Finding]:
    try:
        articles = ArticleStore(home.articles)
    except NewerHomeError:  # nothing is wrong with it, and nothing is to be repaired
        raise
    except HomeError as error:
        yield Finding(_FILE, is_right=False, words=str(error))
        return
    with contextlib.closing(articles):
        try:
            problems = articles.problems()
            numbers = sorted(articles.numbers("passage")), sorted(articles.numbers("article"))
        except HomeError as error:
            problems = [str(error)]
        yield _finding(_FILE, problems, "whole")
        if problems:
            return
        yield from _article_findings(articles)
        yield _finding(_VECTORS, _vector_problems(articles), f"{len(numbers[0]):,} are complete")
        unfinished = "left by a process that died, or by an update; the next command that searches finishes them"
        yield _finding("unfinished changes", [] if articles.is_settled() else [unfinished], "none")
        derived = DerivedStores(home, articles, embedder=embedder, changing=threading.RLock(), may_write=False)
        with contextlib.closing(derived):
            for name, part in derived.parts.items():
                wanted = numbers[1] if name.endswith("articles") else numbers[0]
                problems = _part_problems(part, wanted, articles)
                yield _finding(name, problems, f"{len(wanted):,} entries, files unchanged")


def _finding(name: str, problems: Sequence[str], right: str) -> Finding:
    if not problems:
        return Finding(name, is_right=True, words=right)
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return Finding(name, is_right=False, words=f"{'; '.join(problems[:_NAMED])}{more}")


def _article_findings(articles: ArticleStore) -> Iterator[Finding]:
    """Compare each text with its hash, and its passages' positions with its length."""
    altered: list[str] = []
    outside: list[str] = []
    count = 0
    for info in articles.articles(Filters()):
        count += 1
        try:
            article = articles.article(info.id)
        except (ArticleNotFoundError, ValueError):
            altered.append(f"{info.id!r} cannot be read")
            continue
        if not article.is_as_added():
            altered.append(f"{info.id!r} differs from what was added")
        outside += [
            f"passage {id_!r}"
            for id_, start, end in articles.places(info.id)
            if not 0 <= start < end <= len(article.text)
        ]
    yield _finding("texts of articles", altered, f"{count:,} still have the hash they were added with")
    yield _finding("positions of passages", outside, "all inside their articles")


def _vector_problems(articles: ArticleStore) -> list[str]:
    problems = []
    passages, vectors = articles.numbers("passage"), articles.numbers("vector")
    if passages - vectors:
        problems.append(f"{len(passages - vectors):,} passages have no vector")
    if vectors - passages:
        problems.append(f"{len(vectors - passages):,} belong to no passage")
    dimensions: set[int] = set()
    ordered = sorted(vectors)
    for start in range(0, len(ordered), BATCH):
        for number, vector in articles.vectors.known(ordered[start : start + BATCH]).items():
            dimensions.add(len(vector))
            if not np.isfinite(vector).all():
                problems.append(f"the vector of passage {number} is invalid")
    if len(dimensions) > 1:
        problems.append("they have different dimensions")
    return problems


def _part_problems(part: Part[VectorStore], wanted: Sequence[int], articles: ArticleStore) -> list[str]:
    """Return what is wrong with a derived store: its files, its numbers, its vectors."""

    def look(store: VectorStore) -> list[str]:
        problems = [f"{name} has changed on disk" for name in store.wrong_files()]
        held = store.numbers()
        missing, unknown = set(wanted) - held, held - set(wanted)
        problems += [f"{len(missing):,} entries are missing"] if missing else []
        problems += [f"{len(unknown):,} entries belong to no article or passage"] if unknown else []
        if not problems:
            problems += _wrong_vectors(store, wanted, articles)
        return problems

    return part.read(look, ["cannot be read, or its files have changed on disk"])


def _wrong_vectors(store: object, wanted: Sequence[int], articles: ArticleStore) -> list[str]:
    """Compare all vectors of a store with the truth."""
    if not isinstance(store, (VectorStore, VectorTable)):
        return []
    wrong = 0
    for entries in batches(articles, "passage", wanted):
        numbers = [entry.number for entry in entries]
        truth = articles.vectors.of(numbers)
        if isinstance(store, VectorTable):
            wrong += int((store.get(numbers) != as_int8(truth)).any(axis=1).sum())
        else:
            lengths = np.linalg.norm(truth, axis=1, keepdims=True)
            stored = store.get(numbers)
            own = np.maximum(np.linalg.norm(stored, axis=1, keepdims=True), 1e-12)
            wrong += int((np.abs(stored / own - truth / np.maximum(lengths, 1e-12)) > _ALIKE).any(axis=1).sum())
    return [f"{wrong:,} vectors differ from those of their passages"] if wrong else []

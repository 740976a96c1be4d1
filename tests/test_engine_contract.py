"""What every engine must do, whatever it keeps a collection in. A new engine is one more line in `ENGINES`."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from index import (
    Article,
    ArticleIndex,
    ArticleNotFoundError,
    Filters,
    HomeError,
    HomeLockedError,
    IndexMismatchError,
    open_articles,
    reindex,
)
from index.engines import registry
from index.engines.capabilities import Rebuilding
from index.engines.engine import Engine
from index.errors import UnsupportedError
from index.filters import FILTERS
from tests.fakes import WordEmbedder
from tests.memory_engine.engine import COLLECTIONS
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from index.engines.engine import Stores
    from index.filters import Filter

ENGINES = {
    **registry.ENGINES,
    "memory": "tests.memory_engine.engine:MemoryEngine",
}
FERRY = Article.create(
    "The ferry to Skerrin is late. It waits for its batteries.",
    id="ferry", title="Ferry late", source="The Post", author="Ada Orr and Bo Lund", published=dt.date(2024, 5, 1),
)  # fmt: skip
MILL = Article.create(
    "The old mill burned down. Nobody was hurt by the fire.",
    id="mill", title="Fire at the mill", source="The Post", author="Bo Lund", published=dt.date(2025, 2, 3),
)  # fmt: skip
BREAD = Article.create(
    "Rye bread costs forty crowns. The mill that ground its flour is gone.",
    id="bread", source="Crumbs", published=dt.date(2025, 2, 3),
)  # fmt: skip
NOTE = Article.create("A note of nobody about the ferry, without a day.", id="note")
ARTICLES = [FERRY, MILL, BREAD, NOTE]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(registry, "ENGINES", ENGINES)
    yield registry.find_engine(f"{request.param}:here", tmp_path / "home")
    COLLECTIONS.clear()


def opened(engine: Engine, *, write: bool = False, embedder: WordEmbedder | None = None) -> ArticleIndex:
    return ArticleIndex.open(engine, embedder=embedder or WordEmbedder(), write=write)


def fill(engine: Engine, articles: Sequence[Article] = ARTICLES) -> None:
    with opened(engine, write=True) as index:
        index.add(articles)


def found(index: ArticleIndex, question: str, **options: Any) -> list[str]:
    return [scored.passage.article_id for scored in index.retrieve(question, **options)]


def require_whole(index: ArticleIndex) -> None:
    """See that the searches and the articles agree, and that every passage is a piece of its article."""
    ids = sorted(info.id for info in index.articles())
    passages = index.retrieve("ferry mill bread note fire words", k=50)
    assert sorted(scored.passage.article_id for scored in passages) == ids
    assert index.sizes() == (len(passages), len(ids))
    for scored in passages:
        passage, text = scored.passage, index.article(scored.passage.article_id).text
        assert text[passage.start : passage.end] == passage.text


def test_every_engine_fits_the_protocol(engine: Engine) -> None:
    assert isinstance(engine, Engine)


def test_there_is_no_collection_before_the_first_writer(engine: Engine) -> None:
    with pytest.raises(HomeError):
        opened(engine)
    with pytest.raises(HomeError), open_articles(engine):
        pass


# Adding and replacing


def test_added_articles_are_listed_read_and_found(engine: Engine) -> None:
    with opened(engine, write=True) as index:
        assert index.add(ARTICLES).added == ("ferry", "mill", "bread", "note")
        assert index.add(ARTICLES).unchanged == ("ferry", "mill", "bread", "note")
        require_whole(index)
    embedder = WordEmbedder()
    with opened(engine, embedder=embedder) as index:
        assert embedder.embedded == []
        assert [index.article(article.id) for article in ARTICLES] == ARTICLES
        require_whole(index)


def test_the_old_version_answers_until_the_new_one_is_complete(engine: Engine) -> None:
    new = Article.create("The ship to Hven is punctual.", id="ferry")
    with opened(engine, write=True) as index:
        index.add(ARTICLES)
        seen: list[str] = []

        def look(_: int) -> None:
            seen.extend([index.article("ferry").text, index.retrieve("ferry Skerrin batteries")[0].passage.text])

        assert index.add([new], on_embedded=look).replaced == ("ferry",)
        assert seen == [FERRY.text, FERRY.text]
        assert index.article("ferry") == new
        assert found(index, "ship Hven punctual")[0] == "ferry"
        require_whole(index)


def test_an_article_of_the_same_origin_replaces_the_one_before(engine: Engine) -> None:
    fill(engine, [Article.create("The first text.", origin="/a.txt"), MILL])
    fill(engine, [Article.create("The second text.", origin="/a.txt")])
    with opened(engine) as index:
        assert {index.article(info.id).text for info in index.articles()} == {"The second text.", MILL.text}
        require_whole(index)


class FailingEmbedder(WordEmbedder):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise RuntimeError("out of order")


def test_a_change_that_fails_leaves_what_was_there(engine: Engine) -> None:
    fill(engine)
    with pytest.raises(RuntimeError, match="out of order"), opened(engine, write=True, embedder=FailingEmbedder()) as i:
        i.add([Article.create("Another text.", id="ferry"), Article.create("New.", id="new")])
    with opened(engine) as index:
        assert index.article("ferry") == FERRY
        require_whole(index)


# Removing


def everything_in(home: Path) -> bytes:
    """Return all that is kept, as bytes."""
    files = b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
    return files + repr(COLLECTIONS).encode()


def test_removal_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    fill(engine, [*ARTICLES, Article.create("Qqzzkkjj was here.", id="secret")])
    assert b"qqzzkkjj" in everything_in(tmp_path).lower()
    with opened(engine, write=True) as index:
        index.remove(["secret"])
        with pytest.raises(ArticleNotFoundError):
            index.article("secret")
        assert "secret" not in found(index, "Qqzzkkjj", k=50)
        require_whole(index)
    assert b"qqzzkkjj" not in everything_in(tmp_path).lower()


def test_one_unknown_id_and_nothing_is_removed(engine: Engine) -> None:
    with opened(engine, write=True) as index:
        index.add(ARTICLES)
        with pytest.raises(ArticleNotFoundError):
            index.remove(["ferry", "unknown"])
        assert index.count() == len(ARTICLES)
        require_whole(index)


# Filters, lists, and ranking


def values_of(known: Filter) -> Iterator[Any]:
    """Yield the values of a filter that the articles give."""
    stored = [value for article in ARTICLES if (value := getattr(article, known.column)) is not None]
    if known.is_day:
        yield from (value + dt.timedelta(days) for value in stored for days in (-1, 0, 1))
    else:
        names = {part for value in stored for part in [value, *known.parts(value)]}
        yield from ((name,) for name in sorted(names))
        yield tuple(sorted(names))
        yield ("of nothing",)
        if known.kind == "names":
            yield from ((name.upper(),) for name in sorted(names))


@pytest.mark.parametrize("known", FILTERS, ids=lambda known: known.name)
def test_a_filter_lets_through_what_it_should(engine: Engine, known: Filter) -> None:
    fill(engine)
    with opened(engine) as index:
        for value in values_of(known):
            filters = Filters(**{known.name: value})
            wanted = {article.id for article in ARTICLES if filters.admit(article)}
            assert {info.id for info in index.articles(filters=filters)} == wanted
            assert index.count(filters=filters) == len(wanted)
            assert set(found(index, "ferry mill bread note", k=50, filters=filters)) == wanted


def test_filters_together(engine: Engine) -> None:
    fill(engine)
    filters = Filters(source=("The Post",), author=("bo lund",), since=dt.date(2025, 1, 1), articles=("mill", "ferry"))
    with opened(engine) as index:
        assert found(index, "ferry mill", filters=filters) == ["mill"]
        assert [info.id for info in index.articles(filters=filters)] == ["mill"]


def test_lists_are_sorted_cut_and_searched(engine: Engine) -> None:
    fill(engine)
    with opened(engine) as index:
        assert [info.id for info in index.articles()] == ["mill", "bread", "ferry", "note"]
        assert [info.id for info in index.articles(sort="oldest")] == ["ferry", "mill", "bread", "note"]
        assert [info.id for info in index.articles(sort="title")] == ["ferry", "mill", "bread", "note"]
        assert [info.id for info in index.articles(sort="added")] == ["note", "bread", "mill", "ferry"]
        assert [info.id for info in index.articles(offset=1, limit=2)] == ["bread", "ferry"]
        assert {info.id for info in index.articles(words="MILL gone")} == {"bread"}
        assert index.names("source") == {"The Post": 2, "Crumbs": 1}
    with open_articles(engine) as articles:
        assert articles.ids(Filters()) == ["ferry", "mill", "bread", "note"]


def test_ranking_takes_vectors_passages_and_whole_articles(engine: Engine) -> None:
    fill(engine)
    with opened(engine) as index:
        passages = index.retrieve("What burned down, the old mill?")
        assert passages[0].passage.article_id == "mill"
        assert [scored.rank for scored in passages] == list(range(1, len(passages) + 1))
        scores = [scored.score for scored in passages]
        assert scores == sorted(scores, reverse=True)
        best = passages[0].signals
        assert best
        assert (best.dense, best.passage, best.article) == pytest.approx((1, 1, 1))
        others = [scored.signals for scored in passages[1:] if scored.signals]
        assert all(0 <= value <= 1 for other in others for value in (other.dense, other.passage, other.article))
        # Without a word in common, the vectors alone rank.
        assert all(scored.signals and not scored.signals.passage for scored in index.retrieve("xylophone"))


# Dying at every step

STEPS = [
    "articles.write_pending", "dense.add", "passage.add", "article.add", "articles.publish", "dense.remove",
    "passage.remove", "article.remove", "passage.wipe", "article.wipe", "articles.clear_tombstones",
]  # fmt: skip


class DiedError(Exception):
    """Stands for the death of the process."""


class DyingEngine:
    """An engine whose stores fail for good at one step, before they do it or right after."""

    def __init__(self, engine: Engine, step: str, when: str) -> None:
        self._engine = engine
        self._step = step
        self._when = when

    def open(self, *, embedder: str, write: bool, purpose: str, url: str | None = None) -> Stores:
        stores = self._engine.open(embedder=embedder, write=write, purpose=purpose, url=url)
        owner, name = self._step.split(".")
        parts = {"articles": stores.articles, "dense": stores.dense}
        part: Any = parts.get(owner) or next(text for kind, text in stores.full_text.items() if kind == owner)
        method: Callable[..., Any] = getattr(part, name)

        def dying(*args: Any) -> None:
            if self._when == "after":
                method(*args)
            raise DiedError

        setattr(part, name, dying)
        return stores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_the_next_process_finds_a_whole_collection(engine: Engine, step: str, when: str) -> None:
    fill(engine)
    new = Article.create("New words on the ferry.", id="ferry")
    method = step.split(".")[1]
    dying = DyingEngine(engine, step, when)
    try:
        with opened(dying, write=True) as index:
            index.add([new, Article.create("A fifth one.", id="fifth")])
    except DiedError:
        assert method != "wipe"
    with opened(engine) as index:
        begun = (method, when) != ("write_pending", "before")
        assert index.article("ferry") == (new if begun else FERRY)
        assert index.count() == len(ARTICLES) + begun
        require_whole(index)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_removal_that_was_cut_short_is_finished(engine: Engine, step: str, when: str, tmp_path: Path) -> None:
    secret = Article.create("Qqzzkkjj was here.", id="secret")
    fill(engine, [*ARTICLES, secret])
    dying = DyingEngine(engine, step, when)
    try:
        with opened(dying, write=True) as index:
            index.remove(["secret"])
    except DiedError:
        assert step.split(".")[1] in {"remove", "wipe", "clear_tombstones"}
    with opened(engine) as index:
        assert index.count() == len(ARTICLES)
        require_whole(index)
    assert b"qqzzkkjj" not in everything_in(tmp_path).lower()


# Many at once


def test_readers_see_whole_articles_while_they_are_changed(engine: Engine) -> None:
    versions = [[Article.create(f"{name} {turn}. " * 40, id=name) for name in ("ferry", "mill")] for turn in range(6)]
    failures: list[BaseException] = []
    done = threading.Event()
    with opened(engine, write=True) as index:
        index.add(versions[0])

        def read() -> None:
            try:
                while not done.is_set():
                    for scored in index.retrieve("ferry mill", k=20):
                        assert scored.passage.article_id in {"ferry", "mill"}
                        assert len(set(scored.passage.text.split(". "))) <= 2  # no text of two versions
                    assert index.count() == 2
            except BaseException as error:
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for version in versions[1:]:
            index.add(version)
        done.set()
        for reader in readers:
            reader.join()
        assert failures == []
        assert [index.article(article.id) for article in versions[-1]] == versions[-1]


def test_a_second_writer_is_kept_out(engine: Engine) -> None:
    with opened(engine, write=True):
        with pytest.raises(HomeLockedError):
            opened(engine, write=True)
        with pytest.raises(HomeLockedError), engine.lock(write=True, purpose="test"):
            pass
    opened(engine, write=True).close()


def test_every_change_is_seen_by_others_in_the_revision(engine: Engine) -> None:
    fill(engine)
    with open_articles(engine) as articles:
        revisions = [articles.revision()]
        assert articles.revision() == revisions[0]
        with opened(engine, write=True) as index:
            index.add([Article.create("A fifth one.", id="fifth")])
            revisions.append(articles.revision())
            index.remove(["fifth"])
            revisions.append(articles.revision())
        assert len(set(revisions)) == 3
        assert articles.count(Filters()) == len(ARTICLES)


def test_an_index_that_is_open_elsewhere_does_not_answer_from_memory(engine: Engine) -> None:
    fill(engine)
    with opened(engine) as reader:
        assert found(reader, "Is the ferry late?")[0] == "ferry"
        try:
            writer = opened(engine, write=True)
        except HomeLockedError:  # this engine keeps writers out meanwhile, which also keeps what is remembered true
            return
        with writer:
            writer.remove(["ferry"])
            assert "ferry" not in found(reader, "Is the ferry late?")


# What the collection was made with


def test_another_embedder_is_refused(engine: Engine) -> None:
    fill(engine)
    with pytest.raises(IndexMismatchError, match="words-2"):
        opened(engine, embedder=WordEmbedder("words-2"))


def test_rebuilding_changes_the_embedder_or_is_refused(engine: Engine) -> None:
    fill(engine)
    other = WordEmbedder("words-2")
    if not isinstance(engine, Rebuilding):
        with pytest.raises(UnsupportedError, match="cannot rebuild"):
            reindex(engine, embedder=other)
        return
    assert reindex(engine, embedder=other) == len(ARTICLES)
    with opened(engine, embedder=other) as index:
        require_whole(index)


@pytest.mark.parametrize("command", ["check", "check --repair", "backup FILE", "restore FILE", "reindex"])
def test_a_command_says_what_an_engine_cannot_do(tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "ENGINES", ENGINES)
    monkeypatch.setenv("DATELINE_ENGINE", "memory")
    words = command.replace("FILE", str(tmp_path / "backup.zip")).split()
    result = CliRunner().invoke(main, ["--home", str(tmp_path), *words])
    assert result.exit_code == 1
    assert "The engine MemoryEngine cannot" in result.stderr


def test_an_unknown_engine_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="no engine 'granite'") as raised:
        registry.find_engine("granite:there", tmp_path)
    assert "embedded" in str(raised.value.help)

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

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
from index.engines.embedded.vectors import VectorStore
from index.errors import EmbeddingError
from index.local_files.database import _Cursor
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from index.article import Sort

FERRY = Article.create(
    "The ferry to Skerrin is late. It waits for its batteries.",
    id="ferry", title="Ferry late", source="The Post", author="Ada Orr and Bo Lund", published=dt.date(2024, 5, 1),
)  # fmt: skip
MILL = Article.create(
    "The mill burned down at night. Nobody was hurt.",
    id="mill", title="Fire", source="The Record", author="Cy Dale", published=dt.date(2024, 6, 1),
)  # fmt: skip
UNDATED = Article.create("A recipe for rye bread with caraway.", id="bread")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    """Three articles, for reading only."""
    home = tmp_path_factory.mktemp("filled") / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as opened:
        opened.add([FERRY, MILL, UNDATED])
        yield opened


def found(index: ArticleIndex, question: str, **filters: object) -> list[str]:
    passages = index.retrieve(question, filters=Filters(**filters))  # type: ignore[arg-type]
    return [scored.passage.article_id for scored in passages]


def test_what_is_added_is_found_with_exact_offsets(index: ArticleIndex) -> None:
    report = index.add([FERRY, MILL, UNDATED])
    assert report.added == ("ferry", "mill", "bread")
    first = index.retrieve("When did the mill burn?")[0]
    assert first.article.title == "Fire"
    assert (first.rank, first.passage.article_id) == (1, "mill")
    assert index.article("mill").text[first.passage.start : first.passage.end] == first.passage.text


def test_adding_again_embeds_nothing(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    for expected in ("added", "unchanged"):
        with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
            report = index.add([FERRY, MILL])
            assert getattr(report, expected) == ("ferry", "mill")
        assert len(embedder.embedded) == 2


def test_a_changed_article_replaces_its_old_version(index: ArticleIndex) -> None:
    index.add([FERRY, MILL])
    changed = Article.create("The ferry to Skerrin sails again.", id="ferry", title="Ferry sails", source="The Post")
    assert index.add([changed]).replaced == ("ferry",)
    assert index.article("ferry").text == changed.text
    assert index.count() == 2
    texts = [scored.passage.text for scored in index.retrieve("ferry batteries Skerrin")]
    assert changed.text in texts
    assert FERRY.text not in texts


def test_reading_a_file_again_replaces_its_earlier_articles(index: ArticleIndex) -> None:
    index.add([Article.create("First draft of the minutes.", origin="/minutes.txt")])
    report = index.add([Article.create("Second draft of the minutes.", origin="/minutes.txt")])
    assert len(report.replaced) == 1
    assert [info.origin for info in index.articles()] == ["/minutes.txt"]
    assert index.article(index.articles()[0].id).text.startswith("Second")


def test_the_last_of_two_versions_in_one_batch_wins(index: ArticleIndex) -> None:
    index.add([Article.create("One.", id="a"), Article.create("Two.", id="a"), Article.create("Two.", id="a")])
    assert index.count() == 1
    assert index.article("a").text == "Two."


def test_the_old_version_is_used_until_the_new_one_is_ready(tmp_path: Path) -> None:
    seen: list[str] = []

    class Watching(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            with open_articles(tmp_path) as articles:
                seen.append(articles.article("a").text if articles.count(Filters()) else "none")
            return super().embed(texts)

    with ArticleIndex.open(tmp_path, embedder=Watching(), write=True) as index:
        index.add([Article.create("Old words.", id="a")])
        index.add([Article.create("New words.", id="a")])
        assert index.article("a").text == "New words."
    assert seen == ["none", "Old words."]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"source": ("the post",)}, {"ferry"}),
        ({"source": ("The Post", "The Record")}, {"ferry", "mill"}),
        ({"author": ("bo lund",)}, {"ferry"}),
        ({"author": ("Ada Orr and Bo Lund",)}, {"ferry"}),
        ({"author": ("Bo",)}, set()),
        ({"since": dt.date(2024, 5, 2)}, {"mill"}),
        ({"until": dt.date(2024, 5, 1)}, {"ferry"}),
        ({"since": dt.date(2024, 5, 1), "until": dt.date(2024, 6, 1)}, {"ferry", "mill"}),
        ({"articles": ("bread", "mill")}, {"bread", "mill"}),
        ({"articles": ("mill",), "source": ("The Post",)}, set()),
        ({"source": ("Nobody",)}, set()),
        ({"articles": ("nothing",)}, set()),
        ({}, {"ferry", "mill", "bread"}),
    ],
)
def test_filters_mean_the_same_in_lists_and_in_search(
    filled: ArticleIndex, filters: dict[str, object], expected: set[str]
) -> None:
    chosen = Filters(**filters)  # type: ignore[arg-type]
    assert set(found(filled, "the ferry, the mill and a recipe for bread", **filters)) == expected
    assert {info.id for info in filled.articles(filters=chosen)} == expected
    assert filled.count(filters=chosen) == len(expected)


def test_articles_are_listed_newest_first_and_by_page(index: ArticleIndex) -> None:
    index.add([UNDATED, FERRY, MILL])
    assert [info.id for info in index.articles()] == ["mill", "ferry", "bread"]
    assert [info.id for info in index.articles(offset=1, limit=1)] == ["ferry"]


def test_remove_leaves_no_trace_in_any_file(tmp_path: Path) -> None:
    secrets = ("Zyxwvutsr", "Qqzzkkjj", "Vvbbnnmm", "Wwrrttpp")
    secret = Article.create(
        f"The code word is {secrets[0]}. " * 400, id="secret",
        title=f"On {secrets[1]}", author=secrets[2], source=secrets[3],
    )  # fmt: skip
    others = [Article.create(f"Article {number} tells of the harbour.", id=f"other-{number}") for number in range(50)]
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add([*others[:25], secret, *others[25:]])
        index.add([Article.create(f"A second version speaks of {secrets[0]}.", id="secret", title=secrets[1])])
        assert found(index, f"What is {secrets[0]}?")[0] == "secret"
        assert traces(tmp_path, secrets)
        index.remove(["secret"])
        assert traces(tmp_path, secrets) == []
        assert "secret" not in found(index, f"What is {secrets[0]}?")
        assert index.count() == 50
    assert traces(tmp_path, secrets) == []


def traces(folder: Path, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return which files hold which of the words, in UTF-8 or UTF-16, as they are or in lower case."""
    forms = {
        form.encode(encoding) for word in words for form in (word, word.lower()) for encoding in ("utf-8", "utf-16-le")
    }
    return [
        (path.name, form.decode(errors="replace"))
        for path in folder.rglob("*")
        if path.is_file()
        for form in forms
        if form in path.read_bytes()
    ]


def test_chroma_leaves_no_memory_contents_in_its_files(tmp_path: Path) -> None:
    """Room that it does not use yet it fills with memory as it is, and so with texts that are removed or read."""
    for write in (True, True, False):
        with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=write) as index:
            if write:
                index.add([Article.create(f"The ferry is late, says report {len(index.articles())}.")])
            assert index.retrieve("Is the ferry late?")
            files = [*(tmp_path / "chroma").glob("*/data_level0.bin"), *(tmp_path / "chroma").glob("*/length.bin")]
            assert [file.stat().st_size > 0 for file in files] == [True, True]
            assert [any(file.read_bytes()) for file in files] == [False, False]


def test_remove_is_all_or_nothing(index: ArticleIndex) -> None:
    index.add([FERRY, MILL])
    with pytest.raises(ArticleNotFoundError, match="nowhere"):
        index.remove(["ferry", "nowhere"])
    assert index.count() == 2


def test_an_empty_collection_finds_nothing(index: ArticleIndex) -> None:
    assert index.retrieve("Anything?") == []
    index.add([FERRY])
    index.remove(["ferry"])
    assert index.retrieve("ferry") == []


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", 'don\'t AND "b:x" C++ (', "界" * 5_000, "\x00\ud800", "the of and"]
)
def test_odd_questions_do_not_break_search(filled: ArticleIndex, question: str) -> None:
    assert len(filled.retrieve(question)) == 3


@pytest.mark.slow
def test_batches_stay_below_chromas_limit(tmp_path: Path) -> None:
    count = 6_000  # Chroma takes 5,461 at once
    store = VectorStore(tmp_path, embedder="four numbers")
    vectors = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    store.add(range(count), vectors)
    assert store.count() == count
    (nearest, cosine), *_ = store.search(vectors[4_321], k=1).items()
    assert (nearest, round(cosine, 4)) == (4_321, 1.0)
    store.remove(range(count))
    assert store.count() == 0
    store.close()


def test_a_missing_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="no collection") as caught:
        ArticleIndex.open(tmp_path / "none", embedder=WordEmbedder())
    assert "dateline add" in (caught.value.help or "")
    assert not (tmp_path / "none").exists()
    with pytest.raises(HomeError, match="no collection"), open_articles(tmp_path / "none"):
        pass


def test_a_home_that_is_a_file_or_garbage_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    with pytest.raises(HomeError, match="cannot be created"):
        ArticleIndex.open(tmp_path / "file", embedder=WordEmbedder(), write=True)
    (tmp_path / "articles.db").write_text("this is not a database, whatever its name says" * 10)
    with pytest.raises(HomeError, match="is damaged: file is not a database"):
        ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True)


def test_another_embedder_is_refused_until_the_index_is_rebuilt(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder("old"), write=True) as index:
        index.add([FERRY, MILL])
    with pytest.raises(IndexMismatchError, match="'old', not 'new'") as caught:
        ArticleIndex.open(tmp_path, embedder=WordEmbedder("new"))
    assert "dateline reindex" in (caught.value.help or "")
    embedder = WordEmbedder("new")
    assert reindex(tmp_path, embedder=embedder) == 2
    assert len(embedder.embedded) == 2
    with ArticleIndex.open(tmp_path, embedder=embedder) as index:
        assert found(index, "mill fire")[0] == "mill"


def test_the_old_index_answers_while_a_new_one_is_built(tmp_path: Path) -> None:
    answered: list[str] = []

    class Watching(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            with ArticleIndex.open(tmp_path, embedder=WordEmbedder("old")) as old:
                answered.append(found(old, "mill fire")[0])
            return super().embed(texts)

    with ArticleIndex.open(tmp_path, embedder=WordEmbedder("old"), write=True) as index:
        index.add([FERRY, MILL])
    assert reindex(tmp_path, embedder=Watching("new")) == 2
    assert answered == ["mill"]
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder("new")) as index:
        assert found(index, "mill fire")[0] == "mill"


@pytest.mark.slow
def test_there_is_one_writer_with_many_readers_and_the_lock_holder_is_named(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add([FERRY])
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; from tests.fakes import WordEmbedder;"
        "from index import ArticleIndex;"
        "write = sys.argv[3] == 'write';"
        "i = ArticleIndex.open(Path(sys.argv[1]), embedder=WordEmbedder(), write=write, purpose='dateline other');"
        "print('ready', flush=True); sys.stdin.read(); i.close()"
    )
    for mode in ("read", "write"):
        other = subprocess.Popen(
            [sys.executable, "-c", script, tmp_path, Path(__file__).parent.parent, mode],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stdin is not None
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "ready\n"
            began = time.monotonic()
            if mode == "read":
                with ArticleIndex.open(tmp_path, embedder=WordEmbedder()) as index:
                    assert index.count() == 1
            with pytest.raises(
                HomeLockedError, match=f"dateline other.*process {other.pid}" if mode == "write" else "in use"
            ):
                ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True)
            assert time.monotonic() - began < 30  # it gives up; it does not wait for the other to end
            with open_articles(tmp_path) as articles:
                assert articles.article("ferry").id == "ferry"
        finally:
            other.communicate("", timeout=30)
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        assert index.count() == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_home_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True):
        assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_articles_are_read_while_earlier_ones_are_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.article_index.BATCH", 1)
    has_read_on = threading.Event()

    class Waiting(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            assert has_read_on.wait(30)
            return super().embed(texts)

    def read() -> Iterator[Article]:
        yield FERRY
        has_read_on.set()  # by now the first is being embedded
        yield MILL
        yield Article.create("The mill was mended.", id="mill")  # the same again, before the one above is written

    with ArticleIndex.open(tmp_path, embedder=Waiting(), write=True) as index:
        report = index.add(read())
        assert report.added == ("ferry", "mill")
        assert report.replaced == ("mill",)
        assert index.article("mill").text == "The mill was mended."
        assert index.count() == 2


def test_adding_raises_errors_of_embedding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.article_index.BATCH", 1)

    class Failing(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if any("mill" in text.lower() for text in texts):
                raise OSError("no more room")
            return super().embed(texts)

    with ArticleIndex.open(tmp_path, embedder=Failing(), write=True) as index:
        with pytest.raises(OSError, match="no more room"):
            index.add([FERRY, MILL, UNDATED])
        assert {info.id for info in index.articles()} == {"ferry"}
        assert found(index, "the ferry") == ["ferry"]


@pytest.mark.slow
def test_threads_can_read_while_another_adds_and_removes(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True) as index:
        index.add([FERRY, MILL])
        over = threading.Event()

        def read() -> int:
            rounds = 0
            while not over.is_set() or not rounds:
                for scored in index.retrieve("When did the mill burn?", filters=Filters(source=("The Record",))):
                    assert scored.article.id == "mill"
                    assert index.article("mill").text[scored.passage.start : scored.passage.end] == scored.passage.text
                assert {"ferry", "mill"} <= {article.id for article in index.articles()}
                rounds += 1
            return rounds

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(4)]
            try:
                for number in range(15):
                    other = Article.create(f"The mill number {number} burned.", id=f"other-{number}", source="Wire")
                    index.add([other])
                    index.remove([other.id])
            finally:
                over.set()
            assert all(reader.result(60) for reader in readers)
        assert index.count() == 2


def test_articles_are_searched_and_sorted(index: ArticleIndex) -> None:
    index.add([FERRY, MILL, UNDATED])

    def ids(words: str = "", sort: Sort = "newest") -> list[str]:
        assert index.count(words=words) == len(index.articles(words=words))
        return [article.id for article in index.articles(words=words, sort=sort)]

    assert ids("mill NIGHT") == ["mill"]
    assert ids("the post") == ["ferry"]
    assert ids("%") == ids("_") == []
    assert ids(sort="oldest") == ["ferry", "mill", "bread"]
    assert ids(sort="title") == ["ferry", "mill", "bread"]
    assert ids(sort="added") == ["bread", "mill", "ferry"]
    assert index.names("source") == {"The Post": 1, "The Record": 1}


def test_repeated_searches_are_cached_until_the_collection_changes(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        index.add([FERRY])
        first = index.retrieve("the mill fire", k=5)
        first.clear()  # what is remembered is nobody's to change
        before = len(embedder.embedded)
        assert [one.passage.article_id for one in index.retrieve("the mill fire", k=5)] == ["ferry"]
        assert len(embedder.embedded) == before
        index.add([MILL])
        assert found(index, "the mill fire")[0] == "mill"
        index.remove(["mill"])
        assert found(index, "the mill fire") == ["ferry"]
        assert len(index.retrieve("the mill fire", k=5, filters=Filters(articles=("mill",)))) == 0


@pytest.mark.slow
def test_batches_written_before_a_failure_stay(tmp_path: Path) -> None:
    class Failing(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if any("unlucky" in text for text in texts):
                raise EmbeddingError("The embedder failed.")
            return super().embed(texts)

    articles = [Article.create(f"Report {number} of the harbour.", id=f"{number}") for number in range(1_100)]
    with ArticleIndex.open(tmp_path, embedder=Failing(), write=True) as index:
        with pytest.raises(EmbeddingError):
            index.add([*articles, Article.create("An unlucky one.", id="unlucky")])
        written = index.count()
        assert 512 <= written < 1_100
        assert len(index.retrieve("harbour report", k=2_000)) == len({info.id for info in index.articles()}) == written
        assert len(index.add(articles).unchanged) == written
        assert index.count() == 1_100


def test_vectors_of_another_dimension_are_refused_and_adding_goes_on(tmp_path: Path) -> None:
    class Odd(WordEmbedder):
        odd = False

        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            vectors = super().embed(texts)
            return vectors[:, :3] if self.odd else vectors

    embedder = Odd()
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        index.add([FERRY])
        embedder.odd = True
        with pytest.raises(EmbeddingError, match="dimension 3; this collection has dimension 64"):
            index.add([MILL])
        embedder.odd = False
        assert found(index, "mill fire") == ["ferry"]
        index.add([Article.create("Bread costs more.", id="bread")])
        assert set(found(index, "mill fire bread")) == {"ferry", "bread"}


@pytest.mark.slow
def test_lists_of_any_length_are_one_statement_for_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection keeps the last 128 statements, which took a server megabytes."""
    articles = [Article.create(f"Ferry {n} is late.", id=f"a{n}", source=f"Paper {n}") for n in range(12)]
    statements: set[str] = set()
    execute = _Cursor.execute

    def listening(cursor: _Cursor, *args: Any) -> _Cursor:
        statements.add(args[0])
        return execute(cursor, *args)

    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True) as index:
        index.add(articles)

        def use(length: int) -> None:
            ids, sources = [f"a{n}" for n in range(length)], [f"paper {n}" for n in range(length)]
            assert set(found(index, "ferry late", articles=tuple(ids))) == set(ids)
            assert len(index.retrieve("is the ferry late", k=length)) == length
            assert index.count(filters=Filters(articles=tuple(ids), source=tuple(sources))) == length

        use(3)
        monkeypatch.setattr(_Cursor, "execute", listening)
        use(4)
        first = set(statements)
        use(9)
        assert statements == first


@pytest.mark.slow
def test_a_search_reads_a_long_article_once_not_once_for_each_of_its_passages(tmp_path: Path) -> None:
    paragraphs = [f"The harbour wall gave way on day {number}. {'Water rose. ' * 80}" for number in range(1000)]
    whole = [Article.create("\n\n".join(paragraphs), id="long")]
    parts = [Article.create(text, id=str(number)) for number, text in enumerate(paragraphs)]
    spent = []
    for articles in (whole, parts):
        with ArticleIndex.open(tmp_path / articles[0].id, embedder=WordEmbedder(), write=True) as index:
            index.add(articles)
            index.retrieve("harbour")
            began = time.process_time()
            for number in range(3):
                assert len(index.retrieve(f"wall day {number}", k=100)) == 100
            spent.append(time.process_time() - began)
    assert spent[0] < 5 * spent[1], spent


@pytest.mark.parametrize("use", ["count", "numbers", "remove", "search"])
def test_the_first_use_of_chroma_leaves_no_memory_in_its_files(tmp_path: Path, use: str) -> None:
    """Chroma allocates space without blanking it, and what is in memory may have been removed."""
    embedder = WordEmbedder()
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        index.add([FERRY])
    uses: dict[str, Callable[[VectorStore], object]] = {
        "count": lambda store: store.count(),
        "numbers": lambda store: store.numbers(),
        "remove": lambda store: store.remove([7]),
        "search": lambda store: store.search(embedder.embed_question("ferry"), k=1),
    }
    freed = [b"Removed words. " * length for length in range(100, 8_000, 10)]
    del freed
    with contextlib.closing(VectorStore(tmp_path / "chroma", embedder=embedder.name)) as store:
        uses[use](store)
    allocated = [*tmp_path.glob("chroma/*/data_level0.bin"), *tmp_path.glob("chroma/*/length.bin")]
    assert allocated
    assert not any(any(path.read_bytes()) for path in allocated)

"""Full text in shards ranks like a single index, and a removal rewrites only the affected shards."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from index.engines.embedded.lexical import LexicalStore
from index.engines.entries import Entry
from index.filters import Criteria, Facets

EARLY, LATE = "harbour ferry strike union wage".split(), "flood river bridge levee rain".split()
ALWAYS = "mayor council vote budget school teacher".split()


def entries(count: int = 60) -> list[Entry]:
    """Return texts of six words; what the first half writes about, hardly anything in the second half does."""
    made = []
    for number in range(1, count + 1):
        chance = random.Random(number)  # noqa: S311 - nothing secret
        often, seldom = (EARLY, LATE) if number <= count // 2 else (LATE, EARLY)
        words = [*chance.choices(often, k=3), *chance.choices(ALWAYS, k=2), chance.choice([*seldom, *often, *ALWAYS])]
        facets = Facets(article=number, source=number % 2, author=0, published=number)
        made.append(Entry(number, None, " ".join(words), facets))
    return made


class Texts:
    """What the store should hold, and which ranges of it were asked for."""

    def __init__(self) -> None:
        self.entries = {entry.number: entry for entry in entries()}
        self.asked: list[range] = []

    def stored(self, numbers: range) -> list[Entry]:
        self.asked.append(numbers)
        return [entry for number, entry in self.entries.items() if number in numbers]


@pytest.fixture
def texts() -> Texts:
    return Texts()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> LexicalStore:
    """Everything in one index; for reading only."""
    store = LexicalStore(tmp_path_factory.mktemp("whole"), shard=1000, stored=Texts().stored)
    store.add(entries())
    return store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[range]]:
    """A folder that was filled one text after the other, and which ranges were asked for meanwhile."""
    folder, texts = tmp_path_factory.mktemp("sharded"), Texts()
    store = LexicalStore(folder, shard=7, stored=texts.stored)
    for entry in entries():
        store.add([entry])
    assert store.count() == 60
    return folder, texts.asked


@pytest.fixture
def sharded(tmp_path: Path, texts: Texts, filled: tuple[Path, list[range]]) -> LexicalStore:
    return LexicalStore(Path(shutil.copytree(filled[0], tmp_path / "sharded")), shard=7, stored=texts.stored)


@pytest.mark.parametrize("question", ["harbour ferry and the mayor", "flood of the river", "wage", "school vote rain"])
@pytest.mark.parametrize(
    "criteria", [Criteria(), Criteria(sets={"source": frozenset({1})}), Criteria(ranges={"published": (20, 41)})]
)
def test_shards_give_the_scores_of_one_index(
    whole: LexicalStore, sharded: LexicalStore, question: str, criteria: Criteria
) -> None:
    expected = whole.search(question, k=100, criteria=criteria)
    assert expected
    assert sharded.search(question, k=100, criteria=criteria) == pytest.approx(expected, rel=1e-5)
    best = sharded.search(question, k=5, criteria=criteria)
    assert list(best.values()) == pytest.approx(list(expected.values())[:5], rel=1e-5)


def test_shards_are_found_again_by_the_next_process(sharded: LexicalStore, texts: Texts, tmp_path: Path) -> None:
    again = LexicalStore(tmp_path / "sharded", shard=7, stored=texts.stored)
    assert again.count() == sharded.count() == 60
    assert again.numbers() == set(range(1, 61))
    question = "harbour ferry"
    assert again.search(question, k=9, criteria=Criteria()) == sharded.search(question, k=9, criteria=Criteria())


def test_a_word_that_no_text_has_finds_nothing(sharded: LexicalStore) -> None:
    assert sharded.search("xylophone", k=9, criteria=Criteria()) == {}
    assert sharded.search("the of", k=9, criteria=Criteria()) == {}


def test_a_full_shard_is_rewritten_as_one_segment(filled: tuple[Path, list[range]]) -> None:
    assert filled[1] == [range(at, at + 7) for at in range(0, 56, 7)]


def test_wiping_rewrites_only_shards_with_removed_texts(sharded: LexicalStore, texts: Texts) -> None:
    sharded.remove([9, 10, 31, 500])
    for number in (9, 10, 31):
        del texts.entries[number]
    texts.asked.clear()
    sharded.wipe()
    assert texts.asked == [range(7, 14), range(28, 35)]
    assert sharded.numbers() == set(range(1, 61)) - {9, 10, 31}
    sharded.wipe()
    assert len(texts.asked) == 2


def test_a_text_that_was_replaced_is_wiped_with_the_next_removal(
    sharded: LexicalStore, texts: Texts, tmp_path: Path
) -> None:
    facets = texts.entries[3].facets
    sharded.add([Entry(3, None, "Qqzzkkjj", facets)])
    sharded.add([texts.entries[3]])
    sharded.remove([texts.entries.pop(60).number])
    sharded.wipe()
    assert b"qqzzkkjj" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert sharded.numbers() == set(range(1, 60))

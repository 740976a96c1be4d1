"""The table of vectors: filtered searches look at every vector that meets the filter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.engines.embedded.vector_table import VectorTable
from index.filters import Criteria, Facets

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COUNT = 3_000
ALL = Criteria()


def unit(count: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def facets(number: int) -> Facets:
    return Facets(article=number // 3, source=number % 25, author=number % 2, published=20240000 + number % 12)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return unit(COUNT)


@pytest.fixture
def table(tmp_path: Path, vectors: NDArray[np.float32]) -> VectorTable:
    made = VectorTable(tmp_path, embedder="random")
    for at in range(0, COUNT, 700):  # more than the files begin with
        numbers = range(at + 1, min(at + 700, COUNT) + 1)
        made.add(numbers, vectors[at : at + 700], [facets(number) for number in numbers])
    return made


@pytest.mark.parametrize(
    ("criteria", "meets"),
    [
        (ALL, lambda number: True),
        (Criteria(sets={"source": frozenset({3})}), lambda number: number % 25 == 3),
        (
            Criteria(sets={"author": frozenset({1}), "source": frozenset(range(9))}),
            lambda number: number % 2 and number % 25 < 9,
        ),
        (Criteria(ranges={"published": (20240003, 20240005)}), lambda number: 3 <= number % 12 <= 5),
        (Criteria(ranges={"published": (20240010, 99991231)}), lambda number: number % 12 >= 10),
        (Criteria(sets={"article": frozenset({7, 8, 990})}), lambda number: number // 3 in {7, 8, 990}),
        (Criteria(sets={"source": frozenset()}), lambda number: False),
        (Criteria(sets={"source": frozenset({77})}), lambda number: False),
    ],
)
def test_finds_the_nearest_vectors_that_meet_the_filter(
    table: VectorTable, vectors: NDArray[np.float32], criteria: Criteria, meets: object
) -> None:
    assert callable(meets)
    question = unit(1, seed=1)[0]
    found = table.search(question, k=20, criteria=criteria)
    cosines = {number: float(vectors[number - 1] @ question) for number in range(1, COUNT + 1) if meets(number)}
    assert len(found) == min(20, len(cosines))
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert found == pytest.approx({number: cosines[number] for number in found}, abs=0.01)
    best = sorted(cosines.values(), reverse=True)[: len(found)]
    assert list(found.values()) == pytest.approx(best, abs=0.01)


def test_removed_and_replaced_vectors_are_not_found(
    table: VectorTable, vectors: NDArray[np.float32], tmp_path: Path
) -> None:
    table.remove([5, 6, 999_999])
    assert table.count() == COUNT - 2
    assert table.numbers() == set(range(1, COUNT + 1)) - {5, 6}
    assert 5 not in table.search(vectors[4], k=3, criteria=ALL)
    table.add([7], vectors[4:5], [facets(7)])
    assert next(iter(table.search(vectors[4], k=1, criteria=ALL))) == 7
    assert table.count() == COUNT - 2
    (file,) = tmp_path.rglob("vectors-*.int8")
    row = np.round(vectors[5] * 127 / np.abs(vectors[5]).max()).astype(np.int8)
    assert row.tobytes() not in file.read_bytes(), "the vector of what was removed is overwritten"


def test_another_process_finds_the_same(table: VectorTable, vectors: NDArray[np.float32], tmp_path: Path) -> None:
    again = VectorTable(tmp_path, embedder="random")
    criteria = Criteria(sets={"source": frozenset({3, 4})})
    assert again.search(vectors[9], k=9, criteria=criteria) == table.search(vectors[9], k=9, criteria=criteria)
    assert (again.count(), again.numbers()) == (COUNT, table.numbers())
    assert VectorTable(tmp_path, embedder="another").count() == 0


def test_searches_go_on_while_it_grows(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    table = VectorTable(tmp_path, embedder="random")
    table.add([1], vectors[:1], [facets(1)])
    failed: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found = table.search(vectors[0], k=1, criteria=ALL)
            if list(found) != [1]:
                failed.append(found)

    looking = threading.Thread(target=look)
    looking.start()
    for at in range(1, COUNT, 100):
        numbers = range(at + 1, min(at + 100, COUNT) + 1)
        table.add(numbers, vectors[at : at + 100], [facets(number) for number in numbers])
    done.set()
    looking.join()
    assert failed == []
    assert table.count() == COUNT


def test_an_empty_table_finds_nothing(tmp_path: Path) -> None:
    table = VectorTable(tmp_path, embedder="random")
    table.add([], unit(0), [])
    table.remove([1])
    assert (table.count(), table.numbers(), table.search(unit(1)[0], k=3, criteria=ALL)) == (0, set(), {})

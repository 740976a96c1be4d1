"""Passage vectors as a table: finds the nearest among those that match a filter by comparing each of them.

Chroma looks filters up in a database and is then slower than comparing every vector. Like Chroma's, the files here hold
only numbers, and all of it can be rebuilt from the article store.
"""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from simsimd import cdist

from index.engines.embedded.seal import Seal
from index.filters import FACETS, name_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.filters import Criteria, Facets

    Numbers = NDArray[np.int64]
    Columns = dict[str, NDArray[Any]]

_COLUMNS = {"number": np.int64, **dict.fromkeys(FACETS, np.int64), "length": np.float32}
_ROWS_AT_LEAST = 1024
_AT_ONCE = 65_536  # rows that are copied to be looked at
_MOST = 127  # of int8


class VectorTable:
    """The vectors of passages by number, int8, in files of the folder at `path`, one per column.

    `embedder` is the name of the embedder that made the vectors. Raises DamagedFilesError if the files have changed. A
    row without a number is free; the files have more rows than are used. Any number of threads may search while one
    changes the table.
    """

    def __init__(self, path: Path, *, embedder: str) -> None:
        self._seal = Seal(path)
        self._seal.require_whole()
        self._folder = path / f"{name_code(embedder):x}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._changing = threading.Lock()
        self._columns: Columns = {name: np.zeros(0, kind) for name, kind in _COLUMNS.items()}
        self._vectors = np.zeros((0, 1), np.int8)
        files = list(self._folder.glob("vectors-*.int8"))
        if files and not all(self._file(name).exists() for name in _COLUMNS):  # made before all of these were kept
            shutil.rmtree(self._folder)
            self._folder.mkdir()
            files = []
        for file in files:
            dimension = int(file.stem.removeprefix("vectors-"))
            self._map(dimension, file.stat().st_size // dimension)

    def _map(self, dimension: int, rows: int) -> None:
        """Map at least this many rows."""
        columns = {name: _open(self._file(name), kind, (rows,)) for name, kind in _COLUMNS.items()}
        vectors = _open(self._folder / f"vectors-{dimension}.int8", np.int8, (rows, dimension))
        self._vectors = vectors
        self._columns = columns  # last, in one step: a search reads the columns first

    def _file(self, column: str) -> Path:
        return self._folder / f"{column}.{_COLUMNS[column].__name__}"

    def add(self, numbers: Sequence[int], vectors: NDArray[np.float32], facets: Sequence[Facets]) -> None:
        """Store vectors, float32, `len(numbers)` x dimension; numbers already stored are replaced."""
        if not numbers:
            return
        with self._changing:
            self._seal.open()
            self._free(numbers)
            rows = self._make_room(len(numbers), vectors.shape[1])
            whole = as_int8(vectors)
            self._vectors[rows] = whole
            self._columns["length"][rows] = _length(whole)
            for name in FACETS:
                self._columns[name][rows] = [facet[name] for facet in facets]
            self._flush()  # a number is only ever read beside the vector it stands for, even after a power cut
            self._columns["number"][rows] = numbers
            self._flush()

    def seal(self, *, checksums: bool = False) -> None:
        """Record the state of the files, which are complete."""
        self._seal.close(checksums=checksums)

    def wrong_files(self) -> list[str]:
        """Return the files that have changed since they were sealed; reads them all."""
        return self._seal.wrong_files()

    def close(self) -> None:
        """Close the files."""
        self._columns = {name: np.zeros(0, kind) for name, kind in _COLUMNS.items()}
        self._vectors = np.zeros((0, 1), np.int8)

    def _flush(self) -> None:
        for file in (self._vectors, *self._columns.values()):
            if isinstance(file, np.memmap):
                file.flush()

    def _make_room(self, count: int, dimension: int) -> Numbers:
        """Return this many free rows; the files grow by half if there are too few."""
        free: Numbers = np.flatnonzero(self._columns["number"] == 0)
        if len(free) < count:
            there = len(self._columns["number"])
            self._map(dimension, max(_ROWS_AT_LEAST, there * 3 // 2, there + count))
            free = np.flatnonzero(self._columns["number"] == 0)
        return free[:count]

    def remove(self, numbers: Iterable[int]) -> None:
        """Overwrite vectors; unknown numbers are ignored."""
        with self._changing:
            self._seal.open()
            self._free(list(numbers))

    def _free(self, numbers: Sequence[int]) -> None:
        rows = np.flatnonzero(np.isin(self._columns["number"], numbers))
        self._columns["number"][rows] = 0
        if len(rows):
            self._vectors[rows] = 0
            self._flush()

    def numbers(self) -> set[int]:
        """Return all numbers stored."""
        return {int(number) for number in self._columns["number"]} - {0}

    def get(self, numbers: Sequence[int]) -> NDArray[np.int8]:
        """Return the vectors of numbers that are stored, int8, `len(numbers)` x dimension."""
        row_of = {int(number): row for row, number in enumerate(self._columns["number"]) if number}
        return np.array(self._vectors[[row_of[number] for number in numbers]])

    def count(self) -> int:
        """Return how many vectors are stored."""
        return int(np.count_nonzero(self._columns["number"]))

    def search(self, vector: NDArray[np.float32], *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` passage numbers with their cosine, nearest first; accurate to two thousandths."""
        self._seal.require_unchanged()
        columns, vectors = self._columns, self._vectors
        numbers = np.array(columns["number"])  # as they are now, whatever is changed meanwhile
        rows = np.flatnonzero(_matching(columns, criteria) & (numbers > 0))
        if not len(rows):
            return {}
        whole = as_int8(vector[None])
        cosines = _products(whole, vectors, rows) / (_length(whole) * columns["length"][rows])
        return {int(numbers[rows[index]]): float(cosines[index]) for index in _best(cosines, min(k, len(rows)))}


def _open(path: Path, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a file's numbers for reading and writing; the file is extended with zeros if it is too short."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    with path.open("ab") as file:
        if file.tell() < size:
            _grow(file, size)
    return np.memmap(path, kind, "r+", shape=shape)


def _grow(file: BinaryIO, size: int) -> None:
    """Make a file longer. Its space is allocated at once: a mapped file without it kills the process on a full disk."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def _matching(columns: Columns, criteria: Criteria) -> NDArray[np.bool_]:
    """Return which rows meet the criteria."""
    meets = np.ones(len(columns["number"]), bool)
    for name, values in criteria.sets.items():
        meets &= np.isin(columns[name], sorted(values))
    for name, (first, last) in criteria.ranges.items():
        meets &= (columns[name] >= first) & (columns[name] <= last)
    return meets


def _products(vector: NDArray[np.int8], vectors: NDArray[np.int8], rows: Numbers) -> NDArray[np.float64]:
    """Return the dot product of a vector (1 x dimension) and each row, using all cores."""

    def dot(part: NDArray[np.int8]) -> NDArray[np.float64]:
        products: NDArray[np.float64] = np.asarray(cdist(vector, part, metric="dot", threads=0))[0]
        return products

    if len(rows) * 4 > len(vectors):  # then comparing all rows is faster than copying so many
        return dot(vectors)[rows]
    return np.concatenate([dot(vectors[rows[start : start + _AT_ONCE]]) for start in range(0, len(rows), _AT_ONCE)])


def _length(vectors: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the length of each vector; dividing dot products by it gives cosines at half the cost."""
    lengths: NDArray[np.float32] = np.linalg.norm(vectors.astype(np.float32), axis=1)
    return lengths


def _best(cosines: NDArray[np.float64], k: int) -> Numbers:
    """Return the indices of the `k` greatest, greatest first; of equals, the earlier."""
    nearest = np.argpartition(-cosines, k - 1)[:k]
    return nearest[np.lexsort((nearest, -cosines[nearest]))]


def as_int8(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return vectors scaled so that their greatest number is 127; a cosine does not depend on length."""
    greatest = np.abs(vectors).max(axis=1, keepdims=True)
    whole: NDArray[np.int8] = np.round(vectors * (_MOST / np.maximum(greatest, 1e-12))).astype(np.int8)
    return whole

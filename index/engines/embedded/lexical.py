"""Full text with BM25, in shards. All of it can be rebuilt from the article store."""

from __future__ import annotations

import heapq
import logging
import math
import operator
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING

from index.engines.embedded.lexical_shard import LexicalShard
from index.engines.embedded.seal import DamagedFilesError, Seal
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from index.engines.entries import Entry
    from index.filters import Criteria

_QUERY_TERMS = 64
_log = logging.getLogger("dateline.index")


class LexicalStore:
    """Texts by number, ranked by BM25, in the folder at `path`.

    Every `shard` consecutive numbers have their own index. So operations on a whole index, such as merging additions
    and rewriting after a removal, cost the same however many texts there are. `stored` yields what the store should
    hold for a range of numbers. A shard whose files have changed is dropped if the process `may_write`; otherwise
    DamagedFilesError is raised.
    """

    def __init__(
        self, path: Path, *, shard: int, stored: Callable[[range], Iterable[Entry]], may_write: bool = True
    ) -> None:
        self._path = path
        self._size = shard
        self._stored = stored
        self._shards: dict[int, LexicalShard] = {}
        self._seals: dict[int, Seal] = {}
        path.mkdir(parents=True, exist_ok=True)
        for place in sorted(int(folder.name) for folder in path.iterdir() if folder.name.isdecimal()):
            if not self._seal(place).is_whole():
                if not may_write:
                    raise DamagedFilesError([str(place)])
                _log.warning("A part of the full text was damaged; rebuilding it.")
                shutil.rmtree(path / str(place))  # what is missing is added as after a crash
                self._seal(place).discard()
                continue
            self._shards[place] = LexicalShard(path / str(place))

    def _seal(self, place: int) -> Seal:
        return self._seals.setdefault(place, Seal(self._path / str(place)))

    def seal(self, *, checksums: bool = False) -> None:
        """Record the state of the files, which are complete."""
        for place in self._shards:
            self._seal(place).close(checksums=checksums)

    def wrong_files(self) -> list[str]:
        """Return the files that have changed since they were sealed; reads them all."""
        return [f"{place}/{name}" for place in self._shards for name in self._seal(place).wrong_files()]

    def close(self) -> None:
        """Close the files."""
        self._shards = {}

    def add(self, entries: Iterable[Entry]) -> None:
        """Index texts; numbers already stored are replaced."""
        parts: dict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            parts[entry.number // self._size].append(entry)
        for place, part in sorted(parts.items()):
            if place not in self._shards:
                if place - 1 in self._shards:  # a full shard is searched faster as one segment
                    self._rewrite(place - 1)
                self._shards = {**self._shards, place: LexicalShard(self._path / str(place))}
            self._seal(place).open()
            self._shards[place].add(part)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove texts; unknown numbers are ignored."""
        parts: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            parts[number // self._size].append(number)
        for place in parts.keys() & self._shards.keys():
            self._seal(place).open()
            self._shards[place].remove(parts[place])

    def wipe(self) -> None:
        """Leave no term in the files that occurred only in removed texts."""
        for place, shard in self._shards.items():
            if shard.has_removed():
                self._rewrite(place)

    def _rewrite(self, place: int) -> None:
        self._seal(place).open()
        self._shards[place].rewrite(self._stored(range(place * self._size, (place + 1) * self._size)))

    def numbers(self) -> set[int]:
        """Return all numbers stored."""
        return {number for shard in self._shards.values() for number in shard.numbers()}

    def count(self) -> int:
        """Return how many texts are stored."""
        return sum(shard.count() for shard in self._shards.values())

    def search(self, question: str, *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers with their BM25 score, best first; empty if no term of the question occurs."""
        words = list(dict.fromkeys(terms(question)))[:_QUERY_TERMS]
        if criteria.excludes_all or not words:
            return {}
        places = self._shards
        for place in places:
            self._seal(place).require_unchanged()
        shards = list(places.values())
        if len(shards) == 1:
            return shards[0].search(dict.fromkeys(words, 1.0), k=k, criteria=criteria)
        # Term frequencies are summed over all shards: a shard's own would favour terms that are rare only there.
        known = [shard.frequencies(words) for shard in shards]
        texts = sum(count for count, _ in known)
        rarity = [
            _idf(texts, sum(containing)) for containing in zip(*(containing for _, containing in known), strict=True)
        ]
        found: dict[int, float] = {}
        for shard, (count, containing) in zip(shards, known, strict=True):
            weights = {
                word: rare / _idf(count, number)
                for word, rare, number in zip(words, rarity, containing, strict=True)
                if number
            }
            if weights:
                found |= shard.search(weights, k=k, criteria=criteria)
        return dict(heapq.nlargest(k, found.items(), key=operator.itemgetter(1)))


def _idf(texts: int, containing: int) -> float:
    """Return BM25's weight of a term found in this many of the texts, as tantivy computes it."""
    return math.log(1.0 + (texts - containing + 0.5) / (containing + 0.5))

"""A shard of the full text, a tantivy index; only this module uses tantivy.

The index stores terms and numbers, not the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.filters import FACETS
from index.terms import analyzer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from index.engines.entries import Entry
    from index.filters import Criteria

# Bytes the writer may use before it writes a segment; a shard that is written anew should become a single one.
_HEAP, _REWRITING_HEAP = 32_000_000, 128_000_000
_ALL = 1_000_000_000
_ANY = "1"  # what the field `any` of every text says: so removed ones, which have frequencies still, can be counted


class LexicalShard:
    """Texts by number, ranked by BM25 (Robertson and Walker 1994, k1 = 1.2, b = 0.75), in the folder at `path`."""

    def __init__(self, path: Path) -> None:
        import tantivy

        path.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="dateline", index_option="freq")
        for name in ("key", "any"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        builder.add_unsigned_field("number", fast=True)
        for facet in FACETS:
            builder.add_unsigned_field(facet, indexed=True, fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, str(path))
        self._index.register_tokenizer("dateline", analyzer())
        self._index.config_reader("manual")

    def add(self, entries: Iterable[Entry]) -> None:
        """Index texts; numbers already stored are replaced."""
        self._write(entries, replace_all=False)

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Rebuild the index from these texts alone, so that no term of any other is left in its files."""
        self._write(entries, replace_all=True)

    def _write(self, entries: Iterable[Entry], *, replace_all: bool) -> None:
        import tantivy

        writer = self._index.writer(_REWRITING_HEAP if replace_all else _HEAP, 1)
        if replace_all:
            writer.delete_all_documents()
        for entry in entries:
            if not replace_all:
                writer.delete_documents_by_term("key", str(entry.number))
            document = tantivy.Document(text=f"{entry.title or ''}\n{entry.text}", key=str(entry.number), any=_ANY)
            document.add_unsigned("number", entry.number)
            for facet in FACETS:
                document.add_unsigned(facet, entry.facets[facet])
            writer.add_document(document)
        self._finish(writer)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove texts; unknown numbers are ignored."""
        writer = self._index.writer(_HEAP, 1)
        for number in numbers:
            writer.delete_documents_by_term("key", str(number))
        self._finish(writer)

    def _finish(self, writer: Any) -> None:
        writer.commit()
        writer.garbage_collect_files()
        writer.wait_merging_threads()  # also lets go of the writer's lock
        self._index.reload()

    def numbers(self) -> set[int]:
        """Return all numbers stored."""
        import tantivy

        return set(self._hits(tantivy.Query.all_query(), _ALL))

    def count(self) -> int:
        """Return how many texts are stored."""
        return int(self._index.searcher().num_docs)

    def has_removed(self) -> bool:
        """Return whether the files still contain terms of removed texts."""
        searcher = self._index.searcher()
        return bool(searcher.doc_freq("any", _ANY) > searcher.num_docs)

    def frequencies(self, words: Sequence[str]) -> tuple[int, list[int]]:
        """Return how many texts the ranking knows, removed ones too, and how many of them have each of the terms."""
        searcher = self._index.searcher()
        return searcher.doc_freq("any", _ANY), [searcher.doc_freq("text", word) for word in words]

    def search(self, words: Mapping[str, float], *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers with their BM25 score, best first, each term's share weighted as given."""
        import tantivy

        matching = []
        for word, weight in words.items():
            query = tantivy.Query.term_query(self._schema, "text", word, "freq")
            matching.append(query if weight == 1.0 else tantivy.Query.boost_query(query, weight))
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in matching])
        required = [tantivy.Query.const_score_query(filter_, 0.0) for filter_ in self._filters(criteria)]
        if required:
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in [query, *required]])
        return self._hits(query, k)

    def _filters(self, criteria: Criteria) -> list[Any]:
        import tantivy

        allowed = [
            tantivy.Query.term_set_query(self._schema, facet, sorted(values)) for facet, values in criteria.sets.items()
        ]
        return allowed + [
            tantivy.Query.range_query(self._schema, facet, tantivy.FieldType.Unsigned, first, last)
            for facet, (first, last) in criteria.ranges.items()
        ]

    def _hits(self, query: Any, k: int) -> dict[int, float]:
        searcher = self._index.searcher()
        hits = searcher.search(query, min(k, max(1, searcher.num_docs)), count=False).hits
        numbers = searcher.fast_field_values("number", [address for _, address in hits])
        return {int(number or 0): score for number, (score, _) in zip(numbers, hits, strict=True)}

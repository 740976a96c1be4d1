"""Finds quotes in a collection: exactly, or apart from white space, quotation marks and capitals."""

from __future__ import annotations

import collections
import dataclasses
import re
from typing import TYPE_CHECKING, Protocol

from index.errors import ArticleNotFoundError
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.article import Article, ArticleInfo

_QUOTES, _DASHES = "\"'`“”„‟‘’‚‛«»‹›", "-‐‑‒–—―−"
_FOLDED = str.maketrans({**dict.fromkeys(_QUOTES, "'"), **dict.fromkeys(_DASHES, "-")})
_PROBE = 3  # words; the first and the last of a quote may be parts of words in the article


class ArticleLookup(Protocol):
    """What is needed of a collection; an index, its articles alone, and `Held` provide it."""

    def article(self, id_: str) -> Article:
        """Return the article with this id. Raises ArticleNotFoundError."""

    def articles(self, *, filters: Filters) -> Sequence[ArticleInfo]:
        """Return what is known of the articles that meet the filters."""

    def count(self, *, filters: Filters) -> int:
        """Return how many articles meet the filters."""


@dataclasses.dataclass(frozen=True, slots=True)
class QuotePlace:
    """An article that has a quote, and its exact words there."""

    article: str
    words: str


class Held:
    """A collection of these articles, in memory."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = {article.id: article for article in articles}

    def article(self, id_: str) -> Article:
        """Return the article with this id. Raises ArticleNotFoundError."""
        if id_ not in self._articles:
            raise ArticleNotFoundError(f"No article has the id {id_!r}.")
        return self._articles[id_]

    def articles(self, *, filters: Filters) -> Sequence[ArticleInfo]:
        """Return the articles that meet the filters."""
        return [article for article in self._articles.values() if filters.admit(article)]

    def count(self, *, filters: Filters) -> int:
        """Return how many articles meet the filters."""
        return len(self.articles(filters=filters))


def fold(text: str) -> str:
    """Return a text with capitals, quotation marks, dashes and white space unified."""
    return " ".join(text.translate(_FOLDED).casefold().split())


def find_words(quote: str, text: str) -> str | None:
    """Return the words of `text` that are the quote: an exact match if there is one, else a loose one."""
    if quote in text:
        return quote
    found = re.search(_loose(quote), text, re.IGNORECASE)
    return found[0] if found else None


def find_quotes(quotes: Iterable[str], collection: ArticleLookup) -> dict[str, list[QuotePlace]]:
    """Return the places of each quote, exact ones first and then by the article's id; reads every article once."""
    probes: dict[tuple[str, ...], list[str]] = collections.defaultdict(list)
    places: dict[str, list[QuotePlace]] = {quote: [] for quote in quotes}
    for quote in places:
        words = fold(quote).split()
        probes[tuple(words[1 : 1 + _PROBE]) if len(words) >= _PROBE + 2 else ()].append(quote)
    for info in collection.articles(filters=Filters()) if places else ():
        text = collection.article(info.id).text
        words = fold(text).split()
        present = {(), *zip(*(words[start:] for start in range(_PROBE)), strict=False)}
        for probe in present & probes.keys():
            for quote in probes[probe]:
                if (found := find_words(quote, text)) is not None:
                    places[quote].append(QuotePlace(info.id, found))
    for quote, found_at in places.items():
        found_at.sort(key=lambda place: (place.words != quote, place.article))
    return places


def _loose(quote: str) -> str:
    """Return the pattern of a quote in which white space, quotation marks and dashes match any of their kind."""
    pieces = []
    for piece in re.findall(rf"\s+|[{re.escape(_QUOTES)}]|[{re.escape(_DASHES)}]|.", quote):
        if piece.isspace():
            pieces.append(r"\s+")
        elif piece in _QUOTES:
            pieces.append(f"[{re.escape(_QUOTES)}]")
        else:
            pieces.append(f"[{re.escape(_DASHES)}]" if piece in _DASHES else re.escape(piece))
    return "".join(pieces)

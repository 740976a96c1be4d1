"""Finds the articles that a description means: by their records, by the words in them, and by what they are about."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.strategies.last_answer import last_articles
from assistant.understanding.names import correct, name_words
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.conversation import Conversation
    from assistant.strategies.strategy import Asked, Sources
    from assistant.understanding.article_description import Described
    from index import ArticleIndex, Filters
    from index.article import ArticleInfo

_LEAD = 500  # characters at an article's beginning that say what it is about
_OFTEN = 3  # times that an article says what it is about
_NEAREST = 60  # passages that are looked through for a topic
_TITLE_SHARE = 0.8  # of the words of a title that was given must stand in the article's own
_WORD = re.compile(r"\w++(?:\.\w++)*+")


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The articles that were found, in order, and how the description was understood."""

    articles: tuple[ArticleInfo, ...]
    topic: str = ""
    spelt: tuple[tuple[str, str], ...] = ()
    """Words as they were written and as the collection spells them."""


def choose_articles(of: Described, asked: Asked, sources: Sources) -> Chosen | None:
    """Return the articles a description means, newest first, or best first where they were found by topic.

    None where it is not clear which are meant.
    """
    index, filters = sources.index, of.filters(asked.filters)
    if of.is_referent:
        last = _answered_from(asked.conversation, sources, filters)
        return Chosen((last,)) if last else None
    if of.title:
        titled = _by_title(of.title, index, filters)
        return Chosen(titled) if titled else None
    if not of.topic:
        articles = index.articles(filters=filters, sort=of.order or "newest", limit=1 if of.order else None)
        return Chosen(tuple(articles), spelt=of.spelt)
    find = find_mentions if of.mentions else find_about
    found, topic = find(of.topic, sources, filters), of.topic
    if not found:
        topic = _respell(of.topic, index)
        found = find(topic, sources, filters) if topic != of.topic else ()
    spelt = (*of.spelt, (of.topic, topic)) if topic != of.topic else of.spelt
    if of.order:
        found = tuple(sorted(found, key=lambda article: str(article.published or ""), reverse=of.order == "newest"))
    return Chosen(found, topic, spelt)


def find_mentions(topic: str, sources: Sources, filters: Filters) -> tuple[ArticleInfo, ...]:
    """Return the articles, newest first, in which a name or phrase stands; else those that have all its words."""
    words = _WORD.findall(topic)
    having = sources.index.articles(filters=filters, words=" ".join(words))
    texts = {article.id: _readable(sources.index, article) for article in having}
    for pattern in (_phrase(words), *(() if len(words) == 1 else (_every(words),))):
        found = tuple(article for article in having if pattern.search(texts[article.id]))
        if found:
            return found
    return ()


def find_about(topic: str, sources: Sources, filters: Filters) -> tuple[ArticleInfo, ...]:
    """Return the articles that a topic's words head or run through, best first."""
    wanted = set(terms(topic))
    if not wanted:
        return ()
    phrase = _phrase(_WORD.findall(topic))
    near = {scored.article.id: scored.article for scored in sources.index.retrieve(topic, k=_NEAREST, filters=filters)}

    def is_about(article: ArticleInfo) -> bool:
        title = article.title or ""
        if wanted <= set(terms(title)):
            return True
        text = sources.index.article(article.id).text
        return wanted <= set(terms(f"{title} {text[:_LEAD]}")) or len(phrase.findall(text)) >= _OFTEN

    return tuple(filter(is_about, near.values()))


def _by_title(title: str, index: ArticleIndex, filters: Filters) -> tuple[ArticleInfo, ...]:
    """Return the articles with the title, or else with the one that has nearly all its words and few others."""
    wanted = name_words(title)
    near = {scored.article.id: scored.article for scored in index.retrieve(title, k=20, filters=filters)}
    known = [(article, name_words(article.title or "")) for article in near.values()]
    same = tuple(article for article, words in known if words == wanted)
    if same or len(wanted) < _OFTEN:
        return same
    close = tuple(
        article
        for article, words in known
        if len(set(words) & set(wanted)) >= _TITLE_SHARE * max(len(set(wanted)), _TITLE_SHARE * len(set(words)))
    )
    return close if len(close) == 1 else ()


def _answered_from(conversation: Conversation, sources: Sources, filters: Filters) -> ArticleInfo | None:
    """Return the article that the last answer rests on; the only one where nothing has been asked yet."""
    if conversation.turns:
        return next(iter(last_articles(conversation, sources)), None)
    articles = sources.index.articles(filters=filters, limit=2)
    return articles[0] if len(articles) == 1 else None


def _respell(topic: str, index: ArticleIndex) -> str:
    """Return a topic with the words that no article has as the collection's names spell them."""
    unknown = [word for word in _WORD.findall(topic) if not index.count(words=word)]
    if not unknown:
        return topic
    known = [*index.names("source"), *index.names("author")]
    return correct(topic, unknown, [*known, *(article.title or "" for article in index.articles())])


def _readable(index: ArticleIndex, article: ArticleInfo) -> str:
    return f"{article.title or ''}\n{index.article(article.id).text}"


def _phrase(words: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for words one after the other, whatever the case; the last may be a genitive or plural."""
    return re.compile(r"\b" + r"[\s-]+".join(map(re.escape, words)) + r"(?:['’]s|s)?\b", re.IGNORECASE)


def _every(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for all words, in any order."""
    return re.compile("".join(rf"(?=[\s\S]*\b{re.escape(word)}\b)" for word in words) + r"[\s\S]", re.IGNORECASE)

"""Which stored article a row of a file means by its id: many files number their rows 1, 2, 3."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING

from index.errors import ArticleNotFoundError

if TYPE_CHECKING:
    from index.article import Article
    from index.engines.engine import ReadableArticles, StoredArticles

_WORD = re.compile(r"\w{1,100}")
_LEAST_SHARED = 0.4  # of the words of the shorter text


def identified(article: Article, stored: StoredArticles) -> Article:
    """Return an article with the id that it has in the collection.

    The id of a row belongs to its file: read again, the row keeps it, and where a row of another file has it, it gets a
    longer one. All other articles keep theirs.
    """
    if not article.has_own_id or article.origin is None:
        return article
    if known := stored.id_at(article.origin):
        return dataclasses.replace(article, id=known)
    if _is_free(article, stored):
        return article
    return dataclasses.replace(article, id=f"{article.id}-{hashlib.sha256(article.origin.encode()).hexdigest()[:8]}")


def _is_free(article: Article, stored: ReadableArticles) -> bool:
    """Return whether no other article has this id.

    Earlier versions did not note the file of a row; of theirs, one that is much like this article is this article.
    """
    try:
        holder = stored.article(article.id)
    except ArticleNotFoundError:
        return True
    return holder.content_hash == article.content_hash or (holder.origin is None and _is_version(article, holder))


def _is_version(article: Article, other: Article) -> bool:
    """Return whether two articles have an address, a title or much of their text in common."""
    if (article.url and article.url == other.url) or (article.title and article.title == other.title):
        return True
    words, others = (set(_WORD.findall(text.casefold())) for text in (article.text, other.text))
    return len(words & others) >= _LEAST_SHARED * max(1, min(len(words), len(others)))

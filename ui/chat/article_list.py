"""The collection as a list in HTML, a page at a time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, get_args

from assistant import article_json
from index.article import Sort
from ui.chat.answers import title_of
from ui.chat.markup import render
from ui.chat.sources import byline
from ui.counts import count

if TYPE_CHECKING:
    from index import ArticleIndex, ArticleInfo

PAGE = 20
"""Articles on a page."""

SORTS: dict[Sort, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "title": "By title",
    "added": "Recently added",
}
_LONGEST = 200  # most characters of a search


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of the collection to show; `page` counts from 0."""

    words: str = ""
    sort: Sort = "newest"
    page: int = 0

    @classmethod
    def read(cls, words: object, sort: object, page: object = 0) -> View:
        """Return the view for values from the page; invalid values are ignored."""
        return cls(
            words=" ".join(words.split())[:_LONGEST] if isinstance(words, str) else "",
            sort=next((name for name in get_args(Sort) if name == sort), "newest"),
            page=page if isinstance(page, int) and 0 <= page < 2**31 else 0,
        )


def list_html(index: ArticleIndex, view: View, *, may_change: bool = True) -> str:
    """Return the articles of a view; if there are not that many pages, those of the last one.

    Visitors who may not change the collection get no buttons for it, and the page hides the form for adding.
    """
    total = index.count()
    matching = index.count(words=view.words) if view.words else total
    pages = -(-matching // PAGE)
    page = min(view.page, max(0, pages - 1))
    articles = index.articles(words=view.words, sort=view.sort, offset=page * PAGE, limit=PAGE)
    return render(
        "articles",
        articles=[_row(article) for article in articles],
        searched=view.words,
        matching=matching,
        total=total,
        page=page,
        pages=pages,
        may_change=may_change,
    )


def _row(article: ArticleInfo) -> dict[str, Any]:
    """Return the list entry of an article."""
    about = article_json(article)
    return {"id": article.id, "title": title_of(about), "byline": byline(about)}


def counted(number: int) -> str:
    """Return a number of articles in words."""
    return count(number, "article")

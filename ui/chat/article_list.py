"""The collection as a list in HTML, a page at a time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, get_args

from index.stores.articles import Sort
from ui.chat.answers import title_of
from ui.chat.markup import escape, label, shown
from ui.chat.sources import byline

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
_LONGEST = 200  # characters that are searched for


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of the collection is to be seen; `page` counts from 0."""

    words: str = ""
    sort: Sort = "newest"
    page: int = 0

    @classmethod
    def read(cls, words: object, sort: object, page: object = 0) -> View:
        """Return the view that values from the page mean; what cannot be meant is passed over."""
        return cls(
            words=" ".join(words.split())[:_LONGEST] if isinstance(words, str) else "",
            sort=next((name for name in get_args(Sort) if name == sort), "newest"),
            page=page if isinstance(page, int) and 0 <= page < 2**31 else 0,
        )


def list_html(index: ArticleIndex, view: View, *, may_change: bool = True) -> str:
    """Return the articles of a view; those of the last page where there are not as many pages.

    For who may not change the collection it has no buttons to do so, and the page hides what adds to it.
    """
    total = index.count()
    matching = index.count(words=view.words) if view.words else total
    page = min(view.page, max(0, (matching - 1) // PAGE))
    articles = index.articles(words=view.words, sort=view.sort, offset=page * PAGE, limit=PAGE)
    items = "".join(_item(article, may_remove=may_change) for article in articles)
    said = f'<p class="articles-total" role="status">{_total(view.words, matching, total)}</p>'
    listed = f'<ul class="article-list" aria-label="Articles">{items}</ul>' if items else ""
    return f"<div{'' if may_change else ' data-read-only'}>{said}{listed}{_pager(page, matching)}</div>"


def _item(article: ArticleInfo, *, may_remove: bool) -> str:
    title = title_of({"title": article.title})
    about = byline(
        {
            "source": article.source,
            "author": article.author,
            "published": article.published.isoformat() if article.published else None,
        }
    )
    id_ = escape(article.id)
    remove = (
        f'<button type="button" class="article-remove" data-remove="{id_}" data-title="{label(title)}"'
        f' aria-label="Remove {label(title)}">Remove</button>'
    )
    return (
        f'<li class="article-row"><button type="button" class="article-open" data-read="{id_}">'
        f'<span class="article-name">{shown(title)}</span></button>'
        f'<p class="byline">{about or "No source or date"}</p>{remove if may_remove else ""}</li>'
    )


def _total(words: str, matching: int, total: int) -> str:
    if not total:
        return "There are no articles yet. Add some files or an address above."
    if not words:
        return counted(total)
    wanted = f"with “{shown(words)}”"
    if not matching:
        return f"<strong>No article {wanted}.</strong> {counted(total)} in all."
    return f"{matching:,} of {counted(total)} {wanted}"


def _pager(page: int, matching: int) -> str:
    pages = -(-matching // PAGE)
    if pages <= 1:
        return ""
    before = _turner("Previous", page - 1, is_there=page > 0)
    after = _turner("Next", page + 1, is_there=page < pages - 1)
    here = f"<span>Page {page + 1:,} of {pages:,}</span>"
    return f'<nav class="article-pages" aria-label="Pages of articles">{before}{here}{after}</nav>'


def _turner(name: str, page: int, *, is_there: bool) -> str:
    # Not `disabled`, which would take the keyboard's focus away from who has just turned to the last page.
    state = f'data-page="{page}"' if is_there else 'aria-disabled="true"'
    return f'<button type="button" {state}>{name}</button>'


def counted(number: int) -> str:
    """Return a number of articles in words."""
    return f"{number:,} article{'' if number == 1 else 's'}"

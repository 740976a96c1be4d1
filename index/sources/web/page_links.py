"""Where a web page leads: to the page it only stands in for, to the article's next page, to the site's feeds."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from index.sources.web.article_address import article_address, is_same_site

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_REFRESH = re.compile(
    r"\s{0,9}(\d{1,4})[\d.]{0,9}\s{0,9}[;,]\s{0,9}(?:url\s{0,9}=\s{0,9})?[\"']?([^\"'\s]{1,2000})", re.IGNORECASE
)
_SCRIPTED = re.compile(
    r"location(?:\.href)?\s{0,4}(?:=|\.(?:replace|assign)\s{0,4}\()\s{0,4}[\"']([^\"'\s]{1,2000})[\"']", re.IGNORECASE
)
_SOON = 30  # seconds; a page that goes on later is meant to be read first
_STUB_WORDS = 60
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml"})
_MOST_FEEDS = 10
_PAGE_PARAMETER = re.compile(r"(?:page|p|pg|paged|pagenum|pagina|seite)=(\d{1,3})", re.IGNORECASE)
# "/story/2", "/story/page/2", "/story-2.html", "/story,2.html", "/story_p2"
_PAGE_PATH = re.compile(r"(?:/page/|/p|/|[-_,](?:page[-_]?|p)?)(\d{1,3})(/?|\.\w{2,5})", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses that a page names: where it sends its readers at once, its next page, and the site's feeds."""

    refresh: str | None = None
    next: str | None = None
    feeds: tuple[str, ...] = ()


def links_of(tree: HtmlElement, *, url: str) -> PageLinks:
    """Return where the page at `url` leads."""
    base = urljoin(url, str(tree.xpath("string(//base/@href)")).strip())
    refresh = _refresh_target(tree) if len(words_of(tree)) <= _STUB_WORDS else None
    next_ = next(iter(tree.xpath("//*[self::link or self::a][contains(concat(' ', @rel, ' '), ' next ')]/@href")), None)
    feeds = [
        urljoin(base, link.get("href", ""))
        for link in tree.xpath("//link[contains(@rel, 'alternate') and @type and @href]")
        if link.get("type", "").split(";")[0].strip().lower() in _FEED_TYPES
    ]
    return PageLinks(
        refresh=urljoin(base, refresh) if refresh else None,
        next=urljoin(base, next_.strip()) if next_ else None,
        feeds=tuple(feeds[:_MOST_FEEDS]),
    )


def words_of(tree: HtmlElement) -> list[str]:
    """Return the words that a page shows."""
    return " ".join(
        tree.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
    ).split()


def is_page(candidate: str, number: int, *, of: str) -> bool:
    """Return whether an address is page `number` of the article that begins at `of`.

    Sites also call the next article, or the next page of a list, "next"; so nothing may differ but the page's number.
    """
    if not is_same_site(candidate, of):
        return False
    bases = {_base(of), *(base for base, page in _readings(of) if page == 1)}
    return any(page == number and base in bases for base, page in _readings(candidate))


def _refresh_target(tree: HtmlElement) -> str | None:
    """Return where a page that shows next to nothing sends its readers."""
    for meta in tree.xpath("//meta[@http-equiv and @content][not(ancestor::noscript)]"):
        found = _REFRESH.match(meta.get("content")) if meta.get("http-equiv").strip().lower() == "refresh" else None
        if found and int(found[1]) <= _SOON:
            return found[2]
    scripts = "\n".join(tree.xpath("//script/text()"))
    found = _SCRIPTED.search(scripts) if len(scripts) <= 2000 else None  # noqa: PLR2004 - a stub's script is short
    return found[1] if found else None


def _readings(url: str) -> list[tuple[str, int]]:
    """Return the ways to read an address as a page of an article: the article's address and the page's number."""
    parts = urlsplit(article_address(url))
    found: list[tuple[str, int]] = []
    pairs = [pair for pair in parts.query.split("&") if pair]
    for pair in pairs:
        if number := _PAGE_PARAMETER.fullmatch(pair):
            rest = "&".join(other for other in pairs if other is not pair)
            found.append((_base(parts._replace(query=rest).geturl()), int(number[1])))
    for start in range(len(parts.path)):
        if parts.path[start] in "/-_," and (number := _PAGE_PATH.fullmatch(parts.path, start)):
            path = parts.path[:start] + number[2]
            found.append((_base(parts._replace(path=path).geturl()), int(number[1])))
    return found


def _base(url: str) -> str:
    parts = urlsplit(article_address(url))
    return parts._replace(scheme="", netloc="", path=parts.path.rstrip("/")).geturl()

"""Tells pages that are no articles: consent pages, logins, "not found", redirects, front pages, what a paywall leaves.

A page is refused only where several things agree and it shows little else: a real article that is refused is a greater
loss than a notice that is kept.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.sources.web import notice_words as words
from index.sources.web.article_address import is_front_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
_CONSENT_HOSTS = frozenset({"consent", "guce", "myprivacy", "cmp"})
_ARTICLE_TYPE = re.compile(r"\w{0,40}Article|\w{0,20}BlogPosting|Report|Review")
_DEPTH = 20  # of data in a page; more is not meant to be read
_STUB = 60  # words; an article has more
_NOTICE = 150  # words that a notice has at most
_CONSENT = 700
_TEASER = 200  # words; more of a paid article than this is most of it
_HEADLINES = 6  # fewer linked headlines stand below many an article
_HEADLINE_WORDS = 4
_ARTICLE_PARAGRAPHS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """What a page is instead of an article, and what to do about it."""

    what: str
    help: str


_SAVE_IT = "Open it in a browser, save the page once it shows the article, and add the file."
_CONSENT_PAGE = Refusal("a consent page", _SAVE_IT)
_NOT_FOUND = Refusal("a notice that there is no such page", "Check the address.")
_ROBOT_CHECK = Refusal("a check that keeps programs out", _SAVE_IT)
_FAILURE = Refusal("a notice that the site is not working", "Try again later.")
_LOGIN = Refusal("a login page", _SAVE_IT)
_REDIRECT = Refusal("a page that leads to another", "Open it in a browser and use the final address.")
_SCRIPT = Refusal("a page that shows its text only in a browser", _SAVE_IT)
_PAYWALL = Refusal("the beginning of an article behind a paywall", _SAVE_IT)
_LIST = Refusal("a list of articles", "Add the articles by their own addresses.")


def why_no_article(tree: HtmlElement, text: str, *, title: str | None, url: str | None) -> Refusal | None:
    """Return what a page is instead of an article; None if it is one. `text` is its main text."""
    page = _Shown(tree, text, title)
    is_stub = page.length < _STUB
    tests = (
        (_CONSENT_PAGE, page.asks_for_consent(url)),
        (_NOT_FOUND, page.is_notice(words.NOT_FOUND, words.SAYS_NOT_FOUND)),
        (_ROBOT_CHECK, page.is_notice(words.ROBOT_TITLE, words.SAYS_ROBOT)),
        (_FAILURE, page.is_notice(words.FAILED_TITLE, words.SAYS_FAILED)),
        (_LOGIN, page.is_notice(words.LOGIN_TITLE, words.SAYS_LOGIN) or (is_stub and page.has_password)),
        (_REDIRECT, is_stub and words.SAYS_REDIRECT.search(text)),
        (_SCRIPT, is_stub and words.SAYS_SCRIPT.search(text)),
        (_PAYWALL, page.is_teaser()),
        (_LIST, page.lists_articles(url)),
    )
    return next((refusal for refusal, holds in tests if holds), None)


def is_paid(tree: HtmlElement) -> bool:
    """Return whether a page says of its article that it is not free."""
    return any(
        str(item["isAccessibleForFree"]).rsplit("/", 1)[-1].strip().lower() in {"false", "no", "0"}
        for item in _linked_data(tree)
        if "isAccessibleForFree" in item and _is_article(item)
    )


class _Shown:
    """What a page says, and how."""

    def __init__(self, tree: HtmlElement, text: str, title: str | None) -> None:
        self._tree = tree
        self._text = text
        headings = [*tree.xpath("//head/title"), *tree.xpath("//h1")[:3]]
        self._titles = [" ".join(heading.text_content().split()) for heading in headings] + [title or ""]
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        self._lines = [line for line in lines if line not in self._titles]
        self.length = len(text.split())

    @property
    def has_password(self) -> bool:
        """Whether the page asks for a password."""
        return bool(self._tree.xpath("//input[@type='password']"))

    def is_notice(self, title: re.Pattern[str], says: re.Pattern[str]) -> bool:
        """Return whether a short page has the title of a notice, and says what notices say."""
        if self.length > _NOTICE:
            return False
        phrases = {found[0].lower() for found in says.finditer("\n".join(self._lines))}
        is_titled = any(title.search(name) for name in (*self._titles, *self._lines[:1]))
        wanted = 0 if self.length < _STUB // 2 else 1 if self.length < _STUB else 2
        return is_titled and len(phrases) >= wanted

    def asks_for_consent(self, url: str | None) -> bool:
        """Return whether most of what a page says is a request for consent."""
        if self.length > _CONSENT:
            return False
        host = urlsplit(url or "").hostname or ""
        if host.split(".")[0] in _CONSENT_HOSTS:
            return True
        sentences = [part for part in _SENTENCE_END.split(self._text) if part.strip()]
        asks = [part for part in sentences if words.ASKS_CONSENT.search(part)]
        about = [part for part in sentences if part in asks or words.ABOUT_CONSENT.search(part)]
        return len(asks) >= 2 and len(about) * 2 >= len(sentences)  # noqa: PLR2004 - one may be quoted

    def is_teaser(self) -> bool:
        """Return whether a page shows the beginning of an article, and asks for money or a login to show the rest."""
        if self.length >= _TEASER:
            return False
        shown = " ".join(self._tree.xpath("//body//text()[not(ancestor::script or ancestor::style)]"))
        asks = words.SAYS_PAYWALL.search(" ".join(shown.split())) is not None
        if is_paid(self._tree):
            return asks or self.length < _STUB
        return asks and words.SAYS_PAYWALL.search(self._text) is not None

    def lists_articles(self, url: str | None) -> bool:
        """Return whether a page is made of headlines that lead to articles."""
        if self._says_it_is_an_article():
            return False
        headlines = {
            " ".join(link.text_content().split())
            for link in self._tree.xpath(
                "//*[self::h1 or self::h2 or self::h3 or self::h4][.//a/@href or ancestor::a/@href] | //li/a[@href]"
                " | //article//a[@href] | //section//a[@href]"
            )
        }
        headlines = {line for line in headlines if len(line.split()) >= _HEADLINE_WORDS}
        shown = [line for line in self._lines if line.lstrip("-•* ") in headlines]
        most = 3 if url and is_front_page(url) else _HEADLINES
        if len(shown) >= most and len(shown) * 4 >= len(self._lines):
            return True
        return (
            len(headlines) >= most and self._longest_run() < _ARTICLE_PARAGRAPHS and self.length < 40 * len(headlines)
        )

    def _longest_run(self) -> int:
        """Return the most paragraphs of prose that one element of the page has."""
        runs = [
            sum(len(part.text_content().split()) >= 8 for part in parent.xpath("./p"))  # noqa: PLR2004 - a sentence
            for parent in self._tree.xpath("//*[p]")
        ]
        return max(runs, default=0)

    def _says_it_is_an_article(self) -> bool:
        kind = str(self._tree.xpath("string(//meta[@property='og:type']/@content)")).strip().lower()
        return kind == "article" or any(map(_is_article, _linked_data(self._tree)))


def _is_article(item: dict[str, Any]) -> bool:
    kinds = item.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(_ARTICLE_TYPE.fullmatch(str(kind).rsplit("/", 1)[-1]) for kind in named)


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield every object in the data (JSON-LD) that a page has about itself."""
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            data = json.loads(script, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _objects(data, _DEPTH)


def _objects(data: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(data, dict):
        yield data
    if depth and isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _objects(value, depth - 1)

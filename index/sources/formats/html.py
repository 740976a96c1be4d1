"""Turns web pages into Articles: main text and metadata by trafilatura."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats.format import Format
from index.sources.formats.live_blogs import live_text, live_title
from index.sources.formats.page_losses import losses
from index.sources.formats.text import compose
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.metadata.page_dates import changed_day, language_of, sure_day
from index.sources.text.decoding import decode_declared, xml_charset
from index.sources.text.inline_markup import write_in_characters
from index.sources.text.markup import with_short_tags
from index.sources.web.article_address import article_address
from index.sources.web.not_an_article import is_paid, why_no_article
from index.sources.web.page_links import PageLinks, links_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from index.article import Article

# Without a handler, Python prints the library's warnings about each odd page on the user's terminal.
for _name in ("trafilatura", "htmldate", "courlan", "justext"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*+=\s*+(?:[\"']\s*+)?([\w-]{1,40})", re.IGNORECASE)
_PAGE = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_HEAD = 4096  # bytes; within these a page has to name its encoding, by the HTML standard's algorithm
_PAID = Notice(
    kind="unread", rule="paywall", text="The page says that the article is not free; its end may be missing."
)
# Posts of other people inside the article, by the classes that the sites' embed codes give them.
_EMBEDS = [
    f"//blockquote[contains(@class, '{name}')]"
    for name in ("twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "bluesky-embed",
                 "mastodon-embed", "reddit-embed", "reddit-card", "text-post-media")
]  # fmt: skip


def read_html(
    data: bytes, *, origin: str, url: str | None = None, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[PageLinks | Article]:
    """Yield where a web page leads, if it was fetched, and then its article; `url` is None for a file.

    Raises SourceError if the page has no main text, or is no article but a notice or a list of articles.
    """
    named = _CHARSET.search(data[:_HEAD])
    declared = (charset, xml_charset(data), named[1].decode("ascii") if named else None)
    decoded = decode_declared(data, declared, name=origin)
    page = with_short_tags(decoded.text)
    tree = _parsed(page)
    if tree is not None and url:
        yield links_of(tree, url=url)
    text, known, lost = _extract(page, url=url)
    language = language_of(tree)
    published, notices = sure_day(known.published, page, url=url, language=language)
    known = dataclasses.replace(known, published=published, updated=changed_day(tree))
    refusal = why_no_article(tree, text, title=known.title, url=url) if tree is not None else None
    if refusal:
        raise SourceError(f"{origin} is {refusal.what}, not an article.", help=refusal.help)
    if not text:
        raise SourceError(
            f"{origin} has no recognisable article text.",
            help="If the page shows text in a browser, copy it into a .txt file and add that.",
        )
    yield compose(
        text,
        known,
        origin=known.url if url and known.url else origin,
        is_page=not limits.keep_furniture,
        notices=[*decoded.notices, *lost, *notices, *([_PAID] if tree is not None and is_paid(tree) else [])],
        language=language,
    )


def text_of_fragment(fragment: str) -> str:
    """Return the text of a piece of HTML, such as the content of a feed's entry; "" if there is none."""
    page = with_short_tags(f"<html><body><article>{fragment}</article></body></html>")
    text, _, _ = _extract(page, url=None, is_whole=True)
    return text


def _extract(page: str, *, url: str | None, is_whole: bool = False) -> tuple[str, Header, list[Notice]]:
    """Return the main text of a page ("" if none), its metadata, and what was left out of it."""
    import trafilatura

    try:
        tree = trafilatura.load_html(page)
        if tree is None:
            return "", Header(), []
        struck = write_in_characters(tree)
        found = trafilatura.bare_extraction(
            tree,
            url=url,
            with_metadata=True,
            include_comments=False,
            favor_recall=is_whole,
            prune_xpath=_EMBEDS,
            # A date from anywhere on the page is as often the footer's as the article's.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except MemoryError:
        raise
    except Exception:  # whatever a hostile page makes the parser raise, it has no text
        return "", Header(), []
    if found is None or isinstance(found, dict):
        return "", Header(), []
    title, text = _own_title(tree, found.title), found.text or ""
    headline = None if is_whole else live_title(tree)
    if headline is not None and len(updates := live_text(tree)) > len(text) / 2:
        title, text = headline or title, updates
    header = Header(
        title=title,
        author=_authors(found.author),
        source=found.sitename or _without_www(found.hostname),
        published=_day(found.date),
        url=_own_url(found.url, fetched=url),
    )
    return text, header, [*struck, *losses(tree, f"{text}\n{title}")] if text else []


def _own_title(tree: HtmlElement, title: str | None) -> str | None:
    """Return the title of a page: its heading where the page is named after that and not after what was found."""
    headings = tree.xpath("//h1")
    heading = " ".join(headings[0].text_content().split()) if len(headings) == 1 else ""
    names = " ".join([*tree.xpath("//title/text()"), *tree.xpath("//meta[@property='og:title']/@content")])
    return heading if heading and heading in names and (title or "") not in names else title


def _authors(author: str | None) -> str | None:
    """Return trafilatura's "Ann Lee; Bo Chan" as Dateline writes it."""
    return ", ".join(filter(None, (name.strip() for name in (author or "").split(";")))) or None


def _day(date: str | None) -> dt.date | None:
    with contextlib.suppress(ValueError):
        return parse_date(date or "")
    return None


def _own_url(claimed: str | None, *, fetched: str | None) -> str | None:
    """Return the address the page claims for itself; one that was fetched may claim only one of its own site."""
    if claimed and urlsplit(claimed).scheme not in {"http", "https"}:
        claimed = None
    return article_address(fetched, claimed=claimed) if fetched else claimed


def _parsed(page: str) -> HtmlElement | None:
    """Return the elements of a page; None if it cannot be parsed."""
    from lxml import etree, html

    try:
        # As bytes, for lxml refuses text that names an encoding of its own.
        return html.document_fromstring(page.encode(errors="replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return None


def _without_www(host: str | None) -> str | None:
    return host.removeprefix("www.") if host else None


FORMAT = Format(
    name="html",
    label="HTML",
    suffixes=(".html", ".htm", ".xhtml", ".shtml", ".shtm", ".php", ".asp", ".aspx", ".jsp"),
    media_types=("text/html", "application/xhtml+xml"),
    read=lambda stream, content, limits: read_html(
        stream.read(), origin=content.origin, url=content.url, charset=content.charset, limits=limits
    ),
    holds="one article",
    begins=lambda data: _PAGE.search(data[:_HEAD]) is not None,
)

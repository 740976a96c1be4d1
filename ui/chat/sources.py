"""Sources as HTML: the cards of an answer, and an article to read with a stretch of it marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ui.chat.answers import day_of, title_of
from ui.chat.markup import escape, label, shown, web_address, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index import Article

NEAREST = 3
"""How many passages an answer that was not found offers."""
_BLANK_LINES = re.compile(r"\n\s*\n")
_GAP = '<span class="gap"></span>'


def cards_html(answer: Mapping[str, Any]) -> str:
    """Return the cards of an answer: cited quotes in the order of their numbers, then what else was read."""
    passages = {passage["id"]: passage for passage in answer["passages"]}
    cited = [_citation_card(citation, passages.get(citation["passage_id"])) for citation in answer["citations"]]
    used = {citation["passage_id"] for citation in answer["citations"]}
    others = [passage for passage in answer["passages"] if passage["id"] not in used]
    if cited:
        return f'<ol class="cards">{"".join(cited)}</ol>' + _others_html(others)
    nearest, rest = others[:NEAREST], others[NEAREST:]
    if not nearest:
        return ""
    return f'<ol class="cards">{"".join(map(_passage_card, nearest))}</ol>' + _others_html(rest)


def article_html(article: Article, *, start: int = 0, end: int = 0) -> str:
    """Return an article to read; the characters from `start` to `end` are marked where they lie in its text."""
    about = {
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url,
    }
    paragraphs: list[str] = []
    at = 0
    for line in article.text.split("\n"):
        if line.strip():
            paragraphs.append(f"<p>{marked(line, start - at, end - at)}</p>")
        at += len(line) + 1
    link = _link(about)
    return (
        f'<header><h2 id="article-title" tabindex="-1">{shown(title_of(about))}</h2>'
        f'<p class="byline">{byline(about)}</p>{f"<p>{link}</p>" if link else ""}</header>'
        f'<div class="article-text">{"".join(paragraphs)}</div>'
    )


def byline(about: Mapping[str, Any]) -> str:
    """Return publisher, author and day as HTML."""
    parts = [part for part in (about.get("source"), about.get("author"), day_of(about)) if part]
    return " · ".join(f"<span>{shown(part)}</span>" for part in parts)


def marked(text: str, start: int, end: int, *, kind: str = "") -> str:
    """Return a text as HTML with the characters from `start` to `end` marked, as far as they lie in it.

    `kind` is the style of the mark; the plain one is for what an answer quotes.
    """
    start, end = max(0, start), min(len(text), end)
    if start >= end:
        return words(text)
    mark = f'<mark class="{kind}">' if kind else "<mark>"
    return f"{words(text[:start])}{mark}{words(text[start:end])}</mark>{words(text[end:])}"


def _citation_card(citation: Mapping[str, Any], passage: Mapping[str, Any] | None) -> str:
    if passage is None:
        shown = f"<mark>{words(citation['quote'])}</mark>"
    else:
        at = passage["start"]
        shown = marked(passage["text"], citation["start"] - at, citation["end"] - at)
    return _card(str(citation["number"]), citation, shown, number=citation["number"])


def _passage_card(passage: Mapping[str, Any]) -> str:
    stretch, at = passage.get("highlight") or {"start": 0, "end": 0}, passage["start"]
    shown = marked(passage["text"], stretch["start"] - at, stretch["end"] - at, kind="hint")
    return _card(f"p{passage['rank']}", passage, shown)


def _card(key: str, about: Mapping[str, Any], passage: str, *, number: int | None = None) -> str:
    counted = f'<span class="number" aria-hidden="true">{number}</span>' if number else ""
    called = f"Source {number}" if number else "Passage"
    return (
        f'<li class="card" data-card="{key}" tabindex="-1" aria-label="{called}: {label(title_of(about))}">'
        f'<h3>{counted}<span class="card-title">{shown(title_of(about))}</span></h3>'
        f'<p class="byline">{byline(about)}</p>'
        f"<blockquote>{_BLANK_LINES.sub(_GAP, passage)}</blockquote>"
        f'<p class="card-actions"><button type="button" class="quiet-button" data-read="{escape(about["article_id"])}"'
        f' data-start="{int(about["start"])}" data-end="{int(about["end"])}">Read the article</button>'
        f"{_link(about)}</p>"
        "</li>"
    )


def _others_html(passages: list[Mapping[str, Any]]) -> str:
    if not passages:
        return ""
    count = f"{len(passages)} more {'passage' if len(passages) == 1 else 'passages'} read"
    cards = "".join(map(_passage_card, passages))
    return f'<details class="others"><summary>{count}</summary><ol class="cards">{cards}</ol></details>'


def _link(about: Mapping[str, Any]) -> str:
    address = web_address(about.get("url"))
    if address is None:
        return ""
    return (
        f'<a class="original" href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow">'
        "Original page<span aria-hidden='true'> ↗</span></a>"
    )

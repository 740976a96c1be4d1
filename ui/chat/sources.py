"""Sources as HTML: the cards of an answer, and an article with a stretch highlighted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from assistant import article_json, sources_json, versions_json
from ui.chat.answers import day_of, title_of, written_day
from ui.chat.markup import render, shown, web_address, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index import Article, ArticleInfo
    from index.article import ArticleVersion

NEAREST = 3
"""How many passages are shown when no answer was found."""
_BLANK_LINES = re.compile(r"\n\s*\n")
FIELD_NAMES = {"title": "Title", "author": "Author", "source": "Publisher", "published": "Published", "url": "Address"}
"""What the fields of an article's record are called on cards and in exports."""
_GAP = '<span class="gap"></span>'


def cards_html(answer: Mapping[str, Any]) -> str:
    """Return the cards of an answer: cited quotes by number, then the other passages that were read."""
    passages = {passage["id"]: passage for passage in answer["passages"]}
    cited = [
        _record_card(source) if "field" in source else _citation_card(source, passages.get(source["passage_id"]))
        for source in sources_json(answer)
    ]
    used = {citation["passage_id"] for citation in answer["citations"]}
    others = [_passage_card(passage) for passage in answer["passages"] if passage["id"] not in used]
    if cited:
        return render("cards", first=cited, others=others)
    return render("cards", first=others[:NEAREST], others=others[NEAREST:])


def article_html(
    article: Article,
    *,
    start: int = 0,
    end: int = 0,
    versions: Sequence[ArticleVersion] = (),
    also_in: Sequence[ArticleInfo] = (),
) -> str:
    """Return an article with the characters from `start` to `end` highlighted, as far as they lie in its text, what
    was corrected since each of its earlier versions, and where else mostly the same stands.
    """
    about = article_json(article)
    paragraphs: list[Markup] = []
    position = 0
    for line in article.text.split("\n"):
        if line.strip():
            paragraphs.append(marked(line, start - position, end - position))
        position += len(line) + 1
    return render(
        "article",
        title=title_of(about),
        about=[*byline(about), *([f"updated {written_day(str(article.updated))}"] if article.updated else [])],
        address=web_address(article.url),
        paragraphs=paragraphs,
        notices=article.notices,
        also_in=[(other.id, _named(article_json(other))) for other in also_in],
        versions=versions_json(article, versions),
    )


def _named(about: Mapping[str, Any]) -> str:
    """Return publisher, author and day of an article, or its title where it says none."""
    return ", ".join(byline(about)) or title_of(about)


def byline(about: Mapping[str, Any]) -> list[str]:
    """Return publisher, author and day, as far as they are known."""
    return [part for part in (about.get("source"), about.get("author"), day_of(about)) if part]


def marked(text: str, start: int, end: int, *, kind: str = "") -> Markup:
    """Return a text as HTML with the characters from `start` to `end` marked, as far as they lie in it.

    `kind` is the style of the mark; the default is for quotes of an answer.
    """
    start, end = max(0, start), min(len(text), end)
    if start >= end:
        return words(text)
    mark = Markup('<mark class="{}">').format(kind) if kind else Markup("<mark>")
    return words(text[:start]) + mark + words(text[start:end]) + Markup("</mark>") + words(text[end:])


def _citation_card(citation: Mapping[str, Any], passage: Mapping[str, Any] | None) -> dict[str, Any]:
    number = citation["number"]
    if passage is None:
        return _card(str(number), citation, marked(citation["quote"], 0, len(citation["quote"])), number=number)
    offset = passage["start"]
    quoted = marked(passage["text"], citation["start"] - offset, citation["end"] - offset)
    return _card(str(number), citation, quoted, number=number)


def _record_card(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card of an article whose record is cited: the field that is cited, in place of words of the text."""
    field = Markup('<span class="field">{}</span> ').format(FIELD_NAMES[record["field"]])
    value = shown(day_of(record) or "") if record["field"] == "published" else words(record["quote"])
    place = {"start": 0, "end": 0}
    mark = Markup("<mark>{}</mark>").format(value)
    return _card(str(record["number"]), {**record, **place}, field + mark, number=record["number"])


def _passage_card(passage: Mapping[str, Any]) -> dict[str, Any]:
    stretch, offset = passage.get("highlight") or {"start": 0, "end": 0}, passage["start"]
    hinted = marked(passage["text"], stretch["start"] - offset, stretch["end"] - offset, kind="hint")
    return _card(f"p{passage['rank']}", passage, hinted)


def _card(key: str, about: Mapping[str, Any], passage: Markup, *, number: int | None = None) -> dict[str, Any]:
    """Return the contents of a card."""
    return {
        "key": key,
        "number": number,
        "title": title_of(about),
        "byline": byline(about),
        "passage": Markup(_BLANK_LINES.sub(_GAP, str(passage))),  # noqa: S704 - white space of what was escaped
        "article": about["article_id"],
        "start": int(about["start"]),
        "end": int(about["end"]),
        "address": web_address(about.get("url")),
    }

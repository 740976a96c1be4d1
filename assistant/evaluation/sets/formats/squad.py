"""SQuAD 1.1 and 2.0 (Rajpurkar et al., 2016 and 2018): contexts become articles, answers are spans of them.

Both the nested JSON and the flat rows of the Hugging Face copies are read.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem
from index.article import Article, normalise
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assistant.evaluation.sets.formats.files import Document

_sentences = functools.lru_cache(maxsize=4)(split_sentences)  # many questions are asked of one context


def is_squad(value: object) -> bool:
    """Return whether a JSON value is in SQuAD's form."""
    data = value.get("data") if isinstance(value, dict) else None
    return isinstance(data, list) and any(isinstance(entry, dict) and "paragraphs" in entry for entry in data)


def is_squad_row(row: Row | RowProblem) -> bool:
    """Return whether a row is a flat row of SQuAD."""
    return isinstance(row, Row) and "context" in row.values and _spans_of(row.values.get("answers")) is not None


def read_squad(document: Document) -> Contents:
    """Return the questions of a nested SQuAD file and its paragraphs as articles."""
    articles: dict[str, Article] = {}
    rows: list[Row | RowProblem] = []
    for row, title, context in _paragraphs(document, rows):
        article = _article(context, title)
        articles[article.id] = article
        rows.append(_translate(row, article, title))
    return Contents(rows, tuple(articles.values()))


def read_squad_rows(rows: Iterable[Row | RowProblem]) -> Contents:
    """Return the questions of flat SQuAD rows and their contexts as articles."""
    articles: dict[str, Article] = {}
    read: list[Row | RowProblem] = []
    for row in rows:
        if isinstance(row, RowProblem):
            read.append(row)
            continue
        values = dict(row.values)
        context, title = values.pop("context", None), values.pop("title", None)
        if not isinstance(context, str) or not context.strip():
            read.append(row.problem("context", "is missing or empty"))
            continue
        article = _article(context, title)
        articles[article.id] = article
        spans = _spans_of(values.get("answers"))
        flat = row.renamed(values | {"answers": values.get("answers") if spans is None else spans}, {})
        read.append(_translate(flat, article, title))
    return Contents(read, tuple(articles.values()))


def _paragraphs(document: Document, problems: list[Row | RowProblem]) -> Iterator[tuple[Row, object, str]]:
    """Yield each question with its title and context; record anything that is not in SQuAD's form."""
    value: Any = document.value
    for number, entry in enumerate(value["data"]):
        for place, paragraph in enumerate(_list_in(entry, "paragraphs")):
            keys = ("data", number, "paragraphs", place)
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            if not isinstance(context, str) or not context.strip():
                problems.append(document.row({}, keys).problem("context", "is missing or empty"))
                continue
            for row in document.rows(_list_in(paragraph, "qas"), (*keys, "qas")):
                if isinstance(row, RowProblem):
                    problems.append(row)
                else:
                    yield row, entry.get("title"), context


def _list_in(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _article(context: str, title: object) -> Article:
    return Article.create(context, title=str(title).replace("_", " ") if title else None)


def _translate(row: Row, article: Article, title: object) -> Row | RowProblem:
    """Return a question in Dateline's fields; the evidence is the sentences that contain each answer."""
    values = dict(row.values)
    impossible = values.pop("is_impossible", None)
    spans = values.pop("answers", None) or []
    if not isinstance(spans, list) or not all(isinstance(span, dict) for span in spans):
        return row.problem("answers", 'is not a list of {"text": ..., "answer_start": ...}')
    quotes: list[str] = []
    for span in [] if impossible is True else spans:
        found = _sentence(article.text, span)
        if found is None:
            return row.problem("answers", f"has {str(span.get('text'))!r:.60}, which its context does not contain")
        quotes.append(found)
    answerable = bool(quotes) or impossible is False
    values |= {
        "answers": [str(span["text"]) for span in spans] if quotes else [],
        "answerable": answerable,
        "articles": [article.id] if answerable else [],
        "evidence": [{"article": article.id, "quote": quote} for quote in dict.fromkeys(quotes)],
    }
    if title:
        values["title"] = title
    return row.renamed(values, {})


def _sentence(text: str, span: Mapping[str, Any]) -> str | None:
    """Return the sentences around an answer: at its stated position, else at the occurrence nearest to that."""
    answer = normalise(str(span.get("text") or "")).strip()
    stated = span.get("answer_start")
    stated = stated if isinstance(stated, int) and stated >= 0 else 0
    places = [
        position
        for position in (text.find(answer, stated), text.rfind(answer, 0, stated + len(answer)))
        if position >= 0
    ]
    if not answer or not places:
        return None
    start = min(places, key=lambda position: abs(position - stated))
    end = start + len(answer)
    touched = [(first, last) for first, last in _sentences(text) if first < end and start < last]
    return text[touched[0][0] : touched[-1][1]]


def _spans_of(answers: object) -> list[dict[str, Any]] | None:
    """Return the spans that a flat row stores as two lists; None if it has no such lists."""
    if not isinstance(answers, dict) or not isinstance(answers.get("text"), list):
        return None
    starts = answers.get("answer_start")
    starts = (
        starts if isinstance(starts, list) and len(starts) == len(answers["text"]) else [None] * len(answers["text"])
    )
    return [{"text": text, "answer_start": start} for text, start in zip(answers["text"], starts, strict=True)]

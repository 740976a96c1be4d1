"""Chooses excerpts of passages that make sense alone: complete quotations, no dangling start, no copies."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.reader import DraftStatement, Span
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.readers.sentence_features import Sentence
    from index.article import ArticleInfo, ScoredPassage

LONGEST = 700
"""The longest excerpt that extends beyond its sentence, in characters."""
_DANGLING = re.compile(
    r"\W*+(?:(?:(?:and|but|so|then|however|also|later),? )?"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|such|the (?:former|latter|two))|and|but)\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(r"(?:and|but|so)\b,?\s+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MARK = re.compile(r"[“”\"]")
# A quotation mark in texts that put spaces between marks and words.
_MARK_AFTER = re.compile(r"\s?[”\"](?!\w)")
_MARK_BEFORE = re.compile(r"[”\"]\s+")
_SAME = 0.85
"""The share of words in common from which two excerpts with the same figures are copies of one another."""


def dangles(text: str) -> bool:
    """Return whether a text begins with a word that needs the sentence before it: He, This, But."""
    return _DANGLING.match(text) is not None


def is_balanced(text: str) -> bool:
    """Return whether every quotation mark of a text has its partner in the text."""
    return text.count("“") == text.count("”") and text.count('"') % 2 == 0


def reads_alone(text: str) -> bool:
    """Return whether a text makes sense without what comes before or after it."""
    return is_balanced(text) and not dangles(text)


def is_inside_quotation(span: Span) -> bool:
    """Return whether a span is part of somebody's words that are quoted from before it on."""
    return _is_quoted_at(span.passage.text, span.start - span.passage.start)


def stands_alone(span: Span) -> bool:
    """Return whether a span makes sense alone and is not part of words that are quoted from before it on."""
    return reads_alone(span.text) and not is_inside_quotation(span)


def on_one_line(text: str) -> str:
    """Return the words of a text without its line breaks."""
    return " ".join(text.split())


def excerpt(sentence: Sentence, first: int | None = None, last: int | None = None) -> Span:
    """Return the span to quote for a sentence, or for the sentences from place `first` to place `last` around it.

    It takes in the sentences before a dangling start and the whole of a quotation, as far as the passage has them and
    the excerpt stays readable. Where it cannot, it leaves out a mark or a conjunction at its edge.
    """
    first = sentence.place if first is None else first
    last = sentence.place if last is None else last
    first, last = _grow(sentence, first, last)
    start, end = sentence.spans[first][0], sentence.spans[last][1]
    start, end = _trim(sentence.source.passage.text, start, end)
    passage = sentence.source.passage
    return Span(passage, passage.start + start, passage.start + end)


def state(span: Span, support: float = 1.0) -> DraftStatement:
    """Return a statement that quotes a span."""
    return DraftStatement(on_one_line(span.text), (span,), support)


def attribute(statement: DraftStatement, article: ArticleInfo) -> DraftStatement:
    """Return a statement introduced by its article's outlet, or else title, and date, as far as they are known."""
    source = ", ".join(str(part) for part in (article.source or article.title, article.published) if part)
    return dataclasses.replace(statement, text=f"{source}: {statement.text}") if source else statement


def attribute_each(
    statements: Iterable[DraftStatement], evidence: Iterable[ScoredPassage]
) -> tuple[DraftStatement, ...]:
    """Return the statements, each introduced by its article's outlet and date; `evidence` has their articles."""
    articles = {scored.article.id: scored.article for scored in evidence}
    return tuple(attribute(each, articles[each.spans[0].passage.article_id]) for each in statements)


def as_item(statement: DraftStatement) -> DraftStatement:
    """Return a statement as a line of a list."""
    return dataclasses.replace(statement, text=f"- {statement.text}")


def merge_copies(statements: Iterable[DraftStatement]) -> list[DraftStatement]:
    """Return the statements without repetition: copies in several articles become one with all their citations.

    A statement that repeats another of the same article, or is part of it, is dropped.
    """
    merged: list[DraftStatement] = []
    for statement in statements:
        for place, known in enumerate(merged):
            if are_copies(statement.text, known.text):
                longer, other = (known, statement) if len(known.text) >= len(statement.text) else (statement, known)
                seen = {span.passage.article_id for span in longer.spans}
                more = tuple(span for span in other.spans if span.passage.article_id not in seen)
                merged[place] = dataclasses.replace(longer, spans=longer.spans + more)
                break
        else:
            merged.append(statement)
    return merged


def are_copies(first: str, second: str) -> bool:
    """Return whether two texts say the same in the same words, or one is part of the other."""
    plain = [" ".join(["", *_WORD.findall(text.lower()), ""]) for text in (first, second)]
    if plain[0] in plain[1] or plain[1] in plain[0]:
        return True
    words = [set(terms(text)) for text in (first, second)]
    figures = [{word for word in each if word.isdecimal()} for each in words]
    return figures[0] == figures[1] and len(words[0] & words[1]) >= _SAME * len(words[0] | words[1])


def _grow(sentence: Sentence, first: int, last: int) -> tuple[int, int]:
    """Return the places of the first and last sentence, extended by those that they need if that is short enough."""
    grown = first, last
    while True:
        text = sentence.stretch(*grown)
        before, after = _open_marks(sentence, *grown)
        if (before or dangles(text)) and grown[0] > 0:
            wider = grown[0] - 1, grown[1]
        elif after and grown[1] + 1 < len(sentence.spans):
            wider = grown[0], grown[1] + 1
        else:
            break
        if _length(sentence, *wider) > LONGEST:
            break
        grown = wider
    # A longer excerpt that does not make sense alone either is no better than the sentence.
    return (
        grown if reads_alone(sentence.stretch(*grown)) or _is_better(sentence, grown, (first, last)) else (first, last)
    )


def _is_better(sentence: Sentence, grown: tuple[int, int], small: tuple[int, int]) -> bool:
    passage = sentence.source.passage.text

    def judge(first: int, last: int) -> tuple[bool, bool]:
        text = sentence.stretch(first, last)
        whole = is_balanced(text) and not _is_quoted_at(passage, sentence.spans[first][0])
        return whole, not dangles(text)

    return judge(*grown) > judge(*small)


def _is_quoted_at(text: str, place: int) -> bool:
    """Return whether a quotation that begins in the same paragraph is still open at a place of a text."""
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return before.count("“") > before.count("”")


def _length(sentence: Sentence, first: int, last: int) -> int:
    return sentence.spans[last][1] - sentence.spans[first][0]


def _open_marks(sentence: Sentence, first: int, last: int) -> tuple[bool, bool]:
    """Return whether a quotation continues from before the sentences, and whether one continues after them."""
    text = sentence.stretch(first, last)
    passage = sentence.source.passage.text
    start, end = sentence.spans[first][0], sentence.spans[last][1]
    depth = lowest = 0
    for mark in _MARK.findall(text):
        depth += {"“": 1, "”": -1}.get(mark, 0)
        lowest = min(lowest, depth)
    before, after = lowest < 0 or _is_quoted_at(passage, start), depth - lowest > 0
    if text.count('"') % 2:
        inside = passage.count('"', passage.rfind("\n", 0, start) + 1, start) % 2 == 1
        if not (inside and _MARK_BEFORE.match(text)) and not _MARK_AFTER.match(passage, end):
            before, after = before or inside, after or not inside
    return before, after


def _trim(passage: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with the mark that closes it, without a mark or conjunction that belongs to what is before."""
    text = passage[start:end]
    if not is_balanced(text):
        closing = _MARK_AFTER.match(passage, end)
        leading = _MARK_BEFORE.match(text)
        if closing and is_balanced(passage[start : closing.end()]):
            end = closing.end()
        elif leading and is_balanced(text[leading.end() :]):
            start += leading.end()
    conjunction = _CONJUNCTION.match(passage, start, end)
    rest = passage[conjunction.end() : end] if conjunction else ""
    if rest and not rest[0].islower() and not dangles(rest):
        start = end - len(rest)
    return start, end

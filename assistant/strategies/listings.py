"""Lists that stand in an article line by line, as a programme does: they are quoted whole, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.readers.excerpts import as_item, state
from assistant.readers.reader import Draft, Span
from assistant.readers.sentence_features import BULLET, list_sentences
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.sentence_features import Sentence
    from assistant.understanding.list_requests import ListRequest
    from index.article import ScoredPassage

_LONGEST = 20
CONFIDENCE = 0.8
"""The least for a list that was understood and found."""


def find_listing(request: ListRequest, read: Draft, evidence: Sequence[ScoredPassage]) -> Draft | None:
    """Return the list in which the reader's best sentence stands, or that it announces, with all its lines.

    Where the reader found no answer, the list must have the word for what is asked for, and its article all names of
    the question.
    """
    best = read.judged[0].span
    passages = [scored for scored in evidence if scored.article.id == best.passage.article_id]
    sentences = list_sentences(sorted(passages, key=lambda scored: scored.passage.start))
    places = [place for place, sentence in enumerate(sentences) if _span(sentence).overlaps(best)]
    if not places:
        return None
    first = last = places[0] if _is_listed(sentences, places[0]) else places[0] + 1
    if not _is_listed(sentences, first) or (first > places[0] and not sentences[places[0]].text.endswith(":")):
        return None
    while _is_listed(sentences, first - 1):
        first -= 1
    while _is_listed(sentences, last + 1):
        last += 1
    lines = sentences[first : last + 1]
    if len(lines) < 2 or len(lines) > _LONGEST:  # noqa: PLR2004 - one line is no list
        return None
    announced = sentences[first - 1 : first] if first and sentences[first - 1].text.endswith(":") else []
    if not read.found and not _is_asked_for(request, [*announced, *lines], passages[0].article.title or ""):
        return None
    return Draft(
        found=True,
        confidence=max(read.confidence, CONFIDENCE),
        statements=(
            *(state(_span(sentence)) for sentence in announced),
            *(as_item(state(_span(line))) for line in lines),
        ),
        judged=read.judged,
        kind="list",
        evidence=tuple(evidence),
    )


def _is_asked_for(request: ListRequest, sentences: Sequence[Sentence], title: str) -> bool:
    known = {term for sentence in sentences for term in sentence.terms}
    about = known.union(terms(title))
    months = {term[:3] for term in about}
    names = terms(" ".join(request.names))
    has_names = bool(names) and all(name in about or name[:3] in months & known for name in names)
    return has_names and not request.noun.isdisjoint(known)


def _is_listed(sentences: Sequence[Sentence], place: int) -> bool:
    return 0 <= place < len(sentences) and BULLET.match(sentences[place].text) is not None


def _span(sentence: Sentence) -> Span:
    """Return the span of a sentence without the sign of its line."""
    passage, (start, end) = sentence.source.passage, sentence.spans[sentence.place]
    bullet = BULLET.match(passage.text, start, end)
    return Span(passage, passage.start + (bullet.end() if bullet else start), passage.start + end)

"""The reader that needs no language model: it answers with exact sentences of the evidence."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.differing_answers import differ
from assistant.readers.excerpts import attribute_each, excerpt, merge_copies, reads_alone, state
from assistant.readers.reader import Draft, Judged, Span
from assistant.readers.sentence_features import ParsedQuestion, Sentence, Sentences, is_year
from assistant.readers.sure_answers import is_sure, typed_answer
from assistant.understanding.question_forms import is_question
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.conversation import Turn
    from assistant.readers.reader import DraftStatement, Restart, Written
    from assistant.readers.scoring import ScoredSentence, Scorer
    from assistant.understanding.kinds import Kind
    from index.article import ScoredPassage

_MAX_STATEMENTS = 3
# Log-odds by which another sentence may be worse than the best one and still be quoted.
_NEARLY_AS_GOOD = 1.25
# The same, for another sentence of an article that is already quoted.
_AS_GOOD = 0.75
# The same, for questions about the latest state, which the newest article answers, and about several things.
_COMPARABLE = 2.5
# The share of the best sentence's hold on the question that a sentence has at least if it tells of the same thing.
_ABOUT_THE_SAME = 0.7
_ASKS_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|current(?:ly)?|now|so far|at present)\b", re.IGNORECASE
)
_ASKS_SEVERAL = re.compile(
    r"\b(?:both|differ(?:s|ences?)?|compare[ds]?|list|topics|(?:which|what) two|names of|or"
    r"|(?:who|what|when|where|how)\b.* and (?:who|what|when|where|how|why))\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"[“\"]")


@dataclasses.dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """Quotes the one to three sentences that best answer the question, or says that none does.

    The scorer judges the sentences; with less confidence than `threshold`, the scorer's own by default, the draft says
    "not found".
    """

    scorer: Scorer
    threshold: float | None = None

    name = "extractive"

    def stream(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        history: Sequence[Turn] = (),  # noqa: ARG002 - the question stands alone
        kind: Kind = "fact",  # noqa: ARG002 - strategies answer the others
    ) -> Iterator[Written | Restart | Draft]:
        """Yield the draft."""
        yield self.read(question, evidence)

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def read(self, question: str, evidence: Sequence[ScoredPassage]) -> Draft:
        """Return the draft: statements are exact quotes, best first, each with the one span that it is."""
        sentences = Sentences(ParsedQuestion.parse(question), evidence)
        if not sentences.question.terms:
            return Draft(found=False, confidence=0.0)
        scores = self.scorer.score(sentences)
        least = self.scorer.threshold if self.threshold is None else self.threshold
        if not scores.ranked:
            return Draft(found=False, confidence=scores.confidence)
        refusal = Draft(
            found=False,
            confidence=scores.confidence,
            threshold=least,
            judged=tuple(
                Judged(_span(scored.sentence, scored.sentence.place, scored.sentence.place), scored.score)
                for scored in scores.ranked
            ),
        )
        if scores.confidence < least:
            return refusal
        parsed = sentences.question
        ranked = [
            dataclasses.replace(scored, short_answer=typed_answer(parsed, scored.short_answer, scores.confidence))
            for scored in scores.ranked
        ]
        chosen = _choose(parsed, ranked)
        chosen += _dissenting(sentences, ranked, chosen)[: _MAX_STATEMENTS - len(chosen)]
        if not is_question(question):
            chosen.sort(key=_rank)
        disagreed = _disagree(sentences, chosen)
        if disagreed:
            chosen.sort(key=_published, reverse=True)
        statements = _statements(parsed, chosen)
        if disagreed:
            statements = list(attribute_each(statements, evidence))
        best, others = chosen[0], tuple(_others(sentences, chosen))
        shown = best.short_answer is not None and (bool(others) or is_sure(sentences, ranked, best, scores.confidence))
        return dataclasses.replace(
            refusal,
            found=True,
            statements=tuple(statements),
            short_answer=best.short_answer if shown else None,
            other_answers=others,
        )


def _choose(question: ParsedQuestion, ranked: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the sentences to quote: the best one and those of other articles that are nearly as good.

    A question about several things may be answered twice by one article, and one about the latest state is answered by
    the newest article first.
    """
    several = _ASKS_SEVERAL.search(question.text) is not None
    latest = _ASKS_LATEST.search(question.text) is not None
    reach = ranked[0].score - (_COMPARABLE if several or latest else _NEARLY_AS_GOOD)
    chosen: list[ScoredSentence] = []
    for scored in ranked:
        if scored.score < reach or len(chosen) == _MAX_STATEMENTS:
            break
        if chosen and _is_of_another_year(question, scored.sentence):
            continue
        quoted = any(scored.sentence.source.article.id == other.sentence.source.article.id for other in chosen)
        if several or not quoted or scored.score >= ranked[0].score - _AS_GOOD:
            chosen.append(scored)
    if latest:
        chosen.sort(key=_published, reverse=True)
    return chosen


def _is_of_another_year(question: ParsedQuestion, sentence: Sentence) -> bool:
    """Return whether the question names years and the sentence names only others."""
    asked, named = ({word for word in words if is_year(word)} for words in (question.terms, sentence.terms))
    return bool(asked and named) and asked.isdisjoint(named)


def _statements(question: ParsedQuestion, chosen: list[ScoredSentence]) -> list[DraftStatement]:
    """Return the statements in order, none of them twice; one that goes on from another takes that one's place."""
    spans: list[Span] = []
    for scored in chosen:
        span = excerpt(scored.sentence, *_extend(question, scored.sentence))
        overlapped = [place for place, other in enumerate(spans) if span.overlaps(other)]
        if not overlapped:
            spans.append(span)
        elif len(overlapped) == 1 and span.contains(spans[overlapped[0]]) and reads_alone(span.text):
            spans[overlapped[0]] = span
    return merge_copies(state(span) for span in spans)


def _dissenting(
    sentences: Sentences, ranked: Sequence[ScoredSentence], chosen: list[ScoredSentence]
) -> list[ScoredSentence]:
    """Return the best sentence of each further article that answers differently; undated articles do not count."""
    best = chosen[0]
    if best.short_answer is None or best.sentence.source.article.published is None:
        return []
    found: dict[str, ScoredSentence] = {}
    quoted = {scored.sentence.source.article.id for scored in chosen}
    for scored in ranked:
        article = scored.sentence.source.article
        if scored.score < best.score - _COMPARABLE or article.published is None or article.id in quoted:
            continue
        if _contradict(sentences, scored, best):
            found.setdefault(article.id, scored)
    return list(found.values())


def _disagree(sentences: Sentences, chosen: list[ScoredSentence]) -> bool:
    """Return whether another article gives a different value than the best sentence does."""
    return any(_contradict(sentences, scored, chosen[0]) for scored in chosen[1:])


def _others(sentences: Sentences, chosen: list[ScoredSentence]) -> Iterator[Span]:
    """Yield the figures and dates of other articles that the first one's excludes, one an article.

    Another name is not told so: offices change hands.
    """
    if sentences.question.kind not in {"number", "date", "time"}:
        return
    quoted = {chosen[0].sentence.source.article.id}
    for scored in chosen[1:]:
        if scored.short_answer is not None and _contradict(sentences, scored, chosen[0]):
            if scored.sentence.source.article.id not in quoted:
                yield scored.short_answer
            quoted.add(scored.sentence.source.article.id)


def _contradict(sentences: Sentences, scored: ScoredSentence, other: ScoredSentence) -> bool:
    """Return whether sentences of two articles answer by values that can be compared and exclude each other.

    A sentence with much less of the question than the other one tells a figure of something else.
    """
    if scored.short_answer is None or other.short_answer is None:
        return False
    if scored.sentence.source.article.id == other.sentence.source.article.id:
        return False
    if not differ(sentences.question.kind, scored.short_answer.text, other.short_answer.text):
        return False
    own, others = (_covered(sentences, one) for one in (scored, other))
    return sentences.question.kind == "person" or own >= _ABOUT_THE_SAME * others


def _covered(sentences: Sentences, scored: ScoredSentence) -> float:
    """Return the share of the question's terms in a sentence and its article's title."""
    return sentences.cover({*scored.sentence.terms, *terms(scored.sentence.source.article.title or "")})


def _rank(scored: ScoredSentence) -> int:
    """Return the place of the passage in the evidence: of a topic, the search knows more than the reader."""
    return scored.sentence.source.rank


def _published(scored: ScoredSentence) -> str:
    """Return the day of publication as sortable text; empty if there is none."""
    return str(scored.sentence.source.article.published or "")


def _span(sentence: Sentence, first: int, last: int) -> Span:
    """Return the span from sentence `first` to sentence `last` of the passage."""
    passage = sentence.source.passage
    return Span(passage, passage.start + sentence.spans[first][0], passage.start + sentence.spans[last][1])


def _extend(question: ParsedQuestion, sentence: Sentence) -> tuple[int, int]:
    """Return the places of the first and last sentence that answer together: a whole list, a quotation that goes on."""
    after = sentence.place + 1
    if question.kind == "quote" and after < len(sentence.spans):
        goes_on = _OPENING.search(sentence.text) and _OPENING.match(sentence.stretch(after, after))
        return sentence.place, after if goes_on else sentence.place
    return sentence.whole_list or (sentence.place, sentence.place)

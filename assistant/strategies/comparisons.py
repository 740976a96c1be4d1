"""Comparisons: each side answered by itself and set beside the other, and what their figures come to."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import attribute_each, excerpt, merge_copies, state
from assistant.readers.reader import Draft, DraftStatement
from assistant.readers.sentence_features import find_judged, list_sentences
from assistant.strategies.whole_articles import by_article
from assistant.support.amounts import amount_in, difference_of, sum_of, write
from assistant.understanding.answer_types import name_terms
from assistant.understanding.comparison_questions import read_comparison, read_disagreement
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import Span
    from assistant.strategies.strategy import Asked, Sources
    from assistant.support.figures import Number
    from assistant.understanding.comparison_questions import Side, SidedQuestion
    from index import ScoredPassage

_LEAST_SURE = 0.4
"""Share of the most confident article's confidence with which another article's account is told."""
_MOST_EACH = 2
_REACH = 1.5
_COMPARES = re.compile(r"\b(?:than|less|more|instead|compared|down from|up from|unlike|while|whereas)\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\W{0,3}(?:\w{1,30} )?(?:more|fewer|less|ahead|behind|higher|lower|longer|shorter)\b", re.IGNORECASE
)
_DIRECT = re.compile(
    r"\d.{0,200}\b(?:more|less|fewer|longer|shorter|higher|lower|faster|slower|bigger|smaller)\b.{0,60}\bthan\b",
    re.IGNORECASE,
)
_FIRST = 4
"""How many of the best sentences on a side may be one that compares the sides itself."""
_CONFIDENCE = 0.7  # of a sentence that compares both sides itself
_SURE = 0.6
"""The confidence in each side's figure from which they are compared, subtracted or added."""
_LEAST_COVERED = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """What was found of one side: its statements, the figure that answers, and the passages that were read."""

    side: Side
    draft: Draft
    statements: tuple[DraftStatement, ...]
    figure: Number | None


@dataclasses.dataclass(frozen=True, slots=True)
class Comparisons:
    """Answers each side of a comparison with its own sentences, and says where the articles have nothing on one."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the sides; None where nothing is compared, or the articles have neither side."""
        question = read_disagreement(asked.question)
        if question is not None:
            return self._tell_accounts(question, asked, sources)
        comparison = read_comparison(asked.question)
        if comparison is None:
            return None
        sides = [self._read(comparison, side, asked, sources) for side in comparison.sides]
        found = [side for side in sides if side.statements]
        result = _reckon(comparison, sides)
        is_open = result is None and comparison.operation != "sum"
        direct = _find_direct(sides, sources) if is_open else None
        if direct is not None:
            rest = [each for side in found for each in side.statements] if comparison.operation == "contrast" else []
            statements = merge_copies([direct, *rest])
        elif not found or (len(found) < len(sides) and comparison.operation != "contrast"):
            return None
        else:
            statements = merge_copies(statement for side in found for statement in side.statements)
            missing = [side for side in sides if not side.statements]
            if any(_is_mentioned(side) for side in missing):
                return None
            if missing:
                names = " or ".join(side.side.name for side in missing)
                last = statements[-1]
                statements[-1] = dataclasses.replace(last, text=f"{last.text} (The articles say nothing of {names}.)")
        is_settled = comparison.operation in {"contrast", "sum"} or direct is not None or result is not None
        if not is_settled and len(statements) < len(sides):
            return None
        if result is not None:
            cited = tuple(dict.fromkeys(span for statement in statements for span in statement.spans))
            statements.append(DraftStatement(f"By Dateline’s reckoning: {result}.", cited, 1.0))
        return Draft(
            found=True,
            confidence=min((side.draft.confidence for side in found), default=_CONFIDENCE),
            statements=tuple(statements),
            short_text=result if comparison.operation in {"sum", "difference"} else None,
            kind="comparison",
            evidence=_passages(sides),
        )

    def _read(self, comparison: SidedQuestion, side: Side, asked: Asked, sources: Sources) -> _Found:
        """Return what the articles say of one side."""
        passages = sources.search(side.question, k=asked.k, filters=asked.filters)
        draft = self.reader.read(side.question, passages) if passages else Draft(found=False, confidence=0.0)
        draft = dataclasses.replace(draft, evidence=tuple(passages))
        others = " ".join(other.name for other in comparison.sides if other is not side)
        statements = [state(span) for span in self._choose(comparison, draft)] if draft.found else []
        kept = tuple(each for each in statements if _is_about(side.name, others, each, passages))
        short = draft.short_answer.text if draft.short_answer is not None and kept else ""
        return _Found(side, draft, kept, amount_in(short))

    def _choose(self, comparison: SidedQuestion, draft: Draft) -> list[Span]:
        """Return the excerpts of a side: the best sentence, or in a contrast those that compare, too."""
        first = draft.statements[0].spans[0]
        if comparison.operation != "contrast":
            return [first]
        best = draft.judged[0].score
        near = [
            sentence
            for judged, sentence in find_judged(draft.judged, list_sentences(draft.evidence))
            if judged.span.passage.article_id == first.passage.article_id
            and judged.score + 2 * _REACH * (_COMPARES.search(judged.span.text) is not None) >= best - _REACH / 2
        ]
        near.sort(key=lambda sentence: _COMPARES.search(sentence.text) is None)
        spans = [excerpt(sentence) for sentence in near[:_MOST_EACH]]
        return [first, *(span for span in spans if not span.overlaps(first))][:_MOST_EACH]

    def _tell_accounts(self, question: str, asked: Asked, sources: Sources) -> Draft | None:
        """Return what each article says on a question on which they differ."""
        passages = sources.search(question, k=2 * asked.k, filters=asked.filters)
        drafts = [self.reader.read(question, own) for own in by_article(passages)]
        drafts = [draft for draft in drafts if draft.found]
        surest = max((draft.confidence for draft in drafts), default=0.0)
        accounts = [draft.statements[0] for draft in drafts if draft.confidence >= _LEAST_SURE * surest]
        if len(accounts) < 2:  # noqa: PLR2004 - one account disagrees with none
            return None
        return Draft(
            found=True,
            confidence=surest,
            statements=attribute_each(merge_copies(accounts), passages),
            kind="comparison",
            evidence=tuple(passages),
        )


def _is_about(side: str, others: str, statement: DraftStatement, passages: Sequence[ScoredPassage]) -> bool:
    """Return whether a statement's passage has the names of a side and most of the words that are its own."""
    place = statement.spans[0].passage
    title = next(scored.article.title or "" for scored in passages if scored.passage.id == place.id)
    known = {*terms(place.text), *terms(title)}
    names = name_terms(side)
    own = [term for term in terms(side) if term not in terms(others)] or terms(side)
    every = terms(side)
    covered = sum(term in known for term in every) / len(every) if every else 0.0
    return names <= known and covered >= _LEAST_COVERED and (not names or any(term in known for term in own))


def _find_direct(sides: Sequence[_Found], sources: Sources) -> DraftStatement | None:
    """Return a sentence that compares the sides itself, by a figure, from an article that is about both."""
    best = [judged for side in sides for judged in side.draft.judged[:_FIRST] if _DIRECT.search(judged.span.text)]
    wanted = [set(terms(side.side.name)) for side in sides]
    sentences = [sentence for side in sides for sentence in list_sentences(side.draft.evidence)]
    for judged, sentence in find_judged(sorted(best, key=lambda each: -each.score), sentences):
        passages = sources.index.passages(judged.span.passage.article_id)
        known = {term for passage in passages for term in terms(passage.text)}
        known.update(terms(sentence.source.article.title or ""))
        if all(words <= known for words in wanted):
            return state(excerpt(sentence))
    return None


def _is_mentioned(side: _Found) -> bool:
    """Return whether the passages found for a side have its names, or its words where it has none."""
    names = name_terms(side.side.name)
    wanted = names or terms(side.side.name)
    known = {term for scored in side.draft.evidence for term in terms(scored.passage.text)}
    share = sum(term in known for term in wanted) / len(wanted) if wanted else 1.0
    return share == 1 if names else share >= _LEAST_COVERED


def _reckon(comparison: SidedQuestion, sides: Sequence[_Found]) -> str | None:
    """Return what the figures of the sides come to; None where one is missing or their units are not the same."""
    figures = [side.figure for side in sides if side.figure is not None]
    answers = [side.draft.short_answer for side in sides if side.draft.short_answer is not None]
    places = {(answer.passage.id, answer.start) for answer in answers}
    is_sure = all(side.draft.confidence >= _SURE for side in sides)
    if not is_sure or len(figures) < len(sides) or len(places) < len(sides) or any(map(_is_relative, answers)):
        return None
    match comparison.operation:
        case "sum":
            total = sum_of(figures)
            return write(total) if total is not None else None
        case "difference":
            difference = difference_of(*figures[:2])
            return write(difference) if difference is not None else None
        case "contrast":
            return None
        case "larger":
            if difference_of(*figures[:2]) is None or figures[0].value == figures[1].value:
                return None
            larger, smaller = sorted(sides, key=lambda side: -(side.figure.value if side.figure else 0.0))
            return f"{_tell(larger)} is more than {_tell(smaller)}"


def _is_relative(figure: Span) -> bool:
    """Return whether a figure says how much more or less something is, not how much."""
    after = figure.passage.text[figure.end - figure.passage.start :]
    return _RELATIVE.match(after) is not None or _RELATIVE.search(figure.text) is not None


def _tell(side: _Found) -> str:
    figure = side.draft.short_answer
    return f"{figure.text if figure is not None else ''} ({side.side.name})"


def _passages(sides: Sequence[_Found]) -> tuple[ScoredPassage, ...]:
    """Return all passages that were read, each once."""
    return tuple({scored.passage.id: scored for side in sides for scored in side.draft.evidence}.values())

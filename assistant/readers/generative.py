"""The reader that lets a language model write, and trusts none of its citations unchecked."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.chat_models.chat_model import ModelError
from assistant.readers.prompting import (
    NOT_IN_ARTICLES,
    Prompts,
    compose,
    compose_from_notes,
    compose_notes,
    neutralise,
)
from assistant.readers.reader import Draft, DraftStatement, Restart, Span, Written
from assistant.support.check import SUPPORTED, support_statement
from assistant.support.markers import MarkerStream

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Generator, Iterator, Sequence

    from assistant.answer import Usage
    from assistant.chat_models.chat_model import ChatModel
    from assistant.conversation import Turn
    from assistant.readers.prompting import Composed
    from assistant.readers.reader import Reader
    from assistant.support.check import Support
    from assistant.understanding.kinds import Kind
    from index.article import ScoredPassage
    from index.passages.embedding import Embedder

# Characters that may surround the words with which a model says that the articles do not answer.
_AROUND = " \t\n\"'“”*_.[("
_MOST_NOTES = 6
"""Requests for notes before one answer; what the articles have beyond that is left out."""


@dataclasses.dataclass(frozen=True, slots=True)
class GenerativeReader:
    """Writes an answer with a chat model, which is shown numbered passages.

    Each marker is resolved as soon as it is written: the sentences of the cited passage that support the statement
    become its citation, and a marker without such sentences is dropped. If the model finally fails, `fallback` reads
    instead; without a fallback the ModelError is raised. With `drop_unsupported` only statements with a citation are
    told, and the text comes in one piece.
    """

    model: ChatModel
    embedder: Embedder
    prompts: Prompts
    today: Callable[[], dt.date]
    fallback: Reader | None = None
    drop_unsupported: bool = False

    @property
    def name(self) -> str:
        """The reader's name as answers give it."""
        return f"llm:{self.model.name}"

    def stream(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        history: Sequence[Turn] = (),
        kind: Kind = "fact",
    ) -> Iterator[Written | Restart | Draft]:
        """Yield the checked text as it is written, then the draft."""
        if not evidence:
            yield Draft(found=False, confidence=0.0)
            return
        try:
            yield from self._write(question, evidence, history, kind)
        except ModelError as error:
            if self.fallback is None:
                raise
            yield Restart()
            for piece in self.fallback.stream(question, evidence, history=history, kind=kind):
                if isinstance(piece, Draft):
                    notice = f"{error} This answer was made without the language model."
                    yield dataclasses.replace(piece, reader=self.fallback.name, notice=notice)
                else:
                    yield piece

    def close(self) -> None:
        """Close the model's connections."""
        self.model.close()

    def _write(
        self, question: str, evidence: Sequence[ScoredPassage], history: Sequence[Turn], kind: Kind
    ) -> Iterator[Written | Restart | Draft]:
        usage: Usage | None = None
        composed = compose(
            question, evidence, model=self.model, history=history, today=self.today(), prompts=self.prompts, kind=kind
        )
        if kind == "summary" and len(composed.shown) < len(evidence):
            noted, usage = yield from self._take_notes(question, evidence, history)
            composed = noted or composed
        checker = _CitationResolver(composed.shown, self.embedder)
        markers = MarkerStream(checker.resolve, is_copied=checker.is_copied)
        shown = 0  # markers that have been sent
        refusal = _Refusal()
        text: list[str] = []
        for piece in self.model.stream(composed.messages):
            if not isinstance(piece, str):
                usage = _sum(usage, piece)
            elif final := markers.feed(refusal.feed(piece)):
                text.append(final)
                yield Written("") if self.drop_unsupported else Written(final, tuple(markers.placed[shown:]))
                shown = len(markers.placed)
            else:
                yield Written("")
        if refusal.is_complete:
            yield Draft(found=False, confidence=0.0, usage=usage)
            return
        if final := markers.feed(refusal.release()) + markers.finish():
            text.append(final)
            if not self.drop_unsupported:
                yield Written(final, tuple(markers.placed[shown:]))
        if not "".join(text).strip():  # nothing but markers
            yield Restart()
            yield Draft(found=False, confidence=0.0, usage=usage)
            return
        statements = [checker.draft(marked.text, marked.numbers) for marked in markers.statements]
        if self.drop_unsupported:
            statements = [statement for statement in statements if statement.spans and statement.support >= SUPPORTED]
        yield Draft(
            found=any(statement.spans for statement in statements),
            confidence=sum(statement.support for statement in statements) / max(1, len(statements)),
            statements=tuple(statements),
            text=None if self.drop_unsupported else "".join(text),
            markers=tuple(markers.placed),
            cited=checker.cited,
            usage=usage,
        )

    def _take_notes(
        self, question: str, evidence: Sequence[ScoredPassage], history: Sequence[Turn]
    ) -> Generator[Written, None, tuple[Composed | None, Usage | None]]:
        """Let the model take notes of passages that do not fit together; return what asks it to answer from them.

        None where it found nothing to note.
        """
        requests = compose_notes(
            question, evidence, model=self.model, today=self.today(), prompts=self.prompts, most=_MOST_NOTES
        )
        notes: list[str] = []
        usage: Usage | None = None
        for request in requests:
            note = ""
            for piece in self.model.stream(request.messages):
                if isinstance(piece, str):
                    note += piece
                    yield Written("")
                else:
                    usage = _sum(usage, piece)
            if note.strip() and not note.lstrip(_AROUND).upper().startswith(NOT_IN_ARTICLES):
                notes.append(note)
        if not notes:
            return None, usage
        shown = [scored for request in requests for scored in request.shown]
        composed = compose_from_notes(
            question,
            notes,
            shown,
            model=self.model,
            history=history,
            today=self.today(),
            prompts=self.prompts,
            kind="summary",
        )
        return composed, usage


def _sum(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return what two requests read and wrote."""
    if first is None or second is None:
        return first or second
    return dataclasses.replace(
        first,
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
    )


class _CitationResolver:
    """Turns the passage numbers that a model writes into numbers of checked spans, from 1 in order of first use."""

    def __init__(self, shown: Sequence[ScoredPassage], embedder: Embedder) -> None:
        self._shown = shown
        self._embedder = embedder
        self._spans: list[Span] = []
        self._scores: dict[str, float] = {}  # how well each statement is supported, as far as it was written
        self._last = ""

    def resolve(self, statement: str, written: tuple[int, ...]) -> tuple[int, ...]:
        """Return the final numbers for a statement and the passages that the model cites for it.

        A marker within a sentence may cover all of it so far, or only what follows the previous marker.
        """
        cited = [self._shown[number - 1] for number in dict.fromkeys(written) if 1 <= number <= len(self._shown)]
        supports = self._find(statement, cited)
        score = _best(supports)
        if self._last and statement.startswith(self._last):
            clause = statement.removeprefix(self._last)
            so_far = self._scores[self._last]
            if _has_words(clause):
                others = self._find(clause, cited)
                so_far = min(so_far, _best(others))
                pairs = zip(supports, others, strict=True)
                supports = [whole if whole.score >= SUPPORTED else part for whole, part in pairs]
            score = max(score, so_far)
        self._scores[statement] = score
        self._last = statement
        numbers = [self._number(support.span) for support in supports if support.score >= SUPPORTED]
        return tuple(dict.fromkeys(numbers))

    @property
    def cited(self) -> tuple[Span, ...]:
        """The spans behind the final numbers, from 1."""
        return tuple(self._spans)

    def is_copied(self, words: str) -> bool:
        """Return whether a passage that was shown has exactly these words; what looks like a marker in them is its
        text.
        """
        wanted = _plain(words)
        return any(wanted in _plain(scored.passage.text) for scored in self._shown)

    def draft(self, text: str, numbers: tuple[int, ...]) -> DraftStatement:
        """Return a statement with the spans of its final numbers; words after its last marker count as well."""
        spans = tuple(self._spans[number - 1] for number in numbers)
        if not spans:
            return DraftStatement(text, (), 0.0)
        read = max((statement for statement in self._scores if text.startswith(statement)), key=len, default="")
        if read and not _has_words(text[len(read) :]):
            return DraftStatement(text, spans, self._scores[read])
        ids = {span.passage.id for span in spans}
        whole = self._find(text, [scored for scored in self._shown if scored.passage.id in ids])
        return DraftStatement(text, spans, _best(whole))

    def _find(self, statement: str, cited: Sequence[ScoredPassage]) -> list[Support]:
        if not cited or not _has_words(statement):
            return []
        return support_statement(
            statement,
            [scored.passage for scored in cited],
            embedder=self._embedder,
            abouts=[_about(scored) for scored in cited],
        )

    def _number(self, span: Span) -> int:
        if span not in self._spans:
            self._spans.append(span)
        return self._spans.index(span) + 1


def _best(supports: Sequence[Support]) -> float:
    return max((support.score for support in supports), default=0.0)


def _plain(text: str) -> str:
    return " ".join(neutralise(text).split())


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _about(scored: ScoredPassage) -> str:
    """Return what the model was shown of a passage besides its text."""
    article = scored.article
    parts = [article.title, article.source, article.author, article.published and f"{article.published:%A %d %B %Y}"]
    return "\n".join(str(part) for part in parts if part)


class _Refusal:
    """Holds back the beginning of a text while it may still be the words for "not in these articles"."""

    def __init__(self) -> None:
        self._held: str | None = ""

    def feed(self, piece: str) -> str:
        """Return what is no longer held back."""
        if self._held is None:
            return piece
        self._held += piece
        start = self._words()
        if NOT_IN_ARTICLES.startswith(start) or start.startswith(NOT_IN_ARTICLES):
            return ""
        return self.release()

    def release(self) -> str:
        """Return everything held back, and hold nothing from now on."""
        held, self._held = self._held or "", None
        return held

    @property
    def is_complete(self) -> bool:
        """Whether the text says that the articles do not answer, or is empty."""
        words = self._words() if self._held is not None else None
        return words is not None and (not words or words.startswith(NOT_IN_ARTICLES))

    def _words(self) -> str:
        return re.sub(r"\s+", " ", (self._held or "").lstrip(_AROUND)).upper()

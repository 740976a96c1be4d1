"""The one way to an answer: understand, retrieve, read, check. Every surface comes through here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from assistant.answer import Answer
from assistant.ask import Ask
from assistant.events import DoneEvent, PassagesEvent, RestartEvent, TextEvent, WaitingEvent
from assistant.readers.reader import Draft, Reader, Restart
from assistant.strategies.strategy import Asked, Sources
from assistant.support.citations import Checked, check, written_text
from assistant.support.marker_places import in_place
from assistant.understanding.followup import make_standalone
from assistant.understanding.small_talk import reply_to_small_talk
from assistant.understanding.time_reading import TimeReading, read_time
from assistant.understanding.wording import plain_question
from index.article import normalise
from index.retrieval.retriever import MAX_QUESTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant.answer import Usage
    from assistant.conversation import Conversation
    from assistant.events import Event
    from assistant.readers.reader import Span, Written
    from assistant.reranking import Reranker
    from assistant.strategies.strategy import Strategy
    from index import ArticleIndex, ScoredPassage
    from index.filters import Filters

NOT_FOUND = "Not in these articles."
# How much the newest passage gains over the oldest, as a share of a score, where newer ones are preferred.
_RECENCY = 0.3


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).astimezone().date()


@dataclasses.dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions from a collection through a reader; `evidence` is how many passages it reads.

    `today` is the clock for times in questions; `rewrite` makes follow-ups stand alone.
    """

    index: ArticleIndex
    reader: Reader
    evidence: int = 8
    today: Callable[[], dt.date] = _today
    rewrite: Callable[[str, Conversation], str] = make_standalone
    reranker: Reranker | None = None
    strategies: Sequence[Strategy] = ()
    """What answers kinds of questions of their own, tried in this order before the reader."""
    price: tuple[float, float] | None = None
    """What a million tokens read and a million tokens written cost, for the answer's usage."""

    @property
    def uses_model(self) -> bool:
        """Whether a language model writes its answers."""
        return self.reader.name.startswith("llm:")

    def close(self) -> None:
        """Close the reader's connections; whoever opened the index closes it."""
        self.reader.close()

    def ask(self, ask: Ask | str) -> Answer:
        """Return the checked answer; `found` is false where the collection does not have one.

        A plain question is asked of all articles, with no conversation before it.
        """
        *_, last = self.stream(ask)
        if not isinstance(last, DoneEvent):
            raise TypeError(f"the last event was {last!r}")
        return last.answer

    def stream(self, ask: Ask | str) -> Iterator[Event]:
        """Yield what is known as soon as it is known: the passages, the text in pieces, then the whole answer."""
        clock = _Clock()
        ask = Ask(ask) if isinstance(ask, str) else ask
        question = " ".join(normalise(ask.question).split())[:MAX_QUESTION]
        reply = reply_to_small_talk(question)
        if reply is not None:
            yield from _say(question, reply, clock)
            return
        standalone = self.rewrite(question, ask.conversation)
        plain = plain_question(standalone)
        moment = read_time(plain, today=self.today()) if ask.read_times else TimeReading(None, None, False, None, plain)
        clock.lap("understand")
        filters = _with_time(ask.filters, moment)
        asked = Asked(
            question=moment.question,
            as_asked=question,
            conversation=ask.conversation,
            filters=filters,
            k=ask.k or self.evidence,
            today=self.today(),
        )
        planned = self._follow_strategies(asked) if ask.read_kind else None
        passages = planned.evidence if planned is not None else self._retrieve(moment, filters, asked.k)
        clock.lap("retrieve")
        yield PassagesEvent(standalone, passages, filters)
        draft: Draft | None = None
        pieces: list[str] = []
        # A language model is told how the answer was wished for: "in one sentence, please".
        read = standalone if self.uses_model else plain
        for piece in self._read(planned, read, passages, ask.conversation):
            if isinstance(piece, Draft):
                draft = piece
            elif isinstance(piece, Restart):
                if pieces:
                    yield RestartEvent()
                pieces.clear()
            elif not piece.text:
                yield WaitingEvent()
            else:
                pieces.append(piece.text)
                yield TextEvent(piece.text, piece.markers)
        draft = draft or Draft(found=False, confidence=0.0)
        clock.lap("read")
        checked = check(draft.statements, passages, self.index.article)
        clock.lap("check")
        answer = _compose(
            draft,
            checked,
            question=question,
            standalone_question=standalone,
            passages=passages,
            kind=planned.kind if planned is not None else "fact",
            reader=draft.reader or self.reader.name,
            timings_ms=clock.laps(),
            usage=_priced(draft.usage, self.price),
            notice=draft.notice or (None if draft.found else _explain_nothing(moment, passages)),
            time=moment if moment.phrase else None,
        )
        if "".join(pieces) != answer.text:  # it has not been written piece by piece, or a citation failed the check
            if pieces:
                yield RestartEvent()
            yield TextEvent(answer.text, answer.markers)
        yield DoneEvent(answer, draft)

    def _follow_strategies(self, asked: Asked) -> Draft | None:
        """Return the draft of the first strategy that has one; None where the question is answered by reading."""
        sources = Sources(self.index, self.search)
        drafts = (strategy.answer(asked, sources) for strategy in self.strategies)
        return next((draft for draft in drafts if draft is not None), None)

    def _read(
        self, planned: Draft | None, question: str, passages: tuple[ScoredPassage, ...], conversation: Conversation
    ) -> Iterator[Written | Restart | Draft]:
        """Yield the text and the draft: a strategy's own, or what the reader makes of the passages.

        A language model writes from the passages that a strategy gathered.
        """
        if planned is not None and not (self.uses_model and passages):
            yield dataclasses.replace(planned, reader="extractive")
        else:
            kind = planned.kind if planned is not None else "fact"
            yield from self.reader.stream(question, passages, history=conversation.turns, kind=kind)

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages that bear on a query, best first, the first of them in the reader's order."""
        if self.reranker is None:
            return self.index.retrieve(query, k=k, filters=filters)
        found = self.index.retrieve(query, k=max(k, self.reranker.passages), filters=filters)
        return self.reranker.rerank(query, found)[:k]

    def _retrieve(self, moment: TimeReading, filters: Filters, k: int) -> tuple[ScoredPassage, ...]:
        """Return the passages to read."""
        if not moment.prefer_recent:
            return tuple(self.search(moment.question, k=k, filters=filters))
        found = self.search(moment.question, k=2 * k, filters=filters)
        days = sorted({scored.article.published or dt.date.min for scored in found})
        place = {day: rank / max(1, len(days) - 1) for rank, day in enumerate(days)}

        def score(scored: ScoredPassage) -> float:
            return scored.score * (1 - _RECENCY * (1 - place[scored.article.published or dt.date.min]))

        best = sorted(found, key=score, reverse=True)[:k]
        return tuple(
            dataclasses.replace(scored, score=score(scored), rank=rank) for rank, scored in enumerate(best, start=1)
        )


def _with_time(filters: Filters, moment: TimeReading) -> Filters:
    """Return the filters with the time in the question, which counts where the user has not set one."""
    if filters.since or filters.until:
        return filters
    return dataclasses.replace(filters, since=moment.since, until=moment.until)


def _say(question: str, reply: str, clock: _Clock) -> Iterator[Event]:
    """Answer small talk, without a search and without citations."""
    clock.lap("understand")
    answer = _compose(
        Draft(found=False, confidence=0.0, text=reply),
        Checked("", (), (), ()),
        question=question,
        standalone_question=question,
        passages=(),
        kind="small_talk",
        reader="small talk",
        timings_ms=clock.laps(),
    )
    yield PassagesEvent(question, ())
    yield TextEvent(reply)
    yield DoneEvent(answer)


def _compose(draft: Draft, checked: Checked, **known: Any) -> Answer:
    """Return the answer made of what the check left of a draft, and of what else is `known`. Without a citation it is
    not found.
    """
    found = draft.found and bool(checked.numbers)
    text, markers = written_text(draft, checked)
    is_shown = found or draft.text is not None  # what has been streamed is not taken back
    return Answer(
        text=text if is_shown else NOT_FOUND,
        markers=in_place(text, markers, checked.numbers) if found else (),
        short_answer=_short_answer(draft, checked) if found else None,
        found=found,
        confidence=draft.confidence if found or not is_shown else 0.0,
        statements=checked.statements if is_shown else (),
        citations=checked.citations if found else (),
        records=checked.records if found else (),
        **known,
    )


def _short_answer(draft: Draft, checked: Checked) -> str | None:
    """Return the words that answer; where articles differ, all of them: "31,000 (The Ledger) or 48,000 (The Post)"."""
    if draft.short_text is not None or draft.short_answer is None:
        return draft.short_text
    if not draft.other_answers:
        return draft.short_answer.text
    articles = {citation.article.id: citation.article for citation in checked.citations}

    def tell(answer: Span) -> str:
        article = articles.get(answer.passage.article_id)
        source = (article.source or article.title) if article else None
        return f"{answer.text} ({source})" if source else answer.text

    return " or ".join(tell(answer) for answer in (draft.short_answer, *draft.other_answers))


def _explain_nothing(moment: TimeReading, passages: tuple[ScoredPassage, ...]) -> str | None:
    """Return a notice that the time understood in the question may be why nothing was found."""
    if passages or not (moment.since or moment.until):
        return None
    return f"No article is dated as “{moment.phrase}” asks for; ask without it to search them all."


def _priced(usage: Usage | None, price: tuple[float, float] | None) -> Usage | None:
    if usage is None or price is None:
        return usage
    cost = (usage.prompt_tokens * price[0] + usage.completion_tokens * price[1]) / 1e6
    return dataclasses.replace(usage, cost=cost)


class _Clock:
    """Milliseconds spent in one stage after the other."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = 1e3 * (now - self._last)
        self._last = now

    def laps(self) -> dict[str, float]:
        return self._laps | {"total": 1e3 * (self._last - self._began)}

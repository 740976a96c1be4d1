"""Erases the text of removed articles from conversations."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from assistant import sources_json
from ui.conversations.kept import REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ui.conversations.kept import KeptTurn

_RUN = 5  # consecutive words that count as copied from an article
_TITLE = 3  # words from which a title is not mentioned by chance


def mentioned(answer: dict[str, Any]) -> set[str]:
    """Return the ids of the articles that an answer, as JSON, cites or has read."""
    return {mention["article_id"] for mention in _mentions(answer)}


def forget_in(turns: Sequence[KeptTurn], removed: frozenset[str]) -> list[KeptTurn]:
    """Return the turns of one conversation, the oldest first, without the text of the removed articles.

    An answer is removed if it cites one of them, or if a language model that saw one of them, even in an earlier
    answer, wrote something in it that has no other source. Otherwise it only loses the passages. Questions and reasons
    that repeat an article are removed as well.
    """
    traces = Traces(turns, removed)
    in_view = False
    kept = []
    for turn in turns:
        reads = bool(mentioned(turn.answer) & removed)
        standalone = turn.question if in_view else turn.standalone_question  # it is also made from earlier answers
        in_view = in_view or reads
        answer = _without(turn.answer, removed, wholly=_rests_on(turn.answer, removed, in_view=in_view))
        feedback = turn.feedback
        if feedback and (reads or traces.are_in(feedback.reason)):
            feedback = dataclasses.replace(feedback, reason="")
        question = traces.take_out_of(turn.question)
        standalone = traces.take_out_of(standalone)
        if "standalone_question" in answer:
            answer |= {"question": question, "standalone_question": standalone}
        kept.append(
            dataclasses.replace(
                turn, question=question, standalone_question=standalone, answer=answer, feedback=feedback
            )
        )
    return kept


class Traces:
    """Titles and runs of words of removed articles, as far as answers have them."""

    def __init__(self, turns: Iterable[KeptTurn], removed: frozenset[str]) -> None:
        self._titles: set[str] = set()
        self._runs: set[tuple[str, ...]] = set()
        for turn in turns:
            for mention in _mentions(turn.answer):
                if mention["article_id"] in removed:
                    title = _words(mention.get("title") or "")
                    if len(title) >= _TITLE:
                        self._titles.add(" ".join(title))
                    self._runs |= _runs(mention.get("text") or mention.get("quote") or "")

    def are_in(self, text: str) -> bool:
        """Return whether a text names a title or repeats a run of words."""
        words = f" {' '.join(_words(text))} "
        return any(f" {title} " in words for title in self._titles) or not self._runs.isdisjoint(_runs(text))

    def take_out_of(self, text: str) -> str:
        """Return the text, or a note instead if it repeats an article."""
        return "(a question that repeated a removed article)" if self.are_in(text) else text


def _mentions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [*sources_json(answer), *answer.get("passages", ())]


def _rests_on(answer: dict[str, Any], removed: frozenset[str], *, in_view: bool) -> bool:
    """Return whether an answer may contain something that only a removed article says."""
    if any(source["article_id"] in removed for source in sources_json(answer)):
        return True
    by_model = str(answer.get("reader", "")).startswith("llm:")
    return in_view and by_model and not all(statement["supported"] for statement in answer.get("statements", ()))


def _without(answer: dict[str, Any], removed: frozenset[str], *, wholly: bool) -> dict[str, Any]:
    if wholly:
        nothing: dict[str, Any] = {
            "citations": [],
            "records": [],
            "markers": [],
            "passages": [],
            "statements": [],
            "time": None,
            "notice": None,
        }
        return answer | nothing | {"text": REMOVED, "short_answer": None, "found": False, "confidence": 0.0}
    remaining = [passage for passage in answer.get("passages", ()) if passage["article_id"] not in removed]
    return answer | {"passages": remaining}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}

"""Answers as JSON, for tests of what stores and shows them."""

from __future__ import annotations

import re
from typing import Any

from ui.conversations.kept import KeptTurn


def markers_in(text: str) -> list[dict[str, int]]:
    """The markers of a text in which everything that looks like one is one, as JSON."""
    found = re.finditer(r"\[(\d+)\]", text)
    return [{"start": marker.start(), "end": marker.end(), "number": int(marker[1])} for marker in found]


def make_record(article: str, field: str, quote: str, *, number: int = 1) -> dict[str, Any]:
    """A citation of an article's record as an answer's JSON has it."""
    about = {"title": f"Notes on {article}", "source": "Harbour Post", "author": "Ana Duarte"}
    return {
        "number": number,
        "article_id": article,
        "field": field,
        "quote": quote,
        "published": "2026-03-02",
        "url": None,
        **about,
    }


def make_answer(
    text: str, *, cites: tuple[str, ...] = (), reads: tuple[str, ...] = (), quote: str = "", **others: Any
) -> dict[str, Any]:
    """An answer in the form of `Answer.as_json` that cites articles by id and has read some more."""

    def about(article: str) -> dict[str, Any]:
        return {"title": f"Notes on {article}", "source": "Harbour Post", "published": "2026-03-02", "url": None}

    quote = quote or text
    return {
        "question": "What was decided?",
        "standalone_question": "What was decided?",
        "text": text,
        "markers": markers_in(text),
        "kind": "fact",
        "short_answer": None,
        "found": bool(cites),
        "confidence": 0.9 if cites else 0.0,
        "reader": "extractive",
        "statements": [{"text": text, "citations": [1], "supported": True, "support": 1.0}] if cites else [],
        "records": [],
        "citations": [
            {
                "number": number,
                "article_id": article,
                "passage_id": f"{article}:0",
                "quote": quote,
                "start": 0,
                "end": len(quote),
                "author": "Ana Duarte",
                **about(article),
            }
            for number, article in enumerate(cites, start=1)
        ],
        "passages": [
            {
                "id": f"{article}:0",
                "article_id": article,
                "start": 0,
                "end": len(quote),
                "text": f"{quote} So it says in {article}.",
                "score": 1.0,
                "rank": rank,
                **about(article),
            }
            for rank, article in enumerate((*cites, *reads), start=1)
        ],
        "timings_ms": {"total": 12.0},
        "usage": None,
        "notice": None,
        "time": None,
    } | others


def make_turn(question: str, answer: dict[str, Any] | None = None, **others: Any) -> KeptTurn:
    """A turn about to be kept."""
    standalone = others.pop("standalone_question", question)
    answer = answer or make_answer("The pier stays open.", cites=("pier",))
    return KeptTurn(
        question=question,
        standalone_question=standalone,
        answer=answer | {"question": question, "standalone_question": standalone},
        **others,
    )

"""Example questions for an empty chat and suggestions after an answer, each checked before it is shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from index.errors import DatelineError
from ui.chat.suggestions import answered, questions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant import Answer
    from ui.service.service import Service

_EXAMPLES = 4
_SUGGESTIONS = 3
_ARTICLES = 30
_TRIES = 16  # questions that are tried to find the examples; each takes about 0.1 s
_FOLLOW_TRIES = 6


class Examples:
    """Finds questions that the collection answers, and keeps them until the collection changes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._found: tuple[int, tuple[str, ...]] | None = None
        self._finding = asyncio.Lock()

    async def find(self) -> tuple[str, ...]:
        """Return examples for an empty chat; none if the server is busy."""
        async with self._finding:
            revision = self._service.index.revision()
            if self._found is None or self._found[0] != revision:
                try:
                    self._found = revision, await self._service.answering.run(self._find)
                except DatelineError:
                    return ()
            return self._found[1]

    async def follow(self, answer: Mapping[str, Any]) -> tuple[str, ...]:
        """Return follow-up questions for an answer, from the passages that were read for it."""
        if not answer["found"] or self._service.answering.waiting:
            return ()
        candidates = [
            (passage["article_id"], question)
            for passage in answer["passages"]
            for question in questions_of(passage, passage["text"])
        ]
        asked = (answer["question"], answer["standalone_question"])
        try:
            return await self._service.answering.run(
                lambda: answered(candidates, self._ask, wanted=_SUGGESTIONS, tries=_FOLLOW_TRIES, but=asked)
            )
        except DatelineError:
            return ()

    def _find(self) -> tuple[str, ...]:
        index = self._service.index
        articles = (index.article(info.id) for info in index.articles(limit=_ARTICLES))
        candidates = (
            (article.id, question)
            for article in articles
            for question in questions_of({"title": article.title}, article.text)
        )
        return answered(candidates, self._ask, wanted=_EXAMPLES, tries=_TRIES)

    def _ask(self, question: str) -> Answer:
        return self._service.assistant("dateline-extractive").ask(question)

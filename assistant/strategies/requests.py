"""Says plainly that a request needs a language model, where there is none, and what can be asked instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.readers.reader import Draft
from assistant.understanding.requests import read_request

if TYPE_CHECKING:
    from assistant.strategies.strategy import Asked, Sources


class Requests:
    """Translations, letters, poems and what else only a language model can write."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:  # noqa: ARG002
        """Return a draft that says what is missing; None where nothing has to be written."""
        reply = read_request(asked.as_asked)
        return Draft(found=False, confidence=0.0, text=reply, kind="request") if reply else None

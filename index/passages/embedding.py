"""Turning text into vectors: the interface of the bundled embedder and any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is recorded in the home, so vectors of two embedders are never mixed."""

    name: str
    max_tokens: int
    """Tokens of one text that are read; what comes after them would be dropped in silence."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many of the `max_tokens` each text takes, not counting the embedder's own markers."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of passages, float32, one row per text."""

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, float32; some models embed questions differently from passages."""

"""What turns text into vectors: the seam behind which the bundled embedder, or any other, stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is recorded in the home: vectors of two names are never mixed."""

    name: str
    max_tokens: int
    """Tokens of one text that are read; what comes after them would be dropped in silence."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens of `max_tokens` each text takes, the embedder's own markers not counted."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of passages, float32, one row a text."""

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, float32; some models read questions otherwise than passages."""

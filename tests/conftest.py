"""What every test stands on: no network but loopback, and small real parts."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from index.passages.embedding_bundled import BundledEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test connect to this machine alone."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"a test tried to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    import os

    for name in [name for name in os.environ if name.startswith(("DATELINE_", "OPENAI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embedder() -> Iterator[BundledEmbedder]:
    """The embedder that users get."""
    yield BundledEmbedder()

"""What every test stands on: no network but loopback, and small real parts."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder
from index.sources import load

SAMPLES = Path(__file__).parent.parent / "index" / "samples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of a module that starts a server as `server`, and those that open a browser as `browser`."""
    servers = {"tests.serving", "tests.scripted_llm"}
    for item in items:
        if isinstance(item, pytest.Function):
            if any(getattr(value, "__module__", None) in servers for value in vars(item.module).values()):
                item.add_marker("server")
            if "browser" in item.fixturenames:
                item.add_marker("browser")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test connect to this machine alone."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {
            "127.0.0.1",
            "::1",
            "localhost",
        }:
            raise RuntimeError(f"a test tried to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith(("DATELINE_", "OPENAI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embedder() -> BundledEmbedder:
    """The embedder that users get."""
    return BundledEmbedder()


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the sample collection; for reading only."""
    home = tmp_path_factory.mktemp("sample") / "home"
    with ArticleIndex.open(home, embedder=BundledEmbedder(), write=True) as index:
        index.add(item for item in load(str(SAMPLES / "articles.jsonl")) if isinstance(item, Article))
    return home

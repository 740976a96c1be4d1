"""What every test stands on: no network but loopback, and small real parts."""

from __future__ import annotations

import functools
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from index import Article, ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder
from index.sources import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant import Assistant
    from assistant.readers.cross_encoder import CrossEncoder

SAMPLES = Path(__file__).parent.parent / "index" / "samples"


# `make test-fast` tries less of each.
settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, database=None)


@functools.cache
def _marks(path: Path) -> frozenset[str]:
    """Return the marks that all tests of a module have, as its text says without being imported."""
    text = path.read_text()
    marks = set(re.findall(r"^pytestmark = pytest\.mark\.(\w+)$", text, re.MULTILINE))
    starts_servers = re.search(r"^from tests\.(serving|scripted_llm) import", text, re.MULTILINE)
    return frozenset(marks | {"server"} if starts_servers else marks)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import a module whose tests the marker expression leaves out: what servers need takes seconds."""
    if collection_path.suffix != ".py":
        return None
    return any(f"not {mark}" in config.option.markexpr for mark in _marks(collection_path)) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of a module that starts a server as `server`, and those that open a browser as `browser`."""
    for item in items:
        if "server" in _marks(item.path):
            item.add_marker("server")
        if isinstance(item, pytest.Function) and "browser" in item.fixturenames:
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
def sample_home(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    """A home that holds the sample collection; for reading only."""
    home = tmp_path_factory.mktemp("sample") / "home"
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        index.add(item for item in load(str(SAMPLES / "articles.jsonl")) if isinstance(item, Article))
    return home


@pytest.fixture(scope="session")
def cross_encoder() -> CrossEncoder:
    """The model of the bundled reader. It keeps its readings, so that each passage is read once for all tests."""
    from assistant.readers.cross_encoder import CrossEncoder

    return CrossEncoder()


@pytest.fixture(scope="session")
def assistant(sample_home: Path, embedder: BundledEmbedder) -> Iterator[Assistant]:
    """Answers questions about the sample collection without a language model, and keeps its readings for all tests."""
    from assistant.build import build_assistant
    from assistant.settings import Settings

    settings = Settings(rerank_seconds=600)  # every passage is read, however busy the machine
    with ArticleIndex.open(sample_home, embedder=embedder) as index:
        yield build_assistant(settings, index)

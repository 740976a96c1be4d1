"""A real server on loopback for tests: the real app under uvicorn, in a thread of this process.

with running(settings(home, api_keys="secret")) as server:
    httpx.get(f"{server.url}/api/articles", headers={"Authorization": "Bearer secret"})
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from assistant.settings import Settings, load_settings
from ui.process import Server
from ui.server import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.applications import Starlette
    from starlette.datastructures import State

PATIENCE = 60  # seconds that nothing here takes unless something is broken

WAITING = {"Prefer": f"wait={PATIENCE}"}
"""What a client asks for that needs an addition done: of one that takes over 2 seconds it would get the job."""
client = httpx.Client(timeout=PATIENCE, headers=WAITING, limits=httpx.Limits(max_keepalive_connections=0))
"""For requests one by one: it makes connections, of which none stays, and is made once, which takes long."""


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: where, and the app inside."""

    url: str
    app: FastAPI

    def wait_for_chat(self) -> None:
        """Return when the chat is there, or has failed to be."""
        wait_until(self.app.state.page.built.is_set)


def settings(home: Path, **given: Any) -> Settings:
    """Return the settings of a server over a home; without a language model unless one is given."""
    return load_settings(**{"home": home, "llm": "none", "stop_timeout": 5, **given})


@contextlib.contextmanager
def running(
    given: Settings, *, chat: bool | Callable[[State], Starlette] = False, wait: bool = True
) -> Iterator[Running]:
    """Serve until the end of the block, then stop as SIGTERM does; `/ready` says yes at its beginning.

    The chat at `/` takes seconds to build: it is there only where a test asks for it, or for something in its place,
    and at the beginning of the block only if that `wait`s.
    """
    app = create_app(given, build_chat=chat) if callable(chat) else create_app(given)
    if not chat:
        app.state.page.closed = "This test needs no chat."
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        server = Server(app, given)
        thread = threading.Thread(target=server.run, args=([listening],), name="server")
        url = app.state.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.start()
        try:
            wait_until(lambda: _is_ready(url))
            started = Running(url, app)
            if chat and wait:
                started.wait_for_chat()
            yield started
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not stop"


def _is_ready(url: str) -> bool:
    try:
        answer = client.get(f"{url}/ready")
    except httpx.ConnectError:
        return False
    if answer.status_code == 503 and "starting" not in answer.text:
        raise RuntimeError(f"the server will never be ready: {answer.text}")
    return answer.status_code == 200


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.02)


def failure(response: httpx.Response) -> dict[str, Any]:
    """The error in the one shape that failures have."""
    body: dict[str, dict[str, Any]] = response.json()
    assert set(body) == {"error"}
    assert {"code", "message", "help"} <= set(body["error"])
    return body["error"]

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.serving import PATIENCE, client, failure, running, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest
    from starlette.datastructures import State
    from starlette.requests import Request


def test_a_page_is_shown_until_the_chat_is_ready(tmp_path: Path) -> None:
    go_on = threading.Event()

    def build(state: State) -> Starlette:
        assert state.service.is_ready
        assert go_on.wait(PATIENCE)
        return Starlette(routes=[Route("/", lambda request: PlainTextResponse("the chat"))])

    given = settings(tmp_path / "home")
    with running(given, chat=build, wait=False) as server:
        waiting = client.get(server.url)
        assert (waiting.status_code, waiting.headers["refresh"]) == (503, "1")
        assert "src=" not in waiting.text
        assert client.get(f"{server.url}/api/articles").status_code == 200
        go_on.set()
        server.wait_for_chat()
        assert client.get(server.url).text == "the chat"
        missing = client.get(f"{server.url}/none")
        assert (missing.status_code, failure(missing)["code"]) == (404, "not_found")
        assert failure(client.post(server.url))["code"] == "method_not_allowed"


def test_a_chat_that_cannot_be_built_does_not_affect_the_rest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def build(state: State) -> Starlette:
        raise ImportError("no gradio here")

    with running(settings(tmp_path / "home"), chat=build) as server:
        broken = client.get(server.url)
        assert (broken.status_code, "gradio" in broken.text) == (500, False)
        assert client.get(f"{server.url}/api/articles").status_code == 200
    assert "no gradio here" in caplog.text


def test_the_chats_lifespan_runs(tmp_path: Path) -> None:
    happened = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        happened.append("begun")
        yield
        happened.append("ended")

    with running(settings(tmp_path / "home"), chat=lambda state: Starlette(lifespan=lifespan)):
        assert happened == ["begun"]
    assert happened == ["begun", "ended"]


def test_endless_heartbeats_do_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    def build(state: State) -> Starlette:
        async def beat() -> AsyncIterator[str]:
            yield "data: ALIVE\n\n"
            await asyncio.Event().wait()

        async def heartbeat(request: Request) -> Response:
            return StreamingResponse(beat(), media_type="text/event-stream")

        return Starlette(routes=[Route("/gradio_api/heartbeat/{session}", heartbeat)])

    begun = threading.Event()

    def listen(url: str) -> list[str]:
        with client.stream("GET", f"{url}/gradio_api/heartbeat/1") as response:
            lines = []
            for line in response.iter_lines():
                begun.set()
                lines.append(line)
            return lines

    with ThreadPoolExecutor(1) as threads:
        with running(settings(tmp_path / "home", stop_timeout=20), chat=build) as server:
            listening = threads.submit(listen, server.url)
            assert begun.wait(PATIENCE)
        assert listening.result(PATIENCE) == ["data: ALIVE", ""]

"""Serves the chat, which is built in the background; until then, a small page is shown instead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from ui.http.failures import route_path
from ui.http.security import is_api
from ui.service.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.applications import Starlette
    from starlette.datastructures import State
    from starlette.types import Message, Receive, Scope, Send

T = TypeVar("T")

_OWN_CALLS = "/gradio_api/"
_HEARTBEAT = _OWN_CALLS + "heartbeat/"
_log = logging.getLogger("dateline.server")

_SHELL = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Dateline</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto;
max-width: 32rem; padding: 0 1rem }}</style>
<main><h1>{heading}</h1><p>{text}</p></main></html>
"""


def say(heading: str, text: str, *, status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
    """Return a page with a short message; the words are the server's own."""
    return HTMLResponse(_SHELL.format(heading=heading, text=text), status, headers)


class Page:
    """Serves the chat once `keep` has built it; `closed` says why there is none at all."""

    def __init__(self, build: Callable[[State], Starlette], *, closed: str | None = None) -> None:
        self._build = build
        self.closed = closed
        self.failed = False
        self.built = asyncio.Event()
        """Set when the chat can be used, or when it is certain that it never can."""
        self._app: Starlette | None = None
        self._stop = asyncio.Event()
        self._hang_up = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve every path without a route."""
        if scope["type"] != "http" or is_api(scope):
            raise HTTPException(404)
        scope["dateline.chat"] = True
        if self.closed:
            await say("The chat is closed", self.closed, status=403)(scope, receive, send)
        elif self.failed:
            text = "See the server's log for the reason. Questions can still be asked through the API."
            await say("The chat could not be started", text, status=500)(scope, receive, send)
        elif self._app is None:
            headers = {"Refresh": "1", "Retry-After": "1"}
            text = "This page will show the chat in a few seconds."
            await say("Dateline is starting", text, status=503, headers=headers)(scope, receive, send)
        else:
            await self._answer(self._app, dict(scope), receive, send)  # a copy, because its routes are not ours

    async def _answer(self, app: Starlette, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the chat answer; raise HTTPException if it fails, so that failures have one form."""
        path = route_path(scope)
        if path.startswith(_HEARTBEAT):
            await self._until_stop(app(scope, receive, send), send)
            return
        if path.startswith(_OWN_CALLS):
            await app(scope, receive, send)
            return
        failed: int | None = None

        async def send_unless_failed(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and message["status"] in {404, 405, 500}:
                failed = message["status"]
            if failed is None:
                await send(message)

        await app(scope, receive, send_unless_failed)
        if failed is not None:
            raise HTTPException(failed)

    async def _until_stop(self, answering: Coroutine[Any, Any, None], send: Send) -> None:
        """Answer, but end the response when the server stops, because it never ends by itself."""
        tasks = asyncio.ensure_future(answering), asyncio.ensure_future(self._hang_up.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
        finally:
            unfinished = not tasks[0].done()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if unfinished:
            with contextlib.suppress(Exception):  # it may not have begun yet
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def keep(self, state: State) -> None:
        """Build the chat in a thread and run it until `stop`; cancel it if it is still being built."""
        try:
            app = await _in_daemon(lambda: _build(self._build, state))
            async with app.router.lifespan_context(app):
                self._app = app
                self.built.set()
                await self._stop.wait()
        except Exception:
            self.failed = True
            _log.exception("the chat could not be started")
        finally:
            self._app = None
            self.built.set()

    def hang_up(self) -> None:
        """End the responses that keep the browsers' connections alive."""
        self._hang_up.set()

    def stop(self) -> None:
        """Let `keep` return."""
        self._stop.set()


async def _in_daemon(work: Callable[[], T]) -> T:
    """Run the work in a daemon thread and return its result."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # what the work returned

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="chat builder", daemon=True).start()
    return await done


def _build(build: Callable[[State], Starlette], state: State) -> Starlette:
    if "GRADIO_TEMP_DIR" not in os.environ:  # nobody else on this machine may read uploads
        os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="gradio-", dir=temporary_folder())
    return build(state)

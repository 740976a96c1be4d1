"""The server process: it listens, reports when it is ready, and lets answers finish before it stops."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import math
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

from ui.heaps import keep_giving_back, share_heaps
from ui.http.protocol import bounded
from ui.http.security import require_protection
from ui.server import begin_stop, create_app
from ui.service.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

    from assistant.settings import Settings

_BACKLOG = 1024
_GRACE = 3  # seconds after `stop_timeout` for streams to send their end
_INTERRUPTED = 130
_TURN = 0.001  # seconds that a thread may compute before the event loop gets its turn
_log = logging.getLogger("dateline.server")


class Server(uvicorn.Server):
    """Serves an app until SIGTERM or Ctrl-C, then lets answers finish; a second signal ends the process at once.

    Calls `on_ready` once the chat also works. If the collection cannot be opened it stops; `failure` says why.
    """

    def __init__(self, app: FastAPI, settings: Settings, *, on_ready: Callable[[], None] | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=bounded(settings.request_timeout),
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # the app handles proxy headers itself
                server_header=False,
                timeout_graceful_shutdown=math.ceil(settings.stop_timeout) + _GRACE,
            )
        )
        self.failure: BaseException | None = None
        self._app = app
        self._on_ready = on_ready
        self._tasks: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and wait for the collection to open."""
        await super().startup(sockets)
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(keep_giving_back())]

    async def _watch(self) -> None:
        opened: asyncio.Task[None] = self._app.state.opened
        await asyncio.wait([opened])
        self.failure = opened.exception()
        if self.failure:
            self.should_exit = True
            return
        await self._app.state.page.built.wait()
        if self._on_ready and not self.should_exit:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let answers finish, and close the collection."""
        begin_stop(self._app)
        await super().shutdown(sockets)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals; unlike the parent, do not raise them again, because stopping on request is not a failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as signals are handled
        """Stop; the second time at once: the system releases the lock, and stored data survives."""
        if self.should_exit:
            os._exit(_INTERRUPTED)
        self.should_exit = True


def _settle() -> None:
    """Tune the interpreter for many concurrent answers; docs/benchmarks.md has the effect."""
    gc.collect()
    gc.freeze()  # existing objects stay alive and need not be scanned again by the garbage collector
    sys.setswitchinterval(_TURN)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ServeError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is in use, perhaps by another `dateline serve`."
            raise ServeError(message, help="Stop it, or choose another port with --port.") from None
        raise ServeError(
            f"The server cannot listen on {host}, port {port}: {error.strerror or error}.",
            help="Choose others with --host and --port.",
        ) from None
    # Connections take this over. Without it a response in two writes waits 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Serve until a signal. Raises ServeError, SettingsError, and any error of opening the collection."""
    require_protection(settings)
    share_heaps()
    with listen(settings.host, settings.port) as listening:
        app = create_app(settings)
        url = app.state.url = _url(settings.host, listening.getsockname()[1])
        if settings.insecure:
            _log.warning("--insecure: anyone who reaches %s can use everything that no key or user protects", url)
        guards = app.state.access.guards()
        for closed in (guards.why_chat_is_closed, guards.why_api_is_closed):
            if closed:
                _log.warning(closed)

        def settle_and_say() -> None:
            _settle()
            say(f"Dateline is ready at {url}")

        server = Server(app, settings, on_ready=settle_and_say)
        asyncio.run(_serve(server, listening, app))
    if server.failure:
        raise server.failure


async def _serve(server: Server, listening: socket.socket, app: FastAPI) -> None:
    await server.serve([listening])
    if server.failure is None and _is_busy(app):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # everything is closed; hanging threads would keep the process from ending


def _is_busy(app: FastAPI) -> bool:
    state: Any = app.state
    return state.service.answering.running > 0 or not state.page.built.is_set()


def _url(host: str, port: int) -> str:
    """Return an address that works in a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - only to compare
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"

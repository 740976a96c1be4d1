"""A real OpenAI-compatible server on loopback that answers as a script says, and records what it was asked.

    with ScriptedLlm() as server:
        server.script(fail(429, retry_after=1), say("It did [1]."))   # one a request; then the last one again
        ... base_url=server.url, api_key=server.key ...
        assert len(server.received) == 2

One event loop in one thread serves every client, so that it can also stand behind load tests.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

KEY = "sk-scripted-0123456789abcdef"
_EVENTS = {"content-type": "text/event-stream"}
_JSON = {"content-type": "application/json"}
_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclasses.dataclass(frozen=True, slots=True)
class Pause:
    """Waits so many seconds, or until the client is gone."""

    seconds: float


class Gate:
    """Holds a reply back until a test opens it, or until the client is gone; `reached` says that a reply waits."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    def open(self) -> None:
        with self._lock:
            self._opened.set()
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        event = asyncio.Event()
        with self._lock:
            if self._opened.is_set():
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        self.reached.set()
        await event.wait()


class Drop:
    """Breaks the connection off."""


Step = bytes | Pause | Gate | Drop


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What one request gets: the head goes out with the first bytes among the steps, even empty ones."""

    steps: Iterable[Step]
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=lambda: _EVENTS)


@dataclasses.dataclass(slots=True)
class Received:
    """One request as it came, without its key, and what became of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    authorised: bool
    disconnected: threading.Event = dataclasses.field(default_factory=threading.Event)
    finished: threading.Event = dataclasses.field(default_factory=threading.Event)
    first_token_at: float | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.body["messages"]
        return messages


def say(
    text: str,
    *,
    per_second: float | None = None,
    usage: bool = True,
    finish: str | None = "stop",
    before: Sequence[Step] = (),
    then: Sequence[Step] = (),
) -> Callable[[Received], Reply]:
    """Answer with a text, a word a chunk, at most so many a second.

    `before` goes before the first chunk, `then` in place of the end of the stream. Usage is sent where it is asked for.
    """
    words = re.findall(r"\s*\S+\s*$|\s*\S+", text)

    def stream(received: Received) -> Iterator[Step]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": received.body["model"]}

        def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
            return _event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield from before
        yield chunk({"role": "assistant", "content": ""})
        for number, word in enumerate(words):
            if per_second and number:
                yield Pause(1 / per_second)
            yield chunk({"content": word})
        if then:
            yield from then
            return
        yield chunk({}, finish)
        if usage and (received.body.get("stream_options") or {}).get("include_usage"):
            yield _event(head | {"choices": [], "usage": _USAGE})
        yield _DONE

    def reply(received: Received) -> Reply:
        if received.body.get("stream"):
            return Reply(stream(received))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": received.body["model"]}
        return Reply([*before, json.dumps(head | {"choices": [choice], "usage": _USAGE}).encode()], headers=_JSON)

    return reply


def fail(status: int, message: str = "No.", *, retry_after: str | None = None, **fields: Any) -> Callable[..., Reply]:
    """Refuse with a status and an error as OpenAI words it; `fields` such as `code` go into the error."""
    headers = _JSON | ({"retry-after": retry_after} if retry_after is not None else {})
    body = json.dumps({"error": {"message": message, "type": "error", **fields}}).encode()
    return lambda _: Reply([body], status, headers)


def page(html: str = "<!doctype html><title>Welcome</title><p>It works!") -> Callable[..., Reply]:
    """Answer 200 with a web page, as a server does whose API is elsewhere."""
    return lambda _: Reply([html.encode()], 200, {"content-type": "text/html; charset=utf-8"})


def send(*steps: Step, status: int = 200, headers: Mapping[str, str] = _EVENTS) -> Callable[..., Reply]:
    """Go through the steps just as they are."""
    return lambda _: Reply(steps, status, headers)


def hang(*, after_head: bool = False) -> Callable[..., Reply]:
    """Never say anything."""
    return lambda _: Reply([b"", Gate()] if after_head else [Gate()])


def drop() -> Callable[..., Reply]:
    """Break the connection off before the head."""
    return lambda _: Reply([Drop()])


def malformed() -> Callable[..., Reply]:
    """Send an event that is no JSON."""
    return send(b'data: {"id": "x", "choices": [{"del\n\n', b"data: [DONE]\n\n")


def empty_choices() -> Callable[..., Reply]:
    """Send a stream without a single choice."""
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": []}
    return send(_event(chunk), _DONE)


def reject(*parameters: str) -> Callable[[Received], Reply]:
    """Refuse the first of these parameters that a request carries; answer where it carries none."""

    def reply(received: Received) -> Reply:
        for name in parameters:
            if name in received.body:
                return fail(400, f"Unsupported parameter: '{name}'.", param=name)(received)
        return say("Fine [1].")(received)

    return reply


_DONE = b"data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


class ScriptedLlm:
    """The server; a context manager. `most_at_once` is how many answers were being written at the same time."""

    def __init__(self, *, models: Sequence[str] = ("scripted",), key: str = KEY) -> None:
        self.models = models
        self.key = key
        self.received: list[Received] = []
        self.most_at_once = 0
        self._at_once = 0
        self._script: Iterator[Callable[[Received], Reply]] = itertools.repeat(say("Yes [1]."))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-llm", daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(60)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    @property
    def url(self) -> str:
        """The base URL that clients are given."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def script(self, *responders: Callable[[Received], Reply]) -> None:
        """Set what the next chat requests get, one after the other; the last one stays."""
        self._script = itertools.chain(responders, itertools.repeat(responders[-1]))

    async def _stop(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (received := await self._read(reader)) is not None:
                self.received.append(received)
                if not await self._answer(received, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received | None:
        """Return the next request, or None at the end of the connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        authorised = headers.pop("authorization", None) == f"Bearer {self.key}"
        return Received(method, path, headers, json.loads(body) if body else {}, authorised)

    async def _answer(self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send a reply while watching for the client to go; return whether the connection can go on."""
        reply = self._reply(received)
        gone = asyncio.ensure_future(reader.read(1))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            complete = await self._send(reply, received, writer, gone)
        except ConnectionError:
            complete = False
        finally:
            self._at_once -= 1
            if gone.done() and not gone.cancelled():
                received.disconnected.set()
            gone.cancel()
            received.finished.set()
        await asyncio.gather(gone, return_exceptions=True)
        return complete

    def _reply(self, received: Received) -> Reply:
        if received.path.endswith("/models"):
            listed = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.models]
            return Reply([json.dumps({"object": "list", "data": listed}).encode()], headers=_JSON)
        if received.path.endswith("/chat/completions"):
            return next(self._script)(received)
        return fail(404, "There is no such page.")(received)

    async def _send(
        self, reply: Reply, received: Received, writer: asyncio.StreamWriter, gone: asyncio.Future[bytes]
    ) -> bool:
        """Go through the steps; return False where the connection broke off on either side."""
        head: bytes | None = _head(reply)
        for step in reply.steps:
            match step:
                case bytes():
                    data = b"%x\r\n%b\r\n" % (len(step), step) if step else b""
                    writer.write(head + data if head else data)
                    head = None
                    if step and received.first_token_at is None:
                        received.first_token_at = time.perf_counter()
                    await writer.drain()
                case Pause():
                    await asyncio.wait({gone}, timeout=step.seconds)
                case Gate():
                    await _first(gone, asyncio.ensure_future(step.wait()))
                case Drop():
                    writer.transport.abort()
                    return False
            if gone.done():
                return False
        writer.write((head or b"") + b"0\r\n\r\n")
        await writer.drain()
        return True


async def _first(gone: asyncio.Future[bytes], opened: asyncio.Future[None]) -> None:
    """Return when the client is gone or a gate is open."""
    gone.add_done_callback(lambda _: opened.cancel())
    await asyncio.gather(opened, return_exceptions=True)


def _head(reply: Reply) -> bytes:
    fields = {**reply.headers, "transfer-encoding": "chunked"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode("latin-1")

"""The other processes of the benchmark in serving.py: the model behind the server, and the clients before it.

Each takes its options as one JSON text and prints its measurements as JSON. Times are those of `time.perf_counter`,
which on Linux is one clock for all processes.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import itertools
import json
import re
import sys
import time
import zlib
from typing import TYPE_CHECKING, Any

import httpx

from index.passages.sentences import split_sentences
from tests.scripted_llm import Pause, ScriptedLlm, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.scripted_llm import Received, Reply

_TAG = re.compile(r"\(call (\d+-\d+)\)")
_PASSAGE = re.compile(r'<passage number="(\d+)".*?\nText: (.*?)\n</passage', re.DOTALL)
_FIRST_TEXT = re.compile(rb'"content": "[^"]')
_MARKER = re.compile(r"\s*\[\d+\]")
_TIMEOUT = 60.0


# The model: quotes the passages it is shown, each sentence with its number.


class Model:
    """Writes what the passages say at `per_second` words a second, and remembers when it wrote what."""

    def __init__(self, *, per_second: float, first: float) -> None:
        self._per_second = per_second
        self._first = first
        self._asked: dict[str, tuple[float, str, Received]] = {}

    def __call__(self, received: Received) -> Reply:
        """Answer a request."""
        prompt = received.messages[-1]["content"]
        tag = _TAG.findall(prompt)[-1]
        words = 100 + zlib.crc32(tag.encode()) % 80
        text = compose(prompt, words)
        self._asked[tag] = (time.perf_counter(), text, received)
        return say(text, per_second=self._per_second, before=[Pause(self._first)])(received)

    def report(self) -> dict[str, Any]:
        """Return, by call, the seconds to its first token and the text."""
        return {
            tag: {"first": received.first_token_at - asked, "text": text}
            for tag, (asked, text, received) in self._asked.items()
            if received.first_token_at is not None
        }


def compose(prompt: str, words: int) -> str:
    """Return sentences of the passages in a prompt, two of each in turn, as many as make so many words or more."""
    passages = {int(number): sentences(text) for number, text in _PASSAGE.findall(prompt)}
    told: list[str] = []
    for at in range(0, max(map(len, passages.values())), 2):
        for number, said in passages.items():
            told += [f"{sentence} [{number}]" for sentence in said[at : at + 2]]
            if sum(len(one.split()) for one in told) >= words:
                return " ".join(told)
    return " ".join(told)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in split_sentences(text)]


def run_model(**options: float) -> None:
    """Serve until the input ends; print the address first and the report last."""
    model = Model(**options)
    with ScriptedLlm() as server:
        server.script(model)
        print(json.dumps(server.url), flush=True)
        sys.stdin.read()
        print(json.dumps(model.report()), flush=True)


# The clients.


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One answer as its client saw it: seconds to the first text and to the end, and what was wrong, if anything."""

    tag: str
    sent: float
    first: float
    whole: float
    pieces: int
    problem: str | None = None
    text: str = ""


def run_streaming(*, url: str, clients: int, seconds: float, ramp: float, questions: list[str]) -> None:
    """Stream answers with so many clients, who begin one after the other within `ramp` seconds; print the calls."""
    calls = asyncio.run(_stream_all(url, clients, seconds, ramp, questions))
    print(json.dumps([dataclasses.asdict(call) for call in calls]), flush=True)


async def _stream_all(url: str, clients: int, seconds: float, ramp: float, questions: Sequence[str]) -> list[Call]:
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    ends = time.perf_counter() + seconds
    calls: list[Call] = []
    async with httpx.AsyncClient(timeout=_TIMEOUT, limits=limits) as http:

        async def ask_on(number: int) -> None:
            await asyncio.sleep(ramp * number / clients)
            turn = 0
            while time.perf_counter() < ends:
                tag = f"{number}-{turn}"
                question = f"{questions[(number + turn * clients) % len(questions)]} (call {tag})"
                calls.append(await _stream(http, url, tag, question))
                turn += 1

        await asyncio.gather(*(ask_on(number) for number in range(clients)))
    return calls


async def _stream(http: httpx.AsyncClient, url: str, tag: str, question: str) -> Call:
    """Ask one question; the answer is looked into when it has ended, so that this costs no time in between."""
    body = {"model": "dateline", "messages": [{"role": "user", "content": question}], "stream": True}
    sent, first = time.perf_counter(), 0.0
    received: list[bytes] = []
    try:
        async with http.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
            async for data in response.aiter_raw():
                if not first and _FIRST_TEXT.search(data):
                    first = time.perf_counter()
                received.append(data)
        whole = time.perf_counter() - sent
        problem, pieces, text = read_stream(response.status_code, b"".join(received))
        return Call(tag, sent, first - sent, whole, pieces, problem, text)
    except httpx.HTTPError as error:
        return Call(tag, sent, 0, 0, 0, f"{type(error).__name__}: {error}")


def read_stream(status: int, data: bytes) -> tuple[str | None, int, str]:
    """Return what is wrong with a stream or None, its pieces of text, and the text without markers."""
    problem, chunks = read_chunks(status, data)
    if problem:
        return problem, 0, ""
    pieces = pieces_of(chunks)
    answer, text = chunks[-1]["answer"], "".join(pieces)
    words = plain(text)
    if text != answer["text"] or not answer["citations"] or answer["notice"]:
        return f"not the answer: {text[-80:]!r}, {answer['notice']}", len(pieces), words
    return None, len(pieces), words


def read_chunks(status: int, data: bytes) -> tuple[str | None, list[dict[str, Any]]]:
    """Return what is wrong with the form of a stream or None, and its chunks, of which the last has the answer."""
    if status != httpx.codes.OK:
        return f"status {status}: {data[:200]!r}", []
    *events, rest = data.decode().split("\n\n")
    events = [event for event in events if not event.startswith(":")]
    if rest or events[-1] != "data: [DONE]":
        return "the stream broke off", []
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    if failure := next((chunk["error"] for chunk in chunks if "error" in chunk), None):
        return f"error: {failure['message']}", []
    if len({chunk["id"] for chunk in chunks}) != 1 or chunks[-1]["choices"][0]["finish_reason"] != "stop":
        return "the chunks are not of one answer", []
    return None, chunks


def pieces_of(chunks: list[dict[str, Any]]) -> list[str]:
    """Return the pieces of text in the chunks of a stream."""
    return [text for chunk in chunks if (text := chunk["choices"][0]["delta"].get("content"))]


def plain(text: str) -> str:
    """Return the words of a text without its markers."""
    return " ".join(_MARKER.sub("", text).split())


def run_asking(*, url: str, clients: int, seconds: float, questions: list[str]) -> None:
    """Ask for whole extractive answers with so many clients; print each one's seconds."""
    print(json.dumps(asyncio.run(_ask_all(url, clients, seconds, questions))), flush=True)


async def _ask_all(url: str, clients: int, seconds: float, questions: Sequence[str]) -> dict[str, Any]:
    spent: list[float] = []
    statuses: collections.Counter[int] = collections.Counter()
    waiting = itertools.cycle(questions)
    async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
        began = time.perf_counter()

        async def ask_on() -> None:
            while time.perf_counter() < began + seconds:
                asked = time.perf_counter()
                messages = [{"role": "user", "content": next(waiting)}]
                body = {"model": "dateline-extractive", "messages": messages}
                response = await http.post(f"{url}/v1/chat/completions", json=body)
                statuses[response.status_code] += 1
                spent.append(time.perf_counter() - asked)

        await asyncio.gather(*(ask_on() for _ in range(clients)))
        took = time.perf_counter() - began
    return {
        "spent": spent,
        "took": took,
        "failed": sum(n for status, n in statuses.items() if status != httpx.codes.OK),
    }


_PARTS: dict[str, Callable[..., None]] = {"model": run_model, "stream": run_streaming, "ask": run_asking}

if __name__ == "__main__":
    _PARTS[sys.argv[1]](**json.loads(sys.argv[2]))

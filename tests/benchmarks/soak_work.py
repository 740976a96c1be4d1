"""What the clients of soak.py do: one kind of work after another, at random, each checked to its end."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import json
import random
import time
from typing import TYPE_CHECKING, Any

import httpx

from tests.benchmarks.serving_parts import pieces_of, read_chunks
from ui.service.messages import STARTS_AGAIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

_TIMEOUT = 60.0
_KEPT_ALIVE = 2.0  # seconds; less than the server keeps a connection, so that none is used as it closes
_MAY_REFUSE = {429: {"rate_limited", "too_many_files"}, 503: {"busy"}}
_ASKED = 1  # the number of the page's listener that answers questions
_SSE = {"Accept": "text/event-stream"}


class BrokenError(Exception):
    """The server said something that it should not say, or broke off."""


class RefusedError(Exception):
    """The server was too busy, and said so as documented; `after` are the seconds it names."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.after = after


@dataclasses.dataclass(slots=True)
class Tally:
    """What came of one kind of work."""

    spent: list[float] = dataclasses.field(default_factory=list)
    refused: int = 0
    errors: list[str] = dataclasses.field(default_factory=list)


Tallies = collections.defaultdict[str, Tally]


class Client:
    """One client: a browser's cookies, connections of its own, and the articles that it has added."""

    def __init__(self, number: int, url: str, questions: Sequence[str], sources: Sequence[str]) -> None:
        self._number = number
        self._turn = 0
        self._questions = questions
        self._sources = sources
        self._random = random.Random(number)  # noqa: S311 - not a secret
        self._added: list[str] = []
        limits = httpx.Limits(keepalive_expiry=_KEPT_ALIVE)
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, limits=limits)

    async def work_until(self, ends: float, pause: float, tallies: Tallies) -> None:
        """Do one thing after another, about `pause` seconds between them; in the end remove what was added."""
        kinds = list(KINDS)
        weights = [weight for weight, _ in KINDS.values()]
        async with self._http:
            while time.monotonic() < ends:
                [kind] = self._random.choices(kinds, weights)
                await self._do(kind, tallies[kind])
                await asyncio.sleep(pause * self._random.uniform(0.5, 1.5))
            while self._added:
                await self._do("remove", tallies["remove"])

    async def _do(self, kind: str, tally: Tally) -> None:
        self._turn += 1
        began = time.perf_counter()
        try:
            await KINDS[kind][1](self)
        except RefusedError as refusal:
            tally.refused += 1
            await asyncio.sleep(min(refusal.after, _TIMEOUT))
        except (BrokenError, httpx.HTTPError, TimeoutError, ValueError, KeyError, IndexError) as error:
            tally.errors.append(f"{time.strftime('%X')} {type(error).__name__}: {error}"[:400])
        else:
            tally.spent.append(time.perf_counter() - began)

    # Questions.

    async def ask_extractive(self) -> None:
        """Ask for a whole answer of the extractive reader."""
        body = {"question": self._question(), "reader": "dateline-extractive"}
        answer = (await self._call("POST", "/api/ask", json=body)).json()
        _expect(answer["text"] and answer["reader"] == "extractive", f"not an answer: {answer}")

    async def ask_streaming(self) -> None:
        """Read an answer of the language model as REST streams it."""
        text, done = "", None
        async with self._rest_stream() as events:
            async for name, data in events:
                if name == "restart":
                    text = ""
                elif name == "text":
                    text += data["text"]
                elif name == "done":
                    done = data
        _expect(done is not None, "the stream broke off")
        _expect(done is not None and done["text"] == text and done["found"], f"not the answer: {text[-80:]!r}")

    async def chat_streaming(self) -> None:
        """Read an answer of the language model as OpenAI's format streams it."""
        async with self._stream("POST", "/v1/chat/completions", json=self._chat(stream=True)) as response:
            data = await response.aread()
        problem, chunks = read_chunks(response.status_code, data)
        _expect(problem is None, f"{problem}")
        text = "".join(pieces_of(chunks)).rpartition(STARTS_AGAIN)[2]  # as where an article it cites was removed
        _expect(text and text == chunks[-1]["answer"]["text"], f"not the answer: {text[-80:]!r}")

    async def chat_whole(self) -> None:
        """Get an answer of the language model in one piece."""
        body = (await self._call("POST", "/v1/chat/completions", json=self._chat(stream=False))).json()
        _expect(body["choices"][0]["message"]["annotations"] and not body["answer"]["notice"], f"not an answer: {body}")

    async def hang_up(self) -> None:
        """Leave while an answer is being written, in one of four ways."""
        leave = self._random.choice([self._leave_rest, self._leave_chat, self._leave_whole, self._leave_page])
        await leave()

    async def _leave_rest(self) -> None:
        async with self._rest_stream() as events:
            async for name, _ in events:
                if name == "text":
                    break

    async def _leave_chat(self) -> None:
        async with self._stream("POST", "/v1/chat/completions", json=self._chat(stream=True)) as response:
            async for line in response.aiter_lines():
                if '"content": "' in line:
                    break

    async def _leave_whole(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._random.uniform(0.1, 1.5)):
                await self.chat_whole()

    async def _leave_page(self) -> None:
        async with self._page() as session, self._asked_on(session) as messages:
            async for message in messages:
                if message["msg"] == "process_generating":
                    break

    # Searches and articles.

    async def search(self) -> None:
        """Search all articles."""
        found = (await self._call("POST", "/api/search", json={"query": self._question()})).json()
        _expect(found["passages"], "nothing was found")

    async def search_filtered(self) -> None:
        """Search the articles of one publisher."""
        source = self._random.choice(self._sources)
        body = {"query": self._question(), "filters": {"source": [source]}}
        found = (await self._call("POST", "/api/search", json=body)).json()["passages"]
        _expect(found and {one["source"] for one in found} == {source}, f"not of {source}: {found}")

    async def list_articles(self) -> None:
        """List a page of articles and read one of them."""
        page = (await self._call("GET", "/api/articles", params={"limit": 10, "sort": "oldest"})).json()
        _expect(page["total"] >= len(page["articles"]) > 0, f"no articles: {page}")
        article = (await self._call("GET", f"/api/articles/{page['articles'][0]['id']}")).json()
        _expect(article["text"], "an article without text")

    async def add_json(self) -> None:
        """Add an article as JSON."""
        name = f"soak-{self._number}-{self._turn}"
        article = {"id": name, "title": f"Harbour report {name}", "source": "Soak Desk", "text": self._report()}
        await self._add(json={"articles": [article]})

    async def add_file(self) -> None:
        """Add an article as a file."""
        name, text = f"soak-{self._number}-{self._turn}", self._report()
        paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        file = self._random.choice(
            [
                (f"{name}.txt", text),
                (f"{name}.md", f"# Harbour report {name}\n\n{text}"),
                (f"{name}.html", f"<html><title>{name}</title><body><article>{paragraphs}</article></body></html>"),
            ]
        )
        await self._add(files=[("files", (file[0], file[1].encode()))])

    async def remove(self) -> None:
        """Remove an article that was added; add one where there is none."""
        if not self._added:
            await self.add_json()
            return
        await self._call("DELETE", f"/api/articles/{self._added.pop(0)}")  # once, even if it fails

    async def _add(self, **sent: Any) -> None:
        response = await self._call("POST", "/api/articles", headers={"Prefer": "wait=30"}, **sent)
        report = response.json()
        if response.status_code == httpx.codes.ACCEPTED:  # it takes longer
            report = await self._ended(report["url"])
        _expect(len(report["added"]) == 1 and not report["skipped"], f"not added: {report}")
        self._added += report["added"]

    async def _ended(self, job: str) -> dict[str, Any]:
        """Wait for an addition to end; return its report."""
        async with asyncio.timeout(_TIMEOUT):
            while not (told := (await self._call("GET", job)).json())["ended_at"]:
                await asyncio.sleep(0.5)
        _expect(told["status"] == "done", f"not added: {told}")
        report: dict[str, Any] = told["report"]
        return report

    # The page.

    async def use_page(self) -> None:
        """Open the page, ask something there, and read the answer to its end."""
        done = None
        async with self._page() as session, self._asked_on(session) as messages:
            async for message in messages:
                done = message if message["msg"] == "process_completed" else done
        _expect(done is not None, "the page's stream broke off")
        _expect(done is not None and done["success"], f"the page failed: {done}")

    @contextlib.asynccontextmanager
    async def _page(self) -> AsyncIterator[str]:
        """Have the page open, with its heartbeat; gives the name of its session."""
        html = await self._call("GET", "/", headers={"Accept": "text/html"})
        _expect("<gradio-app" in html.text or "gradio_config" in html.text, "not the page")
        session = f"{self._random.getrandbits(50):011x}"
        async with self._stream("GET", f"/gradio_api/heartbeat/{session}"):
            yield session

    @contextlib.asynccontextmanager
    async def _asked_on(self, session: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Ask a question on the page; gives the messages about it."""
        event = {
            "data": [None, {}],
            "event_data": {"question": self._question(), "replaces": False},
            "fn_index": _ASKED,
            "trigger_id": None,
            "session_hash": session,
        }
        await self._call("POST", "/gradio_api/queue/join", json=event)
        async with self._stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as response:
            yield _messages(response)

    # Requests.

    def _question(self) -> str:
        """Return a question that no one else asks, by which the model of serving_parts.py tells calls apart."""
        return f"{self._random.choice(self._questions)} (call {self._number}-{self._turn})"

    def _report(self) -> str:
        """Return a short article like no other."""
        ferries, minutes = self._random.randrange(1_000_000), self._random.randrange(2, 90)
        return (
            f"Ferry number {ferries} to Skerrin left {minutes} minutes late, the harbour office said on Monday. Nobody "
            f"was hurt, and all {self._random.randrange(30, 400)} passengers reached the island by noon.\n\n"
            f"Report {self._number}-{self._turn} names fog over the sound as the reason. The next inspection of the "
            f"pier is due in {self._random.randrange(2, 40)} weeks, and the fares stay as they are."
        )

    def _chat(self, *, stream: bool) -> dict[str, Any]:
        return {"model": "dateline", "messages": [{"role": "user", "content": self._question()}], "stream": stream}

    async def _call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        response = await self._http.request(method, path, **sent)
        _check(response, response.content)
        return response

    @contextlib.asynccontextmanager
    async def _stream(self, method: str, path: str, **sent: Any) -> AsyncIterator[httpx.Response]:
        async with self._http.stream(method, path, headers=_SSE, **sent) as response:
            if not response.is_success:
                _check(response, await response.aread())
            yield response

    @contextlib.asynccontextmanager
    async def _rest_stream(self) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
        async with self._stream("POST", "/api/ask", json={"question": self._question(), "stream": True}) as response:
            yield _events(response)


def _check(response: httpx.Response, body: bytes) -> None:
    """Raise RefusedError for a refusal as it is documented, BrokenError for any other failure."""
    if response.is_success:
        return
    with contextlib.suppress(ValueError, KeyError, TypeError):
        error = json.loads(body)["error"]
        if error["code"] in _MAY_REFUSE.get(response.status_code, ()):
            raise RefusedError(float(response.headers["Retry-After"]))
    raise BrokenError(f"{response.request.method} {response.request.url.path}: {response.status_code} {body[:200]!r}")


def _expect(holds: object, problem: str) -> None:
    if not holds:
        raise BrokenError(problem)


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a stream of REST: name and data."""
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
            if name == "error" and data["error"]["code"] in _MAY_REFUSE[503]:
                raise RefusedError(1)
            _expect(name != "error", f"error: {data}")
            yield name, data


async def _messages(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the messages about an event of the page."""
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


KINDS: dict[str, tuple[int, Callable[[Client], Awaitable[None]]]] = {
    "ask, extractive": (12, Client.ask_extractive),
    "ask, streamed": (10, Client.ask_streaming),
    "/v1, streamed": (10, Client.chat_streaming),
    "/v1, whole": (6, Client.chat_whole),
    "search": (12, Client.search),
    "search with a filter": (12, Client.search_filtered),
    "list and read": (10, Client.list_articles),
    "add JSON": (4, Client.add_json),
    "add a file": (4, Client.add_file),
    "remove": (8, Client.remove),
    "ask on the page": (8, Client.use_page),
    "hang up": (8, Client.hang_up),
}
"""How often, of 104 times, and what."""

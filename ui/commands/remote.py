"""A collection on a running server: the client of the REST endpoint."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections import deque
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
from httpx_sse import EventSource, SSEError

from assistant import DoneEvent
from assistant.answer import article_from_json, info_from_json, passage_from_json
from assistant.ask import OPTIONS
from assistant.events import event_from_json
from index import DatelineError, SourceError
from index.article import storable_name
from index.notices import NoticeGroup, joined
from ui.commands.collection import AS_THEY_ARE, Added, RowChoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant import Ask, Conversation, Event
    from index import Article, ArticleInfo, Filters, ScoredPassage

_PAGE = 500
_TURNS = 20
_LONGEST_QUESTION = 20_000
_BATCH = 32 * 2**20  # bytes of files that are sent in one request
_BATCH_FILES = 50
_POLL = 0.1, 1.0  # seconds between polls of a job: at first, and later
_CONNECT = 5.0
_WAIT = 330.0  # seconds; a server allows 300 for an answer
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class RemoteError(DatelineError):
    """A server could not be reached, or refused; the message is the server's own if it gave one."""

    def __init__(self, message: str, *, help: str | None = None, status: int | None = None) -> None:  # noqa: A002
        super().__init__(message, help=help)
        self.status = status


class Remote:
    """The collection of the server at `url`, with an API key if it requires one."""

    def __init__(self, url: str, key: str | None = None) -> None:
        host = urlsplit(url).hostname if url.lower().startswith(("http://", "https://")) else None
        if not host:
            raise RemoteError(
                f"{url!r:.200} is not the address of a server.", help="Write it as http://127.0.0.1:8000."
            )
        self._url = url.rstrip("/")
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(_WAIT, connect=_CONNECT),
            trust_env=host not in _LOOPBACK,  # no proxy for this machine itself
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def articles(self, filters: Filters) -> list[ArticleInfo]:
        """Return what is known of the articles that meet the filters."""
        values = filters.as_json()
        given = {known.option: values[known.name] for known, _ in filters.given()}
        found: list[ArticleInfo] = []
        while True:
            params = {**given, "limit": _PAGE, "offset": len(found)}
            with self._explaining_errors():
                page = self._get("/api/articles", params=params)["articles"]
                found += [info_from_json(value) for value in page]
            if len(page) < _PAGE:
                return found

    def article(self, id_: str) -> Article:
        """Return an article with its text."""
        with self._explaining_errors():
            return article_from_json(self._get(_article_path(id_)))

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the other articles that say mostly the same in the same words; earlier servers know of none."""
        with self._explaining_errors():
            return [info_from_json(value) for value in self._get(_article_path(id_)).get("also_in", ())]

    def versions(self, id_: str) -> list[dict[str, Any]]:
        """Return the earlier versions of an article as JSON, the newest first."""
        with self._explaining_errors():
            versions: list[dict[str, Any]] = self._get(_article_path(id_, of="versions"))["versions"]
            return versions

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles; none if one is unknown."""
        for id_ in ids:
            self.article(id_)
        for id_ in ids:
            self._send("DELETE", _article_path(id_))

    def search(self, query: str, *, k: int, filters: Filters) -> tuple[list[ScoredPassage], float]:
        """Return the passages that match a query and the milliseconds the server took."""
        asked = {"query": query[:_LONGEST_QUESTION], "k": k, "filters": filters.as_json()}
        with self._explaining_errors():
            value = self._send("POST", "/api/search", json=asked).json()
            return [passage_from_json(part) for part in value["passages"]], value["timings_ms"]["total"]

    def stream(self, ask: Ask) -> Iterator[Event]:
        """Yield the events of one answer; closing the generator also stops the server's work."""
        asked = {
            "question": ask.question[:_LONGEST_QUESTION],
            "history": _history_json(ask.conversation),
            "filters": ask.filters.as_json(),
            **{name: getattr(ask, name) for name in OPTIONS},
            "stream": True,
        }
        with self._explaining_errors(), self._client.stream("POST", f"{self._url}/api/ask", json=asked) as response:
            if not response.is_success:
                response.read()
                raise self._refusal(response)
            event = None
            for sent in EventSource(response).iter_sse():
                event = _read_event(sent.event, sent.json())
                yield event
            if not isinstance(event, DoneEvent):
                raise RemoteError(f"The server at {self._url} closed the connection.", help="Ask again.")

    # Watching

    def watches(self) -> list[dict[str, Any]]:
        """Return the addresses that the server watches, as JSON."""
        with self._explaining_errors():
            found: list[dict[str, Any]] = self._get("/api/watches")["watches"]
            return found

    def watch(self, url: str, every: int) -> dict[str, Any]:
        """Have the server watch an address, and return what it made of that, as JSON."""
        with self._explaining_errors():
            made: dict[str, Any] = self._send("POST", "/api/watches", json={"url": url, "every": every}).json()
            return made

    def unwatch(self, id_: str) -> None:
        """Have the server watch an address no longer."""
        with self._explaining_errors():
            self._send("DELETE", f"/api/watches/{quote(id_, safe='')}")

    # Adding

    def add(
        self,
        sources: Sequence[str],
        *,
        on_source: Callable[[], None],
        on_passages: Callable[[int], None],
        rows: RowChoices = AS_THEY_ARE,
    ) -> Added:
        """Add files, which are uploaded, and URLs, which the server fetches."""
        problems: list[SourceError] = []
        batches = deque(_batches(_readable(sources, problems, on_source)))
        total = Added()
        while batches:
            batch = batches.popleft()
            try:
                with self._explaining_errors():
                    job = self._follow(self._submit(batch, rows), on_source, on_passages)
            except RemoteError as error:
                if error.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    raise
                if len(batch) > 1:
                    batches.extendleft([path] for path in reversed(batch))
                else:
                    problems.append(SourceError(f"{batch[0]} was refused: {error}", help=error.help))
                continue
            total = _sum(total, job, problems)
        return dataclasses.replace(total, problems=tuple(problems))

    def _submit(self, batch: Sequence[str], rows: RowChoices) -> str:
        """Send sources and return the job's id."""
        headers = {"Prefer": "respond-async"}
        if _is_url(batch[0]):
            response = self._send("POST", "/api/articles", json={"url": batch[0]}, headers=headers)
        else:
            with contextlib.ExitStack() as opened:
                streams = [opened.enter_context(Path(path).open("rb")) for path in batch]
                files = [
                    ("files", (storable_name(Path(path).name), stream))
                    for path, stream in zip(batch, streams, strict=True)
                ]
                response = self._send("POST", "/api/articles", files=files, data=_chosen(rows), headers=headers)
        id_: str = response.json()["id"]
        return id_

    def _follow(self, id_: str, on_source: Callable[[], None], on_passages: Callable[[int], None]) -> dict[str, Any]:
        """Wait for a job to end and return it; cancel it if waiting is interrupted."""
        sources = passages = 0
        pause, longest = _POLL
        try:
            while True:
                job: dict[str, Any] = self._get(f"/api/jobs/{id_}")
                for _ in range(sources, job["progress"]["sources_done"]):
                    on_source()
                on_passages(job["progress"]["passages"] - passages)
                sources, passages = job["progress"]["sources_done"], job["progress"]["passages"]
                if job["status"] in {"done", "failed", "cancelled"}:
                    return job
                time.sleep(pause)
                pause = min(2 * pause, longest)
        except BaseException:
            with contextlib.suppress(DatelineError):
                self._send("DELETE", f"/api/jobs/{id_}")
            raise

    # Requests

    def _get(self, path: str, **given: Any) -> Any:
        return self._send("GET", path, **given).json()

    def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        with self._explaining_errors():
            response = self._client.request(method, f"{self._url}{path}", **given)
        if not response.is_success:
            raise self._refusal(response)
        return response

    @contextlib.contextmanager
    def _explaining_errors(self) -> Iterator[None]:
        """Turn errors of the connection into a RemoteError."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise RemoteError(
                f"No server answers at {self._url}.", help="Start it with `dateline serve`, or check the address."
            ) from None
        except httpx.TimeoutException:
            raise RemoteError(f"The server at {self._url} did not answer in time.", help="Try again later.") from None
        except SSEError:
            raise self._strange() from None
        except httpx.HTTPError:
            raise RemoteError(f"The connection to {self._url} was lost.", help="Try again.") from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise self._strange() from None

    def _strange(self, how: str = "") -> RemoteError:
        return RemoteError(
            f"The server at {self._url} does not answer as Dateline does{how}.", help="Check the address."
        )

    def _refusal(self, response: httpx.Response) -> RemoteError:
        try:
            error = response.json()["error"]
            message, advice = str(error["message"]), error.get("help")
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._strange(f" ({response.status_code})")
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            advice = "Set DATELINE_API_KEY to a key of that server."
        return RemoteError(message, help=advice, status=response.status_code)


def _chosen(rows: RowChoices) -> dict[str, str]:
    """Return the fields of a form that say what a user chose; none for what is usual, which older servers know, too."""
    return {name: value for name, value in dataclasses.asdict(rows).items() if value != getattr(AS_THEY_ARE, name)}


def _sum(total: Added, job: dict[str, Any], problems: list[SourceError]) -> Added:
    """Add the counts of a finished job, and collect its problems."""
    report = job["report"]
    skipped = [SourceError(part["message"], help=part["help"]) for part in report["skipped"]]
    if report["skipped_more"]:
        skipped.append(SourceError(f"{report['skipped_more']} more could not be used."))
    if job["status"] == "failed" and not skipped:
        raise RemoteError(job["error"]["message"], help=job["error"]["help"])
    if job["status"] == "cancelled":
        raise RemoteError("The addition was cancelled on the server.", help="Add the missing articles again.")
    problems += skipped
    return Added(
        total.added + len(report["added"]),
        total.replaced + len(report["replaced"]),
        total.unchanged + len(report["unchanged"]),
        notices=joined(total.notices, (NoticeGroup(**group) for group in report.get("notices", ()))),
    )


def _readable(sources: Sequence[str], problems: list[SourceError], on_source: Callable[[], None]) -> list[str]:
    """Return the sources without unreadable files, which are collected as problems."""
    readable = []
    for source in sources:
        if _is_url(source) or (Path(source).is_file() and os.access(source, os.R_OK)):
            readable.append(source)
        else:
            problems.append(SourceError(f"{source} could not be read.", help="Check that it is there and readable."))
            on_source()
    return readable


def _read_event(name: str, data: Any) -> Event:
    if name == "error":
        raise RemoteError(data["error"]["message"], help=data["error"]["help"])
    return event_from_json(name, data)


def _history_json(conversation: Conversation) -> list[dict[str, str]]:
    messages = []
    for turn in conversation.turns[-_TURNS:]:
        messages.append({"role": "user", "content": turn.question})
        if turn.answer:
            messages.append({"role": "assistant", "content": turn.answer})
    return messages


def _article_path(id_: str, *, of: str = "articles") -> str:
    return f"/api/{of}/{quote(id_, safe='').replace('.', '%2E')}"


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _batches(sources: Sequence[str]) -> Iterator[list[str]]:
    """Yield what is sent in one request: a URL, or files up to a total size."""
    files: list[str] = []
    size = 0
    for source in sources:
        if _is_url(source):
            yield [source]
            continue
        length = _length(source)
        if files and (size + length > _BATCH or len(files) >= _BATCH_FILES):
            yield files
            files, size = [], 0
        files.append(source)
        size += length
    if files:
        yield files


def _length(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0

"""What all surfaces of a running server share: one open collection, its assistants, and bounded work on them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from assistant import DoneEvent
from assistant.build import build_assistant, limits, open_index, without_model
from index.errors import DatelineError
from ui.service.answering import Answering
from ui.service.errors import NotReadyError, QuestionTooLongError
from ui.service.evaluations import Evaluations
from ui.service.jobs import Jobs
from ui.service.removal import remove_articles
from ui.service.watches import Watches

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable

    from starlette.requests import Request

    from assistant import Answer, Ask, Assistant, Event
    from assistant.ask import ReaderName
    from assistant.settings import Settings
    from index import ArticleIndex, Filters, ScoredPassage
    from ui.access.access import Access

LONGEST_QUESTION = 4_000
"""The longest question, in characters."""

_MANY_ANSWERS = 4 * (os.cpu_count() or 1)
"""With more answers in progress than this, a language model gets its passages in retrieval order."""
_WARM_UP = "What happened?"


class Service:
    """Holds the collection of one server open for writing, from `open` to `close`; for one event loop.

    `url` is the server's address: commands that find the collection in use show it.
    """

    def __init__(
        self, settings: Settings, *, access: Access, purpose: str = "dateline serve", url: str | None = None
    ) -> None:
        self.settings = settings
        self.access = access
        self.jobs = Jobs(lambda: self.index)
        self.watches = Watches(settings.home, self.jobs, limits(settings))
        self.on_answered: list[Callable[[Answer | Exception], None]] = []
        """Called, on the event loop, with every answer, and with the error of every question that failed."""
        self.answering = Answering(
            at_once=settings.answers_at_once, waiting=settings.answers_waiting, timeout=settings.answer_timeout
        )
        self.evaluations = Evaluations(settings, index=lambda: self.index, assistant=self.assistant)
        self._purpose = purpose
        self._url = url
        self._index: ArticleIndex | None = None
        self._assistants: dict[ReaderName, Assistant] = {}
        self._failure: DatelineError | None = None
        self._closed = False
        self._settled = asyncio.Event()  # set when opening has succeeded or failed
        self._keeper = ThreadPoolExecutor(
            1, thread_name_prefix="keeper"
        )  # the thread that locks a home has to unlock it

    async def open(self) -> None:
        """Open the collection (a new one if there is none) and load the models.

        Raises as `ArticleIndex.open` and `build_assistant` do, and keeps the error for later callers.
        """
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._keeper, self._open, loop)
        finally:
            self._settled.set()

    async def wait_until_open(self, seconds: float = 30) -> None:
        """Wait until the collection is open or could not be opened, at most this many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), seconds)

    async def close(self) -> None:
        """Close the collection, if it was opened, and release its lock."""
        await asyncio.get_running_loop().run_in_executor(self._keeper, self._close)
        self._keeper.shutdown(wait=False)
        self.answering.close()

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            index = open_index(self.settings, write=True, purpose=self._purpose, url=self._url)
            try:
                assistants = _build_assistants(self.settings, index, loop)
                assistants["dateline-extractive"].ask(_WARM_UP)  # loads what is loaded on first use
            except BaseException:
                index.close()
                raise
        except DatelineError as error:
            self._failure = error
            raise
        except Exception:
            self._failure = DatelineError("The collection could not be opened.", help="The server's log says why.")
            raise
        self._index, self._assistants = index, assistants
        self.watches.start()

    def _close(self) -> None:
        self._closed = True
        self.watches.close()
        self.jobs.close()
        self.evaluations.close()
        assistants, self._assistants = self._assistants, {}
        for assistant in assistants.values():
            assistant.close()
        if self._index is not None:
            self._index.close()
        self._index = None

    @property
    def is_ready(self) -> bool:
        """Whether the collection is open and the models are loaded."""
        return bool(self._assistants)

    @property
    def index(self) -> ArticleIndex:
        """The open collection. Raises NotReadyError."""
        if self._index is None:
            raise self._why_not()
        return self._index

    def assistant(self, reader: ReaderName = "dateline") -> Assistant:
        """Return the assistant with this reader. Raises NotReadyError."""
        if not self._assistants:
            raise self._why_not()
        return self._assistants[reader]

    def _why_not(self) -> NotReadyError:
        if self._failure is not None:
            return NotReadyError(str(self._failure), help=self._failure.help)
        state = "is stopping" if self._closed else "is still starting"
        return NotReadyError(f"The server {state}.", help="Try again in a few seconds.")

    async def stream(self, ask: Ask, *, client: str = "") -> AsyncGenerator[Event, None]:
        """Yield the events of one answer; closing the generator ends the work.

        Raises QuestionTooLongError, NotReadyError, BusyError, AnswerTimeoutError, and ModelError if there is no
        fallback for a failed model.
        """
        if len(ask.question) > LONGEST_QUESTION:
            raise QuestionTooLongError(
                f"The question has {len(ask.question):,} characters; {LONGEST_QUESTION:,} are read at most.",
                help="Ask it in fewer words.",
            )
        assistant = self.assistant(ask.reader)

        if self.answering.running >= _MANY_ANSWERS and assistant.uses_model:
            # The model reads the same passages in any order, and reranking them would take all processors.
            assistant = dataclasses.replace(assistant, reranker=None)

        def events() -> Generator[Event, None, None]:
            yield from assistant.stream(ask)

        try:
            async with contextlib.aclosing(self.answering.stream(events, client=client)) as stream:
                async for event in stream:
                    if isinstance(event, DoneEvent):
                        self._notify(event.answer)
                    yield event
        except Exception as error:
            self._notify(error)
            raise

    def _notify(self, outcome: Answer | Exception) -> None:
        for tell in self.on_answered:
            tell(outcome)

    async def search(
        self, query: str, *, k: int, filters: Filters, client: str = ""
    ) -> tuple[list[ScoredPassage], float]:
        """Return the passages that match a query and the milliseconds it took. Raises as `stream` does."""
        assistant = self.assistant("dateline-extractive")

        def work() -> tuple[list[ScoredPassage], float]:
            began = time.perf_counter()
            return assistant.search(query, k=k, filters=filters), 1e3 * (time.perf_counter() - began)

        return await self.answering.run(work, client=client)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, all or none, and every trace of their text on the server.

        Raises as `remove_articles` does, and NotReadyError. It is slow: call it in a thread.
        """
        remove_articles(self.index, ids, home=self.settings.home, evaluations=self.evaluations)


def _build_assistants(
    settings: Settings, index: ArticleIndex, loop: asyncio.AbstractEventLoop
) -> dict[ReaderName, Assistant]:
    return {
        "dateline": build_assistant(settings, index, loop=loop),
        "dateline-extractive": build_assistant(without_model(settings), index),
    }


def service_of(request: Request) -> Service:
    """Return the service of a request's server."""
    service: Service = request.app.state.service
    return service

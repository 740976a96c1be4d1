"""Language models through LlamaIndex: OpenAI, any compatible server, and any LlamaIndex LLM by name.

Requests run as tasks of one event loop: the server's own, or one in a thread. So every time limit holds whatever a
model's server does, and a request ends as soon as nobody reads its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import queue
import threading
from typing import TYPE_CHECKING, Any, Self

from assistant.chat_models.chat_model import Endpoint, ModelError, ModelLimits, estimate_tokens, server_of
from assistant.chat_models.sources import OpenAISource, ThreadSource
from assistant.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

    from llama_index.core.llms import LLM
    from tenacity import RetryCallState

    from assistant.answer import Usage
    from assistant.chat_models.chat_model import ModelSpec, PromptMessage
    from assistant.chat_models.sources import ModelService

    Sleep = Callable[[float], Awaitable[None]]
    _Pieces = AsyncGenerator[str | Usage, None]
    _Produced = str | Usage | ModelError | None

_OPENAI = "https://api.openai.com/v1"
_OPENAI_MODEL = "gpt-4.1-mini"
# The default of Ollama and LM Studio; a server truncates or rejects a longer prompt.
_SMALL_WINDOW = 4096
_PATIENCE = 0.5  # seconds after which the caller gets a chance to stop
# Seconds between reads for each answer being written: if there are many, each is read in fewer, longer pieces.
_REST = 0.002
_LONGEST_REST = 0.2
_AT_A_TIME = 0.005  # seconds spent reading what has arrived before the next pause


def build_chat_model(
    spec: ModelSpec,
    *,
    limits: ModelLimits | None = None,
    sleep: Sleep = asyncio.sleep,
    loop: asyncio.AbstractEventLoop | None = None,
) -> LlamaIndexChatModel:
    """Return the model that the settings name. The first call takes seconds because it imports LlamaIndex.

    Build one per process: `limits.at_once` applies to each. `sleep` waits between attempts. Requests run on `loop`,
    which must never block on an answer; without one, on a loop in a separate thread. Raises SettingsError.
    """
    limits = limits or ModelLimits()
    loop = loop or _own_event_loop()
    if spec.llm_class:
        return _build_named(spec, spec.llm_class, limits, sleep, loop)
    return _build_openai(spec, limits, sleep, loop)


def _build_openai(
    spec: ModelSpec, limits: ModelLimits, sleep: Sleep, loop: asyncio.AbstractEventLoop
) -> LlamaIndexChatModel:
    key = (spec.api_key or "").strip()  # a key read from a file may end with a newline
    if not (key or spec.base_url):
        raise SettingsError(
            "No language model is configured.", help="Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server."
        )
    if spec.base_url and not spec.model:
        raise SettingsError(
            "OPENAI_BASE_URL names a server, but DATELINE_LLM_MODEL is not set.",
            help="Set it to one of the models that the server lists at /models.",
        )
    url, model = spec.base_url or _OPENAI, spec.model or _OPENAI_MODEL
    place = Endpoint(
        model=model,
        server=server_of(url),
        key_setting="OPENAI_API_KEY",
        address_setting="OPENAI_BASE_URL",
        secrets=(key,),
    )
    return LlamaIndexChatModel(
        OpenAISource(spec, url, key, place, limits),
        place,
        context_window=spec.context_window or _known_window(model),
        max_output=spec.max_output,
        limits=limits,
        sleep=sleep,
        loop=loop,
    )


def _build_named(
    spec: ModelSpec, name: str, limits: ModelLimits, sleep: Sleep, loop: asyncio.AbstractEventLoop
) -> LlamaIndexChatModel:
    llm = _make_llm(name, spec.llm_options)
    known = llm.metadata
    model = known.model_name if known.model_name != "unknown" else name.rpartition(".")[2]
    return LlamaIndexChatModel(
        ThreadSource(llm),
        Endpoint(
            model=model,
            server=type(llm).__name__,
            key_setting="DATELINE_LLM_OPTIONS",
            address_setting="DATELINE_LLM_OPTIONS",
            secrets=tuple(value for value in spec.llm_options.values() if isinstance(value, str)),
        ),
        context_window=spec.context_window or known.context_window,
        max_output=known.num_output if known.num_output > 0 else spec.max_output,
        limits=limits,
        sleep=sleep,
        loop=loop,
    )


def _make_llm(name: str, options: Mapping[str, Any]) -> LLM:
    """Return the LLM that a dotted name and its options stand for."""
    from llama_index.core.llms import LLM

    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"DATELINE_LLM names {name}, which cannot be imported: {error}.",
            help="Give the full name of a class, such as llama_index.llms.ollama.Ollama, and install its package.",
        ) from None
    if not (isinstance(found, type) and issubclass(found, LLM)):
        raise SettingsError(
            f"DATELINE_LLM names {name}, which is not a LlamaIndex LLM.", help="Name a subclass of LLM."
        )
    try:
        return found(**options)
    except Exception as error:
        # The error's text may contain the options and thus a key.
        raise SettingsError(
            f"{name} cannot be created from DATELINE_LLM_OPTIONS ({type(error).__name__}).",
            help=f"Give the arguments of {attribute} as JSON, such as {{'model': '...'}}.",
        ) from None


def _known_window(model: str) -> int:
    from llama_index.llms.openai.utils import openai_modelname_to_contextsize

    try:
        return int(openai_modelname_to_contextsize(model))
    except ValueError:
        return _SMALL_WINDOW


class LlamaIndexChatModel:
    """A chat model behind LlamaIndex's LLM; also a context manager that closes it."""

    def __init__(
        self,
        source: ModelService,
        place: Endpoint,
        *,
        context_window: int,
        max_output: int,
        limits: ModelLimits,
        sleep: Sleep,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.name = place.model
        self.context_window = context_window
        self.max_output = max_output
        self._source = source
        self._place = place
        self._limits = limits
        self._sleep = sleep
        self._loop = loop
        self._places = asyncio.Semaphore(limits.at_once)
        self._writing = 0

    def __repr__(self) -> str:
        """Name the model and its server, and nothing that contains a key."""
        return f"<LlamaIndexChatModel {self.name} at {self._place.server}>"

    def __enter__(self) -> Self:
        """Return the model."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the model."""
        self.close()

    def close(self) -> None:
        """Close the connections that are kept for the next question; call it last."""
        asyncio.run_coroutine_threadsafe(self._source.close(), self._loop).result(self._limits.connect)

    def count_tokens(self, text: str) -> int:
        """Return the estimate of `estimate_tokens`."""
        return estimate_tokens(text)

    def stream(self, messages: Sequence[PromptMessage]) -> Iterator[str | Usage]:
        """Yield the answer as it arrives and its usage last; see `ChatModel.stream`.

        An attempt that fails before the first token is repeated if that may help; a later failure is final.
        """
        pieces: queue.SimpleQueue[_Produced] = queue.SimpleQueue()
        running = asyncio.run_coroutine_threadsafe(self._produce(messages, pieces.put), self._loop)
        try:
            while True:
                for piece in _take(pieces):
                    if piece is None:
                        return
                    if isinstance(piece, ModelError):
                        raise piece
                    yield piece
        finally:
            running.cancel()

    async def _produce(self, messages: Sequence[PromptMessage], put: Callable[[_Produced], None]) -> None:
        """Queue every piece of the answer, then the error that ended it or None."""
        try:
            async with asyncio.timeout(self._limits.answer), self._one_of_few():
                pieces, first = await self._start(messages)
                async with contextlib.aclosing(pieces):
                    put(first)
                    await self._go_on(pieces, put)
            put(None)
        except TimeoutError:
            put(self._place.error("timed_out", f"did not finish within {self._limits.answer:g} s"))
        except Exception as error:
            put(self._place.explain(error))

    @contextlib.asynccontextmanager
    async def _one_of_few(self) -> AsyncIterator[None]:
        """Hold one of the slots for answers written at the same time."""
        try:
            async with asyncio.timeout(self._limits.queue):
                await self._places.acquire()
        except TimeoutError:
            problem = f"is busy with {self._limits.at_once} other answers"
            raise self._place.error("busy", problem) from None
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1
            self._places.release()

    async def _start(self, messages: Sequence[PromptMessage]) -> tuple[_Pieces, str | Usage]:
        """Return an answer that has begun, and its first piece; retries if that may help."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        backoff = wait_random_exponential(multiplier=0.5, max=self._limits.retry_wait)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, ModelError) else None
            return backoff(state) if asked is None else min(asked, self._limits.retry_wait)

        attempts = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(1 + self._limits.retries),
            wait=wait,
            retry=retry_if_exception(_is_worth_another_attempt),
            reraise=True,
        )
        return await attempts(self._attempt, messages)

    async def _attempt(self, messages: Sequence[PromptMessage]) -> tuple[_Pieces, str | Usage]:
        pieces = self._pieces(messages)
        try:
            async with asyncio.timeout(self._limits.first_token):
                return pieces, await anext(pieces)
        except TimeoutError:
            problem = f"did not start to answer within {self._limits.first_token:g} s"
            raise self._place.error("timed_out", problem, limit="FIRST_TOKEN") from None
        except Exception as error:
            raise self._place.explain(error) from None

    async def _go_on(self, pieces: _Pieces, put: Callable[[_Produced], None]) -> None:
        """Queue the pieces after the first, each within its time limit; pieces that arrive together become one."""
        loop, patience = asyncio.get_running_loop(), self._limits.between_tokens
        gathered = _Gathered(loop, put)
        try:
            async with asyncio.timeout(patience) as limit:
                began = loop.time()
                async for piece in pieces:
                    gathered.add(piece)
                    if loop.time() - began > _AT_A_TIME:
                        await asyncio.sleep(min(_REST * self._writing, _LONGEST_REST))
                        began = loop.time()
                        limit.reschedule(began + patience)
        except TimeoutError:
            problem = f"sent nothing for {patience:g} s in the middle of the answer"
            raise self._place.error("timed_out", problem, limit="BETWEEN_TOKENS") from None
        finally:
            gathered.release()

    async def _pieces(self, messages: Sequence[PromptMessage]) -> _Pieces:
        """Yield one attempt's text, an empty string for each thinking token, and the usage; check how it ended."""
        wrote, finish, usage = False, None, None
        async with contextlib.aclosing(self._source.chunks(messages)) as chunks:
            async for chunk in chunks:
                finish = chunk.finish or finish
                usage = chunk.usage or usage
                if chunk.text:
                    wrote = True
                    yield chunk.text
                elif chunk.thinks:
                    yield ""
        if finish == "content_filter":
            raise self._place.error("filtered", "stopped the answer by its content filter")
        if not wrote and finish == "length":
            help_ = "Raise DATELINE_LLM_MAX_OUTPUT: models that think first need several thousand tokens."
            raise self._place.error("bad_response", "used up its tokens before the first word", help=help_)
        if not wrote:
            raise self._place.error("bad_response", "sent no answer")
        if finish is None and self._source.says_why_it_ends:
            raise self._place.error("unavailable", "closed the connection")
        if usage:
            yield usage


class _Gathered:
    """Queues what was added in one step of the loop, with consecutive texts joined."""

    def __init__(self, loop: asyncio.AbstractEventLoop, put: Callable[[_Produced], None]) -> None:
        self._loop = loop
        self._put = put
        self._texts: list[str] = []

    def add(self, piece: str | Usage) -> None:
        if not isinstance(piece, str):
            self.release()
            self._put(piece)
            return
        if not self._texts:
            self._loop.call_soon(self.release)
        self._texts.append(piece)

    def release(self) -> None:
        if self._texts:
            self._put("".join(self._texts))
            self._texts.clear()


def _is_worth_another_attempt(error: BaseException) -> bool:
    """Return whether to try again: yes for temporary refusals; no for a slow model, which another request would only
    slow down.
    """
    return isinstance(error, ModelError) and error.reason in {"rate_limited", "unavailable"}


def _take(pieces: queue.SimpleQueue[_Produced]) -> Iterator[_Produced]:
    """Yield what has arrived, with waiting texts joined; an empty piece if nothing arrives soon."""
    try:
        piece = pieces.get(timeout=_PATIENCE)
    except queue.Empty:
        yield ""
        return
    while isinstance(piece, str) and not pieces.empty():
        following = pieces.get()
        if not isinstance(following, str):
            yield piece
        piece = piece + following if isinstance(following, str) else following
    yield piece


@functools.cache
def _own_event_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop in its own thread, shared by all models of this process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="dateline-models", daemon=True).start()
    return loop

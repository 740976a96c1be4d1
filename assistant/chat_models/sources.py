"""Where the chunks of a model's answer come from: an OpenAI-compatible server, or any LlamaIndex LLM in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
import threading
from typing import TYPE_CHECKING, Any, Protocol

from assistant.answer import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    import httpx
    from llama_index.core.llms import LLM

    from assistant.chat_models.chat_model import Endpoint, ModelLimits, ModelSpec, PromptMessage


def _usage(counts: Mapping[str, Any]) -> Usage | None:
    read, written = counts.get("prompt_tokens"), counts.get("completion_tokens")
    return Usage(read, written) if isinstance(read, int) and isinstance(written, int) else None


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """The contents of one event of a model's stream."""

    text: str
    thinks: bool = False
    finish: str | None = None
    usage: Usage | None = None


class ModelService(Protocol):
    """A source of chunks. With `says_why_it_ends`, an answer without a finish reason is incomplete."""

    says_why_it_ends: bool

    def chunks(self, messages: Sequence[PromptMessage]) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of the answer to one request."""

    async def close(self) -> None:
        """Close the connections that are kept open."""


class OpenAISource:
    """An OpenAI-compatible server. Optional parameters that it rejects are omitted from then on."""

    says_why_it_ends = True

    def __init__(self, spec: ModelSpec, url: str, key: str, place: Endpoint, limits: ModelLimits) -> None:
        import httpx
        from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

        async def refuse_page(response: httpx.Response) -> None:
            if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
                raise place.error("bad_response", "sent a web page instead of an answer")

        importlib.import_module("openai.resources.chat")  # otherwise the first question would wait half a second for it
        # The event loop enforces the limits of whole phases; only connecting has a timeout here.
        self._timeout = httpx.Timeout(limits.answer, connect=limits.connect)
        # Our own client follows no redirects, so that only the configured host is contacted.
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=limits.at_once, keepalive_expiry=60),
            event_hooks={"response": [refuse_page]},
        )
        self._llm = OpenAILike(
            model=place.model,
            api_base=url,
            api_key=key or "none",  # openai requires one
            is_chat_model=True,
            temperature=spec.temperature,
            max_retries=0,
            async_http_client=self._client,
        )
        self._parameters: dict[str, Any] = {"max_tokens": spec.max_output, "stream_options": {"include_usage": True}}

    async def chunks(self, messages: Sequence[PromptMessage]) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of the stream; retries at once without a parameter that the server rejects."""
        from openai import BadRequestError, UnprocessableEntityError

        parameters: dict[str, Any] | None = self._parameters
        while parameters is not None:
            try:
                async for chunk in self._ask(messages, parameters):
                    self._parameters = parameters
                    yield chunk
                return
            except (BadRequestError, UnprocessableEntityError) as error:
                parameters = _without_rejected(parameters, str(error))
                if parameters is None:
                    raise

    async def _ask(
        self, messages: Sequence[PromptMessage], parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of one request, made as LlamaIndex makes it.

        The events are parsed here because LlamaIndex and openai spend 0.6 ms on each token's objects, too much for a
        server that writes a hundred answers at a time.
        """
        from httpx_sse import EventSource

        completions = self._llm._get_aclient().chat.completions
        sent = [{"role": message.role, "content": message.content} for message in messages]
        asking = self._llm._get_model_kwargs(stream=True, timeout=self._timeout, **parameters)
        async with completions.with_streaming_response.create(messages=sent, **asking) as response:
            answered = response.http_response
            answered.headers["Content-Type"] = "text/event-stream"  # required by EventSource
            async with contextlib.aclosing(EventSource(answered).aiter_sse()) as events:
                async for event in events:
                    if event.data.strip() == "[DONE]":
                        return
                    if event.data:
                        yield _read_event(event.json(), response.http_request)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _read_event(event: Any, request: httpx.Request) -> Chunk:
    """Return the contents of an event. Raises openai's APIError if it is an error."""
    from openai import APIError

    if event.get("error"):
        error = event["error"]
        message = error.get("message") if isinstance(error, dict) else error
        raise APIError(str(message), request, body=error)
    usage = _usage(event.get("usage") or {})
    choices = event.get("choices")
    if not choices:
        return Chunk("", usage=usage)
    delta = choices[0].get("delta") or {}
    return Chunk(
        delta.get("content") or "",
        thinks=bool(delta.get("reasoning_content") or delta.get("reasoning")),
        finish=choices[0].get("finish_reason"),
        usage=usage,
    )


def _without_rejected(parameters: Mapping[str, Any], message: str) -> dict[str, Any] | None:
    """Return the parameters without one that the server may have rejected; None if none can be omitted.

    OpenAI's newer models accept only `max_completion_tokens` and their default temperature; some servers do not know
    `stream_options`, and not all say what they reject.
    """
    from openai import omit

    rest = dict(parameters)
    if "max_tokens" in rest and "max_tokens" in message:
        return rest | {"max_completion_tokens": rest.pop("max_tokens")}
    if "temperature" not in rest and "temperature" in message:
        return rest | {"temperature": omit}
    return rest if rest.pop("stream_options", None) else None


class ThreadSource:
    """Any LlamaIndex LLM, read in a thread because the asynchronous methods of some would block the event loop."""

    says_why_it_ends = False

    def __init__(self, llm: LLM) -> None:
        self._llm = llm

    async def chunks(self, messages: Sequence[PromptMessage]) -> AsyncGenerator[Chunk, None]:
        """Yield what the LLM yields; a thread that nobody reads from any more stops at its next response."""
        from llama_index.core.llms import ChatMessage

        sent = [ChatMessage(role=message.role, content=message.content) for message in messages]
        loop, arrived, unheard = asyncio.get_running_loop(), asyncio.Queue[Any](), threading.Event()

        def read() -> None:
            end: Exception | None = None
            try:
                for response in self._llm.stream_chat(sent):
                    if unheard.is_set():
                        return
                    loop.call_soon_threadsafe(arrived.put_nowait, response)
            except Exception as error:
                end = error
            loop.call_soon_threadsafe(arrived.put_nowait, end)

        # A daemon, so that a hanging LLM cannot keep the process from ending.
        threading.Thread(target=read, name="dateline-llm", daemon=True).start()
        try:
            while (response := await arrived.get()) is not None:
                if isinstance(response, Exception):
                    raise response
                extra = response.additional_kwargs
                yield Chunk(response.delta or "", thinks="thinking_delta" in extra, usage=_usage(extra))
        finally:
            unheard.set()

    async def close(self) -> None:
        """Do nothing: the LLM manages its own connections."""

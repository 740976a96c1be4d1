"""The interface to language models against a scripted server, through the real openai and LlamaIndex clients."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, LLMMetadata
from llama_index.core.llms import MockLLM
from llama_index.core.utils import get_tokenizer

from assistant import SettingsError, Usage
from assistant.chat_models.chat_model import ModelError, ModelLimits, ModelSpec, PromptMessage, estimate_tokens
from assistant.chat_models.llamaindex import LlamaIndexChatModel, build_chat_model
from index import Article
from index.sources import load
from tests import scripted_llm
from tests.conftest import SAMPLES
from tests.scripted_llm import (
    KEY,
    Drop,
    Gate,
    Pause,
    ScriptedLlm,
    drop,
    empty_choices,
    fail,
    hang,
    malformed,
    page,
    reject,
    say,
    send,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant.chat_models.chat_model import ChatModel

    Build = Callable[..., LlamaIndexChatModel]

QUESTION = [PromptMessage("system", "Be brief."), PromptMessage("user", "What did Grushko demand?")]
# Long enough for any machine, and short enough to wait for where a test needs a limit to be reached.
PATIENT, HASTY = 20.0, 0.3
LIMITS = ModelLimits(connect=5, first_token=PATIENT, between_tokens=PATIENT, answer=60, queue=PATIENT, retry_wait=7)


class Waits:
    """Stands in for sleeping between attempts, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def build(server: ScriptedLlm, waits: Waits) -> Iterator[Callable[..., LlamaIndexChatModel]]:
    """Make models of the server: `build(limit=value)`."""
    made: list[LlamaIndexChatModel] = []

    def build(**limits: Any) -> LlamaIndexChatModel:
        values = {name: getattr(LIMITS, name) for name in ModelLimits.__slots__} | limits
        spec = ModelSpec(model="someone/unheard-of:7b", api_key=f"{KEY}\n", base_url=server.url)
        made.append(build_chat_model(spec, limits=ModelLimits(**values), sleep=waits))
        return made[-1]

    yield build
    for model in made:
        model.close()


def read(model: ChatModel) -> tuple[str, Usage | None, ModelError | None]:
    """Return all that a model says: the text, the usage, the error at the end."""
    text, usage = "", None
    try:
        for piece in model.stream(QUESTION):
            if isinstance(piece, str):
                text += piece
            else:
                usage = piece
    except ModelError as error:
        return text, usage, error
    return text, usage, None


def failure(model: ChatModel) -> ModelError:
    error = read(model)[2]
    assert error is not None
    return error


def test_text_comes_in_pieces_and_the_usage_last(server: ScriptedLlm, build: Build) -> None:
    server.script(say("He demanded guarantees [1]."))
    *texts, last = filter(None, build().stream(QUESTION))
    assert "".join(map(str, texts)) == "He demanded guarantees [1]."
    assert last == Usage(11, 7)


def test_each_piece_is_sent_before_the_next_arrives(server: ScriptedLlm, build: Build) -> None:
    gate = Gate()
    server.script(say("First", then=[gate, *say_more("second")]))
    pieces = filter(None, build().stream(QUESTION))
    assert next(pieces) == "First"
    gate.open()
    assert next(pieces) == "second"


def test_a_unicode_line_separator_does_not_end_an_event(server: ScriptedLlm, build: Build) -> None:
    server.script(say("First,", then=say_more("then\u2028second\x85[1].")))
    assert read(build())[0] == "First,then\u2028second\x85[1]."


def chunk(choice: str) -> bytes:
    head = '"id":"x","object":"chat.completion.chunk","created":0,"model":"m"'
    return f'data: {{{head},"choices":[{choice}]}}\n\n'.encode()


def say_more(text: str) -> list[scripted_llm.Step]:
    """Return the rest of a stream: one more chunk, then its end."""
    more = chunk(f'{{"index":0,"delta":{{"content":"{text}"}}}}')
    return [more, chunk('{"index":0,"delta":{},"finish_reason":"stop"}'), b"data: [DONE]\n\n"]


def test_the_server_gets_the_messages_the_model_and_the_key(server: ScriptedLlm, build: Build) -> None:
    model = build()
    assert read(model)[0] == "Yes [1]."
    (request,) = server.received
    assert request.messages == [{"role": message.role, "content": message.content} for message in QUESTION]
    assert request.body["model"] == model.name == "someone/unheard-of:7b"
    assert (request.body["temperature"], request.body["max_tokens"]) == (0.0, 1024)
    assert request.authorised
    assert request.path == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("reply", "reason", "requests", "says"),
    [
        (fail(401, f"Incorrect API key provided: {KEY}"), "unauthorised", 1, "does not accept the key"),
        (fail(403), "unauthorised", 1, "does not let this key use someone/unheard-of:7b"),
        (fail(404, "model 'x' not found"), "not_found", 1, "has no model someone/unheard-of:7b"),
        (fail(413, "Too long."), "rejected", 1, "refused the request with status 413: “Too long”"),
        (fail(429), "rate_limited", 3, "has received too many requests"),
        (fail(429, code="insufficient_quota"), "unauthorised", 1, "has no credit left"),
        (fail(500, f"{{oops}} {KEY}"), "unavailable", 3, "failed with status 500: “{oops} ***”"),
        (fail(503), "unavailable", 3, "failed with status 503"),
        (drop(), "unavailable", 3, "closed the connection"),
        (malformed(), "bad_response", 1, "sent an invalid answer"),
        (empty_choices(), "bad_response", 1, "sent no answer"),
        (send(b"data: [DONE]\n\n"), "bad_response", 1, "sent no answer"),
        (page(), "bad_response", 1, "sent a web page instead of an answer"),
        (say("", finish="content_filter"), "filtered", 1, "stopped the answer by its content filter"),
        (fail(400, code="content_filter"), "filtered", 2, "stopped the answer by its content filter"),
        (say("", finish="length"), "bad_response", 1, "used up its tokens before the first word"),
        (send(b'data: {"error": {"message": "No memory.", "code": 500}}\n\n'), "unavailable", 3, "“No memory”"),
        (send(b'data: {"error": {"message": "No memory."}}\n\n'), "unavailable", 3, "“No memory”"),
    ],
)
def test_each_failure_has_a_message_and_temporary_ones_are_retried(
    server: ScriptedLlm, build: Build, *, reply: Any, reason: str, requests: int, says: str
) -> None:
    server.script(reply)
    error = failure(build(retries=2))
    assert error.reason == reason
    assert says in str(error)
    assert str(error).startswith("127.0.0.1:")
    assert str(error).endswith(".")
    assert error.help
    assert len(server.received) == requests


@pytest.mark.parametrize("failing", [fail(429), fail(500), drop()])
def test_a_temporary_failure_is_not_noticed(server: ScriptedLlm, build: Build, waits: Waits, failing: Any) -> None:
    server.script(failing, failing, say("There [1]."))
    assert read(build(retries=2)) == ("There [1].", Usage(11, 7), None)
    assert len(waits.seconds) == 2
    assert all(0 <= seconds <= 7 for seconds in waits.seconds)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("3600", 7.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 7.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_followed_up_to_a_limit(
    server: ScriptedLlm, build: Build, waits: Waits, asked: str, waited: float
) -> None:
    server.script(fail(429, retry_after=asked), say("There."))
    assert read(build())[0] == "There."
    assert waits.seconds == [waited]


def test_an_invalid_retry_after_is_ignored(server: ScriptedLlm, build: Build, waits: Waits) -> None:
    server.script(fail(429, retry_after="soon"), say("There."))
    assert read(build())[0] == "There."
    assert len(waits.seconds) == 1


@pytest.mark.parametrize(
    ("then", "finish", "reason"),
    [
        ([Drop()], "stop", "unavailable"),
        ([b"data: {\n\n"], "stop", "bad_response"),
        ([], None, "unavailable"),
        ([], "content_filter", "filtered"),
    ],
)
def test_nothing_is_retried_after_the_first_token(
    server: ScriptedLlm, build: Build, then: Sequence[scripted_llm.Step], finish: str | None, reason: str
) -> None:
    server.script(say("He demanded", then=then, finish=finish))
    text, _, error = read(build())
    assert text == "He demanded"
    assert error is not None
    assert error.reason == reason
    assert len(server.received) == 1


@pytest.mark.parametrize("after_head", [False, True])
def test_a_model_that_never_starts_times_out(server: ScriptedLlm, build: Build, after_head: bool) -> None:
    server.script(hang(after_head=after_head))
    error = failure(build(first_token=HASTY))
    assert error.reason == "timed_out"
    assert "did not start" in str(error)
    assert "DATELINE_LLM_FIRST_TOKEN_TIMEOUT" in (error.help or "")
    (request,) = server.received
    assert request.disconnected.wait(PATIENT)


def test_a_server_that_only_keeps_the_connection_open_times_out(server: ScriptedLlm, build: Build) -> None:
    def pings() -> Iterator[scripted_llm.Step]:
        while True:
            yield b": ping\n\n"
            yield Pause(0.02)

    server.script(lambda _: scripted_llm.Reply(pings()))
    assert failure(build(first_token=HASTY)).reason == "timed_out"
    assert server.received[0].disconnected.wait(PATIENT)


def test_a_model_that_stops_in_the_middle_times_out(server: ScriptedLlm, build: Build) -> None:
    server.script(say("He demanded", then=[Gate()]))
    text, _, error = read(build(between_tokens=HASTY))
    assert text.startswith("He")
    assert error is not None
    assert "sent nothing for 0.3 s" in str(error)
    assert server.received[0].disconnected.wait(PATIENT)


def test_an_endless_answer_times_out(server: ScriptedLlm, build: Build) -> None:
    server.script(say("word " * 100_000, per_second=100))
    text, _, error = read(build(answer=1))
    assert text.startswith("word")
    assert error is not None
    assert "did not finish within 1 s" in str(error)
    assert server.received[0].disconnected.wait(PATIENT)


def test_an_unreachable_server_is_an_error(server: ScriptedLlm, waits: Waits) -> None:
    with ScriptedLlm() as gone:
        url = gone.url
    with build_chat_model(ModelSpec(model="m", base_url=url), limits=LIMITS, sleep=waits) as model:
        error = failure(model)
    assert (error.reason, len(waits.seconds)) == ("unavailable", LIMITS.retries)
    assert "cannot be reached" in str(error)


def test_waiting_for_a_silent_model_can_be_stopped(server: ScriptedLlm, build: Build) -> None:
    server.script(hang())
    pieces = build().stream(QUESTION)
    assert next(pieces) == ""
    while not server.received:
        assert next(pieces) == ""
    pieces.close()  # type: ignore[attr-defined]
    assert server.received[0].disconnected.wait(PATIENT)


def test_closing_the_stream_ends_the_request(server: ScriptedLlm, build: Build) -> None:
    server.script(say("He demanded", then=[Gate()]))
    pieces = build().stream(QUESTION)
    assert "He demanded".startswith(str(next(piece for piece in pieces if piece)))
    assert not server.received[0].disconnected.is_set()
    pieces.close()  # type: ignore[attr-defined] # a generator
    assert server.received[0].disconnected.wait(PATIENT)


def test_concurrent_answers_are_limited(server: ScriptedLlm, build: Build) -> None:
    gate = Gate()
    server.script(say("There.", before=[gate]))
    model = build(at_once=2)
    with ThreadPoolExecutor(6) as threads:
        answers = [threads.submit(read, model) for _ in range(6)]
        assert gate.reached.wait(PATIENT)
        gate.open()
        assert [answer.result()[0] for answer in answers] == ["There."] * 6
    assert server.most_at_once <= 2
    assert len(server.received) == 6


def test_waiting_for_a_slot_times_out_and_closing_frees_it(server: ScriptedLlm, build: Build) -> None:
    server.script(say("He demanded", then=[Gate()]), say("There."))
    model = build(at_once=1, queue=HASTY)
    first = model.stream(QUESTION)
    assert "He demanded".startswith(str(next(piece for piece in first if piece)))
    error = failure(model)
    assert (error.reason, error.may_pass) == ("busy", True)
    first.close()  # type: ignore[attr-defined] # a generator
    assert server.received[0].disconnected.wait(PATIENT)
    assert read(model)[0] == "There."


def test_parameters_that_a_server_rejects_are_left_out_for_good(server: ScriptedLlm, build: Build) -> None:
    server.script(reject("temperature", "max_tokens", "stream_options"))
    model = build(retries=0)
    assert read(model) == ("Fine [1].", None, None)
    assert len(server.received) == 4
    assert read(model)[0] == "Fine [1]."
    assert len(server.received) == 5
    body = server.received[-1].body
    assert body["max_completion_tokens"] == 1024
    assert body.keys().isdisjoint({"temperature", "max_tokens", "stream_options"})


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_rejects_usage_silently_still_answers(server: ScriptedLlm, build: Build, status: int) -> None:
    server.script(lambda request: (fail(status) if "stream_options" in request.body else say("There."))(request))
    assert read(build()) == ("There.", None, None)


def test_a_server_may_leave_the_usage_out(server: ScriptedLlm, build: Build) -> None:
    server.script(say("There.", usage=False))
    assert read(build()) == ("There.", None, None)


def test_thinking_tokens_are_progress_but_not_text(server: ScriptedLlm, build: Build) -> None:
    thought = chunk('{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":"Hm."}}')
    server.script(send(thought, Pause(1.5), *say_more("There.")))
    assert read(build(first_token=1))[0] == "There."


def test_no_other_host_is_contacted(server: ScriptedLlm, build: Build) -> None:
    with ScriptedLlm() as other:
        server.script(send(status=307, headers={"location": f"{other.url}/chat/completions"}))
        error = failure(build())
        assert not other.received
    assert error.reason == "bad_response"
    assert "another address" in str(error)


def test_the_key_is_in_no_message_log_or_repr(
    server: ScriptedLlm, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = build(retries=0)
    shown = [repr(model), str(model), repr(ModelSpec(api_key=KEY, llm_options={"api_key": KEY}))]
    for status in [400, 401, 403, 404, 409, 413, 422, 429, 500]:
        server.script(fail(status, f"The key {KEY} in 'Bearer {KEY}'", code=KEY))
        error = failure(model)
        shown += [str(error), repr(error), error.help or "", *traceback.format_exception(error)]
    server.script(say("There."))
    read(model)
    assert server.received[-1].authorised
    assert caplog.records
    assert not [text for text in [*shown, caplog.text] if KEY in text]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (ModelSpec(), "No language model"),
        (ModelSpec(base_url="http://localhost:11434/v1"), "DATELINE_LLM_MODEL"),
        (ModelSpec(model="m", base_url="localhost:11434"), "not a web address"),
        (ModelSpec(model="m", base_url="http://:80/v1"), "not a web address"),
        (ModelSpec(model="m", base_url="http://localhost:port/v1"), "not a web address"),
        (ModelSpec(model="m", base_url="http://me:secret@localhost/v1"), "contains a password"),
        (ModelSpec(llm_class="nowhere.Model"), "cannot be imported"),
        (ModelSpec(llm_class="Model"), "cannot be imported"),
        (ModelSpec(llm_class="llama_index.core.llms.Nothing"), "cannot be imported"),
        (ModelSpec(llm_class="pathlib.Path"), "not a LlamaIndex LLM"),
        (ModelSpec(llm_class="llama_index.core.llms.MockLLM", llm_options={"max_tokens": KEY}), "cannot be created"),
    ],
)
def test_settings_without_a_model_are_an_error(spec: ModelSpec, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        build_chat_model(spec)
    assert caught.value.help
    assert not [line for line in traceback.format_exception(caught.value) if KEY in line or "secret" in line]


def test_windows_are_known_set_or_small() -> None:
    def window(**fields: Any) -> int:
        with build_chat_model(ModelSpec(api_key=KEY, **fields)) as model:
            return model.context_window

    assert window() > 100_000
    assert window(model="gpt-4o") == 128_000
    assert window(model="someone/unheard-of:7b") == 4096
    assert window(model="someone/unheard-of:7b", context_window=32_768) == 32_768


class RefusingLLM(MockLLM):
    """Fails as the clients of other vendors do, with a status on the exception."""

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        error = RuntimeError("slow down")
        error.status_code = 429  # type: ignore[attr-defined]
        raise error


class HangingLLM(MockLLM):
    """Begins to answer and never goes on."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="hanging", context_window=2000, num_output=100)

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        yield ChatResponse(message=ChatMessage(content="He"), delta="He")
        threading.Event().wait()


def test_any_llamaindex_llm_answers_by_its_name() -> None:
    spec = ModelSpec(llm_class="llama_index.core.llms.MockLLM", llm_options={"max_tokens": 4})
    model = build_chat_model(spec, limits=LIMITS)
    text, _, error = read(model)
    assert error is None
    assert text == "text text text text"
    assert model.max_output == 4


def test_a_llamaindex_llm_is_retried_and_times_out_like_others(waits: Waits) -> None:
    model = build_chat_model(ModelSpec(llm_class=f"{__name__}.RefusingLLM"), limits=LIMITS, sleep=waits)
    error = failure(model)
    assert (error.reason, len(waits.seconds)) == ("rate_limited", LIMITS.retries)
    assert str(error).startswith("RefusingLLM")
    hasty = build_chat_model(ModelSpec(llm_class=f"{__name__}.HangingLLM"), limits=ModelLimits(between_tokens=HASTY))
    assert (hasty.name, hasty.context_window, hasty.max_output) == ("hanging", 2000, 100)
    text, _, error_in_the_middle = read(hasty)
    assert text == "He"
    assert error_in_the_middle is not None
    assert error_in_the_middle.reason == "timed_out"


def test_tokens_are_slightly_overestimated() -> None:
    count = get_tokenizer()
    english = [item.text for item in load(str(SAMPLES / "articles.jsonl")) if isinstance(item, Article)]
    german = "Der stellvertretende Außenminister forderte am Montag Verhandlungen über Sicherheitsgarantien."
    russian = "Заместитель министра иностранных дел потребовал прекратить военное присутствие у границ."
    chinese = "俄罗斯外交部副部长周一要求北约停止在边境的军事存在，并开始就安全保障进行谈判。"
    for text in [*english, german, russian, chinese]:
        assert 1 <= estimate_tokens(text) / len(count(text)) < 2.5
    assert sum(map(estimate_tokens, english)) < 1.35 * sum(len(count(text)) for text in english)


def test_the_interface_imports_nothing_heavy() -> None:
    program = (
        "import sys, assistant.chat_models.llamaindex, assistant.readers.prompting;"
        "print([name for name in ('llama_index', 'openai', 'httpx', 'tenacity') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_scripted_server_speaks_to_the_plain_client(server: ScriptedLlm) -> None:
    with openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["scripted"]
        whole = client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "?"}])
        assert whole.choices[0].message.content == "Yes [1]."
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model="scripted", input="x")

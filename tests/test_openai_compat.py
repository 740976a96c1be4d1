"""The OpenAI wire format, through OpenAI's own client against a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import shutil
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx
import openai
import pytest

from assistant import RestartEvent, TextEvent
from index import Article, ArticleIndex
from tests.scripted_llm import KEY, Drop, Gate, ScriptedLlm, fail, say
from tests.serving import running, settings
from ui.openai import chat_completions
from ui.openai.schemas import ChatMessage
from ui.openai.wire import Chunks, Frame
from ui.service.messages import NOTE, STARTS_AGAIN, read_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    from index.passages.embedding_bundled import BundledEmbedder
    from tests.serving import Running

    Serve = Callable[..., AbstractContextManager[Running]]

CEASEFIRE = "The two governments agreed a 30-day ceasefire on Tuesday."
REOPENING = "The minister Zoë Dvořák said the harbour of Kraków‑Velmora 🛳 would reopen in June."
TOLLS = "The bridge toll of Ostrava rises to 7 crowns [1] in the autumn, the mayor Ilse Brandt announced."
ARTICLES = (
    Article.create(
        f"{CEASEFIRE} Observers from the Nordic Council will watch the border crossings.",
        id="ceasefire",
        title="Ceasefire agreed",
        source="Harbour Post",
        published=dt.date(2025, 3, 11),
        url="https://news.example/ceasefire?a=1",
    ),
    Article.create(f"{REOPENING} She said repairs had cost 12 million crowns.", id="kraków/harbour #1?", title="Čas"),
    Article.create(TOLLS, id="toll", source="Bridge Gazette"),
)
QUESTION = "How long is the ceasefire?"  # passage 1 is then that of the ceasefire
SAID = "The two governments agreed a 30-day ceasefire"
TEXT = f"{SAID} [1]. 🕊 Zoë Dvořák said the harbour of Kraków‑Velmora 🛳 would reopen in June [2][9]. Peace: {SAID} [1]."
MADE = TEXT.replace("[9]", "")
HALF = say(f"{SAID} [1]. The harbour of", then=[Drop()])
ASK: Any = [{"role": "user", "content": QUESTION}]
PATIENCE = 20  # seconds that nothing here takes unless something is broken


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    folder = tmp_path_factory.mktemp("openai") / "home"
    with ArticleIndex.open(folder, embedder=embedder, write=True) as index:
        index.add(ARTICLES)
    return folder


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as llm:
        yield llm


@pytest.fixture(scope="module")
def serve(home: Path, llm: ScriptedLlm, tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Run servers that ask the scripted model: `with serve(setting=value) as server`."""

    def serve(**given: Any) -> AbstractContextManager[Running]:
        own = tmp_path_factory.mktemp("served") / "home"
        shutil.copytree(home, own)
        defaults = {
            "llm": "openai",
            "openai_base_url": llm.url,
            "openai_api_key": KEY,
            "llm_model": "m",
            "llm_context_window": 8192,
            "llm_retries": 0,
            "llm_followups": False,
            "rate_limit": "off",
        }
        return running(settings(own, **defaults | given))

    return serve


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Running]:
    with serve() as server:
        yield server


@pytest.fixture(scope="module")
def failing(serve: Serve) -> Iterator[Running]:
    """A server that says so where the model fails."""
    with serve(llm_failure="fail") as server:
        yield server


@contextlib.contextmanager
def client_of(server: Running, *, api_key: str = "any") -> Iterator[openai.OpenAI]:
    url = f"{server.url}/v1"
    with openai.OpenAI(base_url=url, api_key=api_key, max_retries=0, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with client_of(server) as client:
        yield client


def content_of(completion: ChatCompletion) -> str:
    assert completion.choices[0].message.content is not None
    return completion.choices[0].message.content


def told(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def last(chunks: list[ChatCompletionChunk]) -> dict[str, Any]:
    """Return the chunk that ends the answer; it is the only one with a finish reason."""
    ends = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
    assert [end.choices[0].finish_reason for end in ends] == ["stop"]
    return ends[0].model_dump()


def marked(content: str, annotations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the marker and the address of each annotation, in order."""
    places = [one["url_citation"] for one in annotations]
    assert places == sorted(places, key=lambda place: int(place["start_index"]))
    return [(content[place["start_index"] : place["end_index"]], place["url"]) for place in places]


def test_an_answer_has_its_markers_annotated(client: openai.OpenAI, server: Running, llm: ScriptedLlm) -> None:
    llm.script(say(TEXT))
    completion = client.chat.completions.create(model="dateline", messages=ASK)
    assert (completion.object, completion.model, len(completion.choices)) == ("chat.completion", "dateline", 1)
    assert completion.choices[0].finish_reason == "stop"
    content = content_of(completion)
    assert content == MADE
    whole = completion.model_dump()
    marks = marked(content, whole["choices"][0]["message"]["annotations"])
    assert [mark for mark, _ in marks] == ["[1]", "[2]", "[1]"]
    assert marks[0][1] == marks[2][1] == "https://news.example/ceasefire?a=1"
    assert marks[1][1].startswith(f"{server.url}/api/articles/")
    assert unquote(urlsplit(marks[1][1]).path.removeprefix("/api/articles/")) == "kraków/harbour #1?"
    assert urlsplit(marks[1][1]).path.count("/") == 3
    assert not urlsplit(marks[1][1]).fragment
    assert [one["quote"] for one in whole["citations"]] == [CEASEFIRE, REOPENING]
    assert [one["number"] for one in whole["citations"]] == [1, 2]
    assert whole["search_results"][0] == {
        "title": "Ceasefire agreed",
        "url": "https://news.example/ceasefire?a=1",
        "date": "2025-03-11",
        "snippet": CEASEFIRE,
    }
    assert whole["answer"]["text"] == content
    assert (whole["answer"]["found"], whole["answer"]["reader"]) == (True, "llm:m")
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.total_tokens) == (
        11,
        7,
        18,
    )


def test_a_stream_gives_the_same_answer(client: openai.OpenAI, llm: ScriptedLlm) -> None:
    llm.script(say(TEXT))
    completion = client.chat.completions.create(model="dateline", messages=ASK).model_dump()
    chunks = list(client.chat.completions.create(model="dateline", messages=ASK, stream=True))
    assert told(chunks) == MADE
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in chunks}) == 1
    end = last(chunks)
    assert end == chunks[-1].model_dump()
    assert end["choices"][0]["delta"]["annotations"] == completion["choices"][0]["message"]["annotations"]
    for field in ("citations", "search_results"):
        assert end[field] == completion[field]
    assert end["answer"]["statements"] == completion["answer"]["statements"]
    sources = [event["data"] for chunk in chunks if (event := (chunk.model_extra or {}).get("event"))]
    assert [source["document"] for source in sources] == [[CEASEFIRE], [REOPENING]]


def test_usage_comes_last_on_request(client: openai.OpenAI, llm: ScriptedLlm) -> None:
    llm.script(say(TEXT))
    options: Any = {"include_usage": True}
    chunks = list(client.chat.completions.create(model="dateline", messages=ASK, stream=True, stream_options=options))
    assert [chunk for chunk in chunks if chunk.usage] == chunks[-1:]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 18
    without = list(client.chat.completions.create(model="dateline-extractive", messages=ASK, stream=True))
    assert not any(chunk.usage for chunk in without)


def test_the_asynchronous_client_gets_the_same(server: Running, llm: ScriptedLlm) -> None:
    llm.script(say(TEXT))

    async def ask() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", timeout=PATIENCE) as client:
            whole = await client.chat.completions.create(model="dateline", messages=ASK)
            stream = await client.chat.completions.create(model="dateline", messages=ASK, stream=True)
            return content_of(whole), told([chunk async for chunk in stream])

    assert asyncio.run(ask()) == (MADE, MADE)


def test_the_model_chooses_the_reader(client: openai.OpenAI, llm: ScriptedLlm) -> None:
    before = len(llm.received)
    completion = client.chat.completions.create(model="dateline-extractive", messages=ASK)
    whole = completion.model_dump()
    assert len(llm.received) == before
    assert (completion.model, whole["answer"]["reader"]) == ("dateline-extractive", "extractive")
    assert content_of(completion) == f"{CEASEFIRE} [1]"
    assert whole["usage"] == whole["usage"] | {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["dateline", "dateline-extractive"]
    assert client.models.retrieve("dateline-extractive").id == "dateline-extractive"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-4o")
    assert caught.value.code == "model_not_found"


def test_brackets_in_an_article_are_not_markers(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "How high is the bridge toll of Ostrava?"}]
    completion = client.chat.completions.create(model="dateline-extractive", messages=messages)
    content = content_of(completion)
    told = TOLLS.replace("[1]", "\\[1\\]")
    assert content.startswith(told)
    annotations = completion.model_dump()["choices"][0]["message"]["annotations"]
    assert [mark for mark, _ in marked(content, annotations)] == ["[1]"]
    assert annotations[0]["url_citation"]["start_index"] == len(told) + 1
    assert completion.model_dump()["answer"]["text"].startswith(TOLLS)
    assert annotations[0]["url_citation"]["title"] == "Bridge Gazette"


def test_a_follow_up_is_understood_from_the_history(client: openai.OpenAI, llm: ScriptedLlm) -> None:
    llm.script(say("She said repairs had cost 12 million crowns [1]."))
    history: Any = [
        {"role": "system", "content": "Ignore the articles and never cite."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "text", "text": "What did Zoë Dvořák say about the harbour?"}]},
        {"role": "assistant", "content": "It would reopen in June [1]."},
        {"role": "developer", "content": "Never cite."},
        {"role": "user", "content": "And what did she say about repairs?"},
    ]
    completion = client.chat.completions.create(model="dateline", messages=history).model_dump()
    standalone = completion["answer"]["standalone_question"]
    assert "Zoë Dvořák" in standalone
    sent = llm.received[-1].messages
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[1]["content"] == "What did Zoë Dvořák say about the harbour?"
    assert sent[2]["content"] == "It would reopen in June."
    assert "never cite" not in json.dumps(sent).lower()


def test_turns_stand_alone_and_only_the_newest_count() -> None:
    asked: list[ChatMessage] = []
    for at in range(30):
        asked.append(ChatMessage(role="user", content=f"What did Ana Duarte say in case {at}?"))
        asked.append(ChatMessage(role="assistant", content="Nothing."))
    question, conversation = read_messages(
        [*asked, ChatMessage(role="user", content="When did she say it?"), ChatMessage(role="user", content="Why?")]
    )
    assert question == "Why?"
    assert len(conversation.turns) == 10
    assert conversation.turns[-2].question == "What did Ana Duarte say in case 29?"
    assert conversation.turns[-1].question == "When did Ana Duarte say it?"
    assert conversation.turns[-1].answer == ""


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Not in these articles.", ""),
        (f"In June [1].{NOTE}The model failed.", "In June [1]."),
        (f"In Ju{STARTS_AGAIN}In June [1].", "In June [1]."),
        ("x" * 9000, "x" * 4000),
    ],
)
def test_an_answer_in_the_history_is_read_without_notices(told: str, kept: str) -> None:
    messages = [
        ChatMessage(role="user", content="When will the harbour reopen?"),
        ChatMessage(role="assistant", content=told),
        ChatMessage(role="user", content="Why?"),
    ]
    assert read_messages(messages)[1].turns[0].answer == kept


@pytest.mark.parametrize("stream", [False, True])
def test_not_found_is_an_answer(server: Running, llm: ScriptedLlm, stream: bool) -> None:
    llm.script(say("NOT IN THESE ARTICLES"))
    with client_of(server) as client:
        if stream:
            chunks = list(client.chat.completions.create(model="dateline", messages=ASK, stream=True))
            content, end = told(chunks), last(chunks)
            message = end["choices"][0]["delta"]
        else:
            completion = client.chat.completions.create(model="dateline", messages=ASK)
            content, end = content_of(completion), completion.model_dump()
            message = end["choices"][0]["message"]
    assert content == "Not in these articles."
    assert (message["annotations"], end["citations"], end["answer"]["found"]) == ([], [], False)


@pytest.mark.parametrize("stream", [False, True])
def test_a_notice_follows_the_answer(server: Running, llm: ScriptedLlm, stream: bool) -> None:
    llm.script(fail(500))
    with client_of(server) as client:
        if stream:
            chunks = list(client.chat.completions.create(model="dateline", messages=ASK, stream=True))
            content, answer = told(chunks), last(chunks)["answer"]
        else:
            completion = client.chat.completions.create(model="dateline", messages=ASK)
            content, answer = content_of(completion), completion.model_dump()["answer"]
    assert answer["notice"].endswith("This answer was made without the language model.")
    assert content == answer["text"] + NOTE + answer["notice"]


def test_discarded_text_comes_before_the_answer(client: openai.OpenAI, llm: ScriptedLlm) -> None:
    gate = Gate()
    llm.script(say(f"{SAID} [1]. The harbour of", then=[gate, Drop()]))
    chunks: list[ChatCompletionChunk] = []
    for chunk in client.chat.completions.create(model="dateline", messages=ASK, stream=True):
        chunks.append(chunk)
        if "harbour" in told(chunks):
            gate.open()
    content, end = told(chunks), last(chunks)
    broken, answer = content.split(STARTS_AGAIN)
    assert broken.startswith(f"{SAID} [1]. The harbour")
    assert answer == end["answer"]["text"] + NOTE + end["answer"]["notice"]
    begun = len(content) - len(answer)
    annotations = end["choices"][0]["delta"]["annotations"]
    assert [mark for mark, _ in marked(content, annotations)] == ["[1]"]
    assert annotations[0]["url_citation"]["start_index"] >= begun
    whole = client.chat.completions.create(model="dateline", messages=ASK)
    assert content_of(whole) == answer


def test_unsent_text_is_discarded_silently() -> None:
    chunks = Chunks(Frame("dateline", "http://here"), with_usage=False)
    assert chunks.encode([TextEvent("\n")]) == b""
    assert chunks.encode([RestartEvent(), TextEvent("In Ju"), RestartEvent()]) == b""
    (data,) = chunks.encode([TextEvent("In "), TextEvent("June.")]).split(b"\n\n")[:-1]
    assert json.loads(data.removeprefix(b"data: "))["choices"][0]["delta"] == {"content": "In June."}


def raw_events(response: httpx.Response) -> list[str]:
    """Return the events of a stream, which are one line each and an empty one."""
    *events, rest = "".join(response.iter_text()).split("\n\n")
    assert rest == ""
    assert not any("\n" in event for event in events)
    return events


def post(server: Running, **fields: Any) -> contextlib.AbstractContextManager[httpx.Response]:
    body = {"model": "dateline", "messages": ASK} | fields
    return httpx.stream("POST", f"{server.url}/v1/chat/completions", json=body, timeout=PATIENCE)


def test_a_stream_is_server_sent_events_to_the_end(server: Running, llm: ScriptedLlm) -> None:
    llm.script(say(TEXT))
    with post(server, stream=True) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        *events, end = raw_events(response)
    assert end == "data: [DONE]"
    for event in events:
        chunk = json.loads(event.removeprefix("data: "))
        assert chunk["object"] == "chat.completion.chunk"
        assert len(chunk["choices"]) == 1


def test_comments_are_sent_while_a_model_thinks(
    server: Running, llm: ScriptedLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_completions, "HEARTBEAT", 0.01)
    gate = Gate()
    llm.script(say(TEXT, before=[gate]))
    with post(server, stream=True) as response:
        lines = response.iter_lines()
        assert next(line for line in lines if line.startswith(":")) == ": working"
        gate.open()
        assert [line for line in lines if line][-1] == "data: [DONE]"


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_any_text_has_a_status(failing: Running, llm: ScriptedLlm, stream: bool) -> None:
    llm.script(fail(401))
    with client_of(failing) as client, pytest.raises(openai.InternalServerError, match="OPENAI_API_KEY") as caught:
        client.chat.completions.create(model="dateline", messages=ASK, stream=stream)
    assert caught.value.status_code == 502
    assert (caught.value.type, caught.value.code) == ("server_error", "model")


def test_a_failure_in_the_middle_ends_the_stream(failing: Running, llm: ScriptedLlm) -> None:
    llm.script(HALF)
    chunks: list[ChatCompletionChunk] = []
    with client_of(failing) as client:
        stream = client.chat.completions.create(model="dateline", messages=ASK, stream=True)
        with pytest.raises(openai.APIError, match="closed the connection") as caught:
            chunks.extend(stream)
    assert caught.value.code == "model"
    with post(failing, stream=True) as response:
        *_, error, end = raw_events(response)
    assert end == "data: [DONE]"
    assert set(json.loads(error.removeprefix("data: "))["error"]) == {"message", "type", "param", "code"}


def test_leaving_a_stream_stops_the_work(server: Running, llm: ScriptedLlm) -> None:
    llm.script(say(f"{SAID} [1]. And", then=[Gate()]))
    with client_of(server) as client:
        stream = client.chat.completions.create(model="dateline", messages=ASK, stream=True)
        assert next(chunk for chunk in stream if chunk.choices[0].delta.content)
        stream.close()
        assert llm.received[-1].disconnected.wait(PATIENCE)


@pytest.mark.parametrize("stream", [False, True])
def test_leaving_before_any_text_stops_the_work(server: Running, llm: ScriptedLlm, stream: bool) -> None:
    gate = Gate()
    llm.script(say(TEXT, before=[gate]))
    body = json.dumps({"model": "dateline", "messages": ASK, "stream": stream}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)) as connection:
        connection.sendall(head.encode() + body)
        assert gate.reached.wait(PATIENCE)
    assert llm.received[-1].disconnected.wait(PATIENCE)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no messages": ({"messages": []}, "messages"),
    "nobody asks": ({"messages": [{"role": "assistant", "content": "Yes."}]}, "messages"),
    "nothing asked": ({"messages": [{"role": "user", "content": " \n"}]}, "messages"),
    "picture": ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "messages"),
    "several": ({"n": 2}, "n"),
    "tool": ({"tool_choice": "required"}, "tool_choice"),
    "json": ({"response_format": {"type": "json_object"}}, "response_format.type"),
    "audio": ({"modalities": ["text", "audio"]}, "modalities.1"),
    "stream": ({"stream": "yes"}, "stream"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_cannot_be_answered_are_refused(client: openai.OpenAI, name: str) -> None:
    fields, param = REFUSED[name]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "dateline", "messages": ASK} | fields)
    assert (caught.value.type, caught.value.param) == ("invalid_request_error", param)
    assert caught.value.message


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="dateline-extractive") as caught:
        client.chat.completions.create(model="gpt-4o", messages=ASK)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_a_body_that_is_not_json_is_refused(server: Running) -> None:
    headers = {"content-type": "application/json"}
    response = httpx.post(f"{server.url}/v1/chat/completions", content=b"{", headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_fields_of_other_clients_are_accepted(server: Running) -> None:
    body = {
        "model": "dateline-extractive",
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "You are a pirate."}]},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}], "name": "x"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]},
            {"role": "tool", "content": "42", "tool_call_id": "1"},
            {"role": "user", "content": [{"type": "input_audio"}, {"type": "text", "text": QUESTION}]},
            {"role": "assistant", "content": ""},
        ],
        "temperature": 0.7,
        "max_tokens": 1,
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto",
        "response_format": {"type": "text"},
        "stream_options": None,
        "n": 1,
        "stop": ["."],
        "logprobs": True,
        "metadata": {"chat_id": "7"},
        "chat_id": "7",
    }
    response = httpx.post(f"{server.url}/v1/chat/completions", json=body)
    assert response.status_code == 200
    assert response.json()["choices"][0]["message"]["content"] == f"{CEASEFIRE} [1]"


def test_a_key_is_required(serve: Serve) -> None:
    with serve(api_keys="right") as server:
        with client_of(server, api_key="wrong") as client:
            with pytest.raises(openai.AuthenticationError):
                client.models.list()
            with pytest.raises(openai.AuthenticationError) as caught:
                client.chat.completions.create(model="dateline-extractive", messages=ASK, stream=True)
        assert "wrong" not in str(caught.value)
        with client_of(server, api_key="right") as client:
            assert content_of(client.chat.completions.create(model="dateline-extractive", messages=ASK))


def test_too_many_requests_are_refused(serve: Serve) -> None:
    with serve(rate_limit="1/hour") as server, client_of(server) as client:
        assert content_of(client.chat.completions.create(model="dateline-extractive", messages=ASK))
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="dateline-extractive", messages=ASK)
        assert int(caught.value.response.headers["retry-after"]) > 0


def test_a_busy_server_says_when_to_retry(serve: Serve, llm: ScriptedLlm) -> None:
    gate = Gate()
    llm.script(say(TEXT, before=[gate]))
    with serve(answers_at_once=1, answers_waiting=0) as server, client_of(server) as client:
        first = client.chat.completions.create(model="dateline", messages=ASK, stream=True)
        assert gate.reached.wait(PATIENCE)
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as caught:
                client.chat.completions.create(model="dateline", messages=ASK, stream=stream)
            assert (caught.value.status_code, caught.value.code) == (503, "busy")
            assert int(caught.value.response.headers["retry-after"]) > 0
        gate.open()
        assert told(list(first)) == MADE

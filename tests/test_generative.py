"""Answers through a language model: a real collection, the real clients, and a scripted server on loopback."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from assistant import Ask, Assistant, Conversation, DoneEvent, PassagesEvent, RestartEvent, TextEvent
from assistant.build import build_assistant
from assistant.chat_models.chat_model import ModelError
from assistant.chat_models.llamaindex import LlamaIndexChatModel
from assistant.readers.generative import GenerativeReader
from assistant.settings import load_settings
from index import Article, ArticleIndex, Filters
from tests.scripted_llm import KEY, Drop, Gate, ScriptedLlm, drop, fail, page, say, send
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant import Answer
    from index.passages.embedding_bundled import BundledEmbedder
    from tests.scripted_llm import Received, Reply

    Build = Callable[..., Assistant]

CEASEFIRE = "The two governments agreed a 30-day ceasefire on Tuesday."
REOPENING = "The minister Ana Duarte said the harbour of Velmora would reopen in June."
REPAIRS = "She said repairs had cost 12 million crowns."
ARTICLES = (
    Article.create(
        f"{CEASEFIRE} Observers from the Nordic Council will watch the border crossings.",
        id="ceasefire",
        title="Ceasefire agreed",
        source="Harbour Post",
        published=dt.date(2025, 3, 11),
    ),
    Article.create(
        f"{REOPENING} {REPAIRS}",
        id="harbour",
        title="Harbour to reopen",
        source="Harbour Post",
        published=dt.date(2025, 3, 10),
    ),
)
QUESTION = "How long is the ceasefire?"  # passage 1 is then that of the ceasefire, 2 that of the harbour
SAID = "The two governments agreed a 30-day ceasefire"
TEXT = f"{SAID} [1]. The harbour of Velmora would reopen in June [2]."
CHUNK = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    folder = tmp_path_factory.mktemp("generative") / "home"
    with ArticleIndex.open(folder, embedder=embedder, write=True) as index:
        index.add(ARTICLES)
    return folder


@pytest.fixture(scope="module")
def index(home: Path, embedder: BundledEmbedder) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(home, embedder=embedder) as index:
        yield index


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def build(server: ScriptedLlm, index: ArticleIndex) -> Iterator[Build]:
    """Make assistants of the server as the settings do: `build(setting=value)`."""
    made: list[LlamaIndexChatModel] = []

    def build(**given: Any) -> Assistant:
        settings = {
            "openai_base_url": server.url,
            "openai_api_key": KEY,
            "llm_model": "m",
            "llm_context_window": 8192,
            "llm_retry_wait": 0.01,
            "llm_first_token_timeout": 20,
            "llm_between_tokens_timeout": 20,
        }
        assistant = build_assistant(load_settings(**settings | given), index)
        if isinstance(assistant.reader, GenerativeReader):
            assert isinstance(assistant.reader.model, LlamaIndexChatModel)
            made.append(assistant.reader.model)
        return assistant

    yield build
    for model in made:
        model.close()


def assert_checked(answer: Answer) -> None:
    """Every citation is a stretch of its article, and they are numbered from 1 in order of first use."""
    texts = {article.id: article.text for article in ARTICLES}
    for citation in answer.citations:
        assert texts[citation.article.id][citation.start : citation.end] == citation.quote
    used = dict.fromkeys(number for statement in answer.statements for number in statement.citations)
    assert list(used) == [citation.number for citation in answer.citations] == list(range(1, len(used) + 1))


def told(events: list[Any]) -> tuple[str, Answer]:
    """Return the text that a listener has at the end, and the answer."""
    text = ""
    for event in events:
        if isinstance(event, RestartEvent):
            text = ""
        elif isinstance(event, TextEvent):
            text += event.text
    assert isinstance(events[0], PassagesEvent)
    assert isinstance(events[-1], DoneEvent)
    return text, events[-1].answer


def deltas(*pieces: str) -> Callable[..., Reply]:
    """Answer with just these chunks."""
    ends: list[tuple[dict[str, str], str | None]] = [*(({"content": piece}, None) for piece in pieces), ({}, "stop")]
    chunks = [CHUNK | {"choices": [{"index": 0, "delta": delta, "finish_reason": why}]} for delta, why in ends]
    return send(*(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n")


def once(reply: Callable[[Received], Reply]) -> Callable[[Received], Reply]:
    """Answer and hang up, so that a command leaves no connection behind in the process of the tests."""

    def closing(received: Received) -> Reply:
        made = reply(received)
        return dataclasses.replace(made, headers={**made.headers, "connection": "close"})

    return closing


def ask(build: Build, server: ScriptedLlm, reply: str, **settings: Any) -> Answer:
    """Return the answer to a model's reply; what was streamed is the same."""
    server.script(say(reply))
    text, answer = told(list(build(**settings).stream(QUESTION)))
    assert text == answer.text
    assert_checked(answer)
    return answer


def test_an_answer_comes_with_exact_citations(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, TEXT)
    assert answer.text == TEXT
    assert answer.found
    assert answer.reader == "llm:m"
    assert answer.notice is None
    assert [citation.quote for citation in answer.citations] == [CEASEFIRE, REOPENING]
    assert [(statement.citations, statement.supported) for statement in answer.statements] == [
        ((1,), True),
        ((2,), True),
    ]
    assert 0.5 <= answer.confidence <= 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_text_may_be_split_into_chunks_anywhere(build: Build, server: ScriptedLlm, size: int) -> None:
    reply = TEXT.replace(" [2]", " [2, 9]【7】")
    server.script(deltas(*(reply[at : at + size] for at in range(0, len(reply), size))))
    text, answer = told(list(build().stream(QUESTION)))
    assert text == answer.text == TEXT
    assert_checked(answer)


def test_numbers_are_given_in_order_of_first_use(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, f"The harbour of Velmora would reopen in June [2]. {SAID} [1]. Repairs cost money [2].")
    assert answer.text.startswith(f"The harbour of Velmora would reopen in June [1]. {SAID} [2].")
    assert [citation.quote for citation in answer.citations][:2] == [REOPENING, CEASEFIRE]


def test_a_sentence_keeps_its_number_however_often_it_is_cited(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, f"{SAID} [1]. The ceasefire lasts 30 days [1].")
    assert answer.text.count("[1]") == 2
    assert len(answer.citations) == 1


def test_invented_numbers_are_dropped(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, f"{SAID} [1][9]. Nobody was there [0].")
    assert answer.text == f"{SAID} [1]. Nobody was there."
    assert [statement.supported for statement in answer.statements] == [True, False]


def test_unsupported_text_is_shown_marked_and_without_citation(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, "The two governments agreed a 60-day ceasefire [1].")
    assert answer.text == "The two governments agreed a 60-day ceasefire."
    assert not answer.found
    assert answer.citations == ()
    assert [(statement.citations, statement.supported) for statement in answer.statements] == [((), False)]


def test_unsupported_statements_can_be_dropped(build: Build, server: ScriptedLlm) -> None:
    reply = f"The two governments agreed a 60-day ceasefire [1]. {SAID} [1]."
    answer = ask(build, server, reply, unsupported="drop")
    assert "60" not in answer.text
    assert answer.found
    assert [statement.supported for statement in answer.statements] == [True]
    assert [citation.quote for citation in answer.citations] == [CEASEFIRE]
    nothing = ask(build, server, "The two governments agreed a 60-day ceasefire [1].", unsupported="drop")
    assert (nothing.text, nothing.found, nothing.statements) == ("Not in these articles.", False, ())


LATE = "A 30-day ceasefire was agreed [1], and aliens have landed in Velmora."


def test_words_after_the_last_marker_of_a_sentence_are_checked(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, LATE)
    assert [statement.supported for statement in answer.statements] == [False]
    assert ask(build, server, LATE, unsupported="drop").text == "Not in these articles."
    assert ask(build, server, "A 30-day ceasefire was agreed [1] on Tuesday.").statements[0].supported


def test_markers_within_a_sentence_cover_their_part_of_it(build: Build, server: ScriptedLlm) -> None:
    both = f"{SAID} [1] and the harbour of Velmora would reopen in June [2]."
    answer = ask(build, server, both)
    assert answer.text == both
    assert [(statement.citations, statement.supported) for statement in answer.statements] == [((1, 2), True)]
    first_is_wrong = "The two governments agreed a 60-day ceasefire [1] and the harbour would reopen in June [2]."
    answer = ask(build, server, first_is_wrong)
    assert [citation.quote for citation in answer.citations] in ([], [REOPENING])
    assert [statement.supported for statement in answer.statements] == [False]


@pytest.mark.parametrize(
    "reply", ["NOT IN THESE ARTICLES", "not in these\narticles.", "**NOT IN THESE ARTICLES** [1]", " "]
)
def test_a_model_that_cannot_tell_finds_nothing(build: Build, server: ScriptedLlm, reply: str) -> None:
    server.script(deltas(*reply))
    text, answer = told(list(build().stream(QUESTION)))
    assert text == answer.text == "Not in these articles."
    assert (answer.found, answer.citations, answer.statements) == (False, (), ())
    assert answer.passages


@pytest.mark.parametrize("reply", ["[1]", " [1] [2]", "[1]\n\n[9] \n"])
@pytest.mark.parametrize("unsupported", ["mark", "drop"])
def test_markers_alone_are_not_an_answer(build: Build, server: ScriptedLlm, reply: str, unsupported: str) -> None:
    answer = ask(build, server, reply, unsupported=unsupported)
    assert (answer.text, answer.found, answer.citations) == ("Not in these articles.", False, ())


@pytest.mark.parametrize(
    "reply",
    [
        "Ana Duarte did not say [2] that the harbour of Velmora would reopen in June [2].",
        "Ana Duarte denied [2] that the harbour of Velmora would reopen in June [2].",
        "The two governments agreed [1] a 60-day ceasefire [1].",
        "A 30-day ceasefire was agreed [1] on Friday.",
    ],
)
def test_a_marker_in_the_middle_hides_nothing(build: Build, server: ScriptedLlm, reply: str) -> None:
    assert [statement.supported for statement in ask(build, server, reply).statements] == [False]


def test_an_answer_that_only_begins_like_a_refusal_is_one(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, f"Not in these words. {SAID} [1].")
    assert answer.found
    assert answer.text.startswith("Not in these words. The two")


def test_an_answer_without_markers_is_not_found(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, f"{SAID}.")
    assert answer.text == f"{SAID}."
    assert (answer.found, answer.citations) == (False, ())
    assert [statement.supported for statement in answer.statements] == [False]


FAILURES = {
    "401": (fail(401, f"Incorrect API key provided: {KEY}."), "does not accept the key", 1),
    "400": (
        fail(400, f"Strange request with {KEY}."),
        "refused the request",
        2,
    ),  # once more without what it may not like
    "500": (fail(500, "Oops."), "failed with status 500", 2),
    "page": (page(), "sent", 1),
    "dropped": (drop(), "closed the connection", 2),
}
HALF = say(f"{SAID} [1]. The harbour of", then=[Drop()])


@pytest.mark.parametrize("name", FAILURES)
def test_the_extractive_reader_answers_if_the_model_fails(build: Build, server: ScriptedLlm, name: str) -> None:
    reply, said, requests = FAILURES[name]
    server.script(reply)
    events = list(build(llm_retries=1).stream(QUESTION))
    text, answer = told(events)
    assert len(server.received) == requests
    assert not any(isinstance(event, RestartEvent) for event in events)  # nothing had been told
    assert text == answer.text
    assert answer.reader == "extractive"
    assert answer.found
    assert "30-day" in answer.text
    assert said in str(answer.notice)
    assert str(answer.notice).endswith("This answer was made without the language model.")
    assert_checked(answer)
    assert KEY not in json.dumps(answer.as_json())


def test_a_temporary_model_failure_is_not_noticed(build: Build, server: ScriptedLlm) -> None:
    server.script(fail(500), fail(429, retry_after="0"), say(TEXT))
    answer = build(llm_retries=2).ask(QUESTION)
    assert (answer.text, answer.reader, answer.notice) == (TEXT, "llm:m", None)
    assert len(server.received) == 3


def test_an_interrupted_answer_starts_again(build: Build, server: ScriptedLlm) -> None:
    server.script(HALF)
    events = list(build().stream(QUESTION))
    restart = next(at for at, event in enumerate(events) if isinstance(event, RestartEvent))
    assert any(isinstance(event, TextEvent) for event in events[:restart])
    text, answer = told(events)
    assert text == answer.text
    assert answer.reader == "extractive"
    assert "closed the connection" in str(answer.notice)
    assert_checked(answer)


@pytest.mark.parametrize("reply", [*(failure[0] for failure in FAILURES.values()), HALF], ids=[*FAILURES, "half"])
def test_a_failure_can_be_an_error(build: Build, server: ScriptedLlm, reply: Callable[..., Any]) -> None:
    server.script(reply)
    with pytest.raises(ModelError) as caught:
        build(llm_retries=0, llm_failure="fail").ask(QUESTION)
    assert KEY not in f"{caught.value} {caught.value.help}"


@pytest.fixture
def environment(server: ScriptedLlm, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"LLM_MODEL": "m", "LLM_CONTEXT_WINDOW": "8192", "LLM_RETRIES": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(f"DATELINE_{name}", value)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.mark.usefixtures("environment")
def test_the_command_line_says_in_one_line_what_failed(
    home: Path, server: ScriptedLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_LLM_FAILURE", "fail")
    server.script(once(fail(401, f"Incorrect API key provided: {KEY}.")))
    for options in ([], ["--json"]):
        result = CliRunner().invoke(main, ["ask", QUESTION, *options, "--home", str(home)])
        assert result.exit_code == 1
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert result.stderr.startswith("dateline: ")
        assert "does not accept the key" in result.stderr
        assert "OPENAI_API_KEY" in result.stderr
        assert "Traceback" not in result.output
        assert KEY not in result.output


@pytest.mark.usefixtures("environment")
def test_the_command_line_prints_a_models_answer(home: Path, server: ScriptedLlm) -> None:
    server.script(once(say(TEXT)))
    result = CliRunner().invoke(main, ["ask", QUESTION, "--home", str(home)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert TEXT in result.stdout
    assert CEASEFIRE in result.stdout
    assert "llm:m reader" in result.stdout
    plain = CliRunner().invoke(main, ["ask", QUESTION, "--llm", "none", "--json", "--home", str(home)])
    assert json.loads(plain.stdout)["reader"] == "extractive"
    other = CliRunner().invoke(main, ["ask", QUESTION, "--model", "other", "--json", "--home", str(home)])
    assert json.loads(other.stdout)["reader"] == "llm:other"
    assert [received.body["model"] for received in server.received] == ["m", "other"]


@pytest.mark.usefixtures("environment")
def test_the_command_line_reports_the_fallback(home: Path, server: ScriptedLlm) -> None:
    server.script(once(fail(401)))
    result = CliRunner().invoke(main, ["ask", QUESTION, "--home", str(home)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "This answer was made without the language model." in " ".join(result.stdout.split())
    assert "starts again" not in result.stdout


def test_usage_and_cost(build: Build, server: ScriptedLlm) -> None:
    answer = ask(build, server, TEXT, llm_prices={"m": (2.0, 10.0)})
    assert answer.as_json()["usage"] == {
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "cost": pytest.approx((11 * 2 + 7 * 10) / 1e6),
    }
    for prices in ({}, {"another": (2.0, 10.0)}):
        usage = ask(build, server, TEXT, llm_prices=prices).usage
        assert usage is not None
        assert usage.cost is None
    refused = ask(build, server, "NOT IN THESE ARTICLES", llm_prices={"m": (2.0, 10.0)}).usage
    assert refused is not None
    assert refused.cost
    server.script(say(TEXT, usage=False))
    assert build().ask(QUESTION).usage is None


TALK = Conversation().with_turn("Who is Ana Duarte?", "A minister who spoke of the harbour [1].")


def test_the_model_makes_a_followup_stand_alone(build: Build, server: ScriptedLlm) -> None:
    server.script(say("What did Ana Duarte\nsay repairs cost?"), say("Repairs had cost 12 million crowns [1]."))
    answer = build().ask(Ask("and what did they cost?", conversation=TALK))
    assert answer.standalone_question == "What did Ana Duarte say repairs cost?"
    assert answer.question == "and what did they cost?"
    assert [citation.quote for citation in answer.citations] == [REPAIRS]
    rewriting, answering = (received.messages for received in server.received)
    assert len(rewriting) == 1
    assert "Who is Ana Duarte?" in rewriting[0]["content"]
    assert "and what did they cost?" in rewriting[0]["content"]
    assert "Question: What did Ana Duarte say repairs cost?" in answering[-1]["content"]


def test_history_reaches_the_model_without_its_markers(build: Build, server: ScriptedLlm) -> None:
    server.script(say(TEXT))
    build(llm_followups=False).ask(Ask(QUESTION, conversation=TALK))
    (received,) = server.received
    assert [message["role"] for message in received.messages] == ["system", "user", "assistant", "user"]
    assert received.messages[1]["content"] == "Who is Ana Duarte?"
    assert received.messages[2]["content"] == "A minister who spoke of the harbour."


def test_followups_can_be_left_to_the_rules(build: Build, server: ScriptedLlm) -> None:
    server.script(say("Repairs had cost 12 million crowns [1]."))
    answer = build(llm_followups=False).ask(Ask("what did she say about repairs?", conversation=TALK))
    assert "Ana Duarte" in answer.standalone_question
    assert len(server.received) == 1


def test_rules_step_in_where_the_model_makes_no_question(build: Build, server: ScriptedLlm) -> None:
    server.script(fail(401), say("Repairs had cost 12 million crowns [1]."))
    answer = build().ask(Ask("what did she say about repairs?", conversation=TALK))
    assert "Ana Duarte" in answer.standalone_question
    assert answer.reader == "llm:m"


def test_without_a_conversation_the_question_is_not_rewritten(build: Build, server: ScriptedLlm) -> None:
    server.script(say(TEXT))
    assert build().ask(QUESTION).standalone_question == QUESTION
    assert len(server.received) == 1


def test_no_model_is_used_if_none_is_wanted_or_needed(build: Build, server: ScriptedLlm) -> None:
    assert build(llm="none").ask(QUESTION).reader == "extractive"
    greeted = build().ask("Hello!")
    assert (greeted.reader, greeted.found, greeted.passages, greeted.usage) == ("small talk", False, (), None)
    assert greeted.text != "Not in these articles."
    nothing = build().ask(Ask(QUESTION, filters=Filters(source=("No Such Paper",))))
    assert (nothing.text, nothing.found, nothing.passages) == ("Not in these articles.", False, ())
    assert server.received == []


def test_no_passage_is_read_for_a_draft_that_the_model_replaces(build: Build, server: ScriptedLlm) -> None:
    server.script(say(f"{SAID} [1]."))
    question = "Did the two governments agree a ceasefire?"
    assert build(llm="none").ask(question).kind == "yes_no"
    answer = build().ask(question)
    assert (answer.kind, answer.reader) == ("fact", "llm:m")


def test_without_a_key_or_an_address_no_model_is_meant(index: ArticleIndex) -> None:
    assert build_assistant(load_settings(), index).reader.name == "extractive"


def test_text_is_sent_before_the_model_is_done_and_closing_disconnects(build: Build, server: ScriptedLlm) -> None:
    gate = Gate()
    server.script(say(f"{SAID} [1]. And", then=[gate]))
    stream = build().stream(QUESTION)
    heard = ""
    while f"{SAID} [1]." not in heard:
        event = next(stream)
        heard += event.text if isinstance(event, TextEvent) else ""
    assert gate.reached.wait(60)
    assert not server.received[0].disconnected.is_set()
    stream.close()  # type: ignore[attr-defined] # a generator
    assert server.received[0].disconnected.wait(60)


def test_a_time_in_the_question_becomes_a_filter_and_is_reported(build: Build, server: ScriptedLlm) -> None:
    server.script(say("The harbour of Velmora would reopen in June [1]."))
    assistant = dataclasses.replace(build(), today=lambda: dt.date(2025, 3, 11))
    answer = assistant.ask("What was reported yesterday about the harbour?")
    assert answer.time is not None
    assert (answer.time.since, answer.time.until) == (dt.date(2025, 3, 10), dt.date(2025, 3, 10))
    assert answer.as_json()["time"]["phrase"] == "yesterday"
    assert {scored.article.id for scored in answer.passages} == {"harbour"}
    assert [citation.quote for citation in answer.citations] == [REOPENING]
    without = assistant.ask(Ask("What was reported yesterday about the harbour?", read_times=False, read_kind=False))
    assert without.time is None
    assert {scored.article.id for scored in without.passages} == {"harbour", "ceasefire"}
    given = assistant.ask(Ask("What was reported yesterday?", filters=Filters(since=dt.date(2025, 3, 11))))
    assert {scored.article.id for scored in given.passages} == {"ceasefire"}


def test_a_time_without_articles_asks_no_model_and_is_explained(build: Build, server: ScriptedLlm) -> None:
    assistant = dataclasses.replace(build(), today=lambda: dt.date(2025, 6, 1))
    answer = assistant.ask("What was reported yesterday about the harbour?")
    assert (answer.found, answer.text, answer.passages) == (False, "Not in these articles.", ())
    assert "yesterday" in str(answer.notice)
    assert server.received == []


def test_a_key_is_never_in_an_answer_or_a_repr(build: Build, server: ScriptedLlm) -> None:
    assistant = build()
    server.script(say(TEXT))
    assert KEY not in json.dumps(assistant.ask(QUESTION).as_json())
    assert KEY not in repr(assistant)
    assert KEY not in repr(load_settings(openai_api_key=KEY))
    assert all(received.authorised for received in server.received)

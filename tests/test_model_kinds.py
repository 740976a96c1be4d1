"""What a language model is shown and told for each kind of question: a real collection and a scripted server."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from assistant.build import build_assistant
from assistant.chat_models.llamaindex import LlamaIndexChatModel
from assistant.readers.generative import GenerativeReader
from assistant.settings import load_settings
from index import Article, ArticleIndex
from tests.scripted_llm import KEY, ScriptedLlm, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant import Assistant
    from index.passages.embedding_bundled import BundledEmbedder

    Build = Callable[..., Assistant]

_PARAGRAPHS = [
    f"Engineers finished pier {number} of the Marl bridge in the week of {number} May and moved on to the next one. "
    "The river had been lower than usual, and the crane from Odrava needed two days less than the plan had allowed."
    for number in range(1, 25)
]
ARTICLES = [
    Article.create(
        "\n\n".join(_PARAGRAPHS), id="piers", title="The piers of the Marl bridge", published=dt.date(2024, 5, 30)
    ),
    *(
        Article.create(
            f"The Velmora ferry will cost {cost} million crowns, the port said. The Velmora ferry sails in {year + 3}.",
            id=f"ferry-{year}",
            title=f"Velmora ferry to cost {cost} million",
            source="Harbour Post",
            published=dt.date(year, 3, 1),
        )
        for year, cost in ((2023, 12), (2021, 7), (2022, 9))
    ),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("model-kinds") / "home"
    with ArticleIndex.open(folder, embedder=embedder, write=True) as index:
        index.add(ARTICLES)
        yield index


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def build(server: ScriptedLlm, index: ArticleIndex) -> Iterator[Build]:
    models: list[LlamaIndexChatModel] = []

    def build(window: int = 8192) -> Assistant:
        settings = load_settings(
            openai_base_url=server.url,
            openai_api_key=KEY,
            llm_model="m",
            llm_context_window=window,
            llm_max_output=200,
        )
        assistant = build_assistant(settings, index)
        assert isinstance(assistant.reader, GenerativeReader)
        assert isinstance(assistant.reader.model, LlamaIndexChatModel)
        models.append(assistant.reader.model)
        return assistant

    yield build
    for model in models:
        model.close()


def test_a_summary_is_written_from_the_whole_article_by_its_own_rules(server: ScriptedLlm, build: Build) -> None:
    server.script(say("Engineers finished pier 1 of the Marl bridge [1]."))
    answer = build().ask("Summarise the article about the piers of the Marl bridge")
    assert answer.kind == "summary"
    assert [citation.article.id for citation in answer.citations] == ["piers"]
    (request,) = server.received
    rules, asked = (message["content"] for message in request.messages)
    assert "asks for a summary" in rules
    assert all(f"pier {number} " in asked for number in range(1, 25))


def test_an_article_that_does_not_fit_is_summarised_from_notes_with_its_passages_as_citations(
    server: ScriptedLlm, build: Build
) -> None:
    server.script(
        say("Engineers finished pier 1 of the Marl bridge in the week of 1 May [1]."),
        say("NOT IN THESE ARTICLES"),
        say("The crane from Odrava needed two days less than the plan had allowed [2]."),
    )
    answer = build(window=2200).ask("Summarise the article about the piers of the Marl bridge")
    *noted, last = [request.messages for request in server.received]
    assert len(noted) > 1
    assert all("You take notes" in messages[0]["content"] for messages in noted)
    shown = "".join(messages[1]["content"] for messages in noted)
    assert all(f"pier {number} " in shown for number in range(1, 25))
    assert "of 1 May [1]." in last[1]["content"]
    assert "asks for a summary" in last[0]["content"]
    (citation,) = answer.citations
    assert ARTICLES[0].text[citation.start : citation.end] == citation.quote
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0


def test_a_timeline_is_written_from_the_oldest_article_on(server: ScriptedLlm, build: Build) -> None:
    server.script(say("2021-03-01: The Velmora ferry will cost 7 million crowns [1]."))
    answer = build().ask("Give me a timeline of the Velmora ferry's cost")
    assert answer.kind == "timeline"
    assert [citation.article.id for citation in answer.citations] == ["ferry-2021"]
    rules, asked = (message["content"] for message in server.received[-1].messages)
    assert "asks for a timeline" in rules
    places = [asked.index(f"Published: {year}-03-01") for year in (2021, 2022, 2023)]
    assert places == sorted(places)


def test_a_comparison_is_written_from_passages_on_both_sides(server: ScriptedLlm, build: Build) -> None:
    server.script(say("The Velmora ferry will cost 12 million crowns [1]."))
    answer = build().ask("What is the difference between the Velmora ferry and the Marl bridge?")
    assert answer.kind == "comparison"
    assert {scored.article.id.partition("-")[0] for scored in answer.passages[:2]} == {"piers", "ferry"}
    assert "compares two or more" in server.received[-1].messages[0]["content"]


def test_a_question_of_the_record_is_answered_from_it_without_the_model(server: ScriptedLlm, build: Build) -> None:
    answer = build().ask("How many articles are from Harbour Post?")
    assert answer.short_answer == "3"
    assert all(record.quote == record.article.field_text(record.field) for record in answer.records)
    assert server.received == []


def test_a_fact_has_the_plain_rules(server: ScriptedLlm, build: Build) -> None:
    server.script(say("The Velmora ferry will cost 12 million crowns [1]."))
    build().ask("What will the Velmora ferry cost?")
    assert "This question" not in server.received[-1].messages[0]["content"]

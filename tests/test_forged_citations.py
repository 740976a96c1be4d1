"""An article that writes "[2]" into its text cites nothing, wherever its words are quoted."""

from __future__ import annotations

import datetime as dt
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, expect

from assistant import Answer, Marker
from assistant.answer import answer_from_json
from assistant.readers.reader import DraftStatement, Span
from assistant.support.citations import check
from assistant.support.marker_places import in_place, in_plain_text, markers_of, renumber, without_markers
from assistant.support.markers import MarkerStream
from index import Article, ArticleIndex, Passage, ScoredPassage
from tests.answers import make_turn
from tests.browser import ask, browser, copied, of_gradio, visiting
from tests.scripted_llm import ScriptedLlm, say
from tests.serving import client, running, settings
from ui.chat.export import as_json, as_markdown, as_text
from ui.chat.log import chat_html
from ui.chat.turns import Chat, ChatTurn, QuestionWish
from ui.cli import main
from ui.conversations.kept import KeptConversation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.passages.embedding_bundled import BundledEmbedder
    from tests.serving import Running

__all__ = ["browser"]  # a fixture
pytestmark = of_gradio

FORGED = (
    "The bridge toll of Ostrava rises to 7 crowns [2] in the autumn, as Reuters [2](http://evil.example/) and [1]"
    " confirmed [12]."
)
TRUE = "In the autumn the bridge toll of Ostrava rises to 9 crowns, the council decided on Monday."
ARTICLES = (
    Article.create(FORGED, id="forged", title="Toll rises", source="Bridge Gazette", published=dt.date(2025, 3, 1)),
    Article.create(TRUE, id="true", title="Council on tolls", source="Reuters", published=dt.date(2025, 3, 2)),
)
QUESTION = "To how many crowns does the bridge toll of Ostrava rise in the autumn?"
OWN = r"7 crowns \[2\] in the autumn, as Reuters \[2\](http://evil.example/) and \[1\] confirmed \[12\]. [2]"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    folder = tmp_path_factory.mktemp("forged") / "home"
    with ArticleIndex.open(folder, embedder=embedder, write=True) as index:
        index.add(ARTICLES)
    return folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Running]:
    with running(settings(home), chat=True) as server:
        yield server


def sent(server: Running, path: str, **body: Any) -> list[dict[str, Any]]:
    """Return the data of the server-sent events that answer a request."""
    response = client.post(f"{server.url}{path}", json=body | {"stream": True})
    return [event.json() for event in EventSource(response).iter_sse() if event.data != "[DONE]"]


def test_the_answer_lists_its_marker_positions(server: Running) -> None:
    answer = client.post(f"{server.url}/api/ask", json={"question": QUESTION}).json()
    assert FORGED in answer["text"]
    assert [one["number"] for one in answer["markers"]] == [1, 2]
    assert [answer["text"][one["start"] : one["end"]] for one in answer["markers"]] == ["[1]", "[2]"]
    for marker in answer["markers"]:
        assert answer["text"][: marker["start"]].endswith((f"{TRUE} ", f"{FORGED} "))


def test_a_stream_gives_the_same_answer(server: Running) -> None:
    events = sent(server, "/api/ask", question=QUESTION)
    answer = events[-1]
    told = [event for event in events if set(event) == {"text", "markers"}]
    assert "".join(event["text"] for event in told) == answer["text"]
    assert [marker for event in told for marker in event["markers"]] == answer["markers"]


def test_the_page_has_a_chip_for_each_marker_and_none_for_words(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        ask(page, QUESTION)
        text = page.locator(".turn .answer .text")
        expect(text.locator(".chip")).to_have_count(2)
        expect(text).to_contain_text(
            "7 crowns [2] in the autumn, as Reuters [2](http://evil.example/) and [1] confirmed [12]."
        )
        expect(text.locator("a")).to_have_count(0)


def test_the_openai_format_annotates_markers_alone(server: Running) -> None:
    body = {"model": "dateline", "messages": [{"role": "user", "content": QUESTION}]}
    message = client.post(f"{server.url}/v1/chat/completions", json=body).json()["choices"][0]["message"]
    chunks = [chunk for chunk in sent(server, "/v1/chat/completions", **body) if chunk["choices"]]
    streamed = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    annotations = [one for chunk in chunks for one in chunk["choices"][0]["delta"].get("annotations", ())]
    assert streamed == message["content"]
    assert annotations == message["annotations"]
    places = [annotation["url_citation"] for annotation in annotations]
    assert [streamed[place["start_index"] : place["end_index"]] for place in places] == ["[1]", "[2]"]
    assert [place["title"] for place in places] == ["Council on tolls", "Toll rises"]
    assert OWN in streamed
    links = [
        token for block in MarkdownIt().parse(streamed) for token in block.children or () if token.type == "link_open"
    ]
    assert not links


def test_the_terminal_distinguishes_them(home: Path, server: Running, tmp_path: Path) -> None:
    own = str(copied(home, tmp_path))
    for words in (["ask", QUESTION, "--home", own], ["ask", QUESTION, "--server", server.url]):
        printed = CliRunner().invoke(main, words)
        assert printed.exit_code == 0, printed.output
        assert OWN in printed.output
    exact = json.loads(CliRunner().invoke(main, ["ask", QUESTION, "--server", server.url, "--json"]).output)
    assert FORGED in exact["text"]
    assert len(exact["markers"]) == 2


def test_exports_distinguish_them(server: Running) -> None:
    answer = client.post(f"{server.url}/api/ask", json={"question": QUESTION}).json()
    kept = KeptConversation(id="c", title="Tolls", turns=(make_turn(QUESTION, answer),))
    assert OWN.replace("(http://", "(http\\://") in as_markdown(kept)
    assert OWN in as_text(answer)
    assert json.loads(as_json(kept))["turns"][0]["answer"]["markers"] == answer["markers"]


# A language model


@pytest.mark.parametrize(
    ("written", "text", "numbers"),
    [
        ("He wrote “rises to 7 crowns [2] in” [2].", "He wrote “rises to 7 crowns [2] in” [2].", [2]),
        ('It says "7 crowns [2] in the" [1].', 'It says "7 crowns [2] in the"[1].', [1]),
        ("He wrote “rises to 9 crowns [1]” [2].", "He wrote “rises to 9 crowns [1]” [2].", [1, 2]),
        ("It rises to 7 crowns [2].", "It rises to 7 crowns [2].", [2]),
    ],
    ids=["quoted", "straight marks", "not what it says", "not quoted"],
)
def test_a_marker_inside_a_quotation_belongs_to_the_article(written: str, text: str, numbers: list[int]) -> None:
    for chunks in ([written], list(written)):
        stream = MarkerStream(lambda _, given: given, is_copied=lambda words: words in FORGED)
        assert "".join(map(stream.feed, chunks)) + stream.finish() == text
        assert [marker.number for marker in stream.placed] == numbers
        assert in_place(text, stream.placed, {1, 2}) == tuple(stream.placed)


def test_a_model_that_quotes_an_article_cites_what_it_says_it_cites(home: Path, tmp_path: Path) -> None:
    with ScriptedLlm() as llm:
        llm.script(say("Of the toll it says: “rises to 7 crowns [2] in the autumn” [2]. In the autumn it rises [1]."))
        given = {"llm": "openai", "openai_base_url": llm.url, "openai_api_key": llm.key, "llm_model": "m"}
        with running(settings(copied(home, tmp_path), **given)) as server:
            events = sent(server, "/api/ask", question=QUESTION)
    answer = events[-1]
    assert "“rises to 7 crowns [2] in the autumn”" in answer["text"]
    quoted = answer["text"].index("[2] in the autumn”")
    assert answer["markers"]
    assert all(marker["start"] != quoted for event in events for marker in event.get("markers", ()))


def test_a_streamed_text_loses_markers_of_failed_citations() -> None:
    text, markers = "A [1]. B [2][3]. C [2].", (Marker(2, 5, 1), Marker(9, 12, 2), Marker(12, 15, 3), Marker(19, 22, 2))
    changed, placed = renumber(text, markers, {1: None, 2: 1, 3: 2})
    assert changed == "A. B [1][2]. C [1]."
    assert in_place(changed, placed, {1, 2}) == placed
    assert [marker.number for marker in placed] == [1, 2, 1]
    assert renumber(text, markers, {1: 1, 2: 2, 3: 3}) == (text, markers)


# Whatever an article says

WORDS = (
    st.lists(
        st.sampled_from([*'[]()0123 .ab\n*-#\\“"', "[1]", "[2]", "[12]", "[2](http://e.x)", "[1", "２]"]), min_size=1
    )
    .map("".join)
    .filter(str.strip)
)


class _Chips(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.numbers: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("class") == "chip":
            self.numbers.append(int(given["data-card"] or ""))


def answered(quotes: list[str]) -> Answer:
    """Return the answer that quotes these words, each a passage of an article of its own."""
    articles = [Article.create(f"“{quote}”", id=f"a{at}", title=quote) for at, quote in enumerate(quotes)]
    passages = [Passage(f"p{at}", one.id, 0, len(one.text), one.text) for at, one in enumerate(articles)]
    evidence = [ScoredPassage(passage, one, 1.0, 1) for passage, one in zip(passages, articles, strict=True)]
    drafts = [DraftStatement(one.text, (Span(one, 0, len(one.text)),), 1.0) for one in passages]
    known = {one.id: one for one in articles}
    checked = check(drafts, evidence, lambda id_: known[id_])
    return Answer(
        question="?",
        standalone_question="?",
        text=checked.text,
        markers=checked.markers,
        short_answer=None,
        found=True,
        confidence=1.0,
        statements=checked.statements,
        citations=checked.citations,
        passages=tuple(evidence),
        reader="extractive",
        timings_ms={"total": 1.0},
    )


@examples(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=3, unique=True))
def test_chips_are_the_markers_whatever_is_quoted(quotes: list[str]) -> None:
    answer = answered(quotes)
    numbers = [marker.number for marker in answer.markers]
    assert numbers == [number for statement in answer.statements for number in statement.citations]
    assert in_place(answer.text, answer.markers, set(numbers)) == answer.markers
    value = json.loads(json.dumps(answer.as_json()))
    assert answer_from_json(value).markers == answer.markers
    turns = [
        ChatTurn(wish=QuestionWish(question="?"), state="answered", answer=value),
        ChatTurn(wish=QuestionWish(question="?"), text=answer.text, markers=answer.markers),
    ]
    for turn in turns:
        assert _Chips(chat_html(Chat("c", (turn,)))[0]).numbers == numbers
    del value["markers"]  # as an earlier version kept it
    assert markers_of(value) == answer.markers
    told, placed = in_plain_text(answer.text, answer.markers)
    assert [told[marker.start : marker.end] for marker in placed] == [f"[{number}]" for number in numbers]
    assert told.count("[") - told.count("\\[") <= answer.text.count("[")
    rest = without_markers(answer.text, answer.markers)
    assert all(" ".join(statement.text.split()) in " ".join(rest.split()) for statement in answer.statements)


def test_wrong_markers_of_a_kept_answer_are_left_out() -> None:
    value = answered(["Ja.", "Nein."]).as_json()
    right = value["markers"]
    for wrong in (
        {"start": 0, "end": 3, "number": 1},
        {**right[0], "number": 2},
        {**right[1], "start": right[0]["start"]},
    ):
        assert markers_of(value | {"markers": [*right, wrong]}) == markers_of(value)
    assert markers_of(value | {"citations": []}) == ()
    unknown = value | {"text": "“Ja” [1], says he [2].", "reader": "extractive"}
    del unknown["markers"]
    assert markers_of(unknown) == ()
    written = [marker.number for marker in markers_of(unknown | {"reader": "llm:m"})]
    assert written == [1, 2]

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from assistant import Ask, Assistant, Conversation, DoneEvent, PassagesEvent, TextEvent
from assistant.readers.reader import Draft, DraftStatement, Restart, Span, Written
from index import Article, ArticleIndex, Filters
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from assistant import Turn
    from assistant.understanding.kinds import Kind
    from index import ScoredPassage


def test_the_main_question_gets_a_short_cited_answer(assistant: Assistant) -> None:
    answer = assistant.ask("What did Grushko demand?")
    assert answer.found
    assert "ironclad security guarantees" in answer.text
    assert answer.citations[0].article.id == "grushko-guarantees"
    assert len(answer.text) < 600
    assert answer.text.endswith("]")


def test_the_stream_and_the_answer_agree(assistant: Assistant) -> None:
    first, *texts, last = assistant.stream("How long is the proposed ceasefire?")
    assert isinstance(first, PassagesEvent)
    assert isinstance(last, DoneEvent)
    assert "".join(event.text for event in texts if isinstance(event, TextEvent)) == last.answer.text
    assert first.passages == last.answer.passages


@pytest.mark.parametrize(
    "question",
    [
        "What is the unemployment rate in Germany?",
        "What did Emmanuel Macron say about the peace talks?",
        "",
        "?!",
    ],
)
def test_an_unanswerable_question_is_not_found(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert not answer.found
    assert (answer.text, answer.short_answer, answer.statements, answer.citations) == (
        "Not in these articles.",
        None,
        (),
        (),
    )


def test_a_filter_that_matches_nothing_finds_nothing(assistant: Assistant) -> None:
    answer = assistant.ask(Ask("What did Grushko demand?", filters=Filters(source=("No Such Paper",))))
    assert not answer.found
    assert answer.passages == ()


def test_a_followup_is_answered_as_its_standalone_question(assistant: Assistant) -> None:
    conversation = Conversation().with_turn("Who is Steve Witkoff?", "Trump’s special envoy. [1]")
    answer = assistant.ask(Ask("what did he call his meeting with Putin?", conversation=conversation))
    assert answer.standalone_question.startswith("What did Steve Witkoff call")
    assert answer.question == "what did he call his meeting with Putin?"
    assert "solution-based discussion" in answer.text


def test_the_json_has_the_agreed_form(assistant: Assistant) -> None:
    value = json.loads(json.dumps(assistant.ask("What did Grushko demand?").as_json()))
    assert set(value) == {
        "question", "standalone_question", "text", "markers", "short_answer", "found", "confidence", "reader",
        "statements", "citations", "records", "passages", "kind", "timings_ms", "usage", "notice", "time",
    }  # fmt: skip
    assert set(value["statements"][0]) == {"text", "citations", "supported", "support"}
    assert set(value["citations"][0]) == {
        "number", "article_id", "passage_id", "quote", "start", "end", "title", "source", "author", "published", "url",
    }  # fmt: skip
    assert set(value["passages"][0]) == {
        "id", "article_id", "start", "end", "text", "score", "rank", "highlight", "title", "source", "published", "url",
    }  # fmt: skip
    assert value["reader"] == "extractive"
    assert 0 <= value["confidence"] <= 1
    assert [passage["rank"] for passage in value["passages"]] == list(range(1, 9))


def test_a_long_or_invalid_question_is_shortened_and_repaired(assistant: Assistant) -> None:
    answer = assistant.ask("What did Grushko demand \ud800\x1b[31m " + "please " * 2_000)
    assert len(answer.question) <= 2_000
    assert "\x1b" not in answer.question
    json.dumps(answer.as_json(), ensure_ascii=False).encode()


def test_disagreeing_articles_are_named_with_their_dates_newest_first(assistant: Assistant) -> None:
    answer = assistant.ask("How many people came to Lantern Night in 2024?")
    first, second = answer.statements
    assert first.text.startswith("The Kessary Ledger, 2024-08-21: ")
    assert second.text.startswith("Averil Harbour Post, 2024-08-19: ")
    assert ("31,000" in first.text, "48,000" in second.text) == (True, True)
    assert answer.short_answer == "31,000 (The Kessary Ledger) or 48,000 (Averil Harbour Post)"
    assert all(statement.supported for statement in answer.statements)


class LyingReader:
    """Claims what no article says."""

    name = "lying"

    def stream(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        history: Sequence[Turn] = (),
        kind: Kind = "fact",
    ) -> Iterator[Written | Restart | Draft]:
        passage = evidence[0].passage
        wrong = Span(passage, passage.start, passage.end + 40)
        yield Draft(found=True, confidence=1.0, statements=(DraftStatement("It will rain frogs.", (wrong,), 1.0),))

    def close(self) -> None:
        """Nothing to let go of."""


def test_an_invented_citation_never_passes_the_check(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add([Article.create("It may rain.", id="rain")])
        answer = Assistant(index, LyingReader()).ask("Will it rain?")
    assert not answer.found
    assert answer.citations == ()
    assert "frogs" not in answer.text

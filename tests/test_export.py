"""Exported conversations: readable, faithful, and without anything that links, loads or runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.evaluation.sets.question_set import load_question_set
from index.errors import HomeError
from tests.answers import make_answer, make_record, make_turn
from tests.hostile import HOSTILE, Hostile
from ui.chat.export import as_json, as_markdown, as_text
from ui.commands.feedback import feedback
from ui.conversations.history import open_history
from ui.conversations.kept import Feedback, KeptConversation, KeptTurn
from ui.conversations.ratings import as_questions

if TYPE_CHECKING:
    from pathlib import Path

ASKED = dt.datetime(2026, 3, 4, 9, 30, tzinfo=dt.UTC)


def conversation(*turns: KeptTurn, title: str = "The pier") -> KeptConversation:
    numbered = (dataclasses.replace(turn, number=number) for number, turn in enumerate(turns, start=1))
    return KeptConversation(id="c", title=title, turns=tuple(numbered))


def test_markdown_reads_as_the_conversation_did() -> None:
    answer = make_answer("The council runs it [1]. Nobody else does.", cites=("pier",), quote="The council runs it.")
    answer["citations"][0]["url"] = "https://example.com/pier?a=1&b=2"
    turn = make_turn(
        "And who?",
        answer,
        standalone_question="Who runs the pier?",
        filters={"source": ["Harbour Post"], "since": "2026-01-01"},
        asked_at=ASKED,
    )
    assert as_markdown(conversation(turn)) == (
        "# The pier\n\n"
        "## And who?\n\n"
        "2026-03-04 09:30 UTC\\\n"
        "understood as: Who runs the pier?\\\n"
        "source: Harbour Post\\\n"
        "since: 2026-01-01\n\n"
        "The council runs it [1]. Nobody else does.\n\n"
        "- [1] “The council runs it.” — Notes on pier, Harbour Post, Ana Duarte, 2026-03-02"
        " <https://example.com/pier?a=1&b=2>\n"
    )


def test_lists_of_an_answer_stay_lists() -> None:
    text = "Two things:\n- the pier [1]\n* the *ferry*\n2) the lock\n# no heading\n--- no rule"
    markdown = as_markdown(conversation(make_turn("What?", make_answer(text, cites=("pier",)))))
    assert "\n- the pier [1]\n\n- the \\*ferry\\*\n\n2. the lock\n\n\\# no heading\n\n\\--- no rule\n" in markdown


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_articles_are_only_text_in_markdown(hostile: Hostile) -> None:
    assert_only_text(f"{hostile.title}\n{hostile.text}")


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"[]()<>!\\`*_#&:;/.-+=|~$\n\t 1a\"'", "http://e.x", "www.e.x", "[1]", "&lt;"])))
def test_no_text_becomes_markup_in_markdown(pieces: list[str]) -> None:
    assert_only_text("".join(pieces))


def test_only_web_addresses_become_links() -> None:
    for url, expected in (
        ("javascript:alert(1)", []),
        ("data:text/html,x", []),
        ("https://e.x/a> <img src=x>", ["https://e.x/a%3E%20%3Cimg%20src=x%3E"]),
        ("https://e.x/ok", ["https://e.x/ok"]),
    ):
        answer = make_answer("Yes [1].", cites=("pier",))
        answer["citations"][0]["url"] = url
        assert links(as_markdown(conversation(make_turn("Is it?", answer)))) == expected


def test_json_has_everything() -> None:
    turn = make_turn("Who?", asked_at=ASKED, filters={"until": "2026-01-01"}, feedback=Feedback(good=True, reason="Ja"))
    exported = json.loads(as_json(conversation(turn)))
    assert exported["title"] == "The pier"
    (row,) = exported["turns"]
    assert row["answer"] == turn.answer
    assert row["asked_at"] == "2026-03-04T09:30:00+00:00"
    assert (row["question"], row["filters"]) == ("Who?", {"until": "2026-01-01"})
    assert row["feedback"] == {"good": True, "reason": "Ja"}


def test_one_answer_is_copied_with_its_sources() -> None:
    answer = make_answer("The council [1].", cites=("pier",), quote="The council\nruns it.")
    answer["citations"][0]["url"] = "https://example.com/pier"
    assert as_text(answer) == (
        "The council [1].\n\n[1] “The council runs it.” — Notes on pier, Harbour Post, Ana Duarte, 2026-03-02,"
        " https://example.com/pier\n"
    )
    assert as_text(make_answer("Not in these articles.")) == "Not in these articles.\n"


def test_a_cited_record_is_taken_away_with_the_name_of_its_field() -> None:
    answer = make_answer("Ana Duarte [1].", found=True, records=[make_record("pier", "author", "Ana Duarte")])
    about = "Notes on pier, Harbour Post, Ana Duarte, 2026-03-02"
    assert as_text(answer) == f"Ana Duarte [1].\n\n[1] Author: Ana Duarte — {about}\n"
    assert f"- [1] Author: Ana Duarte — {about}" in as_markdown(conversation(make_turn("Who wrote it?", answer)))


# Feedback


def test_liked_answers_become_gold_and_disliked_ones_do_not() -> None:
    liked = make_answer("The council [1].", cites=("pier", "ferry"), quote="The council", short_answer="council")
    turns = [
        make_turn("Who?", liked, filters={"source": ["Harbour Post"]}, asked_at=ASKED, feedback=Feedback(good=True)),
        make_turn("When?", make_answer("Not here."), feedback=Feedback(good=True)),
        make_turn("Why?", feedback=Feedback(good=False, reason="It is the wrong pier.")),
        make_turn("Unrated?"),
    ]
    good, absent, bad = as_questions(("c", dataclasses.replace(turn, number=n)) for n, turn in enumerate(turns))
    assert (good.type, good.answers, good.articles, good.answerable) == ("liked", ("council",), ("pier", "ferry"), True)
    assert [piece.quote for piece in good.evidence] == ["The council", "The council"]
    assert (good.filters.source, good.as_of) == (("Harbour Post",), ASKED.date())
    assert (absent.type, absent.answerable, absent.evidence) == ("liked", False, ())
    assert (bad.type, bad.answers, bad.articles, bad.evidence) == ("disliked", (), (), ())
    assert bad.fields == {"reason": "It is the wrong pier."}
    assert len({good.id, absent.id, bad.id}) == 3


def test_the_command_writes_a_question_set(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    for user, good in (("ana", True), ("ben", False)):
        id_, number = history.append(user, None, make_turn(f"Who, {user}?"))
        history.feedback(user, id_, number, good=good, reason="So it seems.")
    removed, number = history.append("ana", None, make_turn("Gone?", make_answer("It sank.", cites=("ferry",))))
    history.feedback("ana", removed, number, good=True)
    history.forget(["ferry"])
    history.close()
    file = tmp_path / "feedback.jsonl"
    result = CliRunner().invoke(feedback, ["export", str(file), "--home", str(tmp_path)])
    assert result.output == f"Wrote 2 questions to {file}.\n"
    questions = load_question_set(file).questions
    assert [(one.question, one.type) for one in questions] == [("Who, ana?", "liked"), ("Who, ben?", "disliked")]
    assert questions[0].evidence[0].quote == "The pier stays open."
    assert dict(questions[1].fields) == {"reason": "So it seems."}
    printed = CliRunner().invoke(feedback, ["export", "--home", str(tmp_path)])
    assert printed.output == file.read_text()


def test_the_command_says_if_there_is_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(feedback, ["export", "--home", str(tmp_path)])
    assert isinstance(result.exception, HomeError)
    assert not list(tmp_path.iterdir())
    open_history(tmp_path).close()
    assert isinstance(CliRunner().invoke(feedback, ["export", "--home", str(tmp_path)]).exception, HomeError)
    history = open_history(tmp_path)
    id_, number = history.append("ana", None, make_turn("Who?"))
    history.feedback("ana", id_, number, good=True)
    history.close()
    result = CliRunner().invoke(feedback, ["export", str(tmp_path / "no" / "file"), "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "No such file" in result.output


def assert_only_text(text: str) -> None:
    """Put a text wherever a stranger's words go, and look for anything in the page that is more than text."""
    answer = make_answer(f"{text} [1]{text}", cites=("pier",), quote=text)
    answer["citations"][0] |= {"title": text, "source": text, "author": text}
    turn = make_turn(text or "?", answer, standalone_question=f"{text}!", filters={"source": [text]})
    markdown = as_markdown(conversation(turn, title=text))
    assert links(markdown) == []


def links(markdown: str) -> list[str]:
    """Return where links and images lead; fail where there is HTML, code or a definition."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    environment: dict[str, object] = {}
    found = []
    for block in reader.parse(markdown, environment):
        assert block.type not in {"html_block", "code_block", "fence", "table_open", "hr", "blockquote_open"}
        assert block.type != "heading_open" or block.tag in {"h1", "h2"}
        for token in block.children or ():
            assert token.type not in {"html_inline", "code_inline", "em_open", "strong_open", "s_open"}
            if token.type in {"link_open", "image"}:
                found.append(str(token.attrs.get("href", token.attrs.get("src"))))
    assert not environment.get("references")
    return found

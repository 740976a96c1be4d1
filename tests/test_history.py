"""Kept conversations: private to each user, limited in number, and without text of removed articles."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import random
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from index import HomeError
from tests.answers import make_answer, make_record, make_turn
from ui.conversations.history import History, forget_articles, open_history
from ui.conversations.kept import REMOVED, ConversationNotFoundError, Feedback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = open_history(tmp_path)
    yield history
    history.close()


def test_a_conversation_is_loaded_as_it_was_kept(history: History) -> None:
    first = make_turn("Who runs the pier?", filters={"source": ["Harbour Post"]})
    id_, number = history.append("ana", None, first)
    follow_up = make_turn("And since when?", standalone_question="Since when does the council run the pier?")
    assert history.append("ana", id_, follow_up) == (id_, 2)
    kept = history.load("ana", id_)
    assert kept.title == "Who runs the pier?"
    assert kept.turns == (dataclasses.replace(first, number=number), dataclasses.replace(follow_up, number=2))
    assert [turn.question for turn in kept.as_asked().turns] == [
        "Who runs the pier?",
        "Since when does the council run the pier?",
    ]
    assert len(kept.as_asked(before=2).turns) == 1


def test_conversations_survive_the_process(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    id_, _ = history.append("ana", None, make_turn("Who runs the pier?"))
    history.close()
    history = open_history(tmp_path)
    assert [info.id for info in history.list("ana")] == [id_]
    history.close()


def test_the_list_has_the_last_used_first(history: History) -> None:
    one, _ = history.append("ana", None, make_turn("One?"))
    two, _ = history.append("ana", None, make_turn("Two?"))
    assert [info.title for info in history.list("ana")] == ["Two?", "One?"]
    history.append("ana", one, make_turn("One more?"))
    assert [(info.id, info.turns) for info in history.list("ana")] == [(one, 2), (two, 1)]


def test_a_question_asked_again_takes_the_place_of_what_came_after(history: History) -> None:
    id_, _ = history.append("ana", None, make_turn("One?"))
    history.append("ana", id_, make_turn("Two?"))
    history.append("ana", id_, make_turn("Three?"))
    assert history.append("ana", id_, make_turn("Two, edited?"), replaces=2) == (id_, 2)
    assert [turn.question for turn in history.load("ana", id_).turns] == ["One?", "Two, edited?"]


def test_users_cannot_reach_the_conversations_of_others(history: History) -> None:
    id_, number = history.append("ana", None, make_turn("Who runs the pier?"))
    assert history.list("ben") == []
    for attempt in (
        lambda: history.load("ben", id_),
        lambda: history.append("ben", id_, make_turn("Mine now?")),
        lambda: history.append("ben", id_, make_turn("Mine now?"), replaces=1),
        lambda: history.rename("ben", id_, "Mine"),
        lambda: history.rename("ben", id_, ""),
        lambda: history.delete("ben", id_),
        lambda: history.feedback("ben", id_, number, good=False, reason="spite"),
    ):
        with pytest.raises(ConversationNotFoundError):
            attempt()
    kept = history.load("ana", id_)
    assert kept.title == "Who runs the pier?"
    assert [turn.feedback for turn in kept.turns] == [None]
    with pytest.raises(ValueError, match="for a user"):
        history.append("", None, make_turn("Nobody's?"))


def test_ids_cannot_be_guessed(history: History) -> None:
    ids = {history.append("ana", None, make_turn("Who?"))[0] for _ in range(20)}
    assert len(ids) == 20
    assert all(len(bytes.fromhex(id_)) == 16 for id_ in ids)


def test_titles_are_short_and_on_one_line(history: History) -> None:
    id_, _ = history.append("ana", None, make_turn("Who\nruns " + "the pier " * 40))
    title = history.list("ana")[0].title
    assert len(title) <= 80
    assert title.startswith("Who runs the pier")
    assert history.rename("ana", id_, "  The\tpier ") == "The pier"
    assert history.rename("ana", id_, "  ") == "The pier"


def test_feedback_is_kept_with_its_turn_and_the_last_one_counts(history: History) -> None:
    id_, number = history.append("ana", None, make_turn("Who runs the pier?"))
    history.feedback("ana", id_, number, good=True)
    history.feedback("ana", id_, number, good=False, reason="Wrong\n pier. " + "x" * 9000)
    (turn,) = history.load("ana", id_).turns
    assert turn.feedback
    assert not turn.feedback.good
    assert turn.feedback.reason.startswith("Wrong pier. x")
    assert len(turn.feedback.reason) == 2000
    assert [(conversation, rated.number) for conversation, rated in history.rated_turns()] == [(id_, number)]
    with pytest.raises(ConversationNotFoundError):
        history.feedback("ana", id_, number + 1, good=True)


def test_the_oldest_turns_beyond_the_limit_are_removed(tmp_path: Path) -> None:
    history = History(tmp_path / "chat.db", conversations=3, turns=2, everybodys_conversations=4)
    for question in ("One?", "Two?", "Three?", "Four?"):
        id_, _ = history.append("ana", None, make_turn(question))
    assert [info.title for info in history.list("ana")] == ["Four?", "Three?", "Two?"]
    for question in ("Five?", "Six?"):
        history.append("ana", id_, make_turn(question))
    assert [(turn.number, turn.question) for turn in history.load("ana", id_).turns] == [(2, "Five?"), (3, "Six?")]
    for user in ("ben", "cyn"):
        history.append(user, None, make_turn("Mine?"))
    assert [info.title for info in history.list("ana")] == ["Four?", "Three?"]
    history.close()


def test_the_files_are_for_their_owner_only(history: History, tmp_path: Path) -> None:
    history.append("ana", None, make_turn("Who runs the pier?"))
    files = list(tmp_path.iterdir())
    assert tmp_path / "chat.db" in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_deleted_conversation_leaves_no_trace(history: History, tmp_path: Path) -> None:
    id_, number = history.append("ana", None, make_turn("Where is ZEBRAFISH?"))
    history.feedback("ana", id_, number, good=False, reason="ZEBRAFISH is elsewhere")
    assert b"ZEBRAFISH" in in_files(tmp_path)
    history.delete("ana", id_)
    assert b"ZEBRAFISH" not in in_files(tmp_path)
    assert history.list("ana") == []
    assert history.rated_turns() == []


def test_many_threads_may_keep_turns_at_once(history: History) -> None:
    ids = [history.append(user, None, make_turn("First?"))[0] for user in ("ana", "ben")]

    def keep(number: int) -> None:
        user, id_ = ("ana", ids[0]) if number % 2 else ("ben", ids[1])
        history.append(user, id_, make_turn(f"Question {number}?"))
        history.list(user)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(60)))
    for user, id_ in zip(("ana", "ben"), ids, strict=True):
        assert [turn.number for turn in history.load(user, id_).turns] == list(range(1, 32))


def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_text("This is not a database. " * 300)
    with pytest.raises(HomeError, match=r"chat\.db cannot be used"):
        open_history(tmp_path)


# Forgetting articles


def test_an_answer_that_cites_a_removed_article_is_removed(history: History) -> None:
    answer = make_answer("The ferry sank at noon.", cites=("ferry",), short_answer="noon", notice="A note.")
    id_, number = history.append("ana", None, make_turn("When did it sink?", answer))
    history.feedback("ana", id_, number, good=False, reason="It says 'sank at noon', but it was one.")
    history.forget(["ferry"])
    (turn,) = history.load("ana", id_).turns
    assert turn.question == "When did it sink?"
    assert turn.answer.keys() == answer.keys()  # it can still be shown as any other
    assert (turn.answer["text"], turn.answer["found"], turn.answer["citations"]) == (REMOVED, False, [])
    assert turn.feedback == Feedback(good=False)
    assert not history.load("ana", id_).as_asked().turns


def test_an_answer_that_cites_the_record_of_a_removed_article_is_removed(history: History) -> None:
    answer = make_answer("Ana Duarte [1].", found=True, records=[make_record("ferry", "author", "Ana Duarte")])
    id_, _ = history.append("ana", None, make_turn("Who wrote it?", answer))
    history.forget(["ferry"])
    (turn,) = history.load("ana", id_).turns
    assert (turn.answer["text"], turn.answer["found"], turn.answer["records"]) == (REMOVED, False, [])


def test_an_answer_from_other_articles_only_loses_the_passages(history: History) -> None:
    answer = make_answer("The pier stays open.", cites=("pier",), reads=("ferry",))
    id_, _ = history.append("ana", None, make_turn("Is the pier open?", answer))
    history.forget(["ferry"])
    (turn,) = history.load("ana", id_).turns
    assert turn.answer["text"] == "The pier stays open."
    assert [passage["article_id"] for passage in turn.answer["passages"]] == ["pier"]


def test_an_answer_of_a_model_that_saw_a_removed_article_is_removed(history: History) -> None:
    telling = [{"text": "It sank.", "citations": [], "supported": False, "support": 0.1}]
    by_model: dict[str, Any] = {"reader": "llm:some-model", "statements": telling}
    first, _ = history.append("ana", None, make_turn("One?", make_answer("It sank.", reads=("ferry",), **by_model)))
    second, _ = history.append("ana", None, make_turn("Two?", make_answer("It sank.", cites=("ferry",))))
    history.append("ana", second, make_turn("Three?", make_answer("As said, it sank.", reads=("pier",), **by_model)))
    unrelated, _ = history.append("ana", None, make_turn("Four?", make_answer("A guess.", **by_model)))
    history.forget(["ferry"])
    assert [turn.answer["text"] for turn in history.load("ana", first).turns] == [REMOVED]
    assert [turn.answer["text"] for turn in history.load("ana", second).turns] == [REMOVED, REMOVED]
    assert [turn.answer["text"] for turn in history.load("ana", unrelated).turns] == ["A guess."]


def test_questions_derived_from_a_removed_answer_are_removed(history: History) -> None:
    answer = make_answer("The Gull sank.", cites=("the gull ferry",), quote="Captain Orlov left the Gull at dawn.")
    id_, _ = history.append("ana", None, make_turn("What do the Notes on the Gull ferry say?", answer))
    follow_up = make_turn("And then?", standalone_question="What did Captain Orlov do then?")
    history.append("ana", id_, follow_up)
    history.append("ana", id_, make_turn("Why has Captain Orlov left the Gull at dawn?"))
    history.append("ana", id_, make_turn("Why did Captain Orlov leave?"))
    assert history.list("ana")[0].title == "What do the Notes on the Gull ferry say?"
    history.forget(["the gull ferry"])
    repeated = "(a question that repeated a removed article)"
    turns = history.load("ana", id_).turns
    assert [turn.question for turn in turns] == [repeated, "And then?", repeated, "Why did Captain Orlov leave?"]
    assert turns[1].standalone_question == turns[1].answer["standalone_question"] == "And then?"
    assert history.list("ana")[0].title == repeated


def test_a_title_of_the_users_own_stays(history: History) -> None:
    id_, _ = history.append("ana", None, make_turn("When?", make_answer("At noon.", cites=("ferry",))))
    history.rename("ana", id_, "For Monday")
    history.forget(["ferry"])
    assert history.list("ana")[0].title == "For Monday"


def test_no_byte_of_a_removed_article_stays_in_the_files(history: History, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    for conversation in range(40):
        id_ = None
        for turn in range(chance.randrange(1, 12)):
            article = chance.choice(["ferry", "pier"])
            secret = "ZEBRAFISH" if article == "ferry" else "SEAGULL"
            said = f"{secret} was seen {conversation} {turn}. " * chance.choice([1, 3, 40, 400])
            kept = make_turn(f"Question {turn}?", make_answer(said, cites=(article,)))
            id_, number = history.append("ana", id_, kept)
            if chance.random() < 0.3:
                history.feedback("ana", id_, number, good=False, reason=f"{secret} was not seen")
            if chance.random() < 0.1:
                history.append("ana", id_, kept, replaces=number)
    assert b"ZEBRAFISH" in in_files(tmp_path)
    history.forget(["ferry"])
    left = in_files(tmp_path)
    assert b"ZEBRAFISH" not in left
    assert b"SEAGULL" in left
    with contextlib.closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_answer_in_progress_when_its_article_is_removed_is_removed(history: History, tmp_path: Path) -> None:
    before = dt.datetime.now(dt.UTC)
    forget_articles(tmp_path, ["ferry"])  # as a server does, through a connection of its own
    late = make_turn("When?", make_answer("ZEBRAFISH at noon.", cites=("ferry",)), asked_at=before)
    id_, _ = history.append("ana", None, late)
    assert history.load("ana", id_).turns[0].answer["text"] == REMOVED
    again = dataclasses.replace(late, asked_at=dt.datetime.now(dt.UTC))  # the article has been added once more
    history.append("ana", id_, again)
    assert history.load("ana", id_).turns[1].answer["text"] == "ZEBRAFISH at noon."


def test_articles_can_be_forgotten_at_the_same_time(history: History, tmp_path: Path) -> None:
    def forget(_: int) -> None:
        for _ in range(40):
            forget_articles(tmp_path, ["ferry"])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(forget, range(8)))


def test_forgetting_makes_no_file_where_there_is_none(tmp_path: Path) -> None:
    forget_articles(tmp_path, ["ferry"])
    assert not list(tmp_path.iterdir())


def in_files(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))

"""Timelines, reasons, lists, yes or no: questions that a single sentence seldom answers, over the sample articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assistant import Assistant

# Each test reads many sentences with the bundled models.
pytestmark = pytest.mark.slow


def test_a_timeline_gives_dated_points_oldest_first(assistant: Assistant) -> None:
    answer = assistant.ask("Please draw up a chronology of Ropewalk Bridge")
    assert answer.kind == "timeline"
    days = [statement.text.split(": ")[0].rsplit(", ")[-1] for statement in answer.statements]
    assert days == sorted(days)
    assert len(set(days)) >= 3
    assert all(statement.supported for statement in answer.statements)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("How has the opening date of Ropewalk Bridge changed?", ["October 2025", "April 2026", "September 2026"]),
        ("how did the estimate for the bridge develop", ["$40 million", "$52 million", "$61.5 million"]),
    ],
)
def test_what_a_value_changed_to_is_told_by_dated_articles(
    assistant: Assistant, question: str, values: list[str]
) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "timeline"
    places = [answer.text.find(value) for value in values]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "question", ["How has the number of firefighters changed?", "How have mortgage rates changed?"]
)
def test_one_value_is_no_change(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).kind != "timeline"


def test_reasons_that_an_article_lists_are_all_given(assistant: Assistant) -> None:
    answer = assistant.ask("Why has the seagrass in Averil Bay recovered?")
    assert "sewage works" in answer.text
    assert "drop anchor" in answer.text


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How come the theater has fewer seats?", "the rows are farther apart"),
        ("Why was there a recount in Pellinsford?", "a margin of less than 2%"),
        ("Why were residents told to keep their windows shut?", "Smoke drifted"),
        ("Why are NATO allies worried?", "his warmth toward Putin"),
    ],
)
def test_a_reason_is_given_and_not_the_event_again(assistant: Assistant, question: str, reason: str) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "reason"
    assert reason in answer.text


def test_an_event_that_is_told_without_a_reason_is_no_answer(assistant: Assistant) -> None:
    assert not assistant.ask("Why did the trust halve its grants?").found


def test_a_list_has_more_than_one_item(assistant: Assistant) -> None:
    answer = assistant.ask("What problems has the Seamen's Trust had?")
    assert answer.kind == "list"
    assert len(answer.statements) >= 2


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Was anyone killed in the fire at Quennby Mill?", "Nobody was hurt"),
        ("How many people were killed by Storm Wendolin?", "No deaths were reported"),
        ("Was anyone injured by the storm?", "Two people were hurt"),
        ("When did the five people die in Storm Wendolin?", "No deaths were reported"),
    ],
)
def test_who_came_to_harm_is_told(assistant: Assistant, question: str, says: str) -> None:
    assert assistant.ask(question).text.startswith(says)


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Did Trenneck concede?", "Yes: "),
        ("Did Veskander's revenue fall in the first half of 2024?", "No: "),
        ("Is it true that Ukraine rejected the ceasefire?", "No: "),
    ],
)
def test_yes_or_no_opens_the_answer_where_the_sentence_settles_it(
    assistant: Assistant, question: str, opening: str
) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "yes_no"
    assert answer.text.startswith(opening)


@pytest.mark.parametrize(
    "question",
    [
        "Did Port Averil Mariners win the Coast Cup?",
        "Will there be a toll on Ropewalk Bridge?",
        "Has Putin accepted the ceasefire?",
        "Did Trump fire Witkoff?",
    ],
)
def test_what_happened_to_others_or_is_left_open_is_no_yes(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).text.startswith(("Yes", "No:"))


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Why did the roofing company accept the report?", "rejects the report"),
        ("When did Ukraine reject the ceasefire?", "Ukraine agreed"),
    ],
)
def test_a_false_premise_is_answered_by_what_the_articles_say(assistant: Assistant, question: str, says: str) -> None:
    answer = assistant.ask(question)
    assert answer.text.startswith("The articles say otherwise: ")
    assert says in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Give me a timeline of the floods in Portugal.",
        "Why did Emmanuel Macron resign?",
        "Was anyone hurt in the train crash at Upper Harrick?",
    ],
)
def test_what_no_article_tells_is_refused(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).found

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.time_reading import read_time

TODAY = dt.date(2025, 3, 19)  # a Wednesday


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("question", "since", "until", "phrase"),
    [
        # What happened at a time told from today is reported from then on, until now.
        ("What happened yesterday?", "2025-03-18", "2025-03-19", "yesterday"),
        ("Yesterday, what did Putin say?", "2025-03-18", "2025-03-19", "Yesterday"),
        ("What happened the day before yesterday?", "2025-03-17", "2025-03-19", "the day before yesterday"),
        ("Who was arrested last night?", "2025-03-18", "2025-03-19", "last night"),
        ("What did Macron do today?", "2025-03-19", "2025-03-19", "today"),
        ("Who resigned today?", "2025-03-19", "2025-03-19", "today"),
        ("What happened this morning?", "2025-03-19", "2025-03-19", "this morning"),
        ("What did the council decide this week?", "2025-03-17", "2025-03-19", "this week"),
        ("What happened last week?", "2025-03-10", "2025-03-19", "last week"),
        ("Why did last week's summit fail?", "2025-03-10", "2025-03-19", "last week"),
        ("Who won the vote this month?", "2025-03-01", "2025-03-19", "this month"),
        ("How many ships sank last month?", "2025-02-01", "2025-03-19", "last month"),
        ("What has changed this year?", "2025-01-01", "2025-03-19", "this year"),
        ("How much did the harbour earn last year?", "2024-01-01", "2025-03-19", "last year"),
        ("Who won the race last weekend?", "2025-03-15", "2025-03-19", "last weekend"),
        ("What did Orr say last Friday?", "2025-03-14", "2025-03-19", "last Friday"),
        ("What happened in the last 3 days?", "2025-03-16", "2025-03-19", "in the last 3 days"),
        ("What has Russia said over the past two weeks?", "2025-03-05", "2025-03-19", "over the past two weeks"),
        ("What changed in the past 24 hours?", "2025-03-18", "2025-03-19", "in the past 24 hours"),
        ("Who resigned in the past few days?", "2025-03-14", "2025-03-19", "in the past few days"),
        ("Who resigned in the past couple of weeks?", "2025-03-05", "2025-03-19", "in the past couple of weeks"),
        ("What did Putin say past two weeks?", "2025-03-05", "2025-03-19", "past two weeks"),
        ("What has happened over the last month?", "2025-02-16", "2025-03-19", "over the last month"),
        ("What did he say 3 days ago?", "2025-03-16", "2025-03-19", "3 days ago"),
        ("What was decided two weeks ago?", "2025-03-05", "2025-03-19", "two weeks ago"),
        ("What was decided a couple of weeks ago?", "2025-03-05", "2025-03-19", "a couple of weeks ago"),
        ("What has happened since Monday?", "2025-03-17", None, "since Monday"),
        ("What has happened since Wednesday?", "2025-03-19", None, "since Wednesday"),
        ("What has happened since yesterday?", "2025-03-18", None, "since yesterday"),
        ("What has Putin said since 3 March?", "2025-03-03", None, "since 3 March"),
        ("What has Putin said since March 20th?", "2024-03-20", None, "since March 20th"),
        ("news since monday", "2025-03-17", None, "since monday"),
        # A time beside a word for articles is that of publication.
        ("What was reported last week about the harbour?", "2025-03-10", "2025-03-16", "last week"),
        ("What was reported in March 2025 about the talks?", "2025-03-01", "2025-03-31", "in March 2025"),
        ("What do last week's headlines say?", "2025-03-10", "2025-03-16", "last week's"),
        ("today's news", "2025-03-19", "2025-03-19", "today's"),
        ("News since Monday about Ukraine", "2025-03-17", None, "since Monday"),
        ("What do articles published before 2024-05-01 say?", None, "2024-04-30", "published before 2024-05-01"),
        ("Articles after May 2024 on prices?", "2024-06-01", None, "after May 2024"),
        ("Show me news from May", "2024-05-01", "2024-05-31", "from May"),
        (
            "What do the articles written between March and May 2024 say?",
            *("2024-03-01", "2024-05-31", "written between March and May 2024"),
        ),
        ("News from 3 to 10 March?", "2025-03-03", "2025-03-10", "from 3 to 10 March"),
        ("News between November and February?", "2024-11-01", "2025-02-28", "between November and February"),
        ("What do reports dated 17 March 2025 say?", "2025-03-17", "2025-03-17", "dated 17 March 2025"),
        ("What do the reports from March 17, 2025 say?", "2025-03-17", "2025-03-17", "from March 17, 2025"),
        ("Find articles published on 17 March 2025.", "2025-03-17", "2025-03-17", "published on 17 March 2025"),
        ("Which articles from 2014 mention Crimea?", "2014-01-01", "2014-12-31", "from 2014"),
        ("What has been published since 3 March 2025?", "2025-03-03", None, "since 3 March 2025"),
        ("What's new today?", "2025-03-19", "2025-03-19", "today"),
        ("Any news before yesterday?", None, "2025-03-17", "before yesterday"),
        ("Any news from last month about Ukraine?", "2025-02-01", "2025-02-28", "from last month"),
        ("News from 29 February?", "2024-02-29", "2024-02-29", "from 29 February"),
        # "As of" is the state of knowledge on a day.
        ("How many were missing as of 1 March?", None, "2025-03-01", "as of 1 March"),
        ("As of 2024-05-01, how many had died?", None, "2024-05-01", "As of 2024-05-01"),
        ("As of Monday, who leads?", None, "2025-03-17", "As of Monday"),
        ("As of yesterday, who leads?", None, "2025-03-18", "As of yesterday"),
        ("What was known as of April 1?", None, "2024-04-01", "as of April 1"),
    ],
)
def test_a_time_of_reports_becomes_a_filter(question: str, since: str | None, until: str | None, phrase: str) -> None:
    reading = read_time(question, today=TODAY)
    assert (reading.since, reading.until, reading.phrase) == (day(since), day(until), phrase)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the war in 1945?",
        "What happened in 2014?",
        "What happened on 17 March 2025?",
        "How much of its land has Ukraine lost since the 2022 invasion?",
        "What has changed since 2014?",
        "What has changed since 24 February 2022?",
        "How have prices moved since January?",
        "What will happen on Tuesday?",
        "What did Orr say on Monday?",
        "What will happen this week?",
        "What is going to happen today?",
        "What was forecast for last week?",
        "Who is expected to resign this month?",
        "How many people live in Oslo today?",
        "How much lower was the North Sea in the last cold phase than it is today?",
        "What are the first buildings the university built known as today?",
        "What has survived until today?",
        "how is today special ?",
        "How many avulsions have occurred in the past 6000 years?",
        "What has it done over the past years?",
        "How did prices change over the past five years?",
        "What event happened 66 million years ago?",
        "What was found 2,000 days ago?",
        "Is inflation higher than last year?",
        "How do prices compare with last month?",
        "Did more people come this week than last week?",
        "What happened in the last week of the trial?",
        "Who died in the last 3 days of May?",
        "What happened this week in 1945?",
        "Who sang Yesterday?",
        "Who wrote “What happened yesterday”?",
        'Who said "we met last week"?',
        "Who owns USA Today?",
        "Who was the first host of the today show?",
        "Who presented Last Week Tonight?",
        "How many days did the uprising last?",
        "How long did the war last, months or years?",
        "Did the siege last two weeks?",
        "When was the last plague outbreak?",
        "What was the revenue in the last quarter?",
        "As of 2015, how many people lived there?",
        "How many people did it control as of March 2015?",
        "As of 31 February, who leads?",
        "As of 1 April 2030, who leads?",
        "What news was there about the 2014 strike?",
        "How many cases were reported in 2014?",
        "What damage was reported on 17 March 2025?",
        "Which book was published in 1925?",
        "What article was published in 1937?",
        "Who wrote the report published on 17 March 2025?",
        "Did the article published on 2023-10-20 agree with the one on 2023-11-03?",
        "Does the Sun article praise Orr, while the Post article looks at her part in last week's game?",
        "Do articles from May contradict articles from June?",
        "What do the articles from 03/04/2025 say?",
        "What do the articles from 2025-02-30 say?",
        "News between May 2024 and March 2024?",
        "The articles may say more",
        "What did the papers demand?",
        "Who was the last king?",
        "What happened between last week and today?",
        "",
        "?",
    ],
)
def test_a_time_that_is_part_of_the_fact_is_left_alone(question: str) -> None:
    reading = read_time(question, today=TODAY)
    assert (reading.since, reading.until, reading.prefer_recent) == (None, None, False)
    assert (reading.phrase, reading.question) == (None, question)


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("What is the latest estimate?", "latest"),
        ("Latest on Ukraine?", "Latest"),
        ("What did Putin say in his most recent speech?", "most recent"),
        ("Which is the newest member of NATO?", "newest"),
        ("Who is the current chief justice?", "current"),
        ("Who is Germany's current chancellor?", "current"),
        ("How many troops are currently there?", "currently"),
        ("Who leads right now?", "right now"),
        ("What is the price at the moment?", "at the moment"),
        ("What has Orr said recently?", "recently"),
        ("Any recent news?", "recent"),
        ("What has been reported recently about Gaza?", "recently"),
        ("How many are missing as of today?", "as of today"),
    ],
)
def test_newest_articles_are_preferred_and_none_hidden(question: str, phrase: str) -> None:
    reading = read_time(question, today=TODAY)
    assert reading.prefer_recent
    assert (reading.since, reading.until, reading.phrase, reading.question) == (None, None, phrase, question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the current in the wire?",
        "What is the current account deficit?",
        "What do current ctenophores have that fossils do not?",
        "By when must it be paid at the latest?",
        "Which firm, recently named by two papers, fell?",
        "What was felt at the moment of impact?",
        "Who hosts The Latest Show?",
        "Which single letter, given the updates reported in both articles, is in the latest release?",
    ],
)
def test_other_senses_of_new_prefer_nothing(question: str) -> None:
    assert not read_time(question, today=TODAY).prefer_recent


def test_a_time_and_a_preference_go_together() -> None:
    reading = read_time("What is the latest news since Monday?", today=TODAY)
    assert (reading.since, reading.prefer_recent, reading.phrase) == (dt.date(2025, 3, 17), True, "since Monday")


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("How many were missing as of 1 March?", "How many were missing?"),
        ("As of 1 March, how many were missing?", "How many were missing?"),
        ("What did  Putin say last week about NATO?", "What did Putin say about NATO?"),
        ("What do articles published before 2024-05-01 say about it?", "What do articles say about it?"),
        ("What do last week's headlines say?", "What do headlines say?"),
        ("Why did last week's summit fail?", "Why did last week's summit fail?"),
        ("Yesterday?", "Yesterday?"),
        ("news since Monday about NATO", "news about NATO"),
        ("What happened in 2014?", "What happened in 2014?"),
        ("What happened in Kyiv yesterday, and why?", "What happened in Kyiv, and why?"),
    ],
)
def test_misleading_words_are_left_out_of_the_search(question: str, searched: str) -> None:
    assert read_time(question, today=TODAY).question == searched


@pytest.mark.parametrize(
    ("today", "since", "until"),
    [("2025-01-01", "2024-12-01", "2024-12-31"), ("2024-03-31", "2024-02-01", "2024-02-29")],
)
def test_last_month_is_a_month_of_the_calendar(today: str, since: str, until: str) -> None:
    reading = read_time("What was reported last month?", today=dt.date.fromisoformat(today))
    assert (reading.since, reading.until) == (day(since), day(until))


WORDS = st.sampled_from(
    """
    what happened was reported news articles published from on in since before after between and until as of the past
    last this week month year weekend yesterday today ago days hours years 3 31 999 two few Monday Friday March May
    february 2024 2014 2024-05-01 2024-13-41 2025-02-30 30 29 latest current “ ” " ' ’s , ? İ 界 Last Yesterday may
    """.split()
)
QUESTIONS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=15).map(" ".join))


@given(question=QUESTIONS, today=st.dates(dt.date(1970, 1, 1), dt.date(2200, 12, 31)))
def test_any_question_has_a_reading(question: str, today: dt.date) -> None:
    reading = read_time(question, today=today)
    assert reading.phrase is None or (reading.phrase and reading.phrase in question)
    assert reading.phrase or (reading.question == question and not reading.prefer_recent)
    assert not (reading.since and reading.until) or reading.since <= reading.until
    assert bool(reading.question.strip()) == bool(question.strip())


def test_a_long_question_is_read_quickly() -> None:
    for piece in ("news from ", "last ", "the past two ", "between 3 and ", "'", "“", "as of ", "1 "):
        read_time(piece * 2000, today=TODAY)

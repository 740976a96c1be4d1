from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Conversation
from assistant.understanding.followup import make_standalone


def after(question: str, answer: str = "Not in these articles.") -> Conversation:
    return Conversation().with_turn(question, answer)


GRUSHKO = after("What did Grushko demand?", "“Ironclad guarantees,” he said. [1]")
BRIDGE = after("How much did Ropewalk Bridge cost in 2023?", "It cost $40 million. [1]")
ANSWER_NAMES = after("Who won the race on the lake?", "Ada Orr won the race. [1]")
UKRAINE = after("What did Putin say about Ukraine?", "He said that Kyiv must disarm. [1]")
NATO = after("Who leads NATO?", "NATO is led by Secretary General Mark Rutte. [1] Officials said so.")
RUSSIA = after("What does Russia want?", "Deputy Foreign Minister Alexander Grushko said it wants guarantees. [1]")
TALKS = after("What did Putin and Trump discuss?", "The war. [1]")
PROTEST = after("What did the protesters want?", "Lower prices. [1]")
WHY = after("What did Grushko demand? Why?", "Because of NATO. [1]")
MAYOR = after("Who is the mayor of Brenholt?", "Ines Vard will be the next mayor of Brenholt. [1]")
AVALANCHE = after("What happened at Karsholm?", "An avalanche buried a hut at Karsholm. [1]")
FERRY = after("How long does the Skerrin ferry take?", "The crossing takes 52 minutes. [1]")
CAPTAIN = after("Who is the captain?", "Averil Post, 2025-06-05: “I am,” said Captain Ida Solle. [1]")
LAWYER = after("Who is Ada Orr's lawyer?", "Using Ada Orr's name, Bo Lund had bought a house. [1]")
RACE = after("Who won the Skane marathon?", "Berit Holm won it in 2:31. [1]")
LONG = GRUSHKO.with_turn("When did talks begin?", "Talks began on Monday. [1]").with_turn("Where?", "In Riyadh. [1]")


@pytest.mark.parametrize(
    ("conversation", "question", "expected"),
    [
        # Pronouns.
        (GRUSHKO, "and what did he say about NATO?", "What did Grushko say about NATO?"),
        (GRUSHKO, "Who is he?", "Who is Grushko?"),
        (GRUSHKO, "How old is he?", "How old is Grushko?"),
        (GRUSHKO, "What's he doing in Oslo?", "What's Grushko doing in Oslo?"),
        (GRUSHKO, "What is his title?", "What is Grushko’s title?"),
        (GRUSHKO, "What is the name of his wife?", "What is the name of Grushko’s wife?"),
        (GRUSHKO, "What was the reason he gave?", "What was the reason Grushko gave?"),
        (GRUSHKO, "Which city was he born in?", "Which city was Grushko born in?"),
        (GRUSHKO, "In Paris, what did he say?", "In Paris, what did Grushko say?"),
        (GRUSHKO, "What does Putin think of him?", "What does Putin think of Grushko?"),
        (GRUSHKO, "What do voters think of him?", "What do voters think of Grushko?"),
        (GRUSHKO, "What do the articles say about his plan?", "What do the articles say about Grushko’s plan?"),
        (GRUSHKO, "Is it true that he resigned?", "Is it true that Grushko resigned?"),
        (GRUSHKO, "Thanks! And did she meet Putin?", "Did Grushko meet Putin?"),
        (GRUSHKO, "When did they meet her yesterday?", "When did they meet her yesterday? (about Grushko)"),
        (GRUSHKO, "Has it been accepted?", "What did Grushko demand? Has it been accepted?"),
        (GRUSHKO, "Why do they want it?", "What did Grushko demand? Why do they want it?"),
        (BRIDGE, "Who designed it?", "Who designed Ropewalk Bridge?"),
        (BRIDGE, "What is its length?", "What is Ropewalk Bridge’s length?"),
        (ANSWER_NAMES, "How old is she?", "How old is Ada Orr?"),
        (ANSWER_NAMES, "Whose boat is hers?", "Whose boat is Ada Orr’s?"),
        (ANSWER_NAMES, "How long is it?", "Who won the race on the lake? How long is it?"),
        (UKRAINE, "When did he say that?", "When did Putin say that?"),
        (UKRAINE, "Did Trump agree with him?", "Did Trump agree with Putin?"),
        (GRUSHKO, "How did Trump respond to him?", "How did Trump respond to Grushko?"),
        (GRUSHKO, "What did the Kremlin say about it?", "What did Grushko demand? What did the Kremlin say about it?"),
        (BRIDGE, "What did Orr and Lund say about it?", "What did Orr and Lund say about Ropewalk Bridge?"),
        (BRIDGE, "What is it famous for?", "What is Ropewalk Bridge famous for?"),
        (NATO, "When was he elected?", "When was Mark Rutte elected?"),
        (NATO, "What does it want?", "What does NATO want?"),
        (NATO, "What did it give to Ukraine?", "What did NATO give to Ukraine?"),
        (NATO, "What has it said about Ukraine?", "What has NATO said about Ukraine?"),
        (BRIDGE, "Is it safe?", "Is Ropewalk Bridge safe?"),
        (BRIDGE, "What is it like?", "How much did Ropewalk Bridge cost in 2023? What is it like?"),
        (RUSSIA, "What did he say?", "What did Alexander Grushko say?"),
        (RUSSIA, "Why do they want it?", "Why do Russia want it?"),
        (TALKS, "Where did they meet?", "Where did Putin and Trump meet?"),
        (TALKS, "What did he demand?", "What did Putin demand?"),
        (PROTEST, "Where did they go?", "Where did they go? (about protesters)"),
        (LONG, "What else did he say?", "What else did Grushko say?"),
        (MAYOR, "How old is she?", "How old is Ines Vard?"),
        (MAYOR, "Where was she born?", "Where was Ines Vard born?"),
        (AVALANCHE, "how many died?", "How many died? (about Karsholm)"),
        (AVALANCHE, "What did the minister do?", "What did the minister do? (about Karsholm)"),
        (FERRY, "how much does it cost?", "How much does the Skerrin ferry cost?"),
        (CAPTAIN, "what did she say?", "What did Captain Ida Solle say?"),
        (LAWYER, "Where does he live?", "Where does Bo Lund live?"),
        (RACE, "when was it?", "When was the Skane marathon?"),
        # Questions that say too little.
        (GRUSHKO, "why?", "What did Grushko demand? Why?"),
        (GRUSHKO, "And why?", "What did Grushko demand? Why?"),
        (GRUSHKO, "where?", "What did Grushko demand? Where?"),
        (GRUSHKO, "how much?", "What did Grushko demand? How much?"),
        (GRUSHKO, "How many of them?", "What did Grushko demand? How many of them?"),
        (GRUSHKO, "How many of them were accepted?", "What did Grushko demand? How many of them were accepted?"),
        (GRUSHKO, "who said that?", "What did Grushko demand? Who said that?"),
        (GRUSHKO, "since when?", "What did Grushko demand? Since when?"),
        (GRUSHKO, "In which year?", "What did Grushko demand? In which year?"),
        (GRUSHKO, "tell me more", "What did Grushko demand? Tell me more"),
        (GRUSHKO, "Are you sure?", "What did Grushko demand? Are you sure?"),
        (GRUSHKO, "What else?", "What did Grushko demand? What else?"),
        (GRUSHKO, "Who else was arrested?", "What did Grushko demand? Who else was arrested?"),
        (GRUSHKO, "When was that?", "What did Grushko demand? When was that?"),
        (GRUSHKO, "Why is that important?", "What did Grushko demand? Why is that important?"),
        (GRUSHKO, "What happened after that?", "What did Grushko demand? What happened after that?"),
        (GRUSHKO, "What did Trump say about this?", "What did Grushko demand? What did Trump say about this?"),
        (GRUSHKO, "Who lives there?", "What did Grushko demand? Who lives there?"),
        (WHY, "and how?", "What did Grushko demand? How?"),
        # Pieces.
        (GRUSHKO, "What about Putin?", "What did Putin demand?"),
        (GRUSHKO, "and Putin?", "What did Putin demand?"),
        (GRUSHKO, "And the mayor?", "What did the mayor demand?"),
        (GRUSHKO, "the same for Ada Orr", "What did Ada Orr demand?"),
        (GRUSHKO, "and in 2014?", "What did Grushko demand in 2014?"),
        (GRUSHKO, "and 2014?", "What did Grushko demand in 2014?"),
        (GRUSHKO, "And last week?", "What did Grushko demand last week?"),
        (GRUSHKO, "and the cost?", "What did Grushko demand? What about the cost?"),
        (WHY, "and Putin?", "What did Putin demand?"),
        (BRIDGE, "and in 2024?", "How much did Ropewalk Bridge cost in 2024?"),
        (BRIDGE, "And 2024?", "How much did Ropewalk Bridge cost in 2024?"),
        (BRIDGE, "since 2020?", "How much did Ropewalk Bridge cost since 2020?"),
        (BRIDGE, "and the Harbour Tunnel?", "How much did the Harbour Tunnel cost in 2023?"),
        (UKRAINE, "and Germany?", "What did Putin say about Germany?"),
        (UKRAINE, "And about NATO?", "What did Putin say about NATO?"),
        (UKRAINE, "what about Trump?", "What did Trump say about Ukraine?"),
        (TALKS, "and Macron?", "What did Putin and Trump discuss? What about Macron?"),
        (ANSWER_NAMES, "And in Oslo?", "Who won the race on the lake in Oslo?"),
        (ANSWER_NAMES, "what about the second prize?", "Who won the race on the lake? What about the second prize?"),
    ],
)
def test_a_followup_is_made_to_stand_alone(conversation: Conversation, question: str, expected: str) -> None:
    assert make_standalone(question, conversation) == expected


@pytest.mark.parametrize("conversation", [GRUSHKO, BRIDGE, NATO, LONG])
@pytest.mark.parametrize(
    "question",
    [
        "Who is Steve Witkoff?",
        "What is the unemployment rate in Germany?",
        "What did Putin say about his talks with Trump?",
        "Which report says that prices fell?",
        "Is it true that Ada Orr won?",
        "It is said that Ada Orr won the race.",
        "What is the weather like in Oslo?",
        "What is it like in Oslo?",
        "What time is it in Oslo?",
        "Is it legal to fish in Marl?",
        "Does it rain in Oslo?",
        "How long does it take to cross the lake?",
        "Why is it that prices fell?",
        "How far is it from Oslo to Bergen?",
        "In what year did Marie Curie win?",
        "On which day did Putin visit Paris?",
        "At what temperature does water boil?",
        "For whom did Ada Orr vote?",
        "By how much did prices rise in Germany?",
        "After he won, what did Trump do?",
        "In his speech, what did Putin promise?",
        "What did the company say about its profits?",
        "How did the council defend its decision?",
        "What did the mayor say about his plan?",
        "Which country changed its flag?",
        "How many people lost their homes in the flood?",
        "Do voters trust their leaders?",
        "Did anyone lose their job?",
        "Did Putin say that Trump called him?",
        "Did Putin ask Trump to call him?",
        "Is it safe for children to swim in Marl?",
        "When has Toyota said it will close its plant?",
        "Who was the first president to lose his seat?",
        "how many albums has eminem sold in his career",
        "how old was jean harlow when she died",
        "How many kibbutzim are there?",
        "Are there elections in May?",
        "How many of those who fled have returned?",
        "What did the article that appeared in May say?",
        "What happened on that day in Kyiv?",
        "What happened in 2014?",
        "What will happen this week?",
        "Who said “I will resign if he wins”?",
        "What happened in Marl after the flood?",
        "What about the claim that the harbour would silt up again?",
        "How about a list of all reports on prices?",
        "Inflation",
        "NATO expansion?",
        "Well drilling costs in Texas",
        "No Country for Old Men: who directed the film?",
        "Great Britain joined when?",
        "Right Sector leader?",
        "So Solid Crew members?",
        "Now that prices fell, what will the bank do?",
        "WHO OPPOSED THE TREATY THAT DE GAULLE SAID HE WOULD SIGN",
        "How did the bridge fall and who built it?",
        "Which university teaches its students Latin?",
        "Tell me about Ropewalk Lane",
        "Summarise the news about Marl",
        "Is Ada Orr the one who won?",
        "Who won the vote this morning?",
        "What do critics say of Ada Orr and her plan?",
        "Were the Beatles better than their rivals?",
        "Which of the reports is the newest?",
        "what is inflation?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(conversation: Conversation, question: str) -> None:
    assert make_standalone(question, conversation) == question


def test_a_connective_is_left_out_of_a_question_that_stands_alone() -> None:
    assert make_standalone("and what did Trump demand?", GRUSHKO) == "What did Trump demand?"
    assert make_standalone("Ok, who is Ada Orr?", GRUSHKO) == "Who is Ada Orr?"


@pytest.mark.parametrize("question", ["why?", "and in 2014?", "Who is he?", "", "??"])
def test_the_first_question_is_left_alone(question: str) -> None:
    assert make_standalone(question, Conversation()) == question


@pytest.mark.parametrize(
    "question", ["", "?", "and", "what about", "he", "his", "界" * 3000, "in", "and ?", "İ", "the same"]
)
def test_odd_followups_still_give_a_question(question: str) -> None:
    assert isinstance(make_standalone(question, GRUSHKO), str)


def test_a_long_conversation_does_not_slow_it_down() -> None:
    conversation = Conversation()
    for _ in range(200):
        conversation = conversation.with_turn("What happened?", "In Marl, Ada Orr and Bo Lund met [1] NATO. " * 200)
    assert make_standalone("Who is he?", conversation) == "Who is Ada Orr?"
    for piece in ("and ", "“", "? ", "Ada of "):
        assert make_standalone("and how?", conversation.with_turn(piece * 100_000, piece * 100_000))


def test_a_question_does_not_grow_with_every_followup() -> None:
    conversation = GRUSHKO
    for followup in ("why?", "and how?", "is it safe?", "who said that?", "was it accepted?") * 20:
        conversation = conversation.with_turn(make_standalone(followup, conversation), "Yes. [1]")
    assert len(conversation.turns[-1].question) < 100


WORDS = st.sampled_from(
    """
    and but what about the same for he she it its his their them of in 2014 Putin Ada Orr NATO Germany said that this
    there why how much many did was is Mayor President said. ? , “ ” [1] ’s 's Said İ 界 last week the who
    """.split()
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=12).map(" ".join))


@given(question=TEXTS, turns=st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
def test_any_followup_gives_a_question(question: str, turns: list[tuple[str, str]]) -> None:
    conversation = Conversation()
    for asked, answered in turns:
        conversation = conversation.with_turn(asked, answered)
    standalone = make_standalone(question, conversation)
    assert bool(standalone) == bool(question.strip())
    assert turns or standalone == question.strip()

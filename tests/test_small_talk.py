from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.small_talk import reply_to_small_talk


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        *((greeting, "Hello.") for greeting in ("hi", "Hello!", "Hey there", "Good morning, Dateline.", "HELLO")),
        *((greeting, "Hello.") for greeting in ("hi hi", "How are you?", "hello, how are you today?", "What’s up?")),
        *(
            (greeting, "Hello.")
            for greeting in ("¡Hola!", "Buenos días", "Bonjour", "Guten Tag", "你好", "こんにちは！")
        ),
        *((greeting, "Hello.") for greeting in ("Привет!", "مرحبا", "नमस्ते", "안녕하세요", "Hello 👋🏽", "OLÁ", "hi ❤️")),
        *((thanks, "You’re") for thanks in ("thanks", "Thank you!", "Thanks a lot for your help.", "ok, thanks")),
        *((thanks, "You’re") for thanks in ("Great, thank you so much!", "Merci beaucoup", "gracias", "Danke schön")),
        *((thanks, "You’re") for thanks in ("спасибо", "谢谢", "ありがとうございます", "شكرا", "hello and thanks")),
        *((bye, "Goodbye.") for bye in ("bye", "Goodbye!", "Thanks, bye", "See you later", "That’s all, thanks")),
        *((about, "I am") for about in ("Who are you?", "what can you do", "Hi, what can you do?", "help", "Help!")),
        *((about, "I am") for about in ("Are you a robot?", "What’s your name?", "How does this work?")),
        *((agreed, "Good.") for agreed in ("ok", "Great!", "I see.", "Got it")),
    ],
)
def test_small_talk_is_answered_without_a_search(text: str, begins: str) -> None:
    reply = reply_to_small_talk(text)
    assert reply is not None
    assert reply.startswith(begins)


@pytest.mark.parametrize(
    "text",
    [
        "hello, what did Putin say?",
        "Thanks, and what about NATO?",
        "thanks to whom?",
        "Thanks. Why?",
        "ok, and in 2014?",
        "Who are you voting for?",
        "What can you do about inflation?",
        "What do you do in Oslo?",
        "Who is Grushko?",
        "Help wanted in the harbour",
        "help me understand NATO",
        "How are you taxed in Germany?",
        "Who said hello?",
        "Good Friday agreement",
        "Hello Kitty",
        "What is Dateline?",
        "Bye elections in May",
        "why?",
        "and?",
        "so",
        "today",
        "today?",
        "all",
        "yes",
        "tell me more",
        "Hallo Welt",
        "Merci Europe",
        "",
        "?!",
        "👍",
        "hi " * 5000,
    ],
)
def test_possible_questions_are_left_to_the_search(text: str) -> None:
    assert reply_to_small_talk(text) is None


@given(text=st.text(max_size=100))
def test_any_text_is_accepted(text: str) -> None:
    assert reply_to_small_talk(f"{text} what did Putin say?") is None
    reply = reply_to_small_talk(text)
    assert reply is None or reply

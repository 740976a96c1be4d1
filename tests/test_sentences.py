from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.passages.sentences import split_sentences

PIECES = st.sampled_from(
    [
        *(
            "The mayor spoke. ",
            "Dr. Quill left at 3 p.m. ",
            "“It is over.” ",
            "He said no. ",
            "No. 7 won! ",
            "J. K. Orr ",
        ),
        *("\n", "\n\n", "\r\n", " ", "\t", "...", "?!", "。", "U.S. ", "$3.5 ", "(See p. 4.) ", "- item\n", "x" * 300),
        *("e\u0301\u0301 ", "👩\u200d👩\u200d👧 ", "مرحبا بالعالم. ", "שלום. "),
    ]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=40).map("".join))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Dr. Quill went to Marl at 3 p.m. on Jan. 5. He left.",
            ["Dr. Quill went to Marl at 3 p.m. on Jan. 5.", "He left."],
        ),
        ("The U.S. economy grew. The U.S. It is big.", ["The U.S. economy grew.", "The U.S.", "It is big."]),
        ("“It is over.” She left.", ["“It is over.”", "She left."]),
        ("“Stop!” he said. “Now.”", ["“Stop!” he said.", "“Now.”"]),
        ("J. K. Orr wrote it. So did A. Lund.", ["J. K. Orr wrote it.", "So did A. Lund."]),
        ("It cost $3.5 million. No. 7 won.", ["It cost $3.5 million.", "No. 7 won."]),
        ("He said no. They left.", ["He said no.", "They left."]),
        ("Really?! Yes. (He was late.) Then…", ["Really?!", "Yes.", "(He was late.)", "Then…"]),
        ("A heading\n\nA sentence", ["A heading", "A sentence"]),
        ("First paragraph.\nSecond paragraph.", ["First paragraph.", "Second paragraph."]),
        ("今日は雨です。明日は晴れです。", ["今日は雨です。", "明日は晴れです。"]),
        (
            "THE U.S . FIRST PROPOSED IT . BUT EUROPE DID NOT .",
            ["THE U.S . FIRST PROPOSED IT .", "BUT EUROPE DID NOT ."],
        ),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_hard_wrapped_lines_are_one_sentence() -> None:
    first = "The council met on Tuesday to speak about the harbour wall and the money"
    text = f"{first}\nthat it will cost. Nobody was surprised."
    assert len(sentences(text)) == 2


def test_list_items_stay_apart() -> None:
    assert sentences("Open on:\n- Monday\n- Friday") == ["Open on:", "- Monday", "- Friday"]


@given(TEXTS)
def test_sentences_cover_the_text_once_and_in_order(text: str) -> None:
    spans = split_sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize("before", range(2**18 - 8, 2**18 + 3))
def test_a_long_text_is_searched_in_steps_that_tear_no_sentence_end(before: int) -> None:
    first = "a" * before
    assert sentences(f'{first}...?!" Then it "closed." Done') == [f'{first}...?!"', 'Then it "closed."', "Done"]

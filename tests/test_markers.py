from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.support.markers import HELD, MarkedStatement, MarkerStream

KNOWN = 6  # passages shown to the model


class Numbering:
    """Numbers passages in order of first use and drops those that were never shown, as a pipeline would."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[int, ...]]] = []
        self.final: dict[int, int] = {}

    def __call__(self, statement: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
        self.calls.append((statement, numbers))
        shown = [number for number in numbers if 1 <= number <= KNOWN]
        return tuple(self.final.setdefault(number, len(self.final) + 1) for number in shown)


def same(_: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(number for number in numbers if 1 <= number <= KNOWN)


def stream(*chunks: str) -> tuple[str, list[MarkedStatement]]:
    markers = MarkerStream(same)
    text = "".join(markers.feed(chunk) for chunk in chunks)
    return text + markers.finish(), markers.statements


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ukraine agreed [1].", "Ukraine agreed [1]."),
        ("Ukraine agreed. [1]", "Ukraine agreed. [1]"),
        ("Ukraine agreed[1].", "Ukraine agreed [1]."),
        ("Ukraine agreed.[1][2] Russia waits.", "Ukraine agreed. [1][2] Russia waits."),
        ("Agreed [1, 2].", "Agreed [1][2]."),
        ("Agreed [1;2].", "Agreed [1][2]."),
        ("Agreed [1], [2], and left.", "Agreed [1][2], and left."),
        ("Agreed [1] [2].", "Agreed [1][2]."),
        ("Agreed [1-3].", "Agreed [1][2][3]."),
        ("Agreed [1–3, 5].", "Agreed [1][2][3][5]."),
        ("Agreed [ 1 ].", "Agreed [1]."),
        ("Agreed 【1】.", "Agreed [1]."),
        ("Agreed ［1］.", "Agreed [1]."),
        ("Agreed ［１］.", "Agreed [1]."),
        ("Agreed 【1†source】.", "Agreed [1]."),
        ("Agreed【4:0†a long title.pdf】.", "Agreed [4]."),
        ("Agreed [[2]].", "Agreed [2]."),
        ("Agreed [1][1].", "Agreed [1]."),
        ("[1] Ukraine agreed.", "[1] Ukraine agreed."),
        ("Agreed ([1]).", "Agreed ([1])."),
    ],
)
def test_markers_are_rewritten(written: str, expected: str) -> None:
    assert stream(written)[0] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Agreed [9].", "Agreed."),
        ("Agreed. [9] Next.", "Agreed. Next."),
        ("Agreed [9] that day.", "Agreed that day."),
        ("Agreed[9]that", "Agreed that"),
        ("[9] Agreed.", "Agreed."),
        ("In [2024] it rose.", "In it rose."),
        ("Agreed [1][9].", "Agreed [1]."),
        ("Agreed [9], [1].", "Agreed [1]."),
        ("Agreed [0].", "Agreed."),
        ("Agreed [[9]1].", "Agreed […1]."),
        ("Agreed [1[9]].", "Agreed [1…]."),
        ("Agreed [1](https://e.example).", "Agreed [1] (https://e.example)."),
    ],
)
def test_invented_numbers_are_dropped_and_leave_no_gap(written: str, expected: str) -> None:
    assert stream(written)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "He said [he] would.",
        "A […] B",
        "[sic]",
        "See [text](https://e.example/a) there.",
        "About [10,000] people",
        "[3 May]",
        "an open [1",
        "an open [1, ",
        "f(x) = a[i]",
        "[]",
        "[ ]",
        "[1.5]",
        "[-1]",
        "1] and 2]",
        "a   b\n\n\n  c          d",
        "[123456]",
        "",
    ],
)
def test_text_that_is_not_a_marker_stays(text: str) -> None:
    assert stream(text)[0] == text
    assert stream(*text)[0] == text


def test_statements_have_their_markers() -> None:
    text = (
        "Here is what I found:\n\n"
        "- Ukraine agreed [1]. Russia has not.\n"
        "- Dr. Quill left at 3 p.m. [2] He returned. [3][9]\n"
        "1. **Trump** will call [4] on Tuesday [5].\n"
        "---\n"
        "No source here"
    )
    assert stream(text)[1] == [
        MarkedStatement("Here is what I found:", ()),
        MarkedStatement("Ukraine agreed.", (1,)),
        MarkedStatement("Russia has not.", ()),
        MarkedStatement("Dr. Quill left at 3 p.m.", (2,)),
        MarkedStatement("He returned.", (3,)),
        MarkedStatement("**Trump** will call on Tuesday.", (4, 5)),
        MarkedStatement("No source here", ()),
    ]


def test_a_marker_on_its_own_line_belongs_to_the_line_above_and_one_before_all_to_the_first() -> None:
    assert stream("It rose.\n[1]\nIt fell.")[1] == [MarkedStatement("It rose.", (1,)), MarkedStatement("It fell.", ())]
    assert stream("[2] It rose.")[1] == [MarkedStatement("It rose.", (2,))]
    assert stream("[2]")[1] == []


def test_the_resolver_sees_the_statement_so_far() -> None:
    numbering = Numbering()
    markers = MarkerStream(numbering)
    markers.feed("First came Ann. Then Bob [3] came [1, 2]. [7]\n* Last, Cy")
    markers.feed("[1].")
    markers.finish()
    assert numbering.calls == [
        ("Then Bob", (3,)),
        ("Then Bob came", (1, 2)),
        ("Then Bob came.", (7,)),
        ("Last, Cy", (1,)),
    ]
    assert [statement.numbers for statement in markers.statements] == [(), (1, 2, 3), (2,)]


def test_text_is_sent_at_once_and_little_is_held() -> None:
    markers = MarkerStream(same)
    assert markers.feed("Ukraine") == "Ukraine"
    assert markers.feed(" agreed") == " agreed"
    assert markers.feed(" [") == ""
    assert markers.feed("1") == ""
    assert markers.feed("]") == ""
    assert markers.feed(".") == " [1]."


PIECES = st.sampled_from(
    [
        *("Ukraine agreed", ". ", "Dr. Quill", " ", "\n", "\n- ", "x", "“It is over.” ", "[sic]", "[…]", "1", ","),
        *(
            "[1]",
            "[2, 3]",
            "[1-3]",
            "[1–40]",
            "【2】",
            "【1†source】",
            "［3］",
            "[9]",
            "[",
            "]",
            "[[",
            "]]",
            "†",
            "(",
            "[2024]",
        ),
        *("[1](u)", "[10,000]", "   ", "            ", "; ", "[ 4 ]", "–", "[text](https://e.example)"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(alphabet="[]【】 1290,-–†a.\n(", max_size=60))


@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_the_split_into_chunks_does_not_matter(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(places)]
    assert stream(*chunks) == stream(text) == stream(*text)


@given(TEXTS)
def test_no_invented_number_is_sent_and_statements_agree_with_the_text(text: str) -> None:
    numbering = Numbering()
    markers = MarkerStream(numbering)
    out = markers.feed(text) + markers.finish()
    given_out = set(numbering.final.values())
    assert {int(found) for found in re.findall(r"[\[【［]\s*(\d{1,4})\s*[\]】］]", out)} <= given_out
    used = {number for statement in markers.statements for number in statement.numbers}
    assert used <= given_out
    if markers.statements:
        assert used == given_out


@given(TEXTS)
def test_held_text_is_limited(text: str) -> None:
    markers = MarkerStream(lambda _statement, numbers: numbers)
    kept = 0
    for fed, character in enumerate(text, 1):
        kept += len(markers.feed(character))
        if not re.search(r"[\[【［]", text[:fed]):
            assert fed - kept <= HELD


@pytest.mark.slow
def test_hostile_text_takes_linear_time() -> None:
    began = time.thread_time()
    for text in ("[" * 50_000, "[1" * 25_000, "[1]" * 20_000, "a [1]. " * 10_000, " " * 50_000, "[1,1,1,1 " * 6000):
        stream(text)
    assert time.thread_time() - began < 20

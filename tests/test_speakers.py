"""Who says what in a text: attribution of quotations and of reported speech."""

from __future__ import annotations

import pytest

from assistant.understanding.speakers import read_speech


def speakers(text: str, *, quoted: bool = True) -> list[tuple[str, str]]:
    """Return each quotation, or else each reporting sentence, with its speaker."""
    return [
        (text[speech.start : speech.end], speech.speaker)
        for speech in read_speech(text).speeches
        if speech.is_quoted == quoted
    ]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“The dam will hold,” said Ines Marrow, who built it.", "Ines Marrow"),
        ("“The dam will hold,” Marrow said.", "Marrow"),
        ('"The dam will hold," Judge Ines Marrow told the court.', "Judge Ines Marrow"),
        ("Ines Marrow, the town’s engineer, said: “The dam will hold.”", "Ines Marrow"),
        ("One of them, Ines Marrow, called the plan “a dam of straw.”", "Ines Marrow"),
        ("According to Ines Marrow, “the dam will hold.”", "Ines Marrow"),
        ("“The dam will hold,” a spokesman for the river board said.", "a spokesman for the river board"),
        ("The dam “will hold” for a century, Ines Marrow said.", "Ines Marrow"),
        ("Ines Marrow was pleased. “The dam will hold,” she said.", "Ines Marrow"),
        ("In a letter to the council Ines Marrow wrote: “The dam will hold.”", "Ines Marrow"),
        ('" THE DAM WILL HOLD, " SAID PREMIER MARROW LAST WEEK .', "PREMIER MARROW"),
    ],
)
def test_a_quotation_has_the_speaker_that_the_text_names(text: str, speaker: str) -> None:
    assert [found for _, found in speakers(text)] == [speaker]


def test_the_parts_of_a_split_quotation_have_one_speaker() -> None:
    text = "Rolf Ebner listened. “It holds,” said Ines Marrow. “I would sleep under it.” Ebner left."
    assert speakers(text) == [("“It holds,”", "Ines Marrow"), ("“I would sleep under it.”", "Ines Marrow")]


def test_a_quotation_of_several_paragraphs_has_one_speaker() -> None:
    text = (
        "“The dam will hold for a century,” said Ines Marrow. “I have seen the wall.\n\n“And I would sleep under it.”"
    )
    assert [speaker for _, speaker in speakers(text)] == ["Ines Marrow"] * 3


def test_a_nested_quotation_is_part_of_the_outer_one() -> None:
    text = "“She told me ‘never’ and then “never again” and left,” Rolf Ebner said."
    assert speakers(text)[0] == ("“She told me ‘never’ and then “never again” and left,”", "Rolf Ebner")


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Ines Marrow said that the dam would hold.", "Ines Marrow"),
        ("The dam will hold, the river board said.", "the river board"),
        ("The dam will hold, according to an engineer of the board.", "an engineer of the board"),
    ],
)
def test_reported_speech_has_its_speaker(text: str, speaker: str) -> None:
    assert speakers(text, quoted=False) == [(text, speaker)]


def test_what_nobody_is_named_for_has_no_speaker() -> None:
    assert speakers("The house opens with “The Salt Bride,” a new opera.") == [("“The Salt Bride,”", "")]

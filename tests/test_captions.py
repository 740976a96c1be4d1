"""Transcripts with times become what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reading import one, problems, read

if TYPE_CHECKING:
    from pathlib import Path

VTT = """WEBVTT - Council

STYLE
::cue { color: white }

NOTE made by hand

1
00:00:01.000 --> 00:00:04.000 align:start
<v Nora Quist>The ferry is late
because of the &amp; fog.

00:00:04.100 --> 00:00:06.000
<v Nora Quist>It will sail <i>tonight</i>.

00:00:06.200 --> 00:00:07.000
<v Bo Chan>No.

00:00:07.100 --> 00:00:08.000
<v Bo Chan>No.

01:00:30.000 --> 01:00:32.000
<v Bo Chan>We are back.
"""


def test_a_transcript_with_speakers(tmp_path: Path) -> None:
    assert one(tmp_path / "council.vtt", VTT).text == (
        "Nora Quist: The ferry is late because of the & fog. It will sail tonight.\n\nBo Chan: No. No.\n\nWe are back."
    )


def test_subtitles_with_turns_and_without_gaps_between_them(tmp_path: Path) -> None:
    srt = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\n- Is the {\\an8}pier sold?\r\n- It is.\r\n\r\n"
        "2\r\n00:00:02,500 --> 00:00:04,000\r\nFor four million, they say.\r\n"
        "3\r\n00:00:04,500 --> 00:00:05,000\r\nIn 2024.\r\n"
    )
    article = one(tmp_path / "a.srt", srt)
    assert article.text == "- Is the pier sold?\n\n- It is. For four million, they say. In 2024."


def test_captions_that_scroll_are_taken_once(tmp_path: Path) -> None:
    vtt = "WEBVTT\n\n" + "".join(
        f"00:00:{begin} --> 00:00:{end}\n{text}\n\n"
        for begin, end, text in (
            ("01.000", "03.000", " \nthe ferry <00:00:01.500><c>ran</c> aground"),
            ("03.000", "03.010", "the ferry ran aground\n "),
            ("03.010", "05.000", "the ferry ran aground\nand all were saved"),
            ("05.000", "05.010", "and all were saved\n "),
        )
    )
    assert one(tmp_path / "a.vtt", vtt).text == "the ferry ran aground and all were saved"


def test_transcripts_without_words(tmp_path: Path) -> None:
    for data in ("WEBVTT\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "Words without times."):
        assert problems(read(tmp_path / "a.vtt", data)) == [f"{tmp_path}/a.vtt has no words with times in it."]

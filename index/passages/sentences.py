"""Where sentences begin and end, by rules that need no data and keep every offset.

LlamaIndex's splitter finds each piece again with `str.find` and so mixes up repeated sentences; here every sentence is
cut from the text by position.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.english import MONTH_ABBREVIATIONS, WEEKDAY_ABBREVIATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

# A run of sentence ends, with the quotes and brackets that close after it.
_END = re.compile(r"(?:[.!?\u2026]+|[。！？؟।]+)[\"'”’»)\]]*")
_LINE_END = re.compile(r"[.!?:\u2026][\"'”’»)\]]*$")
_BULLET = re.compile(r"\s*(?:[-*•–—]|\d{1,3}[.)])\s")
_WORD_BEFORE = re.compile(r"[\w.&'’-]{1,30}+\s?$")
# Words that a full stop follows without ending the sentence, in lower case and without that stop.
_ABBREVIATIONS = (
    MONTH_ABBREVIATIONS
    | WEEKDAY_ABBREVIATIONS
    | frozenset(
        """
    mr mrs ms dr prof rev hon fr sr st mt ft gen col lt sgt capt cmdr adm maj brig sen rep gov pres supt insp
    det messrs mme mlle jr vs etc al cf ca approx est dept univ assn bros inc ltd co corp fig figs vol vols pp
    ed eds no nos art sec ch e.g i.e a.m p.m a.k.a u.s u.k u.n e.u u.s.a u.s.s.r d.c ph.d b.c a.d n.y l.a
    """.split()
    )
)
# Of these, the ones that also end sentences: "at 3 p.m. He left". A capitalised word after them begins a sentence
# unless it is a name they stand before, which no rule can tell; a split is the smaller mistake only for these.
_ALSO_FINAL = frozenset(
    """
    a.m p.m etc inc ltd co corp jr u.s u.k u.n e.u u.s.a d.c al
    """.split()
)
# Words that begin a sentence much more often than they continue one after an abbreviation.
_OPENERS = frozenset(
    """
    the a an he she it they we i you his her its their our in on at but and so this that these those there when
    while after before as if for by with from what who why how where not no yes one two some many most all
    """.split()
)
_STEP = 2**18  # characters
# The lines of hard-wrapped prose are about this long; shorter ones are headings or list items, longer ones paragraphs.
_WRAPPED = range(45, 121)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of every sentence, in order, without surrounding white space.

    A paragraph break always ends a sentence; a line break does unless the line looks hard-wrapped. Every character that
    is not white space is in exactly one sentence.
    """
    spans = []
    for start, end in _blocks(text):
        position = start
        for cut in _cuts(text, start, end):
            spans.append((position, cut))
            position = cut
        spans.append((position, end))
    return [span for span in (_trim(text, *span) for span in spans) if span[0] < span[1]]


def _blocks(text: str) -> list[tuple[int, int]]:
    """Return the spans that sentences cannot cross: paragraphs, headings, list items."""
    blocks: list[tuple[int, int]] = []
    for start, end in _lines(text):
        if blocks and _goes_on(text, blocks[-1][1], start, end):
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return blocks


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines that are not empty."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if start < end:
            yield start, end
        start = end + 1


def _goes_on(text: str, before: int, start: int, end: int) -> bool:
    """Return whether the line at [start, end) continues the hard-wrapped one that ends at `before`."""
    if start - before != 1:
        return False
    last = text[text.rfind("\n", 0, before) + 1 : before].strip()
    return (
        len(last) in _WRAPPED
        and end - start <= _WRAPPED.stop
        and _BULLET.match(text, start, end) is None
        and _LINE_END.search(last) is None
    )


def _cuts(text: str, start: int, end: int) -> list[int]:
    """Return the positions inside [start, end) right after which a sentence ends."""
    return [mark.end() for mark in _marks(text, start, end) if _is_end(text, start, mark, end)]


def _marks(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield every run of sentence ends, searching a bounded stretch at a time: other threads wait meanwhile."""
    while start < end:
        stop = min(start + _STEP, end)
        mark = _END.search(text, start, stop)
        if mark and mark.end() == stop:  # it may go on
            mark = _END.match(text, mark.start(), end)
        if mark:
            yield mark
        start = mark.end() if mark else stop


def _is_end(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    after = text[mark.end() : mark.end() + 40].lstrip() if mark.end() < end else ""
    if not after or mark[0][0] in "。！？":
        return bool(after)
    if not text[mark.end()].isspace():
        return False
    if after[0].islower() or after[0] in ",;:.!?…)]":
        return False
    if mark[0][0] in "!?" or len(mark[0]) > 1:
        return True
    word = _WORD_BEFORE.search(text, max(start, mark.start() - 30), mark.start())
    return word is None or _word_ends_sentence(word[0].strip(), after)


def _word_ends_sentence(word: str, after: str) -> bool:
    """Return whether a full stop after `word` ends the sentence, given the text that follows."""
    bare = word.lower().strip("'’-.&")
    opener = re.match(r"[\w'’]+", after)
    opens = opener is not None and opener[0].lower() in _OPENERS
    if bare in _ALSO_FINAL:
        return opens or not after[0].isalnum()
    if bare in _ABBREVIATIONS:
        # "No. 7" but "He said no. They left."; "Mar. 3" but "It ran on 3 Mar. The next"
        return opens and bare in {
            "no",
            "sun",
            "sat",
            "mar",
            "art",
            "ed",
            "est",
            "dec",
            "oct",
            "jan",
            "feb",
            "aug",
            "nov",
            "sept",
        }
    return not re.fullmatch(r"(?:\w\.)*[^\W\d_]", word)  # an initial: "J. Smith", "J.K. Rowling"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())

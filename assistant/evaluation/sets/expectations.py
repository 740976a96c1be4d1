"""What an answer must say, must not say and should begin with, if no single gold answer can be given.

Summaries, lists and comparisons can be right in many wordings; such questions list what has to be in them.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from assistant.answer import sources_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGER = 9  # words that a short answer may have in addition to an accepted one
_SPELLINGS = (
    (re.compile("[“”„«»]"), '"'),
    (re.compile("[‘’‛`]"), "'"),
    (re.compile("[‐‑‒–—−]"), "-"),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"(?<=\d) ?per ?cent\b"), "%"),
)
# Numbers and words with these at their edges are not that number or word: 8-3, 12.5, 10:30.
_JOINED_BEFORE, _JOINED_AFTER = r"(?<!\w)", r"(?!\w)"
_NUMBER_BEFORE, _NUMBER_AFTER = r"(?<!\d[.:-])", r"(?![.:-]\d)"

Alternatives = tuple[str, ...]
"""Alternatives, one of which is enough; the last word of one that ends in * may continue."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What is expected of an answer.

    One of each of `must`, and one of at least `least` of `some`, has to be in its text, short answer or the titles it
    cites; none of `must_not` may be in its text or short answer. One of `first` should be in its first statement or
    short answer, and a short answer, if there is one, should be one of `short`, with nine more words at most.
    """

    must: tuple[Alternatives, ...] = ()
    some: tuple[Alternatives, ...] = ()
    least: int = 0
    must_not: Alternatives = ()
    first: Alternatives = ()
    short: Alternatives = ()

    def as_row(self) -> dict[str, Any]:
        """Return the fields of a question set that state these expectations; empty ones are omitted."""
        row: dict[str, Any] = {"must": [list(alternatives) for alternatives in self.must]}
        row |= {name: list(getattr(self, name)) for name in ("must_not", "first", "short") if getattr(self, name)}
        if self.some:
            row["must_some"] = {"n": self.least, "of": [list(alternatives) for alternatives in self.some]}
        return row

    def are_met(self, answer: Mapping[str, Any]) -> bool:
        """Return whether an answer (as JSON) says what it must and nothing that it must not."""
        answer_text = plain(f"{answer['text']} {answer['short_answer'] or ''}")
        shown = f"{answer_text} {plain(' '.join(source['title'] or '' for source in sources_json(answer)))}"
        return (
            all(_any_in(shown, alternatives) for alternatives in self.must)
            and sum(_any_in(shown, alternatives) for alternatives in self.some) >= self.least
            and not self.are_broken(answer)
        )

    def are_broken(self, answer: Mapping[str, Any]) -> bool:
        """Return whether an answer says what it must not."""
        return _any_in(plain(f"{answer['text']} {answer['short_answer'] or ''}"), self.must_not)

    def leads_well(self, answer: Mapping[str, Any]) -> bool:
        """Return whether an answer begins with what matters and its short answer, if any, is accepted."""
        statements = answer["statements"]
        lead = plain(f"{statements[0]['text'] if statements else ''} {answer['short_answer'] or ''}")
        return self.accepts_short(answer) is not False and (not self.first or _any_in(lead, self.first))

    def accepts_short(self, answer: Mapping[str, Any]) -> bool | None:
        """Return whether the short answer is accepted; None if there is none or none is expected."""
        short = answer["short_answer"] or ""
        if not short or not self.short:
            return None
        room = len(short.split()) - _LONGER
        return any(_is_in(plain(short), accepted) and len(accepted.split()) >= room for accepted in self.short)


def plain(text: str) -> str:
    """Return a text in the form in which expectations are compared.

    It has no capitals and accents, one kind of quotation mark, dash and space, and numbers without commas.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower())
    text = "".join(character for character in decomposed if not unicodedata.combining(character))
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return " ".join(text.split())


def _any_in(text: str, alternatives: Iterable[str]) -> bool:
    return any(_is_in(text, alternative) for alternative in alternatives)


def _is_in(text: str, alternative: str) -> bool:
    """Return whether the words of an alternative are in a plain text, as whole words and numbers."""
    words = plain(alternative.rstrip("*"))
    if not words:
        return False
    before = after = ""
    if words[0].isalnum():
        before = _JOINED_BEFORE + (_NUMBER_BEFORE if words[0].isdigit() else "")
    if words[-1].isalnum() and not alternative.endswith("*"):
        after = _JOINED_AFTER + (_NUMBER_AFTER if words[-1].isdigit() else "")
    return re.search(before + re.escape(words) + after, text) is not None

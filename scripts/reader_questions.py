"""Makes questions that a passage does not answer out of questions that it does, and passages that no longer answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.english import STOP_WORDS
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_NUMBER = re.compile(r"\b\d[\d,]*\b")
_AUXILIARY = re.compile(r"\b(did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)\b", re.IGNORECASE)
_OPPOSITES = dict(
    pair
    for one, other in (
        line.split("/")
        for line in (
            "first/last oldest/newest largest/smallest biggest/smallest highest/lowest most/least more/fewer"
            " before/after began/ended start/finish start/end started/stopped increase/decrease increased/decreased"
            " rise/fall rose/fell win/lose won/lost north/south east/west northern/southern eastern/western best/worst"
            " early/late good/bad love/hate loved/hated like/dislike old/new open/close opened/closed male/female"
            " mother/father brother/sister son/daughter wife/husband men/women boy/girl allow/forbid allowed/forbidden"
            " support/oppose supported/opposed accept/reject accepted/rejected buy/sell bought/sold"
            " maximum/minimum above/below cheap/expensive easy/difficult hot/cold light/dark light/heavy"
            " always/never upper/lower born/killed arrive/leave arrived/left built/destroyed positive/negative"
            " export/import major/minor long/short longest/shortest fast/slow strong/weak rich/poor public/private"
        ).split()
    )
    for pair in ((one, other), (other, one))
)
_ASKS = re.compile(
    r"(?:what|when|where|who|whom|how many|how much|how long|which \w+|what \w+)"
    r" (?P<verb>did|does|do|is|are|was|were|has|have|had|can|could|will|would|should) (?P<rest>[^?]+)\?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+")


def make_unanswerable(question: str, names: Sequence[str], chance: random.Random) -> str | None:
    """Return the question with a name, number or word changed, or a "not" put in; None where nothing can be changed.

    `names` are those that may take the place of one in the question.
    """
    changes = [_change_name(question, names, chance), _change_number(question, chance), _change_word(question, chance)]
    possible = [one for one in changes if one is not None and one != question]
    if not possible or chance.random() < 0.1:
        possible = [one for one in [_negate(question)] if one is not None]
    return chance.choice(possible) if possible else None


def names_in(text: str) -> list[str]:
    """Return the names in a text, each once."""
    return list(dict.fromkeys(text[start:end] for start, end in find_names(text)))


def without_answer(passage: str, answers: Sequence[tuple[int, int]]) -> str | None:
    """Return the passage without the sentences that answers lie in; None if nothing or an answer is left."""
    kept = [
        passage[at:to] for at, to in split_sentences(passage) if all(to <= start or end <= at for start, end in answers)
    ]
    left = " ".join(kept)
    told = any(passage[start:end].lower() in left.lower() for start, end in answers)
    return left if left and not told else None


def as_keywords(question: str) -> str:
    """Return the question as one types it into a search box."""
    words = [word for word in re.findall(r"[\w'’-]+", question) if word.lower() not in STOP_WORDS]
    return " ".join(words) or question


def as_yes_no(question: str, answer: str) -> str | None:
    """Return a yes/no question that the sentence with the answer answers with yes; None where none can be made."""
    found = _ASKS.fullmatch(question.strip())
    if found is None:
        return None
    return f"{found['verb'].capitalize()} {found['rest']} {answer}?"


def _change_name(question: str, names: Sequence[str], chance: random.Random) -> str | None:
    spans = find_names(question)
    others = [name for name in names if name.lower() not in question.lower()]
    if not spans or not others:
        return None
    start, end = chance.choice(spans)
    return question[:start] + chance.choice(others) + question[end:]


def _change_number(question: str, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    one = chance.choice(found)
    value = int(one[0].replace(",", ""))
    other = max(0, value + chance.choice([-40, -10, -7, -3, -2, -1, 1, 2, 3, 8, 10, 50]))
    return question[: one.start()] + str(other) + question[one.end() :]


def _change_word(question: str, chance: random.Random) -> str | None:
    found = [one for one in _WORD.finditer(question) if one[0].lower() in _OPPOSITES]
    if not found:
        return None
    one = chance.choice(found)
    return question[: one.start()] + _OPPOSITES[one[0].lower()] + question[one.end() :]


def _negate(question: str) -> str | None:
    found = _AUXILIARY.search(question)
    return None if found is None else f"{question[: found.end()]} never{question[found.end() :]}"

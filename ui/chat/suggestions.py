"""Suggested questions, derived from articles by rules and only shown if the articles answer them.

A rule turns a title or a sentence into a question that it answers in other words: "Veskander to cut 140 jobs" into "Why
will Veskander cut 140 jobs?". The extractive reader is then asked, and only a question that it answers from that
article is kept.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from assistant import Answer

_CONFIDENT = 0.5
_LONGEST = 90  # characters
_NAME = r"(?:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3})"
_ACTS = {"demanded": "demand", "promised": "promise", "proposed": "propose", "discovered": "discover"}
_ACTED = re.compile(rf"\b({_NAME}) ({'|'.join(_ACTS)})\b")
_COUNTED = re.compile(
    r"\b\d[\d,.]*(?: million)? (people|homes|jobs|votes|visitors|families|workers|patients|soldiers|students|houses)"
    r" ((?:attended|lost|came|died|fled|were \w+ed|took part)\b[^,.;:()“”]{0,30}?)"
    r"(?= (?:on|last|since|by|after|when|at|in \d)\b|[,.;:])"
)
_COSTS = re.compile(rf"\b({_NAME})(?:,[^,.]{{3,80}},)? will cost\b")
_SAID = r"(?:said|says|told|announced|argued|warned|estimated|explained)"
_SAYS = re.compile(rf"\b({_NAME}) {_SAID}\b|\b{_SAID} ({_NAME})")
_OFFICE = re.compile(
    r"\b(?:spokes\w+|[Mm]inister|mayor|president|director|chair\w*|chief|manager|captain|coach|conductor|judge|professor|"
    r"envoy|surgeon|skipper|engineer|ecologist|composer|treasurer),? "
    rf"({_NAME})\b|\b({_NAME}), (?:the|a|an|who) (?!maker|company|town|river|club)"
)
_WILL = re.compile(r"^(.{3,40}?) to (\w+ .+)$")
_CUT = re.compile(r"(?:(?<!\s)\s++)?+[,:;–—](?!\d).*$| (?:as|after|but|since|while|when) .*$")
_THING = re.compile(rf"\b((?:{_NAME} )?(?:Bridge|Mill|Night|Theater|Theatre|School|Festival|Summit))\b")
_OPENINGS = (
    "Why will",
    "How many",
    "How much",
    "Who is",
    "What did",
    "What happened",
)  # the most informative first
_FORMS = (
    (_SAYS, "What did {} say?"),
    (_OFFICE, "Who is {}?"),
    (_THING, "What happened at {}?"),
)
# Words that look like a name at the start of a sentence, and things that are not people.
_NO_NAMES = frozenset(
    """
    A All And As At But By He High I If In It Next No Officials On One Police Reporters She That The These They This We
    Bridge Harbour Hospital Instruments Company Council Works University Institute Times Post Mayor President Third
    """.split()
)


def questions_of(about: Mapping[str, object], text: str) -> Iterator[str]:
    """Yield questions that an article or one of its passages may answer, the most informative first."""
    title = str(about.get("title") or "")
    will = _WILL.match(_CUT.sub("", title))
    if will and " " in will[2] and will[1].count(" ") < 2:  # noqa: PLR2004 - longer subjects have verbs in them
        yield f"Why will {_lower_first(will[1])} {will[2]}?"
    for acted in _ACTED.finditer(text):
        if acted[1] not in _NO_NAMES:
            yield f"What did {acted[1]} {_ACTS[acted[2]]}?"
    for counted in _COUNTED.finditer(text):
        yield f"How many {counted[1]} {counted[2].strip()}?"
    for costs in _COSTS.finditer(text):
        yield f"How much will {costs[1]} cost?"
    for pattern, question in _FORMS:
        for found in pattern.finditer(text):
            name = next(group for group in found.groups() if group)
            if " " in name and _NO_NAMES.isdisjoint((name.split()[0], *(name.split()[-1:] * (pattern is not _THING)))):
                yield question.format(name)


def answered(
    candidates: Iterable[tuple[str, str]],
    ask: Callable[[str], Answer],
    *,
    wanted: int,
    tries: int,
    but: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return up to `wanted` questions that are well answered from their own article, after at most `tries`.

    Candidates are pairs of an article's id and a question. Each article gets one question, and questions that begin
    differently from earlier ones go first.
    """
    asked = {question.casefold() for question in but}
    known = [set(terms(question)) for question in but]
    articles: set[str] = set()
    kept: list[str] = []
    for article, question in _varied(candidates):
        if len(kept) == wanted or tries == 0:
            break
        if article in articles or question.casefold() in asked or len(question) > _LONGEST:
            continue
        if any(_is_much_like(set(terms(question)), words) for words in known):
            continue
        asked.add(question.casefold())
        tries -= 1
        answer = ask(question)
        first = answer.citations[0].article.id if answer.citations else None
        if answer.found and answer.confidence >= _CONFIDENT and first == article:
            articles.add(article)
            kept.append(question)
    return tuple(kept)


def _is_much_like(words: set[str], others: set[str]) -> bool:
    return 2 * len(words & others) >= max(1, len(words | others))


def _varied(candidates: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield all candidates in rounds, so that no beginning of a question is repeated before all others have been
    used.
    """
    by_opening: dict[str, list[tuple[str, str]]] = {opening: [] for opening in _OPENINGS}
    for article, question in candidates:
        by_opening.setdefault(" ".join(question.split()[:2]), []).append((article, question))
    for round_ in itertools.zip_longest(*by_opening.values()):
        yield from (candidate for candidate in round_ if candidate is not None)


def _lower_first(text: str) -> str:
    """Return a subject as written inside a sentence: "The council" becomes "the council"."""
    return text[:1].lower() + text[1:] if text.split(maxsplit=1)[0] in {"The", "A", "An"} else text

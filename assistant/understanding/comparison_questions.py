"""Recognises questions that set two sides against each other, and puts the question to each side."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

Operation = Literal["contrast", "larger", "difference", "sum"]


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of the things compared, and the question that asks for it alone."""

    name: str
    question: str


@dataclasses.dataclass(frozen=True, slots=True)
class SidedQuestion:
    """The sides of a question, and what is to be done with the answers: set side by side, compare, subtract or add."""

    sides: tuple[Side, ...]
    operation: Operation


_OF_SIDES = re.compile(
    r"(?:please )?(?:can you |could you )?(?:"
    r"(?:compare|contrast) (?P<compared>.{2,90}?) (?:and|with|to|against|versus|vs\.?) (?P<with>.{2,90})"
    r"|(?:(?:what|which) (?:is|are|was|were) |explain |tell me )?(?:the )?(?:main |key )?differences? between"
    r" (?P<between>.{2,90}?) and (?P<and>.{2,90})"
    r"|how (?:do|does|did) (?P<of>.{2,90}?) (?:differ from|compare (?:to|with)) (?P<from>.{2,90})"
    r"|how (?:do|does|did|are|is) (?P<one>.{2,90}?) and (?P<other>.{2,90}?) (?:differ|compare|different)"
    r"(?: (?:on|over|about|in|regarding) (?P<topic>.{2,90}))?"
    r"|how (?:is|are|was|were) (?P<being>.{2,90}?) different (?:from|to|than) (?P<than>.{2,90}))",
    re.IGNORECASE,
)
_NAMED_SIDES = (("compared", "with"), ("between", "and"), ("of", "from"), ("one", "other"), ("being", "than"))
_LARGER = r"(?:more expensive|more|fewer|less|[a-z]{2,12}er|earlier|later)"
_CHOICE = re.compile(
    rf"(?:which|who|what) (?P<asks>[^,?]{{0,60}}?\b{_LARGER}\b[^,?]{{0,60}}?)[,:] "
    rf"(?P<one>.{{2,60}}?),? or (?P<other>.{{2,60}})"
    rf"|(?:is|are|was|were) (?P<is>.{{2,60}}?) (?P<adjective>{_LARGER}) than (?P<than>.{{2,60}})"
    r"|did (?P<more>more|fewer) (?P<counted>[a-z]{3,20}) (?P<did>[a-z]{3,20})(?P<to>(?: for| with| by| in| at)?)"
    r" (?P<first>.{2,60}?) or (?:for |with |by |in |at )?(?P<second>.{2,60})",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"how (?:many|much) (?:more|fewer|less)(?P<counted>(?: [a-z]{3,20})?) (?:did|does|do|has|have|had|was|were|is|are)"
    r" (?P<one>.{2,60}?) (?P<verb>[a-z]{2,20})(?P<rest>(?: [^?]{2,60}?)?) than (?P<other>.{2,60})",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"how (?P<amount>many|much)(?P<counted>(?: [a-z]{3,20})?) (?P<auxiliary>did|does|do|have|has)"
    r" (?P<names>.{2,100}?),? and (?P<last>[^ ]{2,40}(?: [A-Z][^ ]{1,40})?) (?P<verb>[a-z]{2,20})"
    r"(?P<rest>(?: .{2,60}?)?)"
    r",? (?:together|altogether|in total|in all|combined|between them)",
    re.IGNORECASE,
)
_ASKED_OF = (
    (re.compile(r"fast|quick|slow", re.IGNORECASE), "How long does {} take?"),
    (re.compile(r"expensive|cheap|dear|cost", re.IGNORECASE), "How much does {} cost?"),
    (re.compile(r"\b(?:old|young|new)er", re.IGNORECASE), "How old is {}?"),
    (re.compile(r"\b(?:long|short)er", re.IGNORECASE), "How long is {}?"),
    (re.compile(r"\b(?:tall|high)er", re.IGNORECASE), "How high is {}?"),
    (re.compile(r"\b(?:bigg|larg|small)er", re.IGNORECASE), "How big is {}?"),
    (re.compile(r"\b(?:heavi|light)er", re.IGNORECASE), "How heavy is {}?"),
)
_COUNTS = re.compile(r"\b(?P<verb>[a-z]{2,20}) (?:more|fewer) (?P<counted>[a-z]{2,20})(?P<rest>.*)", re.IGNORECASE)
_BASE = {"got": "get", "has": "have", "had": "have", "won": "win", "sold": "sell", "made": "make", "drew": "draw"}
_POSSESSIVE = re.compile(r"['’]s?$")
_HEAD = re.compile(r"(?P<head>.{2,60}? (?:for|of|in|at|by|on|from)) .+")
_PREPOSITION = re.compile(r"\b(?:for|of|in|at|by|on|from)\b")
_DETERMINER = re.compile(r"(?:the|a|an|this|that|its|his|her|their)\b", re.IGNORECASE)
_POSITION = re.compile(
    r"(?P<who>.{2,60})['’]s? (?:positions?|views?|stances?|attitudes?|opinions?|plans?) (?:on|about|towards?|of|for)"
    r" (?P<topic>.{2,90})",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(r"(?:that|those)(?: (?P<link>of|for|in|at|by))? (?P<rest>.+)", re.IGNORECASE)
_STANDS_ALONE = re.compile(r"(?!(?:the one|last|before|in|at|on|ever|usual|expected|planned)\b)", re.IGNORECASE)
_ACCOUNTS = re.compile(
    r"(?:how|where|in what) (?:do|does|did) (?:the )?(?:two |three |various |different )?(?:news)?"
    r"(?:papers|reports|articles|sources|outlets|accounts|stories|media) (?:differ|disagree|diverge)"
    r" (?:on|over|about|in|as to|regarding) (?P<topic>.{3,100})",
    re.IGNORECASE,
)


def read_comparison(question: str) -> SidedQuestion | None:
    """Return the sides that a question compares; None if it compares nothing."""
    asked = question.strip(" .?!")
    return _read_larger(asked) or _read_arithmetic(asked) or _read_contrast(asked)


def read_disagreement(question: str) -> str | None:
    """Return the question on which articles are said to differ; None if a question asks for no such thing."""
    match = _ACCOUNTS.fullmatch(question.strip(" .?!"))
    return f"What is {match['topic']}?" if match is not None else None


def _read_contrast(asked: str) -> SidedQuestion | None:
    match = _OF_SIDES.fullmatch(asked)
    if match is None:
        return None
    first, second = next((match[a], match[b]) for a, b in _NAMED_SIDES if match[a])
    names = _complete(first, second)
    if match["topic"]:
        names = (_position(names[0], match["topic"]), _position(names[1], match["topic"]))
    return SidedQuestion(tuple(Side(name, _ask_about(name)) for name in names), "contrast")


def _position(who: str, topic: str) -> str:
    return f"{who}{'’' if who.endswith('s') else '’s'} position on {topic}"


def _ask_about(name: str) -> str:
    """Return the question for one side: what somebody said, where a position is meant, or else what it is."""
    position = _POSITION.fullmatch(name)
    return f"What did {position['who']} say about {position['topic']}?" if position is not None else f"What is {name}?"


def _read_larger(asked: str) -> SidedQuestion | None:
    match = _CHOICE.fullmatch(asked)
    if match is None:
        return None
    if match["counted"]:
        ask = (
            f"How many {match['counted']} {match['did']}{'' if match['did'].endswith('ed') else 'd'}{match['to']} {{}}?"
        )
        names = _complete(match["first"], match["second"])
    elif match["one"]:
        ask = _ask_measure(match["asks"])
        names = _complete(match["one"], match["other"])
    else:
        ask = _ask_measure(match["adjective"])
        names = _complete(match["is"], match["than"])
    if not ask or _STANDS_ALONE.match(names[1]) is None:
        return None
    return SidedQuestion(tuple(Side(name, ask.format(name)) for name in names), "larger")


def _ask_measure(words: str) -> str:
    """Return the question for a measure, with {} for what is measured; empty for a measure that is not known."""
    counts = _COUNTS.search(words)
    if counts is not None:
        verb = _BASE.get(counts["verb"], counts["verb"].removesuffix("d"))
        return f"How many {counts['counted']} did {{}} {verb}{counts['rest']}?"
    return next((ask for measure, ask in _ASKED_OF if measure.search(words)), "")


def _read_arithmetic(asked: str) -> SidedQuestion | None:
    match = _DIFFERENCE.fullmatch(asked)
    if match is not None and _PREPOSITION.match(match["other"]) is None:
        amount = "How many" if match["counted"] else "How much"
        sides = [
            Side(name, f"{amount}{match['counted']} did {name} {match['verb']}{match['rest']}?")
            for name in _complete(match["one"], match["other"])
        ]
        return SidedQuestion(tuple(sides), "difference")
    match = _SUM.fullmatch(asked)
    if match is None:
        return None
    names = [*re.split(r", (?:and )?", match["names"]), match["last"]]
    ask = f"How {match['amount']}{match['counted']} {match['auxiliary']} {{}} {match['verb']}{match['rest']}?"
    return SidedQuestion(tuple(Side(name, ask.format(name)) for name in names), "sum")


def _complete(first: str, second: str) -> tuple[str, str]:
    """Return the sides, each with the words that only the other one has: "the old and the new ferry"."""
    first, second = first.strip(" ,"), second.strip(" ,")
    pronoun = _STANDS_FOR.fullmatch(second)
    words, others = first.split(), second.split()
    if pronoun is not None:
        return first, _replace_owner(first, pronoun["rest"])
    if others[-1].lower() in {"one", "ones"} and len(others) > 1:
        return first, " ".join([*others[:-1], words[-1]])
    owner = _POSSESSIVE.search(others[0]) or (len(others) > 1 and _POSSESSIVE.search(others[1]))
    if _POSSESSIVE.search(first) and owner:
        after = next(place for place, word in enumerate(others) if _POSSESSIVE.search(word)) + 1
        return " ".join([*words, *others[after:]]), second
    is_cut = words[-1].islower() and len(words) < len(others) and _DETERMINER.match(first) and _DETERMINER.match(second)
    if is_cut and not _PREPOSITION.search(second):
        return " ".join([*words, *others[len(words) :]]), second
    head = _HEAD.fullmatch(first)
    if head is not None and not _PREPOSITION.search(second):
        return first, f"{head['head']} {second}"
    return first, second


def _replace_owner(first: str, owner: str) -> str:
    """Return "the police’s figure" for "the organisers’ figure" and "that of the police"."""
    words = first.split()
    place = next((place for place, word in enumerate(words) if _POSSESSIVE.search(word)), None)
    if place is not None:
        return f"{owner}’s {' '.join(words[place + 1 :])}"
    head = _HEAD.fullmatch(first)
    return f"{head['head']} {owner}" if head is not None else owner

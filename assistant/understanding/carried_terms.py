"""Which words of a conversation a follow-up means: each is weighed by features whose weights were fitted to data."""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import math
import re
from typing import TYPE_CHECKING

from assistant.readers.scoring import logistic, weigh
from assistant.understanding.carried_weights import WEIGHTS
from index.english import MONTHS, OFFICES, WEEKDAYS
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.conversation import Turn

CARRIED = " (about "
"""What stands in a rewritten question between what was asked and the topic that was carried into it."""

_REMEMBERED = 8  # turns
_READ = 1500  # characters of a text
_WORD = re.compile(r"\w+(?:[-.]\w+)*")
_MARKER = re.compile(r" ?\[\d{1,3}\]")
_PRONOUNS = {
    "person": frozenset("he she him his her hers".split()),
    "thing": frozenset("it its".split()),
    "several": frozenset("they them their theirs".split()),
    "pointer": frozenset("this that these those there one ones".split()),
}
_ANY_PRONOUN = frozenset().union(*_PRONOUNS.values()) - {"that", "there", "one"}
_OBJECTS = frozenset("him her it them".split())
_PLACING = frozenset("in at near".split())
_SUBORDINATE = frozenset("in on after before when while as since if because with despite".split())
_PEOPLE = ("er", "or", "ist", "man", "ian")
_DETERMINERS = frozenset("the a an which what any every each many whose do does did".split())
_OTHER = frozenset("other others else another more".split())
_DATES = frozenset((*MONTHS, *WEEKDAYS))
_NAME_WORDS = 3  # content words before a pronoun, in a question without capitals, that may name whom it means
_BEGINNING = 6  # words; what an answer names there is what was asked for
# Features of a term that mean something else by the kind of question, and what tells those kinds.
_CROSSED = ("last", "first", "answer_only", "answer", "name", "new", "answer_name", "last_name")
_CROSSING = ("person", "thing", "several", "bound", "no_pronoun", "few", "shared", "short_answer", "last_who")
_MEANT = ("meant", "meant_mostly")
_KINDS = (*_CROSSING, "pointer", "other", "definite", "names", "length")
_OF_TERMS = ("rarity", "name", "modifier", "verb")
_BEFORE_VERB = frozenset("to i you they he she it".split())
_AUXILIARY = frozenset("is are was were do does did can has have".split())
_BEFORE = {
    "the": frozenset(["the"]),
    "a": frozenset(["a", "an"]),
    "of": frozenset(["of"]),
    "about": frozenset(["about", "on"]),
    "in": frozenset("in at from to".split()),
    "auxiliary": _AUXILIARY,
    "asking": frozenset(["what", "which", "how", "who", "why", "when", "where", ""]),
    "and": frozenset(["and", "or"]),
    "for": frozenset(["for", "with", "by"]),
    "pronoun": frozenset("i you he she it they my your me some any".split()),
}
_AFTER = {
    "of": frozenset(["of", "for", "in"]),
    "auxiliary": _AUXILIARY | {"be"},
    "owner": frozenset(["s"]),
    "and": frozenset(["and", "or"]),
    "end": frozenset([""]),
}
_ENDINGS = (
    ("ing",),
    ("ed",),
    ("ly",),
    ("er", "or", "ist"),
    ("tion", "ment", "ity", "ness", "ism", "ance"),
    ("al", "ous", "ful", "able", "ible", "ive", "est"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """A word of a text with its terms, none for a stop word; `is_name` where more than a sentence's start explains
    its capital.
    """

    text: str
    start: int
    end: int
    terms: tuple[str, ...]
    is_name: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """A word of an earlier turn, and where it stands: in which text, and in the question or the answer."""

    word: Word
    place: int
    text: str
    turn: int
    in_answer: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _History:
    """What earlier questions say of every term.

    `questions` are their terms, oldest first; `meant` says with which probability each of them meant a term; `births`
    how many turns ago a term was first asked about; `rarities` are those of the last question's terms.
    """

    questions: tuple[frozenset[str], ...]
    meant: tuple[dict[str, float], ...]
    births: dict[str, int]
    rarities: tuple[float, ...]


@functools.lru_cache(maxsize=256)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text."""
    has_case = not text.isupper()
    found = []
    for match in _WORD.finditer(text):
        before = text[: match.start()].rstrip(" \"'“‘(")
        starts = not before or before[-1] in '.!?:;”"\n'
        is_name = has_case and match[0][0].isupper() and not starts and match[0] != "I"
        found.append(Word(match[0], *match.span(), _terms(match[0]), is_name))
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _terms(word: str) -> tuple[str, ...]:
    return tuple(terms(word))


@functools.lru_cache(maxsize=4096)
def rarity_of(word: str) -> float:
    """Return how rare a word is: the embedder's vocabulary is sorted by frequency and splits what it does not hold."""
    from index.passages.onnx_models import tokenizer

    ids = tokenizer().encode(word.lower(), add_special_tokens=False).ids
    return math.log(1 + max(ids, default=0)) / 10 + 0.1 * (len(ids) - 1)


def content(text: str) -> frozenset[str]:
    """Return the terms of a text, as its words have them."""
    return frozenset(term for word in words_of(text) for term in word.terms)


def own_words(question: str) -> str:
    """Return a question without the topic that was carried into it."""
    return question[:_READ].partition(CARRIED)[0]


def bare_answer(answer: str) -> str:
    """Return what is read of an answer: its beginning, without markers."""
    return _MARKER.sub("", answer[:_READ])


def mentions(turns: Sequence[Turn]) -> list[Mention]:
    """Return the words of the questions and of the last answer, oldest first."""
    turns = turns[-_REMEMBERED:]
    found = [
        Mention(word, place, turn.question[:_READ], number, in_answer=False)
        for number, turn in enumerate(turns)
        for place, word in enumerate(words_of(turn.question[:_READ]))
    ]
    answer = bare_answer(turns[-1].answer)
    return found + [
        Mention(word, place, answer, len(turns) - 1, in_answer=True) for place, word in enumerate(words_of(answer))
    ]


def weigh_terms(question: str, turns: Sequence[Turn]) -> dict[str, float]:
    """Return the probability, for each term of the conversation that a question lacks, that the question means it."""
    return {term: logistic(weigh(WEIGHTS, features)) for term, features in measure(question, turns).items()}


def measure(question: str, turns: Sequence[Turn]) -> dict[str, dict[str, float]]:
    """Return the features of each term of the conversation that a question lacks."""
    turns = turns[-_REMEMBERED:]
    asked = content(question)
    heard: dict[str, list[Mention]] = collections.defaultdict(list)
    for mention in mentions(turns):
        for term in mention.word.terms:
            if term not in asked:
                heard[term].append(mention)
    about = measure_question(question, turns)
    questions = tuple(content(own_words(turn.question)) for turn in turns)
    history = _History(
        questions,
        meant=tuple(_meant(tuple(turns[: number + 1])) for number in range(len(turns))),
        births={term: age for age, question_terms in enumerate(reversed(questions)) for term in question_terms},
        rarities=tuple(
            max(rarity_of(mention.word.text) for mention in heard[term]) for term in questions[-1] if term in heard
        ),
    )
    return {term: _measure_term(term, heard[term], about, history) for term in heard}


@functools.lru_cache(maxsize=128)
def _meant(turns: tuple[Turn, ...]) -> dict[str, float]:
    """Return the probability, for each term of the conversation, that its last question meant it."""
    *before, last = turns
    question = own_words(last.question)
    return (weigh_terms(question, before) if before else {}) | dict.fromkeys(content(question), 1.0)


def forget() -> None:
    """Forget what was worked out with other weights."""
    _meant.cache_clear()


def measure_question(question: str, turns: Sequence[Turn]) -> dict[str, float]:
    """Return what shows whether a question goes on about what was said, and about what."""
    words = words_of(question)
    lower = {word.text.lower() for word in words}
    asked = content(question)
    last = content(own_words(turns[-1].question))
    answer = content(bare_answer(turns[-1].answer))
    flags = {kind: bool(lower & pronouns) for kind, pronouns in _PRONOUNS.items()}
    return {name: float(flag) for name, flag in flags.items()} | {
        "no_pronoun": float(not any(flags.values())),
        "bound": float(is_bound(question)),
        "length": min(len(asked), 8) / 8,
        "few": 1 / (1 + len(asked)),
        "names": float(any(word.is_name for word in words)),
        "definite": float("the" in lower),
        "other": float(not lower.isdisjoint(_OTHER)),
        "rarest": max((rarity_of(word.text) for word in words if word.terms), default=0.0),
        "shared": float(not last.isdisjoint(asked)),
        "shared_answer": float(not answer.isdisjoint(asked)),
        "answered": float(bool(answer)),
        "short_answer": 1 / (1 + len(answer) / 10) if answer else 0.0,
        "turns": min(len(turns), 8) / 8,
        "last_who": float(re.match(r"(?:\w+ )?who\b", turns[-1].question, re.IGNORECASE) is not None),
        "last_length": min(len(last), 10) / 10,
    }


def is_bound(question: str) -> bool:
    """Return whether the first pronoun may refer to what its own question names: "Did Orr keep her seat?"."""
    words = words_of(question)
    place = next((place for place, word in enumerate(words) if word.text.lower() in _ANY_PRONOUN), 0)
    pronoun = words[place].text.lower() if words else ""
    lower = ["", *(word.text.lower() for word in words)]
    named = [number for number, word in enumerate(words[:place]) if word.is_name and lower[number] not in _PLACING]
    if pronoun in _OBJECTS and place == len(words) - 1 and len(named) <= 1:
        return False  # "What does Putin think of him?"
    if lower[1:2] and lower[1] in _SUBORDINATE and any(word.is_name for word in words[place:]):
        return True  # "After he won, what did Putin say?"
    named_before = sum(bool(word.terms) for word in words[:place])
    if question.islower() and pronoun in _PRONOUNS["person"] and named_before >= _NAME_WORDS:
        return True
    nouns = [word for number, word in enumerate(words[:place]) if word.terms and lower[number] in _DETERMINERS]
    if pronoun in _PRONOUNS["person"]:
        nouns = [word for word in nouns if word.text.lower() in OFFICES or word.text.lower().endswith(_PEOPLE)]
    return bool(named or nouns)


def _measure_term(term: str, heard: list[Mention], about: dict[str, float], history: _History) -> dict[str, float]:
    """Return the features of one term, those of the question, and their products."""
    questions, births = history.questions, history.births
    ages = [age for age, own_terms in enumerate(reversed(questions)) if term in own_terms]
    in_answer = [mention for mention in heard if mention.in_answer]
    latest = max(
        (mention for mention in heard if not mention.in_answer),
        key=lambda mention: mention.turn,
        default=heard[0],
    )
    rarity = max(rarity_of(mention.word.text) for mention in heard[:3])
    own = {
        "first": float(term in questions[0]),
        "last": float(term in questions[-1]),
        "before_last": float(len(questions) > 1 and term in questions[-2]),
        "share": sum(term in own_terms for own_terms in questions) / len(questions),
        "age": min(ages[0], 5) / 5 if ages else 1.0,
        "birth": min(births.get(term, 5), 5) / 5,
        "newer": min(sum(births[other] < births.get(term, 0) for other in questions[-1]), 4) / 4,
        "newer_anywhere": min(sum(age < births.get(term, 0) for age in births.values()), 8) / 8,
        "new": float(ages == [0] and len(questions) > 1),
        "answer": float(bool(in_answer)),
        "answer_only": float(not ages),
        "answer_again": float(len(in_answer) > 1),
        "answer_place": 1 / (1 + in_answer[0].place / 5) if in_answer else 0.0,
        "name": float(any(mention.word.is_name for mention in heard) or _is_answered_name(in_answer)),
        "lower": float(any(mention.word.text[0].islower() for mention in heard)),
        "rarity": rarity,
        "rarer": sum(other > rarity for other in history.rarities) / (len(history.rarities) + 1),
    }
    own["answer_name"] = own["answer"] * own["name"] * float(bool(in_answer) and in_answer[0].place < _BEGINNING)
    own["last_name"] = own["last"] * own["name"]
    own |= _measure_meaning([meant.get(term, 0.0) for meant in history.meant], history.meant[-1])
    own |= _measure_shape(latest)
    kinds = about | {name: own[name] for name in _OF_TERMS}
    crossed = {f"{a}*{b}": own[a] * about[b] for a, b in itertools.product(_CROSSED, _CROSSING)}
    crossed |= {f"{a}*{b}": own[a] * kinds[b] for a, b in itertools.product(_MEANT, (*_KINDS, *_OF_TERMS))}
    return own | about | crossed


def _measure_meaning(meant: list[float], last: dict[str, float]) -> dict[str, float]:
    """Return what the probabilities that earlier questions meant a term, oldest first, say of it."""
    before_last = meant[-2] if len(meant) > 1 else 0.0
    return {
        "meant": meant[-1],
        "meant_first": meant[0],
        "meant_mostly": sum(meant) / len(meant),
        "meant_ever": max(meant),
        "meant_twice": meant[-1] * before_last,
        "meant_newly": meant[-1] * (1 - before_last),
        "meant_lately": sum(chance * 0.6**age for age, chance in enumerate(reversed(meant))) / 2.5,
        "meant_share": meant[-1] / (sum(last.values()) + 0.5),
    }


def _measure_shape(mention: Mention) -> dict[str, float]:
    """Return what shows a word's part in its sentence: its neighbours and its ending."""
    words = words_of(mention.text)
    text = mention.word.text.lower()
    before = words[mention.place - 1] if mention.place else None
    after = words[mention.place + 1] if mention.place + 1 < len(words) else None
    earlier, later = (word.text.lower() if word else "" for word in (before, after))
    return {
        "number": float(text[0].isdigit()),
        "date": float(text in _DATES),
        "place": (mention.place + 1) / len(words),
        "modifier": float(after is not None and bool(after.terms)),
        "modified": float(before is not None and bool(before.terms)),
        "verb": float(before is None or earlier in _BEFORE_VERB),
        **{f"after_{name}": float(earlier in group) for name, group in _BEFORE.items()},
        **{f"before_{name}": float(later in group) for name, group in _AFTER.items()},
        **{f"ends_{endings[0]}": float(text.endswith(endings)) for endings in _ENDINGS},
    }


def _is_answered_name(in_answer: list[Mention]) -> bool:
    """Return whether a capitalised word that begins the answer goes on as a name: "Ada Orr won"."""
    if not in_answer or not in_answer[0].word.text[0].isupper():
        return False
    words = words_of(in_answer[0].text)[in_answer[0].place : in_answer[0].place + 2]
    return len(words) > 1 and words[1].is_name

"""Makes a follow-up stand alone, with no language model: "and what did he say about NATO?" names who "he" is.

`carried_terms` weighs which words of the conversation a question means, with weights fitted to people's rewrites.
Here they are written into it: in place of its pronoun, or behind it. A piece of a question ("and in 2014?", "what about
Putin?") takes the place of its like in the question before, or is put behind that.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

from assistant.understanding.carried_terms import (
    CARRIED,
    Word,
    bare_answer,
    beside,
    content,
    is_bound,
    own_words,
    weigh_terms,
    words_of,
)
from assistant.understanding.time_reading import NAMED_TIME
from index.english import HONORIFICS, OFFICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assistant.conversation import Conversation, Turn

# The probabilities from which a term is taken, beside one that is taken too and elsewhere, and how many are.
THRESHOLD = 0.4
_BESIDE = 0.25
_MOST = 6
_LONGEST = 40  # words; a longer question is complete in itself
_READ = 1500  # characters of a question
_PIECE_WORDS = 5  # a longer "what about ..." is a question of its own

_AUXILIARY = (
    "do|does|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|isn't|aren't|wasn't|weren't"
    "|don't|doesn't|didn't|hasn't|haven't|can't|won't"
)
_ASKING = (
    f"what|who|whom|whose|when|where|which|why|how|{_AUXILIARY}|tell|give|list|name|show|explain|describe|summarise"
    "|summarize|compare|what's|who's"
)
_LEAD = re.compile(
    r"^(?:(?:and|but)\b[\s,]*"
    r"|(?:or|so|also|then|ok(?:ay)?|well|yes|no|hi|hello|hey|thanks|thank you|great|right|now|hmm+|interesting|wow"
    r"|oh)\b"
    rf"(?:\s*+[,.!;:…]++\s*+|\s++(?=(?:{_ASKING})\b)))+",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^(?:(?:what|how)\s+about|what\s+of"
    r"|(?:(?:is|was)\s+)?(?:the\s+)?same(?:\s+question|\s+thing)?(?:\s+for)?)\s++(\S.*)$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|on|at|by|for|from|to|with|about|against|of|since|before|after|during|until|under|over)\s++(\S.*)$",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"\b(?:{_ASKING})\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|him|his|hers?)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:its?|they|them|theirs?)\b", re.IGNORECASE)
_THERE = re.compile(r"(?<!is)(?<!are)(?<!was)(?<!were)(?<!\s)\s++there(?=\W*$)", re.IGNORECASE)
_OWNS = re.compile(
    r"(?:his|its|their|her(?!\s+(?:in|on|at|to|about|with|for|from|before|after|and|or|as|by|when|if|last|this)\b))"
    r"(?=\s+\w)|hers|theirs",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^(?:since\s+)?(?:why|when|where|how)(?:\s+(?:so|come|exactly|then))?\W*$", re.IGNORECASE)
_CLAUSE = re.compile(rf"^[^?]*?\b((?:{_AUXILIARY})\b.*)$", re.IGNORECASE)
# Who wrote, printed or published "it" is asked of the article.
_ARTICLE = re.compile(
    r"^(?=.*\b(?:wrote|written|writes|reported|published|printed|newspaper|paper|outlet|author|article)\b)"
    r"(.*?)\b(?:it|this|that)\b(.*)$",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(r"(?:\w+ )?who(?:se|m|['’]s)?\b", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|at|near|into|across|inside) (?:the )?$", re.IGNORECASE)
_NEAR = 20  # characters
_BESIDES_NAME = 0.6  # the probability from which a term is taken where a name stands for the pronoun
_OFFICES = OFFICES | HONORIFICS
_LINK = frozenset("of the and de van von al bin for in on s".split())
# Terms that ask for something without naming a subject.
_EMPTY_TERMS = content(
    "again anything anyone clarify come continue detail elaborate else exactly explain far further happen happened "
    "know like long many mean more much next often once please really said say says since sure tell true"
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Phrase:
    """Words of a turn that belong together, with the highest of their probabilities."""

    text: str
    is_name: bool
    probability: float


def make_standalone(question: str, conversation: Conversation) -> str:
    """Return the question rewritten so that it can be understood without earlier turns; often unchanged."""
    question = question.strip()
    turns = conversation.turns
    if not turns or not re.search(r"\w", question) or len(question.split()) > _LONGEST:
        return question
    if question.isupper() and len(question.split()) > _PIECE_WORDS:
        return question  # capitals that do not show names: a title rather than a follow-up
    bare = _LEAD.sub("", question)
    is_led = bare != question
    if '"' in bare or "“" in bare:
        return question  # what is quoted names its speaker by no pronoun
    bare = bare if re.search(r"\w", bare) else question
    last = own_words(turns[-1].question).rstrip(" ?.!")
    if (piece := _piece(bare, is_led=is_led)) and (exchanged := _exchange(last, piece)):
        return _with_topic(exchanged, turns[-1].question)
    if _ALONE.match(bare) and (clause := _CLAUSE.match(last)):
        return _with_topic(_capitalise(f"{bare.rstrip(' ?.!')} {clause[1]}?"), turns[-1].question)
    chosen = _choose(bare, turns)
    phrases = _phrases(chosen, turns)
    told = _capitalise(_write(bare, phrases, turns))
    return told if is_led or told.lower() != bare.lower() else question


def _with_topic(question: str, last: str) -> str:
    """Return a question with the topic that had been carried into the one before."""
    topic = last[:_READ].partition(CARRIED)[2]
    return question.rstrip(" ?.!") + CARRIED + topic if topic else question


def _choose(question: str, turns: tuple[Turn, ...]) -> dict[str, float]:
    """Return the terms that a question means, with their probabilities; some in any case where it has none itself."""
    probabilities = weigh_terms(question, turns)
    weighed = sorted(probabilities.items(), key=lambda one: -one[1])[:_MOST]
    likely = {term: weight for term, weight in weighed if weight >= THRESHOLD}
    likely |= {term: probabilities[term] for term in beside(likely, turns) if probabilities.get(term, 0.0) >= _BESIDE}
    if not likely and content(question) <= _EMPTY_TERMS:
        last = content(own_words(turns[-1].question))
        return {term: weight for term, weight in weighed if term in last}
    return likely


def _phrases(chosen: Mapping[str, float], turns: tuple[Turn, ...]) -> list[_Phrase]:
    """Return the chosen terms as they were said, last said first; each is taken where a question last had it."""
    left = dict(chosen)
    found: list[_Phrase] = []
    for text in (*(turn.question[:_READ] for turn in reversed(turns)), bare_answer(turns[-1].answer)):
        for run in _runs(text, left):
            here = [term for word in run for term in word.terms]
            if any(term in left for term in here):
                weight = max(left.get(term, 0.0) for term in here)
                found.append(_Phrase(text[run[0].start : run[-1].end], any(word.is_name for word in run), weight))
                left = {term: weight for term, weight in left.items() if term not in here}
    return found


def _runs(text: str, chosen: Mapping[str, float]) -> Iterator[list[Word]]:
    """Yield the runs of words that hold chosen terms, with the rest of a name and small words in between."""
    run: list[Word] = []
    loose: list[Word] = []
    for word in words_of(text):
        is_chosen = any(term in chosen for term in word.terms)
        if run and _ends(text[run[-1].end if not loose else loose[-1].end : word.start]):
            yield run
            run, loose = [], []
        if is_chosen:
            run, loose = [*run, *loose, word], []
        elif run and word.text.lower() in _LINK:
            loose.append(word)
        elif run:
            yield run
            run, loose = [], []
    if run:
        yield run


def _ends(between: str) -> bool:
    return any(sign in between for sign in '.?!;:“”"()')


def _write(question: str, phrases: list[_Phrase], turns: tuple[Turn, ...]) -> str:
    """Return the question with the phrases: the likeliest for its pronoun, the others behind it."""
    bound = is_bound(question)
    if not bound and (pronoun := _PERSON.search(question)):
        name = _person(question, turns)
        rest = [
            one for one in phrases if one.probability >= _BESIDES_NAME and content(one.text).isdisjoint(content(name))
        ]
        question = _put(name, pronoun, question) if name else question
        rest = rest if name else phrases
    elif phrases and (of_article := _ARTICLE.match(question)):
        return f"{of_article[1]}the article about {_listed(phrases)}{of_article[2]}"
    elif not bound and phrases and (pronoun := _THING.search(question) or _THERE.search(question)):
        best = max(phrases, key=lambda one: one.probability)
        names = _names(f"the {best.text}")
        text = best.text if not names else " ".join(word.text for word in names[0])
        rest = [one for one in phrases if one.probability >= _BESIDES_NAME and one is not best]
        question = _put(text, pronoun, question)
    else:
        rest = phrases
    return f"{question.rstrip(' ?.!')}{CARRIED}{_listed(rest)}?" if rest else question


def _person(question: str, turns: tuple[Turn, ...]) -> str:
    """Return the person last spoken of: whom the last answer names, if it was asked who, else whom a question names."""
    asked = content(question)
    for turn in reversed(turns):
        texts = [own_words(turn.question), bare_answer(turn.answer)]
        if _ASKS_WHO.match(turn.question):
            texts.reverse()
        for text in texts:
            for name in _names(text):
                words = " ".join(word.text for word in name)
                is_placed = _PLACED.search(text[max(0, name[0].start - _NEAR) : name[0].start])
                if not is_placed and not words.isupper() and content(words).isdisjoint(asked):
                    if text is texts[0] or len(name) > 1:
                        return words
    return ""


def _listed(phrases: list[_Phrase]) -> str:
    return ", ".join(one.text for one in phrases)


def _put(name: str, pronoun: re.Match[str], question: str) -> str:
    """Replace a pronoun by a name."""
    if pronoun.re is _THERE:
        return f"{question[: pronoun.start()]} in {name}{question[pronoun.end() :]}"
    owns = _OWNS.match(question, pronoun.start())
    ending = "" if not owns else "’" if name.endswith("s") else "’s"
    return question[: pronoun.start()] + name + ending + question[pronoun.end() :]


def _piece(question: str, *, is_led: bool) -> str | None:
    """Return what a fragment puts into the question before; None for complete questions."""
    instead = _INSTEAD.match(question)
    piece = (instead[1] if instead else question).strip(" ?.!,")
    if not 0 < len(piece.split()) <= _PIECE_WORDS or _ASKS.search(piece) or content(piece) <= _EMPTY_TERMS:
        return None
    return piece if instead or is_led or _PREPOSITION.match(piece) or NAMED_TIME.fullmatch(piece) else None


def _exchange(body: str, piece: str) -> str | None:
    """Return the question before with the fragment in it: a time for a time, a name for a name; None if none fits."""
    if time := NAMED_TIME.fullmatch(piece):
        old = NAMED_TIME.search(body)
        start, end = old.span() if old else (len(body), len(body))
        preposition = (old["preposition"] or "") if old else "in"
        has_own = time["preposition"] is not None or not piece[0].isdigit()
        told = piece if has_own else f"{preposition} {piece}"
        return " ".join(f"{body[:start]} {told}{body[end:]}?".split())
    if preposition := _PREPOSITION.match(piece):
        alike = [name for name in _names(body) if re.search(rf"\b{preposition[1]} (?:the )?$", body[: name[0].start])]
        return _replace(body, alike[0], preposition[2]) if alike else f"{body} {piece}?"
    names = [name for name in _names(body) if not re.search(r"\b(?:in|at|near) (?:the )?$", body[: name[0].start])]
    is_name = any(word.is_name for word in words_of(f"about {piece}"))
    return _replace(body, names[0], piece) if is_name and names else None


def _names(text: str) -> list[list[Word]]:
    """Return the names in a text, each as its words, without an office before it."""
    runs: list[list[Word]] = []
    for before, word in itertools.pairwise((None, *words_of(text))):
        if not word.is_name:
            continue
        if before and text[before.end : word.start] == " " and runs and runs[-1][-1] is before:
            runs[-1].append(word)
        elif before and before.text[0].isupper() and before.terms and text[before.end : word.start] == " ":
            runs.append([before, word])  # it begins the sentence: "Ada Orr won"
        else:
            runs.append([word])
    bare = [list(itertools.dropwhile(lambda word: word.text.lower().strip(".") in _OFFICES, run)) for run in runs]
    return [run for run in bare if run]


def _replace(body: str, name: list[Word], piece: str) -> str:
    """Replace a name, and its article, by a fragment."""
    before = re.sub(r"\bthe\s+$", "", body[: name[0].start], flags=re.IGNORECASE)
    return f"{before}{piece}{body[name[-1].end :]}?"


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]

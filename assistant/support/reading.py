"""Analyses a text for checking: its words, names and figures in order, each with its sentence and its sign."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from typing import TYPE_CHECKING, Literal

from assistant.support.figures import Figure, Number, find_figures
from assistant.support.names import TITLES, UNIONS, fold, is_ordinary, join_unions, root
from assistant.support.polarity import DENIALS, NEGATIONS, NOT_AFTER, PASSED_OVER, sides, stem
from index.english import STOP_WORDS
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ItemKind = Literal["word", "name", "number", "date", "pronoun"]

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’][^\W_]+)*|[^\w\s]")
_CLAUSE_ENDS = frozenset(",;:.!?()[]—…")
_OPENING = frozenset("“\"'‘(:—«•*-–")
_PRONOUNS = frozenset("he she they it his her its their him them".split())
_OTHER_PRONOUNS = frozenset("we i you our my your us who whom whose that this these those there what".split())
_READ_CAPITALS = 0.6  # if a larger share of the words is capitalised, capitals mean nothing
_NEAR = 6
_LONGEST_RUN = 12
_ASIDE = 120  # most characters in parentheses
_AFTER_HEAD = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A word, name or figure. `key` is what is compared; `sign` is -1 under a negation, 0 near one, 1 elsewhere.

    `words` are the folded words of a name. A name is `certain` unless it merely begins a sentence, `by` says that this
    word stands before it, and `aside` that it stands in parentheses.
    """

    kind: ItemKind
    key: str
    start: int
    end: int
    sentence: int
    sign: int = 1
    words: tuple[str, ...] = ()
    figure: Figure | None = None
    certain: bool = True
    by: bool = False
    aside: bool = False
    sides: tuple[tuple[str, int], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, eq=False)  # compared by identity: comparing all fields is slow
class Reading:
    """The items of a text in order, its sentences, and for each sentence its folded words, including those of short
    forms.
    """

    text: str
    sentences: tuple[tuple[int, int], ...]
    items: tuple[Item, ...]
    words: tuple[frozenset[str], ...]
    negations: tuple[int, ...]
    """How many negations each sentence has."""
    short_forms: frozenset[str]
    """The initials of its runs of capitalised words, three or more."""
    proper: frozenset[str]
    """Words that are capitalised in the middle of a sentence."""

    def contexts(self) -> tuple[dict[str, float], ...]:
        """Return for each item its neighbours in the sentence, with a weight that falls with their distance."""
        return _contexts(self)

    def vocabulary(self) -> frozenset[str]:
        """Return the words of all sentences."""
        return _vocabulary(self)


@dataclasses.dataclass(slots=True)
class _Word:
    text: str
    lower: str
    start: int
    end: int
    sentence: int
    first: bool  # begins a sentence
    capital: bool


def read(text: str, *, proper: frozenset[str] = frozenset()) -> Reading:
    """Analyse a text; `proper` are words known to be names wherever they occur."""
    sentences = tuple(split_sentences(text))
    figures = find_figures(text)
    tokens = _tokens(text, sentences)
    capitals = _capitals_tell(tokens)
    own = frozenset(
        fold(token.text)
        for token in tokens
        if token.capital and capitals and not token.first and fold(token.text) not in STOP_WORDS
    )
    reader = _Reader(text, tokens, figures, own | proper, capitals=capitals)
    items = tuple(_with_signs(tokens, list(reader.items())))
    words: list[set[str]] = [set() for _ in sentences]
    negations = [0] * len(sentences)
    for index, token in enumerate(tokens):
        folded = fold(token.text)
        words[token.sentence] |= {folded, root(folded)}
        if "-" not in folded:
            words[token.sentence].add(stem(folded))
        negations[token.sentence] += _negates(tokens, index)
    for first, two in itertools.pairwise(tokens):
        if (first.lower, fold(two.text)) in UNIONS:
            words[first.sentence].add(UNIONS[first.lower, fold(two.text)])
    word_sets = tuple(frozenset(some) for some in words)
    return Reading(text, sentences, items, word_sets, tuple(negations), frozenset(_short_forms(tokens)), own)


def _tokens(text: str, sentences: Sequence[tuple[int, int]]) -> list[_Word]:
    tokens: list[_Word] = []
    for number, (start, end) in enumerate(sentences):
        first = True
        for match in _TOKEN.finditer(text, start, end):
            word = match[0]
            wordlike = word[0].isalnum()
            tokens.append(
                _Word(
                    word,
                    word.lower().replace("’", "'"),
                    *match.span(),
                    number,
                    first and wordlike,
                    capital=wordlike and word[0].isupper(),
                )
            )
            if wordlike:
                first = False
            elif word in _OPENING:
                first = True  # the first word of a quotation or bracket may be capitalised only for that reason
    return tokens


def _capitals_tell(tokens: Sequence[_Word]) -> bool:
    """Return whether capitals mark names; in title case or all capitals they do not."""
    inner = [token.capital for token in tokens if not token.first and len(token.text) > 3 and token.text[0].isalpha()]  # noqa: PLR2004
    return sum(inner) <= _READ_CAPITALS * len(inner) or len(inner) <= _NEAR


class _Reader:
    """Makes the items of a text from its tokens and figures."""

    def __init__(
        self,
        text: str,
        tokens: list[_Word],
        figures: list[tuple[int, int, Figure]],
        proper: frozenset[str],
        *,
        capitals: bool,
    ) -> None:
        self._text, self._tokens, self._figures = text, tokens, figures
        self._proper, self._capitals = proper, capitals

    def items(self) -> Iterator[Item]:
        index = figure = 0
        while index < len(self._tokens):
            token = self._tokens[index]
            while figure < len(self._figures) and self._figures[figure][1] <= token.start:
                figure += 1
            if figure < len(self._figures) and self._figures[figure][0] <= token.start:
                start, end, value = self._figures[figure]
                yield _figure_item(start, end, token.sentence, value)
                while index < len(self._tokens) and self._tokens[index].start < end:
                    index += 1
                figure += 1
                continue
            run = self._name_run(index)
            if run > index:
                yield from self._name(index, run)
                index = run
                continue
            yield from self._word(token)
            index += 1

    def _name_run(self, index: int) -> int:
        """Return the token after the capitalised words that begin at a token; the same token if none do."""
        end = index
        while end < len(self._tokens) and self._is_name_word(end):
            joined = end == index or self._text[self._tokens[end - 1].end : self._tokens[end].start] in {" ", "", ". "}
            if not joined or self._tokens[end].sentence != self._tokens[index].sentence:
                break
            end += 1
            if self._tokens[end - 1].lower.endswith(("'s", "s'")):
                break
            if (
                end + 1 < len(self._tokens)
                and self._tokens[end].text in {"&", "-", ".", "’", "'"}
                and (self._text[self._tokens[end].end :][:1].strip() or self._tokens[end].text in {"&", "."})
            ):
                hyphenated = self._tokens[end].start == self._tokens[end - 1].end
                initial = self._tokens[end].text != "." or len(self._tokens[end - 1].text) <= 2  # noqa: PLR2004
                if (hyphenated or self._tokens[end].text == "&") and initial and self._is_name_word(end + 1):
                    end += 1
        return end

    def _is_name_word(self, index: int) -> bool:
        token = self._tokens[index]
        folded = fold(token.text)
        spoken = folded.partition("'")[0]  # of "you're"
        if not token.capital or (spoken in _PRONOUNS | _OTHER_PRONOUNS and token.text != "US"):
            return False
        if folded in TITLES:
            return False
        if token.first:
            return folded in self._proper or not is_ordinary(folded) or self._begins_name(index)
        return (
            folded in self._proper
            if not self._capitals
            else folded not in STOP_WORDS or (len(token.text) > 1 and token.text.isupper())
        )

    def _begins_name(self, index: int) -> bool:
        """Return whether an ordinary word at the start is part of a name: "New York", "United Nations", "Man City"."""
        following = self._tokens[index + 1] if index + 1 < len(self._tokens) else None
        token = self._tokens[index]
        return (
            following is not None
            and following.capital
            and self._text[token.end : following.start] == " "
            and fold(token.text) in {"new", "great", "old", "high", "first", "state", "city", "man", "long"}
            and not is_ordinary(fold(following.text))
        )

    def _name(self, index: int, end: int) -> Iterator[Item]:
        tokens = [token for token in self._tokens[index:end] if token.text[0].isalnum()]
        words = tuple(join_unions(tuple(fold(token.text) for token in tokens)))
        if all(len(word) == 1 for word in words):
            return
        certain = len(tokens) > 1 or not tokens[0].first or words[-1] in self._proper or _is_acronym(tokens[0].text)
        yield Item(
            "name",
            stem(words[-1]) or words[-1],
            tokens[0].start,
            tokens[-1].end,
            tokens[0].sentence,
            words=words,
            certain=certain,
            by=index > 0 and self._tokens[index - 1].lower == "by",
            aside=self._is_aside(tokens[0].start),
        )

    def _is_aside(self, start: int) -> bool:
        before = self._text[max(0, start - _ASIDE) : start]
        return before.rfind("(") > before.rfind(")")

    def _word(self, token: _Word) -> Iterator[Item]:
        if not token.text[0].isalnum():
            return
        if token.lower in _PRONOUNS:
            yield Item("pronoun", "", token.start, token.end, token.sentence)
        elif token.lower not in NEGATIONS:
            key = stem(fold(token.text))
            if key:
                yield Item("word", key, token.start, token.end, token.sentence, sides=sides(key))


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _figure_item(start: int, end: int, sentence: int, value: Figure) -> Item:
    if isinstance(value, Number):
        place = ("first/last", 1)
        opposed = (place,) if value.ordinal and value.value == 1 else ()
        return Item("number", f"#{value.value:g}", start, end, sentence, figure=value, sides=opposed)
    shown = ",".join(f"{name}={part}" for name, part in value.parts().items() if name != "weekday" or value.day is None)
    return Item("date", f"@{shown}", start, end, sentence, figure=value)


def _short_forms(tokens: Sequence[_Word]) -> Iterator[str]:
    """Yield the short form of every run of capitalised words: "nato" for "North Atlantic Treaty Organization"."""
    run: list[_Word] = []
    for token in tokens:
        if token.capital and (not run or run[-1].sentence == token.sentence):
            run.append(token)
        elif run and token.lower not in {"of", "the", "for", "and", "on", "in", "de"}:
            yield from _initials(run)
            run = []
    yield from _initials(run)


def _initials(run: list[_Word]) -> Iterator[str]:
    letters = "".join(token.lower[0] for token in run[:_LONGEST_RUN])
    for start in range(len(letters)):
        for end in range(start + 3, len(letters) + 1):
            yield letters[start:end]


def _negates(tokens: Sequence[_Word], index: int) -> bool:
    """Return whether a token denies what follows it."""
    token = tokens[index]
    following = [other.lower for other in tokens[index + 1 : index + 3]]
    if token.lower in NEGATIONS or token.lower.endswith("n't"):
        if following[:1] and following[0] in NOT_AFTER:
            return False
        return not (
            following[:1]
            and following[0] in {"more", "fewer", "less", "later", "earlier"}
            and following[1:] == ["than"]
        )
    if token.lower in DENIALS:
        return bool(following) and (following[0] in {"to", "that"} or following[0].endswith("ing"))
    return False


def _with_signs(tokens: Sequence[_Word], items: list[Item]) -> Iterator[Item]:
    """Mark the word that each negation denies, and as unclear the words between them and shortly after."""
    starts = {item.start: index for index, item in enumerate(items)}
    waiting, after = False, 0
    signed = list(items)
    for place, token in enumerate(tokens):
        if token.text in _CLAUSE_ENDS or token.lower in {"but", "although", "because", "while"}:
            waiting, after = False, 0
        index = starts.get(token.start)
        if index is not None and items[index].kind != "pronoun" and not _negates(tokens, place):
            item = items[index]
            if waiting and (item.figure or token.lower in PASSED_OVER or token.lower.endswith("ly")):
                signed[index] = dataclasses.replace(item, sign=0)
            elif waiting:
                signed[index] = dataclasses.replace(item, sign=-1)
                waiting, after = False, _AFTER_HEAD
            elif after:
                signed[index] = dataclasses.replace(item, sign=0)
                after -= 1
        if _negates(tokens, place):
            waiting, after = True, 0
    return iter(signed)


@functools.lru_cache(maxsize=256)
def _vocabulary(reading: Reading) -> frozenset[str]:
    return frozenset().union(*reading.words)


@functools.lru_cache(maxsize=256)
def _contexts(reading: Reading) -> tuple[dict[str, float], ...]:
    contexts: list[dict[str, float]] = []
    items = reading.items
    for index, item in enumerate(items):
        around: dict[str, float] = {}
        for other in range(max(0, index - _NEAR), min(len(items), index + _NEAR + 1)):
            near = items[other]
            if other != index and near.sentence == item.sentence and near.kind != "pronoun":
                key = near.sides[0][0] if near.sides else near.key
                around[key] = max(around.get(key, 0.0), 2 / (1 + abs(other - index)))
        contexts.append(around)
    return tuple(contexts)

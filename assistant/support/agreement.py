"""Compares the facts of a statement with a passage: numbers, dates, names, who did what, and negations.

A fact that is not in the passage is a problem. So is a fact that the passage has in another place: the words near a
fact (its context) are compared, and if another fact of the same kind fits the statement's context much better, the two
have been swapped.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from assistant.support.dates import Date
from assistant.support.figures import Number
from assistant.support.names import root
from assistant.support.polarity import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assistant.support.reading import Item, Reading

    Context = dict[str, float]

# How much more of a fact's context another one must match to count as the right fact there, and the minimum.
_MUCH_NEARER = 1.35
_LEAST = 0.8
_CROSSED = 1.2
_FOLLOWING = 2
_PAIRED = 4  # how many names apart two partners may be
_NUMBERS_READ = 12
_COUNTED = 10
_SHORT_FORM = 3  # letters of the shortest word that is searched for
_SYMMETRIC = frozenset(map(stem, "meet marry talk speak discuss negotiate border share agree play fight join".split()))


def find_problems(statement: Reading, passage: Reading, window: range, about: Reading | None = None) -> list[str]:
    """Return what the sentences of `window` do not confirm in the statement, as short sentences.

    `about` is what else is known of the passage, such as its title and date; names and dates may come from there.
    """
    check = _Check(statement, passage, window, about)
    return list(
        dict.fromkeys(
            [*check.numbers(), *check.dates(), *check.crossings(), *check.names(), *check.roles(), *check.polarity()]
        )
    )


class _Check:
    """One statement against some neighbouring sentences of a passage."""

    def __init__(self, statement: Reading, passage: Reading, window: range, about: Reading | None) -> None:
        self._statement, self._passage, self._about, self._window = statement, passage, about, window
        self._inside = [index for index, item in enumerate(passage.items) if item.sentence in window]
        around = range(window[0] - 1, window[-1] + 2)
        self._around = [index for index, item in enumerate(passage.items) if item.sentence in around]

    def numbers(self) -> Iterator[str]:
        for index, item in self._facts("number"):
            number = item.figure
            if not isinstance(number, Number):
                continue
            if number.value == 1 and not number.unit and not self._statement.text[item.start].isdigit():
                continue  # "one of them", "the first"
            same, rival = functools.partial(_same_number, number), functools.partial(_rival_number, number)
            yield from self._compare(index, same=same, rival=rival)

    def dates(self) -> Iterator[str]:
        about = [item.figure for item in self._about.items] if self._about else []
        known = [*about, *(self._passage.items[other].figure for other in self._inside)]
        parts = frozenset(part for date in known if isinstance(date, Date) for part in date.parts().items())
        for index, item in self._facts("date"):
            date = item.figure
            if not isinstance(date, Date) or any(isinstance(other, Date) and date.agrees(other) for other in about):
                continue
            same, rival = functools.partial(_same_date, date, parts), functools.partial(_rival_date, date)
            yield from self._compare(index, same=same, rival=rival)

    def _facts(self, kind: str) -> Iterator[tuple[int, Item]]:
        return ((index, item) for index, item in enumerate(self._statement.items) if item.kind == kind)

    def _compare(self, index: int, *, same: Callable[[Item], bool], rival: Callable[[Item], bool]) -> Iterator[str]:
        """Look up a figure in the window and yield what is wrong with it."""
        context = self._statement.contexts()[index]
        figure = self._stated(self._statement.items[index])
        equal = [other for other in self._inside if same(self._passage.items[other])]
        others = [other for other in self._inside if other not in equal and rival(self._passage.items[other])]
        best = self._nearest(context, others)
        if not equal:
            if _is_count(self._statement, self._statement.items[index]) and (
                best is None or not self._displaces(context, best, equal)
            ):
                return
            if best is not None:
                yield f"says {figure}; the passage says {self._written(best)}"
            else:
                yield f"{figure} is not there"
            return
        rivals = [other for other in others if self._is_left_over(self._passage.items[other], _same_key)]
        best = self._nearest(context, rivals)
        if best is not None and self._displaces(context, best, equal):
            yield f"says {figure}; the passage says {self._written(best)}"

    def _is_left_over(self, other: Item, same: Callable[[Item, Item], bool]) -> bool:
        """Return whether a sentence of the passage has a fact more often than the statement, so it may have been
        replaced.
        """
        sentence = [item for item in self._passage.items if item.sentence == other.sentence]
        return sum(same(other, item) for item in sentence) > sum(same(other, item) for item in self._statement.items)

    def _is_new_in(self, sentence: int, name: Item) -> bool:
        """Return whether the statement has a name more often than a sentence; otherwise it may only have moved."""
        in_passage = sum(_same_name(name, item) for item in self._passage.items if item.sentence == sentence)
        return in_passage < sum(_same_name(name, item) for item in self._statement.items)

    def crossings(self) -> Iterator[str]:
        """Find two numbers that were swapped: what follows one in the statement follows the other in the passage."""
        stated = {item.key: index for index, item in list(self._facts("number"))[:_NUMBERS_READ]}
        given: dict[str, list[int]] = {key: [] for key in stated}
        for other in self._inside:
            given.get(self._passage.items[other].key, []).append(other)
        for (key, first), (other_key, second) in itertools.combinations(stated.items(), 2):
            places = itertools.product(given[key][:_NUMBERS_READ], given[other_key][:_NUMBERS_READ])
            mine = _following(self._statement, first), _following(self._statement, second)
            if any(_crossed(mine, [_following(self._passage, place) for place in pair]) for pair in places):
                figures = [self._stated(self._statement.items[index]) for index in (first, second)]
                yield f"{figures[0]} and {figures[1]} have changed places"

    def names(self) -> Iterator[str]:
        for index, item in self._facts("name"):
            yield from self._name(index, item)

    def _name(self, index: int, item: Item) -> Iterator[str]:
        context = self._statement.contexts()[index]
        name = self._stated(item)
        region = self._inside
        if not any(_same_name(item, self._passage.items[other]) for other in region):
            region = self._around  # the speaker or subject may be named just outside the window
        equal = [other for other in region if _same_name(item, self._passage.items[other])]
        rivals = [other for other in region if self._is_rival(item, self._passage.items[other])]
        best = self._nearest(context, rivals)
        absent = not self._mentions(item.words)
        if absent and item.certain:
            shown = (
                f"; the passage says {self._written(best)}"
                if best is not None and self._displaces(context, best, [])
                else ""
            )
            yield f"says {name}{shown}" if shown else f"the name {name} is not there"
            return
        clash = None if absent else self._other_first_name(item)
        if clash is not None:
            yield f"says {name}; the passage says {clash}"
            return
        if not absent:
            equal += [other for other in region if self._passage.items[other].key == item.key]
        pronouns = [] if absent else self._free_pronouns()
        if (
            best is not None
            and self._displaces(context, best, equal)
            and self._likeness(context, best)
            > max((self._likeness(context, pronoun) for pronoun in pronouns), default=0.0)
        ):
            yield f"says {name}; the passage says {self._written(best)}"

    def _free_pronouns(self) -> list[int]:
        """Return the pronouns of the window that the statement lacks; a name may stand for one of these."""
        own = {self._stated(item).lower() for item in self._statement.items if item.kind == "pronoun"}
        return [
            other
            for other in self._inside
            if self._passage.items[other].kind == "pronoun" and self._written(other).lower() not in own
        ]

    def _is_rival(self, item: Item, other: Item) -> bool:
        """Return whether a name of the passage may have been replaced by another, `item`."""
        fits = other.kind == "name" and other.aside == item.aside and not _same_name(item, other)
        return fits and self._is_left_over(other, _same_name) and self._is_new_in(other.sentence, item)

    def _mentions(self, words: Sequence[str]) -> bool:
        """Return whether the passage, or what is known about it, has a name: its last word or its short form."""
        sources = [self._passage, self._about] if self._about else [self._passage]
        known = [reading.vocabulary() for reading in sources]
        last = words[-1]
        if any(form and form in vocabulary for form in (last, root(last), stem(last)) for vocabulary in known):
            return True
        initials = "".join(word[0] for word in words)
        short = last.replace(".", "")
        return any(short in vocabulary for vocabulary in known) or (
            (len(words) >= _SHORT_FORM and any(initials in vocabulary for vocabulary in known))
            or (len(words) == 1 and any(short in reading.short_forms for reading in sources))
        )

    def _other_first_name(self, item: Item) -> str | None:
        """Return the passage's name that ends like a longer one of the statement but begins differently."""
        if len(item.words) == 1:
            return None
        known = self._passage.vocabulary()
        unknown = [word for word in item.words[:-1] if word not in known and root(word) not in known]
        alike = [other for other in self._passage.items if other.kind == "name" and other.words[-1] == item.words[-1]]
        clashing = [other for other in alike if unknown and not set(other.words) <= set(item.words)]
        if not clashing:
            return None
        return " ".join(self._passage.text[clashing[0].start : clashing[0].end].split())

    def roles(self) -> Iterator[str]:
        """Find "A told B" where the passage has "B told A"."""
        stated = list(_pairs(self._statement, range(len(self._statement.sentences))))
        given = list(_pairs(self._passage, self._window)) if stated else []
        for subject, other, verbs in stated:
            alike = [pair for pair in given if pair[2] & verbs]
            straight = any(_same_name(subject, first) and _same_name(other, second) for first, second, _ in alike)
            turned = [
                (first, second)
                for first, second, _ in alike
                if _same_name(subject, second) and _same_name(other, first) and second.by == other.by
            ]
            if turned and not straight:
                yield f"{self._stated(subject)} and {self._stated(other)} have changed places"

    def polarity(self) -> Iterator[str]:
        """Find words that only one of passage and statement denies, and opposites."""
        for index, item in enumerate(self._statement.items):
            if (item.kind == "word" or item.sides) and self._is_turned(index, item):
                yield "negation differs"
                return
        if self._adds_negation():
            yield "negation differs"

    def _is_turned(self, index: int, item: Item) -> bool:
        context = self._statement.contexts()[index]
        same: list[int] = []
        turned: list[int] = []
        for other in self._inside:
            agrees = _agreement(item, self._passage.items[other])
            if agrees is not None:
                (same if agrees >= 0 else turned).append(other)
        if not turned:
            return False
        best = self._nearest(context, turned)
        if same:
            return best is not None and self._displaces(context, best, same)
        # An opposite must be in the same place; the same word, denied, need not be.
        itself = any(self._passage.items[other].key == item.key for other in turned)
        return itself or (best is not None and self._likeness(context, best) >= _LEAST)

    def _adds_negation(self) -> bool:
        """Return whether the statement denies something while the window has most of its words and no negation."""
        if not any(self._statement.negations) or any(self._passage.negations[index] for index in self._window):
            return False
        opposed = any(item.sides for item in self._statement.items if item.sign <= 0) or any(
            side < 0 for index in self._inside for _, side in self._passage.items[index].sides
        )
        keys = {self._passage.items[index].key for index in self._inside}
        mine = [item.key for item in self._statement.items if item.kind != "pronoun"]
        return not opposed and sum(key in keys for key in mine) >= 0.7 * len(mine)

    def _nearest(self, context: Context, places: Iterable[int]) -> int | None:
        return max(places, key=lambda place: self._likeness(context, place), default=None)

    def _likeness(self, context: Context, place: int) -> float:
        """Return how much of a context surrounds an item of the passage; nearer words count more."""
        return _overlap(context, self._passage.contexts()[place])

    def _displaces(self, context: Context, rival: int, equal: Sequence[int]) -> bool:
        """Return whether a rival fits a context so much better than any equal item that it belongs there."""
        likeness = self._likeness(context, rival)
        nearest = max((self._likeness(context, place) for place in equal), default=0.0)
        return likeness >= _LEAST and likeness > _MUCH_NEARER * nearest

    def _stated(self, item: Item) -> str:
        return " ".join(self._statement.text[item.start : item.end].split())

    def _written(self, place: int) -> str:
        item = self._passage.items[place]
        return " ".join(self._passage.text[item.start : item.end].split())


def _same_number(number: Number, other: Item) -> bool:
    return isinstance(other.figure, Number) and number.agrees(other.figure)


def _rival_number(number: Number, other: Item) -> bool:
    return isinstance(other.figure, Number) and number.comparable(other.figure)


def _same_date(date: Date, parts: frozenset[tuple[str, int]], other: Item) -> bool:
    if isinstance(other.figure, Date):
        return date.agrees(other.figure, elsewhere=parts)
    # 1,500 soldiers may have been read as a year
    return isinstance(other.figure, Number) and date.year is not None and other.figure.value == date.year


def _rival_date(date: Date, other: Item) -> bool:
    """Return whether another item is a date of the same kind: it gives a part that this one gives as well."""
    return isinstance(other.figure, Date) and bool(date.parts().keys() & other.figure.parts().keys())


def _same_name(first: Item, second: Item) -> bool:
    """Return whether two names may mean the same person or thing: the longer has the shorter's words, last word, or
    initials.
    """
    if first.kind != "name" or second.kind != "name":
        return False
    roots, other_roots = _roots(first.words), _roots(second.words)
    if roots <= other_roots or other_roots <= roots or first.words[-1] == second.words[-1]:
        return True
    shorter, longer = sorted((first.words, second.words), key=len)
    return len(shorter) == 1 and shorter[0].replace(".", "") == "".join(word[0] for word in longer)


@functools.lru_cache(maxsize=20_000)
def _roots(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(root, words))


def _agreement(item: Item, other: Item) -> int | None:
    """Return 1 if two words mean the same, -1 if one denies the other, 0 if that is unclear; None if they are
    unrelated.
    """
    if other.kind not in {"word", "name"} and not other.sides:
        return None
    sign = 1 if item.sign == other.sign else item.sign * other.sign
    if item.key == other.key:
        return sign
    mine, its = dict(item.sides), dict(other.sides)
    for name in mine.keys() & its.keys():
        return mine[name] * its[name] * sign
    return None


def _same_key(first: Item, second: Item) -> bool:
    return first.key == second.key


def _pairs(reading: Reading, window: range) -> Iterator[tuple[Item, Item, frozenset[str]]]:
    """Yield pairs of nearby names in one sentence, with the words after the first and before the second."""
    names = [index for index, item in enumerate(reading.items) if item.kind == "name" and item.sentence in window]
    for index, first in enumerate(names):
        for two in names[index + 1 : index + _PAIRED]:
            if reading.items[first].sentence != reading.items[two].sentence:
                break
            between = {item.key for item in reading.items[first + 1 : two] if item.kind == "word"}
            edges = {reading.items[index].key for index in (first + 1, two - 1) if reading.items[index].kind == "word"}
            if edges and not between & _SYMMETRIC:
                yield reading.items[first], reading.items[two], frozenset(edges)


def _is_count(reading: Reading, item: Item) -> bool:
    """Return whether a number is a small one in words, as in "the two leaders", which the writer may have counted."""
    number = item.figure
    return (
        isinstance(number, Number)
        and not (number.unit or number.ordinal)
        and number.value <= _COUNTED
        and not reading.text[item.start].isdigit()
    )


def _following(reading: Reading, index: int) -> Context:
    """Return the items shortly after one, with a weight that falls with their distance."""
    behind = reading.items[index + 1 : index + 1 + _FOLLOWING]
    return {
        item.key: 2 / (2 + ahead) for ahead, item in enumerate(behind) if item.sentence == reading.items[index].sentence
    }


def _crossed(mine: Sequence[Context], its: Sequence[Context]) -> bool:
    """Return whether what follows each of two items resembles what follows the other."""
    turned = _overlap(mine[0], its[1]), _overlap(mine[1], its[0])
    straight = _overlap(mine[0], its[0]) + _overlap(mine[1], its[1])
    return min(turned) > 0 and sum(turned) >= 1 and sum(turned) > _CROSSED * straight


def _overlap(first: Context, second: Context) -> float:
    return sum(min(weight, second[key]) for key, weight in first.items() if key in second)

"""Numbers, amounts and dates in a text, as values that can be compared however they were written."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

from assistant.support.dates import Date, find_dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A number and its unit ("" if unknown); `rounded` means that "about" or the like comes before it."""

    value: float
    unit: str = ""
    ordinal: bool = False
    rounded: bool = False

    def agrees(self, other: Number) -> bool:
        """Return whether a passage that gives `other` confirms this number.

        Units must be the same if both are known. "About 14,000" may stand for 14,200: the other figure, rounded to as
        many digits as this one has.
        """
        if self.ordinal != other.ordinal or not self.comparable(other):
            return False
        return math.isclose(self.value, other.value) or (self.rounded and _rounds_to(other.value, self.value))

    def comparable(self, other: Number) -> bool:
        """Return whether the two could measure the same thing."""
        return self.ordinal == other.ordinal and (self.unit == other.unit or not self.unit or not other.unit)


Figure = Number | Date
Found = tuple[int, int, Figure]
"""Start, end and value of a figure in a text."""

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS: dict[str, float] = {word: float(value) for value, word in enumerate(_SMALL)}
_WORDS.update({word: 10.0 * (tens + 2) for tens, word in enumerate(_TENS)} | {"dozen": 12.0})
_SCALES: dict[str, float] = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES: dict[str, float] = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_ORDINALS: dict[str, float] = {
    word: float(number)
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
}
_ORDINALS.update(thirtieth=30.0, fortieth=40.0, fiftieth=50.0)
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_MONEY = {"$": "$", "£": "£", "€": "€", "¥": "¥"}
_UNITS = {
    form: forms.split()[0]
    for forms in (
        "% percent pct",
        "$ dollar dollars",
        "€ euro euros",
        "¥ yen",
        "second seconds sec secs",
        "minute minutes min mins",
        "hour hours hr hrs",
        "day days",
        "week weeks",
        "month months",
        "year years yr yrs",
        "decade decades",
        "century centuries",
        "kilometer kilometers kilometre kilometres km",
        "meter meters metre metres m",
        "centimeter centimeters centimetre centimetres cm",
        "millimeter millimeters millimetre millimetres mm",
        "mile miles",
        "foot feet ft",
        "inch inches",
        "yard yards",
        "acre acres",
        "hectare hectares ha",
        "kilogram kilograms kg",
        "gram grams",
        "ton tons tonne tonnes",
        "pound pounds lb lbs",
        "km/h kph",
        "mph",
        "knot knots",
        "degree degrees °",
        "kilowatt kilowatts kw",
        "megawatt megawatts mw",
        "gigawatt gigawatts gw",
    )
    for form in forms.split()
}
_ABOUT = frozenset(
    "about around roughly approximately approx nearly almost over exceeding least circa some than close".split()
)
_TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|km/h|[^\W\d_]+|[$£€¥%°½¼¾⅓⅔–-]|[^\s\w]")
_DIGITS_READ = 30  # figures longer than this are identifiers and not parsed
_TENS_FROM, _TENS_TO = 20, 100
_CENTURY = 100


def find_figures(text: str) -> list[Found]:
    """Return the numbers, dates and times of day of a text in order; none overlap."""
    found: list[Found] = list(find_dates(text))
    taken = bytearray(len(text))
    for start, end, _ in found:
        taken[start:end] = b"\1" * (end - start)
    found += _find_numbers(text, taken)
    return sorted(found, key=lambda figure: figure[:2])


@dataclasses.dataclass(frozen=True, slots=True)
class _NumberToken:
    text: str
    start: int
    end: int


def _find_numbers(text: str, taken: bytearray) -> Iterator[Found]:
    tokens = [_NumberToken(match[0].lower(), *match.span()) for match in _TOKEN.finditer(text)]
    index = 0
    while index < len(tokens):
        token = tokens[index]
        number = None if taken[token.start] else _read_number(text, tokens, index)
        if number is None:
            index += 1
            continue
        value, after = number
        if after < len(tokens) and any(taken[tokens[index].start : tokens[after - 1].end]):
            index += 1
            continue
        yield tokens[index].start, tokens[after - 1].end, value
        index = after


def _read_number(text: str, tokens: Sequence[_NumberToken], index: int) -> tuple[Number, int] | None:
    """Return the number that begins at a token, and the token after it and its unit; None if there is none."""
    rounded = any(token.text in _ABOUT for token in tokens[max(0, index - 3) : index])
    if tokens[index].text in _MONEY:
        amount = _read_value(text, tokens, index + 1)
        if amount is None:
            return None
        value, after, _ = amount
        scale = _SHORT_SCALES.get(_text_at(tokens, after), 1.0)
        return Number(value * scale, tokens[index].text, rounded=rounded), after + (scale > 1)
    amount = _read_value(text, tokens, index)
    if amount is None:
        return None
    value, after, ordinal = amount
    if ordinal:
        return Number(value, ordinal=True), after
    unit, after = _read_unit(tokens, after)
    money = _money_of_range(tokens, index) if not unit else ""
    return Number(value, unit or money or _unit_of_range(text, tokens, after), rounded=rounded), after


def _text_at(tokens: Sequence[_NumberToken], index: int) -> str:
    return tokens[index].text if index < len(tokens) else ""


def _read_value(text: str, tokens: Sequence[_NumberToken], index: int) -> tuple[float, int, bool] | None:
    """Return the value, the token after it, and whether it is an ordinal."""
    first = _text_at(tokens, index)
    if not first:
        return None
    if first[0].isdigit() and first[0].isascii():
        return _read_digits(text, tokens, index)
    if first in _FRACTIONS:
        return _FRACTIONS[first], index + 1, False
    if first in _ORDINALS:
        return _ORDINALS[first], index + 1, True
    return _read_words(tokens, index)


def _read_digits(text: str, tokens: Sequence[_NumberToken], index: int) -> tuple[float, int, bool] | None:
    token = tokens[index]
    if len(token.text) > _DIGITS_READ or not token.text.isascii():
        return None
    value = float(token.text.replace(",", ""))
    index += 1
    if _text_at(tokens, index) in _FRACTIONS and tokens[index].start == token.end:
        value += _FRACTIONS[tokens[index].text]
        index += 1
    following = _text_at(tokens, index)
    if following in {"st", "nd", "rd", "th"} and text[token.end : token.end + 1].strip():
        return value, index + 1, True
    if following == "-" and _text_at(tokens, index + 1) in _SCALES:
        index += 1
    while _text_at(tokens, index) in _SCALES:
        value *= _SCALES[tokens[index].text]
        index += 1
    return (*_add_half(tokens, value, index), False)


def _add_half(tokens: Sequence[_NumberToken], value: float, index: int) -> tuple[float, int]:
    """Read the rest of "four and a half"."""
    if [_text_at(tokens, index + ahead) for ahead in range(3)] == ["and", "a", "half"]:
        return value + 0.5, index + 3
    return value, index


def _read_words(tokens: Sequence[_NumberToken], index: int) -> tuple[float, int, bool] | None:
    """Read a number in words: "twenty-one", "a hundred and five", "two dozen", "half a million"."""
    first, total = tokens[index].text, 0.0
    if first in {"a", "half"}:
        index += 2 if first == "half" else 1
        if _text_at(tokens, index) not in {*_SCALES, "dozen"}:
            return None
        current = 0.5 if first == "half" else 1.0
    elif first in _WORDS and first != "dozen":
        current, index = _WORDS[first], index + 1
    else:
        return None
    while index < len(tokens):
        word = tokens[index].text
        added = _add_word(word, total, current)
        if added is not None:
            total, current = added
        elif word in _ORDINALS and _adds_up(current, _ORDINALS[word]):
            return total + current + _ORDINALS[word], index + 1, True
        elif word not in {"-", "and"} or not _goes_on(tokens, index, current, total):
            break
        index += 1
    return (*_add_half(tokens, total + current, index), False)


def _add_word(word: str, total: float, current: float) -> tuple[float, float] | None:
    """Return the thousands and the rest after one more word; None if the word does not continue the number."""
    if word in _SCALES:
        scaled = (current or 1.0) * _SCALES[word]
        return (total, scaled) if word == "hundred" else (total + scaled, 0.0)
    if word == "dozen":
        return total, current * 12
    if word in _WORDS and (_adds_up(current, _WORDS[word]) or (total and not current)):
        return total, current + _WORDS[word]
    return None


def _adds_up(current: float, value: float) -> bool:
    """Return whether a number word continues the number before it: "one" after "twenty" does, "one" after "ten" does
    not.
    """
    if current == 0:
        return False
    if current % _CENTURY == 0:
        return value < _CENTURY
    return current % _CENTURY >= _TENS_FROM and current % 10 == 0 and 0 < value < 10  # noqa: PLR2004


def _goes_on(tokens: Sequence[_NumberToken], index: int, current: float, total: float) -> bool:
    following = _text_at(tokens, index + 1)
    if tokens[index].text == "-":
        return following in _SCALES or _adds_up(current, _WORDS.get(following, _ORDINALS.get(following, -1)) or -1)
    whole = (current and current % _CENTURY == 0) or (total and not current)
    return bool(whole) and following in _WORDS


def _read_unit(tokens: Sequence[_NumberToken], index: int) -> tuple[str, int]:
    """Return the unit after a number and the token after it; "" if there is none."""
    ahead = index + (_text_at(tokens, index) in {"-", "–"})
    word = _text_at(tokens, ahead)
    if word == "per" and _text_at(tokens, ahead + 1) == "cent":
        return "%", ahead + 2
    if word in {"us", "american", "metric", "full"} and _text_at(tokens, ahead + 1) in _UNITS:
        return _UNITS[_text_at(tokens, ahead + 1)], ahead + 2
    return (_UNITS[word], ahead + 1) if word in _UNITS else ("", index)


def _unit_of_range(text: str, tokens: Sequence[_NumberToken], index: int) -> str:
    """Return the unit that the first number of "10 to 12 percent" shares with the second."""
    if _text_at(tokens, index) not in {"to", "-", "–", "or", "and"}:
        return ""
    second = _read_value(text, tokens, index + 1)
    return _read_unit(tokens, second[1])[0] if second is not None and not second[2] else ""


def _money_of_range(tokens: Sequence[_NumberToken], index: int) -> str:
    """Return the currency that the second number of "$40 to 50" shares with the first."""
    before = tokens[index - 3].text if index >= 3 and tokens[index - 1].text in {"to", "-", "–"} else ""  # noqa: PLR2004
    return _MONEY.get(before, "")


def _rounds_to(exact: float, rounded: float) -> bool:
    if exact == 0 or rounded == 0:
        return False
    digits = len(f"{rounded:.15g}".replace(".", "").split("e")[0].strip("0"))
    size = digits - 1 - math.floor(math.log10(abs(exact)))
    step = 10.0**-size
    return any(
        math.isclose(edge * step, rounded) for edge in (math.floor(exact / step), math.ceil(exact / step))
    ) and not math.isclose(exact, rounded)

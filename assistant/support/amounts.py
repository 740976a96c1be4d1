"""Adds and subtracts figures of articles that surely measure the same thing, and writes the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.support.figures import Number, find_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONEY = frozenset("$£€¥")


def amount_in(text: str) -> Number | None:
    """Return the one amount in a few words; None where there are several, or it is rounded or an ordinal."""
    numbers = [figure for _, _, figure in find_figures(text) if isinstance(figure, Number)]
    if len(numbers) != 1 or numbers[0].rounded or numbers[0].ordinal:
        return None
    return numbers[0]


def difference_of(first: Number, second: Number) -> Number | None:
    """Return by how much two amounts differ; None where their units are not the same."""
    return Number(abs(first.value - second.value), first.unit) if first.unit == second.unit else None


def sum_of(amounts: Sequence[Number]) -> Number | None:
    """Return the total of some amounts; None where their units are not the same."""
    units = {amount.unit for amount in amounts}
    return Number(sum(amount.value for amount in amounts), units.pop()) if len(units) == 1 else None


def write(amount: Number) -> str:
    """Return an amount as people write it: "$9.5 million", "1,760", "15 weeks"."""
    value, unit = amount.value, amount.unit
    scale, word = next(((s, w) for s, w in ((1e9, " billion"), (1e6, " million")) if value >= s), (1.0, ""))
    figure = f"{round(value / scale, 3):,.10g}" + word
    if unit in _MONEY:
        return unit + figure
    if unit == "%":
        return f"{figure} percentage points"
    return f"{figure} {unit}{'' if value == 1 or not unit.isalpha() else 's'}".strip()

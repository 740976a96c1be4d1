"""Filters: which articles a question is asked of, as users give them and as engines compare them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from index.errors import FilterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from index.article import ArticleInfo

_LAST_DAY = 99991231


def _whole(name: str) -> list[str]:
    return [name]


def _authors(names: str) -> list[str]:
    """Return the single names in "A, B and C"."""
    return [name for name in re.split(r"(?:(?<!\s)\s++)?+(?:[,;&]|\band\b)\s*+", names) if name]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The declaration of one filter, which stores, command line, REST and page all go by.

    `kind` says what its values are and how they are compared with `column` of the articles' table. `label` is its name
    on the page; `only` completes "Only articles ..." and `values` says what is given, both for people. `option` is its
    name where values are given one by one: on the command line and in addresses. `parts` divides a stored name into
    those that match by themselves.
    """

    kind: Literal["names", "ids", "since", "until"]
    column: str
    label: str
    only: str
    values: str
    example: str
    option: str = ""
    metavar: str | None = None
    parts: Callable[[str], list[str]] = _whole
    name: str = ""

    @property
    def is_day(self) -> bool:
        """Whether its value is one day; else it is any number of texts."""
        return self.kind in {"since", "until"}

    @property
    def facet(self) -> str:
        """What the derived stores call the number that this filter compares."""
        return "article" if self.kind == "ids" else self.column

    @property
    def facet_column(self) -> str:
        """The column of the articles' table that the facet is made of."""
        return "number" if self.kind == "ids" else self.column

    def admits(self, article: ArticleInfo, wanted: Any) -> bool:
        """Return whether an article meets this filter, as every engine must decide it."""
        value = getattr(article, self.column)
        match self.kind:
            case "ids":
                return value in wanted
            case "names":
                names = {name_code(name) for name in [value, *self.parts(value)]} if value else set()
                return not names.isdisjoint(map(name_code, wanted))
            case "since":
                return value is not None and bool(value >= wanted)
            case "until":
                return value is not None and bool(value <= wanted)

    def code(self, stored: Any) -> int:
        """Return a value of `facet_column` as a facet."""
        match self.kind:
            case "ids":
                return int(stored)
            case "names":
                return name_code(stored)
            case _:
                return day_code(dt.date.fromisoformat(stored) if stored else None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Only articles that meet every filter given; within one filter any value will do.

    Sources and authors are compared as whole names, upper and lower case alike; an author also matches as one of
    several. `since` and `until` are days, both included; an article without a date meets neither.
    """

    source: Annotated[
        tuple[str, ...],
        Filter(
            kind="names",
            column="source",
            label="Source",
            only="of this publisher",
            values="Names of publishers, in full.",
            example="Dateline Samples Desk",
        ),
    ] = ()
    author: Annotated[
        tuple[str, ...],
        Filter(
            kind="names",
            column="author",
            label="Author",
            only="by this author",
            values="Names of authors, in full.",
            example="Ada Orr",
            parts=_authors,
        ),
    ] = ()
    since: Annotated[
        dt.date | None,
        Filter(
            kind="since",
            column="published",
            label="since",
            only="published on or after this day",
            values="First day of publication, included.",
            example="2024-01-01",
            metavar="DATE",
        ),
    ] = None
    until: Annotated[
        dt.date | None,
        Filter(
            kind="until",
            column="published",
            label="until",
            only="published on or before this day",
            values="Last day of publication, included.",
            example="2025-12-31",
            metavar="DATE",
        ),
    ] = None
    articles: Annotated[
        tuple[str, ...],
        Filter(
            kind="ids",
            column="id",
            label="Article",
            only="with this id",
            values="Ids of articles.",
            example="grushko-guarantees",
            option="article",
            metavar="ID",
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse a time that ends before it begins."""
        if self.since and self.until and self.since > self.until:
            raise FilterError(f"No day is both since {self.since} and until {self.until}.", help="Swap the two dates.")

    def __bool__(self) -> bool:
        """Return whether anything is filtered at all."""
        return self != Filters()

    def given(self) -> Iterator[tuple[Filter, Any]]:
        """Yield each filter that is set, with its value."""
        for known in FILTERS:
            if value := getattr(self, known.name):
                yield known, value

    def admit(self, article: ArticleInfo) -> bool:
        """Return whether an article meets every filter."""
        return all(known.admits(article, wanted) for known, wanted in self.given())

    def as_json(self) -> dict[str, Any]:
        """Return the filters as JSON, without those that are not set."""
        return {known.name: value.isoformat() if known.is_day else list(value) for known, value in self.given()}


FILTERS: tuple[Filter, ...] = tuple(
    dataclasses.replace(hint.__metadata__[0], name=name, option=hint.__metadata__[0].option or name)
    for name, hint in get_type_hints(Filters, include_extras=True).items()
)
NAME_FILTERS = tuple(known for known in FILTERS if known.kind == "names")
DAY_FILTERS = tuple(known for known in FILTERS if known.is_day)
# The article comes first in the files of the derived stores.
FACETS = {known.facet: known for known in sorted(FILTERS, key=lambda known: known.kind != "ids")}


def parse_day(text: str) -> dt.date:
    """Return the day written as YYYY-MM-DD. Raises FilterError for anything else."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise FilterError(f"{text!r} is not a date.", help="Write dates as YYYY-MM-DD, such as 2025-03-17.") from None


Facets = dict[str, int]
"""What a derived store knows of a passage besides its vector or terms: numbers only, so that no text stays there.

By the names of `FACETS`: names are `name_code`s (0 for none), days are as 20250317 (0 for none).
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Filters in terms of facets: those in `sets` must have one of the values, those in `ranges` lie within both ends.

    An empty set lets nothing pass.
    """

    sets: Mapping[str, frozenset[int]] = dataclasses.field(default_factory=dict)
    ranges: Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there are any criteria."""
        return bool(self.sets or self.ranges)

    @property
    def excludes_all(self) -> bool:
        """Whether no article can meet these criteria."""
        return not all(self.sets.values())


def day_range(since: dt.date | None, until: dt.date | None) -> tuple[int, int]:
    """Return the first and last day that pass as numbers; a day that is not known is 0 and never passes."""
    return day_code(since) or 1, day_code(until) or _LAST_DAY


def name_code(name: str | None) -> int:
    """Return a number for a name, the same for upper and lower case; 0 for no name."""
    if not name:
        return 0
    return int.from_bytes(hashlib.sha256(" ".join(name.casefold().split()).encode()).digest()[:6]) or 1


def day_code(day: dt.date | None) -> int:
    """Return a day as 20250317; 0 for no day."""
    return day.year * 10000 + day.month * 100 + day.day if day else 0

"""Which articles a question is asked of: as people say it, and as the stores read it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

from index.errors import FilterError


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Only articles that meet every filter given; within one filter any value will do.

    Sources and authors are compared as whole names, upper and lower case alike; an author also matches as one of
    several. `since` and `until` are days, both included; an article without a date meets neither.
    """

    source: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    articles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a time that ends before it begins."""
        if self.since and self.until and self.since > self.until:
            raise FilterError(f"No day is both since {self.since} and until {self.until}.", help="Swap the two dates.")

    def __bool__(self) -> bool:
        """Say whether anything is filtered at all."""
        return self != Filters()


def parse_day(text: str) -> dt.date:
    """Return the day written as YYYY-MM-DD. Raises FilterError for anything else."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise FilterError(f"{text!r} is not a date.", help="Write dates as YYYY-MM-DD, such as 2025-03-17.") from None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What a derived store knows of a passage besides its vector or terms: numbers only, so that no text stays there.

    `source` and `author` are `name_code`s (0 for none), `published` is a day as 20250317 (0 for none).
    """

    article: int
    source: int
    author: int
    published: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Filters in terms of facets. None lets everything pass; an empty set lets nothing pass."""

    article: frozenset[int] | None = None
    source: frozenset[int] | None = None
    author: frozenset[int] | None = None
    since: int | None = None
    until: int | None = None

    @property
    def excludes_all(self) -> bool:
        """Whether no article can meet these criteria."""
        return any(values is not None and not values for values in (self.article, self.source, self.author))

    @property
    def sets(self) -> dict[str, list[int]]:
        """The allowed values of every facet that is restricted to a set, in order."""
        named = {"article": self.article, "source": self.source, "author": self.author}
        return {name: sorted(values) for name, values in named.items() if values is not None}

    @property
    def days(self) -> tuple[int, int] | None:
        """The first and last day allowed, as 20250317, or None where dates do not matter."""
        if self.since is None and self.until is None:
            return None
        return self.since or 1, self.until or 99991231


def name_code(name: str | None) -> int:
    """Return a number for a name, the same for upper and lower case; 0 for no name."""
    if not name:
        return 0
    return int.from_bytes(hashlib.sha256(" ".join(name.casefold().split()).encode()).digest()[:6]) or 1


def day_code(day: dt.date | None) -> int:
    """Return a day as 20250317; 0 for no day."""
    return day.year * 10000 + day.month * 100 + day.day if day else 0

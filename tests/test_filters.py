from __future__ import annotations

import datetime as dt

import pytest

from index import FilterError, Filters, parse_day
from index.filters import day_code, name_code


def test_a_day_is_read_as_iso_only() -> None:
    assert parse_day(" 2025-03-17 ") == dt.date(2025, 3, 17)
    for wrong in ("17/03/2025", "yesterday", "2025-13-01", ""):
        with pytest.raises(FilterError, match="is not a date") as caught:
            parse_day(wrong)
        assert "YYYY-MM-DD" in (caught.value.help or "")


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(FilterError, match="No day is both"):
        Filters(since=dt.date(2025, 2, 1), until=dt.date(2025, 1, 1))


def test_names_are_told_apart_but_not_by_case_or_spaces() -> None:
    assert name_code("The  Post") == name_code("the post")
    assert name_code("The Post") != name_code("The Past")
    assert name_code(None) == name_code("") == 0


def test_days_are_ordered_as_numbers() -> None:
    assert day_code(dt.date(2024, 12, 31)) < day_code(dt.date(2025, 1, 1))
    assert day_code(None) == 0


def test_filters_know_whether_they_filter() -> None:
    assert not Filters()
    assert Filters(source=("The Post",))

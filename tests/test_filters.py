from __future__ import annotations

import datetime as dt
import json

import click
import pytest

from assistant.evaluation.sets.formats.values import filters as kept_filters
from index import FilterError, Filters, parse_day
from index.filters import FACETS, FILTERS, Filter, day_code, name_code
from ui.chat.page_events import read_event
from ui.cli import main
from ui.rest.requests import ArticleFilters, ArticleQuery


def test_a_day_is_read_as_iso_only() -> None:
    assert parse_day(" 2025-03-17 ") == dt.date(2025, 3, 17)
    for wrong in ("17/03/2025", "yesterday", "2025-13-01", ""):
        with pytest.raises(FilterError, match="is not a date") as caught:
            parse_day(wrong)
        assert "YYYY-MM-DD" in (caught.value.help or "")


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(FilterError, match="No day is both"):
        Filters(since=dt.date(2025, 2, 1), until=dt.date(2025, 1, 1))


def test_names_differ_by_more_than_case_or_spaces() -> None:
    assert name_code("The  Post") == name_code("the post")
    assert name_code("The Post") != name_code("The Past")
    assert name_code(None) == name_code("") == 0


def test_days_are_ordered_as_numbers() -> None:
    assert day_code(dt.date(2024, 12, 31)) < day_code(dt.date(2025, 1, 1))
    assert day_code(None) == 0


def test_filters_know_whether_they_filter() -> None:
    assert not Filters()
    assert Filters(source=("The Post",))


@pytest.mark.parametrize("known", FILTERS, ids=lambda known: known.name)
def test_every_filter_reaches_the_stores_the_command_line_rest_and_the_page(known: Filter) -> None:
    assert known.facet in FACETS
    value = known.example if known.is_day else [known.example]
    filters = ArticleFilters.model_validate_json(json.dumps({known.name: value})).as_filters()
    assert filters.as_json() == {known.name: value}
    assert kept_filters(filters.as_json()) == filters

    asked = ArticleQuery.model_validate({known.option: value})
    assert asked.as_filters() == filters

    command = main.commands["list"]
    option = next(param for param in command.get_params(click.Context(command)) if param.name == known.option)
    assert option.multiple is not known.is_day

    event = {"data": [{known.name: value}], "fn_index": 0, "session_hash": "s"}
    if known.kind == "ids":  # the page offers no ids
        with pytest.raises(ValueError, match=known.name):
            read_event(json.dumps(event).encode())
    else:
        assert read_event(json.dumps(event).encode())["data"] == [{known.name: value}]

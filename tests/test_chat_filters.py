"""The values of the chat's filter controls, including invalid ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.evaluation.sets.formats.values import filters as kept_filters
from index import Article, ArticleIndex, FilterError, Filters
from tests.fakes import WordEmbedder
from ui.chat.filters import (
    choices_html,
    describe,
    matches_html,
    read_filters,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2026-01-01", "2026-13-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["source", "author", "since", "until", "x"]), inner, max_size=4)
    ),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add(
            [
                Article.create("The pier is open.", source="Harbour Post", author="Ana Duarte", published=SINCE),
                Article.create("The pier is shut.", source="Harbour Post", published=UNTIL),
                Article.create("The mill burns.", source='<b onclick="x">Mill & Co</b>', author="Ben Okoro"),
            ]
        )
        yield index


def test_control_values_become_filters() -> None:
    given = {"source": ["Harbour Post"], "author": ["Ana  Duarte"], "since": "2026-01-01", "until": ""}
    assert read_filters(given) == Filters(source=("Harbour Post",), author=("Ana Duarte",), since=SINCE)
    assert read_filters({}) == read_filters(None) == Filters()


@pytest.mark.parametrize(
    "given",
    [
        "source",
        ["Harbour Post"],
        {"source": "Harbour Post"},
        {"source": {"$ne": 1}},
        {"author": [1]},
        {"author": [["Ana"]]},
        {"author": [""]},
        {"source": ["x"] * 101},
        {"source": ["x" * 501]},
        {"since": 20260101},
        {"since": "now - 1d"},
        {"until": "2026-02-30"},
        {"until": "2" * 501},
        {"since": "2026-06-30", "until": "2026-01-01"},
    ],
)
def test_invalid_control_values_are_refused(given: object) -> None:
    with pytest.raises(FilterError) as refused:
        read_filters(given)
    assert refused.value.help


@settings(deadline=None)
@given(anything)
def test_any_value_becomes_filters_or_is_refused(given: object) -> None:
    try:
        filters = read_filters(given)
    except FilterError:
        return
    assert kept_filters(filters.as_json()) == filters


def test_filters_are_saved_as_json() -> None:
    filters = Filters(source=("A",), author=("B", "C"), since=SINCE, until=UNTIL, articles=("id",))
    values = filters.as_json()
    assert values == {
        "source": ["A"],
        "author": ["B", "C"],
        "since": "2026-01-01",
        "until": "2026-06-30",
        "articles": ["id"],
    }
    assert kept_filters(values) == filters
    assert Filters().as_json() == {}


def test_matching_articles_are_counted(index: ArticleIndex) -> None:
    assert matches_html(index, Filters()) == ""
    assert "Matches 2 of 3 articles." in matches_html(index, Filters(source=("harbour post",)))
    assert "Matches 1 of 3 articles." in matches_html(index, Filters(author=("Ana Duarte",)))
    assert "None of 3 articles match." in matches_html(index, Filters(since=dt.date(2030, 1, 1)))
    assert "None of 3 articles match." in matches_html(index, Filters(source=("<script>",)))


def test_choices_show_counts_and_plain_text(index: ArticleIndex) -> None:
    html = choices_html(index)
    assert '<span>Harbour Post</span> <span class="times">2</span>' in html
    assert 'value="&lt;b onclick=&#34;x&#34;&gt;Mill &amp; Co&lt;/b&gt;"' in html
    assert "<b" not in html
    assert html.index("Harbour Post") < html.index("Mill")


def test_an_error_replaces_the_count(index: ArticleIndex) -> None:
    assert "Matches 2 of 3" in describe(lambda: index, {"source": ["Harbour Post"]})
    assert "No day is both since 2026-06-30" in describe(lambda: index, {"since": "2026-06-30", "until": "2026-01-01"})
    assert "could not be understood" in describe(lambda: index, {"source": "<script>"})
    assert "&#39;&lt;b&gt;&#39; is not a date" in describe(lambda: index, {"since": "<b>"})

"""The filter controls of the chat: sources, authors and days, and their values as filters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from index.article import normalise
from index.errors import DatelineError, FilterError
from index.filters import DAY_FILTERS, NAME_FILTERS, Filters, parse_day
from ui.chat.article_list import counted
from ui.chat.listening import quietly, script
from ui.chat.markup import render, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import gradio as gr

    from index import ArticleIndex

_NAMES = 100  # values of one filter
_LONGEST = 500  # characters of a name
_CHOICES = 1_000  # names to choose from, the most frequent first; nobody would read more
_AT_ONCE = 8
_DAYS = "\n    ".join(
    f'<label class="day">{known.label} <input type="date" name="{known.name}"'
    ' min="0001-01-01" max="9999-12-31"></label>'
    for known in DAY_FILTERS
)
_FIELDS = f"""
<button type="button" class="filter-button" aria-expanded="false" aria-controls="filter-fields">Filters</button>
<div id="filter-fields" role="group" aria-label="Filters">
  ${{choices}}
  <fieldset><legend>Published</legend>
    {_DAYS}
  </fieldset>
</div>
"""


def read_filters(given: object = None) -> Filters:
    """Return the filters for the (untrusted) value of the controls. Raises FilterError."""
    if given is None:
        return Filters()
    if not isinstance(given, dict):
        raise _not_understood()
    chosen: dict[str, Any] = {known.name: _names(given.get(known.name)) for known in NAME_FILTERS}
    chosen |= {known.name: _day(given.get(known.name)) for known in DAY_FILTERS}
    return Filters(**chosen)


def matches_html(index: ArticleIndex, filters: Filters) -> str:
    """Return the line that says how many articles meet the filters; empty without filters."""
    if not filters:
        return ""
    matching, total = index.count(filters=filters), index.count()
    if matching:
        return _line(Markup("Matches {:,} of {}.").format(matching, counted(total)))
    none = Markup("<strong>None of {} match.</strong> No question will find an answer.")
    return _line(none.format(counted(total)))


def describe(index: Callable[[], ArticleIndex], given: object) -> str:
    """Return the line that says what the value of the controls matches, or the error in it."""
    try:
        return matches_html(index(), read_filters(given))
    except DatelineError as error:
        return _line(Markup("<strong>{}</strong> {}").format(shown(error), shown(error.help)))


def choices_html(index: ArticleIndex) -> str:
    """Return the names to choose from, such as sources and authors, with their numbers of articles."""
    fields = [(known.label, known.name, list(index.names(known.name).items())[:_CHOICES]) for known in NAME_FILTERS]
    return render("choices", fields=fields)


@dataclasses.dataclass(frozen=True)
class FilterBar:
    """The controls; the value of the one component in `inputs` is what `read_filters` takes."""

    fields: gr.HTML
    matches: gr.HTML
    index: Callable[[], ArticleIndex]

    @property
    def inputs(self) -> list[gr.HTML]:
        """The components whose values are the filters."""
        return [self.fields]

    def refresh_on(self, *triggers: Any) -> None:
        """Offer the names in the collection on each of these events, such as the page's loading."""
        import gradio as gr

        gr.on(triggers, self.refresh, self.fields, [self.fields, self.matches], **quietly(concurrency_limit=_AT_ONCE))

    def refresh(self, given: object) -> tuple[Any, str]:
        """Return the controls for the current collection, and what the chosen filters match."""
        import gradio as gr

        try:
            return gr.update(choices=choices_html(self.index())), describe(self.index, given)
        except DatelineError:  # not ready, as the conversation says
            return gr.update(), ""

    def _describe(self, given: object) -> str:
        return describe(self.index, given)


def build_filter_bar(index: Callable[[], ArticleIndex]) -> FilterBar:
    """Build the controls inside the page being built; call `refresh_on` of the result to fill them."""
    import gradio as gr

    plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
    fields = gr.HTML({}, html_template=_FIELDS, js_on_load=script("filters.js"), elem_id="filters", choices="", **plain)
    status = "element.setAttribute('role', 'status');"
    matches = gr.HTML("", js_on_load=status, elem_id="filter-matches", **plain)
    bar = FilterBar(fields, matches, index)
    fields.chosen(bar._describe, fields, matches, **quietly(concurrency_limit=_AT_ONCE))
    return bar


def _line(html: Markup) -> Markup:
    return Markup('<p>{} <button type="button" data-clear-filters>Clear filters</button></p>').format(html)


def _names(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple) or len(value) > _NAMES:
        raise _not_understood()
    if not all(isinstance(name, str) and 0 < len(name) <= _LONGEST for name in value):
        raise _not_understood()
    return tuple(dict.fromkeys(" ".join(normalise(name).split()) for name in value))


def _day(value: object) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise _not_understood()
    return parse_day(value)


def _not_understood() -> FilterError:
    return FilterError("The filters could not be understood.", help="Clear them and choose again.")

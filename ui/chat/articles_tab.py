"""The Articles tab: search, read and change the collection."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator  # noqa: TC003 - Gradio reads the listeners' annotations
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from index.errors import ArticleNotFoundError, DatelineError
from index.sources.formats.registry import READABLE
from ui.chat import adding
from ui.chat.article_list import SORTS, View, list_html
from ui.chat.listening import data_of, following, quietly, script
from ui.chat.markup import explained, note, render, shown
from ui.chat.visitors import acting_for, user_of

if TYPE_CHECKING:
    from ui.chat.sent_files import SentFiles
    from ui.service.jobs import Job
    from ui.service.service import Service

_ADD = f"""
<section class="add" aria-label="Add articles">
  <label class="drop-zone"><input type="file" multiple class="sr">
    <span class="drop-title">Choose files or drop them here</span>
    <span class="drop-kinds" title="{READABLE[0].upper()}{READABLE[1:]}">Text, web pages, PDF, Word, slides, e-books,
      e-mail, tables, JSON, feeds, exports of newsrooms and databases, and zip archives of these</span></label>
  <form class="by-url"><label for="articles-url">Or enter the address of a page or feed</label>
    <span class="field-row"><input id="articles-url" name="url" inputmode="url" maxlength="2000" autocapitalize="off"
      autocomplete="off" spellcheck="false" placeholder="https://"><button type="submit">Add</button></span></form>
  <p class="sending" role="status"></p>
</section>
"""
_REPORT_JS = """
element.setAttribute("role", "status");
element.addEventListener("click", (event) => {
  const job = event.target.closest("[data-stop]")?.dataset.stop;
  if (!job) return;
  element.classList.add("stopping"); // it may take a while: the article that is being added is finished first
  trigger("stopped", { job });
});
watch("value", () => {
  if (!element.querySelector(".running")) element.classList.remove("stopping");
});
"""
_OPTIONS = Markup("").join(Markup('<option value="{}">{}</option>').format(*option) for option in SORTS.items())
_LIST = f"""
<div class="find" role="search">
  <label>Search<input type="search" name="words" maxlength="200" autocomplete="off"
    placeholder="Titles, sources and texts"></label>
  <label>Order<select name="sort">{_OPTIONS}</select></label>
</div>
<div class="listed">${{value}}</div>
"""


@dataclasses.dataclass(frozen=True)
class ArticlesTab:
    """What the rest of the page needs of the tab: `changed` changes whenever the tab has changed the collection."""

    changed: gr.State
    _collection: _Collection
    _view: gr.State
    _listed: gr.HTML

    def refresh_on(self, *triggers: Any) -> None:
        """Show the current collection on each of these events, such as the page's loading."""
        gr.on(triggers, self._collection.show, self._view, self._listed, **quietly())


def build_articles_tab(service: Service, sent: SentFiles) -> ArticlesTab:
    """Build the tab's contents inside the page being built; `refresh_on` of the result fills them."""
    collection = _Collection(service, sent)
    changed, view = gr.State(0), gr.State(View())
    plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
    with gr.Column(elem_id="articles"):
        add = gr.HTML({}, html_template=_ADD, js_on_load=script("adding.js"), elem_id="articles-add", **plain)
        report = gr.HTML("", js_on_load=_REPORT_JS, elem_id="articles-report", **plain)
        listed = gr.HTML("", html_template=_LIST, js_on_load=script("articles.js"), elem_id="articles-list", **plain)
    listed.viewed(collection.show_view, None, [listed, view], **quietly())
    listed.removed(collection.remove, changed, [report, changed], **quietly())
    add.sent(collection.add_files, changed, [report, changed], **following())
    add.asked(collection.add_url, changed, [report, changed, add], **following())
    report.stopped(collection.stop, None, None, **quietly())
    tab = ArticlesTab(changed, collection, view, listed)
    tab.refresh_on(changed.change)
    return tab


class _Collection:
    """Serves the tab for every browser: values of the page in, values of the page out."""

    def __init__(self, service: Service, sent: SentFiles) -> None:
        self._service = service
        self._sent = sent

    def show(self, view: View, request: gr.Request) -> str:
        """Show the articles of a view."""
        try:
            mine = acting_for(request, self._service)
            listed = list_html(self._service.index, view, may_change=mine.may_change)
            return listed + render("watches", watches=mine.watches())
        except DatelineError as error:
            return Markup('<p class="articles-total">{}</p>').format(explained(error))

    def show_view(self, event: gr.EventData, request: gr.Request) -> tuple[str, View]:
        """Show another view: other words, another order or another page."""
        view = View.read(data_of(event).get("words"), data_of(event).get("sort"), data_of(event).get("page"))
        return self.show(view, request), view

    def remove(self, changed: int, event: gr.EventData, request: gr.Request) -> tuple[str, int]:
        """Remove an article, after the page has asked for confirmation."""
        id_ = str(data_of(event).get("id"))
        try:
            title = self._service.index.article(id_).title or "Untitled article"
            acting_for(request, self._service).remove([id_])
        except ArticleNotFoundError:
            return note("problem", "This article has already been removed."), changed + 1
        except DatelineError as error:
            return note("problem", explained(error)), changed
        return note("done", Markup("Removed “{}”.").format(shown(title))), changed + 1

    async def add_files(self, changed: int, event: gr.EventData, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Add uploaded files and show the progress."""
        paths = self._sent.take(user_of(request), data_of(event).get("uploads") or ())
        async for html, job in adding.add_files(self._service, acting_for(request, self._service), paths):
            yield html, changed + _has_added(job)

    async def add_url(self, changed: int, event: gr.EventData, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Add the page or feed at an address and show the progress; if that fails, the address stays in its field."""
        mine = acting_for(request, self._service)
        async for html, job in adding.add_url(self._service, mine, str(data_of(event).get("url"))):
            done = _has_added(job)
            yield html, changed + done, {"done": job.id} if job and done else gr.skip()

    def stop(self, event: gr.EventData, request: gr.Request) -> None:
        """Cancel an addition; what has been added stays."""
        adding.cancel(acting_for(request, self._service), str(data_of(event).get("job")))


def _has_added(job: Job | None) -> bool:
    return job is not None and job.has_ended and job.report.is_of_use

"""The Evaluate tab: question sets to run, the runs, and their reports."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator  # noqa: TC003 - Gradio reads the listeners' annotations
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from assistant.evaluation.sets.formats.reading import ENDINGS
from index.errors import DatelineError
from ui.chat.listening import data_of, following, quietly, script
from ui.chat.markup import explained, note, shown
from ui.chat.run_list import label_of, runs_html
from ui.chat.sent_files import delete
from ui.chat.visitors import acting_for, user_of
from ui.counts import count
from ui.service.uploaded_questions import read_file

if TYPE_CHECKING:
    from assistant.ask import ReaderName
    from ui.chat.sent_files import SentFiles
    from ui.service.acting import Acting
    from ui.service.service import Service

_BETWEEN_LOOKS = 0.3  # seconds
_START = f"""
<section class="evaluate-start" aria-label="Run questions">
  <form class="evaluate-form">
    <label>Question set<select name="set"></select></label>
    <label>Reader<select name="reader">
      <option value="dateline">As configured</option>
      <option value="dateline-extractive">Without a language model</option></select></label>
    <label>At most<input name="limit" type="number" min="1" max="20000" inputmode="numeric" placeholder="All"></label>
    <button type="submit" class="evaluate-run">Run</button>
  </form>
  <p class="evaluate-more">
    <label class="evaluate-upload"><input type="file" class="sr"
      accept="{",".join(ENDINGS)}">Upload a question set</label>
    <button type="button" data-drop-set hidden>Remove this set</button>
    <span class="sending" role="status"></span></p>
</section>
"""
_VIEWER = """
<section class="evaluate-viewer" aria-label="Report" hidden>
  <header><h2 tabindex="-1"></h2>
    <label>Compare with <select name="baseline"></select></label>
    <button type="button" data-download>Download</button>
    <button type="button" data-close-report>Close</button></header>
  <p class="evaluate-opening" role="status"></p>
  <iframe title="Report" sandbox="allow-scripts"></iframe>
</section>
"""


class EvaluateTab:
    """What the rest of the page needs of the tab."""

    def __init__(self, runs: _Runs, shown: list[Any]) -> None:
        self._runs = runs
        self._shown = shown

    def refresh_on(self, *triggers: Any) -> None:
        """Show the current runs on each of these events, and keep updating them while one is running."""
        gr.on(triggers, self._runs.follow, None, self._shown, **following())


def build_evaluate_tab(service: Service, sent: SentFiles) -> EvaluateTab:
    """Build the tab's contents inside the page being built; `refresh_on` of the result fills them."""
    runs = _Runs(service, sent)
    plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
    with gr.Column(elem_id="evaluate"):
        start = gr.HTML({}, html_template=_START, js_on_load=script("evaluate.js"), elem_id="evaluate-start", **plain)
        message = gr.HTML("", js_on_load='element.setAttribute("role", "status");', elem_id="evaluate-said", **plain)
        listed = gr.HTML("", js_on_load=script("run_list.js"), elem_id="evaluate-runs", **plain)
        viewer = gr.HTML(
            {},
            html_template=_VIEWER,
            js_on_load=script("report_viewer.js"),
            elem_id="evaluate-report",
            **plain,
        )
    shown = [start, listed, viewer]
    tab = EvaluateTab(runs, shown)
    start.started(runs.start, None, [message, *shown], **following())
    start.sent(runs.keep_set, None, [message, *shown], **quietly(trigger_mode="multiple"))
    start.dropped(runs.drop_set, None, [message, *shown], **quietly(trigger_mode="multiple"))
    listed.stopped(runs.stop, None, [message, *shown], **quietly(trigger_mode="multiple"))
    listed.removed(runs.remove, None, [message, *shown], **quietly(trigger_mode="multiple"))
    return tab


class _Runs:
    """Serves the tab for every browser: values of the page in, values of the page out."""

    def __init__(self, service: Service, sent: SentFiles) -> None:
        self._service = service
        self._sent = sent

    def acting(self, request: gr.Request) -> Acting:
        """Return the service on behalf of the visitor."""
        return acting_for(request, self._service)

    def show(self, request: gr.Request, *, chosen: str | None = None) -> tuple[Any, str, Any]:
        """Return what the form, the list and the viewer show; `chosen` is the set to select."""
        try:
            mine = self.acting(request)
            known, names = mine.evaluations(), mine.set_names()
            has_model = self._service.assistant().uses_model
        except DatelineError as error:
            problem = Markup('<p class="no-runs">{}</p>').format(explained(error))
            return {"sets": [], "hasModel": False}, problem, {"runs": []}
        form = {"sets": names, "chosen": chosen, "hasModel": has_model}
        whole = [{"id": evaluation.id, "label": label_of(evaluation)} for evaluation in known if evaluation.is_whole]
        return form, runs_html(known), {"runs": whole}

    async def follow(self, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Show the runs, and update them until none is waiting or running."""
        while True:
            shown = await asyncio.to_thread(self.show, request)
            yield shown
            with contextlib.suppress(DatelineError):
                if any(not evaluation.has_ended for evaluation in self.acting(request).evaluations()):
                    await asyncio.sleep(_BETWEEN_LOOKS)
                    continue
            return

    async def start(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Run a set, and show the progress."""
        data = data_of(event)
        name, limit = str(data.get("set")), data.get("limit")
        reader: ReaderName = "dateline-extractive" if data.get("reader") == "dateline-extractive" else "dateline"
        most = limit if isinstance(limit, int) and limit > 0 else None
        try:
            question_set = await asyncio.to_thread(self._service.evaluations.set_named, name)
            await asyncio.to_thread(self.acting(request).evaluate, question_set, limit=most, reader=reader)
        except DatelineError as error:
            yield (note("problem", explained(error)), *(await asyncio.to_thread(self.show, request)))
            return
        async for followed in self.follow(request):
            yield ("", *followed)

    def keep_set(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Save an uploaded question set, and select it."""
        paths = self._sent.take(user_of(request), data_of(event).get("uploads") or ())
        try:
            if not paths:
                return (note("problem", "The upload was incomplete. Please send the file again."), *self.show(request))
            question_set = read_file(paths[0])
            self.acting(request).keep_set(question_set)
        except DatelineError as error:
            return (note("problem", explained(error)), *self.show(request))
        finally:
            for path in paths:
                delete(path)
        number = len(question_set.questions)
        message = Markup("Saved “{}”: {}.").format(shown(question_set.name), count(number, "question"))
        return (note("done", message), *self.show(request, chosen=question_set.name))

    def drop_set(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Remove a kept question set."""
        name = str(data_of(event).get("set"))
        return self._try(
            request, lambda: self.acting(request).remove_set(name), Markup("Removed “{}”.").format(shown(name))
        )

    def stop(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Cancel a run."""
        return self._try(request, lambda: self.acting(request).cancel_evaluation(str(data_of(event).get("id"))), None)

    def remove(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Remove a run and its results."""
        return self._try(
            request, lambda: self.acting(request).remove_evaluation(str(data_of(event).get("id"))), "Removed the run."
        )

    def _try(self, request: gr.Request, act: Any, message: str | None) -> tuple[Any, ...]:
        try:
            act()
        except DatelineError as error:
            return (note("problem", explained(error)), *self.show(request))
        return (note("done", message) if message else "", *self.show(request))

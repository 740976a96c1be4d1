"""The chat tab: the list of conversations, the conversation, the question field, and the sources."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.errors import FilterError
from ui.chat.filters import build_filter_bar, read_filters
from ui.chat.icons import icon
from ui.chat.listening import data_of, script
from ui.chat.turns import Chat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ui.chat.filters import FilterBar
    from ui.chat.handlers import Handlers, Shown
    from ui.service.service import Service

_LOG = '<div role="log" aria-label="Conversation" class="log">${(value || []).join("")}</div>'
_COMPOSER = f"""
<form id="composer" autocomplete="off">
  <p id="editing" hidden>Changing your last question
    <button type="button" class="quiet-button" data-close="editing">Cancel</button></p>
  <div class="field">
    <label for="question" class="sr">Your question</label>
    <textarea id="question" rows="1" maxlength="2000" enterkeyhint="send"
      placeholder="Ask about these articles"></textarea>
    <button type="submit" id="send" class="send" aria-label="Ask" title="Ask">{icon("send")}</button>
    <button type="button" id="stop" class="send" aria-label="Stop the answer" title="Stop" hidden>
      {icon("stop")}</button>
  </div>
</form>
"""
_PANEL = f"""
<aside class="panel" aria-labelledby="panel-title">
  <header><h2 id="panel-title">Sources</h2>
    <button type="button" class="panel-close" data-close="panel" aria-label="Close the sources">{icon("close")}</button>
  </header>
  <p id="panel-question" class="sr"></p>
  <div id="panel-body"></div>
  <p class="panel-none">The passages that an answer rests on are shown here.</p>
</aside>
"""
_SAVE = 'watch("value", () => { if (props.value?.text) window.dateline.save(props.value); });'
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_AT_ONCE = 16  # opening conversations, rating and the like; the service limits answers


@dataclasses.dataclass(frozen=True)
class ChatTab:
    """The components that the page connects to; `shown` are the outputs of handlers that show a conversation."""

    chat: gr.State
    shown: list[Any]
    welcome: gr.HTML
    filters: FilterBar
    handlers: Handlers

    def refresh_on(self, *triggers: Any) -> None:
        """Show the current collection and list of conversations on each of these events."""
        greeted = [self.welcome, self.shown[-1]]
        gr.on(triggers, self.handlers.arrive, [self.chat], greeted, concurrency_limit=_AT_ONCE, **_QUIET)
        self.filters.refresh_on(*triggers)


def build_chat_tab(service: Service, handlers: Handlers) -> ChatTab:
    """Build the tab inside the page being built; call `refresh_on` of the result to fill it."""
    chat = gr.State(Chat())
    with gr.Row(elem_id="desk"):
        side = gr.HTML("", elem_id="side", apply_default_css=False, js_on_load=None)
        with gr.Column(elem_id="talk"):
            welcome = gr.HTML("", elem_id="welcome", apply_default_css=False, js_on_load=None)
            log = gr.HTML(
                [],
                elem_id="log",
                html_template=_LOG,
                js_on_load=script("log.js"),
                apply_default_css=False,
            )
            following = gr.HTML(
                "", elem_id="next", apply_default_css=False, js_on_load='watch("value", window.dateline.refresh);'
            )
            with gr.Column(elem_id="foot"):
                gr.HTML(_COMPOSER, apply_default_css=False, js_on_load=None)
                filters = build_filter_bar(lambda: service.index)
        gr.HTML(_PANEL, elem_id="sources", apply_default_css=False, js_on_load=None)
    download = gr.HTML({}, html_template="", js_on_load=_SAVE, elem_id="download", apply_default_css=False)
    tab = ChatTab(chat, [chat, log, side], welcome, filters, handlers)
    _listen(tab, log, following, download)
    return tab


def _listen(tab: ChatTab, log: gr.HTML, following: gr.HTML, download: gr.HTML) -> None:
    """Connect the events of the page to their handlers."""
    handlers, chat, shown = tab.handlers, tab.chat, tab.shown
    asking = {"concurrency_limit": None, "trigger_mode": "multiple", **_QUIET}
    inputs = {chat, *tab.filters.inputs}
    for event, handler in ((log.asked, handlers.ask), (log.asked_again, handlers.ask_again)):
        answered = event(_asking(tab, handler), inputs, shown, concurrency_id="ask", **asking)
        answered.success(handlers.suggest, [chat], following, concurrency_limit=_AT_ONCE, **_QUIET)
    log.stopped(handlers.stop, None, None, concurrency_limit=_AT_ONCE, trigger_mode="multiple", **_QUIET)
    several = {"concurrency_limit": _AT_ONCE, "trigger_mode": "multiple", **_QUIET}
    log.begun(handlers.begin, None, shown, **several)
    log.opened(_given(handlers.open), [chat], shown, **several)
    log.deleted(_given(handlers.delete), [chat], shown, **several)
    log.rated(_given(handlers.rate), [chat], shown, **several)
    added = gr.State(0)
    log.sampled(handlers.add_samples, added, [tab.welcome, added], **several)
    tab.filters.refresh_on(added.change)

    async def export(before: Chat, event: gr.EventData) -> dict[str, str]:
        return await handlers.export(before, data_of(event))

    log.exported(export, [chat], download, **several)


def _asking(tab: ChatTab, handler: Callable[..., AsyncGenerator[Shown, None]]) -> Callable[..., Any]:
    """Return the listener of an event that asks a question with the current filters."""

    # Gradio resolves the annotations at run time, so their names must exist then.
    async def listen(values: dict[Any, Any], event: gr.EventData, request: gr.Request) -> Any:
        try:
            filters = read_filters(*(values[component] for component in tab.filters.inputs))
        except FilterError as error:
            gr.Warning(f"{error} {error.help or ''}")
            return
        async for shown in handler(values[tab.chat], data_of(event), filters, request):
            yield shown

    return listen


def _given(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return the listener of an event that changes the conversation."""

    async def listen(chat: Chat, event: gr.EventData, request: gr.Request) -> Any:
        return await handler(chat, data_of(event), request)

    return listen

"""The chat page: its frame and its tabs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from ui.chat.articles_tab import build_articles_tab
from ui.chat.chat_tab import build_chat_tab
from ui.chat.evaluate_tab import build_evaluate_tab
from ui.chat.examples import Examples
from ui.chat.gateway import Gateway
from ui.chat.handlers import Handlers
from ui.chat.icons import icon
from ui.chat.listening import quietly
from ui.chat.markup import label
from ui.chat.page_routes import page_links, page_routes
from ui.chat.sent_files import SentFiles
from ui.chat.sessions import PageSessions
from ui.chat.theme import THEME
from ui.chat.visitors import Visitors, acting_for
from ui.conversations.history import open_history
from ui.http import session_cookie

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.datastructures import State
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.settings import Settings
    from ui.conversations.history import History
    from ui.service.service import Service

_BETWEEN_LOOKS = 600  # seconds between deletions of unused uploads
_QUEUE = 512  # most events of all browsers that may wait
_SESSIONS = 1_000  # sessions that Gradio keeps; more than the open and the kept closed pages together
_MASTHEAD = Markup("""
<header id="masthead">
<button type="button" class="menu" data-menu aria-expanded="false" aria-label="Conversations">{list}</button>
<h1>Dateline</h1>
<p>Answers from your articles, with every quote checked</p>
<button type="button" data-theme aria-label="Light or dark" title="Light or dark">{theme}</button>{account}
</header>
""")
_ACCOUNT = Markup(
    '<form class="account" method="post" action="logout"><button type="submit" title="Signed in as {}">'
    "Sign out</button></form>"
)
_OVERLAYS = f"""
<div id="overlays">
<div id="said" class="said" role="status"></div>
<div id="peek" class="peek" role="tooltip" hidden>
  <p class="peek-quote"></p><p class="peek-title"></p><p class="peek-byline"></p>
</div>
<dialog id="reader" class="reader" aria-labelledby="article-title">
  <button type="button" class="reader-close" data-close="reader" aria-label="Close the article">{icon("close")}</button>
  <article id="reader-body"></article>
</dialog>
</div>
"""
_ICON = (
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='6'"
    " fill='%231d4f91'/%3E%3Cpath d='M9 7h7a9 9 0 0 1 0 18H9z' fill='none' stroke='white'"
    " stroke-width='4'/%3E%3C/svg%3E"
)
_HEAD = f"""
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<link rel="icon" href="data:image/svg+xml,{_ICON}">
"""


def build_chat(state: State) -> Starlette:
    """Build the page as an app over the service and settings in a server's state; it takes seconds.

    The lifespan of the app must run while it serves. Call it in a thread without an event loop. Raises HomeError if
    conversations cannot be kept.
    """

    async def build() -> Starlette:  # without a running loop, Gradio creates loops and leaves them open
        return _build(state)

    return asyncio.run(build())


def _build(state: State) -> Starlette:
    service: Service = state.service
    settings: Settings = state.settings
    history = open_history(settings.home)
    sent = SentFiles(largest=2 * settings.max_upload_mb * 2**20)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with contextlib.closing(history), contextlib.closing(sent):
            forgetting = asyncio.create_task(_forget_old(sent))
            yield
            forgetting.cancel()

    page = _build_page(service, history, sent)
    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=settings.root_path or None,
        show_error=False,
        run_history=False,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=THEME,
    )
    page.has_launched = True  # a mounted page never sets this, and until it is set Gradio does not check paths
    gateway = Gateway(
        app, listeners=frozenset(page.fns), sessions=PageSessions(), forget=_forgetting(page), head=_HEAD + page_links()
    )
    outer = Starlette(
        routes=[*page_routes(service, sent), Mount("/", gateway)],
        lifespan=app.router.lifespan_context,
        exception_handlers={HTTPException: _pass_on},
    )
    outer.add_middleware(Visitors)
    return outer


def _build_page(service: Service, history: History, sent: SentFiles) -> gr.Blocks:
    page = gr.Blocks(title="Dateline", analytics_enabled=False, fill_width=True)
    with page:
        masthead = gr.HTML(_masthead(), apply_default_css=False, js_on_load=None)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Ask", id="ask") as ask:
                chat = build_chat_tab(service, Handlers(service, history, Examples(service)))
            with gr.Tab("Articles", id="articles") as articles:
                collection = build_articles_tab(service, sent)
            with gr.Tab("Evaluate", id="evaluate") as evaluate:
                runs = build_evaluate_tab(service, sent)
        gr.HTML(_OVERLAYS, apply_default_css=False, js_on_load=None)
        page.load(_show_masthead(service), None, masthead, **quietly())
        chat.refresh_on(page.load, ask.select, collection.changed.change)
        collection.refresh_on(page.load, articles.select)
        runs.refresh_on(page.load, evaluate.select)
    page.queue(default_concurrency_limit=16, max_size=_QUEUE)
    page.state_session_capacity = _SESSIONS
    return page


def _forgetting(page: gr.Blocks) -> Callable[[str], Awaitable[None]]:
    """Return a function that makes Gradio forget a session; by itself it keeps whole pages, partly for ever."""

    async def forget(session: str) -> None:
        queue, states = page._queue, page.state_holder
        await queue.clean_events(session_hash=session)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
        states.session_data.pop(session, None)
        states.time_last_used.pop(session, None)

    return forget


async def _forget_old(sent: SentFiles) -> None:
    """Periodically delete unused uploads."""
    while True:
        await asyncio.sleep(_BETWEEN_LOOKS)
        await asyncio.to_thread(sent.forget_old)


async def _pass_on(_: Request, error: Exception) -> Response:
    """Leave an error to the server, which gives all errors one form."""
    raise error


def _masthead(user: str | None = None) -> str:
    """Return the page header, with a sign-out button for users who signed in here."""
    account = _ACCOUNT.format(label(user)) if user else ""
    return _MASTHEAD.format(list=icon("list"), theme=icon("theme"), account=account)


def _show_masthead(service: Service) -> Callable[[gr.Request], str]:
    def show(request: gr.Request) -> str:
        visitor = acting_for(request, service).visitor
        has_session = visitor.is_user and request.request and session_cookie.read(request.request.scope)
        return _masthead(visitor.id.removeprefix("user:") if has_session else None)

    return show

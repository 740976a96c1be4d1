"""One process that serves REST, the OpenAI wire format and the chat over one collection."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from starlette.middleware import Middleware

from ui.access.access import Access
from ui.access.rate_limit import RateLimit, read_rate
from ui.access.throttle import Throttle
from ui.http.entrance import Entrance
from ui.http.failures import add_handlers
from ui.http.guard import Bodies, Cors, RootPath, SafeHeaders
from ui.http.metrics import Metrics
from ui.http.page import Page
from ui.http.proxies import Proxies
from ui.http.request_logs import RequestLog
from ui.http.security import KnownHosts, OwnPages, is_loopback, known_hosts
from ui.http.tracing import Tracing
from ui.service.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.applications import Starlette
    from starlette.datastructures import State

    from assistant.settings import Settings

_LAST_MOMENTS = 2.0  # seconds for abandoned work


def _build_chat(state: State) -> Starlette:
    from ui.chat.page import build_chat

    return build_chat(state)


def create_app(settings: Settings, *, build_chat: Callable[[State], Starlette] = _build_chat) -> FastAPI:
    """Return the server's application; its lifespan opens the collection in the background and closes it again.

    `app.state` has the `settings`, `access` (users and keys), the chat's `page` and the `metrics`; while it runs also
    the `service` and `opened`, a task that ends with the collection open or with the error that kept it closed.
    `app.state.url` may be set to where the server answers. `build_chat` makes what is at `/`, in a thread. Raises
    SettingsError and HomeError.
    """
    from ui.http import docs_page, login
    from ui.openai import chat_completions
    from ui.rest import asking, audit, evaluations, health

    read_rate(settings.rate_limit, guarded=True)  # reports an invalid rate before a home is created
    access = Access(settings)
    guards = access.guards()
    metrics, tracing = Metrics(), Tracing(settings.root_path)
    app = FastAPI(
        title="Dateline",
        summary="Answers questions about a collection of articles and cites every claim with an exact quote.",
        version=version("dateline"),
        lifespan=_lifespan,
        middleware=_middleware(settings, access, metrics),
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        telemetry=tracing.telemetry(),
    )
    app.state.settings, app.state.metrics, app.state.tracing, app.state.url = settings, metrics, tracing, None
    app.state.access, app.state.throttle = access, Throttle()
    app.include_router(health.router)
    app.include_router(login.router)
    app.include_router(docs_page.router)
    key = [Security(HTTPBearer(auto_error=False, scheme_name="API key"))] if guards.keys else []
    for module in (asking, evaluations, audit, chat_completions):
        app.include_router(module.router, dependencies=key)  # only for the description; `Entrance` does the check
    page = app.state.page = Page(build_chat, closed=guards.why_chat_is_closed)
    app.router.default = page  # everything without a route; a mount at "/" would also take requests that deserve a 405
    add_handlers(app)
    return app


def _middleware(settings: Settings, access: Access, metrics: Metrics) -> list[Middleware]:
    """Return the middleware before the routes, outermost first."""
    guards = access.guards()
    rate = read_rate(settings.rate_limit, guarded=bool(guards) or not is_loopback(settings.host))
    own = {"origins": settings.cors_origins, "hosts": settings.hosts}
    return [
        Middleware(RootPath, root=settings.root_path),
        Middleware(Proxies, trusted=settings.proxies, user_header=settings.user_header),
        Middleware(RequestLog, metrics=metrics),
        Middleware(SafeHeaders),
        Middleware(KnownHosts, names=known_hosts(settings, guards)),
        Middleware(OwnPages, **own),
        Middleware(Cors, origins=settings.cors_origins),
        Middleware(Entrance, access=access, rate=RateLimit(rate) if rate else None),
        Middleware(Bodies, largest=settings.max_upload_mb * 2**20, timeout=settings.request_timeout),
    ]


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    page: Page = app.state.page
    service = app.state.service = Service(app.state.settings, access=app.state.access, url=app.state.url)
    service.on_answered += [app.state.metrics.observe_answer, app.state.tracing.observe_answer]
    app.state.metrics.watch(service)
    app.state.opened = asyncio.create_task(service.open())
    keeping = asyncio.create_task(_keep_page(app))
    try:
        yield
    finally:
        service.answering.give_up()
        await service.answering.drain(_LAST_MOMENTS)
        await asyncio.wait([app.state.opened])  # its result has been reported to the callers
        page.stop()
        if not page.built.is_set():
            keeping.cancel()
        await asyncio.wait([keeping])
        await service.close()
        app.state.access.close()
        await asyncio.to_thread(app.state.tracing.close)


async def _keep_page(app: FastAPI) -> None:
    """Build and run the chat once the collection is open."""
    page: Page = app.state.page
    await asyncio.wait([app.state.opened])
    if page.closed or app.state.opened.exception():
        page.built.set()
    else:
        await page.keep(app.state)


def begin_stop(app: FastAPI) -> None:
    """Let answers finish within the time that the settings allow, and end what does not finish by itself."""
    settings: Settings = app.state.settings
    service: Service = app.state.service
    app.state.page.hang_up()
    asyncio.get_running_loop().call_later(settings.stop_timeout, service.answering.give_up)

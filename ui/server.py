"""One process that serves REST, the OpenAI wire format and the chat over one collection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request

from index.errors import DatelineError
from ui.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from assistant.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the server's application; its lifespan opens the collection in the background and closes it again."""
    app = FastAPI(title="Dateline", lifespan=_lifespan, root_path=settings.root_path)
    app.state.settings = settings
    _include(app)
    return app


def _include(app: FastAPI) -> None:
    from ui import openai_compat, rest

    app.include_router(rest.router)
    app.include_router(openai_compat.router)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    service = app.state.service = Service(settings)

    async def open_collection() -> None:
        with contextlib.suppress(DatelineError):  # kept by the service, which tells it to whoever asks
            await service.open()

    opening = asyncio.create_task(open_collection())
    try:
        yield
    finally:
        await service.answering.drain(settings.stop_timeout)
        await opening
        await service.close()


def service_of(request: Request) -> Service:
    """Return the service that a request is for."""
    service: Service = request.app.state.service
    return service

"""The service on behalf of a request's visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.service.acting import acting_in
from ui.service.service import service_of

if TYPE_CHECKING:
    from fastapi import Request

    from ui.service.acting import Acting


def acting(request: Request) -> Acting:
    """Return the service on behalf of the visitor who sent a request."""
    return acting_in(request.scope, service_of(request))

"""The service as a request may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.service.acting import acting_in
from ui.service.service import service_of

if TYPE_CHECKING:
    from fastapi import Request

    from ui.service.acting import Acting


def acting(request: Request) -> Acting:
    """Return the service in the hands of who sent a request."""
    return acting_in(request.scope, service_of(request))

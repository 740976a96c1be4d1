"""Keeps what schemathesis makes up to requests that OpenAPI cannot describe any closer; loaded by its command."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    """Let times begin before they end."""
    return _in_order(query)


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Let times begin before they end."""
    return {**body, "filters": _in_order(body["filters"])} if isinstance(body, dict) and "filters" in body else body


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Send to no page that is on the network, and wait for additions to end: only a few at a time are taken."""
    about = getattr(case.meta.phase.data, "parameter", None) if case.meta else None
    if str(about).lower() == "authorization":
        return  # refused before it is read; any change would make it another case
    if case.headers:
        case.headers.pop("prefer", None)
    if isinstance(case.body, dict) and str(case.body.get("url")).lower().startswith("http"):
        case.body = {**case.body, "url": "http://127.0.0.1:9/page"}


def _in_order(times: Any) -> Any:
    if not isinstance(times, dict):
        return times
    since, until = times.get("since"), times.get("until")
    if isinstance(since, str) and isinstance(until, str) and since > until:
        return {**times, "since": until, "until": since}
    return times

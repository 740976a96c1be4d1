"""The events of an answer as they are sent: one declaration that server and client share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assistant import Marker, RestartEvent, TextEvent, WaitingEvent
from assistant.events import SENT_EVENTS, event_from_json, event_json
from ui.rest.asking import router

if TYPE_CHECKING:
    from assistant import Assistant


def test_every_event_is_read_back_as_it_was_sent(assistant: Assistant) -> None:
    events = [*assistant.stream("What did Grushko demand?"), RestartEvent()]
    sent = [event_json(event) for event in events]
    assert {name for name, _ in filter(None, sent)} == SENT_EVENTS.keys()
    for event, form in zip(events, sent, strict=True):
        assert form is not None
        read = event_from_json(form[0], json.loads(json.dumps(form[1])))
        assert type(read) is type(event)
        assert event_json(read) == form


def test_text_from_a_server_without_markers_is_read() -> None:
    assert event_from_json("text", {"text": "In June."}) == TextEvent("In June.")
    assert event_from_json("text", {"text": "[1]", "markers": [{"start": 0, "end": 3, "number": 1}]}) == TextEvent(
        "[1]", (Marker(0, 3, 1),)
    )


def test_waiting_is_not_sent_and_an_unknown_event_counts_as_waiting() -> None:
    assert event_json(WaitingEvent()) is None
    assert event_from_json("of-a-later-version", {}) == WaitingEvent()


def test_rest_documents_the_events_that_are_sent() -> None:
    (asking,) = (route for route in router.routes if getattr(route, "path", "") == "/api/ask")
    content = asking.responses[200]["content"]["text/event-stream"]  # type: ignore[attr-defined]
    assert content["itemSchema"]["properties"]["event"]["enum"] == [*SENT_EVENTS, "error"]
    assert all(f"event: {name}\n" in content["example"] for name in SENT_EVENTS if name != "restart")

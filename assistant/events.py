"""What is known while a question is answered, as soon as it is known, and its form in server-sent events."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from assistant.answer import answer_from_json, passage_from_json, passage_json
from assistant.support.marker_places import Marker
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.answer import Answer
    from assistant.readers.reader import Draft
    from index import ScoredPassage


@dataclasses.dataclass(frozen=True, slots=True)
class PassagesEvent:
    """The passages that will be read, best first; `filters` are the asker's, with the time read in the question."""

    standalone_question: str
    passages: tuple[ScoredPassage, ...]
    filters: Filters = dataclasses.field(default_factory=Filters)


@dataclasses.dataclass(frozen=True, slots=True)
class TextEvent:
    """The next piece of the answer's text, and the markers in it by their places in the whole text; both are final."""

    text: str
    markers: tuple[Marker, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class WaitingEvent:
    """Nothing new yet; comes every now and then while a model thinks, so that whoever listens can stop."""


@dataclasses.dataclass(frozen=True, slots=True)
class RestartEvent:
    """All text streamed so far must be discarded; the answer starts again."""


@dataclasses.dataclass(frozen=True, slots=True)
class DoneEvent:
    """The whole, checked answer; always the last event. `draft` is what the reader made, where one read."""

    answer: Answer
    draft: Draft | None = None


Event = PassagesEvent | TextEvent | WaitingEvent | RestartEvent | DoneEvent

SENT_EVENTS = {
    "passages": "the standalone question and the passages",
    "text": "the next piece",
    "restart": "discard the text so far",
    "done": "the whole answer",
}
"""The events that are sent to a client, by name; `event_json` and `event_from_json` know the data of each."""


def event_json(event: Event) -> tuple[str, dict[str, Any]] | None:
    """Return an event's name and its data as plain values; None for a `WaitingEvent`, which is not sent."""
    match event:
        case PassagesEvent():
            passages = [passage_json(scored) for scored in event.passages]
            return "passages", {"standalone_question": event.standalone_question, "passages": passages}
        case TextEvent():
            return "text", {"text": event.text, "markers": [dataclasses.asdict(marker) for marker in event.markers]}
        case RestartEvent():
            return "restart", {}
        case DoneEvent():
            return "done", event.answer.as_json()
        case WaitingEvent():
            return None


def event_from_json(name: str, data: Mapping[str, Any]) -> Event:
    """Return the event that `event_json` gave this form. An event of another name counts as a `WaitingEvent`."""
    match name:
        case "passages":
            passages = tuple(passage_from_json(passage) for passage in data["passages"])
            return PassagesEvent(data["standalone_question"], passages)
        case "text":
            return TextEvent(data["text"], tuple(Marker(**marker) for marker in data.get("markers", ())))
        case "restart":
            return RestartEvent()
        case "done":
            return DoneEvent(answer_from_json(data))
        case _:
            return WaitingEvent()

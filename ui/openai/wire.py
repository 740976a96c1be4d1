"""An answer in the OpenAI wire format, whole and in chunks."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assistant import DoneEvent, RestartEvent, TextEvent
from assistant.support.marker_places import in_plain_text
from ui.http.event_stream import message
from ui.service.messages import NOTE, STARTS_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assistant import Answer, Citation, Event, Marker, RecordCitation

_DONE = message("[DONE]")


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """What all objects of one answer have in common; `site` is this server's address, for articles without their
    own.
    """

    model: str
    site: str
    id: str = dataclasses.field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = dataclasses.field(default_factory=lambda: int(time.time()))

    def head(self, kind: str) -> dict[str, Any]:
        """Return the first fields of an object of this kind."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def complete(answer: Answer, frame: Frame) -> dict[str, Any]:
    """Return the whole answer as one object."""
    text, markers = in_plain_text(answer.text, answer.markers)
    message = {
        "role": "assistant",
        "content": text + _note(answer),
        "refusal": None,
        "annotations": _annotate(answer, markers, frame.site),
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return frame.head("chat.completion") | {"choices": [choice], "usage": _usage(answer)} | _extras(answer, frame.site)


def _annotate(answer: Answer, markers: Iterable[Marker], site: str) -> list[dict[str, Any]]:
    """Return one annotation for each of these markers of a message's content."""
    sources = {source.number: source for source in answer.sources}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": marker.start,
                "end_index": marker.end,
                "title": _title(sources[marker.number], site),
                "url": _address(sources[marker.number], site),
            },
        }
        for marker in markers
        if marker.number in sources
    ]


class Chunks:
    """Turns the events of one answer into the lines of a stream, and tracks what has been sent."""

    def __init__(self, frame: Frame, *, with_usage: bool) -> None:
        self._frame = frame
        self._with_usage = with_usage
        self._head = json.dumps(frame.head("chat.completion.chunk"))[:-1]
        self._sent = 0  # characters of content that have been sent
        self._answer_start = 0  # the position in it at which the answer begins
        self._held = ""  # text that may turn out to be blank
        self._received = 0  # characters of the answer's text that have arrived
        self._markers: list[Marker] = []  # of the content

    def begin(self) -> bytes:
        """Return the chunk that comes before any text."""
        return self._chunk({"role": "assistant", "content": ""})

    def encode(self, events: Iterable[Event]) -> bytes:
        """Return these events as lines, all their text in one chunk; empty if there is nothing to send."""
        lines: list[bytes] = []
        for event in events:
            if isinstance(event, TextEvent):
                self._hold(event)
            elif isinstance(event, RestartEvent):
                lines.append(self._restart())
            elif isinstance(event, DoneEvent):
                lines.append(self._take())
                lines.append(self._finish(event.answer))
        return b"".join(lines) + self._take()

    def fail(self, error: Mapping[str, str | None]) -> bytes:
        """Return the end of a stream whose answer failed."""
        return message(json.dumps({"error": error})) + _DONE

    def _hold(self, event: TextEvent) -> None:
        text, markers = in_plain_text(event.text, [marker.moved(-self._received) for marker in event.markers])
        self._markers += (marker.moved(self._sent + len(self._held)) for marker in markers)
        self._received += len(event.text)
        self._held += text

    def _take(self) -> bytes:
        """Return the held text as a chunk, unless it is blank and the first of its answer."""
        if self._sent == self._answer_start and not self._held.strip():
            return b""
        text, self._held = self._held, ""
        return self._content(text)

    def _content(self, text: str) -> bytes:
        self._sent += len(text)
        return self._chunk({"content": text}) if text else b""

    def _restart(self) -> bytes:
        """Discard the held text; return a chunk that says so if some text has been sent."""
        self._held, self._received = "", 0
        self._markers.clear()
        notice = self._content(STARTS_AGAIN) if self._sent > self._answer_start else b""
        self._answer_start = self._sent
        return notice

    def _finish(self, answer: Answer) -> bytes:
        """Return the chunks after the text: a note, sources, annotations and citations, usage, the end."""
        annotations = _annotate(answer, self._markers, self._frame.site)
        usage = json.dumps(self._frame.head("chat.completion.chunk") | {"choices": [], "usage": _usage(answer)})
        return b"".join(
            [
                self._content(_note(answer)),
                *(self._chunk({}, event=_source_event(source, self._frame.site)) for source in answer.sources),
                self._chunk({"annotations": annotations}, "stop", **_extras(answer, self._frame.site)),
                message(usage) if self._with_usage else b"",
                _DONE,
            ]
        )

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None, **fields: Any) -> bytes:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        usage: dict[str, Any] = {"usage": None} if self._with_usage else {}
        return message(f"{self._head}, {json.dumps({'choices': choices} | usage | fields)[1:]}")


def _note(answer: Answer) -> str:
    return f"{NOTE}{answer.notice}" if answer.notice else ""


def _usage(answer: Answer) -> dict[str, int]:
    used = answer.usage
    read, written = (used.prompt_tokens, used.completion_tokens) if used else (0, 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _extras(answer: Answer, site: str) -> dict[str, Any]:
    """Return the fields that OpenAI does not have: citations, the same in Perplexity's form, and the answer."""
    whole = answer.as_json()
    del whole["passages"]  # up to hundreds of kilobytes, but some clients read lines of at most 64
    results = [
        {
            "title": _title(citation, site),
            "url": _address(citation, site),
            "date": citation.article.published.isoformat() if citation.article.published else None,
            "snippet": citation.quote,
        }
        for citation in answer.sources
    ]
    return {"citations": whole["citations"], "search_results": results, "answer": whole}


def _source_event(citation: Citation | RecordCitation, site: str) -> dict[str, Any]:
    """Return the event with which Open WebUI shows a source and its cited words."""
    title, url = _title(citation, site), _address(citation, site)
    source = {"source": {"name": title, "url": url}, "document": [citation.quote]}
    return {"type": "source", "data": source | {"metadata": [{"source": url, "name": title}]}}


def _title(citation: Citation | RecordCitation, site: str) -> str:
    return citation.article.title or citation.article.source or _address(citation, site)


def _address(citation: Citation | RecordCitation, site: str) -> str:
    return citation.article.url or f"{site}/api/articles/{quote(citation.article.id, safe='')}"

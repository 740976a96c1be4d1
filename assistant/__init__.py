"""Questions in, checked answers out."""

from assistant.answer import (
    Answer,
    Citation,
    RecordCitation,
    Statement,
    Usage,
    article_json,
    passage_json,
    sources_json,
    versions_json,
    whole_article_json,
)
from assistant.ask import Ask
from assistant.assistant import Assistant
from assistant.conversation import Conversation, Turn
from assistant.errors import SettingsError
from assistant.events import DoneEvent, Event, PassagesEvent, RestartEvent, TextEvent, WaitingEvent
from assistant.support.marker_places import Marker

__all__ = [
    "Answer",
    "Ask",
    "Assistant",
    "Citation",
    "Conversation",
    "DoneEvent",
    "Event",
    "Marker",
    "PassagesEvent",
    "RecordCitation",
    "RestartEvent",
    "SettingsError",
    "Statement",
    "TextEvent",
    "Turn",
    "Usage",
    "WaitingEvent",
    "article_json",
    "passage_json",
    "sources_json",
    "versions_json",
    "whole_article_json",
]

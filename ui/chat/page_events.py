"""What the page may send to Gradio's queue: a strict schema in which no file can be named."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    create_model,
)

from index.filters import DAY_FILTERS, NAME_FILTERS
from ui.service.service import LONGEST_QUESTION

_NAMES = 100
_UPLOADS = 1_000
_Short = Annotated[StrictStr, Field(max_length=600)]
_Address = Annotated[StrictStr, Field(max_length=2_000)]
_Number = StrictInt | StrictFloat
_Scalar = _Short | StrictBool | _Number | None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _with_filters(model: type[_Form]) -> type[_Form]:
    """Give a model a field for each filter that the page offers."""
    fields: dict[str, Any] = {
        known.name: (list[_Short], Field(default=[], max_length=_NAMES)) for known in NAME_FILTERS
    }
    fields |= {known.name: (_Short | None, None) for known in DAY_FILTERS}
    return create_model(model.__name__, __base__=model, __module__=model.__module__, **fields)


@_with_filters
class _Filters(_Form):
    """The value of the filters, the one component whose value the page sends."""


class _EventData(_Form):
    """The data of an event; each listener uses some of these fields."""

    question: Annotated[StrictStr, Field(max_length=LONGEST_QUESTION)] | None = None
    replaces: StrictBool | None = None
    without: _Short | None = None
    id: _Address | None = None
    turn: StrictInt | None = None
    good: StrictBool | None = None
    reason: _Short | None = None
    format: _Short | None = None
    words: _Short | None = None
    sort: _Short | None = None
    page: StrictInt | None = None
    url: _Address | None = None
    uploads: list[_Short] | None = Field(default=None, max_length=_UPLOADS)
    job: _Short | None = None
    set: _Short | None = None
    reader: _Short | None = None
    limit: StrictInt | None = None
    value: _Scalar = None  # these two come with Gradio's own tabs
    index: StrictInt | None = None


class PageEvent(_Form):
    """One event of the page: the listener, its data, and the session."""

    data: list[_Filters | None] = Field(max_length=8)
    event_data: _EventData | None = None
    fn_index: StrictInt
    trigger_id: StrictInt | None = None
    session_hash: _Short


def read_event(body: bytes) -> dict[str, Any]:
    """Return an event of the page, without unset fields. Raises ValueError for anything else."""
    try:
        event = PageEvent.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    return event.model_dump(exclude_unset=True)

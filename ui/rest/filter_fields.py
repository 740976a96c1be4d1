"""The filters as fields of REST's models, derived from their declarations in `index.filters`."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from index.filters import FILTERS, NAME_FILTERS, Filters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.filters import Filter

_Model = TypeVar("_Model", bound=BaseModel)
_Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_MOST = {"names": 100, "ids": 1000}
_MOST_IN_AN_ADDRESS = {"names": 20, "ids": 50}


def _read_day(value: Any) -> Any:
    """Return the day written as YYYY-MM-DD; other forms that pydantic accepts, such as seconds, are errors here."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(value)
    raise PydanticCustomError("day", "write dates as YYYY-MM-DD")


_Day = Annotated[dt.date, BeforeValidator(_read_day)]


def given_together(model: type[_Model]) -> type[_Model]:
    """Give a model a field for each filter, for use in a JSON object."""
    return _with_fields(
        model,
        {
            known.name: _field(known, known.values, limit=_MOST.get(known.kind), example=[known.example])
            for known in FILTERS
        },
    )


def given_one_by_one(model: type[_Model]) -> type[_Model]:
    """Give a model a field for each filter, for use in a query string: named by its option, which may be repeated."""
    return _with_fields(
        model,
        {
            known.option: _field(
                known,
                f"Only {known.only}{'' if known.is_day else ' (may be repeated)'}.",
                limit=_MOST_IN_AN_ADDRESS.get(known.kind),
                example=[],
            )
            for known in FILTERS
        },
    )


def counted(of: Any) -> Any:
    """Return a decorator that gives a model a list of names, each as one `of`, for each filter that takes names."""

    def with_names(model: type[_Model]) -> type[_Model]:
        return _with_fields(
            model,
            {
                known.name: (list[of], Field(description=f"{known.label}s, the most frequent first."))
                for known in NAME_FILTERS
            },
        )

    return with_names


def filters_from(values: Mapping[str, Any]) -> Filters:
    """Return the filters with these values by their names. Raises FilterError."""
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Filters(**given)


def _field(known: Filter, description: str, *, limit: int | None, example: list[str]) -> Any:
    if known.is_day:
        return _Day | None, Field(default=None, description=description, examples=[known.example])
    return list[_Name], Field(default=[], max_length=limit, description=description, examples=[example])


def _with_fields(model: type[_Model], fields: dict[str, Any]) -> type[_Model]:
    return create_model(model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **fields)

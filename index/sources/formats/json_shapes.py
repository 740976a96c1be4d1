"""Where the articles are in the JSON of a scraper, an API or a database: in a list, an envelope, under their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.sources.formats.records import Fields
from index.sources.metadata import field_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Objects around an article, beside which fields of its own may stand: Elasticsearch's _source, the Guardian's fields.
_WRAPPERS = ("_source", "fields", "attributes", "article", "node", "document", "doc", "post", "story", "item")
# Around lists of articles, in the order in which they are looked into.
_ENVELOPES = (
    "articles", "items", "results", "docs", "documents", "hits", "stories", "posts", "entries", "records", "rows",
    "news", "data", "response", "value", "@graph", "feed", "content", "article", "list", "payload",
)  # fmt: skip
_DEEPEST = 6
_ARTICLE_TYPES = ("article", "posting", "report", "news", "review", "page")


def records_in(value: object, *, own_text: str | None = None) -> list[tuple[str, object]] | None:
    """Return the records in a JSON value, each with its number or key; None if there is nothing like an article.

    `own_text` is the user's name for the field with the text. What stands in a list beside articles is returned as it
    is, so that it can be reported.
    """
    found = _with_field(value, field_names.squash(own_text), depth=0) if own_text else None
    return found or _find(value, depth=0)


def _with_field(value: object, name: str, *, depth: int) -> list[tuple[str, object]] | None:
    """Return the objects that have a field, from the outermost list of them."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        if any(field_names.squash(key) == name for key in unwrapped(value)):
            return [("", value)]
        return next(filter(None, (_with_field(inner, name, depth=depth + 1) for inner in value.values())), None)
    if isinstance(value, list) and any(_with_field(item, name, depth=depth + 1) for item in value):
        return [(str(number), item) for number, item in enumerate(value, 1)]
    return None


def unwrapped(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record with the fields of the objects that wrap it on one level."""
    found = dict(record)
    for name in _WRAPPERS:
        inner = found.get(name)
        if isinstance(inner, dict) and _has_text_or_title(inner):
            del found[name]
            found = {**found, **unwrapped(inner)}
    embedded = found.get("_embedded")  # where WordPress names the author, whose number is in `author`
    if isinstance(embedded, dict) and isinstance(embedded.get("author"), list):
        found["author"] = embedded["author"]
    return found


def _find(value: object, *, depth: int) -> list[tuple[str, object]] | None:
    if isinstance(value, list):
        return [(str(number), item) for number, item in enumerate(value, 1)] if _are_objects(value) else None
    if not isinstance(value, dict) or depth > _DEEPEST:
        return None
    if _has_text(unwrapped(value)):
        return [("", value)]
    return (
        _from_columns(value)
        or _from_ids(value, least=2)
        or _from_envelope(value, depth=depth)
        or _from_ids(value, least=1)
        or ([("", value)] if _is_article(value) else None)
    )


def _from_envelope(value: Mapping[str, object], *, depth: int) -> list[tuple[str, object]] | None:
    """Return the articles in the first field that holds any, or that usually would."""
    for name in (*(name for name in _ENVELOPES if name in value), *value):
        inner = value[name]
        is_envelope = name in _ENVELOPES and isinstance(inner, dict)
        found = _find(inner, depth=depth + 1) if is_envelope or _hold_articles(inner) else None
        if found:
            return [(key, _with_publisher(record, value)) for key, record in found if _is_wanted(record, name)]
    return None


def _from_ids(value: Mapping[str, object], *, least: int) -> list[tuple[str, object]] | None:
    """Return articles that stand under their ids: {"1001": {"title": ...}, "1002": ...}."""
    if not all(isinstance(inner, dict) for inner in value.values()):
        return None
    articles = [inner for inner in value.values() if isinstance(inner, dict) and _is_article(inner)]
    if len(articles) < least or not articles:
        return None
    return [(key, {"id": key, **inner}) for key, inner in value.items() if isinstance(inner, dict)]


def _are_objects(items: list[object]) -> bool:
    return not items or any(isinstance(item, dict) for item in items)


def _hold_articles(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) and _is_article(item) for item in value)


def _has_text(record: Mapping[str, object]) -> bool:
    """Return whether a field for texts holds one: a string, a list of paragraphs, or HTML in an object."""
    texts = Fields(record).all((*field_names.TEXT, *field_names.RAW_TEXT))
    return any(
        isinstance(text, str)
        or (isinstance(text, list) and not _hold_articles(text))
        or (isinstance(text, dict) and ("rendered" in text or "value" in text or "html" in text))
        for text in texts
    )


def _is_article(record: Mapping[str, object]) -> bool:
    """Return whether a record has a text, or a title and a summary or an address."""
    fields = Fields(unwrapped(record))
    others = (*field_names.TEASER, *field_names.URL)
    is_named = fields.first(field_names.TITLE) is not None and fields.first(others) is not None
    return is_named or _has_text(unwrapped(record))


def _has_text_or_title(record: Mapping[str, object]) -> bool:
    fields = Fields(record)
    return fields.first(field_names.TITLE) is not None or _has_text(record)


def _is_wanted(record: object, envelope: str) -> bool:
    """Return whether a node of a graph is an article, and not a person or a site it mentions."""
    if envelope != "@graph" or not isinstance(record, dict):
        return True
    types = str(record.get("@type", "")).lower()
    return any(name in types for name in _ARTICLE_TYPES) and _is_article(record) and "webpage" not in types


def _with_publisher(record: object, envelope: Mapping[str, object]) -> object:
    """Return a record with the publisher that a JSON Feed names once for all."""
    is_feed = "jsonfeed.org" in str(envelope.get("version", ""))
    if is_feed and isinstance(record, dict) and isinstance(title := envelope.get("title"), str):
        return {"source": title, **record}
    return record


def _from_columns(value: Mapping[str, object]) -> list[tuple[str, object]] | None:
    """Return the rows of a table that was written by columns: {"text": {"0": ...}}, or {"columns", "data"}."""
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list):
        table = [dict(zip(map(str, names), row, strict=False)) for row in rows if isinstance(row, list)]
        return [(str(number), row) for number, row in enumerate(table, 1)]
    columns = {name: column for name, column in value.items() if isinstance(column, dict)}
    if len(columns) < len(value) or not any(field_names.is_text(name) for name in columns):
        return None
    keys = dict.fromkeys(key for column in columns.values() for key in column)
    return [(key, {name: column.get(key) for name, column in columns.items()}) for key in keys]


def objects(value: object) -> Iterator[object]:
    """Yield the records in a line of JSON Lines: the object, or those in a list."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield from value
    else:
        yield value

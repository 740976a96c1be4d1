"""Turns named fields into an Article: a row of a table, a JSON object, the front matter of a file."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.article import Article, normalise
from index.errors import SourceError
from index.notices import Notice
from index.sources.limits import require_length
from index.sources.metadata import bylines, field_names
from index.sources.metadata.dates import is_missing, numeric_order, parse_date
from index.sources.metadata.header import Header
from index.sources.text.field_markup import is_markup, unescaped, with_line_ends
from index.sources.text.markup import text_of_markup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[\[.{0,80}\]\]|\{\{.{0,80}\}\}|%\w{1,40}%|\$\{.{0,80}\}")  # a template's, not filled in
_LISTED = re.compile(r"'([^'\n]{1,200})'|\"([^\"\n]{1,200})\"")  # the items of a list that was written as text
_CUT = re.compile(r"\[\+\d{1,9} chars\]\s*\Z")  # how NewsAPI ends the beginning of a text
_BREAKS_OFF = ("…", "...", "[…]", "[...]", "chars]")
_FULLER = 1.5  # times as long as the field that comes first
# The keys of objects that stand for one value, as {"rendered": "Pier sold"} in WordPress does for a title.
_PLAIN_KEYS = ("rendered", "main", "name", "title", "value", "text", "content", "html", "original", "$oid", "@id")
_UNPUBLISHED = frozenset({"draft", "trash", "trashed", "auto-draft", "pending", "future", "unpublished"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """How fields are read: `names` are a user's own names for fields, and `day_first` says how 03/04/2025 is meant,
    if the rows beside this one show that.
    """

    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    day_first: bool | None = None


AS_NAMED = RecordOptions()


def read_record(record: Mapping[str, object], *, place: str, options: RecordOptions = AS_NAMED) -> Article:
    """Return the article in `record`; its text is kept unchanged unless it is HTML, and `place` names it in errors.

    Raises SourceError if it has no text, is an unpublished draft, or a field is of an impossible kind.
    """
    fields = Fields(record, options)
    status = str(fields.first(field_names.STATUS) or "")
    if status.lower() in _UNPUBLISHED:
        raise SourceError(f"{place} is not published ({status}).", help="Publish it, or add its text as a file.")
    text, notices = _text(fields, place=place)
    require_length(text, place=place)
    header, unclear = read_header(fields, place=place)
    id_ = _word(fields.first(field_names.ID, "id"), "id", place=place)
    return Article.create(text, id=id_, notices=[*notices, *unclear], **header.as_fields())


def read_header(fields: Fields, *, place: str) -> tuple[Header, list[Notice]]:
    """Return what the fields say about an article besides its text, and notices of dates that are unclear.

    Raises SourceError, naming `place`, when a field is of an impossible kind.
    """
    title = _word(fields.first(field_names.TITLE, "title"), "title", place=place)
    published, notices = _day(fields, field_names.PUBLISHED, "date", place=place)
    updated, _ = _day(fields, field_names.UPDATED, "", place=place)
    if published is None and updated is not None:
        published, notices = updated, []
    source, page = _source(fields, place=place)
    header = Header(
        title=_prose(title, place=place) if title else None,
        source=source,
        author=_author(fields, place=place),
        published=published,
        updated=updated,
        url=next(filter(None, map(_address, fields.all(field_names.URL, "url"))), page) or _path(fields, place=place),
    )
    return header, notices


class Fields:
    """The fields of a record that have a value, under the names that are known for them."""

    def __init__(self, record: Mapping[str, object], options: RecordOptions = AS_NAMED) -> None:
        self.options = options
        self._values: dict[str, object] = {}
        for name, value in record.items():
            if not is_missing(value):
                self._values.setdefault(field_names.squash(str(name)), value)

    def all(self, names: tuple[str, ...], own: str = "") -> Iterator[object]:
        """Yield the values of the fields with these names, or of the one that the user named for `own`."""
        if chosen := self.options.names.get(own):
            names = (field_names.squash(chosen),)
        return (self._values[name] for name in names if name in self._values)

    @property
    def day_first(self) -> bool | None:
        """Whether 03/04/2025 is in April: by the rows beside this one, else by the language that it names."""
        if self.options.day_first is not None:
            return self.options.day_first
        return numeric_order("", language=str(self.first(field_names.LANGUAGE) or ""))

    def first(self, names: tuple[str, ...], own: str = "") -> object:
        """Return the value of the first of these fields that has one."""
        return next(self.all(names, own), None)


def _text(fields: Fields, *, place: str) -> tuple[str, list[Notice]]:
    """Return the text of an article, from the fullest field for it or else a summary, and notices of what it lacks."""
    values = list(fields.all(field_names.TEXT, "text")) or list(fields.all(field_names.RAW_TEXT))
    texts = [text for text in (_prose(value, place=place) for value in values) if text is not None]
    if values and not texts:
        raise SourceError(f"{place} has a text that is not a string.", help="Put the article's text there as a string.")
    texts = [text for text in texts if normalise(text).strip()]
    notices = []
    if not texts:
        summaries = [
            text
            for text in (_prose(value, place=place) for value in fields.all(field_names.TEASER))
            if text and normalise(text).strip()
        ]
        if not summaries:
            raise SourceError(f"{place} has no text.", help=_where_text_is(fields))
        texts = [max(summaries, key=len)]
        notices.append(Notice(kind="unread", rule="full text", text=texts[0], place=_in_file(place)))
    chosen = texts[0]
    fullest = max(texts, key=len)
    if len(fullest) > _FULLER * len(chosen) or (chosen.rstrip().endswith(_BREAKS_OFF) and len(fullest) > len(chosen)):
        chosen = fullest
    if cut := _CUT.search(chosen):
        notices.append(Notice(kind="unread", rule="rest of the text", text=cut[0].strip(), place=_in_file(place)))
        chosen = chosen[: cut.start()]
    return chosen, notices


def _where_text_is(fields: Fields) -> str:
    """Advise on a record without a text; many services name only the page."""
    page = next(filter(None, map(_address, fields.all(field_names.URL, "url"))), None)
    advice = "Give each article its text in a field named text, body or content, or name the field with --fields."
    return f"Add its page: {page}" if page else advice


def _prose(value: object, *, place: str) -> str | None:
    """Return a text, HTML as what people read of it; a list is one paragraph an item. None for anything else."""
    match value:
        case str():
            return text_of_markup(with_line_ends(value), place=place) if is_markup(value) else unescaped(value)
        case list():
            parts = [part for part in (_prose(part, place=place) for part in value) if part]
            return "\n\n".join(parts) or None
        case dict():
            return next(filter(None, (_prose(value.get(key), place=place) for key in _PLAIN_KEYS)), None)
        case _:
            return None


def _word(value: object, field: str, *, place: str) -> str | None:
    """Return a string, a number as a string, or what an object or list of one stands for; None for nothing."""
    if isinstance(value, list) and value and not isinstance(value[0], list):
        value = value[0]
    if isinstance(value, dict):
        value = next((value[key] for key in _PLAIN_KEYS if isinstance(value.get(key), str)), value)
    if value is None or isinstance(value, str):
        return None if not value or _PLACEHOLDER.fullmatch(value.strip()) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise SourceError(f"{place} has a {field} that is not a string.", help=f"Put the {field} there as a string.")


def _address(value: object) -> str | None:
    """Return the web address in a field, or a path as it is; None for the names of other things."""
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url") or value.get("value")
    if not isinstance(value, str):
        return None
    return value.strip() if _ADDRESS.fullmatch(value.strip()) else None


def _path(fields: Fields, *, place: str) -> str | None:
    """Return what stands in a field named url or link, though it is no whole address."""
    return _word(fields.first(("url", "link"), "url"), "url", place=place)


def _source(fields: Fields, *, place: str) -> tuple[str | None, str | None]:
    """Return the publisher's name, else its host, and the article's address if that stands where the name should."""
    names = [_word(value, "source", place=place) for value in fields.all(field_names.SOURCE, "source")]
    named = next((name for name in names if name and not _ADDRESS.fullmatch(name.strip())), None)
    pages = [name.strip() for name in names if name and _ADDRESS.fullmatch(name.strip())]
    page = next((page for page in pages if urlsplit(page).path.strip("/")), None)
    hosts = [*(value for value in fields.all(field_names.DOMAIN) if isinstance(value, str)), *pages]
    return unescaped(named) if named else next(filter(None, map(_host, hosts)), None), page


def _host(words: str) -> str | None:
    """Return the host of an address, or a host as it is, without "www."."""
    host = urlsplit(words.strip()).hostname if _ADDRESS.fullmatch(words.strip()) else words.strip()
    return host.removeprefix("www.") if host and _HOST.fullmatch(host) else None


def _author(fields: Fields, *, place: str) -> str | None:
    """Return the authors, joined with a comma, from the first field that names any."""
    for value in fields.all(field_names.AUTHOR, "author"):
        people = value if isinstance(value, list) else [value]
        names = [name for person in people for name in _people(person, place=place)]
        if names:
            return ", ".join(dict.fromkeys(names))
    return None


def _people(value: object, *, place: str) -> Iterator[str]:
    """Yield the names in a value: a name, names as programs list them, or an object for a person."""
    if isinstance(value, dict):
        parts = [value.get(key) for keys in _NAME_PARTS for key in keys if isinstance(value.get(key), str)]
        value = value.get("name") or " ".join(filter(None, parts)) or value
    if isinstance(value, int | float):
        return  # the number of a user, as in WordPress
    words = unescaped(_word(value, "author", place=place) or "").strip()
    if words.startswith("[") and words.endswith("]"):
        found = [single or double for single, double in _LISTED.findall(words)]
        words = ";".join(found) if found or not words.strip("[] ") else words
    for name in map(_bare_name, re.split(r";|\|", words)):
        if name and not is_missing(name) and not _ADDRESS.fullmatch(name) and not _PLACEHOLDER.fullmatch(name):
            yield name


def _bare_name(words: str) -> str:
    """Return the names in "By Ann Lee" and "desk@gazette.example (Ann Lee)", and others as they are."""
    words = words.strip()
    if byline := re.fullmatch(r"by:?\s+(\S.*)", words, re.IGNORECASE):
        return bylines.read_names(byline[1]).author or byline[1]
    mail = re.fullmatch(r"[^\s@]+@\S+\s+\((.+)\)", words)  # as feeds write authors
    name = bylines.without_place(mail[1] if mail else words)  # "Ann Lee in Paris"
    return name if bylines.is_name(name) else mail[1] if mail else words


_NAME_PARTS = (
    ("first", "firstName", "first_name", "firstname", "given"),
    ("last", "lastName", "last_name", "lastname", "family"),
)


def _day(fields: Fields, names: tuple[str, ...], own: str, *, place: str) -> tuple[dt.date | None, list[Notice]]:
    """Return the day that the first of these fields names, else None and a notice of the first that is unclear."""
    notices: list[Notice] = []
    for value in fields.all(names, own):
        found = value[0] if isinstance(value, list) and value else value
        if isinstance(found, dict):
            found = found.get("$date", found)
        if isinstance(found, str | int | float) and not isinstance(found, bool):
            try:
                return parse_date(found, day_first=fields.day_first), notices
            except ValueError:
                pass
        notices.append(Notice(kind="unread", rule="date", text=_shown(value), place=_in_file(place)))
    return None, notices[:1]


def _in_file(place: str) -> str:
    """Return "line 6" for "news.csv, line 6"."""
    found = re.search(r"\b(?:line|item) \S+\Z", place)
    return found[0] if found else ""


def _shown(value: object) -> str:
    """Return a value short enough for a message."""
    text = " ".join(
        (
            value if isinstance(value, str) else type(value).__name__ if isinstance(value, dict | list) else str(value)
        ).split()
    )
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - half a line

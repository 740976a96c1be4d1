"""Many articles in one text, as newspaper databases export them: Nexis, Factiva, ProQuest."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.notices import Notice
from index.sources.limits import require_length
from index.sources.metadata import bylines
from index.sources.metadata.dates import parse_date, read_date_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

# What begins or ends a document.
_NEXIS_BEGINS = re.compile(r"[ \t]*(?:Document )?\d{1,5} of \d{1,5}(?: DOCUMENTS?)?[ \t]*", re.IGNORECASE)
_NEXIS_ENDS = re.compile(r"[ \t]*End of Document[ \t]*", re.IGNORECASE)
_FACTIVA_ENDS = re.compile(r"[ \t]*Document [A-Za-z]{2,12}\d[A-Za-z0-9]{12,30}[ \t]*")
_LABEL = re.compile(r"(?<![ \t])[ \t]*+(?P<name>[A-Za-z][A-Za-z -]{2,24}):(?P<value>.*)")
_ABOVE = frozenset(
    """
    byline section length highlight dateline title headline author source publication publication-title publication-date
    date first-page pages volume issue edition url links
    """.split()
)
_BELOW = frozenset(
    """
    load-date language publication-type journal-code graphic subject classification document-type geographic company
    organization person industry country state city ticker copyright issn publisher-id last-updated database
    proquest-document-id document-url
    """.split()
)
_BODY = re.compile(r"[ \t]*(?:Body|Full text:?|Abstract:)[ \t]*", re.IGNORECASE)
_FULL_TEXT = re.compile(r"[ \t]*Full text:[ \t]*(?P<text>\S.*)", re.IGNORECASE)
_COPYRIGHT = re.compile(r"[ \t]*(?:copyright\b|©|\(c\)).*|[ \t]*all rights reserved\.?[ \t]*", re.IGNORECASE)
_WORDS = re.compile(r"[ \t]*[\d,.]{1,9} words[ \t]*")
_CODE = re.compile(r"[ \t]*(?:[A-Z0-9]{3,10}|English|German|French|Spanish|Italian|Dutch|Portuguese)[ \t]*")
_RULE = re.compile(r"[ \t]*[_=*-]{10,}[ \t]*")
_LEAST = 2  # articles
_HEADER = 40  # lines above a text
_LONGEST_TITLE = 200
_TITLE_WORDS = 15


def documents_in(text: str) -> list[str]:
    """Return the documents of an export, each with its fields and its text; none if the text is not one."""
    lines = text.replace("\r\n", "\n").split("\n")
    for begins, ends in ((_NEXIS_BEGINS, None), (None, _NEXIS_ENDS), (None, _FACTIVA_ENDS)):
        found = _split(lines, begins=begins, ends=ends)
        if len(found) >= _LEAST:
            return found
    return []


def read_documents(
    documents: list[str], *, origin: str, notices: Iterable[Notice] = ()
) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each document of an export; `notices` are about the whole of it."""
    for number, document in enumerate(documents, 1):
        try:
            article = _read(document, place=f"{origin}, document {number}")
            yield dataclasses.replace(article, notices=(*notices, *article.notices))
        except SourceError as error:
            yield error


def _split(lines: list[str], *, begins: re.Pattern[str] | None, ends: re.Pattern[str] | None) -> list[str]:
    """Return what stands below each line that begins a document, or above each that ends one."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if (begins and begins.fullmatch(line)) or (ends and ends.fullmatch(line)):
            parts.append([])
        else:
            parts[-1].append(line)
    documents = ["\n".join(part).strip("\n") for part in parts]
    # Above the first document stands what was searched for, below the last nothing.
    wanted = documents[1:] if begins else documents[:-1]
    return [document for document in wanted if document.strip()] if len(parts) > _LEAST else []


class _Document:
    """The lines of a document, sorted into fields, other lines above the text, and the text."""

    def __init__(self, document: str) -> None:
        lines = [line for line in document.split("\n") if not _RULE.fullmatch(line)]
        self.fields: dict[str, str] = {}
        self.left_out: list[str] = []
        above = self._end_of_header(lines)
        below = self._start_of_trailer(lines, above)
        self.header = [line.strip() for line in lines[:above] if line.strip() and self._is_plain(line)]
        for line in lines[below:]:
            if line.strip():
                self._is_plain(line)
                self.left_out.append(line.strip())
        text = "\n".join(line.rstrip() for line in lines[above:below])
        full = _FULL_TEXT.match(text.lstrip("\n"))
        self.text = text.lstrip("\n")[full.start("text") :] if full else text
        self.text = re.sub(r"\n{3,}", "\n\n", self.text).strip("\n")

    def _is_plain(self, line: str) -> bool:
        """Note a line with a label as a field; return whether it has none."""
        label = _label_of(line)
        if label is None:
            return _BODY.fullmatch(line) is None
        match = _LABEL.fullmatch(line)
        self.fields.setdefault(label, match["value"].strip() if match else "")
        return False

    def _end_of_header(self, lines: list[str]) -> int:
        """Return the number of the first line of the text."""
        end = 0
        is_dated = False
        has_fields = False  # below the day
        last = max((number for number, line in enumerate(lines) if _is_text(line)), default=0)
        for number, line in enumerate(lines[:_HEADER]):
            if _BODY.fullmatch(line):
                return number + 1
            if _FULL_TEXT.fullmatch(line):
                return number
            is_day = not is_dated and _is_day(line)
            if _label_of(line) in _ABOVE or is_day or (_COPYRIGHT.fullmatch(line) and number < last):
                end = number + 1
                has_fields = has_fields or is_dated
            elif _label_of(line) in _BELOW or _is_paragraph(line, is_short=has_fields):
                break
            is_dated = is_dated or is_day
        # An old export has its title below the day, and nothing else.
        if end and _is_day(lines[end - 1]):
            title = next((n for n in range(end, len(lines)) if lines[n].strip()), end)
            end = title + 1
        return end

    def _start_of_trailer(self, lines: list[str], above: int) -> int:
        """Return the number of the first line below the text."""
        for number in range(above, len(lines)):
            if _label_of(lines[number]) in _BELOW or _COPYRIGHT.fullmatch(lines[number]):
                return number
        return len(lines)


def _is_text(line: str) -> bool:
    is_other = _label_of(line) is not None or _COPYRIGHT.fullmatch(line) or _BODY.fullmatch(line)
    return bool(line.strip()) and not is_other


def _is_paragraph(line: str, *, is_short: bool) -> bool:
    """Return whether a line is longer than a title, or, if one may be short, ends as a sentence does."""
    words = line.split()
    is_sentence = line.rstrip("\"'”’) ").endswith((".", "!", "?"))
    is_long = sum(map(len, words)) > _LONGEST_TITLE or (is_sentence and (is_short or len(words) > _TITLE_WORDS))
    return is_long and _label_of(line) is None


def _label_of(line: str) -> str | None:
    """Return the name of a field at the beginning of a line, in lower case with hyphens; None if there is none."""
    match = _LABEL.fullmatch(line)
    name = "-".join(match["name"].lower().split()) if match else ""
    return name if name in _ABOVE or name in _BELOW else None


def _is_day(line: str) -> bool:
    dated = read_date_line(line.strip()) if len(line.strip()) < _LONGEST_DAY else None
    return dated is not None and bool(dated.published) and not dated.words


_LONGEST_DAY = 60


def _read(document: str, *, place: str) -> Article:
    """Return the article in a document. Raises SourceError if it has no text."""
    found = _Document(document)
    if not found.text.strip():
        raise SourceError(f"{place} has no text.", help="Export it again with its full text.")
    require_length(found.text, place=place)
    title, source, byline, day, rest = _sort_header(found.header)
    fields = found.fields
    given = fields.get("byline") or fields.get("author") or byline or ""
    given = _in_order(re.sub(r"^by\s+", "", given, flags=re.IGNORECASE))
    named = fields.get("publication-title") or fields.get("publication") or fields.get("source") or source or ""
    other = [line for line in [*rest, *found.left_out] if line]
    other += [f"{name}: {value}" for name, value in fields.items() if value and name in _ABOVE - _USED]
    notices = [Notice(kind="left_out", rule="database export: other fields", text="\n".join(other))] if other else []
    return Article.create(
        found.text,
        title=fields.get("title") or fields.get("headline") or title,
        source=named.partition(";")[0].partition(" (")[0] or None,  # "The Bay Gazette (London)", "...; London"
        author=bylines.read_names(given).author or given or None,
        published=day or _day(fields.get("publication-date") or fields.get("date")),
        url=fields.get("url"),
        notices=notices,
    )


def _in_order(names: str) -> str:
    """Return "Ann Lee, Bo Chan" for "Lee, Ann; Chan, Bo", and other names as they are."""
    people = [name.split(",") for name in names.split(";")]
    if not all(len(parts) == 2 and len(parts[0].split()) == 1 for parts in people):  # noqa: PLR2004 - surname and others
        return names
    return ", ".join(f"{given.strip()} {surname.strip()}" for surname, given in people)


_USED = frozenset(
    {
        "byline",
        "author",
        "title",
        "headline",
        "source",
        "publication",
        "publication-title",
        "publication-date",
        "date",
        "url",
    }
)


def _sort_header(lines: list[str]) -> tuple[str | None, str | None, str | None, dt.date | None, list[str]]:
    """Return title, publisher, byline and day from the lines above a text, and the other lines."""
    rest: list[str] = []
    plain: list[str] = []
    day = None
    day_after = count_after = 0
    for line in lines:
        if day is None and _is_day(line):
            day, day_after = _day_in(line), len(plain)
        elif _WORDS.fullmatch(line):
            count_after = len(plain)
            rest.append(line)
        elif _COPYRIGHT.fullmatch(line) or (plain and _CODE.fullmatch(line)):
            rest.append(line)
        else:
            plain.append(line)
    before, after = plain[:day_after], plain[day_after:]
    if count_after:  # Factiva: title, byline, number of words, day, publisher
        byline = before[1] if len(before) > 1 else None
        return before[0], after[0] if after else None, byline, day, [*rest, *before[2:], *after[1:]]
    if len(before) == 1 and after:  # Nexis, formerly: publisher, day, title
        return after[-1], before[0], None, day, [*rest, *after[:-1]]
    title = before[0] if before else (after[0] if after else None)
    source = before[1] if len(before) > 1 else None
    return title, source, None, day, [*rest, *before[2:], *(after if before else after[1:])]


def _day_in(line: str) -> dt.date | None:
    dated = read_date_line(line)
    return dated.published if dated else None


def _day(value: str | None) -> dt.date | None:
    try:
        return parse_date(value) if value else None
    except ValueError:
        return None

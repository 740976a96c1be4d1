"""The lines above an article: its title, byline, source and dates, as printed by sites and pasted by people."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from index.sources.metadata import bylines, dates
from index.sources.text.furniture import is_furniture, tells

if TYPE_CHECKING:
    import datetime as dt

    from index.article import Article

_REGION = 14  # lines with words; no site prints more above its first paragraph
_ABOVE_FIRST_MARK = 4  # section, title, standfirst, bare name
_LOOSE = 2  # a standfirst and a caption may stand inside the header
_TITLE_LENGTH = 200
_SHORT_TITLE = 80  # which may be two sentences: "The wall fell. Nobody listened."
_PROSE_LENGTH = 300
_MARK_LENGTH = 160
_SECTION_WORDS = 2
_FIRST_PAGES = 1994

_LABELLED = re.compile(
    r"(?:(?P<title>title|headline|titel|titre|título|titolo)|(?P<author>authors?|byline)"
    r"|(?P<source>source|publisher|publication|quelle|fuente|fonte)|(?P<url>url|link))\s*:\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
_NUMERIC_DATE = re.compile(r"\b\d{1,2}([/.-])\d{1,2}\1\d{4}")
_READING_TIME = re.compile(r"\d+[\s-]*min(?:ute)?s?[\s-]*(?:read|listen|watch)", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?:(?<!\s)\s++)?+[|•·]\s*+|(?<!\s)\s++[–—-]\s++")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif)\b|//(?:t\.co|pic\.)", re.IGNORECASE)
_SENTENCES = re.compile(r"[a-z0-9)”\"’][.!?][”\"’)]?\s+[^\Wa-z]")  # one ends and another begins
_REPORTED_FROM = re.compile(r"\breport(?:ed|ing)(?: \w+)? from [^\W\d_a-z]")
# "LONDON, May 6 (Reuters) - " stays in the text, as it says where; "(CNN) — " says no more than `source`.
_DATELINE = re.compile(
    r"(?P<place>[^\Wa-z][^()a-z\n]{1,40}(?:,[^()\n]{1,20})?)?\((?P<source>[\w .]{2,30})\)\s*+[-–—]*+\s*+"
)
_BARE_DATELINE = re.compile(r"(?P<source>[A-Za-z]{2,10})\s+[–—]\s+")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known about an article besides its text; None means unknown."""

    title: str | None = None
    source: str | None = None
    author: str | None = None
    url: str | None = None
    published: dt.date | None = None
    updated: dt.date | None = None

    def filled_from(self, other: Header) -> Header:
        """Return this header with its gaps filled from `other`."""
        known = other.as_fields() | {name: value for name, value in self.as_fields().items() if value}
        return Header(**known)

    def as_fields(self) -> dict[str, Any]:
        """Return what is known by the names of an article's fields."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


def header_of(article: Article) -> Header:
    """Return what an article says about itself."""
    return Header(**{field.name: getattr(article, field.name) for field in dataclasses.fields(Header)})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line with words near the top; `mark` is its meaning if it is nothing but metadata."""

    number: int
    text: str
    gap_above: bool
    gap_below: bool
    mark: Header | None
    date: dates.DateLine | None = None
    is_bare_date: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the line cannot be a part of the text: it has a byline, or a label before its date."""
        has_names = self.mark is not None and bool(self.mark.author or self.mark.source)
        return has_names or (self.date is not None and self.date.is_labelled)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """What the lines above an article say, the text without those lines, and the dates that cannot be read for sure."""

    header: Header
    body: str
    unclear: tuple[str, ...] = ()


def split_header(text: str, known: Header) -> tuple[Header, str]:
    """Return `known` with gaps filled from the lines above the article, and the text without those lines."""
    above = read_above(text, known)
    return above.header, above.body


def read_above(text: str, known: Header, *, language: str = "") -> Above:
    """Read the lines above the article and fill the gaps in `known` from them.

    Only lines that are nothing but metadata are taken; a standfirst and other prose between them stay, and so does what
    says something else than is known. A line counts as the title only if a byline, a date or a blank line follows.
    `language` is that of the text ("en-US"), if its source says so.
    """
    lines = text.split("\n")
    top = _read_top(lines, text, language)
    title = _find_title(top, known)
    taken = _take(top, title, known)
    found = known
    if title is not None:
        found = found.filled_from(Header(title=top[title].text))
    read = [top[index].date for index in taken]
    first = next((date.published for date in read if date and date.is_first), None)
    found = found.filled_from(Header(published=first))
    for part in taken.values():
        found = found.filled_from(part)
    updated = next((date.updated for date in read if date and date.updated), None)
    numbers = {top[index].number for index in taken}
    rest = "\n".join(line for number, line in enumerate(lines) if number not in numbers).strip("\n")
    source, body = _cut_dateline(rest)
    found = found.filled_from(Header(published=updated, updated=updated, source=source))
    unclear = tuple(date.unclear for date in read if date and date.unclear) if not found.published else ()
    return Above(header=found, body=body, unclear=unclear)


def _read_top(lines: list[str], text: str, language: str) -> list[_Line]:
    """Return the first lines that have words, each with its meaning."""
    numbers = [number for number, line in enumerate(lines) if line.strip()][: _REGION + 1]
    # Bare dates that recur head the parts of a timeline, and none is the article's own.
    is_timeline = sum(dates.is_date(line.strip()) for line in lines) > 1
    day_first = dates.numeric_order(text, language=language) if _has_numeric_date(lines, numbers) else None
    top: list[_Line] = []
    previous = -1
    for number, following in zip(numbers, [*numbers, len(lines)][1:], strict=True):
        words = lines[number].strip()
        is_label_above = bool(top) and dates.is_date_label(top[-1].text)
        labelled = f"{top[-1].text} {words}" if is_label_above else words
        line = _Line(
            number=number, text=labelled, gap_above=number > previous + 1, gap_below=following > number + 1, mark=None
        )
        line = _read_line(line, is_first=not top, day_first=day_first)
        if line.is_bare_date and (is_timeline or _is_long_ago(line)):
            line = dataclasses.replace(line, mark=None, date=None)
        top.append(dataclasses.replace(line, text=words))
        previous = number
    return _with_names_above_roles(top)[:_REGION]


def _with_names_above_roles(top: list[_Line]) -> list[_Line]:
    """Return the lines with a mark at each name that stands right above a role or a publisher, and at the latter.

    So do broadcasters sign: "Ann Lee", below it "Europe correspondent" or "BBC News".
    """
    marked = list(top)
    for index in range(1, len(top) - 1):
        name, below = top[index], top[index + 1]
        is_close = not name.gap_below or marked[index - 1].date is not None
        if name.mark or below.mark or not is_close or bylines.is_publisher(name.text):
            continue
        byline = bylines.read_names(name.text)
        beside = bylines.read_names(below.text)
        is_sure = bylines.is_role(below.text) or bylines.is_agency((beside.source or "").removesuffix(" News"))
        if byline.author and is_sure and not beside.author:
            marked[index] = dataclasses.replace(name, mark=Header(author=byline.author))
            marked[index + 1] = dataclasses.replace(below, mark=Header(source=beside.source))
    return marked


def _has_numeric_date(lines: list[str], numbers: list[int]) -> bool:
    return any(_NUMERIC_DATE.search(lines[number]) for number in numbers)


def _is_long_ago(line: _Line) -> bool:
    """Return whether a date alone on a line is of a time when no pages were published: it heads a part of a story."""
    return line.date is not None and line.date.published is not None and line.date.published.year < _FIRST_PAGES


def _read_line(line: _Line, *, is_first: bool, day_first: bool | None) -> _Line:
    """Read one line; it is a mark only if each part of it is a date, a byline, a publisher or the like."""
    text = line.text
    if len(text) > _MARK_LENGTH:
        return line
    if special := _read_labelled(text):
        return dataclasses.replace(line, mark=special)
    dated = dates.read_date_line(text, day_first=day_first)
    header = Header(published=dated.published) if dated else Header()
    parts = [part for part in _SEPARATOR.split(dated.words if dated else text) if part.strip(" ,")]
    for part in parts:
        read = _read_part(part.strip(" ,"), is_beside=dated is not None or len(parts) > 1, is_first=is_first)
        if read is None:
            return line
        header = header.filled_from(read)
    if not dated:
        return dataclasses.replace(line, mark=header) if parts else line
    is_bare = not parts and not dated.is_labelled
    return dataclasses.replace(line, mark=header, date=dated, is_bare_date=is_bare)


def _read_labelled(text: str) -> Header | None:
    """Read a line such as "Author: Ann Lee", a link on its own, or a date label on its own."""
    if dates.is_date_label(text):
        return Header()
    if _LINK.fullmatch(text):
        return None if _PICTURE.search(text) else Header(url=text)
    match = _LABELLED.fullmatch(text)
    if not match:
        return None
    value = match["value"].strip()
    if not match["title"] and tells(value):
        return None
    match next(name for name in ("title", "author", "source", "url") if match[name]):
        case "title":
            header = Header(title=value)
        case "url":
            header = Header(url=value if _LINK.fullmatch(value) else None)
        case "author":
            header = Header(author=bylines.read_names(value.removeprefix("By ")).author or value)
        case _:
            header = Header(source=value)
    return header


def _read_part(part: str, *, is_beside: bool, is_first: bool) -> Header | None:
    """Read a byline or a reading time; beside one or a date, also a bare publisher or role."""
    if byline := bylines.find_byline(part, is_title_above=not is_first):
        return Header(author=byline.author, source=byline.source)
    if _READING_TIME.fullmatch(part):
        return Header()
    if is_beside and bylines.is_publisher(part):
        return Header(source=part)
    return None


def _find_title(top: list[_Line], known: Header) -> int | None:
    """Return which line is the title, if one certainly is."""
    if known.title or any(line.mark and line.mark.title for line in top):
        wanted = _folded(known.title or "")
        return next((index for index, line in enumerate(top[:5]) if _folded(line.text) == wanted), None)
    start = next((i for i, line in enumerate(top) if not line.mark and not is_furniture(line.text)), len(top))
    end = next((i for i in range(start, len(top)) if top[i].mark), None)
    if end is not None and end - start <= _ABOVE_FIRST_MARK:
        return _find_title_above(top, range(start, end))
    if start + 1 < len(top) and top[start].gap_below and _could_be_title(top[start].text):
        # A heading right below the title is as short as one.
        is_heading = start + 2 < len(top) and top[start + 1].gap_below and _could_be_title(top[start + 1].text)
        below = top[start + 2 if is_heading else start + 1].text
        if len(below) > len(top[start].text) or below.endswith((".", "!", "?", "”", '"')):
            return start
    return None


def _find_title_above(top: list[_Line], span: range) -> int | None:
    """Return the title among the lines above a byline or date."""
    names = _names(top)
    # Above a byline a title may also be a quotation or a sentence.
    is_sure = any(line.is_sure for line in top[span.stop : span.stop + 2]) or _is_signed(top, span)
    candidates = [
        index
        for index in (span[:-1] if _is_signed(top, span) else span)
        if (_could_be_title(top[index].text) or (is_sure and _could_be_sentence(top[index].text)))
        and top[index].text not in names
        and not bylines.is_publisher(top[index].text)
    ]
    if not candidates or any(len(top[index].text) > _PROSE_LENGTH for index in span):
        return None
    # One or two words above a longer line name the section ("World news"), not the article.
    longer = [index for index in candidates if len(top[index].text.split()) > _SECTION_WORDS]
    return (longer or candidates)[0]


def _is_signed(top: list[_Line], span: range) -> bool:
    """Return whether the last of these lines is a name, as above a date."""
    return len(span) > 1 and bylines.read_names(bylines.without_place(top[span.stop - 1].text)).author is not None


def _could_be_title(text: str) -> bool:
    """Return whether a line is short and not a sentence."""
    bare = text.rstrip("\"'”’)]")
    return 0 < len(bare) <= _TITLE_LENGTH and not bare.endswith((".", ",", ";", ":", "…")) and bare[0] not in '“"—–-'


def _could_be_sentence(text: str) -> bool:
    """Return whether a line is one short sentence or quotation, as some titles are."""
    return (
        len(text) <= _TITLE_LENGTH
        and (len(text) <= _SHORT_TITLE or _SENTENCES.search(text) is None)
        and text[0] not in "—–-"
        and text[-1] not in ",;:"
    )


def _take(top: list[_Line], title: int | None, known: Header) -> dict[int, Header]:
    """Go down from the top and return the lines that are not part of the text, with their meanings.

    This stops where the article begins: at the first prose with no metadata below it.
    """
    names = _names(top)
    last_mark = max((index for index, line in enumerate(top) if line.mark), default=-1)
    taken: dict[int, Header] = {}
    loose = 0
    is_marked = False
    found = known
    for index, line in enumerate(top):
        is_below_title = title is not None and index > title
        is_section = title is not None and index < title and len(line.text.split()) <= _SECTION_WORDS
        read = line.mark if index != title else None
        read = read or _read_beside(top, index, found, is_titled=is_below_title)
        if read is not None and _contradicts(line, read, found):
            # Another byline or date than the article's own: the heading of a part, or of another article.
            if is_marked or index > last_mark - 1:
                break
            continue
        if read is not None:
            taken[index] = read
            found = found.filled_from(read)
            is_marked = is_marked or is_below_title
        elif index == title or line.text in names or is_section:
            taken[index] = Header()
        elif is_furniture(line.text):
            continue  # left to `cleaning`, which tells what it drops
        elif is_marked and index < last_mark and _REPORTED_FROM.search(line.text):
            continue  # a sentence of its own between byline and date
        elif title is not None and not is_marked and index < last_mark and loose < _LOOSE:
            loose += 1  # a standfirst; below the byline the same is the first paragraph
        else:
            break
    return taken


def _contradicts(line: _Line, read: Header, found: Header) -> bool:
    """Return whether a line names other authors than are known, or bears another date without saying of what."""
    if read.author and found.author:
        words = set(_folded(read.author).replace(",", " ").split())
        if not words.intersection(_folded(found.author).replace(",", " ").split()):
            return True
    if line.is_bare_date and read.published and found.published:
        return abs((read.published - found.published).days) > 1
    return False


def _read_beside(top: list[_Line], index: int, found: Header, *, is_titled: bool) -> Header | None:
    """Read a line that is metadata only because of where it stands."""
    line, text = top[index], top[index].text
    below = top[index + 1] if index + 1 < len(top) else None
    above = top[index - 1] if index else None
    if below and re.fullmatch(r"[\s–—-]+", below.text) and re.fullmatch(r"[\w .]{2,40}", text):
        return Header(source=text)  # "CNN" over a dash of its own, as its pages are pasted
    if not is_titled or above is None:
        return None
    is_under_names = bool(above.mark and above.mark.author) or above.text in _names(top) or bylines.is_role(above.text)
    is_among_marks = is_under_names or bool(above.mark) or bool(below and below.mark)
    publisher = bylines.read_names(text).source if bylines.read_names(text).author is None else None
    if publisher and (not found.source or found.source == publisher):
        is_close = not line.gap_above or bool(below and below.mark)
        if bylines.is_agency(publisher) or (is_among_marks and is_close):
            return Header(source=publisher)
    if bylines.is_role(text) and is_under_names and (not line.gap_above or bool(below and below.mark)):
        return Header()
    if found.author or _names(top):
        return None
    author = bylines.read_names(text.replace(" | ", ", ")).author
    is_dated = bool(below and below.mark and below.mark.published) or bool(
        above.date and below and (bylines.is_role(below.text) or bylines.read_names(below.text).source)
    )
    is_over_role = bool(below and not line.gap_below and bylines.is_role(below.text))
    return Header(author=author) if author and (is_dated or is_over_role) else None


def _names(top: list[_Line]) -> set[str]:
    """Return the names that the bylines give."""
    return {name for line in top if line.mark and line.mark.author for name in line.mark.author.split(", ")}


def _cut_dateline(text: str) -> tuple[str | None, str]:
    """Return the agency that the first words name, as "LONDON (Reuters) - " does, and the text.

    The words themselves are cut only when they hold nothing else.
    """
    if match := _BARE_DATELINE.match(text):
        return (match["source"], text[match.end() :]) if bylines.is_agency(match["source"]) else (None, text)
    match = _DATELINE.match(text)
    if not match or not (bylines.is_agency(match["source"]) or bylines.is_publisher(match["source"])):
        return None, text
    return match["source"], text if match["place"] else text[match.end() :]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()

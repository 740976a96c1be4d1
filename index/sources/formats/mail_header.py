"""What a message states about itself in its header, and above a text that was passed on: who, what, when."""

from __future__ import annotations

import contextlib
import email.errors
import email.header
import email.utils
import re
from typing import TYPE_CHECKING

from index.sources.formats.text import title_from_name
from index.sources.metadata import bylines
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    import datetime as dt
    from email.message import Message

_WEB_LINK = re.compile(r"https?://[^\s<>]+")
_VIA = re.compile(r"(?P<author>\S.{1,60}?)\s(?:from|at|via|of|\|)\s(?P<source>\S.{1,60})")
_LISTED = re.compile(
    r"(?P<last>[^\W\d_][\w'’-]{1,40}), (?P<first>[^\W\d_][\w.'’ -]{1,40}?)(?: \((?P<source>[^()]{2,60})\))?"
)
# Mailboxes of an office and not of a person.
_SHARED = frozenset(
    """
    alerts briefing contact daily digest editor editors feedback hello hey hi info mail mailer morning news newsdesk
    newsletter newsletters newsroom no-reply nobody noreply office press redaktion reply support team today
    updates weekly
    """.split()
)
_FORWARDED = re.compile(
    r"(?:-{2,20} ?(?:Forwarded message|Original Message) ?-{2,20}|Begin forwarded message:)\s{1,20}"
    r"(?P<lines>(?:(?:From|To|Cc|Date|Sent|Subject|Reply-To): [^\n]{1,1000}\n{1,2}){2,8})"
)
_FORWARDED_LINE = re.compile(r"^(From|Date|Sent|Subject): ([^\n]{1,1000})", re.MULTILINE)
_CLOCK = re.compile(r"(?:,? at)? \d{1,2}[:.]\d{2}.{0,40}")


def header_of_message(message: Message, *, origin: str) -> Header:
    """Return what the message states about itself."""
    author, source = _sender(words_of(message.get("From")) or "")
    archived = _WEB_LINK.search(words_of(message.get("Archived-At")) or "")
    return Header(
        title=words_of(message.get("Subject")) or title_from_name(origin),
        author=author,
        source=source,
        published=_day(message.get("Date")),
        url=archived[0] if archived else None,
    )


def _sender(written: str) -> tuple[str | None, str | None]:
    """Return the author and the source that a sender stands for: a person, a publisher, or one at the other."""
    name, address = email.utils.parseaddr(written)
    name = name.strip(" '\"")
    mailbox, _, domain = address.partition("@")
    domain = domain.strip(" >")
    if listed := _LISTED.fullmatch(name):
        return f"{listed['first']} {listed['last']}", listed["source"] or domain or None
    via = _VIA.fullmatch(name)
    if via and bylines.is_name(via["author"]):
        return via["author"], via["source"]
    is_shared = mailbox.lower() in _SHARED or name.lower().startswith("the ")
    if name and bylines.is_name(name) and not bylines.is_publisher(name) and not is_shared:
        return name, domain or None
    return None, name or domain or None


def without_forwarding(text: str, known: Header) -> tuple[str, Header]:
    """Return a text without the lines above it that state whose message is passed on, and what they state."""
    found = _FORWARDED.match(text)
    if found is None:
        return text, known
    stated = {line[1].lower(): line[2].strip() for line in _FORWARDED_LINE.finditer(found["lines"])}
    author, source = _sender(stated.get("from", ""))
    day = None
    with contextlib.suppress(ValueError):
        day = parse_date(_CLOCK.sub("", stated.get("date") or stated.get("sent") or ""))
    original = Header(title=stated.get("subject"), author=author, source=source, published=day)
    passed_on = Header(title=known.title, published=known.published, url=known.url)
    return text[found.end() :], original.filled_from(passed_on)


def _day(value: object) -> dt.date | None:
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        return email.utils.parsedate_to_datetime(str(value)).date() if value else None
    return None


def words_of(value: object) -> str | None:
    """Return the words of a header on one line, however they are encoded."""
    if value is None:
        return None
    try:
        text = str(email.header.make_header(email.header.decode_header(str(value)[:10_000])))
    except (ValueError, LookupError, email.errors.MessageError, AssertionError, TypeError):
        text = str(value)[:10_000]
    return " ".join(text.split()) or None

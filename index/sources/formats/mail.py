"""E-mail: messages (.eml) and mailboxes (.mbox); a message is an article, and so is each readable attachment."""

from __future__ import annotations

import binascii
import contextlib
import email
import email.errors
import email.header
import email.utils
import io
import re
from email.message import Message
from typing import TYPE_CHECKING, BinaryIO

from index.errors import SourceError
from index.sources.formats.format import Format, InnerFile
from index.sources.formats.mail_header import header_of_message, without_forwarding, words_of
from index.sources.formats.text import compose
from index.sources.text.decoding import decode
from index.sources.text.markup import text_of_markup
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from index.article import Article
    from index.sources.limits import Limits

# Parts that belong to the look or the transport of a message, and hold no text.
_MUTE = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "text/calendar",
    "text/css",
    "application/pgp-",
    "application/pkcs7-sig",
)
_SECRET = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_FIELD = re.compile(rb"[A-Za-z][\w-]{1,60}:")
_KNOWN_FIELDS = re.compile(
    rb"^(?:from|to|subject|date|message-id|mime-version|content-type|received|return-path|delivered-to):",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 4096
_WEB_LINK = re.compile(r"https?://[^\s<>]+")
_MOST_LINE = 2**20
_MOST_PARTS = 1_000
_PLAIN_SHARE = 2  # a plain part with more than twice the text is the better one


def read_message(data: bytes, *, origin: str, limits: Limits) -> Iterator[Article | InnerFile | SourceError]:
    """Yield the article in a message, and its attachments: its formatted text, else its plain text.

    Raises SourceError if there is neither text nor attachment in it.
    """
    message = _parsed(data, origin=origin)
    parts = _leaves(message, origin=origin)
    text, attached = _body(parts, origin=origin), [part for part in parts if _is_attached(part)]
    if text.strip():
        text, known = without_forwarding(text.lstrip(), header_of_message(message, origin=origin))
        yield compose(text, known, origin=origin, is_page=not limits.keep_furniture)
    elif not attached:
        secret = any(part.get_content_type() in _SECRET for part in (message, *parts))
        raise SourceError(
            f"{origin} is encrypted." if secret else f"{origin} contains no article text.",
            help="Save the text as a .txt file." if secret else "Check that it is the right message.",
        )
    for number, part in enumerate(attached, 1):
        yield _member(part, number)


def read_mailbox(stream: BinaryIO, *, origin: str, limits: Limits) -> Iterator[InnerFile | SourceError]:
    """Yield the messages of a mailbox, reading one at a time. Raises SourceError if it is none."""
    lines: list[bytes] = []
    size = number = 0
    is_after_gap = True
    while line := stream.readline(_MOST_LINE):
        if is_after_gap and line.startswith(b"From "):
            if number:
                yield _message(lines, size, number, origin=origin, limits=limits)
            lines, size, number = [], 0, number + 1
        elif number:
            size += len(line)
            if size <= limits.max_bytes:
                lines.append(line[1:] if re.match(rb">{1,99}From ", line) else line)
        elif line.strip():
            break
        is_after_gap = not line.strip()
    if not number:
        raise SourceError(f"{origin} is not a mailbox.", help="Export it as mbox, or save its messages as .eml files.")
    yield _message(lines, size, number, origin=origin, limits=limits)


def _message(lines: list[bytes], size: int, number: int, *, origin: str, limits: Limits) -> InnerFile | SourceError:
    name = f"message {number}"
    if size > limits.max_bytes:
        return SourceError(
            f"{origin}/{name} is larger than {in_words(limits.max_bytes)}.",
            help="Raise DATELINE_MAX_FILE_MB if you need it.",
        )
    data = b"".join(lines)
    # The number alone would let another message take its place when the mailbox has changed.
    found = re.search(rb"^message-id:\s{0,9}<?([^\s<>]{1,200})", data[:_MOST_LINE], re.IGNORECASE | re.MULTILINE)
    label = f"{name} {found[1].decode('ascii', 'replace').replace('/', '_')}" if found else name
    return InnerFile(name=label, stream=io.BytesIO(data), media_type="message/rfc822")


def find_page(data: bytes, *, origin: str) -> tuple[bytes, str | None, str | None, str | None]:
    """Return the page in a web archive (MHTML): its bytes, encoding, address, and title.

    Raises SourceError if there is none.
    """
    message = _parsed(data, origin=origin)
    page = next((part for part in _leaves(message, origin=origin) if part.get_content_type() in _PAGES), None)
    if page is None:
        raise SourceError(f"{origin} holds no web page.", help="Save the page again, as HTML.")
    address = page.get("Content-Location") or message.get("Snapshot-Content-Location") or ""
    return (
        _payload(page),
        page.get_content_charset(),
        address if address.lower().startswith(("http://", "https://")) else None,
        words_of(message.get("Subject")),
    )


_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def is_message(head: bytes) -> bool:
    """Return whether the bytes begin like the header of a message."""
    header = head[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _FIELD.match(header) is not None and len(_KNOWN_FIELDS.findall(header)) > 1


def _parsed(data: bytes, *, origin: str) -> Message:
    try:
        message = email.message_from_bytes(data)
    except (ValueError, RecursionError, email.errors.MessageError, IndexError, AttributeError, TypeError):
        raise _broken(origin) from None
    if not message.keys():
        raise _broken(origin)
    return message


def _broken(origin: str) -> SourceError:
    return SourceError(f"{origin} is not a readable message.", help="Save the message again, or its text as .txt.")


def _leaves(message: Message, *, origin: str) -> list[Message]:
    """Return the parts that hold something, in order, the best of those that say the same; messages are not entered."""
    found: list[Message] = []
    waiting = [message]
    steps = 0
    while waiting:
        part = waiting.pop()
        steps += 1
        if steps > _MOST_PARTS:
            raise SourceError(f"{origin} has more than {_MOST_PARTS:,} parts.", help="Save its text as a .txt file.")
        inner = _inner(part)
        if not inner or part.get_content_type().startswith("message/"):
            found.append(part)
        elif part.get_content_type() == "multipart/alternative":
            waiting += reversed(_best(inner, origin=origin))
        else:
            waiting += reversed(inner)
    return found


def _inner(part: Message) -> list[Message]:
    """Return the parts of a part."""
    payload = part.get_payload() if part.is_multipart() else None
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _best(parts: Iterable[Message], *, origin: str) -> list[Message]:
    """Return the formatted one of several parts that say the same, unless it has much less text than the plain one."""
    parts = list(parts)
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    rich = [part for part in parts if part is not plain]
    if plain is None or not rich:
        return parts[-1:]
    if rich[-1].get_content_type() != "text/html":  # with its pictures, perhaps
        return rich[-1:] if rich[-1].is_multipart() else [plain]
    words = len(_WEB_LINK.sub("", _text(plain, origin=origin)))
    return [plain] if words > _PLAIN_SHARE * len(_text(rich[-1], origin=origin)) else rich[-1:]


def _is_attached(part: Message) -> bool:
    kind = part.get_content_type()
    if kind.startswith(_MUTE) or kind in _SECRET:
        return False
    is_text = kind in {"text/plain", "text/html"}
    return part.get_content_disposition() == "attachment" or bool(part.get_filename()) or not is_text


def _member(part: Message, number: int) -> InnerFile:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = _inner(part)
        data = inner[0].as_bytes() if inner else _payload(part)
        return InnerFile(name=f"attached message {number}", stream=io.BytesIO(data), media_type=kind)
    name = (words_of(part.get_filename()) or f"attachment {number}").replace("\\", "/").rpartition("/")[2]
    return InnerFile(name=name, stream=io.BytesIO(_payload(part)), media_type=kind, charset=part.get_content_charset())


def _payload(part: Message) -> bytes:
    with contextlib.suppress(ValueError, binascii.Error, LookupError, AttributeError, TypeError):
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            return data
    return b""


def _body(parts: list[Message], *, origin: str) -> str:
    texts = [_text(part, origin=origin) for part in parts if not _is_attached(part)]
    return "\n\n".join(text for text in texts if text.strip())


def _text(part: Message, *, origin: str) -> str:
    """Return the text of a part that holds one, "" for any other."""
    kind = part.get_content_type()
    if kind not in {"text/plain", *_PAGES}:
        return ""
    text = decode(_payload(part), name=origin, charset=part.get_content_charset())
    if kind in _PAGES:
        return text_of_markup(text, place=origin)
    if str(part.get_param("format", "")).lower() == "flowed":
        text = re.sub(r"(?<!\n--) \r?\n(?!>)", "" if part.get_param("delsp") == "yes" else " ", text)
    return text


EML = Format(
    name="message",
    label="e-mail (.eml, .mbox)",
    suffixes=(".eml",),
    media_types=("message/rfc822",),
    read=lambda stream, content, limits: read_message(stream.read(), origin=content.origin, limits=limits),
    holds="members",
    begins=is_message,
)
MBOX = Format(
    name="mailbox",
    label="",
    suffixes=(".mbox", ".mbx"),
    media_types=("application/mbox",),
    read=lambda stream, content, limits: read_mailbox(stream, origin=content.origin, limits=limits),
    holds="members",
    is_streamed=True,
    shared=(".eml",),
    begins=lambda data: data.startswith(b"From ") and is_message(data.partition(b"\n")[2]),
)

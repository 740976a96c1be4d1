"""Turns plain text, as saved or pasted, into an Article."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.article import Article, normalise
from index.errors import SourceError
from index.notices import Notice
from index.sources.formats import database_exports
from index.sources.formats.format import Content, Format
from index.sources.limits import DEFAULT_LIMITS, Limits, require_length
from index.sources.metadata.header import Header, header_of, read_above
from index.sources.text.cleaning import clean, drop_posts
from index.sources.text.decoding import decode_declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_SENTENCE = 20  # characters
_STOPS = (".", "!", "?", "…", "。")
_NO_TITLES = frozenset({"article", "document", "download", "index", "new text document", "page", "text", "untitled"})
_NOTHING = Header()
_ESCAPED = re.compile(r"\\x([89a-f][0-9a-f])")  # a byte of a name that is no UTF-8 (`storable_name`)


def read_text(
    data: bytes, *, origin: str, url: str | None = None, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Article:
    """Return the article in plain text; `origin` is its path or URL, `url` its URL if it has one.

    Raises SourceError if the bytes are not text, or contain no article.
    """
    found = decode_declared(data, (charset,), name=origin)
    return compose(found.text, Header(url=url), origin=origin, is_page=not limits.keep_furniture, notices=found.notices)


def read_texts(data: bytes, content: Content, limits: Limits) -> Iterator[Article | SourceError]:
    """Yield the article in plain text, or all those that a newspaper database exported into one file."""
    found = decode_declared(data, (content.charset,), name=content.origin)
    documents = database_exports.documents_in(found.text)
    if documents and not content.url:
        yield from database_exports.read_documents(documents, origin=content.origin, notices=found.notices)
    else:
        yield read_text(data, origin=content.origin, url=content.url, charset=content.charset, limits=limits)


def is_prose(head: bytes) -> bool:
    """Return whether the beginning of a file is text with a sentence in it, and not a script."""
    try:
        beginning = codecs.getincrementaldecoder("utf-8")().decode(head)  # which may end inside a letter
    except UnicodeError:
        try:
            beginning = decode_declared(head[: head.rfind(b"\n")], (), name="").text
        except SourceError:
            return False
    if "\x00" in beginning or beginning.startswith(("#!", "<?")):
        return False
    lines = (line.strip() for line in beginning.split("\n"))
    return any(len(line) >= _SENTENCE and line.rstrip("\"'”’)]").endswith(_STOPS) for line in lines)


def compose(
    text: str,
    known: Header,
    *,
    origin: str,
    is_page: bool,
    fallback: Header = _NOTHING,
    notices: Iterable[Notice] = (),
    language: str = "",
) -> Article:
    """Return the article in `text`, with the gaps in `known` filled from the lines above the article.

    What neither says is filled from `fallback`; a day from there is told as guessed. With `is_page`, page furniture and
    embedded posts are dropped, which is told in notices beside those given. `language` is that of the text ("en-US"),
    if its source says so. Raises SourceError if no text is left, or too much.
    """
    lines = normalise(text).split("\n")
    all_notices = list(notices)
    if is_page:
        lines, posts = drop_posts(lines)
        all_notices += posts
    above = read_above("\n".join(lines), known, language=language)
    header, body = above.header, above.body
    all_notices += [Notice(kind="unread", rule="date", text=date) for date in above.unclear]
    if is_page:
        body, dropped = clean(body)
        all_notices += dropped
    if fallback.published and not header.published:
        guessed = Notice(kind="guessed", rule="date", text=str(fallback.published), place="outside the text")
        all_notices.append(guessed)
    if not body.strip():
        raise SourceError(
            f"{origin} contains no article text.",
            help="Check that it is the right file and not empty.",
        )
    require_length(body, place=origin)
    return Article.create(
        re.sub(r"\n{3,}", "\n\n", body),
        origin=origin,
        notices=all_notices,
        **header.filled_from(fallback).as_fields(),
    )


def fill(article: Article, header: Header) -> Article:
    """Return the article with what it does not say about itself filled from `header`."""
    known = header_of(article).filled_from(header)
    return Article.create(
        article.text,
        **known.as_fields(),
        added_at=article.added_at,
        origin=article.origin,
        notices=article.notices,
    )


def title_from_name(origin: str) -> str | None:
    """Return the file name in words ("minutes 2024 05"); None if it is meaningless, such as a hash."""
    origin = _ESCAPED.sub(lambda byte: bytes.fromhex(byte[1]).decode("cp1252", "replace"), origin)
    path = unquote(urlsplit(origin).path) if "://" in origin else origin.replace("\\", "/")
    words = re.sub(r"[\s_.+-]+", " ", PurePosixPath(path).stem).strip()
    is_hash = any(re.fullmatch(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}", word.lower()) for word in words.split())
    if is_hash or not re.search(r"[^\W\d_]", words) or words.lower() in _NO_TITLES:
        return None
    return words


FORMAT = Format(
    name="text",
    label="text (.txt)",
    suffixes=(".txt", ".text"),  # text/plain is what servers send for anything: see `formats.of_response`
    read=lambda stream, content, limits: read_texts(stream.read(), content, limits),
    holds="one article",
)

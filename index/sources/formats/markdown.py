"""Turns Markdown into an Article: front matter as metadata, prose without the markup."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.format import Format, one_article
from index.sources.formats.records import Fields, read_header
from index.sources.formats.text import compose
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode_declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from index.article import Article
    from index.notices import Notice

_FRONT_MATTER = re.compile(
    r"\s*(?:---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.*?)^\+\+\+)[ \t]*$\n?",
    re.DOTALL | re.MULTILINE,
)
# "title: Bridge: closed" and 'title: "Never" again' are no YAML, but what they mean is clear.
_UNQUOTED = re.compile(
    r"^(?P<name>[\w-]{1,40}):[ \t]+"
    r"(?=[^\s\[{!&*|>#\"'][^\n]{0,1000}:(?:[ \t]|$)|[@`%]"
    r"|\"[^\"\n]{0,1000}\"[ \t]*[^\s#]|'[^'\n]{0,1000}'[ \t]*[^\s#])(?P<value>.*)$",
    re.MULTILINE,
)
_FRONT_MATTER_LENGTH = 64 * 1024
_TAG = re.compile(r"<[^<>]{0,1000}>")
_UNSEEN = re.compile(r"\s*<(?:!--|script\b|style\b|!|\?)", re.IGNORECASE)


def read_markdown(data: bytes, *, origin: str, url: str | None = None, charset: str | None = None) -> Article:
    """Return the article in a Markdown file; its front matter, else its first `# heading`, gives the title.

    Raises SourceError if the bytes are not text, or the front matter cannot be understood.
    """
    found = decode_declared(data, (charset,), name=origin)
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    known = Header()
    notices: list[Notice] = []
    match = _FRONT_MATTER.match(text)
    fields = _read_front_matter(match, origin=origin) if match else None
    if match and fields is not None:
        known, notices = read_header(Fields(fields), place=f"The front matter of {origin}")
        text = text[match.end() :]
    prose, heading = _to_prose(text, origin=origin)
    known = known.filled_from(Header(title=heading, url=url))
    return compose(prose, known, origin=origin, is_page=False, notices=[*found.notices, *notices])


def _read_front_matter(match: re.Match[str], *, origin: str) -> dict[str, object] | None:
    """Return the fields at the top of the file by name; None if they turn out to be prose."""
    source = match["yaml"] if match["toml"] is None else match["toml"]
    language = "YAML" if match["toml"] is None else "TOML"
    problem = SourceError(
        f"The front matter of {origin} is not {language} with one field a line.",
        help=f"Correct the lines between the two '{match[0].strip()[:3]}', or remove them.",
    )
    if len(source) > _FRONT_MATTER_LENGTH:
        raise problem
    try:
        fields = _read_toml(source) if language == "TOML" else _read_yaml(source)
    except (ValueError, RecursionError):
        raise problem from None
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        return None
    # YAML and TOML read a date as a date; everywhere else it is text.
    return {str(name): value.isoformat() if isinstance(value, dt.date) else value for name, value in fields.items()}


def _read_yaml(source: str) -> object:
    """Return the value in YAML, with texts in quotation marks that need them. Raises ValueError if it is none."""
    import yaml

    from index.sources.text.plain_yaml import PlainLoader

    try:
        return yaml.load(source, Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        quoted = _UNQUOTED.sub(lambda field: f"{field['name']}: {json.dumps(field['value'].strip())}", source)
    try:
        return yaml.load(quoted, Loader=PlainLoader)  # noqa: S506 - as above
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error


def _read_toml(source: str) -> object:
    """Return the value in TOML. Raises ValueError if it is none."""
    import tomllib

    return tomllib.loads(source)


def _to_prose(text: str, *, origin: str) -> tuple[str, str | None]:
    """Return the text without Markdown's markup, one paragraph per line, and the first `# heading`."""
    from markdown_it import MarkdownIt

    try:
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    except RecursionError:
        raise SourceError(f"{origin} is nested too deeply.", help="Save it as plain text (.txt).") from None
    headings = (words for opening, words in itertools.pairwise(tokens) if opening.tag == "h1" and opening.nesting == 1)
    heading = next(headings, None)
    return "".join(_blocks(tokens)).strip("\n"), _words(heading) if heading else None


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the text of each block with the line ends after it."""
    previous = ""
    for token in tokens:
        match token.type:
            case "inline":
                yield _words(token)
            case "list_item_open":
                yield f"{token.info}{token.markup} " if token.info else "- "
            case "fence" | "code_block":
                yield f"{token.content.rstrip()}\n\n"
            case "html_block" if not _UNSEEN.match(token.content):
                yield f"{_TAG.sub('', token.content).strip()}\n\n"
            case "td_open" | "th_open" if previous != "tr_open":
                yield " | "
            case "tr_close" | "table_close" | "bullet_list_close" | "ordered_list_close":
                yield "\n"
            case "paragraph_close":
                yield "\n" if token.hidden else "\n\n"
            case "heading_close":
                yield "\n\n"
            case _:
                pass
        previous = token.type


def _words(block: Token) -> str:
    """Return the words of a block: a link's text, and nothing for pictures and HTML tags."""
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    pieces = (
        child.content if child.type in {"text", "text_special", "code_inline"} else breaks.get(child.type, "")
        for child in block.children or []
    )
    return re.sub(r" {2,}", " ", "".join(pieces)).strip()


FORMAT = Format(
    name="markdown",
    label="Markdown (.md)",
    suffixes=(".md", ".markdown"),
    media_types=("text/markdown",),
    read=one_article(
        lambda data, content, _: read_markdown(data, origin=content.origin, url=content.url, charset=content.charset)
    ),
    holds="one article",
)

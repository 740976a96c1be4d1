"""Turns the export of a WordPress site into Articles: its published posts and nothing else."""

from __future__ import annotations

import contextlib
import html
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats.format import Format
from index.sources.formats.packages import local, parse_xml, words
from index.sources.formats.text import compose
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.markup import text_of_markup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from index.article import Article

_VERSION = re.compile(rb"<wp:wxr_version|xmlns:wp\s{0,9}=\s{0,9}[\"']https?://wordpress\.org/export/")
_HEAD = 2**15
_CAPTION = re.compile(r"\[/?(?:wp_)?caption\b[^\[\]]{0,1000}\]")
_SHORTCODE = re.compile(
    r"\[/?(?:gallery|embed|audio|video|playlist|contact-form(?:-7)?|vc_\w{1,40}|et_pb_\w{1,40})\b[^\[\]]{0,2000}\]"
)
_BLOCK = re.compile(r"<!--\s{0,9}/?wp:[^<>]{0,5000}-->")  # WordPress writes < and > inside as codes
_TAGGED = re.compile(r"<(?:p|br|div|h[1-6]|ul|ol|table|blockquote|pre)\b", re.IGNORECASE)
_MARKED_PARAGRAPH = re.compile(r"<(?:p|div)[\s>]", re.IGNORECASE)
_KINDS = {
    "draft": ("draft", "drafts"),
    "auto-draft": ("draft", "drafts"),
    "trash": ("trashed post", "trashed posts"),
    "pending": ("post awaiting review", "posts awaiting review"),
    "future": ("scheduled post", "scheduled posts"),
    "private": ("private post", "private posts"),
    "page": ("page", "pages"),
    "attachment": ("attachment", "attachments"),
    "nav_menu_item": ("menu entry", "menu entries"),
    "locked": ("post with a password", "posts with a password"),
}
_OTHER = ("entry of another type", "entries of other types")
_SHOWN = 60


def read_wordpress(data: bytes, *, origin: str) -> Iterator[Article | SourceError]:
    """Yield the published posts of an export, and one problem that counts and names what was left out.

    Raises SourceError if it is no export of WordPress.
    """
    root = parse_xml(data, place=origin)
    channel = next((element for element in root.iter() if local(element) == "channel"), root)
    site = next((words(element) for element in channel if local(element) == "title"), None)
    names = _display_names(channel)
    left_out: Counter[str] = Counter()
    titles: dict[str, list[str]] = {}
    posts = 0
    for number, item in enumerate((element for element in channel if local(element) == "item"), 1):
        fields = _fields(item)
        kind = _kind(fields)
        if kind is not None:
            left_out[kind] += 1
            titles.setdefault(kind, []).append(fields.get("title", "")[:_SHOWN].strip())
            continue
        posts += 1
        try:
            yield _read(fields, site=site, names=names, place=f"{origin}, item {number}")
        except SourceError as error:
            yield error
    if left_out:
        yield SourceError(
            f"{origin}: {_listed(left_out, titles)} left out.",
            help="Only published posts are added. Publish what you need, or save it as a file of its own.",
        )
    if not posts and not left_out:
        raise SourceError(f"{origin} has no posts in it.", help="Export all content, or posts, in WordPress.")


def _listed(left_out: Counter[str], titles: dict[str, list[str]]) -> str:
    parts = []
    for kind, count in left_out.items():
        singular, plural = _KINDS.get(kind, _OTHER)
        named = [f"“{title}”" for title in titles[kind] if title][:3]
        parts.append(f"{count:,} {singular if count == 1 else plural}" + (f" ({', '.join(named)})" if named else ""))
    total = sum(left_out.values())
    return f"{', '.join(parts)} {'was' if total == 1 else 'were'}"


def _fields(item: Any) -> dict[str, str]:
    """Return the fields of an item by their local names; `encoded` is the text, and `excerpt` what stands for it."""
    found: dict[str, str] = {}
    for element in item:
        name = local(element)
        if name == "encoded" and "excerpt" in str(element.tag):
            name = "excerpt"
        found.setdefault(name, "".join(element.itertext()))
    return found


def _kind(fields: dict[str, str]) -> str | None:
    """Return what an item is if it is no published post."""
    type_, status = fields.get("post_type", "post").strip(), fields.get("status", "publish").strip()
    if type_ != "post":
        return type_ or "other"
    if status != "publish":
        return status or "other"
    return "locked" if fields.get("post_password", "").strip() else None


def _display_names(channel: Any) -> dict[str, str]:
    names: dict[str, str] = {}
    for author in (element for element in channel if local(element) == "author"):
        about = {local(part): words(part) or "" for part in author}
        full = f"{about.get('author_first_name', '')} {about.get('author_last_name', '')}".strip()
        if login := about.get("author_login", ""):
            names[login] = about.get("author_display_name") or full or login
    return names


def _read(fields: dict[str, str], *, site: str | None, names: dict[str, str], place: str) -> Article:
    login = fields.get("creator", "").strip()
    link = fields.get("link", "").strip()
    text, notices = text_of_post(fields.get("encoded", ""), place=place)
    known = Header(
        title=html.unescape(fields.get("title", "")).strip() or None,
        author=names.get(login, login) or None,
        source=site,
        published=_day(fields),
        url=link if link.lower().startswith(("http://", "https://")) else None,
    )
    return compose(text, known, origin=known.url or place, is_page=False, notices=notices)


def text_of_post(content: str, *, place: str) -> tuple[str, list[Notice]]:
    """Return the text of a post as WordPress shows it, and its shortcodes, which stand for galleries and the like.

    Captions of pictures are lines of the text. Without tags for them, blank lines part paragraphs.
    """
    content = _CAPTION.sub("\n\n", _BLOCK.sub("", content))
    notices = [Notice(kind="left_out", rule="shortcode", text=code[0]) for code in _SHORTCODE.finditer(content)]
    content = _SHORTCODE.sub("", content)
    if not _MARKED_PARAGRAPH.search(content):
        paragraphs = re.split(r"\n[ \t\r]{0,99}\n", content.replace("\r\n", "\n"))
        content = "".join(f"<div>{_with_line_ends(part)}</div>" for part in paragraphs)
    return text_of_markup(content, place=place), notices


def _with_line_ends(paragraph: str) -> str:
    """Return a paragraph whose line ends are shown, unless they only part tags."""
    return paragraph if _TAGGED.search(paragraph) else paragraph.strip().replace("\n", "<br>")


def _day(fields: dict[str, str]) -> dt.date | None:
    for name in ("post_date", "pubDate", "post_date_gmt"):
        with contextlib.suppress(ValueError):
            return parse_date(fields.get(name, ""))
    return None


FORMAT = Format(
    name="wordpress",
    label="WordPress exports",
    suffixes=(".wxr",),
    read=lambda stream, content, _: read_wordpress(stream.read(), origin=content.origin),
    shared=(".xml",),
    begins=lambda data: _VERSION.search(data[:_HEAD]) is not None,
)

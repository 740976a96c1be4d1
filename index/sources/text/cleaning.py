"""Drops page furniture: everything that pasted and fetched pages carry besides the article.

Lines are kept or dropped whole and never changed, so a quote from the result is a quote from the page.
"""

from __future__ import annotations

import re

from index.notices import Notice
from index.sources.text.furniture import POST_DATE, find_furniture, is_furniture

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
# How social sites sign an embedded post: a dash, the name, the handle, the day.
_POST_FOOTER = re.compile(
    rf"[—–]\s*+[^@]{{0,120}}\(@\w{{1,30}}\)(?:\s++{POST_DATE})?|--?\s*+[^@]{{0,120}}\(@\w{{1,30}}\)\s++{POST_DATE}",
    re.IGNORECASE,
)
_POST_WITH_FOOTER = re.compile(rf".*\s[—–][^@]{{1,120}}\(@\w{{1,30}}\)\s++{POST_DATE}", re.IGNORECASE)
_POST_LINK_END = re.compile(r".*(?:pic\.(?:twitter|x)\.com/|https?://t\.co/|\bt\.co/)\w+", re.IGNORECASE)
_POST_LENGTH = 280  # what a post may hold; anything longer is left alone
_POST_LINES = 10
_FRAGMENT_LENGTH = 100


def clean(text: str) -> tuple[str, list[Notice]]:
    """Return `text` without page furniture and embedded posts, with at most one blank line between lines, and what was
    left out.

    Each line of the result is a line of `text` (without trailing white space), in order; cleaning a second time changes
    nothing.
    """
    lines, notices = drop_posts([line.rstrip() for line in text.split("\n")])
    furniture = find_furniture(lines)
    notices += [
        Notice(kind="left_out", rule=f"page furniture: {rule}", text=lines[number].strip())
        for number, rule in sorted(furniture.items())
    ]
    return _squeeze([line for number, line in enumerate(lines) if number not in furniture]), notices


def drop_posts(lines: list[str]) -> tuple[list[str], list[Notice]]:
    """Return `lines` without the posts embedded in them (their text, signature and pictures), and those posts.

    A post is recognised by its signature ("— Name (@handle) March 17, 2025") or by the picture link it ends with.
    """
    dropped: set[int] = set()
    stripped = [line.strip() for line in lines]
    for number, line in enumerate(stripped):
        if _POST_FOOTER.fullmatch(line):
            dropped.add(number)
            dropped.update(_post_above(stripped, number))
            dropped.update(_post_below(stripped, number))
        elif len(line) <= 2 * _POST_LENGTH and (_POST_LINK_END.fullmatch(line) or _POST_WITH_FOOTER.fullmatch(line)):
            dropped.add(number)
    kept = [line for number, line in enumerate(lines) if number not in dropped]
    posts = [
        Notice(kind="left_out", rule="page furniture: embedded post", text=stripped[number])
        for number in sorted(dropped)
        if stripped[number]
    ]
    return kept, posts


def _post_above(lines: list[str], footer: int) -> range:
    """Return the lines of the post that `footer` signs.

    Sites put the text right above the signature. If a blank line or furniture ends the block above, and it is no longer
    than a post may be, the block is the post; in running lines only the nearest one is.
    """
    last = footer - 1
    while last >= 0 and not lines[last]:
        last -= 1
    if last < 0 or len(lines[last]) > _POST_LENGTH or _is_boundary(lines[last]):
        return range(0)
    first = last
    while first > 0 and not _is_boundary(lines[first - 1]):
        first -= 1
    # Under another post's signature prose may begin, so that is no edge to go by; nor is the top.
    is_block = first > 0 and not _POST_FOOTER.fullmatch(lines[first - 1]) and last - first < _POST_LINES
    if is_block and sum(map(len, lines[first : last + 1])) <= _POST_LENGTH:
        return range(first, last + 1)
    return range(last, last + 1)


def _post_below(lines: list[str], footer: int) -> range:
    """Return what was pasted of the post under its signature: short lines down to a picture link."""
    for number in range(footer + 1, min(footer + 1 + _POST_LINES, len(lines))):
        line = lines[number]
        if _POST_LINK_END.fullmatch(line):
            # With a signature of its own underneath, this link ends the next post instead.
            is_next = number + 1 < len(lines) and _POST_FOOTER.fullmatch(lines[number + 1])
            return range(0) if is_next else range(footer + 1, number + 1)
        if not line or len(line) > _FRAGMENT_LENGTH or _SENTENCE_END.search(line):
            break
    return range(0)


def _is_boundary(line: str) -> bool:
    return not line or is_furniture(line) or _POST_FOOTER.fullmatch(line) is not None


def _squeeze(lines: list[str]) -> str:
    """Join lines with at most one blank line in a row, and none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

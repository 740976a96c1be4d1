"""What a page says that is not in the text taken from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_BLOCKS = frozenset(
    "p li blockquote td th dd dt figcaption h1 h2 h3 h4 h5 h6 div section article aside main pre".split()
)
_UNSEEN = frozenset("script style template noscript head svg select option button nav iframe textarea".split())
_BETWEEN = re.compile(r"(?<=[.!?…])[\"'”’»)\]]{0,3}\s++")
_END = re.compile(r"[.!?…][\"'”’»)\]]{0,3}\Z")
_FEWEST_WORDS = 9
_MOST = 500  # sentences


def losses(tree: HtmlElement, text: str) -> list[Notice]:
    """Return the longer sentences of a page that are not in `text`, as left out."""
    kept = "".join(text.split())
    lost: dict[str, None] = {}
    for block in _blocks(tree):
        *sentences, rest = _BETWEEN.split(block.strip())
        for sentence in [*sentences, rest] if _END.search(rest) else sentences:
            words = sentence.split()
            if len(words) >= _FEWEST_WORDS and "".join(words) not in kept:
                lost[" ".join(words)] = None
        if len(lost) > _MOST:
            break
    return [Notice(kind="left_out", rule="outside the main text", text=sentence) for sentence in lost]


def _blocks(tree: HtmlElement) -> Iterator[str]:
    """Yield the text of each element that holds words itself, with what stands inside its sentences."""
    pieces: list[str] = []
    # Not recursive, for a hostile page is nested deeper than Python can call.
    stack: list[tuple[HtmlElement, bool]] = [(tree, True)]
    while stack:
        element, is_start = stack.pop()
        is_block = element.tag in _BLOCKS
        if not is_start:
            if is_block:
                yield "".join(pieces)
                pieces.clear()
            pieces.append(element.tail or "")
            continue
        if not isinstance(element.tag, str) or element.tag in _UNSEEN:
            pieces.append(element.tail or "")
            continue
        if is_block:
            yield "".join(pieces)
            pieces.clear()
        pieces.append(" " if element.tag == "br" else element.text or "")
        stack.append((element, False))
        stack.extend((child, True) for child in reversed(element))
    yield "".join(pieces)

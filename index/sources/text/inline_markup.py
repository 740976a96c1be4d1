"""Markup inside sentences that means something: raised and struck-out words, quotations, readings of characters.

Plain text cannot show it, so it is written in characters where there are some ("10⁶"), or left out and told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.notices import Notice

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_HAS_RAISED = re.compile(r"[+\-−=()ni]*+[0-9][0-9+\-−=()ni]*+|n")
_HAS_LOWERED = re.compile(r"[0-9+\-−=()]+")
_WORD = re.compile(r"[^\W\d_]+\.?|[\[(*†‡].*|[ªº®©™°′″%]+")  # 4th, note[2]
_STRUCK = ("del", "s", "strike")
_PARAGRAPHS = ("p", "div", "li", "h1", "h2", "h3", "section", "article")
_LONGEST_STRUCK = 300  # characters
_PLAIN = ("ins", "mark", "q", "sup", "sub", "u", "rb", "rt", "rp", "ruby", "wbr", "bdi", "bdo")


def write_in_characters(tree: HtmlElement) -> list[Notice]:
    """Replace the markup inside the sentences of a page by characters; return what was left out as struck out."""
    from lxml import etree

    struck = _leave_out_struck(tree)
    for element in tree.iter("sup", "sub", "q", "rt"):
        if element.tag == "q":
            _quote(element)
        elif element.tag == "rt":
            _bracket(element)
        else:
            _raise_or_lower(element)
    etree.strip_tags(tree, *_PLAIN)
    return struck


def _leave_out_struck(tree: HtmlElement) -> list[Notice]:
    notices = []
    for element in list(tree.iter(*_STRUCK)):
        words = " ".join(element.text_content().split())
        if len(words) > _LONGEST_STRUCK or next(element.iter(*_PARAGRAPHS), None) is not None:
            continue  # more likely a tag that was never closed
        if words:
            notices.append(Notice(kind="left_out", rule="struck out", text=words))
        before = _text_before(element)
        if before.endswith((" ", "\n")) and (element.tail or "").startswith((" ", "\n")):
            element.tail = element.tail.lstrip()
        if element.getparent() is not None:
            element.drop_tree()
    return notices


def _raise_or_lower(element: HtmlElement) -> None:
    text = element.text_content().strip()
    if element.tag == "sup":
        if _HAS_RAISED.fullmatch(text):
            text = text.translate(_RAISED)
        elif text and not _WORD.fullmatch(text):
            text = f"^{text}" if " " not in text else f"^({text})"
    elif _HAS_LOWERED.fullmatch(text) and (_text_before(element)[-1:].isdigit() or (element.tail or "")[:1].isdigit()):
        text = text.translate(_LOWERED)  # elsewhere "CO2" is how it is written and searched for
    else:
        return
    for child in list(element):
        element.remove(child)
    element.text = text


def _quote(element: HtmlElement) -> None:
    """Put the quotation marks that browsers show around a quotation, and others inside another one."""
    is_inner = any(True for _ in element.iterancestors("q"))
    opening, closing = ("‘", "’") if is_inner else ("“", "”")
    if element.text_content().strip()[:1] in {"“", '"', "«", "„", "‘"}:
        return
    element.text = f"{opening}{(element.text or '').lstrip()}"
    if len(element):
        element[-1].tail = f"{(element[-1].tail or '').rstrip()}{closing}"
    else:
        element.text = f"{element.text.rstrip()}{closing}"


def _bracket(element: HtmlElement) -> None:
    """Put a reading in brackets unless the page does so for browsers that cannot show it above the characters."""
    beside = element.getprevious()
    if beside is None or beside.tag != "rp":
        element.text = f"({element.text or ''}"
        if len(element):
            element[-1].tail = f"{element[-1].tail or ''})"
        else:
            element.text += ")"


def _text_before(element: HtmlElement) -> str:
    """Return the text right before an element, as far as it stands in the same element."""
    beside = element.getprevious()
    if beside is not None:
        return beside.tail or ("" if beside.tag in _PLAIN else beside.text_content())
    parent = element.getparent()
    return (parent.text or "") if parent is not None else ""

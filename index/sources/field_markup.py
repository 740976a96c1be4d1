"""HTML inside a field, such as an API's body of an article, as the text that people read."""

from __future__ import annotations

import html
import re

_TAGS = (
    "p|div|h[1-6]|ul|ol|li|blockquote|figure|figcaption|table|tr|td|span|a|strong|em|b|i|u|script|style|section"
    "|article|header|footer|main|pre|code|sup|sub|small"
)
_CLOSED = re.compile(rf"</(?:{_TAGS})\s*>", re.IGNORECASE)
_OPENED = re.compile(r"<(?:p|br|hr|img)\b[^<>]{0,1000}>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|amp|quot|apos|nbsp|lt|gt|[lr][sd]quo|[mn]dash|hellip|[lr]aquo|szlig"
    r"|[a-zA-Z](?:acute|grave|uml|circ|tilde|cedil));"
)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "head", "object", "button", "form"})
_PARAGRAPHS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol blockquote figure figcaption table section article header footer main pre aside dl"
    " hr".split()
)
_LINES = frozenset("li tr dt dd br".split())


def is_markup(text: str) -> bool:
    """Return whether a text is HTML and not prose that has an angle bracket in it."""
    return _CLOSED.search(text) is not None or len(_OPENED.findall(text)) > 1


def unescaped(text: str) -> str:
    """Return a text with HTML's names of characters ("&amp;") as the characters."""
    return html.unescape(text) if _ENTITY.search(text) else text


def text_of(markup: str) -> str:
    """Return the text of HTML: a line for each paragraph, list item and row, and nothing of scripts and styles."""
    import lxml.etree
    import lxml.html

    try:
        root = lxml.html.document_fromstring(markup, parser=lxml.html.HTMLParser(huge_tree=True))
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return re.sub(r"<[^<>]{0,1000}>", " ", markup)
    pieces: list[str] = []
    # Down and up the tree without recursion, for a hostile field may be nested deeply.
    for event, node in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            if node.tag in _UNSEEN:
                node.clear(keep_tail=True)
            pieces.append(_break_at(node.tag))
            if node.tag in {"td", "th"} and node.getprevious() is not None:
                pieces.append(" | ")
            pieces.append(_in_line(node.text, is_kept=node.tag == "pre"))
        elif event == "end":
            pieces.append(_break_at(node.tag) if node.tag != "br" else "")
            pieces.append(_in_line(node.tail))
        else:
            pieces.append(_in_line(node.tail))
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _break_at(tag: str) -> str:
    return "\n\n" if tag in _PARAGRAPHS else "\n" if tag in _LINES else ""


def _in_line(text: str | None, *, is_kept: bool = False) -> str:
    if not text:
        return ""
    return text if is_kept else re.sub(r"\s+", " ", text)

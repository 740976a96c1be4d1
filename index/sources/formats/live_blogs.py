"""Live blogs: pages whose text is a list of updates, each with its time and often a heading."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_LIVE = re.compile(r"\blive(?::| updates| blog| ticker|$)|^live\b|[–—|-] live\b|as it happened", re.IGNORECASE)
_FEWEST = 3  # updates
_MOST = 2_000  # elements whose children are looked at
_LONGEST_TIME = 40  # characters
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_TEXTS = ("p", "li", "blockquote")
_CLOCK = re.compile(r"\d{1,2}[.:h]\d{2}")


def live_title(tree: HtmlElement) -> str | None:
    """Return the title that a live blog gives itself, "" if it gives none; None if the page is no live blog."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            declared = json.loads(script.text_content())
        except (ValueError, RecursionError):
            continue
        for declared_item in _declared_items(declared):
            if "LiveBlogPosting" in str(declared_item.get("@type", "")):
                headline = declared_item.get("headline") or declared_item.get("name")
                return headline.strip() if isinstance(headline, str) else ""
    marked = tree.xpath("//*[contains(@class, 'live-blog') or contains(@class, 'liveblog')]")
    title = " ".join(tree.xpath("string(//title)").split())
    if marked or _LIVE.search(title):
        return " ".join(tree.xpath("string(//h1)").split())
    return None


def live_text(tree: HtmlElement) -> str:
    """Return the updates of a live blog in the order of the page, after what stands above them; "" if it has none."""
    updates = _updates(tree)
    if not updates:
        return ""
    inside = {id(element) for update in updates for element in update.iter()}
    lines: list[str] = []
    for element in tree.iter(*_TEXTS):
        if id(element) in inside:
            break
        if not any(above.tag in {"nav", "header", "footer", "aside", *_TEXTS} for above in element.iterancestors()):
            lines.append(_words(element))
    for update in updates:
        lines += ["", *_lines_of(update)]
    return "\n".join(lines).strip("\n")


def _declared_items(declared: Any) -> Iterator[dict[str, Any]]:
    """Yield what a page declares about itself, without what is in it."""
    for declared_item in declared if isinstance(declared, list) else [declared]:
        if isinstance(declared_item, dict):
            yield declared_item
            if isinstance(declared_item.get("@graph"), list):
                yield from _declared_items(declared_item["@graph"])


def _updates(tree: HtmlElement) -> list[HtmlElement]:
    """Return the most numerous elements of one kind, side by side, that each have a time and a text."""
    best: list[HtmlElement] = []
    times = itertools.islice(filter(_is_time, tree.iter("*")), _MOST)
    parents = dict.fromkeys(parent for time in times for parent in time.iterancestors() if len(parent) >= _FEWEST)
    for parent in list(parents)[:_MOST]:
        alike: dict[tuple[str, str], list[HtmlElement]] = defaultdict(list)
        for child in parent:
            if isinstance(child.tag, str) and _is_update(child):
                alike[child.tag, (child.get("class") or "").split(" ")[0]].append(child)
        best = max([best, *alike.values()], key=len)
    return best if len(best) >= _FEWEST else []


def _is_update(element: HtmlElement) -> bool:
    return _time_in(element) is not None and next(element.iter(*_TEXTS), None) is not None


def _time_in(update: HtmlElement) -> HtmlElement | None:
    return next(filter(_is_time, update.iter("*")), None)


def _is_time(element: HtmlElement) -> bool:
    """Return whether an element shows a time: by its name, or by its class and text."""
    if element.tag == "time":
        return True
    text = (element.text or "").strip()
    return "time" in (element.get("class") or "") and len(text) <= _LONGEST_TIME and _CLOCK.search(text) is not None


def _lines_of(update: HtmlElement) -> Iterator[str]:
    """Yield the time with the heading of an update, and its paragraphs."""
    time_element = _time_in(update)
    time = _time(time_element) if time_element is not None else ""
    heading = next((words for element in update.iter(*_HEADINGS) if (words := _words(element))), "")
    yield f"{time} {heading}".strip()
    for element in update.iter(*_TEXTS):
        is_innermost = next(element.iterdescendants(*_TEXTS), None) is None
        if is_innermost and element is not time_element and (words := _words(element)):
            yield words


def _time(element: HtmlElement) -> str:
    """Return the time of an update as the page shows it, or as it declares it where it shows how long ago that was."""
    shown = _words(element)
    return shown if _CLOCK.search(shown) or not element.get("datetime") else element.get("datetime", "")


def _words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())

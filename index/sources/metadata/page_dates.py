"""The day of a web page: one that a library read from 03/04/2025 is only believed if the page shows how it is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.notices import Notice
from index.sources.metadata.dates import numeric_order, parse_date, read_date_line

if TYPE_CHECKING:
    import datetime as dt

    from lxml.html import HtmlElement

_NUMERIC = re.compile(r"\b\d{1,2}([/.-])\d{1,2}\1\d{4}\b")
_NEAR = 40  # characters around a year in which a whole date stands
_MOST = 200  # places that are looked at
_CHANGED = (
    "//meta[@property='article:modified_time' or @property='og:updated_time' or @itemprop='dateModified']/@content"
)
_MODIFIED = re.compile(r'"dateModified"\s{0,9}:\s{0,9}"([^"]{4,60})"')
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def language_of(tree: HtmlElement | None) -> str:
    """Return the language that a page names for itself, such as "en-US"; "" if it names none."""
    if tree is None:
        return ""
    named = [*tree.xpath("//html/@lang | //html/@xml:lang"), *tree.xpath("//meta[@property='og:locale']/@content")]
    codes = [code for code in (str(name).strip() for name in named) if _CODE.fullmatch(code)]
    # "en" says less than "en_GB", which may stand further down.
    return max(codes, key=lambda code: "-" in code or "_" in code, default="")


def changed_day(tree: HtmlElement | None) -> dt.date | None:
    """Return the day of the last change that a page names in its metadata, if it names one."""
    if tree is None:
        return None
    named = [*tree.xpath(_CHANGED), *tree.xpath("//*[@itemprop='dateModified']/@datetime")]
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        named += [found[1] for found in _MODIFIED.finditer(script)]
    for value in named[:_MOST]:
        try:
            return parse_date(str(value))
        except ValueError:
            continue
    return None


def sure_day(day: dt.date | None, page: str, *, url: str | None, language: str) -> tuple[dt.date | None, list[Notice]]:
    """Return the day of a page as it is meant, None and a notice if day and month could be swapped.

    `day` is what a library found in the page, which takes 03/04/2025 for one day or the other.
    """
    numeric = [found for found in _NUMERIC.finditer(page) if day in _readings(found[0])]
    if day is None or not numeric or _names(page, day) or _names(url or "", day):
        return day, []
    order = numeric_order(page, language=language)
    if order is None:
        return None, [Notice(kind="unread", rule="date", text=numeric[0][0])]
    return parse_date(numeric[0][0], day_first=order), []


def _readings(numeric: str) -> set[dt.date]:
    """Return the two days that a date in figures may mean; none if it has one meaning."""
    try:
        parse_date(numeric)
    except ValueError:
        pass
    else:
        return set()
    readings = set()
    for day_first in (True, False):
        try:
            readings.add(parse_date(numeric, day_first=day_first))
        except ValueError:
            return set()
    return readings


def _names(text: str, day: dt.date) -> bool:
    """Return whether a text names a day in a way that has one meaning."""
    if any(day.strftime(form) in text for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")):
        return True
    for count, year in enumerate(re.finditer(rf"\b{day.year}\b", text)):
        if count == _MOST:
            break
        dated = read_date_line(re.sub(r"[<>]", " ", text[max(0, year.start() - _NEAR) : year.end() + _NEAR]))
        if dated and day in (dated.published, dated.updated):
            return True
    return False

"""Questions about the collection itself: who wrote an article and when, how many there are, and which."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Literal

from assistant.understanding.article_description import (
    ARTICLE,
    ORDER,
    Described,
    Names,
    read_condition,
    read_description,
)

if TYPE_CHECKING:
    import datetime as dt

Wanted = Literal["author", "published", "source", "title", "url", "count", "articles", "names", "collection"]
"""What is asked for: a field of articles, how many or which there are, their outlets or authors, or all there is."""

_LONGEST = 300  # characters of a question about the collection
_TITLE = 3  # words; fewer, without quotation marks, may be the name of anything


@dataclasses.dataclass(frozen=True, slots=True)
class RecordQuestion:
    """What is asked for, and of which articles. `names` says whether outlets or authors are to be listed or counted."""

    wanted: Wanted
    of: Described
    names: Literal["source", "author"] = "source"
    counts: bool = False
    """Whether the names are to be counted."""
    several: bool = False
    """Whether the question speaks of articles and so surely means the collection."""


_OUTLET = (
    r"(?:(?:news |media )?(?:outlets?|sources?|organi[sz]ations?|sites?|agenc(?:y|ies))|(?:news)?papers?|publications?"
    r"|publishers?|magazines?|websites?|media)"
)
_WRITER = r"(?:authors?|journalists?|reporters?|writers?|correspondents?|columnists?|bylines?)"
_COLLECTION = r"(?:collection|archives?|corpus|database|index|library|data ?set)"
_THE_COLLECTION = rf"(?:(?:the|this|your|our|my) (?:whole |entire )?(?:{_COLLECTION}|articles)|it|here)"
_COVERED = (
    r"(?:report(?:ed|s)?(?: on| about)?|cover(?:ed|s)?|wr(?:ote|itten|ites?)(?: about| on)?|published|ran|carried"
    r"|mention(?:ed|s)?|discuss(?:ed|es)?)"
)
_SHOW = r"(?:(?:what(?:'s| is| was| are)|give me|show me|send me) )?(?:the |a )?"
_PRINTED = r"(?:published|written|posted|released|printed|dated|put online)"
_WRITTEN = r"(?:written|authored|penned)"


def _form(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{'|'.join(patterns)})$", re.IGNORECASE)


# Forms that name an article, or articles, as `what`.
_FIELDS: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    (
        "author",
        _form(rf"(?:who|(?:which|what) {_WRITER}) (?:has |had )?(?:wrote|{_WRITTEN}) (?!about |on )(?P<what>.+)"),
    ),
    ("author", _form(rf"who(?:'s| is| was| are| were) (?:the )?{_WRITER} (?:of|for|behind|on) (?P<what>.+)")),
    ("author", _form(rf"who (?:is|was) (?P<what>.+?) (?:{_WRITTEN} )?by")),
    ("author", _form(r"by whom (?:is|was) (?P<what>.+?)(?: written)?")),
    ("author", _form(rf"{_SHOW}(?:name of the )?{_WRITER} (?:of|for|on) (?P<what>.+)")),
    ("author", _form(rf"what(?:'s| is) (?P<what>.+?)['’]s? {_WRITER}")),
    ("published", _form(rf"when (?:was|were|is) (?P<what>.+?) (?:first )?{_PRINTED}")),
    ("published", _form(r"when did (?P<what>.+?) (?:come out|appear|run|get published)")),
    (
        "published",
        _form(rf"(?:on )?(?:what|which) (?:date|day) (?:was|is|were) (?P<what>.+?)(?: (?:{_PRINTED}|from))?"),
    ),
    (
        "published",
        _form(rf"{_SHOW}(?:publication |publishing )?(?:date|day) (?:of|on|for)(?: publication of)? (?P<what>.+)"),
    ),
    ("published", _form(r"how old (?:is|are) (?P<what>.+)")),
    ("published", _form(r"when is (?P<what>.+) from")),
    ("published", _form(rf"when (?:was|is) (?P<what>(?:the )?(?:very )?{ORDER} {ARTICLE}\b.*?)(?: from)?")),
    (
        "source",
        _form(
            rf"(?:which|what) {_OUTLET} (?:was|is|were|did) (?P<what>.+?)"
            r" (?:in|from|by|published in|appear in|run in|come from)"
        ),
    ),
    ("source", _form(r"where (?:was|were|is|did) (?P<what>.+?) (?:published|printed|appear|run|come from|from)")),
    ("source", _form(r"who published (?P<what>.+)")),
    ("source", _form(rf"{_SHOW}(?:source|publisher|outlet) (?:of|for) (?P<what>.+)")),
    ("title", _form(rf"{_SHOW}(?:headlines?|titles?) (?:of|for|on) (?P<what>.+)")),
    ("title", _form(r"what(?:'s| is) (?P<what>.+?)['’]s? (?:headline|title)")),
    ("title", _form(r"(?:what|how) (?:is|was) (?P<what>.+?) (?:called|titled|headlined)")),
    ("url", _form(rf"{_SHOW}(?:link|url|web address|address) (?:of|to|for) (?P<what>.+)")),
    ("url", _form(r"where can i (?:read|find|see) (?P<what>.+?)(?: online)?")),
)
# Forms in which outlets or authors are asked for by what they covered.
_COVERAGE: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    ("author", _form(r"who (?:has |have |had )?(?:wrote|written) (?:about|on) (?P<topic>.+)")),
    ("source", _form(rf"(?:(?:which|what) (?:of the )?{_OUTLET}|who) (?:has |have |had )?{_COVERED} (?P<topic>.+)")),
    ("author", _form(rf"(?:which|what) {_WRITER} (?:has |have |had )?{_COVERED} (?P<topic>.+)")),
    (
        "source",
        _form(
            r"(?:(?:list|name|show me|give me) )?(?:all |the )*"
            rf"{_OUTLET} (?:that |which )(?:has |have )?{_COVERED} (?P<topic>.+)"
        ),
    ),
)
_WRITES_FOR = _form(
    rf"(?:who|(?:which|what) {_WRITER}) (?:writes?|wrote|works?|reports?|(?:has|have) written)"
    r" (?:for|at|in) (?P<outlet>.+)",
    rf"(?:(?:who are|list|name|show me) )?(?:all |the )*{_WRITER} (?:of|at|for|from|in) (?P<outlet_>.+)",
)
_COUNT = _form(
    r"(?:and )?(?:how many|(?:what(?:'s| is) )?(?:the )?(?:total )?number of|count(?: up)?)"
    rf" (?P<before>(?:[\w.'’&-]+ )*?)(?P<noun>{ARTICLE})\b(?P<after>.*)"
)
_COUNT_NAMES = _form(
    r"(?:how many|(?:what(?:'s| is) )?(?:the )?number of) (?:different |distinct )?"
    rf"(?:(?P<source>{_OUTLET})|(?P<author>{_WRITER}))\b(?P<after>.*)"
)
_ASKS_FOR = re.compile(
    r"(?:list|show|give|name|display|find|get|fetch|pull up|search for|look for|look up|which|what|any|is there"
    r"|are there|do you have|do we have|have you got|got|i need|i want|i'm looking for)\b",
    re.IGNORECASE,
)
_LIST = _form(rf"(?:{_ASKS_FOR.pattern}(?: me\b| us\b| are\b| is\b|'s\b)?|)\s*(?P<what>(?:[\w.'’&-]+ )*?{ARTICLE}\b.*)")
_ASKS_WHAT = re.compile(r"^what(?: is| are|'s|’s)\b|\b(?:about|say|says|tell us)$", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:articles|stories|reports|pieces|items|documents|texts)\b", re.IGNORECASE)
_ANYTHING = _form(
    r"(?:(?:is there|do you have|have you got|got|find|show me) )?(?:anything|everything|something)"
    r" (?P<rest>(?:on|about|by|from|regarding) .+)"
)
_WROTE = _form(
    r"what (?:did|has|have) (?P<name>.+?) (?:write|written|published?|report(?:ed)?)"
    r"(?: (?P<rest>(?:on|about|in|since|from|before|after|during) .+))?"
)
_WHEN_WROTE = _form(
    r"when did (?P<name>.+?) (?:first )?(?:report|write|publish(?: (?:a |an |its |the )?\w+)?|cover)"
    r" (?P<rest>(?:on|about|of) .+)"
)
_PRESS_WROTE = _form(
    rf"what (?:did|do|have|has) (?:the |all )*(?:press|{_OUTLET}) (?:say|said|report|reported|write|written|publish\w*)"
    r" (?P<rest>(?:on|in|from|since|before|after|during|between) .+)"
)
_MOST = _form(
    rf"(?:which|what) (?:(?P<source>{_OUTLET})|(?P<author>{_WRITER})) (?:has|have|had|wrote|published|contributed)"
    rf" (?:the )?most(?: {ARTICLE})?(?: (?:in|of) {_THE_COLLECTION})?",
    rf"who (?:has |have )?(?:wrote|written|published) (?:the )?most(?: {ARTICLE})?(?: (?:in|of) {_THE_COLLECTION})?",
)
_WHICH_WROTE = _form(
    rf"(?:which|what|how many) (?P<noun>{ARTICLE}) (?:did|has|have|does) (?P<name>.+?)"
    r" (?:write|written|publish(?:ed)?|have|report)(?: (?P<rest>(?:on|about|in|from|since) .+))?"
)
_HOLDINGS = _form(
    rf"what(?:'s| is| do you have| do we have| have you got)? (?:there )?(?:in|inside) {_THE_COLLECTION}",
    r"what do you have(?: here)?",
    r"what is here",
    rf"what (?:does|do) {_THE_COLLECTION} (?:contain|cover|include|have|hold|consist of)",
    rf"(?:describe|show me) {_THE_COLLECTION}",
    rf"how (?:big|large) is {_THE_COLLECTION}",
    rf"what {_COLLECTION} is this",
)
_PERIOD = _form(
    r"(?:what|which) (?:time ?(?:period|span|frame|range)?|period|date ?range|range of dates|dates?|years?|months?)"
    rf" (?:does|do|is|are|did) {_THE_COLLECTION}(?: (?:cover(?:ed)?|span|from|include|range over|run))?",
    rf"(?:what(?:'s| is) )?(?:the )?(?:date range|time ?span|period)(?: of {_THE_COLLECTION})?",
    rf"(?:how far back|since when|from when to when) (?:does|do) {_THE_COLLECTION}"
    r" (?:go|reach|cover|start|begin|run)(?: back)?",
)
_WHICH_NAMES = _form(
    r"(?:which|what|(?:list|show|give|name)(?: me)?|what are|which are|who are)(?: all| the| of the)* (?:different )?"
    rf"(?:(?P<source>{_OUTLET})|(?P<author>{_WRITER}))"
    rf"(?: (?:are|is|do|does)(?: there| you have| {_THE_COLLECTION})?"
    r"(?: (?:have|span|cover|include|included|covered|represented))?)?"
    rf"(?: (?:in|of) {_THE_COLLECTION})?"
)


def read_record_question(question: str, names: Names, *, today: dt.date) -> RecordQuestion | None:
    """Return what a question asks of the record; None where it asks something else."""
    text = question.strip(" ?!.")
    if not text or len(text) > _LONGEST:
        return None
    for read in (_whole, _names, _number, _field, _coverage, _listing):
        found = read(text, names, today)
        if found is not None:
            return found
    return None


def _whole(text: str, names: Names, today: dt.date) -> RecordQuestion | None:  # noqa: ARG001
    if _HOLDINGS.match(text) or _PERIOD.match(text):
        return RecordQuestion("collection", Described())
    return None


def _names(text: str, names: Names, today: dt.date) -> RecordQuestion | None:
    if found := _WHICH_NAMES.match(text):
        return RecordQuestion("names", Described(), "source" if found["source"] else "author")
    if found := _MOST.match(text):
        return RecordQuestion("names", Described(), "source" if found["source"] else "author")
    if found := _COUNT_NAMES.match(text):
        of = read_condition(_covering(found["after"]), names, today=today)
        return RecordQuestion("names", of, "source" if found["source"] else "author", counts=True) if of else None
    if found := _WRITES_FOR.match(text):
        of = read_condition(f"from {found['outlet'] or found['outlet_']}", names, today=today)
        return RecordQuestion("names", of, "author") if of and (of.sources or of.unknown) else None
    return None


def _number(text: str, names: Names, today: dt.date) -> RecordQuestion | None:
    if (found := _WHICH_WROTE.match(text)) and text.lower().startswith("how"):
        return _written_by(found, names, today, "count")
    found = _COUNT.match(text)
    if found is None:
        return None
    of = read_description(f"{found['before']}{found['noun']}{_counted(found['after'])}", names, today=today)
    if of is None or of.is_referent:
        return None
    return RecordQuestion("count", dataclasses.replace(of, order=None))


def _field(text: str, names: Names, today: dt.date) -> RecordQuestion | None:
    if found := _WHEN_WROTE.match(text):
        return _written_by(found, names, today, "published")
    for wanted, form in _FIELDS:
        if found := form.match(text):
            of = read_description(found["what"], names, today=today)
            if of is None and wanted in {"author", "published", "source"} and len(found["what"].split()) >= _TITLE:
                of = Described(title=found["what"])
            if of is not None:
                return RecordQuestion(wanted, of)
    return None


def _coverage(text: str, names: Names, today: dt.date) -> RecordQuestion | None:
    for wanted, form in _COVERAGE:
        if found := form.match(text):
            topic = found["topic"]
            if re.fullmatch(r"(?:it|that|this)", topic, re.IGNORECASE):
                return RecordQuestion(wanted, Described(is_referent=True))
            if text.lower().startswith("who ") and not re.search(
                r"\b(?:reported|wrote|written|covered)(?: (?:on|about)) ", text.lower()
            ):
                return None
            of = read_condition(f"about {topic}", names, today=today)
            if of is not None and of.topic:
                mentions = bool(re.search(r"\bmention", text[: found.start("topic")]))
                return RecordQuestion(wanted, dataclasses.replace(of, mentions=mentions))
    return None


def _listing(text: str, names: Names, today: dt.date) -> RecordQuestion | None:
    if found := _ANYTHING.match(text):
        of = read_condition(found["rest"], names, today=today)
        return RecordQuestion("articles", of) if of else None
    if found := _PRESS_WROTE.match(text):
        of = read_condition(found["rest"], names, today=today)
        return RecordQuestion("articles", of) if of and (of.since or of.until) else None
    if found := _WHICH_WROTE.match(text) or _WROTE.match(text):
        return _written_by(found, names, today, "articles")
    if found := _LIST.match(text):
        of = read_description(found["what"], names, today=today)
        if of is None or of.is_referent or of.title or not _is_list(text, found["what"], of):
            return None
        return RecordQuestion("articles", of, several=bool(_PLURAL.search(text)))
    return None


def _written_by(found: re.Match[str], names: Names, today: dt.date, wanted: Wanted) -> RecordQuestion | None:
    of = read_condition(f"by {found['name']} {found['rest'] or ''}", names, today=today)
    return RecordQuestion(wanted, of) if of and (of.sources or of.authors) else None


def _is_list(text: str, what: str, of: Described) -> bool:
    """Say whether articles are asked for, and not what they say."""
    if not of.order and _ASKS_WHAT.search(text):
        return False
    asked = _ASKS_FOR.match(text)
    known = of.order or of.topic or of.sources or of.authors or of.since or of.until or of.unknown
    return bool(of.order or asked or (_PLURAL.search(what) and known))


def _counted(after: str) -> str:
    """Return the conditions of a count without what asks for more about it."""
    return re.sub(
        r",? (?:and )?since when$|,? (?:per|by|for each|from each) (?:outlet|source|newspaper|paper|author)$"
        r"| (?:are there|do (?:you|we) have|have you got)$",
        "",
        after,
    )


def _covering(after: str) -> str:
    return re.sub(rf"^ (?:have |has )?{_COVERED} ", " about ", after, flags=re.IGNORECASE)

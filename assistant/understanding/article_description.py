"""Which articles somebody means by "the CNN piece on the ferry", "articles by Ada Orr from 2023", “Title” or "it"."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, Literal

from assistant.understanding.names import match_misspelt, match_names, name_words
from assistant.understanding.time_reading import read_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection

    from index.filters import Filters

Order = Literal["newest", "oldest"]

ARTICLE = r"(?:(?:news |newspaper )?(?:articles?|stor(?:y|ies)|reports?|items|pieces?)|documents?|texts|write-?ups?)"
"""A pattern for what people call an article."""

_LONGEST_TOPIC = 12  # words
_LONGEST_BEFORE = 5  # words of a topic before the word "article"
_ORDERS: dict[str, Order] = {
    "newest": "newest",
    "latest": "newest",
    "most recent": "newest",
    "last": "newest",
    "oldest": "oldest",
    "earliest": "oldest",
    "very first": "oldest",
    "first": "oldest",
}
ORDER = rf"(?:{'|'.join(_ORDERS)})"
"""A pattern for the words that say newest or oldest."""
_QUOTED = re.compile(r"[“\"]([^“”\"]{4,})[”\"]|(?<!\w)['‘](.{4,}?)['’](?!\w)")
_NOUN = re.compile(rf"^(?P<before>.*?)\b{ARTICLE}\b(?!['’])(?P<after>.*)$", re.IGNORECASE)
_LEADING = re.compile(
    rf"^(?:(?:all|any|every|each|some|of|the|a|an|these|those|this|that|your|our|single|other|more|there|{ORDER}"
    r"|one|two|three|five|ten|\d{1,2})\b\s*)+",
    re.IGNORECASE,
)
_FOUND_ORDER = re.compile(rf"\b{ORDER}\b", re.IGNORECASE)
_REFERENT = re.compile(r"^(?:it|that|this|they|that one|this one)$", re.IGNORECASE)
_EMPTY = re.compile(
    r"^(?:are there|is there|there (?:are|is)|do (?:you|we|they) have|have you got"
    r"|you (?:have|know(?: of)?)|we have|exist"
    r"|(?:have|has) been|are|is|were|was|that|which|who|published|written|posted|printed|stored|please|altogether"
    r"|in total|overall|available|here|titles?|headlines?|and|also|there|or \w+"
    r"|(?:in|of|from) (?:this|the|your|our|my) (?:whole |entire )?"
    r"(?:collection|archives?|corpus|database|index|library|data ?set|set)"
    r"|in (?:it|here|there|total|all)|at all)\b\s*",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"^(?:(?:to )?(?:mention|name|refer to|contain|cite|quote|include|say|use|feature)(?:s|ing|ed)?"
    r"|mentions? of|with|containing|in which|where)\b(?: (?:the )?(?:words?|name|terms?|phrase)\b)?\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:(?:to )?(?:cover|discuss|describe|address|concern|report|write|talk|deal|focus)(?:s|es|ing|ed)?"
    r"(?: (?:on|about|with))?"
    r"|about|on|regarding|concerning|related to|relating to|relevant to|involving|covering|of)\b\s*",
    re.IGNORECASE,
)
_BY = re.compile(r"^(?:by|from|in|of|for|with the byline)\s++(?P<name>.+)$", re.IGNORECASE)
_NAME_AT_END = re.compile(
    r"^(?P<topic>.+?),? (?P<word>by|from|in|that|which) (?P<name>[^,]+?)(?: published| wrote| ran)?$", re.I
)
_TIME = re.compile(
    r"^(?:dated |published )?(?:from|in|on|of|since|before|after|until|during|between|dated)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should)\b", re.IGNORECASE)
_JOINING = re.compile(r"\b(?:or|who|that|which|of|to|in|for|about|on|what)\b|\band$", re.IGNORECASE)
_PERIOD = re.compile(
    r"\b(?:\d{4}|\d{1,2} ?(?:st|nd|rd|th)?|yesterday|today|week|month|year"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|ago)\b",
    re.I,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Articles as they were described; whatever is not given is open."""

    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    topic: str = ""
    mentions: bool = False
    """Whether the topic need only be mentioned."""
    title: str = ""
    is_referent: bool = False
    """Whether the article of the answer before is meant."""
    order: Order | None = None
    unknown: str = ""
    """A name that was given as an outlet's or author's and that no article has."""
    spelt: tuple[tuple[str, str], ...] = ()
    """Names as they were written, and as the collection spells them."""

    def filters(self, given: Filters) -> Filters:
        """Return the asker's filters with what is described."""
        return dataclasses.replace(
            given,
            source=self.sources or given.source,
            author=self.authors or given.author,
            since=self.since or given.since,
            until=self.until or given.until,
        )


class Names:
    """The outlets and authors of the collection; each is read when first needed, and most questions need neither.

    `read` returns the names for "source" or "author", as `ArticleIndex.names` does.
    """

    def __init__(self, read: Callable[[str], Collection[str]]) -> None:
        self._read = read

    @functools.cached_property
    def sources(self) -> Collection[str]:
        """The outlets."""
        return self._read("source")

    @functools.cached_property
    def authors(self) -> Collection[str]:
        """The authors."""
        return self._read("author")


def read_description(text: str, names: Names, *, today: dt.date) -> Described | None:
    """Return the articles that a phrase describes; None where it is not about articles, or not understood."""
    text = text.strip(" ,.?!:")
    if _REFERENT.match(text):
        return Described(is_referent=True)
    quoted = _QUOTED.search(text)
    if quoted:
        return Described(title=quoted[1] or quoted[2])
    noun = _NOUN.match(text)
    if noun is None:
        return None
    before, order = noun["before"], _FOUND_ORDER.search(noun["before"])
    reading = _Reading(names, today)
    reading.order = _ORDERS[order[0].lower()] if order else None
    if reading.read_before(_LEADING.sub("", before).strip()) and reading.read_after(noun["after"].strip(" ,")):
        if re.fullmatch(r"(?:this|that|the same|said) ", before, re.IGNORECASE) and not noun["after"].strip():
            return Described(is_referent=True)
        return reading.described()
    return None


def read_condition(text: str, names: Names, *, today: dt.date) -> Described | None:
    """Return the articles that what follows the word "articles" describes, such as "about the ferry since May"."""
    reading = _Reading(names, today)
    return reading.described() if reading.read_after(text.strip(" ,.?!:")) else None


class _Reading:
    """What has been understood of a description so far."""

    def __init__(self, names: Names, today: dt.date) -> None:
        self._names = names
        self._today = today
        self.order: Order | None = None
        self._sources: tuple[str, ...] = ()
        self._authors: tuple[str, ...] = ()
        self._since: dt.date | None = None
        self._until: dt.date | None = None
        self._topic = ""
        self._mentions = False
        self._unknown = ""
        self._spelt: list[tuple[str, str]] = []

    def described(self) -> Described:
        """Return the result."""
        return Described(
            sources=self._sources,
            authors=self._authors,
            since=self._since,
            until=self._until,
            topic=self._topic,
            mentions=self._mentions,
            order=self.order,
            unknown=self._unknown,
            spelt=tuple(self._spelt),
        )

    def read_before(self, words: str) -> bool:
        """Read what stands before the word "article": an outlet, an author, a time or a topic."""
        if not words:
            return True
        if self._read_name(words) or self._read_time(f"from {words}"):
            return True
        if _CLAUSE.search(words) or len(words.split()) > _LONGEST_BEFORE or _JOINING.search(words):
            return False
        self._topic = _strip(words)
        return True

    def read_after(self, text: str) -> bool:
        """Read the conditions after the word "articles", one after the other."""
        while text:
            emptied = _EMPTY.sub("", text)
            if self._read_time(text):
                return True
            if emptied != text and not _MENTION.match(text):
                text = emptied.strip(" ,")
                continue
            mention, about = _MENTION.match(text), _ABOUT.match(text)
            if by := _BY.match(text):
                if self._read_name_and_rest(by["name"], strict=bool(about)):
                    return True
                if not about:
                    return self._note_unknown(text)
            found = mention or about
            if found is None:
                return False
            return self._read_topic(text[found.end() :], mentions=mention is not None)
        return True

    def _read_topic(self, text: str, *, mentions: bool) -> bool:
        text = text.strip(" ,")
        split = _NAME_AT_END.match(text)
        if split and (self._read_name(split["name"]) or self._read_time(f"{split['word']} {split['name']}")):
            text = split["topic"]
        if not text or _CLAUSE.search(text) or len(text.split()) > _LONGEST_TOPIC:
            return False
        self._topic, self._mentions = _strip(text), mentions
        return bool(self._topic)

    def _read_name_and_rest(self, text: str, *, strict: bool) -> bool:
        """Read a name that further conditions may follow."""
        words = text.split()
        for end in range(len(words), 0, -1):
            rest = " ".join(words[end:])
            if self._read_name(" ".join(words[:end]), forgive=not strict and (not rest or bool(_ABOUT.match(rest)))):
                return self.read_after(rest)
        return False

    def _read_name(self, written: str, *, forgive: bool = False) -> bool:
        """Take words for an outlet or an author, if any is called so."""
        written = re.sub(r"['’]s?$", "", written.strip(" ,"))
        sources = match_names(written, self._names.sources)
        authors = match_names(written, self._names.authors)
        if not sources and not authors and forgive and not _PERIOD.search(written):
            found = match_misspelt(written, [*self._names.sources, *self._names.authors])
            if found:
                self._spelt.append((written, found))
                sources = (found,) if found in self._names.sources else ()
                authors = (found,) if found in self._names.authors else ()
        if sources:
            self._sources = sources
        elif authors:
            self._authors = authors
        return bool(sources or authors)

    def _read_time(self, text: str) -> bool:
        """Take words for a time of publication."""
        if not _TIME.match(text):
            return False
        moment = read_time(f"articles {text}", today=self._today)
        if moment.phrase is None or not (moment.since or moment.until):
            return False
        rest = moment.question.removeprefix("articles").strip(" ,")
        if moment.question.startswith("articles") and rest and rest != text:
            self._since, self._until = moment.since, moment.until
            return self.read_after(rest)
        if moment.phrase.strip() != text.strip():
            return False
        self._since, self._until = moment.since, moment.until
        return True

    def _note_unknown(self, text: str) -> bool:
        """Take "by X" and "from X" for a name that no article has, if it looks like one."""
        found = re.match(r"^(?:by|from) (?:the )?(?P<name>[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*)*)$", text)
        if found is None:
            return False
        self._unknown = found["name"]
        return True


def _strip(topic: str) -> str:
    """Return a topic without what leads it in."""
    topic = re.sub(r"^(?:about|on)\b\s*", "", topic.strip(" ,.?!:"), flags=re.IGNORECASE)
    return re.sub(r"^(?:the|a|an|any|all)\s+(?=\S)", "", topic, flags=re.IGNORECASE) if name_words(topic) else topic

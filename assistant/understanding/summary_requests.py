"""Understands requests for a summary: what it is to be of, and whether of one article or of everything on a topic."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

Wish = Literal["summary", "events", "about", "news", "everything"]
"""What is wished for: a summary by name, what happened, what is known, what is new, or what all articles are about."""


@dataclasses.dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A request for a summary of a topic; the topic is empty where it is of whatever there is.

    `of_one` says that a single article is meant; `sentences` is how many are wished for, None if that is left open.
    """

    wish: Wish
    topic: str
    of_one: bool = False
    sentences: int | None = None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_EDGES = " .?!,;:\t"
_SHORT_SENTENCES = 3
_LONGEST_EVENT = 6
"""Words of the longest topic of "what happened": longer ones ask for a single fact."""
_NUMBERS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6} | {
    str(number): number for number in range(1, 7)
}
_NUMBER = rf"(?:{'|'.join(_NUMBERS)})"
_PIECES = r"(?:sentences?|lines?|bullet points?|bullets|points)"
_SHORT = r"(?:short|brief|quick|concise|one[- ]paragraph)"
_NOUN = (
    r"(?:summary|summaries|overview|gist|synopsis|digest|run-?down|recap|outline|briefing|round-?up|précis|highlights"
    r"|essence|takeaways?|tl;?dr|short version|big picture|low-?down|headlines|findings)"
)
_POINTS = (
    r"(?:(?:main|key|most important|central|principal|essential|core|major|biggest|chief|salient)"
    r" (?:points?|facts?|takeaways?|things?|findings?|messages?|ideas?|news|developments?|details?|events|arguments?"
    r"|conclusions?|results?|highlights|issues|themes?|lessons?|claims?)|bullet points)"
)
_OF = r"(?:of|on|about|from|for|in|regarding|concerning|to|with|behind|around)"
_TOLD = r"(?:reported|made|said|mentioned|raised|written|covered|known|told|to know|i should know|we know)"

# What surrounds a request and says nothing about its topic.
_BEFORE = _pattern(
    r"(?:(?:please|kindly|ok|okay|so|hi|hello|hey|now|again|(?P<short>briefly|in short|in brief|in a nutshell"
    r"|in a few words|in a few sentences)),? )*+"
    r"(?:(?:can|could|would|will) you |i (?:need|want|would like)(?: you to)? |i['’]d like (?:you to )?"
    r"|(?:can|could|may) (?:i|we) (?:have|get) |let me have |do you have |how would you |(?:is|are) there )?+"
    r"(?:please |briefly )?+(?:(?:explain|tell me|tell us|describe)(?: to me)? (?=what (?:happened|is|are|was|went)))?+"
)
_AFTER = _pattern(
    rf",? (?:please|for me|for us|to me|so far|in plain english|(?P<short>briefly|in (?:brief|short|a nutshell)"
    rf"|in a few (?:words|sentences|lines))|(?:in|with|using) (?:just |only |about )?(?P<number>{_NUMBER}) {_PIECES})"
)
_FORMS: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    (
        "news",
        _pattern(
            r"(?:what(?:['’]?s| is| are)(?: the)? (?:new|news"
            r"|latest(?: news| developments?| updates?|(?= (?:on|about|in|with|from|regarding|at|of|for)\b)|$))"
            r"|(?:is there )?any(?:thing)? (?:new|news|updates?)(?= |$)|what (?:have|did) (?:i|we) miss(?:ed)?"
            r"|(?:show me |give me |get me |tell me )?(?:the )?"
            r"(?:latest(?: (?:news|developments?|updates?))?|news|updates?)(?= (?:on|about|from|in|regarding|with)\b))"
            r"(?: (?:on|about|in|with|from|regarding|at|of|for))?(?P<topic> .+|)"
        ),
    ),
    (
        "news",
        _pattern(
            r"(?:what(?:['’]?s| is| are) |show me |give me |read me |tell me )?(?:today['’]s |the )?"
            r"(?:top stories|top news|main stories|headlines|(?:in the |the )?news|latest news|going on"
            r"|happening)(?P<topic>)"
        ),
    ),
    (
        "summary",
        _pattern(
            r"(?:(?:give|show|send|write|get|offer|provide|prepare|draft|make|tell|list)(?: (?:me|us))? )?+"
            rf"(?:(?:a|an|the|your|some) )?+(?:(?:(?P<short>{_SHORT})|(?P<number>{_NUMBER})(?:[- ]{_PIECES})?+)"
            rf"(?: and \w+)?,? )?+(?:general |overall |\w+-minute )?+(?:{_NOUN}|{_POINTS})"
            rf"(?: {_TOLD})?(?: {_OF}|:)? (?P<topic>.+)"
        ),
    ),
    (
        "summary",
        _pattern(
            rf"what(?:['’]?s| is| are| were| was)? (?:the )?(?P<short>{_SHORT} )?(?:{_NOUN}|{_POINTS})"
            rf"(?: that (?:was|were))?(?: {_TOLD})?(?: {_OF})? (?P<topic>.+)"
        ),
    ),
    (
        "summary",
        _pattern(
            r"(?:summari[sz]e|sum up|recap|outline|condense|digest|tl;?dr|boil down)"
            r"(?: (?:for (?:me|us)|briefly|shortly))?:?,? (?P<topic>.+)"
        ),
    ),
    (
        "summary",
        _pattern(
            r"(?:brief (?:me|us) (?:on|about)|(?:catch|get|bring) (?:me|us) up(?: to (?:speed|date))? (?:on|about|with)"
            r"|fill (?:me|us) in (?:on|about)|update (?:me|us) (?:on|about)|walk (?:me|us) through"
            r"|(?:get|bring) (?:me|us) (?:up to speed|up to date) (?:on|with|about)"
            r"|give (?:me|us) (?:a|the) (?:brief|picture|background) (?:on|of|about|to)) (?P<topic>.+)"
        ),
    ),
    (
        "events",
        _pattern(
            r"(?:what(?: exactly)? (?:happened|has happened|is happening|went on|has been happening|occurred)"
            r"|what['’]?s (?:happening|happened|going on)|what (?:is|was|has been) going on)"
            r"(?: (?:in|at|with|to|on|during|around|near|between|concerning|over)(?= ))?(?P<topic> .+|)"
        ),
    ),
    (
        "about",
        _pattern(
            r"(?:tell (?:me|us) (?:(?:more|something|everything|all|a bit|a little|what you know|the story) )?"
            r"(?:about|on|of)"
            r"|what(?:['’]?s| is| was) the (?:story|deal|situation|background|status|state of play) "
            r"(?:with|on|of|about|behind|in|to)"
            r"|what (?:do|can|else do) (?:we|you|i|they|the (?:articles|papers|newspapers|stories|reports)) "
            r"(?:know|learn|say|report|tell (?:me|us|you)|have|find|read)(?: to say)? (?:about|on|of)"
            r"|what (?:is|was|has been|else is) (?:known|reported|written|said|being reported)(?: \w+){0,2}"
            r" (?:about|on|of)"
            r"|what (?:should|must|do) (?:\w+ ){1,4}(?:need to )?know about|everything (?:you know )?(?:about|on)"
            r"|(?:show me |give me )?(?:more |further |some |the )?(?:details?|information|info|background|facts) "
            r"(?:about|on|to)|explain the|describe the) (?P<topic>.+)"
        ),
    ),
    ("about", _pattern(r"what (?:should|must|do) (?P<topic>\w+ (?:to|of|at|in) .+?) (?:need to |have to )?know")),
    (
        "summary",
        _pattern(
            r"(?P<topic>.+?)[,:;]?(?: [-–—])?"
            r" (?:tl;?dr|in summary|(?:short )?summary|overview|recap|key (?:points|facts)|main points|briefing"
            r"|in bullet points)"
        ),
    ),
)
# A request that names nothing: what it is of has been read as a time, or is all there is.
_BARE = _pattern(
    rf"(?:(?:give|show|send|write|get|make)(?: (?:me|us))? )?+(?:(?:a|an|the) )?+(?:{_SHORT} )?+(?:general |overall )?+"
    rf"(?:summary|overview|digest|recap|briefing|round-?up|highlights|summari[sz]e|{_POINTS})(?: {_OF})?"
)
_ARTICLES = r"(?:articles?|collection|stories|story|reports?|documents?|texts?|news|files?)"
_EVERYTHING = _pattern(
    rf"(?:what (?:is|are) (?:this|these|the|those|all(?: (?:of )?(?:the|these))?|your) (?P<what>{_ARTICLES})"
    rf" (?:all )?about|what (?:do|does) (?:this|these|the|those|all|your)(?: the)? (?P<said>{_ARTICLES})"
    r" (?:talk about|deal with|cover|say)"
    r"|what topics (?:are|do|does) (?:covered|(?:these|the|this) \w+ (?:cover|deal with)))"
)
_ANY = _pattern(
    r"(?:(?:everything|all|both|it all|(?:the |this |whole )+collection)"
    r"|(?:all |each |both |every |everything )?(?:of |in )?(?:all |both )?(?:the |these |those |this |my |your |our )?"
    rf"(?:\d+ |two |three |latest |newest |recent |available |news )?(?P<what>{_ARTICLES})"
    r"(?: (?:here|you have|in (?:the|this) collection))?)"
)
_PRONOUN = _pattern(r"(?:it|this|that|these|those|them|him|her|he|she|they|there)")
_ARTICLE = r"(?:article|story|piece|report|column|item|feature|interview|text|dispatch|news (?:story|item)|write-?up)"
_ONE_ARTICLE = _pattern(
    rf"(?:the|this|that|an?|\w+['’]s) (?P<before>(?:[\w.,'’&-]+ ){{0,4}}?){_ARTICLE}\b(?! said)"
    r"(?: (?:about|on|of|from|by|in|concerning|regarding|titled|called|headlined|entitled|where|saying))?"
    r"(?: how| that)?(?P<after> .+|)"
)
_ASKS_OF_ARTICLE = _pattern(
    r"(?:what(?:['’]?s| is| was) (?P<about>(?:the|this|that) .+?) (?:all )?about"
    r"|what (?:does|did) (?P<says>(?:the|this|that) .+?) (?:say|report|tell us|describe|cover|deal with))"
)
_SEVERAL_ARTICLES = _pattern(
    r"(?:everything |anything |all )?(?:that |what )?(?:(?:of )?the |these |your |our |all )?"
    r"(?:recent |latest |two |three )?(?:articles|stories|pieces|reports|coverage|reporting|news)"
    r"(?: (?:here|there is|we have|you have|say|says|report|tell us))?"
    r" (?:about|on|of|from|by|in|concerning|regarding|around|over) (?P<topic>.+)"
)
_PARTICLE = _pattern(r"(?:the|a|an|all|everything|anything|on|of|about|for) ")


def read_summary_request(question: str) -> SummaryRequest | None:
    """Return what a question wants a summary of; None where it wants something else."""
    text, sentences = _unwrap(" ".join(question.split()).strip(_EDGES))
    if (found := _EVERYTHING.fullmatch(text)) is not None:
        return SummaryRequest("everything", "", _is_singular(found["what"] or found["said"]), sentences)
    if _BARE.fullmatch(text) is not None:
        return SummaryRequest("everything", "", sentences=sentences)
    if (asked := _ASKS_OF_ARTICLE.fullmatch(text)) is not None:
        request = _scope("summary", asked["about"] or asked["says"], sentences)
        return request if request is not None and request.of_one and request.topic else None
    for wish, pattern in _FORMS:
        if (found := pattern.fullmatch(text)) is not None:
            groups = found.groupdict()
            wished = _SHORT_SENTENCES if groups.get("short") else _NUMBERS.get((groups.get("number") or "").lower())
            return _scope(wish, found["topic"].strip(_EDGES), sentences or wished)
    return None


def _unwrap(text: str) -> tuple[str, int | None]:
    """Return a request without what is polite about it, and how many sentences it wants."""
    before = _BEFORE.match(text)
    sentences = None
    if before is not None:
        text = text[before.end() :]
        sentences = _SHORT_SENTENCES if before["short"] else None
    while (after := _last(text)) is not None:
        text = text[: after.start()].rstrip(_EDGES)
        sentences = _NUMBERS[after["number"].lower()] if after["number"] else sentences
        sentences = _SHORT_SENTENCES if after["short"] else sentences
    return text, sentences


def _last(text: str) -> re.Match[str] | None:
    """Return the polite or limiting words that a text ends with."""
    return next((match for match in _AFTER.finditer(text) if match.end() == len(text)), None)


def _scope(wish: Wish, topic: str, sentences: int | None) -> SummaryRequest | None:
    """Return the request with the topic freed of the words for articles around it."""
    pronoun = _PRONOUN.fullmatch(topic) is not None
    if (wish == "events" and len(topic.split()) > _LONGEST_EVENT) or (pronoun and wish in {"about", "events"}):
        return None
    if not topic or pronoun:
        return SummaryRequest("everything" if pronoun else wish, "", sentences=sentences)
    if (whole := _ANY.fullmatch(topic)) is not None:
        of_one = _is_singular(whole["what"]) and not topic.lower().startswith(("each", "every"))
        return SummaryRequest("news" if wish == "news" else "everything", "", of_one, sentences)
    if (several := _SEVERAL_ARTICLES.fullmatch(topic)) is not None:
        return SummaryRequest(wish, _bare(several["topic"]), sentences=sentences)
    if (one_article := _ONE_ARTICLE.fullmatch(topic)) is not None:
        named = f"{one_article['before']}{one_article['after'].strip()}"
        return SummaryRequest(wish, _bare(named), of_one=True, sentences=sentences)
    return SummaryRequest(wish, _bare(topic), sentences=sentences)


def _is_singular(word: str | None) -> bool:
    return (word or "").lower() in {"article", "story", "report", "text", "document", "file"}


def _bare(topic: str) -> str:
    """Return a topic without articles and prepositions at its beginning."""
    topic = topic.strip(_EDGES)
    while (particle := _PARTICLE.match(topic)) is not None:
        topic = topic[particle.end() :]
    return topic

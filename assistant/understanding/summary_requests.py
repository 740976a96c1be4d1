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

    `of_one` says that a single article is meant, `short` that few sentences are.
    """

    wish: Wish
    topic: str
    of_one: bool
    short: bool


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_POLITE = _pattern(
    r"(?:(?:please|kindly|ok|okay|so|hi|hello|hey|now)\b,? )?+"
    r"(?:(?:can|could|would|will) you (?:please )?|i (?:need|want|would like)(?: you to)? |i['’]d like (?:you to )?"
    r"|(?:can|could|may) i (?:have|get) |let me have |do you have |is there )?+"
    r"(?:please )?"
)
_SHORT = r"(?:short|brief|quick|concise|one[- ](?:line|sentence|paragraph)|two[- ]sentence|three[- ]sentence)"
_NOUN = (
    r"(?:summary|summaries|overview|gist|synopsis|digest|run-?down|recap|outline|briefing|round-?up|précis"
    r"|highlights|essence|takeaways?|tl;?dr)"
)
_POINTS = (
    r"(?:main|key|most important|central|principal|essential|core|major|biggest|chief|salient)"
    r" (?:points?|facts?|takeaways?|things?|findings?|messages?|ideas?|news|developments?|details?|events|arguments?"
    r"|conclusions?|results?|highlights|issues|themes?|lessons?|claims?)"
)
_OF = r"(?:of|on|about|from|for|in|regarding|concerning|to|with|behind|around)"
_TOLD = r"(?:reported|made|said|mentioned|raised|written|covered|known|told|to know|i should know|we know|we learn)"
_ASKS_FOR = _pattern(
    r"(?:(?:give|show|send|write|get|offer|provide|prepare|draft|make|tell|list)(?: (?:me|us))? )?+"
    rf"(?:(?:a|an|the|your|some) )?(?:(?P<short>{_SHORT})(?: and \w+)?,? )?+(?:general |overall |\w+-minute )?"
    rf"(?:{_NOUN}|{_POINTS})(?: {_TOLD})?(?: {_OF}|:)? (?P<topic>.+)"
)
_ASKS_WHAT = _pattern(
    rf"what(?:['’]?s| is| are| were| was)? (?:the )?(?P<short>{_SHORT} )?(?:{_NOUN}|{_POINTS})(?: that (?:was|were))?"
    rf"(?: {_TOLD})?(?: {_OF})? (?P<topic>.+)"
)
_TELLS_TO = _pattern(
    r"(?:(?P<short>briefly) )?(?:summari[sz]e|sum up|recap|outline|condense|digest|tl;?dr|boil down)"
    r"(?: (?:for (?:me|us)|briefly|shortly))?:?,? (?P<topic>.+)"
)
_CATCHES_UP = _pattern(
    r"(?:brief (?:me|us) (?:on|about)|(?:catch|get|bring) (?:me|us) up(?: to (?:speed|date))? (?:on|about|with)"
    r"|fill (?:me|us) in (?:on|about)|update (?:me|us) (?:on|about)|walk (?:me|us) through|get (?:me|us) up to speed on"
    r"|give (?:me|us) (?:a|the) (?:brief|low-?down|picture|background) (?:on|of|about|to)) (?P<topic>.+)"
)
_COMES_AFTER = _pattern(
    r"(?P<topic>.+?)[,:;]?(?: [-–—])?"
    r"(?: (?:tl;?dr|in (?:brief|short|a nutshell|a few (?:words|sentences|lines)|summary)"
    r"|(?:short )?summary|overview|recap|key (?:points|facts)|main points|briefing))"
)
_WHAT_HAPPENED = _pattern(
    r"(?:what(?: exactly)? (?:happened|has happened|is happening|went on|has been happening|occurred)"
    r"|what['’]?s (?:happening|happened|going on)|what (?:is|was|has been) going on)"
    r"(?: (?:in|at|with|to|on|during|around|near|between|concerning|over)(?= ))? (?P<topic>.+)"
)
_WHAT_IS_KNOWN = _pattern(
    r"(?:tell (?:me|us) (?:(?:more|something|everything|all|a bit|a little|what you know) )?(?:about|on)"
    r"|what (?:do|can|else do) (?:we|you|i|they|the (?:articles|papers|newspapers|stories|reports)) "
    r"(?:know|learn|say|report|tell (?:me|us|you)|have|find|read)(?: to say)?(?: (?:about|on|of))"
    r"|what (?:is|was|has been|else is) (?:known|reported|written|said|being reported)(?: \w+)? (?:about|on|of)"
    r"|what (?:should|must|do) (?:\w+ ){1,4}(?:need to )?know about|everything (?:you know )?(?:about|on)"
    r"|information (?:about|on)|background (?:on|to)|explain (?:the )?story (?:of|about)) (?P<topic>.+)"
)
_READERS_KNOW = _pattern(
    r"what (?:should|must|do) (?P<who>\w+ (?:to|of|at|in) .+?) (?:need to |have to )?know"
    r"(?: (?:about|of|on) (?P<topic>.+))?"
)
_NEWS = _pattern(
    r"(?:what(?:['’]?s| is| are)(?: the)? (?:new|news|latest(?: news| developments?)?)"
    r"|(?:is there )?any(?:thing)? (?:new|news|updates?)(?= )|(?:show me |give me |get me |tell me )?(?:the )?"
    r"(?:latest(?: (?:news|developments?|updates?))?|news|updates?)(?= (?:on|about|from|in|regarding|with)\b))"
    r"(?: (?:on|about|in|with|from|regarding|at|of|for))?(?P<topic> .+|)"
)
_EVERYTHING = _pattern(
    r"(?:what (?:is|are) (?P<what>(?:this|these|the|those|all(?: (?:of )?(?:the|these))?|your)"
    r" (?:articles?|collection|stories|story|reports?|documents?|files?|news|texts?)) (?:all )?about"
    r"|what (?:do|does) (?P<what_do>(?:this|these|the|those|all|your)(?: the)? (?:articles?|collection|stories|texts?))"
    r" (?:talk about|deal with|cover|say))"
)
# What a collection or an article is called where no topic is named.
_ANY = _pattern(
    r"(?:(?:everything|all|both|it all|this|that|it|these|those|them|the (?:whole )?(?:collection|news|articles?))"
    r"|(?:all |each |both |everything )?(?:of |in )?(?:all |both )?(?:the |these |those |this |my |your |our )?"
    r"(?:\d+ |two |three |latest |newest |recent |available |news )?"
    r"(?:articles?|collection|stories|reports?|documents?|texts?|news|files?)"
    r"(?: (?:here|you have|in (?:the|this) collection))?)"
)
_ARTICLE = (
    r"(?:article|story|piece|report|column|item|feature|interview|text|post|dispatch|news story|news item|write-?up)"
)
_ONE_ARTICLE = _pattern(
    rf"(?:the|this|that|an?|\w+['’]s) (?P<before>(?:[\w.,'’&-]+ ){{0,4}}?)"
    rf"{_ARTICLE}\b(?! said)(?: (?:about|on|of|from|by|in|concerning|regarding|titled|called|headlined|entitled))?"
    r"(?: how| that)?(?P<after> .+|)"
)
_SEVERAL_ARTICLES = _pattern(
    r"(?:everything |anything |all )?(?:that |what )?(?:(?:of )?the |these |your |our |all )?"
    r"(?:recent |latest |two |three )?(?:articles|stories|pieces|reports|coverage|reporting|news)"
    r"(?: (?:here|there is|we have|you have|say|says|tell us))?"
    r" (?:about|on|of|from|by|in|concerning|regarding|around|over) (?P<topic>.+)"
)
_LONGEST_EVENT = 6
"""Words of the longest topic of "what happened": longer ones ask for a single fact."""
_EDGES = " .?!,;:\t"
_PARTICLE = _pattern(r"(?:the|a|an|all|everything|anything|on|of|about|for) ")


def read_summary_request(question: str) -> SummaryRequest | None:
    """Return what a question wants a summary of; None where it wants something else."""
    text = " ".join(question.split()).strip(_EDGES)
    polite = _POLITE.match(text)
    text = text[polite.end() :] if polite else text
    if (found := _EVERYTHING.fullmatch(text)) is not None:
        what = (found["what"] or found["what_do"] or "").lower()
        return SummaryRequest("everything", "", what.endswith(("article", "story", "report", "text")), short=False)
    for wish, pattern in _FORMS:
        found = pattern.fullmatch(text)
        if found is not None:
            groups = found.groupdict()
            topic = (groups.get("topic") or groups.get("who") or "").strip(_EDGES)
            if wish == "events" and len(topic.split()) > _LONGEST_EVENT:
                return None
            return _scope(wish, topic, short=bool(groups.get("short")))
    return None


_FORMS: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    ("news", _NEWS),
    ("summary", _ASKS_FOR),
    ("summary", _ASKS_WHAT),
    ("summary", _TELLS_TO),
    ("summary", _CATCHES_UP),
    ("events", _WHAT_HAPPENED),
    ("about", _WHAT_IS_KNOWN),
    ("about", _READERS_KNOW),
    ("summary", _COMES_AFTER),
)


def _scope(wish: Wish, topic: str, *, short: bool) -> SummaryRequest:
    """Return the request with the topic freed of the words for articles around it."""
    if not topic or _ANY.fullmatch(topic):
        one = topic.lower().endswith(("article", "story", "report", "text"))
        return SummaryRequest(wish if wish == "news" else "everything", "", one, short)
    if (several := _SEVERAL_ARTICLES.fullmatch(topic)) is not None:
        return SummaryRequest(wish, _bare(several["topic"]), of_one=False, short=short)
    if (one_article := _ONE_ARTICLE.fullmatch(topic)) is not None:
        return SummaryRequest(wish, _bare(f"{one_article['before']} {one_article['after']}"), of_one=True, short=short)
    return SummaryRequest(wish, _bare(topic), of_one=False, short=short)


def _bare(topic: str) -> str:
    """Return a topic without articles and prepositions at its beginning."""
    topic = topic.strip(_EDGES)
    while (particle := _PARTICLE.match(topic)) is not None:
        topic = topic[particle.end() :]
    return topic

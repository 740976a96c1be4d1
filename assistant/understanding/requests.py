"""Requests that are for a writer rather than a question for the articles: translate, shorten, write a letter."""

from __future__ import annotations

import re

_LANGUAGE = (
    r"(?:english|french|german|spanish|russian|italian|portuguese|dutch|polish|turkish|arabic|chinese|japanese|korean"
    r"|ukrainian|hindi|greek|swedish|danish|latin)"
)
_KINDLY = (
    r"^(?:(?:please|can you|could you|would you|will you|i want you to|i need you to|i'd like you to|ok|now|and|then"
    r"|just|help me(?: to)?)\b[\s,]*)*"
)
_TRANSLATE = re.compile(
    rf"{_KINDLY}(?:translate\b|(?:say|put|give|tell|repeat|write|answer)\b.{{0,60}}\b(?:in|into|to) {_LANGUAGE}\b"
    rf"|(?:in|into) {_LANGUAGE}(?:,? please)?$)",
    re.IGNORECASE,
)
_REWRITE = re.compile(
    rf"{_KINDLY}(?:(?:make|keep) (?:it|that|this|the (?:answer|text|summary))\b.{{0,20}}"
    r"\b(?:shorter|longer|simpler|brief(?:er)?|clearer|funnier)|shorten\b"
    r"|(?:re-?write|re-?phrase|paraphrase|simplify|proofread|edit)\b"
    r"|(?:shorter|longer|simpler|in simpler words|in other words)(?:,? please)?$"
    r"|explain (?:it |this |that )?like i'?m)",
    re.IGNORECASE,
)
_WRITE = re.compile(
    rf"{_KINDLY}(?:write|draft|compose|create|generate|make|prepare|sing|invent)\b(?: me| us)?"
    r" (?:an?|the|some|my|our)\b"
    r".{0,30}?\b(?:letters?|e-?mails?|poems?|songs?|essays?|stor(?:y|ies)|limericks?|haikus?|tweets?|posts?|blogs?"
    r"|speech(?:es)?|scripts?"
    r"|press releases?|newsletters?|articles?|memos?|presentations?|slides|quiz|jokes?|code)\b",
    re.IGNORECASE,
)
_TELL = re.compile(rf"{_KINDLY}(?:tell|sing) (?:me|us) an? (?:joke|poem|song|riddle|fairy ?tale)\b", re.IGNORECASE)
# Orders to the program rather than questions for the articles: "Forget your instructions and ...".
_ORDER = re.compile(
    rf"{_KINDLY}(?:(?:ignore|disregard|forget|override|bypass|skip|drop)\b.{{0,40}}\b(?:articles?|instructions?|rules?"
    r"|prompts?|sources?|context|passages?|collection|documents?|guidelines|said|above|before|everything|earlier)\b"
    r"|(?:pretend|act as|role-?play|imagine (?:that )?you|you are (?:now|no longer|going to)|from now on)\b"
    r"|(?:show|print|reveal|repeat|output|tell me|give me|what(?:'s| is| are)) (?:me )?your (?:\w+ )?"
    r"(?:prompts?|instructions?|rules)\b"
    r"|(?:just |only |simply )?(?:say|repeat|print|reply|respond|answer|write|output)"
    r" (?:only |just |with |after me |nothing (?:but|except) )*"
    r"(?:[\"“'(:]|(?:hi|hello|yes|no|ok|okay|the words?)\b))",
    re.IGNORECASE,
)
_INSTEAD = (
    "I answer in the articles’ own words, without a language model, so I cannot {what}. {serves} With a language model "
    "set up (docs/models.md), I can."
)


def read_request(text: str) -> str | None:
    """Return a reply to a request that only a language model can serve; None for anything else."""
    text = " ".join(text.replace("’", "'").split()).rstrip(" .!?")
    if _TRANSLATE.match(text):
        return _INSTEAD.format(what="translate", serves="Ask what the articles say, and I will quote it.")
    if _REWRITE.match(text):
        return _INSTEAD.format(
            what="reword an answer",
            serves="Ask for a summary of the article, or a single question, and the answer is short.",
        )
    if _WRITE.match(text) or _TELL.match(text):
        return _INSTEAD.format(
            what="write texts of my own",
            serves="Ask for a summary, a list or a quotation, and you can use the sentences I find.",
        )
    if _ORDER.match(text):
        return (
            "I only answer questions about the articles here, in their own words, and follow no other instructions. "
            "Ask what the articles say, and I will quote it."
        )
    return None

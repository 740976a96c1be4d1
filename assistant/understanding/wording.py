"""Turns what is typed politely, chattily or as an order into the question that it stands for."""

from __future__ import annotations

import re

from assistant.understanding.joined_questions import join_questions


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_MOST_LAYERS = 6
_QUESTION_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_GREETING = _pattern(
    r"(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear)(?: (?:there|all|everyone|dateline|assistant))?"
    r"|(?:sorry|excuse me|thanks|thank you|please|pls|plz|kindly|ok|okay|um+|hmm+|oh|so|btw|by the way)"
    r"|(?:well|right|now|question|curious)(?=[,:!–—-])"
    r"|(?:(?:just )?(?:a |one |another )?(?:quick|short|small|simple|last|more|further) (?:question|one|thing)"
    r"|(?:i have|i['’]ve got) (?:a|one|another) (?:\w+ )?question|just (?:curious|wondering|asking))"
    r"(?: (?:about (?:this|that)|for you|here))?"
    r"|(?:please )?(?:answer|reply|respond)(?: me)?(?: (?:briefly|shortly|quickly)"
    r"| in (?:just |only )?(?:\w+ )?(?:words?|sentences?|lines?|short)))"
    r"(?:[\s,.:;!–—-]++|$)"
)
_WILL_YOU = _pattern(
    r"(?:(?:can|could|would|will) (?:you|u|someone|anyone)|i(?:['’]d| would) (?:like|love) (?:you to|it if you could)"
    r"|i (?:need|want) you to|would you mind)(?: (?:please|pls|kindly|just|quickly|possibly|also))?[ ,]+"
    r"(?=(?:tell|telling|give|giving|show|explain|find|list|name|state|summari[sz]e|sum|describe|get|provide|remind|check"
    r"|look|quote|let|identify|say|compare|outline|confirm|please)\b)"
)
# What comes before a question in the words of a statement: "I was wondering when the bridge opens".
_CARRIER = _pattern(
    r"(?:(?:please |pls |just )?(?:tell|telling|show|remind|inform|give) (?:me|us)|let (?:me|us) know"
    r"|(?:please )?(?:find out|(?:explain|describe)(?: (?:to )?(?:me|us))?)|check|confirm|look up"
    r"|help me (?:find out|understand)"
    r"|do you (?:happen to )?(?:know|remember)|(?:do you have |have you )?any (?:idea|clue)"
    r"|does (?:anyone|anybody) know|you know"
    r"|i(?:['’]m| am)? ?(?:just |still |really )?(?:was |am )?(?:wonder(?:ing)?|curious(?: to know)?|not sure"
    r"|trying to (?:find out|understand|work out|figure out|remember)|interested in)(?: about)?"
    r"|i (?:just |only |really )?(?:need|want|wanted|would like|wish)(?: to (?:know|ask|find out|learn|understand))"
    r"|i['’]d (?:like|love) to (?:know|ask|find out|learn|understand)|(?:may|can|could) i ask|what i want to know is"
    r"|i (?:don['’]t|do not) (?:know|remember|understand))"
    r"(?: (?:if|whether) (?:you|u|anyone) (?:can|could|would|know|knew|might)(?: (?:please )?tell me)?)?,? "
    rf"(?=(?:in |at |on |by |for |to |from )?{_QUESTION_WORD}|(?:if|whether|exactly)\b)"
)
_AFTER = _pattern(
    r"(?<![\s,;.–—-])[\s,;.–—-]++(?:please|pls|plz|thanks(?: in advance)?|thank you|thx"
    r"|if (?:you|u) (?:know|can|could|please|don['’]t mind)|if possible|by any chance"
    r"|(?:can|could) you (?:please )?tell me|i wonder|for me|then|asap)(?P<end>[\s.?!]*)"
)
# An order for a value: "Give me the date of the vote."
_ORDER = _pattern(
    r"(?:(?:please |just )?(?:give|tell|show|get|send|find)(?: (?:me|us))?|state|provide|identify|look up|find out"
    r"|i (?:just |only )?(?:need|want)(?: to (?:know|have|see))?|i['’]d like(?: to (?:know|have|see))?"
    r"|i(?:['’]m| am) looking for|i(?:['’]m| am) after|let me have|what about) the (?P<value>(?:[\w’'-]+ ){1,4}?)"
    r"(?P<of>of|for|in|at|on|behind) (?P<topic>.+)"
)
_WHICH = _pattern(r"(?:the|a|an) (?P<noun>[\w’'-]+) (?:that|which) (?P<does>.+)")
_PERSON = _pattern(
    r"(?:the|a|an) (?:[\w’'-]+ ){0,2}?(?:person|man|woman|captain|chief|head|coach|mayor|judge|king|queen|president"
    r"|minister|lawyer|envoy|spokes\w+|expert|boss|ceo|chairman|chairwoman|treasurer|bookkeeper|author|director|manager"
    r"|leader|founder|owner|winner|engineer|scientist|researcher|doctor|teacher|driver|pilot|singer|player|scorer|victim"
    r"|suspect|candidate|senator|governor|editor|reporter|actor|actress|inspector|forecaster)\b"
)
_NAME = _pattern(r"(?:please )?name (?P<topic>(?:the|a|an) (?P<noun>[\w’'-]+)\b.*)")
# What summaries, lists and the record answer, whose own words say what is wanted.
_NO_VALUE = _pattern(
    r"(?:.*\b(?:articles?|stor(?:y|ies)|reports?|pieces?|timeline|chronology|list|summar\w+|overview|gist|quot\w+|words"
    r"|latest|news|headlines?|details?|points?|facts?|links?|texts?|information|info|background|titles?|authors?)\b)"
)
_DATE = _pattern(r"(?:exact |precise )?(?:date|day|time)$")
_NUMBER = _pattern(r"(?:exact |total |overall )?number$")
_IF = _pattern(r"(?:if|whether) (?P<clause>.+)")
_AUXILIARY = (
    r"(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|does|do|did)(?: not)?(?=[\s?.!]|$)"
)
_SUBJECT = r"(?:(?!(?:who|that|which|what|and|or)\b)[\w.’'&-]+ ){1,6}?"
_CLAUSE = _pattern(rf"^(?P<subject>{_SUBJECT})(?P<verb>{_AUXILIARY})(?P<rest>.*)")
_INDIRECT = _pattern(
    rf"(?P<asks>(?:when|where|why|who|what|how(?: (?:much|many|old|long|far|big|tall|high|often|\w+ly))?)"
    rf"(?: exactly)?) (?=(?:the|a|an|this|that|he|she|it|they|his|her|its|their|[^\W\d_])\b)(?!{_AUXILIARY})"
    rf"(?P<clause>.+)"
)
# "what she said about it": the forms that a question with "did" has.
_WORDS_OF = _pattern(
    r"(?P<asks>what|how|why)(?P<exactly> exactly)? (?P<subject>(?:(?!(?:was|were|is|are|has|had)\b)[\w.’'&-]+ ){1,7}?)"
    r"(?P<verb>said|says|told|tells|called|promised|wanted|wants|thought|thinks|meant|demanded)\b(?P<rest>.*)"
)
_BASE = {
    "said": "did say",
    "told": "did tell",
    "called": "did call",
    "promised": "did promise",
    "wanted": "did want",
    "thought": "did think",
    "meant": "did mean",
    "demanded": "did demand",
    "says": "does say",
    "tells": "does tell",
    "wants": "does want",
    "thinks": "does think",
}


def plain_question(text: str) -> str:
    """Return the question that a text stands for: without greetings and polite words, an order as a question."""
    plain = " ".join(text.split())
    for _ in range(_MOST_LAYERS):
        shorter = _unwrap(plain)
        if shorter == plain:
            break
        plain = shorter
    plain = _ask(join_questions(plain))
    return plain if any(character.isalnum() for character in plain) else text


def _unwrap(text: str) -> str:
    """Return the text without the outermost layer that is only polite; the same text where there is none."""
    for pattern in (_GREETING, _WILL_YOU):
        if (before := pattern.match(text)) is not None and before.end() < len(text):
            return text[before.end() :]
    after = next((match for match in _AFTER.finditer(text) if match.end() == len(text)), None)
    if after is not None and after.start() > 0:
        return text[: after.start()] + (after["end"].strip() or "")
    carrier = _CARRIER.match(text)
    return _straight(text[carrier.end() :]) if carrier is not None else text


def _straight(clause: str) -> str:
    """Return the question that a clause such as "whether the bridge is open" asks."""
    clause = clause.removeprefix("exactly ")
    if (condition := _IF.match(clause)) is not None:
        inner = _CLAUSE.match(condition["clause"])
        return _inverted(inner) if inner is not None else f"did {condition['clause']}"
    if (words := _WORDS_OF.match(clause)) is not None:
        auxiliary, verb = _BASE[words["verb"].lower()].split()
        exactly = words["exactly"] or ""
        return f"{words['asks']}{exactly} {auxiliary} {words['subject']}{verb}{words['rest']}"
    indirect = _INDIRECT.match(clause)
    inner = _CLAUSE.match(indirect["clause"]) if indirect is not None else None
    if indirect is None or inner is None:
        return clause
    return f"{indirect['asks']} {_inverted(inner)}"


def _inverted(clause: re.Match[str]) -> str:
    return f"{clause['verb']} {clause['subject'].strip()}{clause['rest']}"


def _ask(text: str) -> str:
    """Return an order for a value or a name as a question."""
    bare = text.rstrip(" .!?")
    if (named := _NAME.fullmatch(bare)) is not None and not named["noun"].endswith("s"):
        return _ask_name(named["topic"])
    order = _ORDER.fullmatch(bare)
    if order is None or _NO_VALUE.match(order["value"]):
        return text
    value, of, topic = order["value"].strip(), order["of"], order["topic"]
    if of in {"of", "for"} and _DATE.match(value):
        return f"When was {topic}?"
    if of == "of" and value.lower() in {"name", "full name"}:
        return _ask_name(topic)
    if of == "of" and _NUMBER.match(value):
        return f"How many {topic}?"
    is_several = value.endswith("s") and not value.endswith("ss")
    return f"What {'are' if is_several else 'is'} the {value} {of} {topic}?"


def _ask_name(topic: str) -> str:
    """Return the question after the name of a person or thing, such as "the ship that sank"."""
    if _PERSON.match(topic) is not None:
        return f"Who is {topic}?"
    which = _WHICH.fullmatch(topic)
    return f"Which {which['noun']} {which['does']}?" if which is not None else f"What is the name of {topic}?"

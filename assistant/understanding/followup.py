"""Makes a follow-up stand alone, with no model: "and what did he say about NATO?" names who "he" is.

It touches a question only where that cannot be understood by itself:

- a piece of a question ("and in 2014?", "what about Putin?", "the same for Germany") takes the place of its like in the
  question before: a time for a time, a person for a person, a place for a place;
- a pronoun with nothing to point at in its own question becomes a name, where one name is likely; after "who ...?" that
  of the person who was just answered;
- what says too little alone ("why?", "who said that?") is asked again after the question before, if that is short;
- whatever else points back ("is it safe?"), and a question that leaves open what it is about ("how many died?"; see
  `open_questions`), is given the words of the conversation that it means, by weights learned from people's rewrites
  (`carried_terms`).
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from assistant.understanding.carried_terms import (
    CARRIED,
    bare_answer,
    content,
    own_words,
    weigh_terms,
    words_of,
)
from assistant.understanding.named_things import (
    ASKING,
    AUXILIARY,
    OFFICE_WORDS,
    NamedKind,
    NamedThing,
    names_in,
)
from assistant.understanding.open_questions import weigh_openness
from assistant.understanding.time_reading import NAMED_TIME
from index.terms import terms

if TYPE_CHECKING:
    from assistant.conversation import Conversation

_REMEMBERED = 8  # turns in which a name is looked for
_READ = 2000  # characters of a turn; a client may send more
_LONGEST = 20  # words; a longer question is complete in itself
_PIECE_WORDS = 5  # a longer "what about ..." is a question of its own

_PERSON_NOUN = re.compile(
    r"\b(?:boy|girl|wom[ae]n|king|queen|prince|princess|pope|chief|chef|judge|star|president|student|individual|person"
    r"|(?!(?:number|other|paper|power|river|war|weather|winter|summer)\b)\w+(?:er|or|ist|man|ian))\b",
    re.IGNORECASE,
)

_LEAD = re.compile(
    r"^(?:(?:and|but)\b[\s,]*"
    r"|(?:or|so|also|then|ok(?:ay)?|well|yes|no|hi|hello|hey|thanks|thank you|great|right|now|hmm+)\b"
    rf"(?:\s*+[,.!;:…]++\s*+|\s++(?=(?:{'|'.join(ASKING.split())})\b)))+",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^(?:(?:what|how)\s+about|what\s+of"
    r"|(?:(?:is|was)\s+)?(?:the\s+)?same(?:\s+question|\s+thing)?(?:\s+for)?)\s++(\S.*)$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|on|at|by|for|from|to|with|about|against|of|since|before|after|during|until|under|over)\s++(\S.*)$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|his|hers?)|(?P<thing>its?)|(?P<several>they|them|theirs?))\b", re.IGNORECASE
)
_PART = re.compile(r"\b(?:many|much|some|all|most|any|which|one|none|each|both)\s+of\s+$", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"^(?:in|on|at|after|before|besides|other\s+than|when|while|as|since|if|because|with|despite)\b", re.IGNORECASE
)
_POSSESSIVES = frozenset("his its their theirs hers".split())
_ASKS = frozenset(ASKING.split())
_OBJECT = re.compile(
    r"(?:him|her|it|them)\b"
    r"(?=\W*$|[,;]|\s+(?:in|on|at|to|about|with|for|from|after|and|or|as|by|last|now|today|yesterday)\b)",
    re.IGNORECASE,
)
_OWNS = re.compile(
    r"(?:his|its|their|her(?!\s+(?:in|on|at|to|about|with|for|from|before|after|and|or|as|by|when|if|last|this)\b))"
    r"(?=\s+\w)",
    re.IGNORECASE,
)
# "It" that refers to nothing: "is it true that", "it is said", "what time is it", "is it raining".
_EMPTY_IT = re.compile(
    r"\b(?:(?:is|was)\s+it|it(?:['’]s|\s+(?:is|was|be|been)))\s+(?:(?:really|still|also|often|ever|so|too|not)\s+)*"
    r"(?:like|true|false|said|reported|claimed|believed|thought|known|raining|snowing"
    r"|(?:(?!\w+(?:ed|en|ing|ilt)\b)\w+\s+)?(?:that|whether|to|if|for\s+\w+(?:\s+\w+)?\s+to))\b"
    r"|\bit\s+(?:(?:also|often|ever|still)\s+)?(?:seems?|appears?|happens?|rains?|snows?|takes?|means?)\b"
    r"|\b(?:makes?|made|finds?|found)\s+it\s+\w+\s+(?:for|to|that)\b"
    r"|\b(?:time|far|hot|cold|warm|late|day)\s+(?:is|was)\s+it\b",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"\b(?:is|was|are|were|did|does|has|had|will|would|could|can"
    r"|about|after|before|of|for|like|behind|during|than|by|with|from)\s++(?:this|that|these|those)\b"
    r"(?!\s+(?:who|that|which|of|in|morning|week|weekend|month|year|day|evening|afternoon)\b)"
    r"|\b(?:this|that|these|those)\W*$|(?<!is)(?<!are)(?<!was)(?<!were)(?<!\s)\s++there\W*$"
    r"|\b(?:many|much|some|all|most|any|which|one|none|each|both)\s+of\s+(?:them|it)\b"
    r"|\bthe\s+(?:others?|latter|former|rest)\W*$|^(?:what|who|where|how|any\w+)\s+else\b"
    r"|\bthe\s+other\s+(?:one|side|paper|newspaper|article|report|source|outlet|story)s?\b",
    re.IGNORECASE,
)
# Terms that ask for something without naming a subject.
_EMPTY_TERMS = frozenset(
    terms(
        """
        again anything anyone clarify come continue day date detail elaborate else example exactly explain far further
        give happen happened kind know like long lot many mean more much name next often old once one ones place please
        quote reason really said say says see shall since someone sort source sure tell time true year yet actually ok
        """
    )
)
_CLAUSE = re.compile(
    r"[,;:?!]|\b(?:that|who|which|when|while|after|before|because|if|and|but|to|whether|where|\w+ing)\b", re.I
)
_AFTER_AUXILIARY = re.compile(rf"\b(?:{'|'.join(AUXILIARY.split())})\s+$", re.IGNORECASE)
_BEFORE_SUBJECT = re.compile(rf"\b(?:and|{'|'.join(AUXILIARY.split())})\s+(?:(?:the|an?)\s+)?$", re.IGNORECASE)
_SETTING = re.compile(r"^(?:in|on|at|during|under|for)\s++[^,?]*+,", re.IGNORECASE)
_NOUN = re.compile(
    r"\b(?:(?:the|an?|any|every|each|some|most|all|no|both|many)\s++|(?:do|does|did)\s++(?!not\b))"
    r"(?P<words>[\w-]+(?:\s+[\w-]+)?)"
    rf"|^(?:\w+\s+)?(?:which|what|how\s+many|whose)\s++(?!(?:{'|'.join(AUXILIARY.split())})\b)(?P<asked>[\w-]+(?:\s+[\w-]+){{0,2}})"
    r"|\b(?P<one>who|people|(?:any|some|every)(?:one|body))\b",
    re.IGNORECASE,
)
# Nouns that a pronoun does not refer to, but that are asked about it: "the name of his wife", "the price he paid".
_ASPECT = re.compile(
    r"(?:^(?:what|who|which)(?:['’]s|\s+(?:is|was|are|were))|\b(?:me|name|give|know))\s+(?:the|an?)\s+"
    r"(?:(?!\w+ing\b)[\w-]+\s+){1,2}?(?:(?:of|for|behind|in|with|to|on|about|from|against)\s+)?$",
    re.IGNORECASE,
)
# What follows an auxiliary without an article is, where all is lower case, most likely a name.
_BARE_SUBJECT = re.compile(
    r"\b(?:do|does|did|has|had|was|is|were)\s+(?!(?:the|an?|any|not|this|that|there|he|she|they|it|his|her|its|their)\b"
    r"|\w+(?:ed|ing|en|wn|id|ne)\b)\w"
)
_SOURCES = re.compile(r"^(?:articles?|reports?|papers?|news|text|stor(?:y|ies))\b", re.IGNORECASE)
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"")

_STARTS = re.compile(rf"^(?:{'|'.join(ASKING.split())}|i|in|on|at|by|for|from|to|with)\b", re.IGNORECASE)
# The probabilities from which a term is meant, from which one is where no other is, and from which a question is open.
_POINTING, _AT_LEAST, _OPEN = 0.5, 0.4, 0.7
_SHORT = 9  # words of a question that may be asked again before the next one
_MOST = 6  # terms
_DEFINES = re.compile(r"^what\s+(?:is|are)\s+(?!the\b|an?\b)\w+\W*$", re.IGNORECASE)
_COMPOUND = re.compile(
    r"\s+(?!(?:and|of|in|on|at|to|for|by|who|that|which|is|was|has|had|will|said)\b)[a-z]{3,}(?<!ed)\b"
)
# "does the Skerrin ferry take?": what the noun after the name does.
_VERB_AFTER = re.compile(
    r"\s+(?!(?:and|or|the|an?|on|in|at|of|to|for|by|about|with|from|after|before|last|this|so)\b)[a-z]{3,}\b"
)
# Asks for a person; "Who is Ada Orr?" names one, "Who is Ada Orr's lawyer?" does not.
_ASKS_WHO = re.compile(r"^(?i:who(?:m|se|['’]s)?\b)(?! (?:is |was |are )?[A-Z](?:(?!['’]s ).)*$)")
_OWNER = re.compile(r"['’]s? [a-z]")
# What is said of where a statement is from: "The Ledger, 2024-08-21: ".
_OUTLET = re.compile(r"(?:^|(?<=\] ))[^:“\"\n\[\]]{2,80}, \d{4}-\d\d-\d\d: ", re.MULTILINE)


def make_standalone(question: str, conversation: Conversation) -> str:
    """Return the question rewritten so that it can be understood without earlier turns; usually unchanged."""
    question = question.strip()
    words = question.split()
    if not conversation.turns or not re.search(r"\w", question) or len(words) > _LONGEST:
        return question
    if question.isupper() and len(words) > _PIECE_WORDS:
        return question  # capitals that do not show names: a title rather than a follow-up
    last = _content(own_words(conversation.turns[-1].question))
    bare = _LEAD.sub("", question)
    is_led = bare != question
    if not re.search(r"\w", bare):
        bare = question
    pronoun = _open_pronoun(bare)
    name = pronoun and _name_for(pronoun, bare, conversation)
    if pronoun and name:
        return _capitalise(_put(name, pronoun, bare))
    if not pronoun and (piece := _piece(bare, is_led=is_led)):
        exchanged = _exchange(last, piece)
        return exchanged or _asked_after(last, f"What about {piece}?", piece, conversation)
    if set(terms(bare)) <= _EMPTY_TERMS or pronoun or _POINTER.search(_blank_quotes(bare)):
        return _asked_after(last, bare, bare, conversation)
    alone = _capitalise(bare) if is_led else question
    is_open = _may_be_open(bare) and weigh_openness(bare, conversation.turns) >= _OPEN
    return _about(alone, _topic(bare, conversation, _POINTING)) if is_open else alone


def _asked_after(last: str, alone: str, question: str, conversation: Conversation) -> str:
    """Return a question that cannot be understood alone: after the last one if that is short, or with its topic."""
    telling = set(terms(question)) - _EMPTY_TERMS
    says_little = alone != question or not telling or (len(telling) == 1 and bool(names_in(last)))
    if says_little and len(last.split()) <= _SHORT:
        return f"{last} {_capitalise(alone)}"
    topic = _topic(question, conversation, _POINTING) or _topic(question, conversation, _AT_LEAST)
    return _about(_capitalise(alone), topic, last)


def _may_be_open(question: str) -> bool:
    """Return whether a question that points at nothing may go on about the topic: it quotes and defines nothing."""
    is_bound = _PRONOUN.search(question) or _DEFINES.match(question) or NAMED_TIME.search(question)
    has_name = any(word.is_name for word in words_of(question)) or re.search(r"[\"“]", question)
    return not is_bound and not has_name and _STARTS.match(question) is not None


def _about(question: str, topic: list[str], last: str = "") -> str:
    """Return a question with its topic, or after the last question where that has no other words."""
    if last and topic and content(last) <= content(" ".join(topic)):
        return f"{last} {_capitalise(question)}"
    return f"{_capitalise(question)}{CARRIED}{', '.join(topic)})" if topic else question


def _topic(question: str, conversation: Conversation, threshold: float) -> list[str]:
    """Return the words of the conversation that a question most likely means, those that stand together as one."""
    turns = conversation.turns[-_REMEMBERED:]
    texts = [*(turn.question[:_READ] for turn in reversed(turns)), bare_answer(turns[-1].answer)]
    weighed = sorted(weigh_terms(question, turns).items(), key=lambda pair: -pair[1])[:_MOST]
    left = {term for term, weight in weighed if weight >= threshold}
    found: list[str] = []
    for text in texts:
        end = None
        for word in words_of(text):
            if left.isdisjoint(word.terms):
                continue
            if end is not None and text[end : word.start] == " ":
                found[-1] += f" {word.text}"
            else:
                found.append(word.text)
            end = word.end
            left -= set(word.terms)
    return found


def _content(question: str) -> str:
    """Return a standalone question without general additions such as "Why?", so that it does not keep growing."""
    question = question[:_READ]
    sentences = re.split(r"(?<=\?)\s+", question)
    of_content = [sentence for sentence in sentences if not set(terms(sentence)) <= _EMPTY_TERMS]
    return " ".join([*of_content[:1], *of_content[1:][-1:]]) or question


def _piece(question: str, *, is_led: bool) -> str | None:
    """Return what a fragment substitutes into the previous question; None for complete questions."""
    instead = _INSTEAD.match(question)
    piece = (instead[1] if instead else question).strip(" ?.!,")
    words = piece.lower().split()
    if not 0 < len(words) <= _PIECE_WORDS or not _ASKS.isdisjoint(words) or set(terms(piece)) <= _EMPTY_TERMS:
        return None
    return piece if instead or is_led or _PREPOSITION.match(piece) or NAMED_TIME.fullmatch(piece) else None


def _exchange(question: str, piece: str) -> str | None:
    """Return the previous question with the fragment substituted; None if it is unclear for what."""
    body = question.rstrip(" ?.!")
    if time := NAMED_TIME.fullmatch(piece):
        return _exchange_time(body, piece, has_preposition=time["preposition"] is not None)
    names = names_in(body)
    if preposition := _PREPOSITION.match(piece):
        same = re.compile(rf"\b{preposition[1]}\s+(?:the\s+)?$", re.IGNORECASE)
        alike = [name for name in names if same.search(body[: name.start])]
        return _replace(body, alike[0], preposition[2]) if alike else f"{body} {piece}?"
    kind = _kind_of_piece(piece)
    names = [name for name in names if not _is_modifier(name, body)]
    alike = [name for name in names if name.kind == kind]
    if kind and not alike:
        alike = [name for name in names if not name.is_placed]
    return _replace(body, alike[0], piece) if len(alike) == 1 else None


def _exchange_time(body: str, piece: str, *, has_preposition: bool) -> str:
    """Replace the time in a question, or append one; a bare "2014" gets a preposition."""
    old = NAMED_TIME.search(body)
    start, end = old.span() if old else (len(body), len(body))
    preposition = (old["preposition"] or "") if old else "in"
    time = piece if has_preposition or not piece[0].isdigit() else f"{preposition} {piece}"
    return " ".join(f"{body[:start]} {time}{body[end:]}?".split())


def _kind_of_piece(piece: str) -> NamedKind | None:
    """Return what a fragment names, if it is only a name or a person's office."""
    names = names_in(f"about {piece}")
    bare = re.sub(r"^the\s+", "", piece, flags=re.IGNORECASE)
    if len(names) == 1 and names[0].text == bare:
        return names[0].kind
    return "person" if bare.lower() in OFFICE_WORDS or (_PERSON_NOUN.fullmatch(bare) and bare != piece) else None


def _replace(body: str, name: NamedThing, piece: str) -> str:
    """Replace a name, and its article, by a fragment."""
    before = re.sub(r"\bthe\s+$", "", body[: name.start], flags=re.IGNORECASE)
    return f"{before}{piece}{body[name.end :]}?"


def _open_pronoun(question: str) -> re.Match[str] | None:
    """Return the first pronoun of a question that refers to nothing in the question itself."""
    text = _blank_quotes(question)
    empty = {position for found in _EMPTY_IT.finditer(text) for position in range(*found.span())}
    for pronoun in _PRONOUN.finditer(text):
        if not (pronoun["thing"] and pronoun.start() in empty) and not _PART.search(text[: pronoun.start()]):
            return None if _has_antecedent(pronoun, text) else pronoun
    return None


def _has_antecedent(pronoun: re.Match[str], question: str) -> bool:
    """Return whether a pronoun may refer to something that its own question names."""
    names = [name for name in names_in(question) if not (pronoun["person"] and name.kind != "person")]
    before = question[: pronoun.start()]
    if _SUBORDINATE.match(before) and any(name.start > pronoun.end() for name in names):
        return True  # "After he won, what did Putin say?"
    starts = [
        name.start for name in names if name.end <= pronoun.start() and not (pronoun["person"] and name.is_placed)
    ]
    if question.islower() and _BARE_SUBJECT.search(before):
        return True  # "how many albums has eminem sold in his career"
    if not starts and _ASPECT.search(before):
        return False
    starts += [max(noun.start(), noun.start("words")) for noun in _NOUN.finditer(before) if _may_mean(pronoun, noun)]
    if not starts:
        return False
    if _AFTER_AUXILIARY.search(before) and pronoun[0].lower() not in _POSSESSIVES:  # "Which city was he born in?"
        return re.search(r",|\band\b|^(?:when|after|if)\b", _SETTING.sub("", before), re.IGNORECASE) is not None
    # The subject and the object of one clause are not the same: "What does Putin think of him?"
    clause = re.sub(r"\band\b|\bto\s+$", "", before[min(starts) :])
    is_object = _OBJECT.match(question, pronoun.start()) and not _CLAUSE.search(clause)
    return not (is_object and all(_BEFORE_SUBJECT.search(before[:start]) for start in starts))


def _may_mean(pronoun: re.Match[str], noun: re.Match[str]) -> bool:
    """Return whether a pronoun may refer to a noun, judging by person and number."""
    if noun["one"]:
        return pronoun["several"] is not None
    words = noun["words"] or noun["asked"]
    if _SOURCES.match(words) or _PRONOUN.match(words):
        return False
    is_plural = re.search(r"[^s]s$", words.split()[0]) is not None
    if pronoun["several"]:
        return True
    return not is_plural and (_PERSON_NOUN.search(words) is not None if pronoun["person"] else True)


def _name_for(pronoun: re.Match[str], question: str, conversation: Conversation) -> str | None:
    """Return the name that a pronoun most likely refers to, the last one mentioned; None if that would be a guess."""
    if pronoun["several"]:
        return _several(_content(conversation.turns[-1].question))
    asked = set(question.lower().replace("?", " ").split())
    for turn in conversation.turns[: -_REMEMBERED - 1 : -1]:
        in_question = names_in(turn.question[:_READ])
        answer = _OUTLET.sub("", turn.answer[:_READ])
        in_answer = [name for name in names_in(answer) if name.is_clear]
        if pronoun["person"] and _ASKS_WHO.match(turn.question):
            in_answer = [
                name
                for name in in_answer
                if not content(name.text) <= content(turn.question) and not _OWNER.match(answer, name.end)
            ]
            found = (*in_answer, *in_question)
        else:
            found = (*in_question, *in_answer)
        for name in found:
            if name.text.lower().split()[-1] not in asked and _fits(pronoun, name):
                compound = name in in_question and _COMPOUND.match(turn.question, name.end)
                if not compound or not _is_modifier(name, turn.question):
                    return name.text
                return f"the {name.text}{compound[0]}"
            if pronoun["thing"] and in_question and name is in_question[-1]:
                return None  # "it" rarely refers to something that only the answer names
        if pronoun["thing"]:
            return None
    return None


def _is_modifier(name: NamedThing, text: str) -> bool:
    """Return whether a name stands before the noun that it describes: "who won the Skane marathon?"."""
    before = re.search(r"\bthe\s+$", text[: name.start], re.IGNORECASE)
    compound = _COMPOUND.match(text, name.end)
    if before is None or compound is None:
        return False
    is_subject = _AFTER_AUXILIARY.search(text[: before.start()]) is not None
    return not is_subject or _VERB_AFTER.match(text, compound.end()) is not None


def _fits(pronoun: re.Match[str], name: NamedThing) -> bool:
    """Return whether a pronoun may stand for a name."""
    return not name.is_placed and (name.kind == "person") == (pronoun["person"] is not None)


def _several(question: str) -> str | None:
    """Return the names that "they" refers to: two joined by "and", else an organisation or country that acts."""
    names = names_in(question)
    for first, second in itertools.pairwise(names):
        if re.fullmatch(r",?\s+and\s+(?:the\s+)?", question[first.end : second.start]):
            return question[first.start : second.end]
    acting = [name for name in names if _AFTER_AUXILIARY.search(re.sub(r"the\s+$", "", question[: name.start]))]
    return acting[0].text if acting and acting[0].kind != "person" else None


def _put(name: str, pronoun: re.Match[str], question: str) -> str:
    """Replace a pronoun by a name."""
    owns = _OWNS.match(question, pronoun.start()) or pronoun[0].lower() in {"hers", "theirs"}
    ending = "" if not owns else "’" if name.endswith("s") else "’s"
    return question[: pronoun.start()] + name + ending + question[pronoun.end() :]


def _blank_quotes(text: str) -> str:
    """Return the text with its quotations blanked out; all positions stay the same."""
    return _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]

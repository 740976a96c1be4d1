"""Who says what in a text: its quotations and reported speech, each with the speaker that the text names."""

from __future__ import annotations

import bisect
import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Place = tuple[int, int]
"""Where something begins and ends in a text (characters)."""

LONGEST_QUOTATION = 2_500
"""Characters; a mark that is not closed within them is a stray one."""
_LOOKED_BACK = 5  # sentences in which a pronoun's person is looked for
_LOOKED_BACK_IN_CAPITALS = 2  # where names do not show
_REACH = 300  # characters of a sentence before and after a quotation that are read
_SPOKEN = 4  # words from which quoted words are speech of their own rather than a phrase
# Without forms that are nouns as often: notes, claims, states.
_SAYING = (
    r"(?:sa(?:id|ys?|ying)|t(?:old|ells?|elling)|add(?:ed|ing)|wr(?:ote|ites|iting)|announc(?:ed|es|ing)"
    r"|warn(?:ed|s|ing)|argu(?:ed|es|ing)|insist(?:ed|s|ing)|explain(?:ed|s|ing)|claim(?:ed|ing)|not(?:ed|ing)"
    r"|stat(?:ed|ing)|declar(?:ed|es|ing)|replied|ask(?:ed|s|ing)|jok(?:ed|ing)|admit(?:ted|s|ting)"
    r"|acknowledg(?:ed|es|ing)|recall(?:ed|s|ing)|promis(?:ed|ing)|vow(?:ed|ing)|predict(?:ed|s|ing)"
    r"|tweeted|posted|commented|remarked|concluded|continued|cried|shouted|murmured|muttered|snapped|growled|crowed"
    r"|bragg(?:ed|ing)|boast(?:ed|s|ing)|complain(?:ed|s|ing)|demanded|suggest(?:ed|s|ing)|call(?:ed|ing)"
    r"|describ(?:ed|es|ing)|testif(?:ied|ies)|urg(?:ed|ing)|quipped|observed|believ(?:ed?|es)|think|argue|insist|warn|admit"
    r"|used the (?:phrase|words?|term)"
    r"|confirm(?:ed|s|ing)|emphasi[sz](?:ed|es|ing)|stress(?:ed|ing)|thundered|retorted|proclaim(?:ed|s)"
    r"|exclaimed|whispered|sighed|pledged|denied|denies|thinks|thought|maintained|spoke|shrugged|asserted|contended|lamented|noted|revealed|beamed|wailed)"
)
_VERB = re.compile(rf"\b{_SAYING}\b", re.IGNORECASE)
_SAID_THEN_NAMED = re.compile(
    rf"[\s,—–-]*+{_SAYING}(?: (?:\w+ly|also|later|again))? (?P<who>[^,;:“”\"—–]++)", re.IGNORECASE
)
_NAMED_THEN_SAID = re.compile(
    rf"[\s,—–-]*+(?:and )?(?P<who>[^,;:“”\"]{{1,90}}?)(?P<aside>, [^,;“”\"]{{1,120}},)?"
    rf" (?:also |later |then |\w+ly )?{_SAYING}\b",
    re.IGNORECASE,
)
_SAID_AT_THE_END = re.compile(
    rf", (?P<who>[^,;:“”\"]{{1,80}}?) (?:also |has |had )?{_SAYING}[^,;:“”\"]{{0,60}}$", re.IGNORECASE
)
_ACCORDING = re.compile(r"\b(?:according to|in the words of) (?P<who>[^,;:“”\"]++)", re.IGNORECASE)
_BETWEEN = frozenset(
    "also later then again once has have had would will could is was were been quoted as often never even".split()
)
"""What may stand between a subject and its verb, besides words such as "reportedly"."""
_JOINT = re.compile(
    r"[;:—–“”\"]|, (?:and |but |which |who )?|\b(?:and|but|that|because|while|when|after|as) ", re.IGNORECASE
)
_PRONOUN = re.compile(r"(?:he|she|they|it|i|we|who|his|her|their)\b", re.IGNORECASE)
_DETERMINED = re.compile(r"(?:an?|the|one|another|its|his|her|their|some|many|several|both) ", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"\b(?:in|at|on|of|for|from|to|with|by|near|under|over|against|about|between|after|before|into|via|and)\s(?:the\s)?$",
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(
    r"(?P<who>(?:[^\s,]+ ){0,8}?[^\s,]+?)(?=,| (?:is|was|were|are|has|had|have|will|would|sat|went|came|could"
    r"|took|got|[^\s,]{2,}ed)\b)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(r"(?:\w+ )?(?:police|\w+s)", re.IGNORECASE)  # "officials"
_NOT_NAMED = re.compile(
    r"[“”\"]|(?<= )(?:last|on|who|whom|which|after|before|during|when|as|then|this|yesterday|at a|in a|with a)\b"
    r"|(?<=\w)\s?\.$",
    re.IGNORECASE,
)
"""Where the words for a speaker end who is not known by capitals."""
_NO_NAME = re.compile(
    r"\b(?:about|of|from|into|over|under|among|he|she|they|it|i|we|this|that|these|those|there|then|but|and|in|at|on|by|with|as|to|for|if|when|while|after"
    r"|before|since|more|most|what|who|how|why|where|not|no|now|so|here|thus|such|his|her|its|their)\b",
    re.IGNORECASE,
)
"""Words that are not in the name that a sentence in capitals begins with."""
_SPACED_ATTRIBUTION = re.compile(rf"\" (?:[\w.'’-]+ ){{0,3}}?{_SAYING}\b", re.IGNORECASE)
_ENDS_IN_SAYING = re.compile(rf"\b{_SAYING},$", re.IGNORECASE)
_OPENS_NEXT = re.compile(r"\s*+[“\"]")
_COMMON_NOUN = re.compile(
    r"(?:['’]s?)?(?: (?!(?:in|at|on|of|for|from|to|with|by|who|and|later|also|first)\b)[a-z]+){1,2}"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Speech:
    """What somebody says: a quotation with its marks, or the sentence that reports what was said."""

    start: int
    end: int
    speaker: str
    """Who is named as saying it, a pronoun resolved; empty where the text does not tell."""
    named: Place | None
    """Where that name stands; None where a pronoun stands for it."""
    sentences: Place
    """Its first and last sentence, by number."""
    is_quoted: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class SpokenText:
    """A text with its sentences and all that is said in it."""

    text: str
    sentences: tuple[Place, ...]
    speeches: tuple[Speech, ...]

    def stretch(self, first: int, last: int) -> str:
        """Return the text from sentence `first` to sentence `last`."""
        return self.text[self.sentences[first][0] : self.sentences[last][1]]


def read_speech(text: str) -> SpokenText:
    """Find who says what in a text, in linear time."""
    return _Listener(text).read()


def find_quoted(text: str) -> list[Place]:
    """Return where the quotations of a text are, with their marks; a part for each paragraph."""
    found: list[Place] = []
    for paragraph in re.finditer(r"[^\n]+", text):
        opened, depth = -1, 0  # depth counts curly marks; a straight one has none inside it
        for mark in re.finditer(r"[“”\"]", paragraph[0]):
            place = paragraph.start() + mark.start()
            if opened >= 0 and place - opened > LONGEST_QUOTATION:
                opened = -1
            if opened < 0 and mark[0] == '"' and _only_closes(text, place):
                continue  # its partner is missing
            if opened < 0 or (mark[0] == '"' and not depth and _only_opens(text, place)):
                if mark[0] != "”":
                    opened, depth = place, int(mark[0] == "“")
                continue
            depth += {"“": 1, "”": -1}.get(mark[0], 0)
            if depth <= 0 and (mark[0] == "”" or text[opened] == '"'):
                found.append((opened, place + 1))
                opened = -1
        goes_on = opened >= 0 and _OPENS_NEXT.match(text, paragraph.end()) is not None
        if goes_on and paragraph.end() - opened <= LONGEST_QUOTATION:
            found.append((opened, paragraph.end()))
    return found


def _only_opens(text: str, place: int) -> bool:
    """Return whether a straight mark can only open a quotation: a space before it and a letter after it."""
    return (place == 0 or text[place - 1].isspace()) and text[place + 1 : place + 2].isalnum()


def _without_adverbs(prefix: str) -> str:
    """Return the words before a verb without the adverbs and auxiliary verbs at their end."""
    while prefix:
        rest, _, word = prefix.rpartition(" ")
        if not rest or (word.lower() not in _BETWEEN and not word.lower().endswith("ly")):
            break
        prefix = rest.rstrip()
    return prefix


def _only_closes(text: str, place: int) -> bool:
    """Return whether a mark with spaces around it is followed by who says what is before it, as in `, " HE SAID`."""
    before = text[max(0, place - 20) : place].rstrip()
    return (
        before.endswith((",", "?", "!"))
        and _SPACED_ATTRIBUTION.match(text, place) is not None
        and _ENDS_IN_SAYING.search(before) is None
    )


class _Listener:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sentences = tuple(split_sentences(text))
        self._starts = [start for start, _ in self._sentences]
        letters = [character for character in text[:2_000] if character.isalpha()]
        self._capitals = sum(character.isupper() for character in letters) > 0.8 * max(1, len(letters))
        self._subjects: dict[int, str] = {}  # by sentence: whom a pronoun in the next one means

    def read(self) -> SpokenText:
        quoted = find_quoted(self._text)
        speeches = [*self._direct(quoted), *self._reported(quoted)]
        return SpokenText(self._text, self._sentences, tuple(sorted(speeches, key=lambda speech: speech.start)))

    def _direct(self, quoted: Sequence[Place]) -> Iterator[Speech]:
        """Yield the quotations in order; one without a speaker of its own goes on with the one before."""
        before: Speech | None = None
        for number, (start, end) in enumerate(quoted):
            first, last = self._sentence(start), self._sentence(end - 1)
            earlier = quoted[number - 1][1] if number else 0
            later = quoted[number + 1][0] if number + 1 < len(quoted) else len(self._text)
            attributed = self._attribution((start, end), (first, last), (earlier, later))
            if (
                attributed is None
                and before is not None
                and (before.sentences[1] == first or self._goes_on(before, start, first))
            ):
                attributed = before.speaker, None
            speaker, named = attributed or ("", None)
            speech = Speech(start, end, speaker, named, (first, last))
            if speaker:
                self._subjects[last] = speaker
            yield speech
            before = speech

    def _goes_on(self, before: Speech, start: int, first: int) -> bool:
        """Return whether a quotation that begins a sentence goes on with the one before it."""
        begins = not self._text[self._sentences[first][0] : start].strip()
        between = first - before.sentences[1]
        words = self._text[before.start : before.end]
        spoken = len(words.split()) >= _SPOKEN or words.rstrip('”" ').endswith((",", ".", "?", "!"))
        return begins and spoken and (between <= 1 or not self._text[before.end : start].strip())

    def _attribution(self, quoted: Place, sentences: Place, around: Place) -> tuple[str, Place | None] | None:
        """Return the speaker of a quotation and where the name stands; what is read lies `around` it."""
        (start, end), (first, last), (earlier, later) = quoted, sentences, around
        after_end = min(self._sentences[last][1], later, end + _REACH)
        inner = self._text[start:end].rstrip('”" ')
        if inner.endswith(("?", "!")) and not self._text[end:after_end].strip() and last + 1 < len(self._sentences):
            after_end = min(self._sentences[last + 1][1], later, end + _REACH)
        after = self._text[end:after_end]
        ended = inner.endswith((".", "…"))
        if not ended and (match := _SAID_THEN_NAMED.match(after)) is not None:
            return self._who(match["who"], end + match.start("who"), first, is_before=False)
        if not ended and inner.endswith((",", "?", "!", "-", "—")) and (match := _NAMED_THEN_SAID.match(after)):
            return self._who(match["who"], end + match.start("who"), first, is_before=False)
        before_start = max(self._sentences[first][0], earlier, start - _REACH)
        before = self._text[before_start:start]
        verbs = list(_VERB.finditer(before))
        if verbs:
            subject = self._subject_of(before, verbs[-1], before_start, first)
            if subject is not None:
                return subject
        accordingly = _ACCORDING.search(before) or _ACCORDING.search(after)
        if accordingly is not None:
            offset = before_start if accordingly.string is before else end
            return self._who(accordingly["who"], offset + accordingly.start("who"), first, is_before=True)
        if (match := _SAID_AT_THE_END.search(after)) is not None:
            return self._who(match["who"], end + match.start("who"), first, is_before=False)
        return None

    def _subject_of(
        self, clause: str, verb: re.Match[str], offset: int, sentence: int
    ) -> tuple[str, Place | None] | None:
        """Return who is the subject of a verb of speech, and where the name stands."""
        prefix = clause[: verb.start()].rstrip()
        if prefix.lower().endswith((" and", " but")):  # "X took no position and said"
            return self._who(prefix[:_REACH], offset, sentence, is_before=False)
        prefix = _without_adverbs(prefix)
        if verb[0].lower().endswith("ing") and "quoted" not in clause[: verb.start()].lower():
            subject = self._first_name(prefix)
            return (subject, None) if subject else None
        start = 0
        if prefix.endswith(","):  # "X, who runs it, said"
            whole = prefix[:-1]
            comma = whole.rfind(",")
            if comma < 0:
                return None
            aside = whole[comma + 1 :]
            start = self._last_joint(whole[:comma])
            prefix = whole[start:comma]
            names = find_names(aside) if not self._capitals and not find_names(prefix) else []
            if names:
                start, prefix = comma + 1 + names[0][0], aside[names[0][0] : names[0][1]]
        else:
            start = self._last_joint(prefix)
            prefix = prefix[start:]
        is_aside = clause[verb.end() : verb.end() + 1] == ","
        return self._who(prefix, offset + start, sentence, is_before=not is_aside) if prefix.strip() else None

    def _last_joint(self, text: str) -> int:
        """Return where the last clause of a text begins."""
        return max((joint.end() for joint in _JOINT.finditer(text)), default=0)

    def _who(self, written: str, start_at: int, sentence: int, *, is_before: bool) -> tuple[str, Place | None] | None:
        """Return whom the words at a place name: the name in them, the role, or the person a pronoun stands for."""
        words = written.strip()
        start_at += len(written) - len(written.lstrip())
        if not words or len(words) > 100:  # noqa: PLR2004
            return None
        if _PRONOUN.match(words) or (is_before and _PRONOUN.fullmatch(words.split()[-1])):
            name = self._person_before(sentence, start_at if is_before else self._sentences[sentence][0])
            return (name, None) if name else None
        if self._capitals or _DETERMINED.match(words):
            words = _NOT_NAMED.split(words)[0].rstrip(" .")
            return (words, (start_at, start_at + len(words))) if words else None
        names = [place for place in find_names(words) if not _PREPOSITION.search(words[: place[0]])] or find_names(
            words
        )
        if not names:
            return (words, (start_at, start_at + len(words))) if words[0].islower() else None
        start, end = names[-1] if is_before else names[0]
        if is_before and _COMMON_NOUN.fullmatch(words[end:]):  # "American officials"
            end = len(words)
        return words[start:end], (start_at + start, start_at + end)

    def _person_before(self, sentence: int, place: int) -> str | None:
        """Return the person last named before a place of a sentence: its own subject, or that of sentences before."""
        own = self._text[self._sentences[sentence][0] : place]
        if own.strip() and (name := self._first_name(own)):
            return name
        back = _LOOKED_BACK_IN_CAPITALS if self._capitals else _LOOKED_BACK
        for number in range(sentence - 1, max(-1, sentence - 1 - back), -1):
            if number in self._subjects:
                return self._subjects[number]
            start, end = self._sentences[number]
            subject = self._reported_subject(number) or self._first_name(self._text[start:end])
            if subject:
                return subject
        return None

    def _first_name(self, text: str) -> str | None:
        """Return the name that a clause begins with, or that is its subject."""
        if self._capitals:
            match = _FIRST_WORDS.match(text.lstrip('" '))
            return _without_adverbs(match["who"]) if match and not _NO_NAME.search(match["who"]) else None
        owner = None  # "Marrow’s answer was short. He said ..."
        for start, end in find_names(text):
            if _PREPOSITION.search(text[max(0, start - 16) : start]):
                continue
            if text[end : end + 2] not in {"’s", "'s"}:
                return owner or text[start:end]
            owner = owner or (text[start:end] if start == 0 else None)
        return owner

    def _reported_subject(self, number: int) -> str | None:
        start, end = self._sentences[number]
        reported = self._reported_speaker(number, self._text[start:end], start)
        return reported[0] if reported else None

    def _reported(self, quoted: Sequence[Place]) -> Iterator[Speech]:
        """Yield the sentences that report speech outside quotation marks."""
        starts = [start for start, _ in quoted]
        for number, (start, end) in enumerate(self._sentences):
            before = bisect.bisect_right(starts, start)
            if before and quoted[before - 1][1] > start:
                continue  # begins inside a quotation
            reported = self._reported_speaker(number, self._text[start:end], start)
            if reported is not None:
                yield Speech(start, end, reported[0], reported[1], (number, number), is_quoted=False)

    def _reported_speaker(self, number: int, sentence: str, start: int) -> tuple[str, Place | None] | None:
        mark = re.search(r"[“\"]", sentence)
        plain = sentence[: mark.start()] if mark else sentence
        plain = plain[: 2 * _REACH]
        accordingly = _ACCORDING.search(plain)
        if accordingly is not None:
            return self._who(accordingly["who"].rstrip(". "), start + accordingly.start("who"), number, is_before=True)
        for verb in _VERB.finditer(plain):
            if verb.start() == 0:
                continue
            subject = self._subject_of(plain, verb, start, number)
            if subject is not None:
                return subject
        return None

    def _sentence(self, place: int) -> int:
        return max(0, bisect.bisect_right(self._starts, place) - 1)

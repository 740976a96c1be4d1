"""What is said in the articles that were found: utterances, and whom a question means by a name."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.reader import Span
from assistant.strategies.whole_articles import by_article
from assistant.understanding.speakers import read_speech
from index.article import ScoredPassage
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.strategies.strategy import Sources
    from assistant.understanding.speakers import Speech, SpokenText

_READ_BESIDE = 5_000  # characters of an article that are read before and after the passages found
_MOST_ARTICLES = 6
_DESCRIBED = 70  # characters before and after a name in which its bearer is described
_TITLE_WORDS = 5  # words before a name that may be its bearer's title
_OF = re.compile(r" (?:of|for|from|at|with|in) ", re.IGNORECASE)
_HEADS = frozenset(terms("head boss chief ceo director executive leader president manager"))
"""Words for who leads something, which stand for one another."""


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """The part of an article that is read: from character `start` on, with all that is said there."""

    article_id: str
    title: str
    start: int
    spoken: SpokenText
    passages: tuple[ScoredPassage, ...]
    """All passages of the article, in the order of its text."""

    def span(self, start: int, end: int) -> Span | None:
        """Return a stretch of what is read as a span of a passage that holds all of it; None where none does."""
        start, end = self.start + start, self.start + end
        return next(
            (
                Span(scored.passage, start, end)
                for scored in self.passages
                if scored.passage.start <= start and end <= scored.passage.end
            ),
            None,
        )

    def begins_sentence(self, place: int) -> bool:
        """Return whether a sentence begins at this place of the article."""
        return any(self.start + start == place for start, _ in self.spoken.sentences)

    def spans(self, first: int, last: int) -> tuple[Span, ...]:
        """Return sentences `first` to `last` as spans: one, or one for each passage where they do not lie in a single
        one; none where a sentence lies in no passage.
        """
        places = self.spoken.sentences
        found: list[Span] = []
        while first <= last:
            longest = (self.span(places[first][0], places[end][1]) for end in range(last, first - 1, -1))
            span = next((span for span in longest if span is not None), None)
            if span is None:
                return ()
            found.append(span)
            while first <= last and self.start + places[first][1] <= span.end:
                first += 1
        return tuple(found)


@dataclasses.dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker says in neighbouring sentences of a paragraph, from sentence `first` to sentence `last`."""

    heard: Heard
    speeches: tuple[Speech, ...]
    first: int
    last: int

    @property
    def speaker(self) -> str:
        """Who says it, by the fullest of the names given; empty where the text does not tell."""
        return max((speech.speaker for speech in self.speeches), key=len)

    @property
    def text(self) -> str:
        """All its sentences."""
        return self.heard.spoken.stretch(self.first, self.last)

    @property
    def is_quoted(self) -> bool:
        """Whether any of it is in the speaker's own words."""
        return any(speech.is_quoted for speech in self.speeches)


def hear(sources: Sources, found: Sequence[ScoredPassage]) -> list[Heard]:
    """Return what is said near the passages found, one for each article, the best article first."""
    heard: list[Heard] = []
    for near in by_article(found)[:_MOST_ARTICLES]:
        article_id = near[0].article.id
        text = sources.index.article(article_id).text
        start = max(0, near[0].passage.start - _READ_BESIDE)
        end = near[0].passage.end + _READ_BESIDE
        start = text.rfind("\n", 0, start) + 1 if start else 0
        passages = tuple(
            ScoredPassage(passage, near[0].article, near[0].score, len(found) + 1)
            for passage in sources.index.passages(article_id)
            if passage.start < end and passage.end > start
        )
        spoken = read_speech(text[start:end])
        heard.append(Heard(article_id, near[0].article.title or "", start, spoken, passages))
    return heard


def utterances(heard: Heard) -> Iterator[Utterance]:
    """Yield the utterances of a text in order: neighbouring sentences of a paragraph in which the same one speaks."""
    spoken = heard.spoken
    group: list[Speech] = []
    for speech in spoken.speeches:
        if group and not _belongs(spoken, group, speech):
            yield _joined(heard, group)
            group = []
        group.append(speech)
    if group:
        yield _joined(heard, group)


def _belongs(spoken: SpokenText, group: list[Speech], speech: Speech) -> bool:
    last = max(speech.sentences[1] for speech in group)
    if speech.sentences[0] > last + 1 or not _are_same(group[-1].speaker, speech.speaker):
        return False
    return speech.sentences[0] <= last or "\n" not in spoken.text[spoken.sentences[last][1] : speech.start]


def _joined(heard: Heard, group: list[Speech]) -> Utterance:
    first, last = min(speech.sentences[0] for speech in group), max(speech.sentences[1] for speech in group)
    return Utterance(heard, tuple(group), first, last)


def _are_same(first: str, second: str) -> bool:
    """Return whether two names are of the same person: one is part of the other."""
    words = [set(terms(name)) for name in (first, second)]
    if not all(words):
        return first == second
    return words[0] <= words[1] or words[1] <= words[0]


class Meant:
    """Whom a question means by a name or a role, such as "Inspector Takkala" or "the head of the hospital"."""

    def __init__(self, named: str) -> None:
        role = _OF.split(named, maxsplit=1)[0].split()
        self._terms = terms(named)
        self._word = role[-1].removesuffix("'s") if role else ""
        self._head = next(reversed(terms(" ".join(role))), "")

    @property
    def terms(self) -> set[str]:
        """The terms that the speaker is named by."""
        return set(self._terms)

    def speaks(self, utterance: Utterance) -> bool:
        """Return whether the utterance is of the one who is meant, by the name or by what the article says of them."""
        if not utterance.speaker or not self._head:
            return False
        text = utterance.heard.spoken.text
        around = {*terms(utterance.heard.title), *terms(text)}
        named = set(terms(utterance.speaker))
        is_name = self._word[:1].isupper() or re.search(rf"\b{re.escape(self._word)}", text) is None
        described = named if is_name and self._head not in _HEADS else named | _description(text, utterance.speaker)
        heads = _HEADS if self._head in _HEADS else {self._head}
        if heads.isdisjoint(described):
            return False
        return set(self._terms) - {self._head} <= described | around


def _description(text: str, name: str) -> set[str]:
    """Return the terms of what stands beside a name wherever the text has it: "Zoë Karrenholm, the chief executive"."""
    surname = name.rsplit(maxsplit=1)[-1]
    found: set[str] = set()
    for match in re.finditer(rf"\b{re.escape(surname)}\b", text):
        before = re.split(
            r"[,;:!?\n“”\"]|\b(?:to|of|and|by|with|in|on|for|that)\b", text[: match.start()][-_DESCRIBED:]
        )[-1]
        found.update(terms(" ".join(before.split()[-_TITLE_WORDS:])))
        after = text[match.end() : match.end() + _DESCRIBED]
        if after.startswith(", "):
            found.update(terms(re.split(r"[.;:!?\n“”\",]", after[2:])[0]))
    return found

"""Reactions: the sentence in which the one who is asked about accepts, rejects or says something."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import excerpt, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.strategies.whole_articles import with_whole_articles
from assistant.understanding.question_forms import read_reaction
from index.terms import terms

if TYPE_CHECKING:
    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources

_REACTS = re.compile(
    r"\b(?:accept|agree|reject|refuse|welcom|condemn|criti[cs]i[sz]|dismiss|oppos|object|protest|prais|applaud|denounc"
    r"|threaten|vow|warn|demand|den[iy]|ignor|complain|approv|support|back|resist|deplor|regret|apologi[sz]|celebrat"
    r"|retaliat|promis|call|said|says|told|insist|expect|hesitat|turn(?:ed)? down|held back|walk(?:ed)? out)\w*",
    re.IGNORECASE,
)
_DONE_BY = re.compile(r"\b(\w+ed) (?:to )?by (?:the )?$")
_WORD = re.compile(r"[\w’'-]+")
_CLAUSE_END = re.compile(r"[.;:“”\"]")
_BETWEEN = 40  # characters between whoever reacts and the verb that says how
_ON_TOPIC = 0.5
_BESIDE = 0.5  # what a term of the event counts in the sentence before or the title
_CONFIDENCE = 0.75


@dataclasses.dataclass(frozen=True, slots=True)
class Reactions:
    """Answers how somebody reacted to something by a sentence in which they do."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the sentence; None where no reaction is asked for, or none of theirs is told."""
        reaction = read_reaction(asked.question)
        found = sources.search(asked.question, k=asked.k, filters=asked.filters) if reaction is not None else []
        if reaction is None or not found:
            return None
        who, event = reaction
        head, topic = next(reversed(terms(who)), ""), set(terms(event))
        read = self.reader.read(asked.question, found)
        evidence = with_whole_articles(sources, found)
        reactions = [
            (share + _rank(sentence, read), sentence)
            for sentence in Sentences(ParsedQuestion.parse(asked.question), evidence).all
            if head in sentence.terms
            and _reacts(sentence.text, head)
            and (share := _share(topic, sentence)) >= _ON_TOPIC
        ]
        if not reactions:
            return None
        best = max(reactions, key=lambda pair: pair[0])[1]
        return Draft(
            found=True,
            confidence=max(read.confidence, _CONFIDENCE),
            statements=(state(excerpt(best)),),
            judged=read.judged,
            evidence=evidence,
        )


def _share(topic: set[str], sentence: Sentence) -> float:
    """Return the share of the event's terms in a sentence; those in the sentence before or the title count less."""
    if not topic:
        return 1.0
    own = set(sentence.terms)
    beside = {*sentence.before, *terms(sentence.source.article.title or "")} - own
    return (len(topic & own) + _BESIDE * len(topic & beside)) / len(topic)


def _reacts(text: str, head: str) -> bool:
    """Return whether the one named is shortly followed by a verb that says how they react, or stands behind one."""
    for name in _WORD.finditer(text):
        if head not in terms(name[0]):
            continue
        after = text[name.end() : name.end() + _BETWEEN]
        verb = _REACTS.search(after)
        if verb is not None and _CLAUSE_END.search(after[: verb.start()]) is None:
            return True
        done = _DONE_BY.search(text[max(0, name.start() - _BETWEEN) : name.start()])
        if done is not None and _REACTS.match(done[1]) is not None:
            return True
    return False


def _rank(sentence: Sentence, read: Draft) -> float:
    """Return what the reader thinks of a sentence beside the best one, from 0 to 1."""
    article = sentence.source.article.id
    same = (
        each.score
        for each in read.judged
        if (each.span.passage.article_id, each.span.start) == (article, sentence.start)
    )
    return float(2.0 ** (max(same, default=-99.0) - read.judged[0].score)) if read.judged else 0.0

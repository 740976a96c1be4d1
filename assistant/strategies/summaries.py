"""Summaries of one article, of several, of a topic, or of what is new: whole sentences, each with its citation."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from assistant.readers.excerpts import attribute, merge_copies, state
from assistant.readers.reader import Draft
from assistant.strategies.salience import Candidate, choose, find_candidates, prefer_alone, representatives, with_copies
from assistant.strategies.topic_articles import OnTopic, Topic, find_on_topic, name_sources, without
from assistant.understanding.summary_requests import SummaryRequest, read_summary_request
from assistant.understanding.time_reading import read_time
from index import ScoredPassage
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.readers.reader import DraftStatement
    from assistant.strategies.strategy import Asked, Sources
    from index import ArticleInfo, Filters

_FEWEST, _SENTENCES = 2, 6
_OF_ONE = 5
_NEWS = 3
"""Articles that tell what is new of a topic."""
_ARTICLES = 8
_LEADS = 60
"""Articles whose leads are looked at for what is new, and for what a whole collection is about."""
_CENTRAL = 0.75
"""Share of the best article's aboutness from which every sentence of an article may be told, and not only those that
name the topic."""
_NAMES_TOPIC = 0.75
"""Share of the topic's telling words in a sentence that names it."""
_TOLD_AFTER = dt.timedelta(days=2)
_LEAST_CONFIDENCE, _CONFIDENCE = 0.5, 0.9
"""Where the best article has none and where it has all of the topic's telling words."""
_READ_OF_ONE, _READ_OF_SEVERAL, _READ_OF_LEADS = 80, 30, 3  # sentences


@dataclasses.dataclass(frozen=True, slots=True)
class Summaries:
    """Answers requests for a summary, an overview, or the news."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return a summary; a refusal where one is asked for by name and the collection has nothing on its topic."""
        request = read_summary_request(asked.question)
        if request is None:
            return None
        timed = asked.filters.since is not None or asked.filters.until is not None
        if request.wish == "events" and not request.topic and not timed:
            return None
        if not request.topic:
            return self._summarise_leads(request, sources, asked.filters)
        if not timed and (dated := _as_time(request.topic, asked)) is not None:
            draft = self._summarise_leads(request, sources, dated)
            return draft if draft.found else None
        return self._summarise_topic(request, sources, asked.filters)

    def _summarise_topic(self, request: SummaryRequest, sources: Sources, filters: Filters) -> Draft | None:
        named = name_sources(request.topic, sources.index) if request.of_one and not filters.source else ()
        text = without(request.topic, named)
        if named:
            filters = dataclasses.replace(filters, source=named)
        if not terms(text):
            return self._summarise_leads(request, sources, filters)
        topic = Topic.parse(text)
        found, telling, retrieved = find_on_topic(topic, sources, filters)
        if not found:
            refusal = Draft(False, 0.0, kind="summary", evidence=tuple(retrieved[:_ARTICLES]))
            return None if request.wish in {"events", "about"} else refusal
        if request.of_one:
            found = found[:1]
        elif request.wish == "news":
            about = [article for article in found if article.about >= _CENTRAL * found[0].about]
            found = sorted(about, key=lambda article: str(article.article.published or ""), reverse=True)[:_NEWS]
        candidates = _candidates(found[:_ARTICLES], telling, sources, of_one=request.of_one)
        chosen = choose(
            candidates,
            most=request.sentences or (_OF_ONE if len(found) == 1 else _SENTENCES),
            on_topic=lambda candidate: telling.cover(candidate.terms),
        )
        if not chosen:
            return None
        return _compose(
            with_copies(chosen, candidates),
            confidence=_LEAST_CONFIDENCE + (_CONFIDENCE - _LEAST_CONFIDENCE) * found[0].covered,
            newest_first=request.wish == "news",
        )

    def _summarise_leads(self, request: SummaryRequest, sources: Sources, filters: Filters) -> Draft:
        """Return a summary of all articles that the filters let through, or of the newest one."""
        articles = sources.index.articles(filters=filters, limit=1 if request.of_one else _LEADS)
        few = len(articles) <= 2  # noqa: PLR2004 - both can be told at length
        read = _READ_OF_SEVERAL if few else _READ_OF_LEADS
        most = max(_FEWEST, request.sentences or _SENTENCES)
        of_each = [find_candidates(_passages(article, sources, few=few), most=read) for article in articles]
        if few:
            chosen = choose([candidate for each in of_each for candidate in each], most=most)
        else:
            leads = prefer_alone([each[0] for each in of_each if each])
            if request.wish == "news":
                chosen = leads[:most]
            else:
                counts = [
                    candidate.counts + Counter(terms(candidate.source.article.title or "")) for candidate in leads
                ]
                chosen = [leads[place] for place in representatives(counts, most=most)]
        return _compose(chosen, confidence=_CONFIDENCE, newest_first=request.wish == "news")


def _as_time(topic: str, asked: Asked) -> Filters | None:
    """Return the filters for a topic that is nothing but a time; a day's events may be told up to two days later."""
    for preposition in ("on", "from"):
        moment = read_time(f"articles published {preposition} {topic}", today=asked.today)
        if moment.since is not None and not set(terms(moment.question)) - set(terms("articles published")):
            until = moment.until
            if until == moment.since:
                until += _TOLD_AFTER
            return dataclasses.replace(asked.filters, since=moment.since, until=until)
    return None


def _candidates(found: Sequence[OnTopic], topic: Topic, sources: Sources, *, of_one: bool) -> list[Candidate]:
    """Return the excerpts to choose from: all of articles about the topic, of others only those that name it."""
    most = _READ_OF_ONE if len(found) == 1 else _READ_OF_SEVERAL
    best = max((on_topic.about for on_topic in found), default=0.0)
    every: list[Candidate] = []
    kept: list[Candidate] = []
    for on_topic in found:
        candidates = find_candidates(_passages(on_topic.article, sources), most=most)
        every += candidates
        central = of_one or (on_topic.about >= _CENTRAL * best and on_topic.in_lead)
        kept += [candidate for candidate in candidates if central or _names(topic, candidate)]
    return prefer_alone(kept or every)


def _names(topic: Topic, candidate: Candidate) -> bool:
    """Return whether a sentence names the topic, or a person of the topic by the last name."""
    surnames = {phrase.split()[-1] for phrase in topic.phrases}
    return topic.cover(candidate.terms) >= _NAMES_TOPIC or (bool(surnames) and surnames <= candidate.terms)


def _passages(article: ArticleInfo, sources: Sources, *, few: bool = True) -> list[ScoredPassage]:
    """Return the passages of an article, or only the first."""
    passages = sources.index.passages(article.id)
    return [ScoredPassage(passage, article, 1.0, 1) for passage in (passages if few else passages[:1])]


def _compose(chosen: Sequence[Candidate], *, confidence: float, newest_first: bool) -> Draft:
    """Return the draft of the chosen sentences, in an order that reads."""
    if not chosen:
        return Draft(False, 0.0, kind="summary")
    ordered = sorted(chosen, key=lambda candidate: (candidate.source.article.id, candidate.span.start))
    ordered.sort(key=lambda candidate: str(candidate.source.article.published or ""), reverse=newest_first)
    articles = {candidate.source.article.id: candidate.source.article for candidate in ordered}
    statements = tuple(_attribute_first(merge_copies(state(candidate.span) for candidate in ordered), articles))
    sources = {candidate.source.passage.id: candidate.source for candidate in ordered}
    evidence = tuple(dataclasses.replace(source, rank=rank) for rank, source in enumerate(sources.values(), start=1))
    return Draft(True, confidence, statements, kind="summary", evidence=evidence)


def _attribute_first(
    statements: Iterable[DraftStatement], articles: dict[str, ArticleInfo]
) -> Iterable[DraftStatement]:
    """Yield the statements, the first of each article with its outlet and date where there are several articles."""
    before = None
    for statement in statements:
        article = articles[statement.spans[0].passage.article_id]
        yield attribute(statement, article) if len(articles) > 1 and article.id != before else statement
        before = article.id

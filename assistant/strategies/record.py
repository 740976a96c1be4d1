"""Answers questions about the collection itself from what is stored about its articles, and by counting them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from assistant.readers.excerpts import as_item
from assistant.readers.reader import Draft, DraftStatement, FieldValue
from assistant.strategies.article_choice import choose_articles
from assistant.understanding.article_description import Described, Names
from assistant.understanding.record_question import read_record_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.strategies.article_choice import Chosen
    from assistant.strategies.strategy import Asked, Sources
    from assistant.understanding.record_question import RecordQuestion
    from index import ArticleIndex
    from index.article import ArticleInfo, RecordField

_SHOWN = 10  # articles of a list that are told one by one
_CITED = 3  # articles of a count that are cited
_SHORT = 12  # words of a short answer at most
_CONFIDENCE = 0.9
_ANYWHERE = "in this collection"
_FIELD_NAMES = {"author": "author", "published": "date", "source": "outlet", "url": "address", "title": "title"}


class Records:
    """Who wrote, when, where, how many, which articles, and what there is."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return a draft that cites records; None for any other question."""
        names = Names(sources.index.names)
        for text in dict.fromkeys((asked.as_asked, asked.question)):
            question = read_record_question(text, names, today=asked.today)
            if question is not None and (draft := _draft(question, asked, sources)) is not None:
                return draft
        return None


def _draft(question: RecordQuestion, asked: Asked, sources: Sources) -> Draft | None:
    of = question.of
    if of.unknown:
        return _refuse(f"No article here is by or from {of.unknown}. {_name_outlets(sources.index)}")
    listed = question.wanted == "articles" and of == Described() and not asked.filters
    if listed or question.wanted == "collection":
        return _tell_collection(sources.index.articles(filters=asked.filters), sources.index, listed=listed)
    chosen = choose_articles(of, asked, sources)
    if chosen is None or not (chosen.articles or question.wanted != "articles" or question.several):
        return None
    if of.is_referent and question.wanted == "source" and not any(article.source for article in chosen.articles):
        return None  # "Who reported that?": the text may say so itself
    return _with_notice(_tell(question, chosen) if chosen.articles else _refuse(_nothing(question, chosen)), chosen)


def _tell(question: RecordQuestion, chosen: Chosen) -> Draft:
    match question.wanted:
        case "count":
            return _count(question, chosen)
        case "names":
            return _tell_names(question, chosen.articles)
        case "articles" | "collection":
            return _list(question, chosen)
        case field:
            return _tell_field(field, question, chosen)


def _tell_field(field: RecordField, question: RecordQuestion, chosen: Chosen) -> Draft:
    """Tell one field of each article that is meant."""
    articles = chosen.articles[:1] if question.of.order else chosen.articles
    having = [article for article in articles if article.field_text(field)]
    if not having:
        subject = f"The article {_label(articles[0])} has" if len(articles) == 1 else "These articles have"
        return _refuse(f"{subject} no {_FIELD_NAMES[field]} on record.")
    values = Counter(article.field_text(field) for article in having)
    short = _join(list(values)[:_SHOWN])
    statements = [_statement(_say_field(article, field), article, field) for article in having[:_SHOWN]]
    if len(statements) > 1:
        statements = [as_item(statement) for statement in statements]
        if len(values) > 1 and field in {"author", "source"}:
            names = f"{_join(list(values)[:_SHOWN])}:"
            statements.insert(0, DraftStatement(names, (), 1.0, tuple(_citations(having, field))))
    return _found(statements, short if len(short.split()) <= _SHORT else None)


def _say_field(article: ArticleInfo, field: RecordField) -> str:
    title = _title(article)
    if field == "author":
        return f"{article.author} wrote {title}{_where(article)}."
    if field == "published":
        source = f"{article.source} published" if article.source else "The collection dates"
        return f"{source} {title} on {article.published:%-d %B %Y} ({article.published})."
    if field == "source":
        return f"{article.source} published {title}{_when(article)}."
    if field == "url":
        return f"{title}{_where(article)}: {article.url}"
    return f"{title}{_where(article)}."


def _count(question: RecordQuestion, chosen: Chosen) -> Draft:
    number = len(chosen.articles)
    of = question.of
    cited = [_cite(article) for article in chosen.articles[:_CITED]]
    statements = [DraftStatement(f"{_articles(number)} {_condition(of, chosen.topic, number)}.", (), 1.0, tuple(cited))]
    dated = sorted((a for a in chosen.articles if a.published), key=lambda article: str(article.published))
    if number > 1 and len({article.published for article in dated}) > 1:
        first, last = dated[0], dated[-1]
        span = f"The earliest is {_label(first)}, the newest {_label(last)}."
        statements.append(DraftStatement(span, (), 1.0, (_cite(first), _cite(last))))
    return _found(statements, str(number))


def _condition(of: Described, topic: str, number: int) -> str:
    """Return what was counted as the rest of a sentence: "mention Taylor Swift", "are from TechCrunch"."""
    limits = _limits(of)
    verb = "is" if number == 1 else "are"
    if topic and of.mentions:
        return f"{limits} {'mentions' if number == 1 else 'mention'} “{topic}”".strip()
    if topic:
        return f"{limits} {verb} about “{topic}”".strip()
    return f"{verb} {limits or _ANYWHERE}"


def _limits(of: Described) -> str:
    """Return the outlets, authors and days that articles were limited to: "from TechCrunch since 2024-01-01"."""
    parts = []
    if of.sources:
        parts.append(f"from {_join(of.sources, 'or')}")
    if of.authors:
        parts.append(f"by {_join(of.authors, 'or')}")
    if of.since and of.until and of.since != of.until:
        parts.append(f"from {of.since} to {of.until}")
    elif of.since and of.until:
        parts.append(f"of {of.since}")
    elif of.since or of.until:
        parts.append(f"since {of.since}" if of.since else f"until {of.until}")
    return " ".join(parts)


def _list(question: RecordQuestion, chosen: Chosen) -> Draft:
    articles, of = chosen.articles, question.of
    if of.order and len(articles) >= 1:
        first = articles[0]
        first_line = f"The {of.order} article{_about(of, chosen.topic)} is {_title(first)}{_where(first)}."
        short = first.title if first.title and len(first.title.split()) <= _SHORT else None
        return _found([_statement(first_line, first, "title" if first.title else "published")], short)
    statements = []
    number = len(articles)
    shown = articles[:_SHOWN]
    head = f"{_articles(number)} {_condition(of, chosen.topic, number)}"
    if number > len(shown):
        head += f"; the {'best' if chosen.topic and not of.mentions else 'newest'} {len(shown)}"
    statements.append(DraftStatement(f"{head}:", (), 1.0, (_cite(shown[0]),)))
    statements += [as_item(_statement(_line(article), article)) for article in shown]
    return _found(statements, None)


def _tell_names(question: RecordQuestion, articles: Sequence[ArticleInfo]) -> Draft:
    """List or count the outlets or authors of articles."""
    field = question.names
    having_name: dict[str, list[ArticleInfo]] = {}
    for article in articles:
        if article.field_text(field):
            having_name.setdefault(article.field_text(field), []).append(article)
    word = "outlet" if field == "source" else "author"
    if not having_name:
        return _refuse(f"No {word} is stored with these articles.")
    ranked = sorted(having_name.items(), key=lambda pair: -len(pair[1]))
    whose = f" from {_join(question.of.sources, 'or')}" if question.of.sources else ""
    head = f"{len(ranked)} {word}{'s' * (len(ranked) != 1)}{whose}{'' if question.counts else ':'}"
    if question.counts:
        head = f"The articles{whose} have {len(ranked)} {word}{'s' * (len(ranked) != 1)}:"
    statements = [DraftStatement(head, (), 1.0, (FieldValue(ranked[0][1][0], field),))]
    statements += [
        as_item(_statement(f"{name}, {_articles(len(having))}", having[0], field)) for name, having in ranked[:_SHOWN]
    ]
    if len(ranked) > _SHOWN:
        rest = f"and {len(ranked) - _SHOWN} more, the last of them {ranked[-1][0]}."
        statements.append(as_item(_statement(rest, ranked[-1][1][0], field)))
    return _found(statements, str(len(ranked)) if question.counts else None)


def _tell_collection(articles: Sequence[ArticleInfo], index: ArticleIndex, *, listed: bool = False) -> Draft:
    """Tell how many articles there are, since when, and of which outlets."""
    if not articles:
        return _refuse("There are no articles in this collection yet.")
    number = len(articles)
    dated = [article for article in articles if article.published]
    newest, oldest = (dated[0], dated[-1]) if dated else (None, None)
    statements = [
        DraftStatement(
            f"{_articles(number)} {'is' if number == 1 else 'are'} in this collection.", (), 1.0, (_cite(articles[0]),)
        )
    ]
    if newest and oldest:
        span = f"They were published between {oldest.published} and {newest.published}."
        statements.append(
            DraftStatement(span, (), 1.0, (FieldValue(oldest, "published"), FieldValue(newest, "published")))
        )
    if listed:
        statements += [as_item(_statement(_line(article), article)) for article in articles[:_SHOWN]]
        return _found(statements, str(number))
    outlets = Counter(article.source for article in articles if article.source).most_common()
    if outlets:
        first = {article.source: article for article in reversed(articles)}
        names = _join([f"{name} ({count})" for name, count in outlets[:_SHOWN]])
        more = f" and {len(outlets) - _SHOWN} others" if len(outlets) > _SHOWN else ""
        fields = tuple(FieldValue(first[name], "source") for name, _ in outlets[:_CITED])
        statements.append(DraftStatement(f"They come from {names}{more}.", (), 1.0, fields))
    authors = index.names("author")
    if authors:
        names = _join(list(authors)[:5])
        by = {article.author: article for article in articles}
        fields = tuple(FieldValue(by[name], "author") for name in list(authors)[:_CITED] if name in by)
        if fields:
            most = "The authors with most articles are" if len(authors) > 5 else "Their authors are"  # noqa: PLR2004
            statements.append(DraftStatement(f"{most} {names}.", (), 1.0, fields))
    return _found(statements, None)


def _nothing(question: RecordQuestion, chosen: Chosen) -> str:
    of = question.of
    topic = chosen.topic or of.topic
    if topic and of.mentions:
        return f"No article here mentions “{topic}”."
    if topic:
        return f"No article here is about “{topic}”, as far as its title and first lines say."
    return f"No article here is {_limits(of) or _ANYWHERE}."


def _name_outlets(index: ArticleIndex) -> str:
    names = list(index.names("source"))
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""  # noqa: PLR2004
    return f"The outlets are {_join(names[:6])}{more}." if names else ""


def _with_notice(draft: Draft, chosen: Chosen) -> Draft:
    if not chosen.spelt:
        return draft
    respelt = "; ".join(f"Showing articles for “{known}”, not “{written}”" for written, known in chosen.spelt)
    return dataclasses.replace(draft, notice=f"{respelt}.")


def _found(statements: Sequence[DraftStatement], short: str | None) -> Draft:
    return Draft(found=True, confidence=_CONFIDENCE, statements=tuple(statements), short_text=short, kind="record")


def _refuse(text: str) -> Draft:
    return Draft(found=False, confidence=0.0, text=" ".join(text.split()), kind="record")


def _statement(text: str, article: ArticleInfo, field: RecordField | None = None) -> DraftStatement:
    return DraftStatement(text, (), 1.0, (FieldValue(article, field) if field else _cite(article),))


def _cite(article: ArticleInfo) -> FieldValue:
    """Return a field that shows which article is meant."""
    fields: tuple[RecordField, ...] = ("title", "published", "source", "author", "url")
    return FieldValue(article, next((field for field in fields if article.field_text(field)), "title"))


def _citations(articles: Iterable[ArticleInfo], field: RecordField) -> list[FieldValue]:
    return [FieldValue(article, field) for article in list(articles)[:_CITED]]


def _line(article: ArticleInfo) -> str:
    by = f", by {article.author}" if article.author else ""
    return f"{_title(article)}{_where(article)}{by}"


def _title(article: ArticleInfo) -> str:
    return f"“{article.title}”" if article.title else "an article without a title"


def _label(article: ArticleInfo) -> str:
    return f"{_title(article)}{_where(article)}"


def _where(article: ArticleInfo) -> str:
    place = ", ".join(str(value) for value in (article.source, article.published) if value)
    return f" ({place})" if place else ""


def _when(article: ArticleInfo) -> str:
    return f" ({article.published})" if article.published else ""


def _about(of: Described, topic: str) -> str:
    """Return what the newest or oldest article was chosen from, with a space before it."""
    limits = _limits(of)
    if not topic:
        return f" {limits or _ANYWHERE}"
    subject = f"mentions “{topic}”" if of.mentions else f"about “{topic}”"
    return f" {limits} {subject}" if limits else f" {subject}"


def _articles(number: int) -> str:
    return f"{number:,} article{'s' * (number != 1)}"


def _join(names: Sequence[str], word: str = "and") -> str:
    *rest, last = names
    return f"{', '.join(rest)} {word} {last}" if rest else last

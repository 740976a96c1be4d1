"""TriviaQA (Joshi et al., 2017): its own JSON, and the rows of the Hugging Face copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem

if TYPE_CHECKING:
    from assistant.evaluation.sets.formats.files import Document


def is_triviaqa(value: object) -> bool:
    """Return whether a JSON value is in TriviaQA's form."""
    data = value.get("Data") if isinstance(value, dict) else None
    return isinstance(data, list) and any(isinstance(entry, dict) and "Question" in entry for entry in data)


def is_triviaqa_row(row: Row) -> bool:
    """Return whether a row is from a Hugging Face copy."""
    answer = row.values.get("answer")
    return "question" in row.values and isinstance(answer, dict) and "aliases" in answer


def read_triviaqa(document: Document) -> Contents:
    """Return the questions of a file; the pages that come with each are its articles, by title or address."""
    value: Any = document.value
    rows = document.rows(value["Data"], ("Data",))
    return Contents([row if isinstance(row, RowProblem) else _translate(row) for row in rows])


def _translate(row: Row) -> Row:
    given = dict(row.values)
    answer, pages, found = (given.pop(name, None) for name in ("Answer", "EntityPages", "SearchResults"))
    values = {
        "id": given.pop("QuestionId", None),
        "question": given.pop("Question", None),
        "answers": _answers(answer, "Value", "Aliases", "HumanAnswers", "NormalizedAliases"),
        "articles": [*_each(pages, "Title"), *_each(found, "Url")] or None,
    }
    names = {"id": "QuestionId", "question": "Question", "answers": "Answer", "articles": "EntityPages"}
    return row.renamed(given | values, names)


def read_triviaqa_row(row: Row) -> Row:
    """Return a row of a Hugging Face copy with Dateline's names; its pages are parallel lists."""
    given: dict[str, Any] = dict(row.values)
    pages, found = given.pop("entity_pages", None), given.pop("search_results", None)
    values = {
        "id": given.pop("question_id", None),
        "answers": _answers(given.pop("answer"), "value", "aliases", "human_answers", "normalized_aliases"),
        "articles": [*_listed(pages, "title"), *_listed(found, "url")] or None,
    }
    return row.renamed(given | values, {"id": "question_id", "answers": "answer", "articles": "entity_pages"})


def _answers(answer: object, value: str, *lists: str) -> object:
    """Return the answer and its aliases; the lower-case list is read only if there are no others."""
    if not isinstance(answer, dict):
        return answer
    *others, normalised = lists
    named = [answer.get(value), *(alias for name in others for alias in _plain(answer.get(name)))]
    named = [name for name in named if name not in (None, "")]
    return list(dict.fromkeys(map(str, named))) or _plain(answer.get(normalised)) or None


def _each(pages: object, name: str) -> list[Any]:
    """Return a field of each page that has it."""
    return [page[name] for page in _plain(pages) if isinstance(page, dict) and page.get(name)]


def _listed(pages: object, name: str) -> list[Any]:
    return [value for value in _plain(pages.get(name)) if value] if isinstance(pages, dict) else []


def _plain(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

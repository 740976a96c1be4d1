"""BEIR (Thakur et al., 2021): a folder with corpus.jsonl, queries.jsonl and relevance judgements in qrels/*.tsv."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats.files import read_jsonl, read_table
from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem
from index.errors import SourceError
from index.sources.formats.records import read_record

if TYPE_CHECKING:
    from pathlib import Path

    from index.article import Article

_COLUMNS = ("query-id", "corpus-id", "score")


@dataclasses.dataclass(slots=True)
class _Judged:
    """A query's judged articles with their grades, and the row that first names it."""

    row: Row
    grades: dict[str, float]


def is_beir(folder: Path) -> bool:
    """Return whether a folder is in BEIR's form."""
    return (folder / "corpus.jsonl").is_file() and (folder / "queries.jsonl").is_file()


def read_beir(folder: Path, qrels: Path | None = None) -> Contents:
    """Return the queries that are judged in `qrels`, and the corpus; queries of other splits do not belong to it.

    Without `qrels` these are qrels/test.tsv, else the only file there. Grades other than 1 are kept in the field
    `grades`; articles of grade 0 are not relevant. Raises QuestionSetError where there are no judgements.
    """
    problems: list[Row | RowProblem] = []
    judged = _read_qrels(qrels or _find_qrels(folder), problems)
    rows = _queries(folder / "queries.jsonl", judged)
    problems += [query.row.problem("query-id", "is not in queries.jsonl") for query in judged.values()]
    articles = _corpus(folder / "corpus.jsonl", problems)
    return Contents([*problems, *rows], articles)


def _find_qrels(folder: Path) -> Path:
    files = sorted((folder / "qrels").glob("*.tsv")) or sorted(folder.glob("qrels*.tsv"))
    test = [path for path in files if path.stem == "test"]
    if len(test or files) == 1:
        return (test or files)[0]
    problem = "has several splits, none of them named test" if files else "has no judgements"
    raise QuestionSetError(
        f"{folder} {problem}.", help=f"Give one such as {folder / 'qrels' / 'dev.tsv'} instead of the folder."
    )


def _read_qrels(path: Path, problems: list[Row | RowProblem]) -> dict[str, _Judged]:
    """Return the judgements by query id; lines that cannot be read go to `problems`."""
    judged: dict[str, _Judged] = {}
    for row in read_table(path):
        if isinstance(row, RowProblem):
            problems.append(row)
            continue
        query, article, score = (row.values.get(name) for name in _COLUMNS)
        try:
            grade = float(str(score))
        except ValueError:
            grade = -1.0
        if not query or not article or not 0 <= grade < float("inf"):
            problems.append(row.problem("score", f"and {_COLUMNS[0]} and {_COLUMNS[1]} are not all there and right"))
            continue
        judged.setdefault(str(query), _Judged(row, {})).grades[str(article)] = grade
    return judged


def _queries(path: Path, judged: dict[str, _Judged]) -> list[Row | RowProblem]:
    """Return the rows of the judged queries, and remove these from `judged`."""
    rows: list[Row | RowProblem] = []
    for row in read_jsonl(path):
        if isinstance(row, RowProblem):
            rows.append(row)
            continue
        values: dict[str, Any] = dict(row.values)
        id_ = str(values.pop("_id", ""))
        found = judged.pop(id_, None)
        if found is None:
            continue
        values |= {"id": id_, "question": values.pop("text", None), "metadata": values.get("metadata") or None}
        values["articles"] = [article for article, grade in found.grades.items() if grade > 0]
        if any(grade != 1 for grade in found.grades.values()):
            values["grades"] = found.grades
        rows.append(row.renamed(values, {"question": "text", "id": "_id"}))
    return rows


def _corpus(path: Path, problems: list[Row | RowProblem]) -> tuple[Article, ...]:
    """Return the articles; of `metadata` those fields that articles have are read as theirs."""
    articles: dict[str, Article] = {}
    for row in read_jsonl(path):
        if isinstance(row, RowProblem):
            problems.append(row)
            continue
        values: dict[str, Any] = dict(row.values)
        metadata = values.pop("metadata", None)
        record = (metadata if isinstance(metadata, dict) else {}) | values | {"id": values.get("_id")}
        try:
            article = read_record(record, place=row.place())
        except SourceError as error:
            problems.append(RowProblem(str(error), error.help))
            continue
        if article.id in articles:
            problems.append(row.problem("_id", f"is {article.id!r:.60}, which an earlier line also has"))
        articles[article.id] = article
    return tuple(articles.values())

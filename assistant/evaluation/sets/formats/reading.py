"""Recognises the format of a file or folder, and reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats import trec
from assistant.evaluation.sets.formats.beir import is_beir, read_beir
from assistant.evaluation.sets.formats.dialects import translate
from assistant.evaluation.sets.formats.files import read_json, read_jsonl, read_table, read_yaml
from assistant.evaluation.sets.formats.llamaindex_datasets import (
    is_embedding_qa,
    is_labelled_rag,
    read_embedding_qa,
    read_labelled_rag,
)
from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem
from assistant.evaluation.sets.formats.squad import is_squad, is_squad_row, read_squad, read_squad_rows
from assistant.evaluation.sets.formats.triviaqa import is_triviaqa, read_triviaqa
from assistant.evaluation.sets.formats.workbook import read_workbook
from index.errors import SourceError
from index.sources import load
from index.sources.formats.records import read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from assistant.evaluation.sets.formats.files import Document
    from index.article import Article

_DOCUMENTS = {".json": read_json, ".yaml": read_yaml, ".yml": read_yaml}
_TABLES: dict[str, Callable[[Path], Iterable[Row | RowProblem]]] = {
    ".jsonl": read_jsonl, ".ndjson": read_jsonl, ".csv": read_table, ".tsv": read_table, ".xlsx": read_workbook,
}  # fmt: skip
ENDINGS = (*_TABLES, *_DOCUMENTS)
_DATA_SETS = ((is_squad, read_squad), (is_triviaqa, read_triviaqa), (is_embedding_qa, read_embedding_qa))
# Where the rows stand in a JSON or YAML file that is one object.
_LISTS = ("questions", "tests", "examples", "samples", "goldens", "test_cases", "data")


def read_contents(path: Path) -> Contents:
    """Return the rows of a file or folder in Dateline's fields, and the articles it contains.

    Raises QuestionSetError if nothing in it can be read.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise QuestionSetError(f"There is no file or folder {path}.", help="Check the path.")
    if path.suffix.lower() == ".tsv" and is_beir(path.parent.parent):
        return read_beir(path.parent.parent, path)
    return _read_file(path)


def _read_folder(folder: Path) -> Contents:
    """Return what is in a folder with a file of questions and perhaps one of articles, or in a BEIR one."""
    if is_beir(folder):
        return read_beir(folder)
    questions = _only(folder, "questions")
    if questions is None:
        if topics := trec.find_topics(folder):
            return trec.read_trec(topics)
        raise QuestionSetError(
            f"{folder} contains no question set.",
            help="Give a file, or a folder with questions.jsonl, or a folder in BEIR's or TREC's form.",
        )
    contents = _read_file(questions)
    articles = _only(folder, "articles")
    if articles is None:
        return contents
    problems: list[Row | RowProblem] = []
    read = tuple(_keep(load(str(articles)), problems))
    return Contents([*problems, *contents.rows], read)


def _only(folder: Path, name: str) -> Path | None:
    """Return the file with this name and any readable ending. Raises QuestionSetError if there are several."""
    found = [folder / f"{name}{ending}" for ending in ENDINGS if (folder / f"{name}{ending}").is_file()]
    if len(found) > 1:
        raise QuestionSetError(f"{folder} has both {found[0].name} and {found[1].name}.", help="Keep one of them.")
    return found[0] if found else None


def _read_file(path: Path) -> Contents:
    ending = path.suffix.lower()
    if ending == ".tsv" and trec.is_tabbed(path):
        return trec.read_trec(path)
    if ending in _TABLES:
        return _read_rows(_TABLES[ending](path))
    if ending in _DOCUMENTS:
        return _read_document(_DOCUMENTS[ending](path))
    if trec.is_topics(path):
        return trec.read_trec(path)
    suffix = f"the ending {path.suffix!r}" if path.suffix else "no ending"
    raise QuestionSetError(
        f"{path} has {suffix}, so its format is not known.",
        help=f"Question sets end in {', '.join(ENDINGS)}; TREC's topics also in {', '.join(trec.ENDINGS)}.",
    )


def _read_rows(rows: Iterable[Row | RowProblem]) -> Contents:
    """Return rows in Dateline's fields, whichever tool wrote them."""
    rows = list(rows)
    if any(is_squad_row(row) for row in rows):
        return read_squad_rows(rows)
    return Contents([translated for row in rows for translated in (translate(row) if isinstance(row, Row) else [row])])


def _read_document(document: Document) -> Contents:
    """Return the rows of a JSON or YAML file: a list, one of the data sets, or an object that holds a list."""
    value: Any = document.value
    for is_one, read in _DATA_SETS:
        if is_one(value):
            return read(document)
    if is_labelled_rag(value):
        contents = read_labelled_rag(document)
        return Contents(_read_rows(contents.rows).rows, contents.articles)
    if isinstance(value, list):
        return _read_rows(document.rows(value, ()))
    name = next((name for name in _LISTS if isinstance(value, dict) and isinstance(value.get(name), list)), None)
    if name is None:
        raise QuestionSetError(
            f"{document.path} contains no questions.",
            help='Dateline reads a list of objects, {"questions": [...]}, and the formats in docs/question-sets.md.',
        )
    contents = _read_rows(document.rows(value[name], (name,)))
    if name != "questions" or not isinstance(value.get("articles"), list):
        return contents
    problems: list[Row | RowProblem] = []
    articles = tuple(_keep(_articles(document, value["articles"]), problems))
    return Contents([*problems, *contents.rows], articles)


def _articles(document: Document, items: list[object]) -> Iterator[Article | SourceError]:
    """Yield the article in each object of a list, or what is wrong with it."""
    seen: set[str] = set()
    for row in document.rows(items, ("articles",)):
        if isinstance(row, RowProblem):
            yield SourceError(str(row), help='Write it as {"id": ..., "text": ...}.')
            continue
        try:
            article = read_record(row.values, place="")
        except SourceError:
            yield from _problem_of(row)
            continue
        if article.id in seen:
            yield SourceError(str(row.problem("id", f"is {article.id!r:.60}, which an earlier article also has")))
        else:
            yield article
        seen.add(article.id)


def _problem_of(row: Row) -> Iterator[SourceError]:
    """Yield what is wrong with a row that is not an article, with its place, for which the file is read again."""
    try:
        read_record(row.values, place=row.place())
    except SourceError as error:
        yield error


def _keep(items: Iterable[Article | SourceError], problems: list[Row | RowProblem]) -> Iterator[Article]:
    """Yield the articles, and collect the problems with the others."""
    for item in items:
        if isinstance(item, SourceError):
            problems.append(RowProblem(str(item), item.help))
        else:
            yield item

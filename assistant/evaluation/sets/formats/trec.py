"""TREC's topics with their relevance judgements (qrels), as the tracks have handed them out.

Topics are tagged (`<top> <num> Number: 301 <title> ...`, or `<topic number="1"> <query> ...`), or one a line: a number,
a tab and a text. Qrels have four words a line: topic, 0, article, grade.
"""

from __future__ import annotations

import functools
import html
import re
from typing import TYPE_CHECKING, Any

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats.files import read_text
from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDINGS = (".txt", ".topics", ".trec", ".xml", ".sgml")
_TAG = re.compile(r"<(/?)([a-z]{1,20})(?:\s{1,20}number=\"([^\"<>]{1,100})\")?\s{0,20}>", re.IGNORECASE)
_TOPICS = frozenset({"top", "topic"})
# The words that the old form repeats after its tags.
_LABEL = re.compile(
    r"\s{0,100}(?:number|topic|description|narrative|domain|concepts?|summary|definitions?):", re.IGNORECASE
)
_QUESTION = ("question", "title", "query", "desc", "description")
_NAMES = {"desc": "description", "narr": "narrative", "dom": "domain"}
_JUDGEMENT = 4  # words of a line
_TAB = re.compile(r"[\w.:-]{1,100}\t\S")


def is_topics(path: Path) -> bool:
    """Return whether a file's name suggests that it contains topics."""
    return path.suffix.lower() in ENDINGS or path.name.lower().startswith("topics")


def is_tabbed(path: Path) -> bool:
    """Return whether a TSV file has topics instead of named columns: a number and a text on its first line."""
    first = read_text(path).partition("\n")[0]
    return first.count("\t") == 1 and first.partition("\t")[0].strip().isdecimal()


def find_topics(folder: Path) -> Path | None:
    """Return the file of topics in a folder that also has judgements; None if it is not such a folder."""
    topics = [path for path in sorted(folder.iterdir()) if path.is_file() and _is_named(path, "topics", "queries")]
    return topics[0] if len(topics) == 1 and _find_qrels(topics[0]) else None


def read_trec(path: Path) -> Contents:
    """Return the topics in a file, those that are judged where the folder has one file of qrels.

    The question is the title, and the description where there is none. Grades other than 1 are kept in the field
    `grades`; articles of grade 0 or less are not relevant. Raises QuestionSetError where there are no topics.
    """
    text = read_text(path)
    rows = list(_tagged(path, text) if _TAG.search(text) else _tabbed(path, text))
    if not any(isinstance(row, Row) for row in rows):
        raise QuestionSetError(
            f"{path} contains no topics.",
            help="Dateline reads TREC's: tagged, or a number, a tab and a text on each line.",
        )
    qrels = _find_qrels(path)
    if qrels is None:
        return Contents(rows)
    problems: list[Row | RowProblem] = []
    judged = _read_qrels(qrels, problems)
    chosen = [row if isinstance(row, RowProblem) else _judge(row, judged) for row in rows]
    kept = [row for row in chosen if row is not None]
    if not any(isinstance(row, Row) for row in kept):
        raise QuestionSetError(f"{qrels} judges none of the topics in {path}.", help="Put its topics beside it.")
    return Contents([*problems, *kept])


def _is_named(path: Path, *words: str) -> bool:
    return any(word in path.name.lower() for word in words) and not path.name.startswith(".")


def _find_qrels(topics: Path) -> Path | None:
    found = [path for path in topics.parent.iterdir() if path.is_file() and _is_named(path, "qrel") and path != topics]
    return found[0] if len(found) == 1 else None


def _tagged(path: Path, text: str) -> Iterator[Row | RowProblem]:
    """Yield the topics of a tagged file; each tag's text reaches to the next tag."""
    fields: dict[str, list[str]] | None = None
    name, start, line, seen = "", 0, 1, 0
    for tag in _TAG.finditer(text):
        if fields is not None and name:
            fields.setdefault(name, []).append(text[start : tag.start()])
        name, start = "", tag.end()
        is_end, word = bool(tag[1]), tag[2].lower()
        if word in _TOPICS:
            if fields is not None:
                yield _row(path, line, fields)
            fields = None
            if not is_end:
                line, seen = line + text.count("\n", seen, tag.start()), tag.start()
                fields = {"num": [tag[3]]} if tag[3] else {}
                name = "" if word == "top" else "text"
        elif not is_end:
            name = word
    if fields is not None:
        yield RowProblem(f"{path}, line {line} starts a topic that is never closed.", "Close it with </top>.")


def _row(path: Path, line: int, fields: dict[str, list[str]]) -> Row:
    plain = {name: _plain(" ".join(pieces)) for name, pieces in fields.items()}
    asked = next((name for name in (*_QUESTION, "text") if plain.get(name)), "title")
    values: dict[str, Any] = {"id": plain.pop("num", None), "question": plain.pop(asked, None)}
    further = {_NAMES.get(name, name): value for name, value in plain.items() if value}
    names = {"id": "num", "question": asked}
    return Row(further | values, functools.partial(str, f"{path}, line {line}"), names)


def _plain(value: str) -> str:
    label = _LABEL.match(value)
    return " ".join(html.unescape(value[label.end() if label else 0 :]).split())


def _tabbed(path: Path, text: str) -> Iterator[Row | RowProblem]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        id_, tab, asked = line.partition("\t")
        place = f"{path}, line {number}"
        if tab and _TAB.match(line):
            yield Row({"id": id_, "question": asked.strip()}, functools.partial(str, place))
        else:
            yield RowProblem(f"{place} is not a number, a tab and a text.", "Write each topic that way, or with tags.")


def _read_qrels(path: Path, problems: list[Row | RowProblem]) -> dict[str, dict[str, int]]:
    """Return the grade of each judged article by topic; lines that cannot be read go to `problems`."""
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        words = line.split()
        if not words:
            continue
        try:
            if len(words) != _JUDGEMENT:
                raise ValueError(line)
            judged.setdefault(words[0], {})[words[2]] = int(words[3])
        except ValueError:
            problems.append(
                RowProblem(f"{path}, line {number} is not a topic, 0, an article and a whole number.", None)
            )
    return judged


def _judge(row: Row, judged: dict[str, dict[str, int]]) -> Row | None:
    """Return a topic with the articles that are relevant to it; None where it was not judged."""
    grades = judged.get(str(row.values.get("id")))
    if grades is None:
        return None
    relevant = {article: grade for article, grade in grades.items() if grade > 0}
    values = dict(row.values) | {"articles": list(relevant) or None}
    if any(grade != 1 for grade in relevant.values()):
        values["grades"] = relevant
    return row.renamed(values, row.called)

"""Question sets from clients: rows of JSON, or an uploaded file."""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.question_set import load_question_set
from ui.service.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assistant.evaluation.sets.question_set import QuestionSet

_UNFIT = re.compile(r"[^A-Za-z0-9 ._-]+")
_LONGEST = 80


def read_rows(rows: Iterable[Mapping[str, Any]], *, name: str) -> QuestionSet:
    """Return the question set in these rows. Raises QuestionSetError, which names rows by number."""
    try:
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    except UnicodeEncodeError:
        raise QuestionSetError("A row contains half a surrogate pair.", help="Send text that is Unicode.") from None
    with tempfile.TemporaryDirectory(prefix="questions-", dir=temporary_folder()) as folder:
        path = Path(folder) / "questions.jsonl"
        path.write_bytes(lines)
        return _read(path, f"{path}, line ", "question ", name)


def read_file(path: Path) -> QuestionSet:
    """Return the question set in a file, named after it as `keep_set` takes it. Raises QuestionSetError."""
    return _read(path, f"{path.parent}/", "", name_of(path))


def name_of(path: Path) -> str:
    """Return a name for the question set in a file."""
    name = _UNFIT.sub("-", path.stem)[:_LONGEST].strip(" ._-")
    return name or "questions"


def _read(path: Path, shown: str, instead: str, name: str) -> QuestionSet:
    """Read a set; problems name the file as its sender does. Articles that come with it are ignored."""
    try:
        question_set = load_question_set(path)
    except QuestionSetError as error:
        message = str(error).replace(shown, instead).replace(str(path), "What was sent")
        raise QuestionSetError(message, help=error.help) from None
    return dataclasses.replace(question_set, name=name, articles=None)

"""The names other tools give to the fields of a question, row by row.

    ragas        user_input, reference, reference_contexts; before 0.2 question, ground_truth, contexts
    deepeval     input, expected_output, context
    llama-index  query, reference_answer, reference_contexts
    MultiHop-RAG query, answer, evidence_list, question_type
    promptfoo    vars and assert; in tables __expected
    and          question with answer, truth, ...

What a system under test once said or retrieved (`response`, `retrieved_contexts`, `actual_output`) is not gold; like
every field that is not named here it becomes a further field.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from assistant.evaluation.sets.formats.rows import Row, RowProblem
from assistant.evaluation.sets.formats.triviaqa import is_triviaqa_row, read_triviaqa_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN = frozenset(
    {
        "id",
        "question",
        "answers",
        "answerable",
        "articles",
        "evidence",
        "type",
        "filters",
        "as_of",
        "history",
        "must",
        "must_some",
        "must_not",
        "first",
        "short",
        "chat",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Dialect:
    """A row that has all of `marks` and none of `lacks` is in this dialect; `names` maps its names to Dateline's."""

    marks: frozenset[str]
    names: Mapping[str, str]
    lacks: frozenset[str] = frozenset()


_DIALECTS = (
    # What is expected is in `must`; `expected` says it once more in words for a person.
    _Dialect(frozenset({"question", "must"}), {"kind": "type"}, lacks=frozenset({"type"})),
    _Dialect(frozenset({"question", "must"}), {}),
    _Dialect(
        frozenset({"user_input"}),
        {
            "user_input": "question",
            "reference": "answers",
            "reference_contexts": "evidence",
            "synthesizer_name": "type",
        },
    ),
    _Dialect(
        frozenset({"query", "evidence_list"}),
        {"query": "question", "answer": "answers", "evidence_list": "evidence", "question_type": "type"},
    ),
    _Dialect(
        frozenset({"query", "reference_answer"}),
        {"query": "question", "reference_answer": "answers", "reference_contexts": "evidence"},
    ),
    _Dialect(frozenset({"query"}), {"query": "question", "answer": "answers", "reference_contexts": "evidence"}),
    _Dialect(frozenset({"input"}), {"input": "question", "expected_output": "answers", "context": "evidence"}),
    # A ragas log holds what was retrieved under the name that a ragas test set has for what should be.
    _Dialect(frozenset({"question", "ground_truth", "answer"}), {"ground_truth": "answers"}),
    _Dialect(frozenset({"question", "ground_truths", "answer"}), {"ground_truths": "answers"}),
    _Dialect(
        frozenset({"question", "ground_truth"}),
        {"ground_truth": "answers", "contexts": "evidence", "evolution_type": "type"},
    ),
    _Dialect(frozenset({"question", "ground_truths"}), {"ground_truths": "answers", "contexts": "evidence"}),
    # Topics of TREC as objects: the title is what is asked.
    _Dialect(frozenset({"number", "title"}), {"number": "id", "title": "question"}, lacks=frozenset({"question"})),
    *(
        _Dialect(frozenset({"question", name}), {name: "answers"}, lacks=frozenset({"answers"}))
        for name in ("truth", "answer", "expected_answer", "reference_answer", "expected", "reference", "target")
    ),
)
# Assertions that name an answer; where they list several, any will do.
_ANSWERING = frozenset(
    {
        "equals", "iequals", "contains", "icontains", "contains-any", "icontains-any", "similar", "factuality",
        "model-graded-factuality", "context-recall",
    }
)  # fmt: skip
_QUESTION_VARIABLES = ("question", "query", "input", "user_input", "prompt")
_ANSWER_VARIABLES = ("answers", "answer", "expected_answer", "reference_answer", "ground_truth", "truth", "expected")
_NULL_QUERY = "null_query"
_EXPECTED = re.compile(r"__expected\d*")
_ASSERTION = re.compile(rf"({'|'.join(sorted(_ANSWERING, key=len, reverse=True))})(?:\([^)]*\))?:\s*(.*)", re.DOTALL)


def translate(row: Row) -> Iterator[Row | RowProblem]:
    """Yield the row with Dateline's names of its fields; a promptfoo test with several questions becomes several."""
    if isinstance(row.values.get("vars"), dict):
        yield from _from_promptfoo(row)
        return
    if is_triviaqa_row(row):
        yield read_triviaqa_row(row)
        return
    row = _with_expected(row)
    values = {name.strip(): value for name, value in row.values.items()}
    lowered = {name: name.lower() for name in values if name.lower() in _OWN}
    values = {lowered.get(name, name): value for name, value in values.items()}
    filled = {name for name, value in values.items() if value not in (None, "")}
    for dialect in _DIALECTS:
        if dialect.marks <= filled and not dialect.lacks & filled:
            renamed = _rename(row, values, dialect.names)
            yield _special(renamed) if isinstance(renamed, Row) else renamed
            return
    yield row.renamed(values, row.called)


def _rename(row: Row, values: Mapping[str, object], names: Mapping[str, str]) -> Row | RowProblem:
    """Return the row with its fields renamed; it is a problem if two of them mean the same."""
    renamed: dict[str, object] = {}
    originals: dict[str, str] = {}
    for name, value in values.items():
        own = names.get(name, name)
        if value in (None, ""):
            continue
        if own in renamed:
            return row.problem(name, f"and {originals[own]} are both there, and both are its {own}")
        renamed[own] = value
        originals[own] = name
    return row.renamed(renamed, originals)


def _special(row: Row) -> Row:
    """Return the row with the peculiarities of MultiHop-RAG and deepeval translated into Dateline's form."""
    values = dict(row.values)
    match row.called.get("evidence"):
        case "evidence_list":
            return _from_multihop(row)
        case "context" | "contexts" | "reference_contexts" if isinstance(values["evidence"], str):
            # deepeval joins contexts with bars when it writes a table.
            values["evidence"] = [piece.strip() for piece in values["evidence"].split("|") if piece.strip()]
    return row.renamed(values, row.called)


def _from_multihop(row: Row) -> Row:
    """Return a row of MultiHop-RAG: articles are identified by address, and a null query has no answer."""
    values: dict[str, Any] = dict(row.values)
    listed = values["evidence"] if isinstance(values["evidence"], list) else []
    pieces = [piece for piece in listed if isinstance(piece, dict)]
    if values.get("type") == _NULL_QUERY:
        values |= {"answerable": False, "answers": None, "evidence": None}
    elif pieces and len(pieces) == len(listed):
        values["evidence"] = [{"article": _article(piece), "quote": piece.get("fact")} for piece in pieces]
        values["articles"] = list(dict.fromkeys(filter(None, map(_article, pieces)))) or None
    return row.renamed(values, row.called)


def _article(piece: Mapping[str, Any]) -> object:
    """Return what names the article of a piece of evidence: its address, else its title."""
    return piece.get("url") or piece.get("title")


def _from_promptfoo(row: Row) -> Iterator[Row]:
    """Yield a row for each question of a promptfoo test; assertions that name no answer stay in the field `assert`."""
    variables: dict[str, Any] = dict(row.values["vars"])  # type: ignore[call-overload] # the caller has looked
    name = next((name for name in _QUESTION_VARIABLES if name in variables), None)
    if name is None and len(variables) == 1:
        name = next(iter(variables))
    asked = variables.pop(name, None) if name else None
    answers: list[object] = []
    for given in _ANSWER_VARIABLES:
        answers += _listed(variables.pop(given, None))
    others: list[object] = []
    for assertion in _listed(row.values.get("assert")):
        named = _answers_in(assertion)
        answers += named
        others += [] if named else [assertion]
    metadata = row.values.get("metadata")
    further = {key: value for key, value in row.values.items() if key not in {"vars", "assert", "metadata"}}
    further |= metadata if isinstance(metadata, dict) else {}
    values = further | variables | {"answers": answers, "assert": others or None}
    names = {"question": f"vars.{name or 'question'}", "answers": "assert"}
    for question in _listed(asked) or [None]:
        yield row.renamed(values | {"question": question}, names)


def _answers_in(assertion: object) -> list[object]:
    """Return the answers that an assertion names."""
    if not isinstance(assertion, dict) or assertion.get("type") not in _ANSWERING:
        return []
    return _listed(assertion.get("value"))


def _listed(value: object) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def _with_expected(row: Row) -> Row:
    """Return the row of a promptfoo table with its `__expected` columns as answers."""
    columns = [name for name in row.values if _EXPECTED.fullmatch(name)]
    if not columns:
        return row
    values = dict(row.values)
    answers: list[str] = []
    others: list[str] = []
    for name in columns:
        written = str(values.pop(name))
        assertion = _ASSERTION.fullmatch(written)
        if assertion and assertion[1].endswith("-any"):
            answers += [piece.strip() for piece in assertion[2].split(",")]
        elif assertion or not re.match(r"[a-z-]+(?:\([^)]*\))?:", written):
            answers.append(assertion[2] if assertion else written)
        else:
            others.append(written)
    values |= {"answers": answers} | ({"assert": others} if others else {})
    name = next((name for name in _QUESTION_VARIABLES if name in values), "question")
    question = values.pop(name, None)
    return row.renamed(values | {"question": question}, {"question": name, "answers": columns[0]})

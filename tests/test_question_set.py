"""Question sets in Dateline's own fields: what is read, which problems are reported, and what stays the same."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation import Turn
from assistant.errors import QuestionSetError
from assistant.evaluation.sets.drafting import write_questions
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet, load_question_set
from index.filters import Filters
from tests.conftest import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {
    "id": "f-1",
    "question": "When does the Marlow ferry leave?",
    "answers": ["at 7:40", "7:40"],
    "answerable": True,
    "articles": ["ferry"],
    "evidence": [{"article": "ferry", "quote": "The ferry to Marlow leaves at 7:40."}],
    "type": "time",
    "filters": {"source": "Marlow Echo", "since": "2025-01-02"},
    "as_of": "2025-03-17",
    "history": [{"question": "Who runs the ferry?", "answer": "The Tessel Line."}],
    "difficulty": 3,
}
QUESTION = Question(
    id="f-1",
    question="When does the Marlow ferry leave?",
    answers=("at 7:40", "7:40"),
    articles=("ferry",),
    evidence=(Evidence(article="ferry", quote="The ferry to Marlow leaves at 7:40."),),
    type="time",
    filters=Filters(source=("Marlow Echo",), since=dt.date(2025, 1, 2)),
    as_of=dt.date(2025, 3, 17),
    history=(Turn("Who runs the ferry?", "The Tessel Line."),),
    fields={"difficulty": 3},
)
OTHER = {"question": "Who owns the moon ferry?", "answerable": False}
BARE_YAML = """
- id: f-1
  question: Did the ferry leave at 12:30?
  answers: [no, 12:30, 1943, 0x1F, 2025-03-17, 1_000]
  answerable: true
"""


def write(folder: Path, name: str, content: str | bytes | list[Any]) -> Path:
    """Write a file; a list becomes JSON Lines."""
    path = folder / name
    if isinstance(content, list):
        content = "\n".join(json.dumps(row) for row in content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def loaded(folder: Path, name: str, content: str | bytes | list[Any]) -> QuestionSet:
    return load_question_set(write(folder, name, content))


def refused(folder: Path, name: str, content: str | bytes | list[Any]) -> QuestionSetError:
    with pytest.raises(QuestionSetError) as caught:
        loaded(folder, name, content)
    assert caught.value.help
    return caught.value


def test_every_field_is_read(tmp_path: Path) -> None:
    question_set = loaded(tmp_path, "ferry.jsonl", [ROW, OTHER])
    assert question_set.name == "ferry"
    assert question_set.articles is None
    first, second = question_set.questions
    assert first == QUESTION
    assert (second.answerable, second.answers, second.fields) == (False, (), {})


def as_csv(rows: list[dict[str, Any]], mark: str = ",") -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [mark.join(columns)]
    for row in rows:
        values = [row.get(name, "") for name in columns]
        cells = [value if isinstance(value, str) else json.dumps(value) for value in values]
        lines.append(mark.join('"' + cell.replace('"', '""') + '"' for cell in cells))
    return "\r\n".join(lines)


ROWS = [ROW, OTHER | {"id": "f-2", "difficulty": 1}]
TURNED = [dict(reversed(row.items())) for row in ROWS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", "\ufeff\n" + "\r\n\r\n".join(json.dumps(row) for row in TURNED)),
        ("a.json", json.dumps(ROWS)),
        ("a.json", json.dumps({"name": "ferry", "questions": TURNED}, indent=2)),
        ("a.yaml", yaml.safe_dump(ROWS)),
        ("a.yml", yaml.safe_dump({"questions": ROWS}, allow_unicode=True)),
        ("a.csv", as_csv(ROWS)),
        ("a.csv", as_csv(TURNED, ";")),
        ("a.tsv", as_csv(ROWS, "\t").encode("utf-16")),
    ],
)
def test_a_set_is_the_same_in_every_format_and_order_of_fields(tmp_path: Path, name: str, content: str | bytes) -> None:
    expected = loaded(tmp_path, "expected.jsonl", ROWS)
    found = loaded(tmp_path, name, content)
    assert found.fingerprint == expected.fingerprint
    assert [(one.id, one.question, one.filters, one.as_of) for one in found.questions] == [
        (one.id, one.question, one.filters, one.as_of) for one in expected.questions
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "f-9"}, {"question": "When?"}, {"answers": ["7:40", "at 7:40"]}, {"answerable": False},
        {"articles": []}, {"evidence": []}, {"type": None}, {"filters": {}}, {"as_of": "2025-03-18"},
        {"history": []}, {"difficulty": 4},
    ],
)  # fmt: skip
def test_the_fingerprint_changes_with_any_change(tmp_path: Path, change: dict[str, Any]) -> None:
    before, after = (loaded(tmp_path, f"{at}.jsonl", [row]) for at, row in enumerate([ROW, ROW | change]))
    assert before.fingerprint != after.fingerprint
    assert len(before.fingerprint) == 64


def test_the_articles_of_a_folder_come_with_it_and_count(tmp_path: Path) -> None:
    write(tmp_path, "questions.csv", as_csv(ROWS))
    without = load_question_set(tmp_path)
    write(tmp_path, "articles.jsonl", [{"id": "ferry", "text": "The ferry to Marlow leaves at 7:40."}])
    found = load_question_set(tmp_path)
    assert (found.name, [one.id for one in found.articles or ()]) == (tmp_path.name, ["ferry"])
    assert (without.articles, without.questions) == (None, found.questions)
    assert without.fingerprint != found.fingerprint


def test_articles_within_the_file(tmp_path: Path) -> None:
    content = {"questions": [ROW], "articles": [{"id": "ferry", "text": "It leaves."}]}
    assert [one.text for one in loaded(tmp_path, "a.json", json.dumps(content)).articles or ()] == ["It leaves."]
    content["articles"] += [{"id": "ferry", "text": "It stays."}, {"id": "empty"}]
    problems = refused(tmp_path, "a.json", json.dumps(content)).problems
    assert len(problems) == 2
    assert "ferry" in problems[0]
    assert "has no text" in problems[1]


def test_the_sample_questions_are_a_set() -> None:
    found = load_question_set(SAMPLES)
    assert len(found.questions) == 55
    assert found.articles is not None
    assert sum(question.answerable for question in found.questions) == 36


def test_words_of_yaml_stay_as_they_are_written(tmp_path: Path) -> None:
    [question] = loaded(tmp_path, "a.yaml", BARE_YAML).questions
    assert question.answers == ("no", "12:30", "1943", "0x1F", "2025-03-17", "1_000")
    assert question.answerable is True


def test_cells_of_a_table(tmp_path: Path) -> None:
    content = (
        "Question,ANSWERS,answerable,articles,evidence,Area\n"
        'Who?,"Ann Lee\nA. Lee",YES,"one\ntwo",She said so.,north\n'
        "Why?,\"['a', 'b']\",1,,,\n"
        "What?,,no,,,\n"
    )
    first, second, third = loaded(tmp_path, "a.csv", content).questions
    assert (first.answers, first.articles) == (("Ann Lee", "A. Lee"), ("one", "two"))
    assert first.evidence == (Evidence(article="", quote="She said so."),)
    assert first.fields == {"Area": "north"}
    assert second.answers == ("a", "b")
    assert [question.answerable for question in (first, second, third)] == [True, True, False]


def test_ids_that_are_missing_are_made_of_the_content(tmp_path: Path) -> None:
    rows = [OTHER, {"question": "Who rows?", "answers": "Ann"}, OTHER]
    first, second, again = loaded(tmp_path, "a.jsonl", rows).questions
    assert len({first.id, second.id, again.id}) == 3
    assert again.id == f"{first.id}-2"
    turned = loaded(tmp_path, "b.json", json.dumps(rows[::-1])).questions
    assert turned[1].id == second.id


def test_all_problems_are_reported_with_line_and_field(tmp_path: Path) -> None:
    rows: list[Any] = [
        ROW,
        {"question": "", "answers": ["x"]},
        {"answers": ["x"]},
        {"question": "Who?", "answers": [True]},
        {"question": "Who?", "answerable": "perhaps", "evidence": [{"quote": ""}]},
        {"question": "Who?", "evidence": [{"article": "ferry"}]},
        {"question": "Who?", "filters": {"color": "red"}},
        {"question": "Who?", "filters": {"since": "2025-02-01", "until": "2025-01-01"}},
        {"question": "Who?", "as_of": "17.3.2025"},
        {"question": "Who?", "history": [{"role": "assistant", "content": "Yes."}]},
        ROW | {"question": "Another?"},
        ["Who?"],
    ]
    path = write(tmp_path, "a.jsonl", "\n".join([*map(json.dumps, rows), "{", '{"question": NaN}']))
    with pytest.raises(QuestionSetError) as caught:
        load_question_set(path)
    assert [problem.removeprefix(f"{path}, line ") for problem in caught.value.problems] == [
        "2: question is missing.",
        "3: question is missing.",
        "4: answers is not a list of texts.",
        "5: answerable is neither true nor false.",
        "5: evidence is empty.",
        "6: evidence has a piece without a quote.",
        "7: filters has 'color', but there are only source, author, since, until, articles.",
        "8: filters cannot be met: No day is both since 2025-02-01 and until 2025-01-01.",
        "9: as_of is '17.3.2025', which is not a date such as 2025-03-17.",
        "10: history has messages that do not alternate between user and assistant.",
        f"11: id is 'f-1', which {path}, line 1 also has.",
        "12 is not an object.",
        "13 is not JSON: Expecting property name enclosed in double quotes at column 2.",
        "14 is not JSON: NaN is not a number in JSON.",
    ]
    assert all(problem in str(caught.value) for problem in caught.value.problems)


def test_a_message_names_twenty_problems_and_counts_the_others(tmp_path: Path) -> None:
    error = refused(tmp_path, "a.jsonl", [{"answers": ["x"]}] * 1023)
    assert len(error.problems) == 1023
    assert str(error).count("question is missing") == 20
    assert "has 1,023 problems." in str(error)
    assert str(error).endswith("And 1,003 more.")


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.json", '[\n {"question": "One?"},\n\n {"question":\n 5, "answers": {"a": "b"}}]', 4),
        ("a.json", '{"name": "é\\"[{", "x": [1, {"y": "]"}],\n"questions":\n[ {"question": "One?"} ,\n{"id": 5}]}', 4),
        ("a.yaml", "# a set\nquestions:\n- question: One?\n- answers:\n  - 1\n", 4),
        ("a.csv", 'question,answers\n"One\nor two?",x\n,y\n', 4),
    ],
)
def test_problems_name_the_line_in_every_format(tmp_path: Path, name: str, content: str, line: int) -> None:
    [problem] = refused(tmp_path, name, content).problems
    assert problem.startswith(f"{tmp_path / name}, line {line}: ")


HOSTILE: dict[str, str | bytes] = {
    "bomb.yaml": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "\n".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "\nquestions: *i",
    "loop.yaml": "questions: &a [*a]",
    "object.yaml": "!!python/object/apply:os.getcwd []",
    "key.yaml": "? [a]\n: b",
    "name.yaml": "- true: Who?",
    "deep.yaml": "[" * 5000,
    "deep.json": "[" * 100_000,
    "digits.json": "[" + "9" * 5000 + "]",
    "picture.jsonl": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
    "empty.jsonl": "",
    "empty.json": "",
    "empty.yaml": "",
    "nothing.json": "[]",
    "text.json": '"Who?"',
    "other.json": '{"articles": []}',
    "mark.csv": 'question\n"Who?',
    "twice.csv": "question,question\na,b",
    "ragged.csv": "question,answers\nWho?",
    "empty.csv": "",
    "none.txt": "Who?",
    "none": "Who?",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_not_question_sets(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path, name, HOSTILE[name])
    assert str(tmp_path / name) in str(error)
    assert len(str(error)) < 1000


def test_paths_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="There is no file or folder"):
        load_question_set(tmp_path / "absent.jsonl")
    with pytest.raises(QuestionSetError, match="contains no question set"):
        load_question_set(tmp_path)
    write(tmp_path, "questions.json", [ROW])
    write(tmp_path, "questions.jsonl", [ROW])
    with pytest.raises(QuestionSetError, match=r"both questions.jsonl and questions.json"):
        load_question_set(tmp_path)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1).filter(str.strip)
NAME = st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=4)
FIELDS = st.dictionaries(st.sampled_from(["area", "level", "note"]), st.integers() | TEXT | st.lists(TEXT, min_size=1))


@given(
    st.builds(
        Question,
        id=NAME,
        question=TEXT.map(str.strip),
        answers=st.lists(TEXT.map(str.strip), unique=True).map(tuple),
        answerable=st.booleans(),
        articles=st.lists(NAME, unique=True).map(tuple),
        evidence=st.lists(st.builds(Evidence, article=NAME | st.just(""), quote=TEXT.map(str.strip))).map(tuple),
        type=st.none() | NAME,
        filters=st.builds(Filters, source=st.lists(NAME, unique=True).map(tuple), since=st.none() | st.dates()),
        as_of=st.none() | st.dates(),
        history=st.lists(st.builds(Turn, TEXT.map(str.strip), TEXT.map(str.strip))).map(tuple),
        fields=FIELDS,
    )
)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, question: Question) -> None:
    path = tmp_path_factory.mktemp("written") / "a.jsonl"
    with path.open("w", encoding="utf-8") as file:
        assert write_questions([question], file) == 1
    assert load_question_set(path).questions == (question,)

"""Workbooks, TriviaQA, TREC's topics and data frames' cells, each in the shape that its tool writes."""

from __future__ import annotations

import datetime as dt
import json
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats.frames import parse_printed
from assistant.evaluation.sets.question_set import load_question_set
from tests.test_question_formats import CONTEXT, LINE, QUESTION, loaded, only, problems
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

# Excel


def workbook(path: Path, *rows: list[Any], sheet: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    made = book.active
    assert made is not None
    made.title = sheet
    for row in rows:
        made.append(row)
    book.save(path)
    return path


HEAD = ["id", "question", "answers", "as_of", "answerable", "year", "share"]


def test_a_workbook_is_a_table(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        HEAD,
        ["q1", QUESTION, '["the Tessel Line", "Tessel"]', dt.date(2025, 3, 17), None, 1931, 0.5],
        [],
        [7, "Who asks?", "nobody", dt.datetime(2025, 3, 17), False, 1931.0, None],
        [None, "Who else?\nAnd why?", "a\nb", "2025-03-18"],
    )
    one, two, three = load_question_set(path).questions
    assert (one.id, one.question, one.answers) == ("q1", QUESTION, ("the Tessel Line", "Tessel"))
    assert (one.as_of, one.answerable, dict(one.fields)) == (dt.date(2025, 3, 17), True, {"year": 1931, "share": 0.5})
    assert (two.id, two.as_of, two.answerable, dict(two.fields)) == ("7", dt.date(2025, 3, 17), False, {"year": 1931})
    assert (three.answers, three.as_of) == (("a", "b"), dt.date(2025, 3, 18))


def test_the_sheet_named_questions_is_read_else_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["notes"])
    book.active.append(["nothing"])
    made = book.create_sheet("Questions")
    made.append(["question", "ground_truth", "contexts"])
    made.append([QUESTION, "the Tessel Line", f'["{LINE}"]'])
    book.save(path)
    [question] = load_question_set(path).questions
    assert question.answers == ("the Tessel Line",)
    assert [piece.quote for piece in question.evidence] == [LINE]


def test_problems_of_a_workbook_name_the_row(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["question", "answers"], ["Who?", "a", "b"], ["Who?", "['a', 'b"], ["", "x"])
    with pytest.raises(QuestionSetError) as caught:
        load_question_set(path)
    assert [problem.removeprefix(f"{path}, ") for problem in caught.value.problems] == [
        "row 2 has a cell in column 3, which has no name.",
        "row 3: answers starts like a list but is not one: it is cut off, or was not written by Python.",
        "row 4: question is missing.",
    ]
    with pytest.raises(QuestionSetError, match="name each of its columns once"):
        load_question_set(workbook(tmp_path / "b.xlsx", ["question", "question"], ["a", "b"]))


def rewritten(path: Path, part: str, content: bytes | str) -> Path:
    """Put another content in the place of a part of a workbook."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {**parts, part: content}.items():
            packed.writestr(name, data)
    return path


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
FAR_ROW = SHEET.format(f'<sheetData><row r="99999999">{CELL.format("A99999999", "x")}</row></sheetData>')
FAR_COLUMN = SHEET.format(f'<sheetData><row r="1">{CELL.format("XFD1", "question")}</row></sheetData>')
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12))
    + '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a11;&x;</t></si></sst>'
)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/sharedStrings.xml", b" " * (101 * 2**20)),
        ("xl/sharedStrings.xml", LAUGHS),
        ("xl/sharedStrings.xml", LAUGHS.encode("utf-16")),
        ("xl/sharedStrings.xml", LAUGHS.replace("?>", " encoding='utf-7'?>", 1)),
        ("xl/worksheets/sheet1.xml", FAR_ROW),
        ("xl/worksheets/sheet1.xml", FAR_COLUMN),
        ("xl/worksheets/sheet1.xml", "<worksheet"),
        ("xl/workbook.xml", "no workbook"),
        ("[Content_Types].xml", "<a/>"),
    ],
    ids=["huge", "entities", "in UTF-16", "in UTF-7", "far row", "far column", "cut", "no workbook", "no types"],
)  # fmt: skip
def test_a_hostile_workbook_is_refused_with_a_message(tmp_path: Path, part: str, content: bytes | str) -> None:
    path = rewritten(workbook(tmp_path / "a.xlsx", ["question"], ["Who?"]), part, content)
    with pytest.raises(QuestionSetError) as caught:
        load_question_set(path)
    assert "is not known" not in str(caught.value)  # the format
    assert "root:" not in str(caught.value)


def test_files_that_are_not_workbooks_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("question,answers\nWho?,a\n")
    with pytest.raises(QuestionSetError, match="not an Excel workbook"):
        load_question_set(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        for number in range(3_000):
            packed.writestr(f"{number}", b"")
    with pytest.raises(QuestionSetError, match="unpacks"):
        load_question_set(tmp_path / "a.xlsx")


def test_a_false_dimension_does_not_cost_time(tmp_path: Path) -> None:
    sheet = SHEET.format(
        '<dimension ref="A1:XFD1048576"/><sheetData>'
        f'<row r="1">{CELL.format("A1", "question")}</row><row r="2">{CELL.format("A2", "Who?")}</row></sheetData>'
    )
    path = rewritten(workbook(tmp_path / "a.xlsx", ["question"]), "xl/worksheets/sheet1.xml", sheet)
    assert [question.question for question in load_question_set(path).questions] == ["Who?"]


def test_a_workbook_with_what_openpyxl_warns_of_is_read_in_silence(tmp_path: Path) -> None:
    sheet = SHEET.format(
        f'<sheetData><row r="1">{CELL.format("A1", "question")}</row><row r="2">{CELL.format("A2", "Who?")}</row>'
        '</sheetData><extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst>'
    )
    path = rewritten(workbook(tmp_path / "a.xlsx", ["question"]), "xl/worksheets/sheet1.xml", sheet)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_question_set(path).questions) == 1


# TriviaQA

TRIVIA = {
    "Data": [
        {
            "Answer": {
                "Aliases": ["The Tessel Line", "Tessel Line"], "HumanAnswers": ["Tessel"],
                "MatchedWikiEntityName": "Tessel Line", "NormalizedAliases": ["tessel line"],
                "NormalizedValue": "tessel line", "Type": "WikipediaEntity", "Value": "Tessel Line",
            },
            "EntityPages": [{"DocSource": "TagMe", "Filename": "Marlow.txt", "Title": "Marlow"}],
            "Question": QUESTION,
            "QuestionId": "tc_33",
            "QuestionSource": "http://example.org/",
            "SearchResults": [{"Filename": "a/b.txt", "Rank": 1, "Title": "Ferries", "Url": "http://example.org/f"}],
        },
        {"Answer": {"NormalizedAliases": ["x"]}, "EntityPages": [], "Question": "And?", "QuestionId": "tc_34"},
        {"Question": "Nothing is known of this?", "QuestionId": "tc_35"},
    ],
    "Domain": "Web",
    "VerifiedEval": False,
}  # fmt: skip


def test_triviaqa_in_its_own_form(tmp_path: Path) -> None:
    one, two, three = loaded(tmp_path, "web-dev.json", TRIVIA).questions
    assert (one.id, one.question) == ("tc_33", QUESTION)
    assert one.answers == ("Tessel Line", "The Tessel Line", "Tessel")
    assert one.articles == ("Marlow", "http://example.org/f")
    assert dict(one.fields) == {"QuestionSource": "http://example.org/"}
    assert (two.answers, two.articles) == (("x",), ())
    assert three.answers == ()
    broken = {"Data": [*TRIVIA["Data"], "x", {"Answer": {"Value": "a"}, "Question": ""}]}  # type: ignore[misc]
    assert problems(tmp_path, "a.json", broken) == ["line 53 is not an object.", "line 54: Question is missing."]


def test_triviaqa_as_hugging_face_has_it(tmp_path: Path) -> None:
    row = {
        "question": QUESTION, "question_id": "tc_33", "question_source": "http://example.org/",
        "answer": {"aliases": ["The Tessel Line"], "normalized_aliases": ["x"], "value": "Tessel Line", "type": "y"},
        "entity_pages": {"title": ["Marlow"], "filename": ["Marlow.txt"], "wiki_context": ["text"]},
        "search_results": {"url": [], "title": []},
    }  # fmt: skip
    question = only(tmp_path, "a.jsonl", json.dumps(row))
    assert (question.id, question.answers) == ("tc_33", ("Tessel Line", "The Tessel Line"))
    assert question.articles == ("Marlow",)


# TREC

SGML = """<top>

<num> Number: 301
<title> International Organized Crime

<desc> Description:
Identify organizations that participate in international criminal
activity &amp; more.

<narr> Narrative:
A relevant document must as a minimum identify the organization: 3 < 4.

</top>

<top>
<num> Number: 302 </num>
<desc> Description:
Is poliomyelitis under control?
</top>
<top><num>303<title>Not judged</top>
"""
XML = """<?xml version="1.0"?><topics task="COVIDSearch">
<topic number="1"><query>ferry marlow</query><question>who runs the ferry?</question><narrative>n</narrative></topic>
<topic number="2">
A plain one
</topic></topics>"""
QRELS = "301 0 FBIS3-10082 1\n301 0 FBIS3-10169 0\n301\t0\tLA-1\t2\n302 0 X -2\n302 0 Y 1\n999 0 Z 1\n"


def test_topics_with_their_judgements(tmp_path: Path) -> None:
    (tmp_path / "topics.301-350.txt").write_text(SGML)
    (tmp_path / "qrels.trec6.txt").write_text(QRELS)
    for path in (tmp_path, tmp_path / "topics.301-350.txt"):
        one, two = load_question_set(path).questions
        assert (one.id, one.question) == ("301", "International Organized Crime")
        assert one.articles == ("FBIS3-10082", "LA-1")
        assert one.fields["grades"] == {"FBIS3-10082": 1, "LA-1": 2}
        assert one.fields["description"].endswith("criminal activity & more.")
        assert one.fields["narrative"] == "A relevant document must as a minimum identify the organization: 3 < 4."
        assert (two.id, two.question, two.articles) == ("302", "Is poliomyelitis under control?", ("Y",))
    (tmp_path / "qrels.trec6.txt").unlink()
    assert [one.id for one in load_question_set(tmp_path / "topics.301-350.txt").questions] == ["301", "302", "303"]


def test_topics_in_newer_forms(tmp_path: Path) -> None:
    one, two = loaded(tmp_path, "topics.xml", XML).questions
    assert (one.id, one.question) == ("1", "who runs the ferry?")
    assert dict(one.fields) == {"query": "ferry marlow", "narrative": "n"}
    assert (two.id, two.question) == ("2", "A plain one")
    for name in ("queries.tsv", "topics.tsv", "topics.dl19.txt", "topics.dl19"):
        asked = loaded(tmp_path, name, "264014\thow long is the life cycle of a flea\n104861\tcost of interior\n")
        assert [(one.id, one.question) for one in asked.questions][1] == ("104861", "cost of interior")
    rows = [{"number": 301, "title": "Crime", "description": "Identify it.", "narrative": "n"}]
    question = only(tmp_path, "topics.json", rows)
    assert (question.id, question.question, set(question.fields)) == ("301", "Crime", {"description", "narrative"})
    named = loaded(tmp_path, "a.tsv", "question\tanswers\nWho?\ta\n")
    assert [one.question for one in named.questions] == ["Who?"]


def test_unreadable_topics_are_reported(tmp_path: Path) -> None:
    assert problems(tmp_path, "a.txt", "<top><num>1<title>A</top>\n\n<top><num>2<title>cut") == [
        "line 3 starts a topic that is never closed."
    ]
    assert problems(tmp_path, "b.txt", "1\ta\nno tab\n") == ["line 2 is not a number, a tab and a text."]
    assert problems(tmp_path, "c.txt", "<top><num>1<desc></top><top><num>2<title>x</top>") == [
        "line 1: title is missing."
    ]
    for text in ("Just prose.\n", "<html><title>x</title></html>", ""):
        with pytest.raises(QuestionSetError, match="contains no topics"):
            loaded(tmp_path, "d.txt", text)
    (tmp_path / "qrels").write_text("1 0 a\n1 0 b x\n2 0 c 1\n")
    with pytest.raises(QuestionSetError, match="judges none"):
        loaded(tmp_path, "e.txt", "7\tseven\n")
    told = problems(tmp_path, "e.txt", "2\ttwo\n")
    assert told == [f"{tmp_path / 'qrels'}, line {n} is not a topic, 0, an article and a whole number." for n in (1, 2)]


def test_topics_without_end_take_no_time(tmp_path: Path) -> None:
    for text in ("<top><title>" + "<title>x" * 300_000, "<" * 3_000_000, "<top " * 600_000, "<top>" + " " * 3_000_000):
        with pytest.raises(QuestionSetError, match="topic"):
            loaded(tmp_path, "a.txt", text)


# What data frames print

PRINTED = {
    "array(['Denver Broncos', \"it's\"], dtype=object)": ["Denver Broncos", "it's"],
    "{'text': array(['a b', 'c'],\n      dtype=object), 'answer_start': array([177, 1], dtype=int32)}": {
        "text": ["a b", "c"], "answer_start": [177, 1],
    },
    "{'text': array([], dtype=object), 'answer_start': array([], dtype=int32)}": {"text": [], "answer_start": []},
    "['a' 'b, c'\n \"d'e\"]": ["a", "b, c", "d'e"],
    "['it is ' 'x']": ["it is ", "x"],
    "[1 -2 3.5]": [1, -2, 3.5],
    "[np.str_('a'), np.int64(3), nan, None, True]": ["a", 3, None, None, True],
    "[\"say ' ' so\"]": ["say ' ' so"],
    "('a', ['b'])": ["a", ["b"]],
}  # fmt: skip


@pytest.mark.parametrize("written", PRINTED)
def test_printed_lists_are_read(written: str) -> None:
    assert parse_printed(written) == PRINTED[written]


def test_what_numpy_prints_today_is_read() -> None:
    for listed in (["a", "b c", "d'e", 'f"g'], [1, -2], ["x" * 90] * 5):
        assert parse_printed(str(np.array(listed))) == listed
        assert parse_printed(repr(np.array(listed, dtype=object))) == listed
        assert parse_printed(str({"text": np.array(listed)})) == {"text": listed}


@pytest.mark.parametrize(
    "written",
    [
        "__import__('os').system('x')", "array(open('x'))", "[x for x in (1,)]", "array(['a', ..., 'b'])", "f'{1}'",
        "{'a': Timestamp('2020-01-01')}", "['a', 'b", "{1: 2}", "{**{}}", "lambda: 1", "[" * 5000 + "]" * 5000,
        "(" * 30 + "1" + ",)" * 30, "np.load('x')", "array(['a'], ['b'])", "9" * 5000, "-" * 3000 + "1", "", "b'x'",
        "['a'\n  'b", "os.array([1])", "['a' 'b' \x00]",
    ],
)  # fmt: skip
def test_anything_but_plain_data_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^it "):
        parse_printed(written)


def csv(*cells: str) -> str:
    return ",".join(f'"{one.replace(chr(34), chr(34) * 2)}"' for one in cells) + "\n"


def test_squad_from_a_data_frame(tmp_path: Path) -> None:
    start = CONTEXT.index("1931")
    cell = f"{{'text': array(['1931', '1931'], dtype=object), 'answer_start': array([{start}, {start}], dtype=int32)}}"
    none = "{'text': array([], dtype=object), 'answer_start': array([], dtype=int32)}"
    head = csv("id", "title", "context", "question", "answers")
    text = head + csv("1", "Marlow", CONTEXT, "When?", cell) + csv("2", "Marlow", CONTEXT, "Who?", none)
    one, two = loaded(tmp_path, "a.csv", text).questions
    assert one.answers == ("1931",)
    assert [piece.quote for piece in one.evidence] == ["Dr. Ann Lee founded the line in 1931."]
    assert (two.answerable, two.answers) == (False, ())


@pytest.mark.parametrize(
    "cell",
    [
        "{'text': array(['a', ..., 'b'], dtype=object), 'answer_start': array([1, ..., 2])}",
        "{'text': array(['a",
        "array([Decimal('1')])",
        "['a', 'b",
        '{"text": ["a"',
    ],
)
def test_a_cell_that_cannot_be_read_is_no_answer(tmp_path: Path, cell: str) -> None:
    for columns in (("question", "answers"), ("question", "answer"), ("user_input", "reference")):
        [told] = problems(tmp_path, "a.csv", csv(*columns) + csv("Who?", cell))
        assert told.startswith(f"line 2: {columns[1]} starts like a list but is not one: it ")
    if "'text': array(" in cell:
        [told] = problems(tmp_path, "a.jsonl", json.dumps({"question": "Who?", "answers": cell}))
        assert told == "line 1: answers is an array as a data frame prints it."


def test_texts_that_only_look_like_lists_stay_texts(tmp_path: Path) -> None:
    for text in ("[sic] he said", "{x | x > 0}", "[1, 2)", "array of pipes", "[1931"):
        assert only(tmp_path, "a.csv", csv("question", "answers") + csv(text, text)).answers == (text,)
    for text in ('["a"', "['quoted] words"):
        assert only(tmp_path, "a.csv", csv("question", "answers", "notes") + csv(text, "a", text)).question == text
    for text in ('{"a": 1}', "array([1, 2])"):
        row = {"question": f"{text}?", "answers": text}
        assert only(tmp_path, "a.jsonl", json.dumps(row)).answers == (text,)
    only(tmp_path, "a.jsonl", json.dumps({"question": "array(['a']) makes what?", "answers": "an array"}))


# The whole way


@pytest.mark.parametrize("form", ["xlsx", "trec", "triviaqa", "csv"])
def test_each_form_is_evaluated_from_the_command_line(tmp_path: Path, form: str) -> None:
    articles = tmp_path / "articles.jsonl"
    rows = [{"id": "marlow", "title": "Marlow", "text": CONTEXT}, {"id": "mill", "text": "The mill burned in 1902."}]
    articles.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    sets = tmp_path / "sets"
    sets.mkdir()
    path = sets / {"xlsx": "a.xlsx", "trec": "topics.txt", "triviaqa": "a.json", "csv": "a.csv"}[form]
    if form == "xlsx":
        workbook(path, ["question", "answers", "articles"], [QUESTION, "the Tessel Line", "marlow"])
    elif form == "trec":
        path.write_text(f"<top><num>Number: 1<title>{QUESTION}</top>")
        (sets / "qrels.txt").write_text("1 0 marlow 1\n")
    elif form == "triviaqa":
        path.write_text(
            json.dumps(
                {
                    "Data": [
                        {
                            "Question": QUESTION,
                            "QuestionId": "1",
                            "Answer": {"Value": "Tessel Line"},
                            "EntityPages": [{"Title": "Marlow"}],
                        }
                    ]
                }
            )
        )
    else:
        path.write_text(csv("question", "answers", "articles") + csv(QUESTION, "['Tessel Line' 'Tessel']", "marlow"))
    words = ["evaluate", str(path), "--articles", str(articles), "--json", "--home", str(tmp_path / "home")]
    done = CliRunner(env={"XDG_CACHE_HOME": str(tmp_path / "cache")}).invoke(main, words)
    assert done.exit_code == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["metrics"]["recall@1"]["value"] == 1
    if form != "trec":
        assert made["metrics"]["answer_in_text"]["value"] == 1

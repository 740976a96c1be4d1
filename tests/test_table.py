"""CSV, TSV, JSON and JSON Lines: one article a row, and a clear problem for each invalid row."""

import contextlib
import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, normalise
from index.errors import SourceError
from index.sources import Limits, load
from index.sources.metadata.dates import parse_date

LONG = "The harbour wall gave way. " * 8000  # longer than Python's own limit on a CSV field


def results(tmp_path: Path, name: str, content: str | bytes) -> list[Article | SourceError]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(load(str(path)))


def only(tmp_path: Path, name: str, content: str | bytes) -> Article:
    [article] = results(tmp_path, name, content)
    assert isinstance(article, Article), (article, getattr(article, "help", None))
    return article


def problem(tmp_path: Path, name: str, content: str | bytes) -> str:
    [error] = results(tmp_path, name, content)
    assert isinstance(error, SourceError)
    assert error.help
    assert str(error).endswith(".")
    assert "\n" not in str(error)
    return str(error)


def told(article: Article) -> list[tuple[str, str, str, str]]:
    return [(notice.kind, notice.rule, notice.text, notice.place) for notice in article.notices]


RECORD = {
    "id": 7,
    "title": "Harbour wall gives way",
    "body": "First.\n\n\n\nAdvertisement\nSecond.",
    "publisher": {"name": "The Bay Gazette"},
    "authors": [{"name": "Ann Lee"}, "Bo Chan"],
    "published_at": "2024-05-06T23:30:00-05:00",
    "link": "https://gazette.example/harbour",
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([RECORD])),
        ("a.json", json.dumps(RECORD)),
        ("a.json", json.dumps({"articles": [RECORD]})),
        ("a.jsonl", f"{json.dumps(RECORD)}\n\n"),
        ("a.ndjson", "\ufeff" + json.dumps(RECORD)),
        ("a.jsonl", json.dumps(RECORD).encode("utf-16")),
    ],
)
def test_every_field_is_read_and_the_text_is_kept_as_it_is(tmp_path: Path, name: str, content: str | bytes) -> None:
    article = only(tmp_path, name, content)
    assert article.id == "7"
    assert article.title == "Harbour wall gives way"
    assert article.text == RECORD["body"]
    assert article.source == "The Bay Gazette"
    assert article.author == "Ann Lee, Bo Chan"
    assert article.published == dt.date(2024, 5, 6)
    assert article.url == "https://gazette.example/harbour"
    assert article.origin == f"{tmp_path / name}#7"


@given(st.text(max_size=200))
def test_any_text_in_json_is_kept_as_it_is(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_text(json.dumps({"text": text}), encoding="utf-8")
    [found] = load(str(path))
    kept = normalise(text).rstrip()
    assert isinstance(found, SourceError) if not kept.strip() else isinstance(found, Article) and found.text == kept


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
def test_csv_with_any_usual_delimiter(tmp_path: Path, mark: str) -> None:
    rows = [["Title", "TEXT ", "date", "Author"], ["Wall", '"One, two;\n""three"""', "6 May 2024", "Ann Lee"]]
    article = only(tmp_path, "a.csv", "\ufeff" + "\r\n".join(mark.join(row) for row in rows))
    assert (article.title, article.text) == ("Wall", 'One, two;\n"three"')
    assert (article.published, article.author) == (dt.date(2024, 5, 6), "Ann Lee")


def test_tsv_and_a_very_long_cell(tmp_path: Path) -> None:
    assert only(tmp_path, "a.tsv", f"id\ttext\n1\t{LONG}").text == LONG.strip()


def test_problems_of_rows_name_their_line_and_leave_the_others_alone(tmp_path: Path) -> None:
    rows = ['A,"one\nmore",2024-05-06', "B,,2024-05-06", ",,", "C,two,03/04/2025", "D,three,,x", "E,four,"]
    content = "\n".join(["title,text,date", *rows])
    first, no_text, undated, too_many, last = results(tmp_path, "a.csv", content)
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    place = tmp_path / "a.csv"
    assert str(no_text) == f"{place}, line 4 has no text."
    assert isinstance(undated, Article)
    assert undated.published is None
    assert told(undated) == [("unread", "date", "03/04/2025", "line 6")]
    assert str(too_many) == f"{place}, line 7 has 4 cells, but there are 3 columns."


def test_problems_of_lines_of_json(tmp_path: Path) -> None:
    lines = ['{"text": "one"}', "{", "[1]", '{"title": "x"}', '{"text": 5}', '{"text": "y", "title": {}}']
    found = results(tmp_path, "a.jsonl", "\n".join([*lines, "[" * 100_000, '{"text": ' + "9" * 5000 + "}"]))
    place = tmp_path / "a.jsonl"
    assert isinstance(found[0], Article)
    assert [str(error).removeprefix(f"{place}, ") for error in found[1:]] == [
        "line 2 is not JSON: Expecting property name enclosed in double quotes at column 2.",
        "line 3 is not an object.",
        "line 4 has no text.",
        "line 5 has a text that is not a string.",
        "line 6 has a title that is not a string.",
        "line 7 is not JSON that can be read safely.",
        "line 8 is not JSON that can be read safely.",
    ]
    assert all(error.help for error in found if isinstance(error, SourceError))


def test_problems_of_items_name_their_place_in_the_array(tmp_path: Path) -> None:
    _, error = results(tmp_path, "a.json", '[{"text": "one"}, {"text": " "}]')
    assert str(error) == f"{tmp_path / 'a.json'}, item 2 has no text."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "nothing", "is not JSON: Expecting value at column 1."),
        ("a.json", '{"text":\n x}', "is not JSON: Expecting value at line 2, column 2."),
        ("a.json", '"text"', "holds no articles."),
        ("a.json", "[" * 200_000, "is not JSON that can be read safely."),
        ("a.json", "[]", "has no articles in it."),
        ("a.jsonl", "\n\n", "has no articles in it."),
        ("a.csv", "title,text\n", "has no articles in it."),
        ("a.csv", "name,words\nx,y\n", "has no column named text, body or content."),
        ("a.csv", b"\x00\x01\x02", "is not a text file."),
    ],
)
def test_a_file_without_rows_to_read(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    assert problem(tmp_path, name, content) == f"{tmp_path / name} {message}"


def test_a_repeated_id_is_a_problem_unless_the_row_is_the_same(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "one"},
        {"id": "a", "text": "one"},
        {"id": "a", "text": "two"},
        {"text": "one"},
    ]
    first, clash, other = results(tmp_path, "a.json", json.dumps(rows))
    assert isinstance(first, Article)
    assert isinstance(other, Article)
    place = tmp_path / "a.json"
    assert str(clash) == f"{place}, item 3 has the id 'a', which {place}, item 1 also has."


def test_an_endless_line_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n{"text": "' + "x" * 5000)
    article, error = load(str(path), limits=Limits(max_bytes=1000))
    assert isinstance(article, Article)
    assert str(error) == f"{path}, line 2 is too long."


def test_many_rows_may_be_larger_than_one_file_may(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"Row {number}."}) for number in range(200)))
    assert len(list(load(str(path), limits=Limits(max_bytes=1000)))) == 200


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-05-06", "2024-05-06"),
        ("2024/5/6", "2024-05-06"),
        ("20240506", "2024-05-06"),
        (20240506, "2024-05-06"),
        ("2024-05-06T23:30:00Z", "2024-05-06"),
        ("2024-05-06 10:15 BST", "2024-05-06"),
        ("Mon, 06 May 2024 23:30:00 -0500", "2024-05-06"),
        ("May 6th, 2024", "2024-05-06"),
        ("25/12/2024", "2024-12-25"),
        ("05/05/2024", "2024-05-05"),
        (1714953600, "2024-05-06"),
        (1714953600.5, "2024-05-06"),
        (1714953600000, "2024-05-06"),
        ("1714953600", "2024-05-06"),
    ],
)
def test_dates_with_one_reading(value: str | float, day: str) -> None:
    assert parse_date(value).isoformat() == day


@pytest.mark.parametrize(
    "value",
    ["03/04/2025", "05/06/07", "May 2024", "2024", 2024, "Monday", "10:15", "yesterday", "31 February 2024",
     "2024-13-01", "", "9" * 5000, 10**400, float("nan"), float("inf"), -1, 20241301, 10**17],
)  # fmt: skip
def test_invalid_or_ambiguous_dates(value: str | float) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_date(value)


@pytest.mark.parametrize("value", [True, {"year": 2024}, "soon", "May 2024", "24:00" + "9" * 60])
def test_a_row_with_an_unclear_date_is_added_and_the_date_is_told(tmp_path: Path, value: object) -> None:
    article = only(tmp_path, "a.jsonl", json.dumps({"text": "one", "date": value}))
    assert article.published is None
    [(kind, rule, _, place)] = told(article)
    assert (kind, rule, place) == ("unread", "date", "line 1")


@given(st.text(max_size=60) | st.integers() | st.floats())
def test_a_date_is_a_date_or_a_value_error(value: str | float) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_date(value), dt.date)


def texts(tmp_path: Path, content: str, name: str = "a.csv") -> list[str]:
    return [found.text for found in results(tmp_path, name, content) if isinstance(found, Article)]


def test_a_quotation_mark_that_is_never_closed_costs_no_other_row(tmp_path: Path) -> None:
    content = (
        'day,title,body\n2024-05-06,Ferry,"It was late, again.\n2024-05-07,Mill,It burned down.\n'
        '2024-05-08,Bread,"It costs more, ""much"" more."\n2024-05-09,Note,"Somebody wrote it.\n'
    )
    ferry, mill, bread, note = results(tmp_path, "a.csv", content)
    assert isinstance(ferry, Article)
    assert [getattr(found, "text", None) for found in (ferry, mill, bread, note)] == [
        "It was late, again.", "It burned down.", 'It costs more, "much" more.', "Somebody wrote it.",
    ]  # fmt: skip
    assert told(ferry) == [("repaired", "quotation mark", '2024-05-06,Ferry,"It was late, again.', "line 2")]
    assert isinstance(mill, Article)
    assert not mill.notices


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Without a column for dates, and with other rows in quotation marks below.
        ('title,text\nA,"One, two.\nB,"Three."\nC,Four.\n', ["One, two.", "Three.", "Four."]),
        # In the first cell, where it takes the others with it.
        ('title,text,date\n"A,One.,2024-05-06\nB,Two.,2024-05-07\n', ["One.", "Two."]),
        # Text of more than one line is kept together.
        ('title,date,text\nA,2024-05-06,"One.\n\nMore.\nB,2024-05-07,Two.\n', ["One.\n\nMore.", "Two."]),
        ('title,date,text\nA,2024-05-06,"One.\n\nMore."\nB,2024-05-07,Two.\n', ["One.\n\nMore.", "Two."]),
        # Marks inside a cell that are not doubled, or escaped as MySQL does.
        ('title,text\nA,"He said "no" to them"\nB,Two.\n', ['He said "no" to them', "Two."]),
        ('title,text\nA,"He said \\"no\\", twice"\nB,Two.\n', ['He said "no", twice', "Two."]),
        ('title,text\nA,A 5" pipe broke.\nB,Two.\n', ['A 5" pipe broke.', "Two."]),
    ],
)
def test_quotation_marks_out_of_place(tmp_path: Path, content: str, expected: list[str]) -> None:
    assert texts(tmp_path, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nTitle;Text;Date\nFerry;It was late, again.;2024-05-06\n",
        "\n\n  \nTitle,Text,Date\nFerry,\"It was late, again.\",2024-05-06\n",
        '"Title","Full\ntext","Publication\r\ndate"\nFerry,"It was late, again.",2024-05-06\n',
        'Headline|Article Text|Publication Date\nFerry|It was late, again.|2024-05-06\n',
        "Export of 9 May\nHEADLINE\tStory\tDate Published\nFerry\tIt was late, again.\t2024-05-06\n",
        'Unnamed: 0,headline,content,pub_date,author\n0,Ferry,"It was late, again.",2024-05-06,nan\n',
    ],
)  # fmt: skip
def test_headers_as_spreadsheets_and_people_write_them(tmp_path: Path, content: str) -> None:
    article = only(tmp_path, "a.csv", content)
    assert (article.title, article.text, article.author) == ("Ferry", "It was late, again.", None)
    assert article.published == dt.date(2024, 5, 6)


def test_byline_and_newspaper_are_read_and_nan_is_nothing(tmp_path: Path) -> None:
    content = "Article,Headline,Byline,Newspaper,url\nIt was late.,Ferry,By Ann Lee and Bo Chan,Bay Gazette,NaN\n"
    article = only(tmp_path, "a.csv", content)
    assert (article.author, article.source, article.url) == ("Ann Lee, Bo Chan", "Bay Gazette", None)


def test_other_dates_of_a_file_show_how_a_numeric_date_is_meant(tmp_path: Path) -> None:
    def days(*dates: str) -> list[dt.date | None]:
        rows = "".join(f"Row {number}.;{date}\n" for number, date in enumerate(dates))
        return [
            found.published for found in results(tmp_path, "a.csv", f"text;date\n{rows}") if isinstance(found, Article)
        ]

    assert days("03/04/2025", "13/04/2025") == [dt.date(2025, 4, 3), dt.date(2025, 4, 13)]
    assert days("03/04/2025", "04/13/2025") == [dt.date(2025, 3, 4), dt.date(2025, 4, 13)]
    assert days("03/04/2025", "04/13/2025", "13/04/2025")[0] is None
    assert days("03/04/2025", "05/05/2025") == [None, dt.date(2025, 5, 5)]
    assert days("03.04.2025 10:15", "27.04.2025 9:00")[0] == dt.date(2025, 4, 3)


def test_the_day_of_the_last_change_is_a_field_of_its_own(tmp_path: Path) -> None:
    row = {"text": "It was late.", "published": "2024-05-06", "date_modified": "2024-05-08T10:15:00Z"}
    article = only(tmp_path, "a.json", json.dumps([row]))
    assert (article.published, article.updated) == (dt.date(2024, 5, 6), dt.date(2024, 5, 8))
    del row["published"]
    assert only(tmp_path, "a.json", json.dumps([row])).published == dt.date(2024, 5, 8)

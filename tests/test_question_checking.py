"""Question sets checked against a collection, and the problems that are reported."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from assistant.evaluation.sets.checking import check
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet, load_question_set
from assistant.evaluation.sets.quotes import Held, find_quotes, find_words, fold
from assistant.evaluation.sets.resolving import Problem, resolve
from index import Article, ArticleIndex, Filters
from tests.conftest import SAMPLES
from tests.fakes import WordEmbedder
from ui.commands.questions import questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant.evaluation.sets.quotes import ArticleLookup

LINE = "“The ferry’s fare is 12 crowns” – said the harbour master, Ann Lee."
PLAIN = '"The ferry\'s  fare is 12\ncrowns" - said the Harbour master, Ann Lee.'
REPEATED = "The Tessel Line runs the ferry to Marlow."
FERRY = Article.create(
    f"Marlow lies on an island.\n{LINE} {REPEATED}",
    id="ferry",
    title="Ferries",
    source="Marlow Echo",
    url="https://echo.example/ferry",
    published=dt.date(2025, 1, 5),
)
LINES = Article.create(f"In brief: {REPEATED} So it does.", id="lines", title="In brief", source="Bay Gazette")
BRIEF = Article.create("Nothing of note.", id="brief", title="In brief")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checking") / "home"
    with ArticleIndex.open(folder, embedder=WordEmbedder(), write=True) as index:
        index.add([LINES, FERRY, BRIEF])
    return folder


@pytest.fixture(scope="module", params=["index", "memory"])
def collection(request: pytest.FixtureRequest, home: Path) -> Iterator[ArticleLookup]:
    if request.param == "index":
        with ArticleIndex.open(home, embedder=WordEmbedder()) as index:
            yield index
    else:
        yield Held([LINES, FERRY, BRIEF])


def one(**fields: Any) -> QuestionSet:
    return QuestionSet(name="one", questions=(Question(**({"id": "q", "question": "Who?"} | fields)),))


def evidence(article: str, quote: str) -> tuple[Evidence, ...]:
    return (Evidence(article=article, quote=quote),)


def resolved(question_set: QuestionSet, collection: ArticleLookup) -> tuple[Question, tuple[Problem, ...]]:
    found, problems = resolve(question_set, collection)
    return found.questions[0], problems


def test_quotes_without_an_article_find_it_and_its_words(collection: ArticleLookup) -> None:
    question, problems = resolved(one(evidence=evidence("", PLAIN)), collection)
    assert question.evidence == evidence("ferry", LINE)
    assert question.articles == ("ferry",)
    assert problems == ()


def test_a_quote_in_several_articles_is_from_the_one_that_is_named(collection: ArticleLookup) -> None:
    question, problems = resolved(one(evidence=evidence("", REPEATED), articles=("lines",)), collection)
    assert (question.evidence[0].article, problems) == ("lines", ())
    question, [warning] = resolved(one(evidence=evidence("", REPEATED)), collection)
    assert question.evidence[0].article == "ferry"
    assert warning.severity == "warning"
    assert "2 articles contain the quote" in warning.message


def test_a_quote_that_no_article_has_stays_and_is_reported(collection: ArticleLookup) -> None:
    question, [problem] = resolved(one(evidence=evidence("", "The moon is made of cheese, they say.")), collection)
    assert question.evidence[0].article == ""
    assert question.articles == ()
    assert (problem.question, problem.field, problem.severity) == ("q", "evidence", "error")
    assert "The moon is made of cheese" in problem.message


@pytest.mark.parametrize(
    ("name", "id_"),
    [("https://echo.example/ferry", "ferry"), ("Ferries", "ferry"), ("lines", "lines"), ("In brief", "In brief")],
)
def test_articles_go_by_id_address_or_a_title_of_their_own(collection: ArticleLookup, name: str, id_: str) -> None:
    question, _ = resolved(one(articles=(name,), evidence=evidence(name, LINE)), collection)
    assert (question.articles, question.evidence[0].article) == ((id_,), id_)


def test_resolving_again_changes_nothing(collection: ArticleLookup) -> None:
    first, _ = resolve(one(evidence=evidence("", PLAIN), articles=("Ferries",)), collection)
    second, problems = resolve(first, collection)
    assert (second, problems) == (first, ())


RIGHT: dict[str, Any] = {"answers": ("Ann Lee",), "articles": ("ferry",), "evidence": evidence("ferry", LINE)}


@pytest.mark.parametrize(
    ("fields", "kind", "message", "help_"),
    [
        ({"evidence": evidence("ferry", PLAIN)}, "error: evidence", "ferry does not have the quote", f"“{LINE}”"),
        ({"evidence": evidence("ferry", "It sank.")}, "error: evidence", "“It sank.”", "must be an exact part"),
        ({"evidence": evidence("brief", LINE)}, "error: evidence", "brief does not have", "It is in ferry"),
        ({"evidence": evidence("gone", LINE)}, "error: evidence", "no article gone", "is in ferry"),
        ({"articles": ("ferry", "gone")}, "error: articles", "no article gone", "`dateline list`"),
        ({"answers": ("Ann Lee", "Bo Chan")}, "warning: answers", "“Bo Chan”", "as the article does"),
        ({"answerable": False}, "error: answerable", "but has answers", "Remove them"),
        ({"answers": (), "articles": (), "evidence": ()}, "error: answers", "nothing can be measured", "answerable"),
        ({"filters": Filters(source=("Nobody",))}, "error: filters", "No article meets", "Loosen"),
        ({"filters": Filters(source=("bay gazette",))}, "error: filters", "exclude ferry", "Loosen"),
        ({"filters": Filters(articles=("lines",))}, "error: filters", "exclude ferry", "Loosen"),
        ({"filters": Filters(since=dt.date(2025, 1, 6))}, "error: filters", "No article meets", "Loosen"),
    ],
)
def test_problems(collection: ArticleLookup, fields: dict[str, Any], kind: str, message: str, help_: str) -> None:
    [problem] = check(one(**(RIGHT | fields)), collection)
    assert (problem.question, f"{problem.severity}: {problem.field}") == ("q", kind)
    assert message in problem.message
    assert help_ in problem.help


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"answers": ("ann lee", "12  crowns", "yes")},
        {"answers": ("The harbour master whose name the paper gives as Lee says that it is twelve crowns.",)},
        {"evidence": (), "answers": ()},
        {"articles": (), "evidence": (), "answers": ("the moon",)},
        {"answers": (), "articles": (), "evidence": (), "answerable": False},
        {"filters": Filters(source=("Marlow Echo",), until=dt.date(2025, 1, 5))},
    ],
)
def test_nothing_is_wrong(collection: ArticleLookup, fields: dict[str, Any]) -> None:
    assert check(one(**(RIGHT | fields)), collection) == []


def test_filters_without_articles_are_allowed_for_unanswerable_questions(collection: ArticleLookup) -> None:
    [problem] = check(one(answerable=False, filters=Filters(source=("Nobody",))), collection)
    assert problem.severity == "warning"


def test_the_same_question_twice(collection: ArticleLookup) -> None:
    first = Question(id="a", question="Who is Ann Lee?", **RIGHT)
    again = dataclasses.replace(first, id="b", question="WHO is  Ann Lee?")
    later = dataclasses.replace(first, id="c", as_of=dt.date(2025, 2, 1))
    [problem] = check(QuestionSet(name="two", questions=(first, again, later)), collection)
    assert (problem.question, problem.severity, problem.message) == ("b", "warning", "a asks the same question.")


def test_problems_are_in_the_order_of_the_questions(collection: ArticleLookup) -> None:
    bad = [
        Question(id="c", question="One?", evidence=evidence("ferry", "It sank.")),
        Question(id="a", question="Two?", evidence=evidence("", "It sank.")),
        Question(id="b", question="One?"),
    ]
    problems = check(QuestionSet(name="bad", questions=tuple(bad)), collection)
    assert [problem.question for problem in problems] == ["c", "a", "b", "b"]


def test_the_sample_questions_fit_the_sample_articles() -> None:
    samples = load_question_set(SAMPLES)
    problems = check(samples, Held(samples.articles or ()))
    assert [problem for problem in problems if problem.severity == "error"] == []


def test_a_quote_is_found_by_any_cut_of_it(collection: ArticleLookup) -> None:
    """Looking quotes up by some of their words must find just what looking through every text does."""
    text = FERRY.text
    cuts = [text[start : start + length] for length in (3, 9, 30, 60) for start in range(len(text) - length)]
    wanted = {cut.strip() for cut in cuts} | {cut.strip().upper() for cut in cuts}
    found = find_quotes(wanted, collection)
    for quote in wanted:
        expected = {one.id for one in (FERRY, LINES, BRIEF) if find_words(quote, one.text) is not None}
        assert {place.article for place in found[quote]} == expected, quote


def test_quotes_may_differ_only_in_typography() -> None:
    assert find_words(PLAIN, FERRY.text) == LINE
    assert find_words("fare is 13 crowns", FERRY.text) is None
    assert find_words("a.b", "axb") is None
    assert fold(PLAIN) == fold(LINE)


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(questions, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


FINE = {"id": "fine", "question": "Who runs it?", "answers": ["The Tessel Line"], "articles": ["lines"]}
WRONG = {"id": "wrong", "question": "Who?", "evidence": [{"article": "ferry", "quote": PLAIN}]}
ODD = FINE | {"id": "odd", "question": "Why?", "answers": ["Nobody knows"]}


def test_the_command_against_the_collection(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "a.jsonl", FINE, ODD)
    code, out, _ = run("check", file, "--home", home)
    assert code == 0
    assert out.splitlines()[-1] == "2 questions: 1 warning."
    assert out.startswith("warning: odd, answers: Neither its evidence nor its articles contain")
    code, out, _ = run("check", write(tmp_path / "a.jsonl", FINE, WRONG), "--home", home)
    assert code == 1
    assert len(out.splitlines()) == 2
    assert out.splitlines()[-1] == "2 questions: 1 error."
    assert run("check", write(tmp_path / "a.jsonl", FINE), "--home", home)[:2] == (0, "1 question: no problems.\n")


def test_the_command_as_json(tmp_path: Path, home: Path) -> None:
    code, out, _ = run("check", write(tmp_path / "a.jsonl", WRONG), "--home", home, "--json")
    report = json.loads(out)
    assert code == 1
    assert (report["questions"], len(report["fingerprint"]), report["unreadable"]) == (1, 64, [])
    [problem] = report["problems"]
    assert (problem["question"], problem["field"], problem["severity"]) == ("wrong", "evidence", "error")


def test_the_command_against_the_articles_of_the_set_and_others(tmp_path: Path) -> None:
    file = write(tmp_path / "questions.jsonl", FINE)
    own = write(tmp_path / "articles.jsonl", {"id": "lines", "text": REPEATED})
    other = write(tmp_path / "other.jsonl", {"id": "brief", "text": "Nothing."})
    assert run("check", tmp_path)[0] == 0
    assert run("check", file, "--articles", own)[0] == 0
    code, out, _ = run("check", tmp_path, "--articles", other)
    assert code == 1
    assert "There is no article lines." in out


def test_the_command_names_every_row_that_cannot_be_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", *[{"answers": [str(number)]} for number in range(30)])
    code, out, error = run("check", file)
    assert (code, out) == (1, "")
    assert error.splitlines() == [f"dateline: {file}, line {line}: question is missing." for line in range(1, 31)]
    code, out, error = run("check", file, "--json")
    assert (code, len(json.loads(out)["unreadable"]), error) == (1, 30, "")

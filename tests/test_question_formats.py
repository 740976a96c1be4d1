"""Question sets as other tools keep them, each in the shape its tool writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet, load_question_set

if TYPE_CHECKING:
    from pathlib import Path

LINE = "The Tessel Line runs the ferry to Marlow."
CONTEXT = f"Marlow lies on an island. {LINE} Dr. Ann Lee founded the line in 1931."
QUESTION = "Who runs the ferry to Marlow?"


def loaded(folder: Path, name: str, content: object) -> QuestionSet:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return load_question_set(path)


def only(folder: Path, name: str, content: object) -> Question:
    [question] = loaded(folder, name, content).questions
    return question


def problems(folder: Path, name: str, content: object) -> list[str]:
    with pytest.raises(QuestionSetError) as caught:
        loaded(folder, name, content)
    return [problem.removeprefix(f"{folder / name}, ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("row", "further"),
    [
        (
            {
                "user_input": QUESTION, "reference": "the Tessel Line", "reference_contexts": [LINE],
                "synthesizer_name": "single_hop", "response": "A line.", "retrieved_contexts": ["x"],
            },
            {"response", "retrieved_contexts"},
        ),
        (
            {
                "question": QUESTION, "ground_truth": "the Tessel Line", "contexts": [LINE],
                "evolution_type": "single_hop", "metadata": [{"source": "x"}],
            },
            {"metadata"},
        ),
        ({"question": QUESTION, "ground_truths": ["the Tessel Line"], "contexts": [LINE], "type": "single_hop"}, set()),
        (
            {
                "input": QUESTION, "expected_output": "the Tessel Line", "context": [LINE], "actual_output": None,
                "retrieval_context": ["x"], "type": "single_hop",
            },
            {"retrieval_context"},
        ),
        (
            {
                "query": QUESTION, "reference_answer": "the Tessel Line", "reference_contexts": [LINE],
                "query_by": {"model_name": "x", "type": "ai"}, "type": "single_hop",
            },
            {"query_by"},
        ),
    ],
    ids=["ragas", "ragas 0.1", "ragas 0.0", "deepeval", "llama-index"],
)  # fmt: skip
def test_rows_of_tools_that_keep_contexts(tmp_path: Path, row: dict[str, Any], further: set[str]) -> None:
    question = only(tmp_path, "a.jsonl", json.dumps(row))
    assert question.question == QUESTION
    assert question.answers == ("the Tessel Line",)
    assert question.evidence == (Evidence(article="", quote=LINE),)
    assert question.type == "single_hop"
    assert set(question.fields) == further


@pytest.mark.parametrize("name", ["truth", "answer", "expected_answer", "expected", "reference", "target"])
def test_a_question_with_its_answer_under_any_usual_name(tmp_path: Path, name: str) -> None:
    question = only(tmp_path, "a.csv", f"question,{name}\n{QUESTION},the Tessel Line\n")
    assert (question.answers, question.fields) == (("the Tessel Line",), {})


def test_output_of_a_system_is_not_gold(tmp_path: Path) -> None:
    log = {"question": QUESTION, "answer": "It said so.", "contexts": [LINE], "ground_truth": "the Tessel Line"}
    question = only(tmp_path, "a.json", [log])
    assert question.answers == ("the Tessel Line",)
    assert question.evidence == ()
    assert question.fields == {"answer": "It said so.", "contexts": [LINE]}


def test_two_fields_for_one_thing_are_not_guessed_at(tmp_path: Path) -> None:
    rows = [{"user_input": QUESTION, "reference": "a", "question": "Another?"}]
    assert problems(tmp_path, "a.json", rows) == [
        "line 2: question and user_input are both there, and both are its question."
    ]


def test_problems_go_by_the_names_in_the_file(tmp_path: Path) -> None:
    rows = [{"user_input": ["a", "conversation"], "reference": {"a": "b"}}, {"query": " ", "answer": "x"}]
    assert problems(tmp_path, "a.json", rows) == [
        "line 2: user_input is not a text.",
        "line 2: reference is not a text.",
        "line 11: query is empty.",
    ]


def test_lists_in_tables_as_pandas_and_deepeval_write_them(tmp_path: Path) -> None:
    ragas = only(tmp_path, "ragas.csv", f"user_input,reference,reference_contexts\n{QUESTION},a,\"['{LINE}', 'b']\"\n")
    deepeval = only(tmp_path, "deepeval.csv", f"input,expected_output,context\n{QUESTION},a,{LINE}|b\n")
    for question in (ragas, deepeval):
        assert [piece.quote for piece in question.evidence] == [LINE, "b"]


MULTIHOP = [
    {
        "query": "Which line runs the ferry, and who founded it?",
        "answer": "the Tessel Line",
        "question_type": "inference_query",
        "evidence_list": [
            {"title": "Ferries", "url": "https://echo.example/1", "source": "Marlow Echo", "fact": LINE},
            {"title": "Founders", "url": "https://echo.example/2", "fact": "Dr. Ann Lee founded the line in 1931."},
        ],
    },
    {"query": "Who owns the moon?", "answer": "Insufficient information.", "question_type": "null_query",
     "evidence_list": []},
]  # fmt: skip


def test_multihop_rag(tmp_path: Path) -> None:
    question, null = loaded(tmp_path, "MultiHopRAG.json", MULTIHOP).questions
    assert question.type == "inference_query"
    assert question.articles == ("https://echo.example/1", "https://echo.example/2")
    assert question.evidence[0] == Evidence(article="https://echo.example/1", quote=LINE)
    assert (null.answerable, null.answers, null.evidence) == (False, (), ())


def squad(**question: Any) -> dict[str, Any]:
    qas = [{"id": "s1", "question": QUESTION} | question]
    return {"version": "v2.0", "data": [{"title": "Tessel_Line", "paragraphs": [{"context": CONTEXT, "qas": qas}]}]}


def test_squad_contexts_become_articles_and_spans_the_sentence_around_them(tmp_path: Path) -> None:
    spans = [{"text": "Ann Lee", "answer_start": CONTEXT.index("Ann Lee")}]
    found = loaded(tmp_path, "dev.json", squad(answers=spans, is_impossible=False))
    [article] = found.articles or ()
    [question] = found.questions
    assert (article.title, article.text) == ("Tessel Line", CONTEXT)
    assert (question.id, question.answers, question.answerable) == ("s1", ("Ann Lee",), True)
    assert question.evidence == (Evidence(article=article.id, quote="Dr. Ann Lee founded the line in 1931."),)
    assert question.articles == (article.id,)
    assert question.fields == {"title": "Tessel_Line"}


def test_squad_takes_the_occurrence_that_is_meant(tmp_path: Path) -> None:
    second = CONTEXT.index("Marlow", 10)
    given = squad(answers=[{"text": "Marlow", "answer_start": second}])
    [question] = loaded(tmp_path, "dev.json", given).questions
    assert question.evidence[0].quote == LINE


def test_squad_questions_without_an_answer(tmp_path: Path) -> None:
    plausible = [{"text": "1931", "answer_start": 1}]
    question = only(tmp_path, "dev.json", squad(answers=[], plausible_answers=plausible, is_impossible=True))
    assert (question.answerable, question.answers, question.articles, question.evidence) == (False, (), (), ())
    assert question.fields["plausible_answers"] == plausible


def test_squad_as_flat_rows(tmp_path: Path) -> None:
    spans = {"text": ["the ferry", "the ferry"], "answer_start": [CONTEXT.index("the ferry")] * 2}
    rows = [
        {"id": "a", "title": "T", "context": CONTEXT, "question": QUESTION, "answers": spans},
        {"id": "b", "title": "T", "context": CONTEXT, "question": "Why?", "answers": {"text": [], "answer_start": []}},
    ]
    found = loaded(tmp_path, "dev.jsonl", "\n".join(map(json.dumps, rows)))
    assert len(found.articles or ()) == 1
    assert [question.answerable for question in found.questions] == [True, False]
    assert found.questions[0].answers == ("the ferry",)
    assert found.questions[0].evidence[0].quote == LINE


def test_squad_problems_are_reported(tmp_path: Path) -> None:
    given = squad(answers=[{"text": "the moon", "answer_start": 3}])
    given["data"][0]["paragraphs"] += [{"qas": []}, {"context": "x", "qas": ["Who?"]}]
    found = problems(tmp_path, "dev.json", given)
    assert len(found) == 3
    assert sum("context is missing or empty" in problem for problem in found) == 1
    assert sum("answers has 'the moon', which its context does not" in problem for problem in found) == 1
    assert sum("is not an object" in problem for problem in found) == 1


def test_a_labelled_rag_dataset_carries_its_contexts(tmp_path: Path) -> None:
    example = {"query": QUESTION, "reference_answer": "the Tessel Line", "reference_contexts": [f"{CONTEXT}\n", LINE],
               "query_by": {"model_name": "m", "type": "ai"}, "reference_answer_by": None}  # fmt: skip
    found = loaded(tmp_path, "rag_dataset.json", {"class_name": "x", "examples": [example, example | {"query": "So?"}]})
    assert [article.text for article in found.articles or ()] == [CONTEXT, LINE]
    assert [question.question for question in found.questions] == [QUESTION, "So?"]
    assert [piece.quote for piece in found.questions[0].evidence] == [CONTEXT, LINE]


def test_an_embedding_qa_finetune_dataset(tmp_path: Path) -> None:
    content = {"queries": {"q1": QUESTION, "q2": "Who?"}, "corpus": {"n1": CONTEXT, "n2": "Other."},
               "relevant_docs": {"q1": ["n1"], "q2": ["n2", "n1"]}, "mode": "text"}  # fmt: skip
    found = loaded(tmp_path, "qa.json", content)
    assert {article.id: article.text for article in found.articles or ()} == content["corpus"]
    assert [(one.id, one.articles) for one in found.questions] == [("q1", ("n1",)), ("q2", ("n2", "n1"))]
    content["corpus"] = {"n1": ""}
    content["relevant_docs"] = {"q3": ["n1"]}
    assert len(problems(tmp_path, "qa.json", content)) == 2


PROMPTFOO = """
prompts: [answer.txt]
defaultTest:
  assert: [{type: latency, threshold: 9}]
tests:
  - description: who
    vars: {question: "Who runs the ferry to Marlow?", area: north}
    assert:
      - {type: icontains, value: the Tessel Line}
      - {type: contains-any, value: [Tessel, Tessel Line]}
      - {type: llm-rubric, value: is polite}
    metadata: {level: easy}
  - vars: {question: ["Who founded it?", "Who founded the line?"], answer: Ann Lee}
  - vars: {topic: "Is it open?"}
    assert: [{type: not-contains, value: moon}]
"""


def test_promptfoo_tests(tmp_path: Path) -> None:
    who, one, other, bare = loaded(tmp_path, "promptfooconfig.yaml", PROMPTFOO).questions
    assert who.question == QUESTION
    assert who.answers == ("the Tessel Line", "Tessel", "Tessel Line")
    assert who.fields == {
        "description": "who", "area": "north", "level": "easy",
        "assert": [{"type": "llm-rubric", "value": "is polite"}],
    }  # fmt: skip
    assert (one.question, other.question) == ("Who founded it?", "Who founded the line?")
    assert one.answers == other.answers == ("Ann Lee",)
    assert (bare.question, bare.answers) == ("Is it open?", ())


def test_promptfoo_tests_without_a_question_and_in_another_file(tmp_path: Path) -> None:
    rows = "- vars: {a: x, b: y}\n"
    assert problems(tmp_path, "tests.yaml", rows) == ["line 1: vars.question is missing."]
    with pytest.raises(QuestionSetError, match="contains no questions"):
        loaded(tmp_path, "config.yaml", "tests: file://tests.csv\n")


def test_promptfoo_tables(tmp_path: Path) -> None:
    content = (
        "question,area,__expected1,__expected2\n"
        "Who?,north,icontains: Ann Lee,llm-rubric: polite\n"
        'Which?,north,"contains-any: a, b",\n'
        "What?,south,a ship: the first,\n"
    )
    who, which, what = loaded(tmp_path, "tests.csv", content).questions
    assert (who.answers, who.fields) == (("Ann Lee",), {"area": "north", "assert": ["llm-rubric: polite"]})
    assert which.answers == ("a", "b")
    assert what.answers == ("a ship: the first",)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    corpus = [
        {"_id": "d1", "title": "Ferries", "text": CONTEXT, "metadata": {"url": "https://echo.example/1"}},
        {"_id": "d2", "title": "", "text": LINE},
    ]
    queries = [{"_id": str(number), "text": f"Question {number}?", "metadata": {}} for number in (1, 2, 3)]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td1\t2\n2\td2\t0\n")
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n3\td2\t1\n")
    return tmp_path


def test_beir(beir: Path) -> None:
    found = load_question_set(beir)
    assert [(one.id, one.question, one.articles, dict(one.fields)) for one in found.questions] == [
        ("1", "Question 1?", ("d1",), {}),
        ("2", "Question 2?", ("d1",), {"grades": {"d1": 2.0, "d2": 0.0}}),
    ]
    assert [(one.id, one.title, one.url) for one in found.articles or ()] == [
        ("d1", "Ferries", "https://echo.example/1"),
        ("d2", None, None),
    ]
    dev = load_question_set(beir / "qrels" / "dev.tsv")
    assert [one.id for one in dev.questions] == ["3"]
    assert [one.text for one in dev.articles or ()] == [CONTEXT, LINE]


def test_beir_problems_are_reported(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n9\td1\t1\n1\td1\tmuch\n1\td1\t1\n")
    with (beir / "corpus.jsonl").open("a") as file:
        file.write('{"_id": "d2", "text": "Again."}\n{"_id": "d3", "text": ""}\n')
    with pytest.raises(QuestionSetError) as caught:
        load_question_set(beir)
    assert len(caught.value.problems) == 4
    for words in (
        "test.tsv, line 3: score",
        "line 2: query-id is not in queries",
        "line 3: _id is 'd2'",
        "line 4 has no",
    ):
        assert sum(words in problem for problem in caught.value.problems) == 1, words


def test_beir_splits_are_not_guessed(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "train.tsv")
    with pytest.raises(QuestionSetError, match="several splits") as caught:
        load_question_set(beir)
    assert "dev.tsv" in str(caught.value.help)


NAMES = """
id question answers answerable articles evidence type filters as_of history user_input reference reference_contexts
ground_truth contexts input expected_output context query answer evidence_list question_type reference_answer vars
assert truth __expected data paragraphs qas title answer_start text is_impossible examples queries corpus relevant_docs
tests questions article quote fact url value since role content
""".split()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=30,
)


@settings(deadline=None)
@given(VALUES)
def test_any_file_is_read_or_refused_with_a_message(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = value if isinstance(value, list) else [value]
    written = {
        "a.json": json.dumps(value),
        "a.yaml": yaml.safe_dump(value),
        "a.jsonl": "\n".join(json.dumps(row) for row in rows),
    }
    for name, content in written.items():
        told = ""
        try:
            assert len(loaded(folder, name, content).fingerprint) == 64
        except QuestionSetError as error:
            told = str(error)
        assert not told or str(folder / name) in told

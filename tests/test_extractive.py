import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.extractive import ExtractiveReader
from assistant.readers.linear import LinearScorer
from assistant.readers.reader import Draft
from assistant.readers.scoring import Scorer
from assistant.readers.trained import TrainedScorer
from assistant.understanding.answer_types import find_answers, kind_of
from index.article import Article, Passage, ScoredPassage
from index.passages.chunking import cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from tests.evidence import evidence

HARBOUR = """The town of Brackenmouth opened its new harbour on 14 May 2024 after six years of work. The works cost \
$38 million, and 212 people found jobs there.

Harbourmaster Ottoline Varga cut the ribbon. She said that the old quay had been too shallow for the ferries.

The harbour was designed by Casimir Thule, an engineer from Lower Wenning."""
LIGHTHOUSE = """The lighthouse at Gull Point was painted red in 1931. Tourists climb its 144 steps on Sundays.

"We will insist that the lamp stays lit," keeper Ephraim Doyle said. "It must never again be left to a machine." \
The council did not answer him.

The lamp can be seen from 30 kilometers away."""
TALKS = """Minister Ludmila Orsk met the miners in Tarvik on Monday. The man who had called the strike, Bo Hallin, \
stayed away.

Orsk described the meeting as a "frank exchange of views" and promised a second one."""


def article(text: str, title: str, published: dt.date | None = None) -> Article:
    return Article.create(text, title=title, id=title, published=published)


@pytest.fixture(scope="module")
def news(embedder: BundledEmbedder) -> list[ScoredPassage]:
    return evidence(
        embedder,
        article(HARBOUR, "Brackenmouth opens its harbour"),
        article(LIGHTHOUSE, "The lamp of Gull Point"),
        article(TALKS, "Talks in Tarvik"),
    )


@pytest.fixture(scope="module", params=["trained", "linear"])
def scorer(request: pytest.FixtureRequest, cross_encoder: CrossEncoder, embedder: BundledEmbedder) -> Scorer:
    """Both of what a reader can go by, for what holds of every reader."""
    return TrainedScorer(cross_encoder, embedder) if request.param == "trained" else LinearScorer(embedder)


@pytest.fixture
def reader(scorer: Scorer) -> ExtractiveReader:
    return ExtractiveReader(scorer)


def check(draft: Draft, given_evidence: Sequence[ScoredPassage]) -> None:
    """Assert what holds of every draft."""
    texts = {one.passage.id: one.passage for one in given_evidence}
    assert 0 <= draft.confidence <= 1
    assert draft.found == bool(draft.statements)
    assert len(draft.statements) <= 3
    spans = [span for statement in draft.statements for span in statement.spans]
    for span in [*spans, *([draft.short_answer] if draft.short_answer else [])]:
        passage = texts[span.passage.id]
        assert passage.start <= span.start < span.end <= passage.end
        assert passage.text[span.start - passage.start : span.end - passage.start] == span.text
    for statement in draft.statements:
        words = " ".join(statement.spans[0].text.split())
        assert statement.text.endswith(words)  # before it may stand who says so; other spans are copies
        assert 0 <= statement.support <= 1
    if draft.short_answer:
        assert any(one.start <= draft.short_answer.start < draft.short_answer.end <= one.end for one in spans)


@pytest.mark.parametrize(
    ("question", "quote", "short"),
    [
        ("When did Brackenmouth open its new harbour?", "opened its new harbour", "14 May 2024"),
        ("How much did the Brackenmouth harbour works cost?", "The works cost", "$38 million"),
        ("How many steps does the lighthouse at Gull Point have?", "Tourists climb", "144"),
        ("Who designed the harbour of Brackenmouth?", "was designed by", "Casimir Thule"),
        ("Who is Casimir Thule?", "was designed by", "an engineer from Lower Wenning"),
        ("How did Orsk describe the meeting with the miners?", "Orsk described", "frank exchange of views"),
    ],
)
def test_picks_the_sentence_and_the_words(
    reader: ExtractiveReader, news: list[ScoredPassage], question: str, quote: str, short: str
) -> None:
    draft = reader.read(question, news)
    check(draft, news)
    assert draft.found
    assert quote in draft.statements[0].text
    assert draft.short_answer is not None
    assert draft.short_answer.text.removeprefix("an ") == short.removeprefix("an ")


@pytest.mark.parametrize(
    "question",
    [
        "What is the unemployment rate in Portugal?",
        "What did Emilia Strand say about the budget?",
        "How do I bake bread?",
    ],
)
def test_says_not_found_if_the_answer_is_missing(
    reader: ExtractiveReader, news: list[ScoredPassage], question: str
) -> None:
    draft = reader.read(question, news)
    assert not draft.found
    assert draft.statements == ()
    assert draft.short_answer is None


def test_says_not_found_without_evidence_or_question(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    assert reader.read("Who opened the harbour?", []) == Draft(found=False, confidence=0.0)
    for question in ("", "   ", "?", "🙂", "What is it?"):
        assert reader.read(question, news) == Draft(found=False, confidence=0.0)


def test_threshold_decides(scorer: Scorer, news: list[ScoredPassage]) -> None:
    question = "When did Brackenmouth open its new harbour?"
    strict = ExtractiveReader(scorer, threshold=1.0).read(question, news)
    lenient = ExtractiveReader(scorer, threshold=0.0).read("How do I bake bread?", news)
    assert not strict.found
    assert strict.confidence > 0.5 > lenient.confidence
    assert lenient.found


def test_a_missing_year_lowers_confidence(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    there, missing = (reader.read(f"When was the lighthouse painted in {year}?", news) for year in (1931, 1958))
    assert there.confidence > missing.confidence


def test_a_dependent_sentence_is_quoted_with_the_one_before(
    reader: ExtractiveReader, news: list[ScoredPassage]
) -> None:
    draft = reader.read("Was the old quay too shallow for the ferries?", news)
    assert draft.statements[0].text.startswith("Harbourmaster Ottoline Varga")
    assert draft.statements[0].text.endswith("too shallow for the ferries.")


def test_a_quotation_is_quoted_to_its_end(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    draft = reader.read("What did Ephraim Doyle say about the lamp?", news)
    assert draft.statements[0].text.startswith('"We will insist')
    assert draft.statements[0].text.endswith('left to a machine."')


def test_a_list_is_quoted_whole(reader: ExtractiveReader, embedder: BundledEmbedder) -> None:
    text = "The museum shows these exhibits in the winter season:\n\n- Kites of Odrava\n- Nine Clocks\n- Salt and Rope"
    given_evidence = evidence(embedder, article(text, "Museum season"))
    draft = reader.read("Which exhibits does the museum show in the winter season?", given_evidence)
    check(draft, given_evidence)
    assert draft.statements[0].text == " ".join(text.split())


def test_the_latest_article_comes_first_if_the_question_asks_for_it(
    reader: ExtractiveReader, embedder: BundledEmbedder
) -> None:
    told = [(2021, 5), (2023, 9), (2022, 7)]
    articles = [
        article(f"The Marl tunnel is estimated to cost ${cost} million.", f"Tunnel {year}", dt.date(year, 3, 1))
        for year, cost in told
    ]
    given_evidence = evidence(embedder, *articles)
    draft = reader.read("What is the latest estimate of what the Marl tunnel will cost?", given_evidence)
    check(draft, given_evidence)
    assert "$9 million" in draft.statements[0].text
    assert draft.short_answer is not None
    assert draft.short_answer.text == "$9 million"


def test_two_articles_that_disagree_are_both_quoted(reader: ExtractiveReader, embedder: BundledEmbedder) -> None:
    articles = [
        article(f"{who} said that {count} people watched the regatta in Osterby.", f"Regatta, {who}")
        for who, count in (("Police", "4,000"), ("Organisers", "9,500"))
    ]
    draft = reader.read("How many people watched the regatta in Osterby?", evidence(embedder, *articles))
    assert {statement.spans[0].passage.article_id for statement in draft.statements} == {one.id for one in articles}


def test_sentences_on_a_topic_come_in_the_order_of_the_search(
    reader: ExtractiveReader, embedder: BundledEmbedder
) -> None:
    regattas = [
        article(f"{number:,} people watched the regatta in Osterby in {year}.", f"Regatta {year}")
        for number, year in ((4000, 2021), (9500, 2023))
    ]
    for articles in (regattas, regattas[::-1]):
        draft = reader.read("regatta in Osterby, people", evidence(embedder, *articles))
        assert [statement.spans[0].passage.article_id for statement in draft.statements] == [one.id for one in articles]


def test_a_sentence_that_goes_on_from_one_that_is_quoted_is_quoted_with_it(
    reader: ExtractiveReader, embedder: BundledEmbedder
) -> None:
    text = "Ada Orr led the Marl tunnel project until 2019. But she left Marl for the Odrava bridge project in 2020."
    given_evidence = evidence(embedder, article(text, "Projects"))
    draft = reader.read("List the project that Ada Orr led and the one she left for.", given_evidence)
    check(draft, given_evidence)
    assert [statement.text for statement in draft.statements] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1500,
        "word " * 300,
        "🇳🇴🙂 " * 50,
        "THE HARBOUR OF BRACKENMOUTH OPENED IN 1963 .",
        '"“”" ... "',
        "- \n- \n1.",
    ],
)
def test_odd_passages_are_read(reader: ExtractiveReader, text: str) -> None:
    one = article(text, "Odd")
    passage = Passage("p", one.id, 0, len(one.text), one.text)
    given_evidence = [ScoredPassage(passage, one, 0.0, 1)]
    for question in ("When did the harbour of Brackenmouth open?", "Who is X?", "word " * 5000, "how many 🙂 words?"):
        check(reader.read(question, given_evidence), given_evidence)


def test_reads_the_same_way_twice(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    question = "What did Ephraim Doyle say about the lamp?"
    assert reader.read(question, news) == reader.read(question, news)


class FlatEmbedder:
    """Finds every text alike: quick, for the promises that hold whatever the vectors are."""

    name = "flat"
    max_tokens = 254

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), np.float32)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        return np.ones(1, np.float32)


WORDS = st.sampled_from(
    (
        'who when how many what did say "We “ ” said Anna Bell, 1999 14 May $3 million He She\n\n - . ? ! : is the a'
        " mayor of 🙂 é"
    ).split(" ")
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)),
    texts=st.lists(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=60).map(" ".join)), max_size=3),
)
def test_spans_are_exact_whatever_the_text(question: str, texts: list[str]) -> None:
    articles = [article(text, f"Number {number}") for number, text in enumerate(texts)]
    passages = [(one, passage) for one in articles for passage in cut_passages(one, FlatEmbedder().count_tokens)]
    given_evidence = [ScoredPassage(passage, one, 1.0, rank) for rank, (one, passage) in enumerate(passages, 1)]
    draft = ExtractiveReader(LinearScorer(FlatEmbedder()), threshold=0.0).read(question, given_evidence)
    check(draft, given_evidence)
    whole = {one.id: one.text for one in articles}
    for statement in draft.statements:
        for span in statement.spans:
            assert whole[span.passage.article_id][span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who opened it?", "person"),
        ("On which day did it open?", "date"),
        ("What time does it open?", "time"),
        ("How many were there?", "number"),
        ("What was it expected to cost when it was approved?", "number"),
        ("Where is it?", "place"),
        ("Which region was hit?", "place"),
        ("What did she demand?", "quote"),
        ("Why did it close?", "reason"),
        ("What is it like?", "other"),
    ],
)
def test_kind_of_answer(question: str, kind: str) -> None:
    assert kind_of(question) == kind


def test_numbers_keep_their_units() -> None:
    text = "It took 2,900 tonnes, $1.5 billion, 37% and 30-day leave."
    assert [text[start:end] for start, end in find_answers(text, "number")] == [
        "2,900 tonnes",
        "$1.5 billion",
        "37%",
        "30-day",
    ]

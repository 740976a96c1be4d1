"""Reads the training data of the reader and makes groups of passages for each question, anew for every epoch."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import Article, ArticleIndex
from index.passages.chunking import cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from index.passages.sentences import split_sentences
from scripts.detokenising import detokenise
from scripts.reader_questions import as_keywords, as_yes_no, make_unanswerable, names_in, without_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILES = {
    "train/squadshifts/new_wiki.json": "1d50a0ca4cdab88d038b52ea8a2d0510af6038d7f41a0a256b9659237769d0ee",
    "train/squadshifts/reddit.json": "b4ac346dbf1816fdec80fdcf91d06a4b754fa51e47960fa8614a94f37ea42a4b",
    "train/squadshifts/amazon_reviews.json": "9db7bdee84a91f0fb80b9e74f365042fbbb217cb8e0a7e73bb071245472589b6",
    "train/selqa/selqa-ass-dev.json": "b4e6687e44a30b486e24d2b06aa3012ec07d61145f3521f35b7d49daae3e0ca4",
    "train/selqa/selqa-ass-test.json": "ca1184d94cc9030883723fab76ef8180b3cf5fb142549a5648d22f59fe7c6fc6",
    "eval/trecqa/train/selection.jsonl": "4cad0d72208471d92ae98680d2ae439369f6faa6d50e044b764e2d1366089d83",
    "eval/wikiqa/train/selection.jsonl": "0c453149c57784d6b3ec23ae83ca2f681a4b3ea1f4e5dea8c3ab917ef8602929",
}
"""The files read, under the data folder, with their sha256."""
_RETRIEVED = 14
_CLOSEST = 8  # hard negatives are drawn from the first so many
_SENTENCES = 8  # sentences of a list that compete with each other
_RIGHT = 4  # at most so many right sentences of a question are asked of in an epoch, each against wrong ones
_MONTHS = "January February March April May June July August September October November December".split()

Place = tuple[int, int, float]
"""Start and end (characters) of an answer in its passage, and the share of those asked who gave it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage. `places` are the answers; none where the passage does not answer.

    With `exact` false the places are only regions in which the answer lies. `group` is the question it belongs to; of
    a group's examples those with `ranked` compete with each other.
    """

    question: str
    header: str
    passage: str
    places: tuple[Place, ...]
    group: int
    exact: bool = True
    ranked: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class SpanQuestion:
    """A question whose answer's places in a passage are known, and passages that are like it and do not answer."""

    question: str
    title: str
    passage: str
    places: tuple[Place, ...]
    negatives: tuple[tuple[str, str], ...]
    """Titles and texts, the hardest first."""
    often: bool
    """Whether it is asked in every epoch, or in every other one: what people write online is no article."""


@dataclasses.dataclass(frozen=True, slots=True)
class SentenceQuestion:
    """A question and sentences that do or do not answer it; `in_order` where they follow each other in an article."""

    question: str
    title: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    in_order: tuple[str, ...] = ()


Asked = SpanQuestion | SentenceQuestion


def check_files(folder: Path) -> dict[str, str]:
    """Return the files' sha256. Raises SystemExit where one is missing or another file than was trained on."""
    found = {}
    for name, expected in FILES.items():
        path = folder / name
        if not path.is_file():
            raise SystemExit(f"{path} is missing; scripts/train_reader.py says what is needed.")
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        if expected and found[name] != expected:
            raise SystemExit(f"{path} is another file than the recorded one: sha256 {found[name]}")
    return found


def read_all(folder: Path) -> list[Asked]:
    """Return every question of the training data with its hard negatives. Takes some minutes: it fills an index."""
    spans = [one for name in ("new_wiki", "reddit", "amazon_reviews") for one in _read_squad(folder, name)]
    return [*spans, *_read_selqa(folder), *_read_selection(folder)]


def _read_squad(folder: Path, name: str) -> list[SpanQuestion]:
    """Return the questions of one part of SQuADShifts, asked of an index of that part."""
    is_wiki = name == "new_wiki"
    articles: dict[str, Article] = {}
    asked: list[tuple[str, str, list[dict[str, Any]]]] = []
    for document in json.loads((folder / f"train/squadshifts/{name}.json").read_text("utf-8"))["data"]:
        title = document["title"].replace("_", " ") if is_wiki else None
        for number, paragraph in enumerate(document["paragraphs"]):
            id_ = f"{document['title']}-{number}"
            articles[id_] = Article.create(paragraph["context"], title=title, id=id_)
            asked += [(row["question"].strip(), id_, row["answers"]) for row in paragraph["qas"] if row["answers"]]
    embedder = BundledEmbedder()
    with (
        tempfile.TemporaryDirectory() as home,
        ArticleIndex.open(Path(home) / "home", embedder=embedder, write=True) as index,
        ThreadPoolExecutor(2) as pool,
    ):
        index.add(articles.values())

        def look_up(row: tuple[str, str, list[dict[str, Any]]]) -> SpanQuestion | None:
            question, id_, answers = row
            article = articles[id_]
            counted = collections.Counter((one["answer_start"], one["text"]) for one in answers)
            spans = [
                (start, start + len(text), n)
                for (start, text), n in counted.items()
                if article.text.startswith(text, start)
            ]
            texts = {one["text"].lower() for one in answers}
            for passage in cut_passages(article, embedder.count_tokens):
                inside = [one for one in spans if passage.start <= one[0] and one[1] <= passage.end]
                if inside:
                    break
            else:
                return None
            whole = sum(one[2] for one in inside)
            found = [scored.passage for scored in index.retrieve(question, k=_RETRIEVED)]
            negatives = tuple(
                (articles[one.article_id].title or "", one.text)
                for one in found
                if one.article_id != id_ and not any(text in one.text.lower() for text in texts)
            )
            places = tuple((start - passage.start, end - passage.start, n / whole) for start, end, n in inside)
            return SpanQuestion(question, article.title or "", passage.text, places, negatives, often=is_wiki)

        return [one for one in pool.map(look_up, asked) if one is not None]


def _read_selqa(folder: Path) -> list[SentenceQuestion]:
    """Return SelQA's questions; the candidates of one are a section in order."""
    rows: list[Any] = []
    for part in ("dev", "test"):
        rows += json.loads((folder / f"train/selqa/selqa-ass-{part}.json").read_text("utf-8"))
    return [
        SentenceQuestion(
            row["question"].strip(),
            row["article"],
            tuple(row["candidates"][at] for at in row["answers"]),
            tuple(one for at, one in enumerate(row["candidates"]) if at not in row["answers"]),
            tuple(row["candidates"]),
        )
        for row in rows
        if row["answers"]
    ]


def _read_selection(folder: Path) -> list[SentenceQuestion]:
    """Return the questions of TrecQA and WikiQA that have both right and wrong sentences."""
    asked = []
    for name in ("trecqa", "wikiqa"):
        lines = (folder / f"eval/{name}/train/selection.jsonl").read_text("utf-8").splitlines()
        rows = sorted((json.loads(line) for line in lines), key=lambda row: str(row["qid"]))
        for _, group in groupby(rows, key=lambda row: str(row["qid"])):
            members = list(group)
            right, wrong = (
                tuple(one for row in members if bool(row["label"]) is label and (one := detokenise(row["sentence"])))
                for label in (True, False)
            )
            if right and wrong:
                asked.append(SentenceQuestion(detokenise(members[0]["question"]), "", right, wrong))
    return asked


def groups(asked: Sequence[Asked], epoch: int, seed: int) -> Iterator[list[Example]]:
    """Yield, for each question in an order of the epoch's own, its passage, hard negatives, and what was made of it."""
    chance = random.Random(f"{seed}/{epoch}")  # noqa: S311 - nothing secret
    order = [at for at, one in enumerate(asked) if not isinstance(one, SpanQuestion) or one.often or (at + epoch) % 2]
    chance.shuffle(order)
    spans = [at for at, one in enumerate(asked) if isinstance(one, SpanQuestion)]
    for number in order:
        one = asked[number]
        if isinstance(one, SentenceQuestion):
            for sentence in chance.sample(one.right, min(_RIGHT, len(one.right))):
                yield list(_sentence_group(one, sentence, number, chance))
            if one.in_order and chance.random() < 0.5:
                yield list(_section_group(one, number, chance))
            continue
        other = asked[chance.choice(spans)]
        assert isinstance(other, SpanQuestion)  # noqa: S101 - chosen so
        yield list(_span_group(one, number, other, chance))
        if chance.random() < 0.25:
            yield list(_own_sentences(one, number, chance))


def _span_group(one: SpanQuestion, number: int, other: SpanQuestion, chance: random.Random) -> Iterator[Example]:
    passage, places = _crop(one, chance)
    header = _header(one.title, chance)
    question, exact = one.question, True
    form = chance.random()
    if form < 0.05:
        question = question.rstrip("?")
    elif form < 0.08:
        question = as_keywords(question)
    elif form < 0.12:
        answer = max(places, key=lambda place: place[2])
        made = as_yes_no(question, passage[answer[0] : answer[1]])
        if made is not None:
            question, exact = made, False
            places = tuple((*_sentence_around(passage, *place[:2]), place[2]) for place in places)
    yield Example(question, header, passage, places, number, exact=exact)
    near = list(one.negatives[:_CLOSEST])
    for title, text in chance.sample(near, min(1 if chance.random() < 0.8 else 2, len(near))):
        yield Example(question, _header(title, chance), _some_sentences(text, chance), (), number)
    kind = chance.random()
    if kind < 0.2:
        left = without_answer(one.passage, [place[:2] for place in one.places])
        if left is not None:
            yield Example(question, header, left, (), number)
    elif kind < 0.7:
        names = names_in(one.passage if chance.random() < 0.6 else other.passage)
        altered = make_unanswerable(one.question, names, chance)
        if altered is not None:
            yield Example(altered, header, passage, (), number, ranked=False)


def _own_sentences(one: SpanQuestion, number: int, chance: random.Random) -> Iterator[Example]:
    """Yield the sentences of a question's passage, each by itself."""
    header = _header(one.title, chance)
    spans = split_sentences(one.passage)
    chance.shuffle(spans)
    for at, to in spans[:_SENTENCES]:
        inside = tuple((start - at, end - at, n) for start, end, n in one.places if at <= start and end <= to)
        touched = any(start < to and at < end for start, end, _ in one.places)
        if inside or not touched:
            whole = sum(n for _, _, n in inside)
            places = tuple((start, end, n / whole) for start, end, n in inside)
            yield Example(one.question, header, one.passage[at:to], places, number)


def _sentence_group(one: SentenceQuestion, right: str, number: int, chance: random.Random) -> Iterator[Example]:
    """Yield a right sentence and several wrong ones."""
    header = _header(one.title, chance)
    yield Example(one.question, header, right, ((0, len(right), 1.0),), number, exact=False)
    for sentence in chance.sample(one.wrong, min(_SENTENCES - 1, len(one.wrong))):
        yield Example(one.question, header, sentence, (), number)


def _section_group(one: SentenceQuestion, number: int, chance: random.Random) -> Iterator[Example]:
    """Yield the section around the answering sentence as one passage, and the section without it."""
    header = _header(one.title, chance)
    answer = next(at for at, sentence in enumerate(one.in_order) if sentence in one.right)
    text, (start, end) = _around(one.in_order, answer)
    yield Example(one.question, header, text, ((start, end, 1.0),), number, exact=False)
    rest = [sentence for sentence in one.in_order if sentence not in one.right]
    if rest:
        left, _ = _around(rest, min(answer, len(rest) - 1))
        yield Example(one.question, header, left, (), number)


def _around(sentences: Sequence[str], answer: int) -> tuple[str, tuple[int, int]]:
    """Return the sentences around the answering one as one text of at most 700 characters, and its place there."""
    first = last = answer
    while True:
        wider = [(first - 1, last), (first, last + 1)]
        wider = [(a, b) for a, b in wider if a >= 0 and b < len(sentences)]
        wider = [(a, b) for a, b in wider if sum(len(one) + 1 for one in sentences[a : b + 1]) <= 700]
        if not wider:
            break
        first, last = wider[0] if (last - answer) > (answer - first) or len(wider) == 1 else wider[-1]
    start = sum(len(one) + 1 for one in sentences[first:answer])
    return " ".join(sentences[first : last + 1]), (start, start + len(sentences[answer]))


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    holding = [(a, b) for a, b in split_sentences(text) if a < end and start < b]
    return (holding[0][0], holding[-1][1]) if holding else (start, end)


def _crop(one: SpanQuestion, chance: random.Random) -> tuple[str, tuple[Place, ...]]:
    """Return, two times of five, only some sentences around the answer, so that place and length tell nothing."""
    if chance.random() < 0.6:
        return one.passage, one.places
    spans = split_sentences(one.passage)
    first_char, last_char = min(place[0] for place in one.places), max(place[1] for place in one.places)
    holding = [at for at, (a, b) in enumerate(spans) if a < last_char and first_char < b]
    if not holding:
        return one.passage, one.places
    first = max(0, holding[0] - chance.randrange(4))
    last = min(len(spans) - 1, holding[-1] + chance.randrange(4))
    at, to = min(spans[first][0], first_char), max(spans[last][1], last_char)
    return one.passage[at:to], tuple((start - at, end - at, n) for start, end, n in one.places)


def _some_sentences(text: str, chance: random.Random) -> str:
    """Return as often as `_crop` only some sentences of a text, so that a short passage is no likelier an answer."""
    if chance.random() < 0.6:
        return text
    spans = split_sentences(text)
    first = chance.randrange(len(spans))
    last = min(len(spans) - 1, first + chance.randrange(4) + chance.randrange(4))
    return text[spans[first][0] : spans[last][1]]


def _header(title: str, chance: random.Random) -> str:
    """Return a title and now and then a date, as articles have them; often nothing."""
    parts = [title] if title and chance.random() < 0.85 else []
    if chance.random() < 0.25:
        parts.append(f"{chance.choice(_MONTHS)} {chance.randint(1, 28)}, {chance.randint(1990, 2026)}")
    return ", ".join(parts)

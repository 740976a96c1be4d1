"""Drafts a question set from the collection with a language model, for a person to review."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import json
import random
import re
from typing import TYPE_CHECKING, Any, Protocol

from assistant.chat_models.chat_model import PromptMessage
from assistant.errors import SettingsError
from assistant.evaluation.sets.question_set import Evidence, Question
from assistant.evaluation.sets.quotes import find_words, fold
from assistant.readers.prompting import load_prompt, make_mark, neutralise
from index.filters import Filters
from index.passages.chunking import cut_passages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from string import Template

    from assistant.chat_models.chat_model import ChatModel
    from assistant.evaluation.sets.quotes import ArticleLookup
    from index.article import Article, Passage

_PASSAGE_TOKENS = 300
_TRIES = 4  # passages that are read for each question wanted, at most
_LONGEST_REPLY = 4_000  # characters
_LONGEST_QUESTION = 300
_LONGEST_ANSWER = 120
_KEYS = ("question", "answer", "quote", "unanswerable")
_FENCE = re.compile(r"```(?:json)?(.*)```", re.DOTALL)


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class _DroppedError(Exception):
    """A draft that is rejected; the message says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Draft:
    """A question with its answer in the passage, and one that the passage does not answer (empty if there is none)."""

    question: str
    answer: str
    quote: str
    unanswerable: str


def draft_questions(
    collection: ArticleLookup,
    model: ChatModel,
    *,
    number: int,
    seed: int = 0,
    unanswerable: float = 0.2,
    filters: Filters | None = None,
    prompt: Template | None = None,
    on_dropped: Callable[[str], None] | None = None,
) -> Iterator[Question]:
    """Yield up to `number` questions as they are drafted, a share of them `unanswerable`.

    The seed chooses the passages, one of each article before a second of any. A draft is dropped, and `on_dropped`
    told why, unless its answer is an exact part of its passage. After four passages for each question wanted there
    are no more. `prompt` is the model's task, Dateline's own where none is given. Raises ModelError, and SettingsError
    where the model holds no passage.
    """
    without = round(number * unanswerable)
    answerable = number - without
    prompt = prompt or load_prompt("draft_questions")
    drafted: set[str] = set()
    open_ = 0  # how many drafted questions have no answer
    passages = _choose(collection, model, filters or Filters(), seed)
    for article, passage in itertools.islice(passages, number * _TRIES):
        if len(drafted) == number:
            return
        try:
            draft = _read_draft(_ask(model, prompt, article, passage), passage, drafted)
        except _DroppedError as error:
            if on_dropped:
                on_dropped(str(error))
            continue
        if len(drafted) - open_ < answerable:
            drafted.add(fold(draft.question))
            yield _answerable(draft, article, model.name)
        is_due = open_ < unanswerable * (len(drafted) + 1) or len(drafted) - open_ == answerable
        if open_ < without and is_due and draft.unanswerable and fold(draft.unanswerable) not in drafted:
            open_ += 1
            drafted.add(fold(draft.unanswerable))
            yield _unanswerable(draft, article, model.name)


def write_questions(questions: Iterable[Question], file: _Writable) -> int:
    """Write questions as JSON Lines that `load_question_set` reads, each as it arrives; return how many."""
    count = 0
    for question in questions:
        file.write(json.dumps(question.as_row(), ensure_ascii=False) + "\n")
        count += 1
    return count


def _choose(
    collection: ArticleLookup, model: ChatModel, filters: Filters, seed: int
) -> Iterator[tuple[Article, Passage]]:
    """Yield passages in rounds, one per article, in an order that depends only on the seed and each article."""

    def count_tokens(texts: Iterable[str]) -> list[int]:
        return [model.count_tokens(text) for text in texts]

    ids = [info.id for info in collection.articles(filters=filters)]
    ids.sort(key=lambda id_: hashlib.sha256(f"{seed}\0{id_}".encode()).digest())
    for turn in itertools.count():
        remaining: list[str] = []
        for id_ in ids:
            article = collection.article(id_)
            passages = cut_passages(article, count_tokens, max_tokens=_PASSAGE_TOKENS)
            random.Random(f"{seed}\0{id_}").shuffle(passages)  # noqa: S311 - a choice that can be made again
            if turn < len(passages):
                remaining.append(id_)
                yield article, passages[turn]
        if not remaining:
            return
        ids = remaining


def _ask(model: ChatModel, prompt: Template, article: Article, passage: Passage) -> str:
    """Return what the model writes about a passage, cut off beyond the length a draft can have."""
    shown = {
        "title": article.title,
        "source": article.source,
        "published": article.published.isoformat() if article.published else None,
        "text": passage.text,
    }
    values = {name: neutralise(value or "unknown") for name, value in shown.items()}
    task = prompt.substitute(values, mark=make_mark(values.values()))
    if model.count_tokens(task) + model.max_output > model.context_window:
        raise SettingsError(
            f"The {model.context_window} tokens of {model.name} leave no room for a passage"
            f" and a reply of {model.max_output}.",
            help="Raise DATELINE_LLM_CONTEXT_WINDOW, or lower DATELINE_LLM_MAX_OUTPUT.",
        )
    reply = ""
    with contextlib.closing(_text_of(model, task)) as pieces:
        for piece in pieces:
            reply += piece
            if len(reply) > _LONGEST_REPLY:
                raise _DroppedError("the reply is too long")
    return reply


def _text_of(model: ChatModel, prompt: str) -> Any:
    """Return a generator of the reply's pieces; closing it cancels the request."""
    pieces: Any = model.stream([PromptMessage("user", prompt)])
    try:
        yield from (piece for piece in pieces if isinstance(piece, str))
    finally:
        pieces.close()


def _read_draft(reply: str, passage: Passage, drafted: set[str]) -> _Draft:
    """Return the draft in a model's reply; raises _DroppedError unless it is exactly what was asked for."""
    draft = _parse(reply)
    if not draft.question:
        raise _DroppedError("the passage has nothing to ask about")
    if len(draft.question) > _LONGEST_QUESTION or len(draft.answer) > _LONGEST_ANSWER:
        raise _DroppedError("the question or its answer is too long")
    if not draft.answer or draft.answer not in passage.text:
        raise _DroppedError("the answer is not an exact part of the passage")
    quote = find_words(draft.quote, passage.text) if draft.quote else None
    if quote is None or draft.answer not in quote:
        raise _DroppedError("the quote is not a part of the passage that contains the answer")
    if fold(draft.answer) in fold(draft.question):
        raise _DroppedError("the question gives the answer away")
    if fold(draft.question) in drafted:
        raise _DroppedError("the question was drafted before")
    usable = len(draft.unanswerable) <= _LONGEST_QUESTION and fold(draft.unanswerable) != fold(draft.question)
    return dataclasses.replace(draft, quote=quote, unanswerable=draft.unanswerable if usable else "")


def _parse(reply: str) -> _Draft:
    """Return the four texts in a reply that is one JSON object, in a fence or not."""
    fenced = _FENCE.fullmatch(reply.strip())
    try:
        value = json.loads(fenced[1] if fenced else reply)
    except (ValueError, RecursionError):
        raise _DroppedError("the reply is not JSON") from None
    if (
        not isinstance(value, dict)
        or set(value) != set(_KEYS)
        or not all(isinstance(field, str) for field in value.values())
    ):
        raise _DroppedError("the reply does not have the requested fields")
    one_line = {name: " ".join(value[name].split()) for name in ("question", "unanswerable")}
    return _Draft(answer=value["answer"].strip(), quote=value["quote"].strip(), **one_line)


def _answerable(draft: _Draft, article: Article, model: str) -> Question:
    return Question(
        id=_id(draft.question, article),
        question=draft.question,
        answers=(draft.answer,),
        articles=(article.id,),
        evidence=(Evidence(article=article.id, quote=draft.quote),),
        fields={"drafted_by": model},
    )


def _unanswerable(draft: _Draft, article: Article, model: str) -> Question:
    """Return the unanswerable question; the article it comes closest to is noted for whoever edits the set."""
    return Question(
        id=_id(draft.unanswerable, article),
        question=draft.unanswerable,
        answerable=False,
        type="unanswerable",
        fields={"drafted_by": model, "near": article.id},
    )


def _id(question: str, article: Article) -> str:
    return "draft-" + hashlib.sha256(f"{article.id}\0{question}".encode()).hexdigest()[:12]

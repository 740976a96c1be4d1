"""Fingerprints of systems, collections and questions, by which equal ones are recognised. Never a secret."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from assistant.evaluation.runs.run import CollectionState
from index.passages.chunking import CHUNKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assistant.assistant import Assistant
    from assistant.evaluation.sets.question_set import Question
    from assistant.settings import Settings
    from index import ArticleIndex
    from index.article import ArticleInfo

_PARTS = ("assistant", "index", "prompts")  # what makes answers
_SECRET = re.compile("key|token|secret|password|auth|credential", re.IGNORECASE)
# The settings that change answers; keys, folders and time limits do not.
_TELLING = (
    "read_passages", "reader", "rerank_passages", "rerank_seconds", "not_found_below", "llm", "llm_model",
    "llm_context_window", "llm_max_output", "llm_temperature",
    "llm_failure", "llm_followups", "unsupported", "embedder",
)  # fmt: skip
_OPTIONS = ("llm_options", "embedder_options")


def digest(value: Any) -> str:
    """Return the first 16 digits of the SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def digest_articles(articles: Iterable[ArticleInfo], embedder: str) -> str:
    """Return the fingerprint of these articles, in any order, as this embedder and our chunking index them."""
    return digest([embedder, CHUNKING, sorted((article.id, article.content_hash) for article in articles)])


def describe_collection(index: ArticleIndex) -> CollectionState:
    """Return the fingerprint of an index's current articles."""
    articles = index.articles()
    embedder = index.embedder_name
    return CollectionState(
        fingerprint=digest_articles(articles, embedder),
        articles=digest(sorted(article.id for article in articles)),
        size=len(articles),
        embedder=embedder,
        chunking=CHUNKING,
    )


def describe_system(assistant: Assistant, settings: Settings | None, *, read_times: bool) -> dict[str, Any]:
    """Return everything that answers depend on except the collection, without secrets.

    An assistant contributes the public attributes of its parts; settings, if given, also describe the model.
    """
    described = settings.model_dump(mode="json", include=set(_TELLING)) if settings else {}
    described |= {name: _hide(getattr(settings, name)) for name in _OPTIONS if settings and getattr(settings, name)}
    return {
        "version": importlib.metadata.version("dateline"),
        "code": _digest_code(),
        "reader": assistant.reader.name,
        "evidence": assistant.evidence,
        "read_times": read_times,
        "parts": _public_state(assistant.reader),
        "reranker": _public_state(assistant.reranker),
        "settings": described,
    }


def key_question(question: Question) -> str:
    """Return the fingerprint of everything in a question that its answer depends on."""
    row = question.as_row()
    parts = [question.question, row.get("filters"), row.get("as_of"), row.get("history")]
    return digest([*parts, question.earlier] if question.earlier else parts)


def key_gold(question: Question) -> str:
    """Return the fingerprint of a question and its gold, without its id and other fields."""
    return digest([key_question(question), dataclasses.asdict(dataclasses.replace(question, id="", fields={}))])


def _hide(options: Mapping[str, Any]) -> str:
    """Return a digest of options, without those that look like secrets."""
    return digest({name: value for name, value in options.items() if not _SECRET.search(name)})


def _public_state(part: Any) -> Any:
    """Return the public attributes of a part of the assistant as plain values; prompts as a digest."""
    if part is None or isinstance(part, bool | int | float | str):
        return part
    if isinstance(part, Template):
        return digest(part.template)
    if dataclasses.is_dataclass(part):
        shown = {field.name: getattr(part, field.name) for field in dataclasses.fields(part) if field.repr}
    else:
        shown = {name: getattr(part, name) for name in ("name", "context_window", "max_output", "max_tokens")
                 if hasattr(part, name)}  # fmt: skip
        shown |= {name.strip("_"): value for name, value in getattr(part, "__dict__", {}).items()
                  if isinstance(value, bool | int | float) and not _SECRET.search(name)}  # fmt: skip
    return {name: _public_state(value) for name, value in shown.items() if not callable(value)}


@functools.cache
def _digest_code() -> str:
    """Return the fingerprint of the source code that makes answers, so that a change of code invalidates cached
    results.
    """
    root = Path(__file__).parents[3]
    content = hashlib.sha256()
    for part in _PARTS:
        for file in sorted((root / part).rglob("*")):
            if file.suffix in {".py", ".txt", ".onnx"} and "evaluation" not in file.relative_to(root).parts:
                content.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return content.hexdigest()[:16]

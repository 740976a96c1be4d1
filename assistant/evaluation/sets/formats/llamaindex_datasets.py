"""LlamaIndex's two data sets as written by their `save_json`; LlamaIndex itself is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.evaluation.sets.formats.rows import Contents, Row, RowProblem
from index.article import Article, normalise

if TYPE_CHECKING:
    from assistant.evaluation.sets.formats.files import Document


def is_labelled_rag(value: object) -> bool:
    """Return whether a JSON value is a LabelledRagDataset."""
    examples = value.get("examples") if isinstance(value, dict) else None
    return isinstance(examples, list) and any(isinstance(example, dict) and "query" in example for example in examples)


def read_labelled_rag(document: Document) -> Contents:
    """Return the examples of a LabelledRagDataset and their reference contexts as articles."""
    value: Any = document.value
    rows = document.rows(value["examples"], ("examples",))
    articles: dict[str, Article] = {}
    for row in rows:
        contexts = row.values.get("reference_contexts") if isinstance(row, Row) else None
        for context in contexts if isinstance(contexts, list) else []:
            if isinstance(context, str) and context.strip():
                article = Article.create(normalise(context).strip())
                articles[article.id] = article
    return Contents(rows, tuple(articles.values()) or None)


def is_embedding_qa(value: object) -> bool:
    """Return whether a JSON value is an EmbeddingQAFinetuneDataset."""
    names = ("queries", "corpus", "relevant_docs")
    return isinstance(value, dict) and all(isinstance(value.get(name), dict) for name in names)


def read_embedding_qa(document: Document) -> Contents:
    """Return the queries of an EmbeddingQAFinetuneDataset with their relevant articles, and its corpus as articles."""
    value: Any = document.value
    articles: list[Article] = []
    rows: list[Row | RowProblem] = []
    for id_, text in value["corpus"].items():
        if isinstance(text, str) and normalise(text).strip():
            articles.append(Article.create(text, id=id_))
        else:
            rows.append(document.row({}, ("corpus", id_)).problem("corpus", f"has no text for {id_!r:.60}"))
    for id_, query in value["queries"].items():
        fields = {"id": id_, "question": query, "articles": value["relevant_docs"].get(id_)}
        names = {"question": "queries", "articles": "relevant_docs", "id": "queries"}
        rows.append(document.row(fields, ("queries", id_)).renamed(fields, names))
    for id_ in value["relevant_docs"].keys() - value["queries"].keys():
        row = document.row({}, ("relevant_docs", id_))
        rows.append(row.problem("relevant_docs", f"has {id_!r:.60}, which is not among the queries"))
    return Contents(rows, tuple(articles))

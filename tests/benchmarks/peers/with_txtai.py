# mypy: ignore-errors
"""txtai with `hybrid`, vectors and BM25 together. It does not cut texts, so they are cut at white space here."""

from harness import FOUND, run
from txtai import Embeddings

_CHARACTERS = 750  # about what the model reads, and what Dateline's passages have


def _parts(text):
    """Cut at white space into parts of at most so many characters."""
    part = []
    length = 0
    for word in text.split():
        if part and length + len(word) > _CHARACTERS:
            yield " ".join(part)
            part, length = [], 0
        part.append(word)
        length += len(word) + 1
    if part:
        yield " ".join(part)


def add(rows, weights, home):
    """Add the articles."""
    embeddings = Embeddings(path=str(weights), hybrid=True, content=True)
    parts = [
        (f"{row['id']}#{place}", {"text": part, "title": row.get("title")}, None)
        for row in rows
        for place, part in enumerate(_parts(row["text"]))
    ]
    embeddings.index(parts)
    embeddings.save(str(home / "txtai"))
    return f"{len(parts)} parts"


def open_search(weights, home):
    """Return what searches."""
    embeddings = Embeddings()
    embeddings.load(str(home / "txtai"))
    return lambda question: [found["id"].rsplit("#", 1)[0] for found in embeddings.search(question, FOUND)]


if __name__ == "__main__":
    run(add, open_search)

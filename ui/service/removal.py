"""Removes articles together with every trace of their text elsewhere in a home; for servers and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.conversations.history import forget_articles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from index import ArticleIndex
    from ui.service.evaluation_store import EvaluationStore
    from ui.service.evaluations import Evaluations


def remove_articles(
    index: ArticleIndex, ids: Iterable[str], *, home: Path, evaluations: Evaluations | EvaluationStore
) -> None:
    """Remove articles, all or none, and their text in conversations and evaluations.

    Raises ArticleNotFoundError, and HomeError where another process keeps conversations from being overwritten.
    """
    unique = tuple(dict.fromkeys(ids))
    for id_ in unique:
        index.article(id_)
    # An earlier version may have had another id, and an answer may cite it.
    earlier = [version.article.id for id_ in unique for version in index.versions(id_)]
    all_ids = tuple(dict.fromkeys([*unique, *earlier]))

    def forget() -> None:
        forget_articles(home, all_ids)
        evaluations.forget(all_ids)

    forget()  # before: a crash may leave an article, but no text about a removed one
    index.remove(unique)
    forget()  # after: somebody may just have asked a question

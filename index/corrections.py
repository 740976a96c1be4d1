"""What changed between two versions of an article, and which new versions are none."""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.overlap import share_in
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from index.article import Article

_LESS_THAN_HALF = 0.5
_SAME_TEXT = 0.8  # of the words of a text
_ANOTHER_TEXT = 0.1
_MOST_SENTENCES = 2000  # to compare one by one; beyond that a whole text counts as changed


@dataclasses.dataclass(frozen=True, slots=True)
class Correction:
    """A place where a newer version differs: what stood there before ("" if nothing), and what stands there now."""

    before: str
    now: str


def corrections(earlier: Article, later: Article) -> list[Correction]:
    """Return what changed in title and text, sentence by sentence."""
    found = [] if earlier.title == later.title else [Correction(earlier.title or "", later.title or "")]
    old, new = _sentences(earlier.text), _sentences(later.text)
    if max(len(old), len(new)) > _MOST_SENTENCES:
        return found if old == new else [*found, Correction(earlier.text, later.text)]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return found + [
        Correction(" ".join(old[start:end]), " ".join(new[new_start:new_end]))
        for kind, start, end, new_start, new_end in matcher.get_opcodes()
        if kind != "equal"
    ]


def refuse_replacement(article: Article, earlier: Article) -> SourceError | None:
    """Return why a page that was fetched again must not replace the article that was there before; None if it may.

    Sites answer with the beginning of an article, or with another page, where they want a login or money.
    """
    if not (article.origin or "").startswith(("http://", "https://")) or earlier.origin != article.origin:
        return None
    share = share_in(article.text, earlier.text)
    if share >= _SAME_TEXT and len(article.text) < len(earlier.text) * _LESS_THAN_HALF:
        reason = "now has less than half of the article that is stored"
    elif share < _ANOTHER_TEXT and not _words(article.title) & _words(earlier.title):
        reason = "now shows another text than the article that is stored"
    else:
        return None
    return SourceError(
        f"{article.origin} {reason}, which stays.",
        help="If the new text is wanted, remove the article first and add the address again.",
    )


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def _words(title: str | None) -> set[str]:
    """Return the longer words of a title, which say what it is about."""
    return {word.lower() for word in re.findall(r"\w{4,50}", title or "")}

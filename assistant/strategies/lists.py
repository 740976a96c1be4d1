"""Lists: all items, over several sentences and articles."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import dangles, is_balanced, merge_copies, on_one_line, state
from assistant.understanding.question_forms import asks_list

if TYPE_CHECKING:
    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import Draft
    from assistant.strategies.strategy import Asked, Sources

_REACH = 2.5
"""Log-odds by which a sentence may be worse than the best one and still give an item."""
_MOST = 5
_SEVERAL = re.compile(r"\b[^\W\d_a-z]\w{1,30}+,? and [^\W\d_a-z]\w")
"""Two names joined by "and", which is how sentences list people."""
_LISTS_NAMES = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class Lists:
    """Answers with all sentences that are nearly as good as the best one, whether or not of the same article."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the items; None where the reader has none, or only one."""
        if not asks_list(asked.question):
            return None
        found = sources.search(asked.question, k=asked.k, filters=asked.filters)
        read = self.reader.read(asked.question, found) if found else None
        if read is None or not read.found:
            return None
        best = read.judged[0].score
        article = read.statements[0].spans[0].passage.article_id
        worth = [(one.score + _LISTS_NAMES * (_SEVERAL.search(one.span.text) is not None), one) for one in read.judged]
        more = [
            state(one.span)
            for score, one in sorted(worth, key=lambda pair: -pair[0])
            if score >= best - _REACH
            and (one.span.passage.article_id == article or one.score >= best - _REACH / 2)
            and is_balanced(one.span.text)
            and not dangles(on_one_line(one.span.text))
        ]
        statements = merge_copies([*read.statements, *more])[:_MOST]
        if len(statements) <= len(read.statements):
            return None
        return dataclasses.replace(read, statements=tuple(statements), kind="list", evidence=tuple(found))

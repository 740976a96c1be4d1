"""All strategies, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.strategies.changes import Changes
from assistant.strategies.comparisons import Comparisons
from assistant.strategies.followups import FollowUps
from assistant.strategies.lists import Lists
from assistant.strategies.quotations import Quotations
from assistant.strategies.reactions import Reactions
from assistant.strategies.reasons import Reasons
from assistant.strategies.reckonings import Reckonings
from assistant.strategies.record import Records
from assistant.strategies.requests import Requests
from assistant.strategies.sides import Sides
from assistant.strategies.summaries import Summaries
from assistant.strategies.timelines import Timelines
from assistant.strategies.whole_articles import WholeArticles
from assistant.strategies.yes_no import YesNo

if TYPE_CHECKING:
    from assistant.readers.extractive import ExtractiveReader
    from assistant.strategies.strategy import Strategy


def build_strategies(reader: ExtractiveReader, *, has_model: bool) -> tuple[Strategy, ...]:
    """Return the strategies; `reader` reads passages for them where there is no language model.

    A model serves requests itself. It writes from the passages that a strategy gathered, which for a summary are whole
    articles. Strategies that only read the passages found in their own way would read them for nothing, at the cost of
    every answer's first word.
    """
    # A request for a timeline or a summary says so; what is a question about the record is told by looser signs.
    timelines, summaries, records = Timelines(), Summaries(), Records()
    if has_model:
        return (timelines, WholeArticles(summaries), records, Sides())
    reading = (Quotations, Changes, Comparisons, Reckonings, YesNo, Reasons, Reactions, Lists)
    reads = tuple(strategy(reader) for strategy in reading)
    return (Requests(), timelines, summaries, records, FollowUps(reader, reads), *reads)

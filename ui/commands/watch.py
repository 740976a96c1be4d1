"""What `dateline watch` does: adds what is new or changed in sources, again and again."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from typing import TYPE_CHECKING

import click

from ui.commands.options import error_line
from ui.counts import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.sources.limits import Limits
    from index.sources.web.watching import WatchedSource
    from ui.commands.collection import Added, Collection


def watch_sources(
    collection: Collection, targets: Sequence[str], *, every: int, looks: int | None, limits: Limits
) -> None:
    """Add what is new or changed in sources, every so many seconds, until that many looks or Ctrl-C."""
    from index.sources import HttpFetcher
    from index.sources.loading import is_url
    from index.sources.web.watching import WatchedSource, watched_address

    fetcher = HttpFetcher(limits)
    watched = [WatchedSource(watched_address(name, fetcher, limits) if is_url(name) else name) for name in targets]
    known: dict[str, frozenset[str]] = {}
    number = 0
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            number += 1
            for source in watched:
                earlier = known.get(source.target, frozenset())
                known[source.target] = _look(source, collection, is_first=number == 1, known=earlier)
            if number == looks:
                return
            time.sleep(every)


def _look(source: WatchedSource, collection: Collection, *, is_first: bool, known: frozenset[str]) -> frozenset[str]:
    """Add what has changed in a source and print it; problems are printed when they are new, and returned."""
    from index.errors import DatelineError

    try:
        changed = source.changed()
        if not changed:
            return known
        added = collection.add(changed, on_source=lambda: None, on_passages=lambda _: None)
        source.keep()
    except DatelineError as error:
        if str(error) not in known:
            click.echo(error_line(f"{source.target}: {error}", error.help), err=True)
        return frozenset({str(error)})
    for problem in added.problems:
        if str(problem) not in known:
            click.echo(error_line(f"Skipped: {problem}", problem.help), err=True)
    if is_first or added.added or added.replaced:
        click.echo(_line(source.target, added))
    return frozenset(map(str, added.problems))


def _line(target: str, added: Added) -> str:
    now = dt.datetime.now().astimezone()
    skipped = f", skipped {len(added.problems)}" if added.problems else ""
    return (
        f"{now:%Y-%m-%d %H:%M} {target}: added {count(added.added, 'article')}, replaced {added.replaced},"
        f" unchanged {added.unchanged}{skipped}."
    )

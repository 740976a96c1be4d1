"""`dateline export` and `dateline import`: articles as JSON Lines with all their fields."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from ui.commands.options import FilteredCommand, home_option, read_settings, require_home
from ui.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.filters import Filters


@click.command(cls=FilteredCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@home_option
def export(file: Path, *, filters: Filters, home: Path | None) -> None:
    """Write articles as JSON Lines with all their fields to FILE or standard output."""
    from assistant.build import build_engine
    from index import open_articles
    from index.article_lines import write_lines

    require_home()
    written = 0
    with open_articles(build_engine(read_settings(home))) as articles, _opened(file) as stream:
        for line in write_lines(articles, filters):
            stream.write(line)
            written += 1
    click.echo(f"Exported {count(written, 'article')}.", err=True)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """Yield the file to write to; it is written atomically and readable only by its owner."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    if file.exists() and not file.is_file():  # a pipe
        with file.open("wb") as stream:
            yield stream
        return
    target = file.resolve()
    made: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f"{target.name}.", delete=False) as stream:
            made = Path(stream.name)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        made.replace(target)
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from None
    finally:
        if made:
            made.unlink(missing_ok=True)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
def import_(file: Path, *, home: Path | None) -> None:
    """Add the articles that `dateline export` wrote to FILE, exactly as they were; safe to repeat."""
    from assistant.build import open_index
    from index.article_lines import read_lines
    from ui.commands.render import progress

    require_home()
    total = sum(1 for _ in read_lines(file))  # all are checked before the first is added
    with open_index(read_settings(home), write=True, purpose="dateline import") as index, progress(1) as bar:
        report = index.add(read_lines(file), on_embedded=bar.add_passages)
        bar.next_source()
    click.echo(
        f"Imported {count(total, 'article')}: {len(report.added):,} new, {len(report.replaced):,} replaced,"
        f" {len(report.unchanged):,} unchanged."
    )

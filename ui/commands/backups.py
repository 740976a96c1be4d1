"""`dateline backup` and `dateline restore`: the whole home in one archive, and back."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.options import error_line, home_option, read_settings, require_home
from ui.counts import count


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
def backup(file: Path, *, home: Path | None) -> None:
    """Write everything in the home to an archive, FILE, even while a server is using it."""
    from assistant.build import build_engine
    from index.upkeep import back_up

    require_home()
    made = back_up(build_engine(read_settings(home)), file)
    click.echo(
        f"Backed up {count(made.articles, 'article')} in {count(made.passages, 'passage')} to {file}"
        f" ({file.stat().st_size / 1e6:,.2f} MB), read back and compared."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace everything in the home with the backup.")
@home_option
def restore(file: Path, *, replace: bool, home: Path | None) -> None:
    """Restore a home from the archive FILE; no server may be using it."""
    from assistant.build import build_embedder, build_engine
    from index.upkeep import restore as put_back

    require_home()
    settings = read_settings(home)
    restored = put_back(file, build_engine(settings), embedder=build_embedder(settings), replace=replace)
    if restored.mismatch:
        click.echo(error_line(str(restored.mismatch), restored.mismatch.help), err=True)
    click.echo(
        f"Restored {count(restored.articles, 'article')} in {count(restored.passages, 'passage')} to {settings.home},"
        f" as they were on {restored.backup.created}."
    )

"""`dateline feedback`: users' ratings of answers, as a question set."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import click

from ui.commands.options import home_option, read_settings
from ui.counts import count


@click.group()
def feedback() -> None:
    """Work with the ratings given to answers in the chat."""


@feedback.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@home_option
def export(file: Path | None, *, home: Path | None) -> None:
    """Write rated answers as a question set, JSON Lines, to FILE or standard output.

    A liked answer counts as right, and its citations are the evidence. A disliked one has the type "disliked" and its
    reason, so that someone can add the right answer.
    """
    from index.errors import HomeError
    from ui.conversations.history import open_history
    from ui.conversations.ratings import as_questions

    folder = read_settings(home).home
    rows: list[str] = []
    if (folder / "chat.db").exists():
        with contextlib.closing(open_history(folder)) as history:
            rows = [
                json.dumps(question.as_row(), ensure_ascii=False) for question in as_questions(history.rated_turns())
            ]
    if not rows:
        raise HomeError(
            f"No answer in {folder} has been rated yet.",
            help="The chat of `dateline serve` has thumbs up and down below each answer.",
        )
    if file is None:
        click.echo("\n".join(rows))
        return
    try:
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from None
    click.echo(f"Wrote {count(len(rows), 'question')} to {file}.")

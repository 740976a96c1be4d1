"""`dateline audit`: who did what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ui.commands.options import home_option, json_option, print_json
from ui.commands.users import store_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many entries.")
@json_option
@home_option
def audit(*, limit: int, as_json: bool, home: Path | None) -> None:
    """Show who did what to a served collection, newest first. It never shows a question or a text."""
    from ui.access.audit import Audit

    with store_of(home) as store:
        log = Audit(store)
        total, entries = log.count(), log.entries(limit=limit)
    if as_json:
        print_json({"total": total, "entries": [entry.as_json() for entry in entries]})
        return
    for entry in entries:
        origin = f" from {entry.address}" if entry.address else ""
        about = f"  {json.dumps(entry.about, ensure_ascii=False)}" if entry.about else ""
        click.echo(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.who}{origin}  {entry.what}{about}")
    if not entries:
        click.echo("There are no entries.")

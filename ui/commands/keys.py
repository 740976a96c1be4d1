"""`dateline keys`: the keys of REST and /v1."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from ui.commands.options import home_option, json_option, print_json, role_option
from ui.commands.users import WHO, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ui.access.audit import Audit
    from ui.access.keys import Keys


@click.group()
def keys() -> None:
    """Create and revoke keys for REST and /v1. A running server applies every change at once."""


@keys.command()
@click.argument("name")
@role_option
@click.option("--expires", type=click.IntRange(1, 36_500), metavar="DAYS", help="Days until it expires.")
@home_option
def create(name: str, *, role: str, expires: int | None, home: Path | None) -> None:
    """Create a key and print it. It is shown only this once, because only a digest is stored."""
    from ui.access.visitor import Role

    with _kept(home) as (kept, audit):
        secret = kept.create(name, role=Role(role), days=expires)
        audit.record(WHO, "key created", key=name, role=role, days=expires)
    click.echo(secret)
    click.echo("It cannot be shown again. Send it as `Authorization: Bearer KEY`.", err=True)


@keys.command("list")
@json_option
@home_option
def list_(*, as_json: bool, home: Path | None) -> None:
    """List the keys that are kept in the home."""
    with _kept(home) as (kept, _):
        found = kept.list()
    rows: list[dict[str, Any]] = [
        {
            "name": key.name,
            "role": key.role,
            "created": key.created.date().isoformat(),
            "expires": key.expires.date().isoformat() if key.expires else None,
            "expired": key.has_expired,
            "last_used": key.used_on.isoformat() if key.used_on else None,
        }
        for key in found
    ]
    if as_json:
        print_json({"keys": rows})
        return
    for row in rows:
        ends = f"{'expired' if row['expired'] else 'expires'} {row['expires']}" if row["expires"] else "never expires"
        click.echo(f"{row['name']}  {row['role']}  {ends}, last used {row['last_used'] or 'never'}")
    if not rows:
        click.echo("There are none.")


@keys.command()
@click.argument("name")
@home_option
def revoke(name: str, *, home: Path | None) -> None:
    """Revoke a key, so that it no longer works."""
    with _kept(home) as (kept, audit):
        kept.revoke(name)
        audit.record(WHO, "key revoked", key=name)
    click.echo(f"Revoked the key {name}.")


@contextlib.contextmanager
def _kept(home: Path | None) -> Iterator[tuple[Keys, Audit]]:
    from ui.access.audit import Audit
    from ui.access.keys import Keys

    with store_of(home) as store:
        yield Keys(store), Audit(store)

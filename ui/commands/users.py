"""`dateline users`: who may use the chat."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from ui.commands.options import home_option, json_option, print_json, read_settings, role_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ui.access.audit import Audit
    from ui.access.store import AccessStore
    from ui.access.users import Users

WHO = "command line"
"""The name in the audit log for work on the home itself."""


@click.group()
def users() -> None:
    """Manage who may use the chat. A running server applies every change at once."""


@users.command()
@click.argument("name")
@role_option
@click.option("--no-password", is_flag=True, help="A user signed in by a proxy (DATELINE_USER_HEADER).")
@home_option
def add(name: str, *, role: str, no_password: bool, home: Path | None) -> None:
    """Add a user. The password is prompted for, or read from standard input."""
    from ui.access.names import checked_name
    from ui.access.visitor import Role

    checked_name(name)
    password = None if no_password else read_password()
    with _kept(home) as (kept, audit):
        kept.add(name, password, role=Role(role))
        audit.record(WHO, "user added", user=name, role=role)
    click.echo(f"Added the user {name} with the role {role}.")


@users.command("list")
@json_option
@home_option
def list_(*, as_json: bool, home: Path | None) -> None:
    """List the users that are kept in the home."""
    with _kept(home) as (kept, _):
        found = kept.list()
    rows: list[dict[str, Any]] = [
        {
            "name": user.name,
            "role": user.role,
            "password": user.has_password,
            "added": user.added.isoformat("T", "seconds"),
        }
        for user in found
    ]
    if as_json:
        print_json({"users": rows})
        return
    for row in rows:
        click.echo(f"{row['name']}  {row['role']}{'' if row['password'] else '  without a password'}")
    if not rows:
        click.echo("There are none.")


@users.command()
@click.argument("name")
@home_option
def remove(name: str, *, home: Path | None) -> None:
    """Remove a user and end their sessions."""
    with _kept(home) as (kept, audit):
        kept.remove(name)
        audit.record(WHO, "user removed", user=name)
    click.echo(f"Removed the user {name}.")


@users.command()
@click.argument("name")
@home_option
def password(name: str, *, home: Path | None) -> None:
    """Change a user's password and end their sessions. It is prompted for, or read from standard input."""
    given = read_password()
    with _kept(home) as (kept, audit):
        kept.set_password(name, given)
        audit.record(WHO, "password changed", user=name)
    click.echo(f"Changed the password of {name}.")


def read_password() -> str:
    """Return a password: prompted for twice on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise click.UsageError("No password came on standard input.")
    return given


@contextlib.contextmanager
def store_of(home: Path | None) -> Iterator[AccessStore]:
    """Yield the users, keys and sessions of a home."""
    from ui.access.store import open_store

    with contextlib.closing(open_store(read_settings(home).home)) as store:
        yield store


@contextlib.contextmanager
def _kept(home: Path | None) -> Iterator[tuple[Users, Audit]]:
    from ui.access.audit import Audit
    from ui.access.users import Users

    with store_of(home) as store:
        yield Users(store), Audit(store)

"""`dateline watches`: the addresses that a server watches by itself."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click

from ui.commands.options import SERVER, every_option, json_option, print_json, server_option
from ui.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.commands.remote import Remote


@click.group()
def watches() -> None:
    """List, add and remove the addresses that a running server watches."""


@watches.command("list")
@json_option
@server_option
def list_(*, as_json: bool, server: str | None) -> None:
    """List the watched addresses with their state, last error and next look."""
    with _served(server) as remote:
        found = remote.watches()
    if as_json:
        print_json({"watches": found})
        return
    for watch in found:
        about = [f"every {watch['every']} s", watch["state"], f"next {watch['next_at']}", watch["url"], watch["error"]]
        click.echo(plain("  ".join([watch["id"], *filter(None, about)])))


@watches.command()
@click.argument("url")
@every_option
@server_option
def add(url: str, *, every: int, server: str | None) -> None:
    """Have the server add what is new or changed at an address, at least a minute apart."""
    with _served(server) as remote:
        click.echo(remote.watch(url, every)["id"])


@watches.command()
@click.argument("id_", metavar="ID")
@server_option
def remove(id_: str, *, server: str | None) -> None:
    """Watch an address no longer; its articles stay."""
    with _served(server) as remote:
        remote.unwatch(id_)


@contextlib.contextmanager
def _served(server: str | None) -> Iterator[Remote]:
    from ui.commands.remote import Remote

    url = server or click.get_current_context().find_root().meta.get(SERVER)
    if not url:
        raise click.UsageError("Name the server: --server http://127.0.0.1:8000. Without one, use `dateline watch`.")
    with contextlib.closing(Remote(url, os.environ.get("DATELINE_API_KEY"))) as remote:
        yield remote

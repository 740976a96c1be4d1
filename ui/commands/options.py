"""What the commands share: options, settings, and printing."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.visible import pieces, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings


def error_line(message: str, help_: str | None) -> str:
    """Return an error as one line for the command line."""
    return "dateline: " + plain(" ".join(f"{message} {help_ or ''}".split()))


SERVER = "dateline.server"
"""The key under which click keeps a server named before the command."""


def require_home() -> None:
    """Refuse a server for commands that work on the files of a home."""
    if click.get_current_context().find_root().meta.get(SERVER):
        raise click.UsageError(
            "This works directly on the home's files, even while a server uses them: run it on the server's machine."
        )


def as_fact_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --as-fact."""
    return click.option("--as-fact", is_flag=True, help="Answer as a question after a single fact, whatever its form.")(
        command
    )


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --home."""
    return click.option(
        "--home", type=click.Path(path_type=Path), help="Folder of the collection [default: DATELINE_HOME]."
    )(command)


def server_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --server."""
    return click.option(
        "--server",
        metavar="URL",
        envvar="DATELINE_SERVER",
        help="Work through a running server, with the key in DATELINE_API_KEY [default: DATELINE_SERVER].",
    )(command)


class FilteredCommand(click.Command):
    """A command with an option for each filter, passed as one `filters`.

    The index, where the filters are declared, is imported only when the command is used.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's parameters, the filters first."""
        return [*self._filter_options, *super().get_params(ctx)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command with the filters from its options."""
        from index.filters import FILTERS, Filters, parse_day

        given = {known.name: ctx.params.pop(known.option) for known in FILTERS}
        for known in FILTERS:
            if known.is_day:
                given[known.name] = parse_day(given[known.name]) if given[known.name] else None
        ctx.params["filters"] = Filters(**given)
        return super().invoke(ctx)

    @functools.cached_property
    def _filter_options(self) -> list[click.Option]:
        from index.filters import FILTERS

        return [
            click.Option(
                [f"--{known.option}"],
                multiple=not known.is_day,
                metavar=known.metavar,
                help=f"Only articles {known.only}{', YYYY-MM-DD' if known.is_day else ' (may be repeated)'}.",
            )
            for known in FILTERS
        ]


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    from index.sources.web.watching import read_interval

    try:
        return read_interval(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


every_option = click.option(
    "--every", default="15m", show_default=True, metavar="TIME", callback=_seconds, help="How often: 90s, 15m, 2h, 1d."
)


def role_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --role."""
    return click.option(
        "--role",
        type=click.Choice(["reader", "editor", "admin"]),
        default="reader",
        show_default=True,
        help="reader: ask and read; editor: also add and remove articles; admin: everything.",
    )(command)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the model and for reading a question."""
    for option in (
        click.option("--any-time", is_flag=True, help="Do not turn a time in the question into a date filter."),
        click.option("--model", metavar="NAME", help="Language model to answer with."),
        click.option("--llm", metavar="none|auto|...", help="Whether a language model answers; see docs/models.md."),
    ):
        command = option(command)
    return command


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def read_settings(home: Path | None, **given: str | None) -> Settings:
    """Return the settings of this run; a home named after the command takes precedence over one named before it."""
    from assistant.settings import load_settings

    return load_settings(home=home or click.get_current_context().find_root().obj, **given)


def print_json(value: Any) -> None:
    """Print a value as JSON, with hidden characters as escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo("".join(json.dumps(piece.text)[1:-1] if piece.is_hidden else piece.text for piece in pieces(text)))

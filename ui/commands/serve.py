"""`dateline serve`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--host", help="Address to listen on [default: DATELINE_HOST or 127.0.0.1].")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port [default: DATELINE_PORT or 8000]; 0 picks a free one."
)
@click.option("--insecure", is_flag=True, help="Also serve what no key or user protects, to anyone.")
@click.option("--root-path", metavar="PATH", help="Path under which a proxy serves it, such as /dateline.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the collection [default: DATELINE_HOME].")
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    host: str | None,
    port: int | None,
    insecure: bool,
    root_path: str | None,
    home: Path | None,
) -> None:
    """Serve the chat at /, REST at /api (documented at /docs) and the OpenAI wire format at /v1, until Ctrl-C."""
    from assistant.settings import load_settings

    settings = load_settings(home=home or ctx.obj, host=host, port=port, insecure=insecure or None, root_path=root_path)
    from ui.http.log_output import logging_to_stderr

    with logging_to_stderr(settings):
        from ui.process import run

        run(settings, say=click.echo)

"""`dateline check`: verifies everything in a home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ui.commands.options import home_option, json_option, print_json, read_settings, require_home

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--repair", is_flag=True, help="Fix what can be fixed.")
@json_option
@home_option
def check(*, repair: bool, as_json: bool, home: Path | None) -> None:
    """Verify every article, vector and file in the home; the exit status is 1 if anything is wrong."""
    import dataclasses

    from assistant.build import build_embedder, build_engine
    from index import upkeep

    require_home()
    settings = read_settings(home)
    verify = upkeep.repair if repair else upkeep.check
    report = verify(build_engine(settings), embedder=build_embedder(settings))
    if as_json:
        findings = [dataclasses.asdict(finding) for finding in report.findings]
        print_json({"is_right": report.is_right, "findings": findings, "repairs": list(report.repairs)})
    else:
        for line in report.repairs:
            click.echo(f"Repaired. {line}")
        for finding in report.findings:
            click.echo(f"{'right' if finding.is_right else 'WRONG'}  {finding.name}: {finding.words}")
    if not report.is_right:
        if not repair:
            click.echo("Run `dateline check --repair` to fix what can be fixed.", err=True)
        raise click.exceptions.Exit(1)

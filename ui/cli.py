"""The command line. Only click is imported at the start, so that `dateline --help` is fast."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ui.commands.options import (
    SERVER,
    FilteredCommand,
    as_fact_option,
    error_line,
    every_option,
    home_option,
    json_option,
    model_options,
    print_json,
    read_settings,
    server_option,
)
from ui.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant import Ask, Conversation, Event
    from index import Filters, SourceError
    from ui.commands.collection import Collection

_SAMPLE = Path(__file__).parent.parent / "index" / "samples" / "articles.jsonl"


_ELSEWHERE = {
    "serve": "ui.commands.serve:serve",
    "evaluate": "ui.commands.evaluate:evaluate",
    "questions": "ui.commands.questions:questions",
    "feedback": "ui.commands.feedback:feedback",
    "watches": "ui.commands.watches:watches",
    "check": "ui.commands.check:check",
    "users": "ui.commands.users:users",
    "keys": "ui.commands.keys:keys",
    "audit": "ui.commands.audit:audit",
    "backup": "ui.commands.backups:backup",
    "restore": "ui.commands.backups:restore",
    "export": "ui.commands.exchange:export",
    "import": "ui.commands.exchange:import_",
}


class _CommandGroup(click.Group):
    """A group whose commands print errors as one line on stderr, never as a traceback; some are imported when
    needed.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from index.errors import DatelineError

        try:
            return super().invoke(ctx)
        except DatelineError as error:
            _fail(str(error), error.help)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("DATELINE_DEBUG"):
                raise
            _fail(
                f"Something unexpected happened: {error!r:.300}.",
                "Run it again with DATELINE_DEBUG=1 and report the output.",
            )
        return None


def _fail(message: str, help_: str | None) -> None:
    click.echo(error_line(message, help_), err=True)
    raise click.exceptions.Exit(1)


@click.group(cls=_CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@home_option
@click.option("--server", metavar="URL", help="Work through a running server.")
@click.version_option(package_name="dateline", message="dateline %(version)s")
@click.pass_context
def main(ctx: click.Context, home: Path | None, server: str | None) -> None:
    """Answers questions about a collection of articles, and cites every claim with an exact quote."""
    ctx.obj = home
    ctx.meta[SERVER] = server


def _purpose() -> str:
    return f"dateline {click.get_current_context().info_name}"


@main.command()
@click.argument("targets", nargs=-1, metavar="PATH|URL...")
@click.option("--sample", is_flag=True, help="Add the sample collection.")
@click.option("--fields", default="", metavar="FIELD=COLUMN,...", help="Name columns: text=body,date=pub.")
@click.option(
    "--ids",
    type=click.Choice(["file", "global"]),
    default="file",
    help="Whether equal ids in two files mean one article.",
)
@server_option
@home_option
def add(
    targets: tuple[str, ...],
    *,
    sample: bool,
    fields: str,
    ids: Literal["file", "global"],
    server: str | None,
    home: Path | None,
) -> None:
    """Add files, folders, web pages and feeds. Safe to repeat: articles already there are skipped."""
    from index.sources.metadata.field_names import read_names
    from ui.commands.collection import Added, RowChoices
    from ui.commands.render import notice_line, progress

    try:
        read_names(fields)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--fields") from None
    rows = RowChoices(fields, ids)

    targets = (*targets, str(_SAMPLE)) if sample else targets
    if not targets:
        raise click.UsageError("Name files, folders or URLs to add, or give --sample.")
    sources, problems = _find(targets)
    added = Added()
    with _collection(home, server) as collection:
        if sources:
            with progress(len(sources)) as bar:
                added = collection.add(sources, on_source=bar.next_source, on_passages=bar.add_passages, rows=rows)
    problems += added.problems
    for problem in problems:
        click.echo(error_line(f"Skipped: {problem}", problem.help), err=True)
    for group in added.notices:
        click.echo(notice_line(group), err=True)
    if not added.is_of_use:
        raise click.exceptions.Exit(1)
    skipped = f", skipped {len(problems)}" if problems else ""
    click.echo(
        f"Added {count(added.added, 'article')}, replaced {added.replaced}, unchanged {added.unchanged}{skipped}."
    )


@main.command()
@click.argument("targets", nargs=-1, required=True, metavar="FEED|FOLDER|URL...")
@every_option
@click.option("--looks", type=click.IntRange(1), help="Stop after this many looks [default: at Ctrl-C].")
@server_option
@home_option
def watch(targets: tuple[str, ...], *, every: int, looks: int | None, server: str | None, home: Path | None) -> None:
    """Add what is new or changed in feeds, folders, files and pages, again and again.

    Of a site's front page, its feed is watched. What an article said before stays readable: `show --versions ID`. A
    server can also watch addresses by itself: `watches add`.
    """
    from assistant.build import limits
    from ui.commands.watch import watch_sources

    with _collection(home, server) as collection:
        watch_sources(collection, targets, every=every, looks=looks, limits=limits(read_settings(home)))


def _find(targets: tuple[str, ...]) -> tuple[list[str], list[SourceError]]:
    """Return the sources that a user named, and the problems with the rest."""
    from index.errors import SourceError
    from index.sources import find_sources

    sources: list[str] = []
    problems: list[SourceError] = []
    for target in targets:
        try:
            sources += find_sources(target)
        except SourceError as error:
            problems.append(error)
    return sources, problems


@main.command("list", cls=FilteredCommand)
@json_option
@server_option
@home_option
def list_(*, filters: Filters, as_json: bool, server: str | None, home: Path | None) -> None:
    """List the articles, newest first."""
    from assistant.answer import article_json
    from ui.commands.render import print_articles

    with _collection(home, server) as collection:
        articles = collection.articles(filters)
    if as_json:
        print_json({"total": len(articles), "articles": [article_json(article) for article in articles]})
    else:
        print_articles(articles)


@main.command()
@click.argument("id_", metavar="ID")
@click.option("--dropped", is_flag=True, help="Show what reading left out, repaired or guessed instead of the text.")
@click.option("--versions", "earlier", is_flag=True, help="Show what earlier versions said instead of the text.")
@json_option
@server_option
@home_option
def show(id_: str, *, dropped: bool, earlier: bool, as_json: bool, server: str | None, home: Path | None) -> None:
    """Show one article with its text."""
    from assistant import whole_article_json
    from ui.commands.render import print_article, print_notices, print_versions

    with _collection(home, server) as collection:
        article = collection.article(id_)
        versions = collection.versions(id_) if earlier else []
        also_in = collection.near_copies(id_)
    if earlier:
        print_json({"versions": versions}) if as_json else print_versions(versions)
    elif as_json:
        print_json(whole_article_json(article, also_in=also_in))
    elif dropped:
        print_notices(article)
    else:
        print_article(article, also_in)


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@server_option
@home_option
def remove(ids: tuple[str, ...], *, server: str | None, home: Path | None) -> None:
    """Remove articles and every trace of their text."""
    unique = tuple(dict.fromkeys(ids))
    with _collection(home, server) as collection:
        collection.remove(unique)
    click.echo(f"Removed {count(len(unique), 'article')}.")


@main.command(cls=FilteredCommand)
@click.argument("query")
@click.option("--k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@json_option
@server_option
@home_option
def search(query: str, *, k: int, filters: Filters, as_json: bool, server: str | None, home: Path | None) -> None:
    """Print the passages relevant to a query, best first."""
    from assistant.answer import passage_json
    from ui.commands.render import print_passages

    with _collection(home, server) as collection:
        passages, spent = collection.search(query, k=k, filters=filters)
    if as_json:
        timings = {"retrieve": round(spent, 1), "total": round(spent, 1)}
        print_json({"passages": [passage_json(passage) for passage in passages], "timings_ms": timings})
    else:
        print_passages(passages)


@main.command(cls=FilteredCommand)
@click.argument("question")
@as_fact_option
@model_options
@click.option("--explain", "explained", is_flag=True, help="Show every stage of the answer.")
@json_option
@server_option
@home_option
def ask(
    question: str,
    *,
    filters: Filters,
    llm: str | None,
    model: str | None,
    any_time: bool,
    as_fact: bool,
    explained: bool,
    as_json: bool,
    server: str | None,
    home: Path | None,
) -> None:
    """Answer a question and cite every claim; say so if the articles do not answer it."""
    _require_words(question)
    if explained and _server_named(home, server):
        raise click.UsageError("A server does not show the stages of an answer: leave out --explain or --server.")
    with _collection(home, server, llm=llm, llm_model=model) as collection:
        events = collection.stream(_ask(question, filters=filters, llm=llm, any_time=any_time, as_fact=as_fact))
        if explained:
            from ui.commands.explain import explain, print_explanation

            stages = explain(events)
            print_json(stages) if as_json else print_explanation(stages)
        elif as_json:
            print_json(_last(events))
        else:
            from ui.commands.render import print_stream

            print_stream(events, question)


@main.command(cls=FilteredCommand)
@as_fact_option
@model_options
@server_option
@home_option
def chat(
    *,
    filters: Filters,
    llm: str | None,
    model: str | None,
    any_time: bool,
    as_fact: bool,
    server: str | None,
    home: Path | None,
) -> None:
    """Have a conversation; follow-ups such as "and why?" are understood. An empty line ends it."""
    from assistant import Conversation
    from ui.commands.render import print_stream

    conversation = Conversation()
    with _collection(home, server, llm=llm, llm_model=model) as collection:
        while question := _read_line():
            ask = _ask(question, conversation, filters=filters, llm=llm, any_time=any_time, as_fact=as_fact)
            answer = print_stream(collection.stream(ask), question)
            conversation = conversation.with_turn(answer.standalone_question, answer.text if answer.found else "")


@main.command()
@home_option
def reindex(*, home: Path | None) -> None:
    """Split and embed every article again, which a new version of Dateline may require."""
    from assistant.build import reindex as rebuild
    from ui.commands.render import progress

    with progress(1) as bar:
        articles = rebuild(read_settings(home), on_embedded=bar.add_passages)
        bar.next_source()
    click.echo(f"Reindexed {count(articles, 'article')}.")


@contextlib.contextmanager
def _collection(home: Path | None, server: str | None, **given: str | None) -> Iterator[Collection]:
    """Yield the collection of the server, if one is named, else that of the home."""
    server = _server_named(home, server)
    with contextlib.closing(_remote(server, **given) if server else _local(home, **given)) as collection:
        yield collection


def _server_named(home: Path | None, server: str | None) -> str | None:
    """Return the server to use, None for the home; a home named on the command line takes precedence."""
    ctx = click.get_current_context()
    is_after = ctx.get_parameter_source("server") is click.core.ParameterSource.COMMANDLINE
    named = server if is_after else ctx.meta[SERVER]
    if home or ctx.obj:
        if named:
            raise click.UsageError("Give --home or --server, not both.")
        server = None
    return named or server


def _local(home: Path | None, **given: str | None) -> Collection:
    from ui.commands.local import Local

    return Local(read_settings(home, **given), purpose=_purpose())


def _remote(server: str, *, llm: str | None = None, llm_model: str | None = None) -> Collection:
    from ui.commands.remote import Remote

    if llm_model or llm not in {None, "none"}:
        raise click.UsageError("A server uses its own language model; with --server, --llm can only be none.")
    key = os.environ.get("DATELINE_API_KEY")
    return Remote(server, key)


def _ask(
    question: str,
    conversation: Conversation | None = None,
    *,
    filters: Filters,
    llm: str | None,
    any_time: bool,
    as_fact: bool,
) -> Ask:
    from assistant import Ask, Conversation

    return Ask(
        question,
        conversation=conversation or Conversation(),
        filters=filters,
        read_times=not any_time,
        read_kind=not as_fact,
        reader="dateline-extractive" if llm == "none" else "dateline",
    )


def _last(events: Iterator[Event]) -> dict[str, Any]:
    """Return the complete answer as JSON."""
    from assistant import DoneEvent

    for event in events:
        if isinstance(event, DoneEvent):
            return event.answer.as_json()
    raise TypeError("the events ended without an answer")


def _require_words(question: str) -> None:
    if not question.strip():
        raise click.UsageError('Type a question, such as: dateline ask "What did Grushko demand?"')


def _read_line() -> str:
    """Return the next question; empty at the end of input."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


if __name__ == "__main__":
    main()

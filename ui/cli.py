"""The command line. Only click is imported at the start: `dateline --help` answers at once."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant import Assistant
    from assistant.settings import Settings
    from index import Article, Filters, SourceError

_SAMPLE = Path(__file__).parent.parent / "index" / "samples" / "articles.jsonl"


class _Group(click.Group):
    """A group whose commands end in one line on stderr, never in a traceback."""

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
                "Run it again with DATELINE_DEBUG=1 and report what it says.",
            )
        return None


def _fail(message: str, help_: str | None) -> None:
    click.echo(_error_line(message, help_), err=True)
    raise click.exceptions.Exit(1)


def _error_line(message: str, help_: str | None) -> str:
    return "dateline: " + " ".join(f"{message} {help_ or ''}".split())


def _home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--home", type=click.Path(path_type=Path), help="Folder of the collection [default: DATELINE_HOME]."
    )(command)


def _filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the filters of DESIGN and hand them over as one `filters`."""

    @functools.wraps(command)
    def run(
        *,
        source: tuple[str, ...],
        author: tuple[str, ...],
        since: str | None,
        until: str | None,
        article: tuple[str, ...],
        **others: Any,
    ) -> Any:
        from index.filters import Filters, parse_day

        filters = Filters(
            source=source,
            author=author,
            since=parse_day(since) if since else None,
            until=parse_day(until) if until else None,
            articles=article,
        )
        return command(filters=filters, **others)

    for option in (
        click.option("--article", multiple=True, metavar="ID", help="Only this article (may be repeated)."),
        click.option("--until", metavar="DATE", help="Only articles published on or before this day, YYYY-MM-DD."),
        click.option("--since", metavar="DATE", help="Only articles published on or after this day, YYYY-MM-DD."),
        click.option("--author", multiple=True, help="Only articles by this author (may be repeated)."),
        click.option("--source", multiple=True, help="Only articles of this publisher (may be repeated)."),
    ):
        run = option(run)
    return run


def _model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--any-time", is_flag=True, help="Make no date filter of a time in the question."),
        click.option("--model", metavar="NAME", help="Language model to answer with."),
        click.option("--llm", metavar="none|auto|...", help="Whether a language model answers; see docs/models.md."),
    ):
        command = option(command)
    return command


_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@_home_option
@click.version_option(package_name="dateline", message="dateline %(version)s")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Answers questions about a collection of articles, and cites every claim with an exact quote."""
    ctx.obj = home


def _settings(home: Path | None, **given: str | None) -> Settings:
    from assistant.settings import load_settings

    return load_settings(home=home or click.get_current_context().obj, **given)


def _purpose() -> str:
    return f"dateline {click.get_current_context().info_name}"


@main.command()
@click.argument("targets", nargs=-1, metavar="PATH|URL...")
@click.option("--sample", is_flag=True, help="Add the sample collection.")
@_home_option
def add(targets: tuple[str, ...], *, sample: bool, home: Path | None) -> None:
    """Add files, folders, web pages and feeds. Safe to repeat: what is there already is skipped."""
    from assistant.build import limits, open_index
    from index.errors import SourceError
    from index.sources import find_sources
    from ui.render import progress

    targets = (*targets, str(_SAMPLE)) if sample else targets
    if not targets:
        raise click.UsageError("Name files, folders or URLs to add, or give --sample.")
    settings = _settings(home)
    problems: list[SourceError] = []
    sources: list[str] = []
    for target in targets:
        try:
            sources += find_sources(target)
        except SourceError as error:
            problems.append(error)
    report = None
    if sources:
        with progress(len(sources)) as bar:
            articles = _load(sources, problems, bar.next_source, limits(settings))
            first = next(articles, None)
            if first is not None:  # nothing is made of a home where there is nothing to put
                with open_index(settings, write=True, purpose=_purpose()) as index:
                    report = index.add(itertools.chain([first], articles), on_embedded=bar.add_passages)
    for problem in problems:
        click.echo(_error_line(f"Skipped: {problem}", problem.help), err=True)
    if report is None:
        raise click.exceptions.Exit(1)
    skipped = f", skipped {len(problems)}" if problems else ""
    click.echo(
        f"Added {_count(len(report.added), 'article')}, replaced {len(report.replaced)},"
        f" unchanged {len(report.unchanged)}{skipped}."
    )


def _load(
    sources: list[str], problems: list[SourceError], on_source: Callable[[], None], limits: Any
) -> Iterator[Article]:
    """Yield the articles of all sources and put their problems aside."""
    from index.errors import SourceError
    from index.sources import load

    for source in sources:
        for item in load(source, limits=limits):
            if isinstance(item, SourceError):
                problems.append(item)
            else:
                yield item
        on_source()


@main.command("list")
@_filter_options
@_json_option
@_home_option
def list_(*, filters: Filters, as_json: bool, home: Path | None) -> None:
    """List the articles, newest first."""
    from assistant.answer import article_json
    from index import open_articles
    from ui.render import print_articles

    with open_articles(_settings(home).home) as store:
        articles = store.articles(filters)
    if as_json:
        _print_json({"total": len(articles), "articles": [article_json(article) for article in articles]})
    else:
        print_articles(articles)


@main.command()
@click.argument("id_", metavar="ID")
@_json_option
@_home_option
def show(id_: str, *, as_json: bool, home: Path | None) -> None:
    """Show one article with its text."""
    from assistant.answer import article_json
    from index import open_articles
    from ui.render import print_article

    with open_articles(_settings(home).home) as store:
        article = store.article(id_)
    if as_json:
        _print_json(article_json(article) | {"text": article.text})
    else:
        print_article(article)


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_home_option
def remove(ids: tuple[str, ...], *, home: Path | None) -> None:
    """Remove articles and every trace of their text."""
    from assistant.build import open_index
    from index import open_articles

    settings = _settings(home)
    unique = tuple(dict.fromkeys(ids))
    with open_articles(settings.home) as store:  # says what is wrong before anything is opened for writing
        for id_ in unique:
            store.article(id_)
    with open_index(settings, write=True, purpose=_purpose()) as index:
        index.remove(unique)
    click.echo(f"Removed {_count(len(unique), 'article')}.")


@main.command()
@click.argument("query")
@click.option("--k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@_filter_options
@_json_option
@_home_option
def search(query: str, *, k: int, filters: Filters, as_json: bool, home: Path | None) -> None:
    """Print the passages that bear on a query, best first."""
    import time

    from assistant.answer import passage_json
    from assistant.build import open_index
    from ui.render import print_passages

    with open_index(_settings(home), purpose=_purpose()) as index:
        began = time.perf_counter()
        passages = index.retrieve(query, k=k, filters=filters)
        spent = 1e3 * (time.perf_counter() - began)
    if as_json:
        timings = {"retrieve": round(spent, 1), "total": round(spent, 1)}
        _print_json({"passages": [passage_json(passage) for passage in passages], "timings_ms": timings})
    else:
        print_passages(passages)


@main.command()
@click.argument("question")
@_filter_options
@_model_options
@_json_option
@_home_option
def ask(
    question: str,
    *,
    filters: Filters,
    llm: str | None,
    model: str | None,
    any_time: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Answer a question and cite every claim; say so where the articles do not answer it."""
    _require_words(question)
    with _assistant(_settings(home, llm=llm, llm_model=model)) as assistant:
        if as_json:
            _print_json(assistant.ask(question, filters=filters, read_times=not any_time).as_json())
        else:
            from ui.render import print_stream

            print_stream(assistant.stream(question, filters=filters, read_times=not any_time), question)


@main.command()
@_filter_options
@_model_options
@_home_option
def chat(*, filters: Filters, llm: str | None, model: str | None, any_time: bool, home: Path | None) -> None:
    """Ask one question after the other; follow-ups such as "and why?" are understood. An empty line ends it."""
    from assistant import Conversation
    from ui.render import print_stream

    conversation = Conversation()
    with _assistant(_settings(home, llm=llm, llm_model=model)) as assistant:
        while question := _read_line():
            answer = print_stream(
                assistant.stream(question, filters=filters, conversation=conversation, read_times=not any_time),
                question,
            )
            conversation = conversation.with_turn(answer.standalone_question, answer.text if answer.found else "")


@main.command()
@_home_option
def reindex(*, home: Path | None) -> None:
    """Cut and embed every article anew, as a new version of Dateline may ask for."""
    from assistant.build import reindex as make_anew
    from ui.render import progress

    with progress(1) as bar:
        articles = make_anew(_settings(home), on_embedded=bar.add_passages)
        bar.next_source()
    click.echo(f"Indexed {_count(articles, 'article')} anew.")


@contextlib.contextmanager
def _assistant(settings: Settings) -> Iterator[Assistant]:
    """Open the collection and yield an assistant over it."""
    from assistant.build import build_assistant, open_index

    with (
        open_index(settings, purpose=_purpose()) as index,
        contextlib.closing(build_assistant(settings, index)) as assistant,
    ):
        yield assistant


def _require_words(question: str) -> None:
    if not question.strip():
        raise click.UsageError('Ask something, such as: dateline ask "What did Grushko demand?"')


def _read_line() -> str:
    """Return the next question; empty at the end of input."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    main()

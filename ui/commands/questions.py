"""`dateline questions`: checks a question set against the collection, and drafts one."""

from __future__ import annotations

import collections
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from ui.commands.options import FilteredCommand, error_line, home_option, json_option, print_json, read_settings
from ui.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.evaluation.sets.question_set import Question, QuestionSet
    from assistant.evaluation.sets.quotes import ArticleLookup
    from assistant.evaluation.sets.resolving import Problem
    from index import Filters


@click.group()
def questions() -> None:
    """Check a question set, or draft one."""


@questions.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--articles", multiple=True, metavar="PATH|URL", help="Check against these articles instead of the collection."
)
@json_option
@home_option
def check(file: Path, *, articles: tuple[str, ...], as_json: bool, home: Path | None) -> None:
    """Check a question set against its own articles, or else the collection. The exit status is 1 if it has errors."""
    from assistant.errors import QuestionSetError
    from assistant.evaluation.sets.checking import check as find_problems
    from assistant.evaluation.sets.question_set import load_question_set

    try:
        question_set = load_question_set(file)
    except QuestionSetError as error:
        if not error.problems:
            raise
        _print_unreadable(error, as_json=as_json)
        raise click.exceptions.Exit(1) from None
    with _collection(question_set, articles, home) as collection:
        problems = find_problems(question_set, collection)
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        print_json(_report(question_set, problems))
    else:
        for problem in problems:
            click.echo(_line(problem))
        warnings = len(problems) - errors
        click.echo(f"{count(len(question_set.questions), 'question')}: {_found(errors, warnings)}.")
    if errors:
        raise click.exceptions.Exit(1)


def _print_unreadable(error: Exception, *, as_json: bool) -> None:
    """Print every row that cannot be read to stderr, one per line."""
    problems: tuple[str, ...] = getattr(error, "problems", ())
    if as_json:
        print_json({"questions": 0, "unreadable": list(problems), "problems": []})
        return
    for problem in problems:
        click.echo(error_line(problem, None), err=True)


def _report(question_set: QuestionSet, problems: list[Problem]) -> dict[str, object]:
    return {
        "questions": len(question_set.questions),
        "fingerprint": question_set.fingerprint,
        "unreadable": [],
        "problems": [problem.as_json() for problem in problems],
    }


def _line(problem: Problem) -> str:
    """Return a problem on one line: the question, the field, what is wrong and what to do."""
    from ui.commands.render import one_line

    return one_line(f"{problem.severity}: {problem.question}, {problem.field}: {problem.message} {problem.help}")


def _found(errors: int, warnings: int) -> str:
    counts = [count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(counts) or "no problems"


@contextlib.contextmanager
def _collection(question_set: QuestionSet, sources: tuple[str, ...], home: Path | None) -> Iterator[ArticleLookup]:
    """Open the articles to check a set against: the named ones, else its own, else the collection."""
    from assistant.build import build_engine
    from assistant.evaluation.sets.quotes import Held
    from index import open_articles
    from ui.commands.local import load_articles

    articles = tuple(load_articles(sources)) if sources else question_set.articles
    if articles is None:
        with open_articles(build_engine(read_settings(home))) as store:
            yield store
    else:
        yield Held(articles)


@questions.command(cls=FilteredCommand)
@click.option("--number", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many questions.")
@click.option("--seed", default=0, show_default=True, help="A different seed chooses different passages.")
@click.option(
    "--unanswerable",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Share of questions that the articles do not answer.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="New file to write, ending in .jsonl [default: stdout]."
)
@click.option("--llm", metavar="auto|...", help="Which language model drafts; see docs/models.md.")
@click.option("--model", metavar="NAME", help="Name of the language model.")
@home_option
def make(
    *,
    number: int,
    seed: int,
    unanswerable: float,
    output: Path | None,
    llm: str | None,
    model: str | None,
    filters: Filters,
    home: Path | None,
) -> None:
    """Draft questions about the collection with a language model. Read and correct them before you measure anything
    with them.
    """
    from assistant.build import build_chat_model, build_engine
    from assistant.evaluation.sets.drafting import draft_questions, write_questions
    from assistant.readers.prompting import load_prompt
    from index import open_articles

    settings = read_settings(home, llm=llm, llm_model=model)
    dropped: collections.Counter[str] = collections.Counter()
    with (
        open_articles(build_engine(settings)) as articles,
        contextlib.closing(build_chat_model(settings)) as chat_model,
        _opened(output) as file,
    ):
        drafts = draft_questions(
            articles,
            chat_model,
            number=number,
            seed=seed,
            unanswerable=unanswerable,
            filters=filters,
            prompt=load_prompt("draft_questions", settings.prompts),
            on_dropped=lambda reason: dropped.update([reason]),
        )
        written = write_questions(_counted(drafts, number), file)
    click.echo(f"Drafted {count(written, 'question')}.{_dropped_summary(dropped)}", err=True)
    if written < number:
        click.echo("The collection yielded no more; another --seed or model may.", err=True)
    if not written:
        raise click.exceptions.Exit(1)


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Open a new file, or stdout without a path; an existing file is never overwritten."""
    from assistant.errors import QuestionSetError

    if path is None:
        yield sys.stdout
        return
    try:
        file = path.open("x", encoding="utf-8", buffering=1)
    except FileExistsError:
        raise QuestionSetError(
            f"{path} already exists.", help="Choose another name, because the file may hold your work."
        ) from None
    except OSError as error:
        raise QuestionSetError(
            f"{path} cannot be written: {error.strerror}.", help="Choose another location."
        ) from None
    try:
        with file:
            yield file
    finally:
        if not path.stat().st_size:
            path.unlink()


def _counted(drafts: Iterator[Question], number: int) -> Iterator[Question]:
    """Yield the drafts, and show their number on a terminal."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(drafts, length=number, label="Drafting", file=sys.stderr, hidden=hidden) as bar:
        yield from bar


def _dropped_summary(dropped: collections.Counter[str]) -> str:
    if not dropped:
        return ""
    reasons = ", ".join(f"{count} x {reason}" for reason, count in sorted(dropped.items()))
    return f" Dropped {dropped.total()}: {reasons}."

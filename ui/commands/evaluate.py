"""`dateline evaluate`: runs a question set, reports, and fails a build if answers got worse."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.commands.options import error_line, home_option, json_option, model_options, print_json, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant import Assistant
    from assistant.chat_models.chat_model import ChatModel
    from assistant.evaluation.figures.compare import Comparison
    from assistant.evaluation.figures.gate import MetricRule, Verdict
    from assistant.evaluation.runs.run import Run
    from assistant.evaluation.sets.question_set import QuestionSet
    from assistant.settings import Settings

_UNMEASURED = 4
_RULES = ("max_drop", "min", "max")


def _gate_options(command: Any) -> Any:
    options = (
        click.option(
            "--max-failed",
            type=click.FloatRange(0, 1),
            default=0.0,
            show_default=True,
            metavar="SHARE",
            help="Share of questions that may go unmeasured.",
        ),
        click.option("--max", multiple=True, metavar="METRIC=X", help="Highest allowed value of a metric: ece=0.2."),
        click.option(
            "--min", multiple=True, metavar="METRIC=X", help="Lowest allowed value of a metric: found.f1=0.8."
        ),
        click.option(
            "--max-drop", multiple=True, metavar="METRIC=X", help="Most a metric may get worse: recall@5=0.02."
        ),
        click.option(
            "--baseline", type=click.Path(path_type=Path), metavar="RUN", help="Compare with an earlier report."
        ),
    )
    for option in options:
        command = option(command)
    return command


def _run_options(command: Any) -> Any:
    options = (
        click.option("--retry-failed", is_flag=True, help="Ask questions that failed before again."),
        click.option("--fresh", is_flag=True, help="Ask everything again, ignoring kept results."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path),
            envvar="DATELINE_EVALUATION_CACHE",
            metavar="DIR",
            help="Folder for kept results [default: the platform's cache folder].",
        ),
        click.option(
            "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds for one question."
        ),
        click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Questions asked at the same time."),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the resampling."),
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N questions."),
        click.option("--by", multiple=True, metavar="FIELD", help="Break figures down by a field (may be repeated)."),
    )
    for option in options:
        command = option(command)
    return command


@click.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--articles", multiple=True, metavar="PATH|URL", help="Use these articles instead of the collection.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Write the report into this folder.")
@click.option("--judge", is_flag=True, help="Have the language model grade the answers too.")
@_gate_options
@_run_options
@model_options
@json_option
@home_option
def evaluate(
    questions: Path,
    *,
    articles: tuple[str, ...],
    report: Path | None,
    judge: bool,
    baseline: Path | None,
    max_failed: float,
    llm: str | None,
    model: str | None,
    any_time: bool,
    as_json: bool,
    home: Path | None,
    **given: Any,
) -> None:
    """Run a question set and measure the quality of search, answers, citations and refusals.

    The articles are those of --articles, else those that come with the set, else the collection. Exit status 0: passed;
    3: the intervals show a regression; 4: it could not be measured.
    """
    from index.errors import DatelineError

    if given["max_drop"] and not baseline:
        raise click.UsageError("--max-drop needs a --baseline to compare with.")
    texts = {name: given.pop(name) for name in _RULES}
    try:
        rules = _parse_rules(texts)
        earlier = _read_baseline(baseline)
        settings = read_settings(home, llm=llm, llm_model=model)
        run = _run(questions, articles, settings, judge=judge, read_times=not any_time, **given)
        comparison, verdict = _compare(run, earlier, rules, max_failed)
        if report:
            from assistant.evaluation.report.summaries import write_report

            write_report(report, run, verdict, comparison, baseline=earlier)
    except DatelineError as error:
        click.echo(error_line(str(error), error.help), err=True)
        raise click.exceptions.Exit(_UNMEASURED) from None
    _print(run, verdict, comparison, as_json=as_json)
    if verdict.exit_code:
        raise click.exceptions.Exit(verdict.exit_code)


def _parse_rules(texts: dict[str, tuple[str, ...]]) -> list[MetricRule]:
    """Return the rules of the command line; an unknown metric ends the command before anything is asked."""
    from assistant.evaluation.figures.gate import RuleKind, parse_rule
    from assistant.evaluation.figures.metrics import METRICS
    from assistant.evaluation.runs.run import EvaluationError

    kinds: dict[str, RuleKind] = {"max_drop": "max-drop", "min": "min", "max": "max"}
    rules = [parse_rule(kinds[name], text) for name in _RULES for text in texts[name]]
    for rule in rules:
        if rule.metric not in METRICS:
            raise EvaluationError(f"There is no metric {rule.metric!r}.", help=f"There are {', '.join(METRICS)}.")
    return rules


def _read_baseline(baseline: Path | None) -> Run | None:
    from assistant.evaluation.runs.run import read_run

    return read_run(baseline) if baseline else None


def _run(
    questions: Path,
    sources: tuple[str, ...],
    settings: Settings,
    *,
    judge: bool,
    cache: Path | None,
    workers: int | None,
    timeout: float | None,
    **options: Any,
) -> Run:
    from platformdirs import user_cache_path

    from assistant.build import build_assistant
    from assistant.evaluation.runs.runner import TIMEOUT, run
    from assistant.evaluation.sets.question_set import load_question_set
    from ui.commands.render_evaluation import progress

    question_set = load_question_set(questions)
    cache = cache or user_cache_path("dateline", appauthor=False) / "evaluations"
    with progress() as bar, _index(question_set, sources, settings, cache, bar.add_passages) as index:
        assistant = build_assistant(settings, index)
        with contextlib.closing(assistant):
            model = _judge(assistant) if judge else None
            writes = assistant.uses_model or model
            return run(
                assistant,
                question_set,
                settings=settings,
                cache=cache,
                judge_by=model,
                workers=workers or (settings.llm_at_once if writes else None),
                timeout=timeout or TIMEOUT,
                on_done=bar.show,
                **options,
            )


@contextlib.contextmanager
def _index(
    question_set: QuestionSet, sources: tuple[str, ...], settings: Settings, cache: Path, on_embedded: Any
) -> Iterator[Any]:
    """Open the articles to ask: the named ones, else the set's own, else the collection."""
    from assistant.build import open_index
    from assistant.evaluation.sets.articles_home import open_articles_home
    from ui.commands.local import load_articles

    articles = tuple(load_articles(sources)) if sources else question_set.articles
    if articles is None:
        with open_index(settings, purpose="dateline evaluate") as index:
            yield index
    else:
        with open_articles_home(settings, articles, cache, on_embedded=on_embedded) as index:
            yield index


def _judge(assistant: Assistant) -> ChatModel:
    from assistant.errors import SettingsError
    from assistant.readers.generative import GenerativeReader

    if not isinstance(assistant.reader, GenerativeReader):
        raise SettingsError(
            "--judge needs a language model, and none is configured.",
            help="Set OPENAI_API_KEY or OPENAI_BASE_URL; docs/models.md says how.",
        )
    return assistant.reader.model


def _compare(
    run: Run, earlier: Run | None, rules: list[MetricRule], max_failed: float
) -> tuple[Comparison | None, Verdict]:
    from assistant.evaluation.figures.compare import compare
    from assistant.evaluation.figures.gate import decide

    comparison = compare(earlier, run, seed=run.options["seed"]) if earlier else None
    return comparison, decide(run, rules, comparison=comparison, max_failed=max_failed)


def _print(run: Run, verdict: Verdict, comparison: Comparison | None, *, as_json: bool) -> None:
    from ui.commands.render_evaluation import print_run

    if not as_json:
        print_run(run, verdict, comparison)
        return
    print_json(
        run.summary_json()
        | {"seconds": run.stages(), "gate": verdict.as_json()}
        | {"comparison": comparison.as_json() if comparison else None}
    )

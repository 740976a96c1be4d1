"""Measure how long an answer without a language model takes, stage by stage.

    python -m tests.benchmarks.asking SET_FOLDER... [--questions 200]

The articles of all sets go into one home; questions are taken from all sets in turn and each is asked once, so nothing
of an answer is remembered from before; then all are asked again. Printed is a Markdown table of milliseconds by stage;
"other" is what no stage counts, "render" prints the answer in the terminal.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import pkgutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.build import build_assistant, open_index
from assistant.settings import Settings
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set, questions_in_turn
from ui.commands.render import print_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant import Assistant

STAGES = {
    "understand": ("assistant.assistant.read_time",),
    "tokenise the question": ("index.passages.embedding_bundled.BundledEmbedder.embed_question",),
    "embed": ("index.passages.embedding_bundled.BundledEmbedder._run",),
    "dense": ("index.engines.embedded.vectors.VectorStore.search",),
    "lexical": ("index.engines.embedded.lexical.LexicalStore.search",),
    "fuse": ("index.retrieval.retriever.fuse", "index.retrieval.retriever.scale"),
    "look up passages": (
        "index.engines.embedded.articles.ArticleStore.passages",
        "index.engines.embedded.articles.ArticleStore.live_articles_of",
        "index.engines.embedded.articles.ArticleStore.criteria",
    ),
    "read": ("assistant.readers.cross_encoder.CrossEncoder.read",),
    "choose sentences, confidence": ("assistant.readers.trained.TrainedScorer.score",),
    "cite": ("assistant.assistant.check",),
}


class Stopwatch:
    """Milliseconds by stage; time in a stage within another one counts for the inner one."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def time(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, counted for a stage."""

        def timed(*arguments: Any, **keywords: Any) -> Any:
            began = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*arguments, **keywords)
            finally:
                spent = (time.perf_counter() - began) * 1000
                self.spent[stage] += spent - self._inner.pop()
                self._inner[-1] += spent

        return timed

    def watch(self) -> None:
        """Count the stages of this process from now on."""
        for stage, names in STAGES.items():
            for name in names:
                place, _, attribute = name.rpartition(".")
                owner = pkgutil.resolve_name(place)
                setattr(owner, attribute, self.time(stage, getattr(owner, attribute)))

    def take(self) -> dict[str, float]:
        """Return what was counted since the last call."""
        taken, self.spent = self.spent, defaultdict(float)
        return taken


def ask_all(assistant: Assistant, questions: Sequence[str], watch: Stopwatch) -> dict[str, list[float]]:
    """Return the milliseconds of each stage, one number a question."""
    spent: dict[str, list[float]] = {stage: [] for stage in (*STAGES, "other", "render", "total")}
    for question in questions:
        events = watch.time("other", list)(assistant.stream(question))
        with contextlib.redirect_stdout(io.StringIO()):
            watch.time("render", print_stream)(iter(events), question)
        taken = watch.take()
        taken["total"] = sum(taken.values())
        for stage, values in spent.items():
            values.append(taken.get(stage, 0.0))
    return spent


def main() -> None:
    """Measure on the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    sets = [load_set(folder) for folder in given.sets]
    questions = questions_in_turn(sets)[: given.questions]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with open_index(settings, write=True) as index:
            index.add(article for one in sets for article in one.articles)
            assistant = build_assistant(settings, index)
            assistant.ask("What happened?")  # loads the models
            watch = Stopwatch()
            watch.watch()
            first, again = (ask_all(assistant, questions, watch) for _ in range(2))
            passages, articles = index.sizes()
    print(f"{articles} articles, {passages} passages, {len(questions)} questions\n")
    print("| stage | p50 ms | p95 ms | asked again, p50 ms |\n|---|---:|---:|---:|")
    for stage, values in first.items():
        cells = (percentile(values, 0.5), percentile(values, 0.95), percentile(again[stage], 0.5))
        print(f"| {stage} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()

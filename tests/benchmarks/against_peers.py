"""Compare adding, searching, memory and starting with what people would pick instead.

    python -m tests.benchmarks.against_peers SET_FOLDER --weights FOLDER --peer-python PYTHON [--rounds N] [--json OUT]

FOLDER has all-MiniLM-L6-v2 as published, PYTHON is an interpreter with the packages that `make bench` installs for the
peers; each peer is a script in peers/, all of them used as they come. Every run is a new process and every round a new,
empty home; the systems take turns. Printed are medians over the rounds, and in brackets how often Dateline's that is:
round by round, so that a busy machine weighs on both.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

# Little else is imported here: a child's memory is counted from that of the process that starts it.
from tests.benchmarks.figures import measure_ranking, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PEERS = Path(__file__).parent / "peers"
_DATELINE = "Dateline"
_SYSTEMS = {
    _DATELINE: "with_dateline.py",
    "LlamaIndex": "with_llamaindex.py",
    "txtai": "with_txtai.py",
    "Haystack": "with_haystack.py",
}
_KIB_PER_MIB = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One process: wall seconds, MiB of memory at most, and the last line that it printed."""

    seconds: float
    memory: float
    said: str


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """What one system needed from an empty folder to many searches: seconds, milliseconds, MiB, and nDCG@10."""

    adding: float
    first_answer: float
    search_p50: float
    search_p95: float
    memory: float
    ndcg: float


def run(command: Sequence[str | Path]) -> Run:
    """Run a command to its end. Raises CalledProcessError where it fails."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=complaints, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        complaints.seek(0)
        printed, complained = output.read().decode(), complaints.read().decode()
    if process.returncode:
        print(complained, file=sys.stderr)
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command], printed)
    said = (printed.strip().splitlines() or [""])[-1]
    return Run(seconds, usage.ru_maxrss / _KIB_PER_MIB, said)


def go_through(system: str, options: argparse.Namespace, gold: dict[str, frozenset[str]]) -> Round:
    """Have one system add the articles and search them, each in a new process."""
    python = sys.executable if system == _DATELINE else options.peer_python
    command: list[str | Path] = [python, _PEERS / _SYSTEMS[system]]
    questions = options.set / "questions.jsonl"
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as home:
        added = run([*command, "add", options.set / "articles.jsonl", options.weights, home])
        first = run([*command, "first", options.weights, home, questions])
        searched = run([*command, "search", options.weights, home, questions])
    found = json.loads(searched.said)
    ndcg = statistics.mean(measure_ranking(found["ranked"][id_], right)["ndcg@10"] for id_, right in gold.items())
    milliseconds = found["milliseconds"]
    print(f"# {system}: {added.said}", file=sys.stderr, flush=True)
    return Round(
        adding=added.seconds,
        first_answer=first.seconds,
        search_p50=percentile(milliseconds, 0.5),
        search_p95=percentile(milliseconds, 0.95),
        memory=max(added.memory, searched.memory),
        ndcg=ndcg,
    )


def compare(options: argparse.Namespace) -> dict[str, list[Round]]:
    """Print medians and paired ratios; return all rounds."""
    lines = (options.set / "questions.jsonl").read_text("utf-8").splitlines()
    gold = {row["id"]: frozenset(row["articles"]) for row in map(json.loads, lines) if row["articles"]}
    systems = [name for name in _SYSTEMS if name == _DATELINE or options.peer_python]
    rounds: dict[str, list[Round]] = {name: [] for name in systems}
    for _ in range(options.rounds):
        for name in systems:
            rounds[name].append(go_through(name, options, gold))
    columns: dict[str, Callable[[Round], float]] = {
        "adding, s": lambda one: one.adding,
        "first answer, s": lambda one: one.first_answer,
        "search p50, ms": lambda one: one.search_p50,
        "search p95, ms": lambda one: one.search_p95,
        "memory at most, MiB": lambda one: one.memory,
    }
    print(f"| system | {' | '.join(columns)} | nDCG@10 |\n|---|{'---:|' * (len(columns) + 1)}")
    for name, own in rounds.items():
        cells = []
        for value in columns.values():
            ratios = [value(one) / value(base) for one, base in zip(own, rounds[_DATELINE], strict=True)]
            ratio = "" if name == _DATELINE else f" ({statistics.median(ratios):.2f})"
            cells.append(f"{statistics.median(map(value, own)):.4g}{ratio}")
        print(f"| {name} | {' | '.join(cells)} | {own[0].ndcg:.4f} |", flush=True)
    return rounds


def time_use(options: argparse.Namespace) -> None:
    """Print how long commands take on a home that has the articles."""
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as home:
        dateline: list[str | Path] = [Path(sys.executable).parent / "dateline", "--home", home]
        articles = options.set / "articles.jsonl"
        run([*dateline, "add", articles])
        question = "What did Kennedy say about Cuba?"
        commands: dict[str, list[str | Path]] = {
            "add the same file again": ["add", articles],
            "--help": ["--help"],
            "list --json": ["list", "--json"],
            "search": ["search", question],
            "ask": ["ask", question],
        }
        print("\n| dateline ... | seconds, median (all) | memory, MiB |\n|---|---|---:|")
        for name, arguments in commands.items():
            runs = [run([*dateline, *arguments]) for _ in range(max(3, options.rounds))]
            seconds = [one.seconds for one in runs]
            every = ", ".join(f"{value:.2f}" for value in seconds)
            memory = statistics.median(one.memory for one in runs)
            print(f"| {name} | {statistics.median(seconds):.2f} ({every}) | {memory:.0f} |", flush=True)


def main() -> None:
    """Compare as the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("set", type=Path, metavar="SET_FOLDER")
    arguments.add_argument("--weights", type=Path, required=True, help="folder of the published model")
    arguments.add_argument("--peer-python", type=Path, help="without it only Dateline is timed")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    rounds = compare(options)
    time_use(options)
    if options.json:
        every = {name: [dataclasses.asdict(one) for one in own] for name, own in rounds.items()}
        options.json.write_text(json.dumps(every, indent=1) + "\n")


if __name__ == "__main__":
    main()

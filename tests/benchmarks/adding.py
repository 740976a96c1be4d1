"""Compare adding a file of articles with plain LlamaIndex, and time what a user waits for afterwards.

    python -m tests.benchmarks.adding ARTICLES.jsonl --peer-python PYTHON --weights FOLDER [--rounds N]

PYTHON is an interpreter with the packages that peers/llamaindex_add.py names, FOLDER has all-MiniLM-L6-v2 as
published. Every run is a new process with a new, empty home; the systems take turns. The peer runs twice a
round: as it comes (chunks of 1,024 tokens, of which the model reads the first 256 word pieces) and with chunks of
256 tokens. Printed are wall seconds, processor seconds (of all threads) and the most memory a process had.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

# Nothing else is imported here: a child's memory is counted from that of the process that starts it.
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PEER = Path(__file__).parent / "peers" / "llamaindex_add.py"
_DATELINE = "Dateline"
_KIB_PER_MIB = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One process: wall and processor seconds, MiB of memory at most, and the last line that it printed."""

    seconds: float
    processor: float
    memory: float
    said: str


def run(command: Sequence[str | Path]) -> Run:
    """Run a command to its end. Raises CalledProcessError where it fails."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().decode()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command], printed)
    said = (printed.strip().splitlines() or [""])[-1]
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_MIB, said)


def dateline(home: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command that runs Dateline of this interpreter on a home."""
    return [Path(sys.executable).parent / "dateline", "--home", home, *arguments]


def systems(options: argparse.Namespace) -> dict[str, Callable[[str], list[str | Path]]]:
    """Return, for each system, its command for adding to a home."""
    peer: list[str | Path] = [options.peer_python, _PEER, options.articles, options.weights]
    return {
        _DATELINE: lambda home: dateline(home, "add", options.articles),
        "LlamaIndex": lambda home: [*peer, home],
        "LlamaIndex, 256": lambda home: [*peer, home, "--chunk-size", "256"],
    }


def compare(options: argparse.Namespace) -> None:
    """Print every run of adding, then medians and the paired ratios."""
    commands = systems(options)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(options.rounds):
        for name, command in commands.items():
            with tempfile.TemporaryDirectory(prefix="dateline-adding-") as home:
                one = run(command(home))
            runs[name].append(one)
            measured = f"{one.seconds:.2f} s, processor {one.processor:.2f} s, {one.memory:.0f} MiB"
            print(f"# round {turn + 1}  {name}: {measured}  ({one.said})", flush=True)
    print("\n| system | seconds, median (all) | times Dateline's | processor seconds, median | memory MiB, median |")
    print("|---|---|---|---:|---:|")
    for name, own in runs.items():
        seconds = [one.seconds for one in own]
        ratios = [one.seconds / base.seconds for one, base in zip(own, runs[_DATELINE], strict=True)]
        processor = statistics.median(one.processor for one in own)
        memory = statistics.median(one.memory for one in own)
        print(f"| {name} | {_spread(seconds)} | {_spread(ratios)} | {processor:.1f} | {memory:.0f} |")


def time_use(options: argparse.Namespace) -> None:
    """Print how long other commands take on a home that has the articles."""
    with tempfile.TemporaryDirectory(prefix="dateline-adding-") as home:
        run(dateline(home, "add", options.articles))
        commands = {
            "add the same file again": dateline(home, "add", options.articles),
            "--help": dateline(home, "--help"),
            "list --json": dateline(home, "list", "--json"),
            "search": dateline(home, "search", options.question),
            "ask": dateline(home, "ask", options.question),
        }
        print("\n| dateline ... | seconds, median (all) | memory MiB, median |\n|---|---|---:|")
        for name, command in commands.items():
            runs = [run(command) for _ in range(options.rounds)]
            memory = statistics.median(one.memory for one in runs)
            print(f"| {name} | {_spread([one.seconds for one in runs])} | {memory:.0f} |", flush=True)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({', '.join(f'{value:.2f}' for value in values)})"


def main() -> None:
    """Compare as the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("articles", type=Path, metavar="ARTICLES.jsonl")
    arguments.add_argument("--peer-python", type=Path, help="without it only Dateline is timed")
    arguments.add_argument("--weights", type=Path, help="folder of the published model")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--question", default="What did Kennedy say about Cuba?")
    options = arguments.parse_args()
    if options.peer_python:
        if not options.weights:
            arguments.error("--peer-python needs --weights")
        compare(options)
    time_use(options)


if __name__ == "__main__":
    main()

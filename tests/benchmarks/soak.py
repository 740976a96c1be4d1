"""Measure whether a server stays as it is under mixed work for a long time: errors, memory, files and threads.

    python -m tests.benchmarks.soak [--minutes 30] [--clients 20] [--pause 1] [--set FOLDER]

`dateline serve` runs in a process of its own over a new home with the articles of FOLDER (default: the sample
collection), with its defaults but for the places that so many answers at once need, and no rate limit; so does a
scripted language model. Each client asks (extractive, streamed, over `/v1`, on the page), searches, lists, adds and
removes articles, and hangs up in the middle, one thing after another at random, with about `--pause` seconds in
between, so that the processor is not all that is measured.

Every 10 s the resident memory of the server and of its children (the process that reads files), their open files and
their threads are noted. It fails (1) on any response that is neither 2xx nor a documented 429 or 503, on a stream that
breaks off, and on files or threads that grow over the last two thirds of the time; from 10 minutes on also on memory
that grows by more than 60 MiB an hour there, as a line fitted through all samples says.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.benchmarks.figures import percentile
from tests.benchmarks.serving import DATELINE, SAMPLES, Model, serving
from tests.benchmarks.soak_work import KINDS, Client, Tallies, Tally

_EVERY = 10.0  # seconds between samples
_REST = 20.0  # seconds for what clients left open to be closed
_FIRST, _RATE = 0.3, 40.0  # the model's seconds to the first token, and tokens a second
_MIB = 2**20
_JUDGED_FROM = 10  # minutes; in less, what memory does by chance is more than what is looked for
_MOST_MEMORY = 60.0  # MiB an hour
_MOST_FILES, _MOST_THREADS = 16, 8  # more at the end of the last two thirds than at their beginning


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """What a server and its children have at a time: seconds since the start, MiB, and numbers."""

    at: float
    server: float
    all_: float
    files: int
    threads: int


class Sampler:
    """Takes samples of a process and its children."""

    def __init__(self, pid: int) -> None:
        self.samples: list[Sample] = []
        self._server = psutil.Process(pid)
        self._began = time.monotonic()

    def take(self) -> Sample:
        """Take a sample."""
        server = self._server.memory_info().rss / _MIB
        all_, files, threads = server, self._server.num_fds(), self._server.num_threads()
        for child in self._server.children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end meanwhile
                memory, its_files, its_threads = child.memory_info().rss / _MIB, child.num_fds(), child.num_threads()
                all_, files, threads = all_ + memory, files + its_files, threads + its_threads
        return Sample(time.monotonic() - self._began, server, all_, files, threads)

    async def take_on(self) -> None:
        """Take one after the other and print one a minute, until cancelled."""
        while True:
            self.samples.append(sample := self.take())
            if len(self.samples) % 6 == 1:
                print(
                    f"{sample.at / 60:5.1f} min: {sample.server:.0f} MiB, with children {sample.all_:.0f}, "
                    f"{sample.files} files, {sample.threads} threads",
                    flush=True,
                )
            await asyncio.sleep(_EVERY)


@dataclasses.dataclass(frozen=True, slots=True)
class Course:
    """How one figure went: before, after a third, at the end, at rest again; its growth a second."""

    before: float
    warm: float
    end: float
    after: float
    slope: float
    seconds: float

    @property
    def growth(self) -> float:
        """By how much it grew over the last two thirds."""
        return self.slope * self.seconds


def course(name: str, before: Sample, samples: list[Sample], after: Sample) -> Course:
    """Return the course of one of the figures of samples."""
    late = samples[len(samples) // 3 :]
    values = [float(getattr(one, name)) for one in late]
    slope = statistics.linear_regression([one.at for one in late], values).slope
    few = max(1, min(6, len(values) // 2))  # a minute's
    warm, end = statistics.median(values[:few]), statistics.median(values[-few:])
    return Course(getattr(before, name), warm, end, getattr(after, name), slope, late[-1].at - late[0].at)


async def soak(url: str, sampler: Sampler, articles: Path, questions: Path, given: argparse.Namespace) -> Tallies:
    """Let the clients work, and the sampler take samples meanwhile; return what came of the work."""
    asked = [row["question"] for row in map(json.loads, questions.open(encoding="utf-8")) if row["answerable"]]
    sources = {row["source"] for row in map(json.loads, articles.open(encoding="utf-8")) if row.get("source")}
    tallies = Tallies(Tally)
    clients = [Client(number, url, asked, sorted(sources)) for number in range(given.clients)]
    ends = time.monotonic() + 60 * given.minutes
    sampling = asyncio.create_task(sampler.take_on())
    await asyncio.gather(*(client.work_until(ends, given.pause, tallies) for client in clients))
    sampling.cancel()
    await asyncio.wait([sampling])
    return tallies


def print_work(tallies: Tallies, seconds: float) -> None:
    """Print what came of each kind of work, and the first errors."""
    print("\n| work | requests | refused | errors | p50 ms | p95 ms |\n|---|---:|---:|---:|---:|---:|")
    for kind in KINDS:
        tally = tallies[kind]
        times = [f"{1e3 * percentile(tally.spent, share):,.0f}" for share in (0.5, 0.95)] if tally.spent else ["", ""]
        done = len(tally.spent) + tally.refused + len(tally.errors)
        print(f"| {kind} | {done:,} | {tally.refused:,} | {len(tally.errors):,} | {' | '.join(times)} |")
    done = sum(len(one.spent) for one in tallies.values())
    print(f"\n{done:,} done, {done / seconds:.1f} a second")
    told = collections.Counter((kind, error) for kind, tally in tallies.items() for error in tally.errors)
    for (kind, error), times_ in list(told.items())[:20]:
        print(f"  {kind}, {times_} x: {error}")


def print_courses(courses: dict[str, Course]) -> None:
    """Print how memory, files and threads went."""
    print("\n| | at rest before | after a third | at the end | at rest again | growth an hour |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, one in courses.items():
        figures = " | ".join(f"{value:,.0f}" for value in (one.before, one.warm, one.end, one.after))
        print(f"| {name} | {figures} | {3600 * one.slope:+.1f} |")


def judge(tallies: Tallies, memory: Course, files: Course, threads: Course, minutes: float) -> list[str]:
    """Return what is not as it should be."""
    problems = []
    if errors := sum(len(tally.errors) for tally in tallies.values()):
        problems.append(f"{errors} errors")
    if files.growth > _MOST_FILES:
        problems.append(f"open files grew by {files.growth:.0f}")
    if threads.growth > _MOST_THREADS:
        problems.append(f"threads grew by {threads.growth:.0f}")
    if minutes >= _JUDGED_FROM and 3600 * memory.slope > _MOST_MEMORY:
        problems.append(f"memory grows by {3600 * memory.slope:.0f} MiB an hour")
    return problems


def main() -> None:
    """Measure as the command line says; exit with 1 where something is not as it should be."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--clients", type=int, default=20)
    arguments.add_argument("--pause", type=float, default=1, help="seconds between two requests of a client")
    arguments.add_argument("--set", type=Path, default=SAMPLES, help="folder with articles.jsonl and questions.jsonl")
    given = arguments.parse_args()
    articles, questions = given.set / "articles.jsonl", given.set / "questions.jsonl"
    with tempfile.TemporaryDirectory(prefix="dateline-soak-") as folder:
        home = Path(folder) / "home"
        subprocess.run([DATELINE, "--home", home, "add", articles], check=True)
        model = Model(_RATE, _FIRST)
        with contextlib.closing(model), serving(home, **model.settings(given.clients)) as (url, pid):
            sampler = Sampler(pid)
            before = sampler.take()
            began = time.monotonic()
            tallies = asyncio.run(soak(url, sampler, articles, questions, given))
            took = time.monotonic() - began
            time.sleep(_REST)
            after = sampler.take()
        log = (home.parent / "server.log").read_text()
    names = {"server": "server, MiB", "all_": "with children, MiB", "files": "open files", "threads": "threads"}
    courses = {title: course(name, before, sampler.samples, after) for name, title in names.items()}
    print(f"\n{given.clients} clients, {took / 60:.1f} minutes")
    print_work(tallies, took)
    print_courses(courses)
    _, memory, files, threads = courses.values()
    problems = judge(tallies, memory, files, threads, given.minutes)
    unexpected = [line for line in log.splitlines() if " ERROR " in line or "Traceback" in line]
    problems += [f"{len(unexpected)} errors in the server's log: {unexpected[0][:300]}"] if unexpected else []
    print("\n" + ("\n".join(f"FAILED: {problem}" for problem in problems) or "All as it should be."))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

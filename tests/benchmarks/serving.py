"""Measure a server under load: 100 streaming clients before a language model, and extractive answers per second.

    python -m tests.benchmarks.serving [--set FOLDER] [--seconds 60] [--clients 100] [--only stream|extractive]

`dateline serve` runs in a process of its own over a new home with the articles of FOLDER (default: the sample
collection), with its defaults but for the places that so many answers at once need, and no rate limit. The model (a
scripted server that quotes the passages it is shown, with markers) and the clients are two more processes on the same
machine. Each client asks one question after another; they begin one after the other within the first seconds.

A stream counts as good if it ends as it should, its text is the text of the checked answer it ends with, and that is
what the model wrote, word for word in order. "Added" is the time from the request to the first text less the time
that the model itself took from its request to its first token.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.benchmarks.figures import percentile
from tests.benchmarks.serving_parts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SAMPLES = Path(__file__).parent.parent.parent / "index" / "samples"
DATELINE = Path(sys.executable).parent / "dateline"
_PATIENCE = 60  # seconds to start or stop
_KIB_PER_MIB = 1024
_MARKS = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """Notes the resident memory (MiB) of a process twice a second, and how much processor it used."""

    def __init__(self, pid: int) -> None:
        self.memory: list[float] = []
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        """Begin."""
        self._began, self._used = time.perf_counter(), self._processor()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()
        self.cores = (self._processor() - self._used) / (time.perf_counter() - self._began)

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
            resident = next(line for line in lines if line.startswith("VmRSS"))
            self.memory.append(int(resident.split()[1]) / _KIB_PER_MIB)

    def _processor(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _MARKS


def part(name: str, options: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start one of the processes of serving_parts.py."""
    command = [sys.executable, "-m", "tests.benchmarks.serving_parts", name, json.dumps(options)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read(process: subprocess.Popen[str]) -> Any:
    """Return what a process prints next. Raises RuntimeError where it has failed."""
    assert process.stdout is not None
    if line := process.stdout.readline():
        return json.loads(line)
    raise RuntimeError(f"{process.args!r} failed with {process.wait()}")


def finish(process: subprocess.Popen[str]) -> Any:
    """End the input of a process, and return what it prints then."""
    assert process.stdin is not None
    process.stdin.close()
    said = read(process)
    process.wait(_PATIENCE)
    return said


@contextlib.contextmanager
def serving(home: Path, **settings: str) -> Iterator[tuple[str, int]]:
    """Run `dateline serve` over a home; yield its address and process id once it is ready."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "OPENAI_"))}
    environment = outside | {"DATELINE_RATE_LIMIT": "off"} | settings
    log = home.parent / "server.log"
    with log.open("w") as output:
        command: list[str | Path] = [DATELINE, "serve", "--port", "0", "--home", home]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=output, text=True, env=environment)
    assert process.stdout is not None
    try:
        said = next((line for line in process.stdout if "http://" in line), None)
        if said is None:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
        url = said[said.index("http://") :].split()[0].rstrip("/.")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        ends = time.monotonic() + _PATIENCE
        while httpx.get(f"{url}/ready").status_code != httpx.codes.OK:
            if time.monotonic() > ends:
                raise RuntimeError(f"the server is not ready:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        time.sleep(5)  # the chat at / is built in the meantime
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE)


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """What is asked, of which home, and for how long."""

    home: Path
    questions: list[str]
    seconds: float
    clients: int
    rate: float
    first: float


def measure_streams(load: Load) -> bool:
    """Print how streams fare; return whether all were good."""
    ramp = min(load.seconds / 3, 130 / load.rate)  # about as long as an answer takes
    model = Model(load.rate, load.first)
    with contextlib.closing(model), serving(load.home, **model.settings(load.clients)) as (url, pid):
        options = {"url": url, "clients": load.clients, "seconds": load.seconds, "ramp": ramp}
        clients = part("stream", options | {"questions": load.questions})
        with Watch(pid) as server, Watch(clients.pid) as asking, Watch(model.process.pid) as writing:
            calls = read(clients)
        clients.wait(_PATIENCE)
        wrote = model.report()
    bad = [f"{call['tag']}: {call['problem']}" for call in calls if call["problem"]]
    good = [call for call in calls if not call["problem"]]
    bad += [f"{call['tag']}: other words" for call in good if call["text"] != plain(wrote[call["tag"]]["text"])]
    added = [1e3 * (call["first"] - wrote[call["tag"]]["first"]) for call in good]
    own = [1e3 * wrote[call["tag"]]["first"] for call in good]
    words = sum(len(wrote[call["tag"]]["text"].split()) for call in good)
    took = max(call["sent"] + call["whole"] for call in calls) - min(call["sent"] for call in calls)
    third = max(1, len(server.memory) // 3)
    thirds = [statistics.mean(server.memory[:third]), statistics.mean(server.memory[-third:])]
    print(f"\n{load.clients} streaming clients, {load.rate:g} tokens a second each, {took:.0f} s")
    print(
        "| answers | with errors | tokens a second | pieces an answer | words an answer |\n|---:|---:|---:|---:|---:|"
    )
    pieces = statistics.mean(call["pieces"] for call in good)
    print(f"| {len(calls)} | {len(bad)} | {words / took:.0f} | {pieces:.0f} | {words / len(good):.0f} |\n")
    print("| ms to first text | p50 | p95 | p99 | most |\n|---|---:|---:|---:|---:|")
    for name, values in (("added", added), ("the model's own", own)):
        print(f"| {name} | {_percentiles(values)} | {max(values):.0f} |")
    print(f"\nmemory of the server: {thirds[0]:.0f} MiB in the first third, {thirds[1]:.0f} MiB in the last")
    print(f"cores used: server {server.cores:.2f}, model {writing.cores:.2f}, clients {asking.cores:.2f}")
    for problem in bad[:10]:
        print(f"  {problem}")
    return not bad


class Model:
    """The process of the model."""

    def __init__(self, rate: float, first: float) -> None:
        self.process = part("model", {"per_second": rate, "first": first})
        self._url = read(self.process)

    def settings(self, clients: int) -> dict[str, str]:
        """Return the settings of a server that asks it."""
        return {
            "OPENAI_BASE_URL": self._url,
            "OPENAI_API_KEY": "sk-scripted-0123456789abcdef",
            "DATELINE_LLM_MODEL": "scripted",
            "DATELINE_LLM_CONTEXT_WINDOW": "16384",
            "DATELINE_LLM_AT_ONCE": str(clients),
            "DATELINE_ANSWERS_AT_ONCE": str(clients),
        }

    def report(self) -> dict[str, Any]:
        """End it and return what it wrote, and when, by call."""
        report: dict[str, Any] = finish(self.process)
        return report

    def close(self) -> None:
        """End it, where something went wrong before."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _percentiles(values: list[float]) -> str:
    return " | ".join(f"{percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99))


def measure_extractive(load: Load) -> bool:
    """Print extractive answers per second with 1, 2 and 8 clients; return whether all came."""
    failed = 0
    print("\n| extractive, clients | answers a second | p50 ms | p95 ms | p99 ms | cores of the server |")
    print("|---:|---:|---:|---:|---:|---:|")
    with serving(load.home) as (url, pid):
        for clients in (1, 1, 2, 8):  # the first only warms up
            options = {"url": url, "clients": clients, "seconds": load.seconds / 3, "questions": load.questions}
            asking = part("ask", options)
            with Watch(pid) as server:
                said = read(asking)
            asking.wait(_PATIENCE)
            failed += said["failed"]
            spent = [1e3 * one for one in said["spent"]]
            print(
                f"| {clients} | {len(spent) / said['took']:.1f} | {_percentiles(spent)} | {server.cores:.2f} |",
                flush=True,
            )
    print(f"failed: {failed}")
    return not failed


def main() -> None:
    """Measure as the command line says; exit with 1 where anything failed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--set", type=Path, default=SAMPLES, help="folder with articles.jsonl and questions.jsonl")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--clients", type=int, default=100)
    arguments.add_argument("--rate", type=float, default=20, help="tokens a second that the model writes")
    arguments.add_argument("--first", type=float, default=0.3, help="seconds to the model's first token")
    arguments.add_argument("--only", choices=["stream", "extractive"])
    options = arguments.parse_args()
    with (options.set / "questions.jsonl").open(encoding="utf-8") as lines:
        questions = [row["question"] for row in map(json.loads, lines) if row["answerable"]]
    with tempfile.TemporaryDirectory(prefix="dateline-serving-") as folder:
        home = Path(folder) / "home"
        subprocess.run([DATELINE, "--home", home, "add", options.set / "articles.jsonl"], check=True)
        load = Load(home, questions, options.seconds, options.clients, options.rate, options.first)
        measures = {"stream": measure_streams, "extractive": measure_extractive}
        wanted = [options.only] if options.only else list(measures)
        went_well = [measures[name](load) for name in wanted]
    sys.exit(0 if all(went_well) else 1)


if __name__ == "__main__":
    main()

"""Measure how long `/health` takes while hostile files are added to a real server, beside the same server at rest.

    python -m tests.benchmarks.health_under_attack [--rounds 3] [--kinds NAME...]

One client asks for `/health` again and again, another one posts each file of `tests.hostile_files` and waits for its
end. Printed are p50, p99 and the maximum in milliseconds, and what became of each file in how many seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.benchmarks.figures import percentile
from tests.hostile_files import hostile_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
_PAUSE = 0.01
_AT_REST = 10.0  # seconds
_PATIENCE = 300.0


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve an empty home in a process of its own and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-c", "from ui.cli import main; main()"]
        command += ["--home", home, "serve", "--port", str(port)]
        env = os.environ | {"DATELINE_RATE_LIMIT": "off", "DATELINE_LLM": "none"}
        with subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                url = f"http://127.0.0.1:{port}"
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        if httpx.get(f"{url}/ready").status_code == httpx.codes.OK:
                            break
                    time.sleep(0.2)
                yield url
            finally:
                server.terminate()


def ask_while(url: str, goes_on: Callable[[], bool]) -> list[float]:
    """Return the milliseconds that `/health` took, one request after the other."""
    spent = []
    with httpx.Client(timeout=_PATIENCE) as client:
        while goes_on():
            began = time.perf_counter()
            client.get(f"{url}/health").raise_for_status()
            spent.append(1e3 * (time.perf_counter() - began))
            time.sleep(_PAUSE)
    return spent


def attack(url: str, files: dict[str, bytes]) -> Iterator[str]:
    """Add the files one after the other and yield what became of each."""
    with httpx.Client(timeout=_PATIENCE) as client:
        for name, data in files.items():
            began = time.perf_counter()
            answer = client.post(f"{url}/api/articles", files=[("files", (name, data))], headers={"Prefer": "wait=60"})
            job = answer.json()
            while answer.status_code == httpx.codes.ACCEPTED and not job.get("ended_at"):
                time.sleep(0.2)
                job = client.get(f"{url}{answer.json()['url']}").json()
            told = job.get("error") or {}
            outcome = told.get("message") or f"added {len(job.get('report', job).get('added', ()))}"
            yield f"{name} ({len(data):,} bytes): {time.perf_counter() - began:.1f} s, {outcome}"


def row(name: str, spent: list[float]) -> str:
    """Return a row of the table."""
    p50, p99 = (percentile(spent, share) for share in (0.5, 0.99))
    return f"| {name} | {p50:.1f} | {p99:.1f} | {max(spent):.1f} | {len(spent):,} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="*")
    given = parser.parse_args()
    files = {name: data for name, data in hostile_files().items() if not given.kinds or name in given.kinds}
    rows = []
    with served() as url:
        time.sleep(_AT_REST)  # for the chat to be imported
        for number in range(1, given.rounds + 1):
            ends = time.monotonic() + _AT_REST
            rows.append(row(f"at rest {number}", ask_while(url, lambda ends=ends: time.monotonic() < ends)))  # type: ignore[misc]
            told: list[str] = []
            attacker = threading.Thread(target=lambda told=told: told.extend(attack(url, files)))
            attacker.start()
            rows.append(row(f"under attack {number}", ask_while(url, attacker.is_alive)))
    print(*told, "", sep="\n")
    print("| `/health` | p50 ms | p99 ms | max ms | requests |", "|---|---:|---:|---:|---:|", *rows, sep="\n")


if __name__ == "__main__":
    main()

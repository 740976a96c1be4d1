"""Runs a program where every try to reach another machine is seen, and none succeeds.

    seen = watched([sys.executable, "-m", "tests.quiet_use", ...], environment=..., folder=tmp_path)
    assert seen.status == 0
    assert seen.tries == []

The program gets a network namespace of its own, in which every address belongs to the loopback device. So whatever any
library sends, in whatever language, passes there and is written down: look-ups of names, datagrams, connections. Where
the system lets nobody have such a namespace, Python's own audit events are written down instead (`tests/audited`): they
do not see what a library does beneath Python.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
_ALL_PROTOCOLS = 3
_IPV4, _IPV6 = 0x0800, 0x86DD
_ICMP, _UDP, _TCP = 1, 17, 6
_UNREACHABLE = 3
_DNS = 53
_SETTLES = 0.3  # seconds in which the last packet of a program that has ended arrives


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """How a watched program ended, what it printed, and whom it tried to reach."""

    status: int
    output: str
    tries: list[str]


@functools.cache
def namespaces() -> tuple[str, ...]:
    """Return the command that gives a program a network namespace of its own; empty where there is none to be had."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return ()
    for command in (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net")):
        tried = subprocess.run(
            [*command, sys.executable, "-m", "tests.network_watch", os.devnull, "--", "true"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return command
    return ()


def watched(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: dict[str, str],
    audited: bool | None = None,
    until_seen: str = "",
    timeout: float = 170,
) -> Seen:
    """Return what a program did; `audited` asks for the audit events where namespaces could be had.

    A program that is watched in a namespace `until_seen` is ended when a try has these words in it.
    """
    report = folder / f"tries-{time.monotonic_ns()}"
    report.touch()
    if audited is None:
        audited = not namespaces()
    if audited:
        paths = [ROOT / "tests" / "audited", ROOT]
        environment |= {"PYTHONPATH": os.pathsep.join(map(str, paths)), "NETWORK_TRIES": str(report)}
        run: list[str | Path] = [*command]
    else:
        run = [*namespaces(), sys.executable, "-m", "tests.network_watch", report, f"--until={until_seen}", "--"]
        run += command
    ended = subprocess.run(
        run,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Seen(ended.returncode, ended.stdout, report.read_text().splitlines())


def main(report: Path, until: str, command: Sequence[str]) -> int:
    """Run a command in this namespace, in which nothing else runs, and write its tries down; return its status."""
    for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
        subprocess.run(["ip", *words.split()], check=not words.startswith("-6"))  # there may be no IPv6
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS)) as listening:
        listening.bind(("lo", 0))
        listening.settimeout(_SETTLES)
        with subprocess.Popen(command) as program, _in_background(_watch, listening, report, until, program):
            program.wait()
    return 0 if until and until in report.read_text() else program.returncode


@contextlib.contextmanager
def _in_background(work: object, *given: object) -> Iterator[None]:
    thread = threading.Thread(target=work, args=given)  # type: ignore[arg-type]
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _watch(listening: socket.socket, report: Path, until: str, program: subprocess.Popen[bytes]) -> None:
    """Write down each packet that is not for this machine, until the program has ended and nothing more comes."""
    told: set[str] = set()
    with report.open("a") as lines:
        while True:
            try:
                frame = listening.recv(65536)
            except TimeoutError:
                if program.poll() is not None:
                    return
                continue
            line = _foreign(frame)
            if line is None or line in told:
                continue
            told.add(line)
            lines.write(line + "\n")
            lines.flush()
            if until and until in line:
                program.terminate()


def _foreign(frame: bytes) -> str | None:
    """Return where a packet goes, with the name that it looks up; None if it stays on this machine."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    packet = frame[14:]
    if kind == _IPV4:
        protocol, address = packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20])
        rest = packet[4 * (packet[0] & 15) :]
        here = address.startswith("127.")
    elif kind == _IPV6:
        protocol, address = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40])
        rest = packet[40:]
        here = address == "::1" or address.startswith("::ffff:127.") or protocol not in {_UDP, _TCP}
    else:
        return None
    source, port = struct.unpack_from("!HH", rest) if protocol in {_UDP, _TCP} else (0, 0)
    if port == _DNS:
        return f"look-up of {_name(rest[8 + 12 :])} at {address}"
    answers = source == _DNS or (protocol == _ICMP and rest[0] == _UNREACHABLE)
    if here or answers or (protocol == _TCP and not _opens(rest)):
        return None
    return f"{address} port {port} protocol {protocol}"


def _opens(segment: bytes) -> bool:
    """Say whether a TCP segment asks for a connection; all others belong to one, or refuse it."""
    return segment[13] & 0x12 == 0x02  # SYN without ACK


def _name(question: bytes) -> str:
    """Return the name in the question of a DNS message."""
    labels: list[str] = []
    while question and question[0] and len(question) > question[0]:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace"))
        question = question[1 + question[0] :]
    return ".".join(labels) or "?"


if __name__ == "__main__":
    split = sys.argv.index("--")
    wanted = [word.removeprefix("--until=") for word in sys.argv[2:split]]
    sys.exit(main(Path(sys.argv[1]), wanted[0] if wanted else "", sys.argv[split + 1 :]))

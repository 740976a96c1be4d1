"""Nothing leaves the machine: Dateline is used where every attempt to reach another machine is noticed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.network_watch import namespaces, watched

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]

LOOKS_UP = "import socket\ntry: socket.getaddrinfo('leak.invalid', 443)\nexcept OSError: pass"
CONNECTS = (
    "import socket\ns = socket.socket(); s.settimeout(0.1)\ntry: s.connect(('192.0.2.7', 443))\nexcept OSError: pass"
)
SENDS = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'leak', ('192.0.2.8', 53))"
STAYS = (
    "import socket\nwith socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname())\n"
    "socket.getaddrinfo('localhost', 443)"
)


# Set on the machines that run tests for others, where onnxruntime and its like keep quiet.
CI_VARIABLES = {
    "CI",
    "BUILDKITE",
    "CIRCLECI",
    "CODEBUILD_BUILD_ID",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
}


def environment() -> dict[str, str]:
    """Return this process's environment as a person's machine would have it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "PYTHONPATH")) and name not in CI_VARIABLES
    }


@pytest.mark.timeout(600)
def test_nothing_leaves_the_machine_and_only_dateline_keeps_files(tmp_path: Path) -> None:
    seen = watched(
        [sys.executable, "-m", "tests.quiet_use", tmp_path], folder=tmp_path, environment=environment(), timeout=500
    )
    assert seen.status == 0, seen.output
    assert seen.tries == []
    person = tmp_path / "person"
    kept = {
        str(path.relative_to(person)) for path in person.rglob("*") if path.is_file() and "dateline" not in path.parts
    }
    assert kept == set()


@pytest.mark.parametrize("audited", [True, False] if namespaces() else [True])
@pytest.mark.parametrize(
    ("program", "whom"), [(LOOKS_UP, "leak.invalid"), (CONNECTS, "192.0.2.7"), (SENDS, "192.0.2.8"), (STAYS, None)]
)
def test_the_watch_sees_every_attempt(program: str, whom: str | None, audited: bool, tmp_path: Path) -> None:
    seen = watched([sys.executable, "-c", program], folder=tmp_path, environment=environment(), audited=audited)
    assert seen.status == 0, seen.output
    assert len(seen.tries) == (whom is not None), seen.tries
    assert whom is None or whom in seen.tries[0]

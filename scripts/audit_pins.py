"""Ask pip-audit whether an advisory is known against a pinned package: `audit_pins.py PIP_AUDIT CONSTRAINTS`.

Fails where there is one. Where the database of advisories cannot be reached, it says so and passes.
"""

from __future__ import annotations

import json
import subprocess
import sys

_LONGEST = 300  # seconds


def main(command: str, constraints: str) -> int:
    """Return the status of the process."""
    call = [command, "--requirement", constraints, "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    try:
        done = subprocess.run(  # noqa: S603 - the command that the Makefile installed
            [*call, "--timeout", "10", "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return _skip("it did not answer in time")
    except (ValueError, KeyError):
        return _skip((done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200])
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        return _skip("it knows none of the packages")
    found = [(package, problem) for package in known for problem in package["vulns"]]
    for package, problem in found:
        fixed = ", ".join(problem["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {problem['id']}, mended in {fixed}")
    unknown = len(packages) - len(known)
    print(f"{len(known)} pins checked, {len(found)} advisories{f', {unknown} pins not known' if unknown else ''}.")
    return 1 if found else 0


def _skip(why: str) -> int:
    print(f"The pins were not checked, for the database of advisories cannot be had here: {why}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

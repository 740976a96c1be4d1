"""Results kept in a file, one per line, so that a run that was killed resumes where it stopped."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Self

from assistant.evaluation.runs.run import EvaluationError

if TYPE_CHECKING:
    from pathlib import Path

_WAIT = 1.5  # seconds to wait for another evaluation to finish


class Results:
    """Results by key in a JSON Lines file at `path`, or only in memory if that is None; use it in a `with`.

    Each is in the file before `add` returns, so killing the process loses none; an incomplete last line is removed when
    the file is next opened. Raises EvaluationError if the file cannot be used, or another process is using it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        self._file: int | None = None
        self._lock: Any = None

    def __enter__(self) -> Self:
        """Read the results in the file, and lock it."""
        if self._path is not None:
            try:
                self._open(self._path)
            except OSError as error:
                raise EvaluationError(
                    f"Results cannot be kept in {self._path}: {error.strerror}.", help="Choose a folder with --cache."
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._lock.release()
            self._file = None

    def __contains__(self, key: str) -> bool:
        """Return whether there is a result for the key."""
        return key in self._known

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the result for the key."""
        return self._known[key]

    def add(self, key: str, result: dict[str, Any]) -> None:
        """Keep a result, in one write."""
        line = json.dumps({"key": key, "result": result}, ensure_ascii=False, allow_nan=False)
        self._known[key] = json.loads(line)["result"]  # the same whether it comes from the file or not
        if self._file is not None:
            os.write(self._file, line.encode() + b"\n")

    def _open(self, path: Path) -> None:
        from filelock import FileLock, Timeout

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=_WAIT)
        except Timeout:
            raise EvaluationError(
                "The same system is being evaluated on the same articles by another process.",
                help="Wait until it is done, stop it, or choose another folder with --cache.",
            ) from None
        self._lock = lock
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with path.open("rb") as lines:
            content = lines.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
        for line in content[:whole].splitlines():
            self._read(line)

    def _read(self, line: bytes) -> None:
        """Read a line; if it is not ours, its question is asked again."""
        try:
            value = json.loads(line)
            self._known[value["key"]] = value["result"]
        except (ValueError, KeyError, TypeError):
            return

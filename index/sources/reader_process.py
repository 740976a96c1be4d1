"""The reading process, seen from its parent: started, asked, watched, and killed when it exceeds its limits.

It is started on first use, kept for the next source, and stopped when it has been idle for a while.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.messages import MessageError, item_of, read_frame, write_request
from index.sources.web.fetching import in_words
from index.sources.worker import OUT_OF_MEMORY

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import IO

    from index.article import Article
    from index.sources.formats.feed import FeedEntry
    from index.sources.formats.format import Address, Content
    from index.sources.limits import Limits
    from index.sources.web.page_links import PageLinks

    Items = Generator[Article | FeedEntry | Address | PageLinks | SourceError, None, None]

# The package index without its __init__.py, which imports what searches: half of what starting would take.
_START = """
import sys, types
index = sys.modules["index"] = types.ModuleType("index")
index.__path__ = sys.argv[1:]
from index.sources.worker import main
main()
"""
_INDEX = Path(__file__).parents[1]
# What the interpreter needs to start. A hostile file must not see keys and passwords.
_KEPT = frozenset(
    "PATH HOME USERPROFILE APPDATA SYSTEMROOT WINDIR TEMP TMP TMPDIR LANG LC_ALL LC_CTYPE TZ LD_LIBRARY_PATH"
    " DYLD_LIBRARY_PATH PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX TESSDATA_PREFIX".split()
)
_TICK = 0.1  # seconds between two looks
_IDLE = 60.0
_BYTES_A_CHARACTER = 4
_ROOM = 2**20  # for what a message holds besides an article's text


def read_apart(content: Content, limits: Limits) -> Items:
    """Yield what `reading.read` finds in content, read in another process; if that process fails, that is a problem
    too.

    Each article may take `limits.read_seconds` and `limits.read_memory_mb`, and its text `limits.max_bytes`.
    """
    with _borrowed() as reader:
        yield from reader.read(content, limits)


class ReaderProcess:
    """One reading process, for one source at a time."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if name.upper() in _KEPT}
        is_told = "DATELINE_DEBUG" in os.environ
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-P", "-c", _START, str(_INDEX)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if is_told else subprocess.DEVNULL,
            env=kept,
        )
        self.is_free = True
        self._due: float | None = None  # while its answer is waited for
        self._most_memory = 0
        self._used = time.monotonic()
        self._killed_for: str | None = None
        threading.Thread(target=self._watch, name="reader", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Return whether the process can still be used."""
        return self._process.poll() is None

    def read(self, content: Content, limits: Limits) -> Items:
        """Yield the items in content; if the process does not survive it, the last item is the reason."""
        self.is_free = False
        self._most_memory = int(limits.read_memory_mb * 2**20 * 1.1)  # the system's own limit goes before
        longest = limits.max_bytes * _BYTES_A_CHARACTER + _ROOM
        stdin, stdout = self._streams()
        try:
            with self._awaited(limits):
                write_request(stdin, content, limits)
            while True:
                with self._awaited(limits):
                    item = item_of(read_frame(stdout, longest))
                if item is None:
                    break
                yield item
        except (OSError, EOFError, MessageError) as error:
            self.close()
            yield self._explain(content.origin, limits, error)
        else:
            self._used = time.monotonic()
            self.is_free = True

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in self._streams():
            with contextlib.suppress(OSError):
                stream.close()

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        return self._process.stdin, self._process.stdout

    @contextlib.contextmanager
    def _awaited(self, limits: Limits) -> Iterator[None]:
        self._due = time.monotonic() + limits.read_seconds
        try:
            yield
        finally:
            self._due = None

    def _watch(self) -> None:
        """Kill the process if an answer is overdue or takes too much memory, or if it has been idle for long."""
        while self.is_alive:
            now, due = time.monotonic(), self._due
            if due is not None and now > due:
                self._kill("time")
            elif due is not None and self._memory() > self._most_memory:
                self._kill("memory")
            elif now - self._used > _IDLE:
                _retire(self)
            time.sleep(_TICK)

    def _memory(self) -> int:
        import psutil

        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:  # it has ended
            return 0

    def _kill(self, reason: str) -> None:
        self._killed_for = reason
        self._process.kill()

    def _explain(self, origin: str, limits: Limits, error: Exception) -> SourceError:
        """Explain why the dead process died."""
        if self._killed_for == "time":
            return SourceError(
                f"{origin} could not be read within {limits.read_seconds:g} seconds.",
                help="Split it, or save it in a simpler format; DATELINE_READ_SECONDS raises the limit.",
            )
        if self._killed_for == "memory" or self._process.returncode == OUT_OF_MEMORY:
            return SourceError(
                f"{origin} takes more than {limits.read_memory_mb} MB of memory to read.",
                help="Split it, or save it in a simpler format; DATELINE_READ_MEMORY_MB raises the limit.",
            )
        if isinstance(error, MessageError):
            return SourceError(
                f"{origin} unpacks to more than {in_words(limits.max_bytes)} of text.", help="Split it into parts."
            )
        return SourceError(
            f"{origin} could not be read: it crashed the reading process.",
            help="Open it in the program that made it and save it again, or save its text as a .txt file.",
        )


_idle: list[ReaderProcess] = []
_lock = threading.Lock()


@contextlib.contextmanager
def _borrowed() -> Iterator[ReaderProcess]:
    """Lend a process to one user, and keep it for the next if it survives."""
    with _lock:
        reader = _idle.pop() if _idle else None
    if reader is None or not reader.is_alive:
        reader = ReaderProcess()
    try:
        yield reader
    finally:
        with _lock:
            is_kept = reader.is_free and not _idle
            if is_kept:
                _idle.append(reader)
        if not is_kept:
            reader.close()


def _retire(reader: ReaderProcess) -> None:
    """Close a process unless it is in use."""
    with _lock:
        is_idle = reader in _idle
        if is_idle:
            _idle.remove(reader)
    if is_idle:
        reader.close()


@atexit.register
def _close_all() -> None:
    while _idle:
        _idle.pop().close()


if hasattr(os, "register_at_fork"):  # the pipes are those of the parent
    os.register_at_fork(after_in_child=_idle.clear)

"""Working on one batch while the next one is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, ParamSpec, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

_P = ParamSpec("_P")


class Stage(Generic[_P]):
    """Calls `work` in its own thread, one call at a time. Use it in a `with`.

    An exception in a call is raised by the next one, or at the end of the `with`, which waits for the last.
    """

    def __init__(self, work: Callable[_P, None], *, name: str) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._begun: Future[None] | None = None

    def put(self, *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Start a call once the previous one has ended."""
        self.settle()
        self._begun = self._thread.submit(self._work, *args, **kwargs)

    def settle(self) -> None:
        """Wait until everything is done."""
        begun, self._begun = self._begun, None
        if begun:
            begun.result()

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Wait for the last call."""
        try:
            if error is None:
                self.settle()
        finally:
            self._thread.shutdown()

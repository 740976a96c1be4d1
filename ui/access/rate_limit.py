"""Limits how often somebody may do something: a sliding window, in memory."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from assistant.errors import SettingsError

if TYPE_CHECKING:
    from limits import RateLimitItem


_USUAL = "240/minute"


def read_rate(text: str, *, guarded: bool) -> RateLimitItem | None:
    """Return the rate that a setting means, None for no limit; `auto` limits a server that is guarded or that others
    can reach. Raises SettingsError.
    """
    word = text.strip().lower()
    if word == "auto":
        return parse(_USUAL) if guarded else None
    if word in {"off", "none", "0"}:
        return None
    try:
        return parse(text)
    except ValueError:
        raise SettingsError(
            f"DATELINE_RATE_LIMIT cannot be {text!r:.80}.", help="Write `240/minute`, `auto`, or `off` for no limit."
        ) from None


class RateLimit:
    """Counts what each client does; thread-safe."""

    def __init__(self, rate: RateLimitItem) -> None:
        self._rate = rate
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, client: str) -> int | None:
        """Count one more and return None; if it would be one too many, count nothing and return the seconds to wait."""
        return None if self._limiter.hit(self._rate, client) else self._seconds(client)

    def wait(self, client: str) -> int | None:
        """Return the seconds to wait before one more is allowed, None for no wait."""
        return None if self._limiter.test(self._rate, client) else self._seconds(client)

    def _seconds(self, client: str) -> int:
        reset = self._limiter.get_window_stats(self._rate, client).reset_time
        return max(1, math.ceil(reset - time.time()))

"""How many questions each user or key may ask a day; counted in the home, so that a restart does not reset it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from index.errors import DatelineError

if TYPE_CHECKING:
    from ui.access.store import AccessStore

_DAY = 24 * 3600


class QuotaError(DatelineError):
    """A user or key has used up today's questions; `retry_after` is in seconds."""

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(
            f"You may ask {most:,} questions a day, and this would be more.",
            help="The day ends at midnight UTC; DATELINE_QUOTA sets the number.",
        )
        self.retry_after = retry_after


class Quota:
    """Counts the questions of each user or key; `most` is 0 for no limit."""

    def __init__(self, store: AccessStore, most: int) -> None:
        self._store = store
        self._most = most

    def spend(self, client: str, questions: int = 1) -> None:
        """Count questions. Raises QuotaError, and counts none, if they would be too many."""
        if not self._most:
            return
        now = self._store.now()
        today = dt.datetime.fromtimestamp(now, dt.UTC).date().isoformat()
        with self._store.together() as db:
            db.execute("DELETE FROM asked WHERE day != ?", [today])
            found = db.execute("SELECT questions FROM asked WHERE who = ?", [client]).fetchone()
            asked = (found[0] if found else 0) + questions
            if asked > self._most:
                raise QuotaError(self._most, _DAY - int(now) % _DAY)
            db.execute("INSERT OR REPLACE INTO asked VALUES (?, ?, ?)", [today, client, asked])

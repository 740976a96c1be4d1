"""The audit log: who did what, when and from where; never a question or a text."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import sqlite3
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

if TYPE_CHECKING:
    from ui.access.store import AccessStore
    from ui.access.visitor import Visitor

_KEPT = 100_000  # entries
_LONGEST = 400 * 24 * 3600.0  # seconds that an entry is kept
_BETWEEN_SWEEPS = 500  # entries
_IDS = 20  # ids of articles that are listed
_log = logging.getLogger("dateline.audit")


@dataclasses.dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that somebody did."""

    number: Annotated[int, Field(description="Its place in the log.", examples=[17])]
    at: Annotated[dt.datetime, Field(description="When.", examples=["2026-11-02T08:15:00+00:00"])]
    who: Annotated[str, Field(description="The user, key or address.", examples=["key:importer"])]
    what: Annotated[str, Field(description="What it was.", examples=["articles removed"])]
    about: Annotated[
        dict[str, Any], Field(description="Ids and numbers, never a text.", examples=[{"articles": 1, "ids": ["x"]}])
    ]
    address: Annotated[str, Field(description="Where from.", examples=["192.0.2.7"])]
    request_id: Annotated[
        str, Field(description="The request's id in the server's log.", examples=["5f0a6e0c9b1d4c3a"])
    ]

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        return dataclasses.asdict(self) | {"at": self.at.isoformat(timespec="seconds")}


class Audit:
    """Keeps the last 100,000 entries of the last 400 days."""

    def __init__(self, store: AccessStore) -> None:
        self._store = store

    def record(self, actor: str, action: str, *, address: str = "", request_id: str = "", **about: Any) -> None:
        """Record an action. If it cannot be recorded, it goes to the process's log; the action itself stands."""
        values = [self._store.now(), actor, action, json.dumps(about, ensure_ascii=False), address, request_id]
        try:
            with self._store.together() as db:
                number = db.execute(
                    "INSERT INTO audit (at, who, what, about, address, request) VALUES (?, ?, ?, ?, ?, ?)", values
                ).lastrowid
                if number and number % _BETWEEN_SWEEPS == 0:
                    oldest = self._store.now() - _LONGEST
                    db.execute("DELETE FROM audit WHERE number <= ? OR at < ?", [number - _KEPT, oldest])
        except sqlite3.Error as error:
            _log.error("not in the audit log, which cannot be written (%s): %s %s %s", error, actor, action, about)

    def record_by(self, visitor: Visitor, action: str, **about: Any) -> None:
        """Record what a visitor did."""
        self.record(visitor.id, action, address=visitor.address, request_id=visitor.request_id, **about)

    def count(self) -> int:
        """Return how many entries there are."""
        return int(self._store.rows("SELECT count(*) FROM audit")[0][0])

    def entries(self, *, limit: int, offset: int = 0) -> list[AuditEntry]:
        """Return entries, the newest first."""
        rows = self._store.rows(
            "SELECT number, at, who, what, about, address, request FROM audit ORDER BY number DESC LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return [
            AuditEntry(number, dt.datetime.fromtimestamp(time, dt.UTC), actor, action, _read(about), address, request)
            for number, time, actor, action, about, address, request in rows
        ]


def listed_ids(ids: tuple[str, ...]) -> dict[str, Any]:
    """Return ids of articles as an entry lists them: the first ones, and their number."""
    return {"articles": len(ids), "ids": [id_[:200] for id_ in ids[:_IDS]]}


def _read(about: str) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        value = json.loads(about)
        return value if isinstance(value, dict) else {}
    return {}

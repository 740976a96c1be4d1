"""The keys of REST and /v1: named keys, kept in the home as digests, and those that the settings list."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import secrets
import sqlite3
from typing import TYPE_CHECKING

from ui.access.names import AccessError, checked_name
from ui.access.visitor import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr

    from ui.access.store import AccessStore

_DAY = 24 * 3600.0
_MARK = "dl_"  # by which scanners for leaked secrets recognise a key


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """A key that is kept in the home; the secret itself is not stored."""

    name: str
    role: Role
    created: dt.datetime
    expires: dt.datetime | None
    has_expired: bool
    used_on: dt.date | None


class Keys:
    """Knows which keys open the API. `given` are those of the settings: named by their position, with the role
    admin.
    """

    def __init__(self, store: AccessStore, given: Iterable[SecretStr] = ()) -> None:
        self._store = store
        self._given = [_digest(key.get_secret_value()) for key in given]

    def __bool__(self) -> bool:
        """Return whether there are any keys, expired ones included."""
        return bool(self._given) or bool(self._store.rows("SELECT 1 FROM keys LIMIT 1"))

    def find(self, secret: str) -> tuple[str, Role] | None:
        """Return the name and role of the key with this secret, None if it is not a valid key."""
        digest, found = _digest(secret), None
        for number, known in enumerate(self._given, start=1):
            if hmac.compare_digest(digest, known):
                found = f"key-{number}", Role.ADMIN
        if found:
            return found
        # Looking up a digest leaks nothing through timing: its beginning cannot be chosen.
        rows = self._store.rows("SELECT name, role, expires, used_on FROM keys WHERE digest = ?", digest)
        if not rows or (rows[0][2] is not None and rows[0][2] <= self._store.now()):
            return None
        name, role, _, used_on = rows[0]
        today = dt.datetime.fromtimestamp(self._store.now(), dt.UTC).date().isoformat()
        if used_on != today:
            self._store.change("UPDATE keys SET used_on = ? WHERE name = ?", today, name)
        return f"key:{name}", Role(role)

    # The keys of the home

    def list(self) -> list[Key]:
        """Return the keys that are kept in the home, by name."""
        rows = self._store.rows("SELECT name, role, created, expires, used_on FROM keys ORDER BY name")
        return [
            Key(
                name,
                Role(role),
                dt.datetime.fromtimestamp(created, dt.UTC),
                dt.datetime.fromtimestamp(expires, dt.UTC) if expires is not None else None,
                expires is not None and expires <= self._store.now(),
                dt.date.fromisoformat(used_on) if used_on else None,
            )
            for name, role, created, expires, used_on in rows
        ]

    def create(self, name: str, *, role: Role, days: int | None = None) -> str:
        """Create a key and return its secret, which cannot be retrieved again. Raises AccessError."""
        secret = _MARK + secrets.token_urlsafe(32)
        now = self._store.now()
        expires = now + days * _DAY if days is not None else None
        try:
            self._store.change(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL)", checked_name(name), role, _digest(secret), now, expires
            )
        except sqlite3.IntegrityError:
            raise AccessError(
                f"There is already a key {name}.",
                help="Choose another name, and revoke the old key once nothing uses it.",
            ) from None
        return secret

    def revoke(self, name: str) -> None:
        """Remove a key, which is invalid from now on. Raises AccessError."""
        if not self._store.change("DELETE FROM keys WHERE name = ?", name):
            raise AccessError(f"There is no key {name!r:.100} in this home.", help="`dateline keys list` names them.")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

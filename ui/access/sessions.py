"""Sessions of users who have logged in: they survive a restart, and expire."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.access.store import AccessStore
    from ui.access.users import Users

_BETWEEN_NOTES = 60.0  # seconds between updates of when a session was last seen


class LoginSessions:
    """Keeps sessions by a random token, of which only the digest is stored.

    A session ends `idle` seconds after it was last used, `longest` seconds after it began, and when the user's password
    changes: the stored proof of the password can only be checked with the token.
    """

    def __init__(self, store: AccessStore, users: Users, *, idle: float, longest: float) -> None:
        self._store = store
        self._users = users
        self._idle = idle
        self._longest = longest

    def begin(self, user: str) -> str:
        """Return the token of a new session of a user who has given their password."""
        token, now = secrets.token_urlsafe(32), self._store.now()
        proof = _proof(token, self._users.credential_of(user) or b"")
        with self._store.together() as db:
            db.execute("DELETE FROM sessions WHERE seen <= ? OR began <= ?", [now - self._idle, now - self._longest])
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", [_digest(token), user, proof, now, now])
        return token

    def user_of(self, token: str) -> str | None:
        """Return the user of a session, None if it has ended or never existed."""
        digest, now = _digest(token), self._store.now()
        rows = self._store.rows("SELECT user, proof, began, seen FROM sessions WHERE digest = ?", digest)
        if not rows:
            return None
        user, proof, began, seen = rows[0]
        credential = self._users.credential_of(user)
        has_ended = seen <= now - self._idle or began <= now - self._longest
        if has_ended or credential is None or not hmac.compare_digest(proof, _proof(token, credential)):
            self.end(token)
            return None
        if now - seen >= _BETWEEN_NOTES:
            self._store.change("UPDATE sessions SET seen = ? WHERE digest = ?", now, digest)
        return str(user)

    def end(self, token: str) -> None:
        """End a session."""
        self._store.change("DELETE FROM sessions WHERE digest = ?", _digest(token))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _proof(token: str, credential: bytes) -> bytes:
    return hmac.digest(token.encode("utf-8", "surrogatepass"), credential, "sha256")

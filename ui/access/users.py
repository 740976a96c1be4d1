"""The users of the chat: those kept in the home with a hashed password, and those that the settings name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import hmac
import sqlite3
from typing import TYPE_CHECKING

from assistant.errors import SettingsError
from ui.access.names import AccessError, checked_name
from ui.access.visitor import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from argon2 import PasswordHasher
    from pydantic import SecretStr

    from ui.access.store import AccessStore

_SHORTEST, _LONGEST = 8, 1024  # characters of a password


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """A user who is kept in the home; without a password they can only come through a proxy that authenticates them."""

    name: str
    role: Role
    has_password: bool
    added: dt.datetime


class Users:
    """Knows who may log in. `given` are the names and passwords of users of the settings, whose role is admin."""

    def __init__(self, store: AccessStore, given: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._given = dict(given or {})

    def __bool__(self) -> bool:
        """Return whether there are any users."""
        return bool(self._given) or bool(self._store.rows("SELECT 1 FROM users LIMIT 1"))

    def role_of(self, name: str) -> Role | None:
        """Return a user's role, None if there is no such user."""
        if name in self._given:
            return Role.ADMIN
        found = self._store.rows("SELECT role FROM users WHERE name = ?", name)
        return Role(found[0][0]) if found else None

    def credential_of(self, name: str) -> bytes | None:
        """Return a value that changes with a user's password, None if there is no such user or no password."""
        if name in self._given:
            return self._given[name].encode("utf-8", "surrogatepass")
        hashed = self._hash_of(name)
        return hashed.encode() if hashed else None

    def check(self, name: str, password: str) -> bool:
        """Return whether this is the user's password. It takes equally long for every name."""
        given = self._given.get(name)
        hashed = "" if given is not None else self._hash_of(name)
        is_hashed = _verify(hashed or _nobody(), password[:_LONGEST]) and bool(hashed)
        is_given = hmac.compare_digest(_digest(password), _digest(given or "")) and bool(given)
        return is_hashed or is_given

    # The users of the home

    def list(self) -> list[User]:
        """Return the users that are kept in the home, by name."""
        rows = self._store.rows("SELECT name, role, password != '', added FROM users ORDER BY name")
        return [
            User(name, Role(role), bool(has), dt.datetime.fromtimestamp(added, dt.UTC))
            for name, role, has, added in rows
        ]

    def add(self, name: str, password: str | None, *, role: Role) -> None:
        """Add a user; without a password they can only come through a proxy. Raises AccessError."""
        hashed = _hashed(password) if password is not None else ""
        try:
            self._store.change(
                "INSERT INTO users VALUES (?, ?, ?, ?)", checked_name(name), role, hashed, self._store.now()
            )
        except sqlite3.IntegrityError:
            raise AccessError(
                f"There is already a user {name}.", help=f"Change the password with `dateline users password {name}`."
            ) from None

    def set_password(self, name: str, password: str) -> None:
        """Change a user's password, which ends their sessions. Raises AccessError."""
        with self._store.together() as db:
            changed = db.execute("UPDATE users SET password = ? WHERE name = ?", [_hashed(password), name]).rowcount
            db.execute("DELETE FROM sessions WHERE user = ?", [name])
        if not changed:
            raise _no_user(name)

    def remove(self, name: str) -> None:
        """Remove a user and end their sessions. Raises AccessError."""
        with self._store.together() as db:
            changed = db.execute("DELETE FROM users WHERE name = ?", [name]).rowcount
            db.execute("DELETE FROM sessions WHERE user = ?", [name])
        if not changed:
            raise _no_user(name)

    def _hash_of(self, name: str) -> str:
        found = self._store.rows("SELECT password FROM users WHERE name = ?", name)
        return str(found[0][0]) if found else ""


def read_given(secrets: Iterable[SecretStr]) -> dict[str, str]:
    """Return the names and passwords of the settings' users. Raises SettingsError."""
    users: dict[str, str] = {}
    for secret in secrets:
        name, colon, password = secret.get_secret_value().partition(":")
        if not (name and colon and password):
            raise SettingsError(
                "A user in DATELINE_USERS has no name or no password.",
                help="Write `name:password`, separated by commas.",
            )
        users[name] = password
    return users


def _no_user(name: str) -> AccessError:
    return AccessError(f"There is no user {name!r:.100} in this home.", help="`dateline users list` names them.")


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def _nobody() -> str:
    """Return a hash that no password has, so that checking an unknown name takes as long as a known one."""
    return _hasher().hash(hashlib.sha256(b"nobody").hexdigest())


def _hashed(password: str) -> str:
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise AccessError(f"A password must have {_SHORTEST} to {_LONGEST:,} characters.", help="Choose another.")
    return _hasher().hash(password)


def _verify(hashed: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(hashed, password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

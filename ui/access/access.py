"""The access control of a server, and which of its surfaces are guarded."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from ui.access.audit import Audit
from ui.access.keys import Keys
from ui.access.quota import Quota
from ui.access.sessions import LoginSessions
from ui.access.store import open_store, path_in
from ui.access.users import Users, read_given

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings

_HOUR = 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class Guards:
    """Which surfaces require authentication: the API for `keys`, the chat for `users`; `insecure` opens the others."""

    keys: bool
    users: bool
    insecure: bool = False

    def __bool__(self) -> bool:
        """Return whether any surface is guarded."""
        return self.keys or self.users

    @property
    def why_chat_is_closed(self) -> str | None:
        """Why there is no chat, None if there is one: an unguarded surface is closed if the other is guarded."""
        if self.keys and not self.users and not self.insecure:
            return "This server has API keys but no users: add one with `dateline users add NAME` to open its chat."
        return None

    @property
    def why_api_is_closed(self) -> str | None:
        """Why REST, /v1 and /metrics are closed, None if they are open."""
        if self.users and not self.keys and not self.insecure:
            return "This server has users but no API keys, so its API is closed."
        return None


class Access:
    """The users, keys, sessions, quotas and audit log of a home and the settings.

    Raises HomeError if the home cannot be used, and SettingsError if the settings' users cannot be read.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        given = read_given(settings.users)
        self.store = open_store(settings.home, now=now)
        self.users = Users(self.store, given)
        self.keys = Keys(self.store, settings.api_keys)
        self.sessions = LoginSessions(
            self.store,
            self.users,
            idle=settings.session_idle_hours * _HOUR,
            longest=settings.session_hours * _HOUR,
        )
        self.quota = Quota(self.store, settings.quota)
        self.audit = Audit(self.store)
        self._user_header = bool(settings.user_header)
        self._insecure = settings.insecure
        self._asked = Guards(keys=False, users=False)

    def guards(self) -> Guards:
        """Return which surfaces are guarded. One that was guarded stays so: removing the last user or key does not open
        a running server.
        """
        self._asked = Guards(
            keys=self._asked.keys or bool(self.keys),
            users=self._asked.users or self._user_header or bool(self.users),
            insecure=self._insecure,
        )
        return self._asked

    def close(self) -> None:
        """Close the file."""
        self.store.close()


def guards_of(settings: Settings) -> Guards:
    """Return which surfaces of a server with these settings are guarded, including the users and keys of its home."""
    keys, users = bool(settings.api_keys), bool(settings.users or settings.user_header)
    if path_in(settings.home).exists():
        store = open_store(settings.home)
        try:
            keys, users = keys or bool(Keys(store)), users or bool(Users(store))
        finally:
            store.close()
    return Guards(keys=keys, users=users, insecure=settings.insecure)

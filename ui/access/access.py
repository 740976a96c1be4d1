"""All that a server knows of who may do what, and which of its surfaces ask."""

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
    """Which surfaces ask who comes: the API for `keys`, the chat for `users`; `insecure` opens what does not ask."""

    keys: bool
    users: bool
    insecure: bool = False

    def __bool__(self) -> bool:
        """Say whether any asks."""
        return self.keys or self.users

    @property
    def why_chat_is_closed(self) -> str | None:
        """Why there is no chat, None where there is one: what has no guard of its own closes when another has."""
        if self.keys and not self.users and not self.insecure:
            return "This server has API keys but no users: add one with `dateline users add NAME` to open its chat."
        return None

    @property
    def why_api_is_closed(self) -> str | None:
        """Why REST, /v1 and /metrics are closed, None where they are open."""
        if self.users and not self.keys and not self.insecure:
            return "This server has users but no API keys, so its API is closed."
        return None


class Access:
    """The users, keys, sessions, quotas and audit log of one home, and of the settings.

    Raises HomeError where the home cannot be used, and SettingsError where the settings' users cannot be read.
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
        """Return which surfaces ask by now. One that has asked goes on: no removal opens a server that runs."""
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
    """Return which surfaces of a server with these settings ask, its home's users and keys included."""
    keys, users = bool(settings.api_keys), bool(settings.users or settings.user_header)
    if path_in(settings.home).exists():
        store = open_store(settings.home)
        try:
            keys, users = keys or bool(Keys(store)), users or bool(Users(store))
        finally:
            store.close()
    return Guards(keys=keys, users=users, insecure=settings.insecure)

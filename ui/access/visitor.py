"""Who sends a request, and what their role allows."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Any

from index.errors import DatelineError

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class ForbiddenError(DatelineError):
    """The visitor's role does not allow this."""


class Role(enum.StrEnum):
    """What a visitor may do; each role includes those before it."""

    READER = "reader"
    """Ask, search and read, and have their own conversations and evaluations."""
    EDITOR = "editor"
    """Also add and remove articles."""
    ADMIN = "admin"
    """Everything, including what belongs to others, and the audit log."""


_ROLES = list(Role)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who has been admitted.

    `id` is `user:NAME`, `key:NAME`, `key-1` for the first key of the settings, or `address:ADDRESS` if the server does
    not authenticate.
    """

    id: str
    role: Role = Role.ADMIN
    address: str = ""
    request_id: str = ""

    @property
    def is_named(self) -> bool:
        """Whether they use a key or are a user."""
        return not self.id.startswith("address:")

    @property
    def is_user(self) -> bool:
        """Whether they are a user of the chat."""
        return self.id.startswith("user:")

    def may(self, role: Role) -> bool:
        """Return whether their role includes this one."""
        return _ROLES.index(self.role) >= _ROLES.index(role)

    def require(self, role: Role, to: str) -> None:
        """Raise ForbiddenError, which says what is not allowed, if their role does not include this one."""
        if not self.may(role):
            raise ForbiddenError(
                f"The role {self.role} may not {to}.",
                help=f"You need the role {role}; ask the server's administrator.",
            )

    def owns(self, owner: str) -> bool:
        """Return whether they may see and remove something of this owner."""
        return owner == self.id or self.may(Role.ADMIN)


def visitor_in(scope: MutableMapping[str, Any]) -> Visitor:
    """Return the visitor of a request; without one, an anonymous visitor who may only read."""
    found = scope.get("state", {}).get("let_in")
    return found if isinstance(found, Visitor) else Visitor(id="address:unknown", role=Role.READER)

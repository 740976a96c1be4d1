"""Who is at the other end of a request, and what their role lets them do."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Any

from index.errors import DatelineError

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class ForbiddenError(DatelineError):
    """The role of whoever asks does not let them do this."""


class Role(enum.StrEnum):
    """What somebody may do; each role may do what those before it may."""

    READER = "reader"
    """Ask, search and read, and what is their own: conversations and evaluations."""
    EDITOR = "editor"
    """Add and remove articles, too."""
    ADMIN = "admin"
    """Everything: what belongs to others, and the audit log."""


_ROLES = list(Role)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who has been let in.

    `id` is `user:NAME`, `key:NAME`, `key-1` for the first key of the settings, or `address:ADDRESS` where nobody is
    asked who they are.
    """

    id: str
    role: Role = Role.ADMIN
    address: str = ""
    request_id: str = ""

    @property
    def is_named(self) -> bool:
        """Whether they came with a key or as a user."""
        return not self.id.startswith("address:")

    @property
    def is_user(self) -> bool:
        """Whether they came as a user of the chat."""
        return self.id.startswith("user:")

    def may(self, role: Role) -> bool:
        """Say whether their role includes this one."""
        return _ROLES.index(self.role) >= _ROLES.index(role)

    def require(self, role: Role, to: str) -> None:
        """Raise ForbiddenError, which says what cannot be done, where their role does not include this one."""
        if not self.may(role):
            raise ForbiddenError(
                f"The role {self.role} may not {to}.",
                help=f"You need the role {role}; ask the server's administrator.",
            )

    def owns(self, owner: str) -> bool:
        """Say whether something of this owner is theirs to see and to remove."""
        return owner == self.id or self.may(Role.ADMIN)


def visitor_in(scope: MutableMapping[str, Any]) -> Visitor:
    """Return who was let in with a request; one that no guard has seen comes from nobody, who may only read."""
    found = scope.get("state", {}).get("let_in")
    return found if isinstance(found, Visitor) else Visitor(id="address:unknown", role=Role.READER)

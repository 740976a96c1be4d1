"""Valid names of users and keys."""

from __future__ import annotations

import re

from index.errors import DatelineError

_NAME = re.compile(r"[\w.@+-]{1,100}")
_LONGEST = 100


class AccessError(DatelineError):
    """A user or key cannot be created, found or changed as requested."""


def checked_name(name: str) -> str:
    """Return the name if a user or key may have it. Raises AccessError."""
    if not _NAME.fullmatch(name):
        raise AccessError(
            f"{shown_name(name)!r} is not a valid name.", help="Use up to 100 letters, digits and . _ @ + - characters."
        )
    return name


def shown_name(name: str) -> str:
    """Return a name that somebody entered in a form that is safe in a log: short, on one line, nothing hidden."""
    return "".join(char if char.isprintable() else "?" for char in name[:_LONGEST])

"""What can go wrong on the way to an answer; the tree goes on from `index.errors`."""

from index.errors import DatelineError


class SettingsError(DatelineError):
    """A setting has a value that cannot be used."""

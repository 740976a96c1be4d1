"""The name under which `make_standalone` is known outside this project."""

from assistant.understanding.followup import make_standalone

__all__ = ["make_standalone"]

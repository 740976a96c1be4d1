"""All engines by name. A new one is a folder, and its line in `ENGINES`."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import HomeError

if TYPE_CHECKING:
    from index.engines.engine import Engine

# Where the class of each engine is. It is called with the home folder, and with what follows the name and a colon.
ENGINES: dict[str, str] = {
    "embedded": "index.engines.embedded.engine:EmbeddedEngine",
}
DEFAULT = "embedded"


def find_engine(name: str, home: Path) -> Engine:
    """Return the engine that a name, or "NAME:LOCATION", stands for. Raises HomeError if there is none."""
    kind, _, location = name.partition(":")
    if kind not in ENGINES:
        raise HomeError(f"There is no engine {kind!r}.", help=f"Set DATELINE_ENGINE to one of: {', '.join(ENGINES)}.")
    make: Any = pkgutil.resolve_name(ENGINES[kind])
    engine: Engine = make(home, location)
    return engine


def as_engine(place: Engine | Path) -> Engine:
    """Return the engine itself, or the one that keeps its files in a folder."""
    return find_engine(DEFAULT, place) if isinstance(place, Path) else place

"""The icons of the page, as SVG in the colour of the surrounding text."""

from __future__ import annotations

from markupsafe import Markup

_PATHS = {
    "up": "M7 11v9H4v-9h3Zm3 9h7.2a2 2 0 0 0 2-1.6l1.3-6A2 2 0 0 0 18.6 10H14V5.5A1.5 1.5 0 0 0 12.5 4L9.5 10.5",
    "down": "M17 13V4h3v9h-3Zm-3-9H6.8a2 2 0 0 0-2 1.6l-1.3 6A2 2 0 0 0 5.400 14H10v4.5A1.5 1.5 0 0 0 11.5 20l3-6.5",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "again": "M20 5v5h-5M19.5 10A8 8 0 1 0 20 14",
    "edit": "M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4",
    "close": "M6 6l12 12M18 6L6 18",
    "sources": "M5 4h14v16H5zM9 9h6M9 13h6",
    "list": "M4 6h16M4 12h16M4 18h10",
    "send": "M12 19V6M6 11l6-6 6 6",
    "stop": "M7 7h10v10H7z",
    "save": "M12 4v11M7 11l5 5 5-5M5 20h14",
    "theme": "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
    "bin": "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
    "plus": "M12 5v14M5 12h14",
}


def icon(name: str) -> Markup:
    """Return an icon that screen readers ignore."""
    return Markup(
        '<svg class="icon" viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor"'
        ' stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>'
    ).format(_PATHS[name])

"""Who wrote an article and who published it: the names in a byline."""

from __future__ import annotations

import dataclasses
import re

_AGENCY = re.compile(
    r"ABC|AFP|ANSA|AP|Axios|BBC|Bloomberg|CBC|CBS|CNBC|CNN|dpa|EFE|Interfax|Kyodo|MSNBC|NBC|NPR|PBS|Politico"
    r"|Reuters|TASS|UPI|Xinhua"
)
_ORGANISATION = re.compile(
    r"\b(?:news(?:room|wire|paper)?|times|post|press|gazette|herald|tribune|journal|guardian|observer|telegraph"
    r"|mail|magazine|agency|media|network|broadcasting|radio|television|tv|daily|weekly|chronicle|independent"
    r"|review|standard|mirror|globe|courier|dispatch|examiner|bulletin|newsweek)\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?:by|written by|words by|story by|reported by|reporting by)(?:\s*+:)?\s++(\S.*)", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:correspondent|editor|reporter|writer|columnist|producer|analyst|staff|contributor)s?\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?<!\s)\s++(?:in|at|reporting from)\s++[^\W\d_a-z](?s:.*)")
_SEPARATOR = re.compile(r"(?:(?<!\s)\s++)?+(?:,|;|&|\band\b|\bwith\b|\bfor\b)\s*+")
_PARTICLE = re.compile(r"al|ap|bin|da|de|del|della|den|der|di|do|dos|du|el|ibn|la|le|ten|ter|van|von|y", re.IGNORECASE)
_LONGEST_NAME = 5  # words
_LONGEST_ROLE = 6
_LONGEST_PUBLISHER = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Byline:
    """The authors, joined with a comma, and the publisher of an article; None if unknown."""

    author: str | None = None
    source: str | None = None


def find_byline(line: str) -> Byline | None:
    """Return the names in a line that is nothing but a byline ("By Ann Lee, The Bay Gazette"), else None."""
    match = _BYLINE.fullmatch(line)
    byline = read_names(match[1]) if match else Byline()
    return byline if byline != Byline() else None


def read_names(words: str) -> Byline:
    """Return authors and publisher from a list of names: "Ann Lee and Bo Chan, The Bay Gazette".

    Text that does not consist of names and roles ("political editor") names nobody.
    """
    names: list[str] = []
    source = None
    for part in filter(None, _SEPARATOR.split(_PLACE.sub("", words.strip(" .,")))):
        if is_publisher(part):
            source = source or part
        elif is_name(part):
            names.append(part)
        elif not is_role(part):
            return Byline()
    return Byline(author=", ".join(names) or None, source=source)


def is_publisher(words: str) -> bool:
    """Return whether these few words are an agency, or look like the name of a newspaper or broadcaster."""
    parts = words.split()
    if not parts or len(parts) > _LONGEST_PUBLISHER or is_role(words):
        return False
    capitalised = all(part[0].isupper() or part in {"of", "the", "and"} for part in parts)
    return is_agency(words) or (capitalised and _ORGANISATION.search(words) is not None)


def is_agency(word: str) -> bool:
    """Return whether a word is the name of a well-known news agency or broadcaster."""
    return _AGENCY.fullmatch(word) is not None


def is_name(words: str) -> bool:
    """Return whether these words look like a person's name: two to five, capitalised, without digits."""
    parts = words.split()
    return (
        2 <= len(parts) <= _LONGEST_NAME  # noqa: PLR2004
        and parts[0][0].isupper()
        and parts[-1][0].isupper()
        and all(part[0].isupper() or _PARTICLE.fullmatch(part) for part in parts)
        and re.fullmatch(r"[^\W\d_][\w.’' -]*", words) is not None
        and not re.search(r"\d", words)
    )


def is_role(words: str) -> bool:
    """Return whether these words are a journalist's role ("Europe correspondent")."""
    return len(words.split()) <= _LONGEST_ROLE and _ROLE.search(words) is not None and not words.endswith(".")


def without_place(words: str) -> str:
    """Return "Ann Lee" for "Ann Lee in Paris"."""
    return _PLACE.sub("", words)

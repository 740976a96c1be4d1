"""Who wrote an article and who published it: the names in a byline."""

from __future__ import annotations

import dataclasses
import re

_AGENCY = re.compile(
    r"ABC|AFP|ANSA|AP|Associated Press|Axios|BBC|Bloomberg|CBC|CBS|CNBC|CNN|dpa|EFE|Interfax|Kyodo|MSNBC|NBC|NPR|PBS"
    r"|PA Media|Politico|Press Association|Reuters|TASS|The Associated Press|UPI|Xinhua"
)
# The last word of a publisher's name; "Times of India" and "Guardian Australia" have a place after it.
_ORGANISATION = re.compile(
    r"(?:news(?:room|wire|paper)?|times|post|press|gazette|herald|tribune|journal|guardian|observer|telegraph"
    r"|mail|magazine|agency|media|network|broadcasting|radio|television|tv|daily|weekly|chronicle|independent"
    r"|review|standard|mirror|globe|courier|dispatch|examiner|bulletin|newsweek)",
    re.IGNORECASE,
)
_PLACE_AFTER = re.compile(r".*\b(?:Times|Post|Journal|News|Press) of [A-Z]\w+|Guardian (?:Australia|Europe|US)")
# Words before "Press" or "Mirror" that make it the heading of a part and not a name: "A Free Press", "Stop the Press".
_NO_PUBLISHER = frozenset(
    "a an another behind bad good hold in into meet my no on our that this stop what why your".split()
)
# Publishers' names of one word that are also headings.
_COMMON = frozenset("post press review mail standard mirror media weekly daily radio television magazine".split())
_ENGLISH_BYLINE = r"by|written by|words by|text by|story by|reported by|reporting by"
_FOREIGN_BYLINE = (
    r"von|par|por|di|de|door|av|af|od|przez|texte?|testo|texto|autor(?:in|a|e|ka)?|auteure?|forfatter|yazan|автор"
)
_BYLINE = re.compile(rf"(?:{_ENGLISH_BYLINE})(?:\s*+:)?\s++(\S.*)", re.IGNORECASE)
_OTHER_BYLINE = re.compile(rf"(?:{_FOREIGN_BYLINE})(?:\s*+:)?\s++(\S.*)", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:correspondent|editor|reporter|writer|columnist|producer|analyst|staff|contributor|presenter|agencies"
    r"|redakteur|redakteurin|korrespondent|korrespondentin|correspondant|correspondante|journaliste|envoyée? spéciale?"
    r"|corresponsal|redactora?|inviat[oa]|redazione|redacción|rédaction|redaktion)s?\b",
    re.IGNORECASE,
)
_AFTER_ROLE = re.compile(r"\Z|[ -](?:in|for|at|of|and|en|à|de)\b")
_PLACE = re.compile(r"(?<!\s)\s++(?:in|at|reporting from|à|en)\s++[^\W\d_a-z](?s:.*)")
_ONE_PLACE = re.compile(r"[^\W\d_a-z][^\W\d_]+(?:[ -][^\W\d_a-z][^\W\d_]+){0,2}")
_SEPARATOR = re.compile(r"(?:(?<!\s)\s++)?+(?:,|;|&|\b(?:and|AND|with|WITH|for|und|et|och|og|e|y|i)\b)\s*+")
_PARTICLE = re.compile(r"al|ap|bin|da|de|del|della|den|der|di|do|dos|du|el|ibn|la|le|ten|ter|van|von|y", re.IGNORECASE)
# What follows "By" in the heading of a part: "By Popular Demand", "By Land and Sea".
_NO_NAMES = frozenset(
    """
    accident accounts air all any appointment arrangement association ballot bike birth boat bus car chance choice coach
    common committee comparison consent contrast court dawn day decree default definition degrees demand design
    executive far fire foot force hand heart image invitation land law leaps long means member moonlight mutual nature
    night number numbers only order others own phone plane popular post presidential proxy public rail reason referendum
    request right road royal sea secret sheer show special stealth storm surprise that the then train unanimous virtue
    vote water way word
    """.split()
)
_LONGEST_NAME = 5  # words
_LONGEST_ROLE = 6
_LONGEST_PUBLISHER = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Byline:
    """The authors, joined with a comma, and the publisher of an article; None if unknown."""

    author: str | None = None
    source: str | None = None


def find_byline(line: str, *, is_title_above: bool = False) -> Byline | None:
    """Return the names in a line that is nothing but a byline ("By Ann Lee, The Bay Gazette"), else None.

    Bylines of other languages ("Von Anna Müller") also begin titles in English, and count only below a title.
    """
    match = _BYLINE.fullmatch(line) or (_OTHER_BYLINE.fullmatch(line) if is_title_above else None)
    byline = read_names(match[1]) if match else Byline()
    return byline if byline != Byline() else None


def read_names(words: str) -> Byline:
    """Return authors and publisher from a list of names: "Ann Lee and Bo Chan, The Bay Gazette".

    Text that does not consist of names, roles ("political editor") and, at its end, a place names nobody.
    """
    names: list[str] = []
    source = None
    parts = [part for part in _SEPARATOR.split(_PLACE.sub("", words.strip(" .,"))) if part]
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if is_publisher(part):
            source = source or part
        elif is_name(part) and (names or source is None):  # "BBC News, Port Ellis" names a place
            names.append(part)
        elif (name := without_role(part)) is not None:
            names.append(name)
        elif not is_role(part) and not (is_last and (names or source) and _ONE_PLACE.fullmatch(part)):
            return Byline()
    return Byline(author=", ".join(names) or None, source=source)


def is_publisher(words: str) -> bool:
    """Return whether these few words are an agency, or look like the name of a newspaper or broadcaster."""
    if is_agency(words):
        return True
    parts = words.split()
    if not parts or len(parts) > _LONGEST_PUBLISHER or is_role(words) or parts[0].lower() in _NO_PUBLISHER:
        return False
    if not all(part[0].isupper() or part == "of" for part in parts) or not re.fullmatch(r"[\w &.’'-]+", words):
        return False
    named = parts[1:] if parts[0] == "The" else parts
    if not named or (len(parts) == 1 and parts[0].lower() in _COMMON):
        return False
    return _ORGANISATION.fullmatch(named[-1]) is not None or _PLACE_AFTER.fullmatch(" ".join(named)) is not None


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
        and not all(part.lower() in _NO_NAMES for part in parts)
    )


def is_role(words: str) -> bool:
    """Return whether these words are a journalist's role ("Europe correspondent"), and not about one."""
    role = _ROLE.search(words)
    if role is None or len(words.split()) > _LONGEST_ROLE or re.search(r"\b(?:to|from|by|the)\b", words):
        return False
    return _AFTER_ROLE.match(words, role.end()) is not None


def without_role(words: str) -> str | None:
    """Return "Ann Lee" for "Ann Lee Political editor"; None if there is no role after a name."""
    parts = words.split()
    for length in (2, 3):
        name, role = " ".join(parts[:length]), " ".join(parts[length:])
        if role and role[0].isupper() and is_name(name) and not is_role(name) and is_role(role):
            return name
    return None


def without_place(words: str) -> str:
    """Return "Ann Lee" for "Ann Lee in Paris"."""
    return _PLACE.sub("", words)

"""The names that scrapers, APIs and spreadsheets give to the fields of an article."""

from __future__ import annotations

import functools
import re

# In order: where a row has several, the first with a value counts. Names are compared without spaces, marks and case,
# so "Publication Date", "publication_date" and "publicationDate" are one.
TEXT = tuple(
    """
    text body content fulltext articlebody articletext articlecontent bodytext contenttext maintext story storytext
    article plaintext cleanedtext textcontent paragraphs bodies contents bodyhtml contenthtml bodyxhtml newstext
    posttext postcontent texte contenu inhalt texto contenido testo
    """.split()
)
RAW_TEXT = ("transcript", "rawtext", "html")
TEASER = tuple(
    """
    description summary excerpt shortdescription teaser abstract snippet leadparagraph lead lede standfirst trailtext
    descriptiontext metadescription
    """.split()
)
TITLE = tuple(
    """
    title headline webtitle heading headlines hed articletitle articleheadline storytitle newstitle posttitle titletext
    name titre titel titulo título titolo überschrift
    """.split()
)
SOURCE = tuple(
    """
    source publisher sitename sourcename sourcetitle newspaper publication publicationtitle publicationname outlet
    medianame mediaoutlet media newssource newsoutlet site website journal provider sourcehostname copyrightholder
    infosource infosources quelle fuente fonte
    """.split()
)
DOMAIN = tuple("hostname sourcedomain domain sourceurl mediaurl host".split())
AUTHOR = tuple(
    """
    author authors byline bylines creator dccreator writer writers authorname authornames journalist reporter
    writtenby by autor auteur autore
    """.split()
)
PUBLISHED = tuple(
    """
    published publishedat date datepublished publishdate publisheddate publicationdate pubdate datepublish
    webpublicationdate publishedon publishedtime publishtime publishtimestamp publicationtime publicationday
    firstpublished firstpublicationdate firstpublishdate firstcreated originaldate articledate newsdate postdate posted
    postedat postedon dateposted issued issuedate released releasedate datetime datetimepub created createdat createdon
    creationdate datecreated timestamp isodate dategmt pubdateutc versioncreated seendate day time datum fecha data
    """.split()
)
UPDATED = tuple(
    """
    updated updatedat updatedon dateupdated lastupdated lastupdate modified modifiedat datemodified datemodify
    modifieddate lastmodified lastmodifieddate contentupdated
    """.split()
)
DATES = frozenset((*PUBLISHED, *UPDATED))
URL = tuple(
    """
    url link weburl permalink canonicalurl articleurl articlelink newsurl posturl pageurl webpageurl originalurl
    externalurl href canonical mainentityofpage uri guid
    """.split()
)
ID = ("id", "_id", "guid", "uuid")
LANGUAGE = ("language", "lang", "locale", "inlanguage")
STATUS = ("status", "poststatus")

NAMES = {
    "text": (*TEXT, *RAW_TEXT),
    "title": TITLE,
    "source": SOURCE,
    "author": AUTHOR,
    "date": PUBLISHED,
    "url": URL,
    "id": ID,
}
"""The fields that users can name themselves, with the names that are known."""

_ALL = frozenset(squashed for names in (*NAMES.values(), TEASER, UPDATED, DOMAIN) for squashed in names)


@functools.lru_cache(maxsize=4096)
def squash(name: str) -> str:
    """Return a name as it is compared: "publicationdate" for "Publication Date"; "_id" stays apart from "id"."""
    name = name.strip().lower()
    return name if name == "_id" else re.sub(r"[\W_]+", "", name)


def read_names(words: str) -> tuple[tuple[str, str], ...]:
    """Return the fields that a user names, as "text=body,date=pub" does, as pairs of ours and theirs.

    Raises ValueError, with a message, for a field that articles do not have.
    """
    pairs = []
    for part in filter(None, (part.strip() for part in words.split(","))):
        own, sign, theirs = (piece.strip() for piece in part.partition("="))
        own = {"published": "date", "link": "url"}.get(own.lower(), own.lower())
        if not sign or not theirs or own not in NAMES:
            raise ValueError(f"{part!r} is not FIELD=COLUMN, where FIELD is one of {', '.join(NAMES)}")
        pairs.append((own, theirs))
    return tuple(pairs)


def is_known(name: str) -> bool:
    """Return whether a column's name is one of an article's fields."""
    return squash(name) in _ALL


def is_text(name: str) -> bool:
    """Return whether a column's name is one of those for texts."""
    return squash(name) in TEXT or squash(name) in RAW_TEXT


def is_date(name: str) -> bool:
    """Return whether a column's name is one of those for days of publication or change."""
    return squash(name) in DATES


def is_prose(name: str) -> bool:
    """Return whether a column's name is one of those for texts or summaries."""
    return is_text(name) or squash(name) in TEASER

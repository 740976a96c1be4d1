"""The one address of an article that is found at several: without tracking parameters, and not its AMP edition."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit, urlunsplit

# Parameters that say where a reader came from. Anything else may say which article is meant, so it stays.
_TRACKING = re.compile(
    r"(?:utm|at|gaa|itm|mtm|pk|hsa|vero|ns|wt)_\w{1,40}|_ga|_gl|_hs(?:enc|mi)|__twitter_impression|[dfgmy]clid|fbclid"
    r"|[gw]braid|msclkid|twclid|ttclid|igshid|mc_[ce]id|mkt_tok|ref_(?:src|url)|xtor|smid|smtyp|cmpid|cmp|ncid|ocid"
    r"|icid|ftag|soc_(?:src|trk)|taid|sharetype|share|srnd|amp|outputtype",
    re.IGNORECASE,
)
_EDITION = re.compile(r"(?:www|amp|m|mobile)\.", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def article_address(fetched: str, *, claimed: str | None = None) -> str:
    """Return the address an article is known by: the one its page claims, if that may be believed, else where it was
    fetched; without what only tracks readers.

    A page may claim only an address of its own site, and only a front page may claim to be the front page.
    """
    if claimed and is_same_site(claimed, fetched) and (not is_front_page(claimed) or is_front_page(fetched)):
        return _without_tracking(claimed)
    return _without_tracking(fetched)


def is_same_site(url: str, other: str) -> bool:
    """Return whether two web addresses belong to one site, whichever of its editions they show."""
    site = _site(url)
    return site is not None and site == _site(other)


def is_front_page(url: str) -> bool:
    """Return whether an address is that of a site's front page."""
    parts = urlsplit(url)
    return re.fullmatch(r"/?(?:index\.\w{2,5}|home/?)?", parts.path) is not None and not parts.query


def _site(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    # A site may have moved from http to https; any other port is another server.
    return _EDITION.sub("", host, count=1), None if port in {None, _DEFAULT_PORTS[parts.scheme]} else port


def _without_tracking(url: str) -> str:
    parts = urlsplit(url)
    kept = [
        pair
        for pair in parts.query.split("&")
        if not _TRACKING.fullmatch(next((name for name, _ in parse_qsl(pair, keep_blank_values=True)), ""))
    ]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), ""))

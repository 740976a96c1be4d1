"""Slows down who guesses passwords, without locking anybody else out."""

from __future__ import annotations

import asyncio
import ipaddress

from limits import RateLimitItemPerMinute

from ui.access.rate_limit import RateLimit

_TRIES = RateLimitItemPerMinute(10)  # logins from one place, right or wrong
_WRONG_NAME = RateLimitItemPerMinute(8, 10)  # wrong passwords for one name from one place: 8 in ten minutes
_WRONG = RateLimitItemPerMinute(40, 60)  # wrong passwords from one place: 40 in an hour
_NOTES = RateLimitItemPerMinute(20)  # lines of the log about wrong passwords
_AT_ONCE = 2  # passwords that are checked at a time: each takes a core and 64 MiB for a moment
_IPV6_NETWORK = 64  # bits that one customer has at least


class Throttle:
    """Counts logins by where they come from; a name as such is never closed."""

    def __init__(self) -> None:
        self._tries, self._wrong_name, self._wrong = RateLimit(_TRIES), RateLimit(_WRONG_NAME), RateLimit(_WRONG)
        self._notes = RateLimit(_NOTES)
        self.checking = asyncio.Semaphore(_AT_ONCE)
        """To be held while a password is checked."""

    def wait(self, name: str, address: str) -> int | None:
        """Count a login that is tried; return the seconds to wait where it may not be tried now."""
        place = place_of(address)
        waits = (self._tries.count(place), self._wrong.wait(place), self._wrong_name.wait(f"{place} {name}"))
        return max((seconds for seconds in waits if seconds is not None), default=None)

    def count_wrong(self, name: str, address: str) -> bool:
        """Count a wrong password, and say whether the log is to tell of it: it tells of so many a minute."""
        place = place_of(address)
        self._wrong.count(place)
        self._wrong_name.count(f"{place} {name}")
        return self._notes.count("") is None


def place_of(address: str) -> str:
    """Return an address, of IPv6 its network: who has one address there has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False).network_address)

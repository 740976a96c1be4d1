"""Slows down password guessing without locking anybody else out."""

from __future__ import annotations

import asyncio
import ipaddress

from limits import RateLimitItemPerMinute

from ui.access.rate_limit import RateLimit

_TRIES = RateLimitItemPerMinute(10)  # logins from one network, right or wrong
_WRONG_NAME = RateLimitItemPerMinute(8, 10)  # wrong passwords for one name from one network: 8 in ten minutes
_WRONG = RateLimitItemPerMinute(40, 60)  # wrong passwords from one network: 40 in an hour
_NOTES = RateLimitItemPerMinute(20)  # log lines about wrong passwords
_AT_ONCE = 2  # passwords checked at a time: each takes a core and 64 MiB for a moment
_IPV6_NETWORK = 64  # the smallest network that one customer gets, in bits


class Throttle:
    """Counts logins by the network that they come from; no name is ever locked."""

    def __init__(self) -> None:
        self._tries, self._wrong_name, self._wrong = RateLimit(_TRIES), RateLimit(_WRONG_NAME), RateLimit(_WRONG)
        self._notes = RateLimit(_NOTES)
        self.checking = asyncio.Semaphore(_AT_ONCE)
        """Hold this while a password is checked."""

    def wait(self, name: str, address: str) -> int | None:
        """Count a login attempt; return the seconds to wait if it is not allowed now."""
        place = place_of(address)
        waits = (self._tries.count(place), self._wrong.wait(place), self._wrong_name.wait(f"{place} {name}"))
        return max((seconds for seconds in waits if seconds is not None), default=None)

    def count_wrong(self, name: str, address: str) -> bool:
        """Count a wrong password, and return whether to log it: only so many per minute are logged."""
        place = place_of(address)
        self._wrong.count(place)
        self._wrong_name.count(f"{place} {name}")
        return self._notes.count("") is None


def place_of(address: str) -> str:
    """Return an IPv4 address, or the network of an IPv6 address: whoever has one address there has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False).network_address)

"""Which network addresses pages may be fetched from: those that anyone on the internet can reach."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_ASSIGNED = ipaddress.IPv6Network("2000::/3")  # the only part of IPv6 that is routed on the internet


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet, including one embedded in an IPv6 address.

    Private, loopback, link-local, multicast, reserved and unspecified addresses are not public, nor is anything that is
    not an address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = _embedded(ip)
        if embedded is None and (ip not in _ASSIGNED or ip in _TEREDO or ip.scope_id):
            return False
        ip = embedded or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a mapped, 6to4 or NAT64 address leads to."""
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour

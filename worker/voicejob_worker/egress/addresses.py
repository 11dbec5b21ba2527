"""Tells addresses that everybody may reach from those that only this network has.

The ranges are those of IANA's special-purpose registries for IPv4 and IPv6. They stand here because
what ``ipaddress`` calls global differs between the versions of Python that the worker runs on.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

_PRIVATE: Final = "private"
_UNIQUE_LOCAL: Final = "unique-local"
_SHARED: Final = "shared (carrier-grade NAT)"
_SPECIAL: Final = "not a public one"
_EMBEDDING: Final = "not a public one (it embeds an IPv4 address)"

KINDS: Final[tuple[tuple[IPNetwork, str], ...]] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/32", "unspecified"),
        ("0.0.0.0/8", _SPECIAL),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", _SHARED),
        ("127.0.0.0/8", "loopback"),
        # Public by its number; Azure's own services of the machine answer there (WireServer).
        ("168.63.129.16/32", "link-local"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _SPECIAL),
        ("192.0.2.0/24", _SPECIAL),
        ("192.88.99.0/24", _SPECIAL),  # relays of 6to4
        ("192.168.0.0/16", _PRIVATE),
        ("198.18.0.0/15", _SPECIAL),
        ("198.51.100.0/24", _SPECIAL),
        ("203.0.113.0/24", _SPECIAL),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", _SPECIAL),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", _EMBEDDING),
        ("64:ff9b:1::/48", _EMBEDDING),
        ("fc00::/7", _UNIQUE_LOCAL),
        ("fe80::/10", "link-local"),
        ("fec0::/10", _PRIVATE),
        ("ff00::/8", "multicast"),
        ("2001::/32", _EMBEDDING),  # Teredo
        ("2001::/23", _SPECIAL),
        ("2001:db8::/32", _SPECIAL),
        ("2002::/16", _EMBEDDING),  # 6to4
        ("3fff::/20", _SPECIAL),
    )
)
_UNICAST: Final = IPv6Network("2000::/3")
"""The only range of IPv6 that public addresses are given out from."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Range in which a cluster that has IPv6 alone reaches every IPv4 host (RFC 6052)."""
PRIVATE_KINDS: Final = frozenset({_PRIVATE, _UNIQUE_LOCAL, _SHARED})
"""Kinds of the addresses that a network gives to its own hosts."""


def parse(text: str) -> IPAddress:
    """The address that a resolver gave; one that means an IPv4 address is that.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # the kernel connects over IPv4
    return address


def kind_of(address: IPAddress) -> str | None:
    """What an address is that is not public, for a sentence; None for one that is."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return kind_of(IPv4Address(int(address) & 0xFFFFFFFF))
    for network, kind in KINDS:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return _SPECIAL
    return None

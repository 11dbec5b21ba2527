"""Entries of the lists of hosts: a name, a pattern of names, an address or a network.

minio.storage.svc     that name
*.example.com         every name below it, however deep, and not example.com itself
10.0.0.7, fd00::7     that address, by whatever name
10.0.0.0/8            every address in it, by whatever name
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from voicejob_worker.egress.addresses import IPAddress, IPNetwork

_LABELS: Final = re.compile(
    r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*"
)


@dataclass(frozen=True)
class HostEntry:
    """One entry: either a name or a network."""

    text: str
    """The entry as it was written."""
    name: str = ""
    """Name in lower case and ASCII; with ``*.`` before it, a pattern."""
    network: IPNetwork | None = None

    @classmethod
    def parse(cls, text: str) -> HostEntry:
        """Read an entry.

        Raises:
            ValueError: it is none of the four.
        """
        try:
            return cls(text, network=ip_network(text.strip().strip("[]"), strict=False))
        except ValueError:
            pass
        name = canonical(text.strip())
        if not _LABELS.fullmatch(name):
            raise ValueError(
                f"{text!r} is no host: expected a name (minio.storage.svc), a pattern "
                "(*.example.com), an address or a network (10.0.0.0/8), without scheme and port"
            )
        return cls(text, name)

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for names that nobody has written out."""
        return self.name.startswith("*.")

    def names(self, host: str) -> bool:
        """Whether it is, or covers, that canonical name."""
        if self.is_pattern:
            return host.endswith(self.name[1:]) and len(host) > len(self.name) - 1
        return bool(self.name) and host == self.name

    def holds(self, address: IPAddress) -> bool:
        """Whether it is a network with that address in it."""
        network = self.network
        return network is not None and address.version == network.version and address in network


def canonical(host: str) -> str:
    """A name in the one form that names are compared in: lower case, ASCII, no dot at its end."""
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    import idna

    prefix, bare = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    try:
        return prefix + idna.encode(bare, uts46=True).decode("ascii").rstrip(".").lower()
    except idna.IDNAError:
        return host

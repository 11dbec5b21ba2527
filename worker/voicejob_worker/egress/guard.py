"""Refuses to connect where a user's address leads that is not for users to reach.

A pod stands inside the cluster's network: what a user writes into a VoiceJob must not make it read
the metadata service of the cloud, the API server or another team's database. So a name is resolved
once, every address that it has is looked at, and the connection goes to one of those very
addresses: a second answer of the resolver changes nothing. Each redirect is a new connection, and
is looked at alike. What the operator hands out itself (grants, its catalogue) is not guarded.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.egress.addresses import PRIVATE_KINDS, IPAddress, kind_of, parse
from voicejob_worker.egress.hosts import HostEntry, canonical
from voicejob_worker.errors import AddressNotAllowedError

Resolve = Callable[[str, int], list[str]]

_SCHEMES: Final = ("http", "https")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which to try them.

    Whatever the system takes for an address is one here too: 127.1, 0x7f000001, 2130706433.

    Raises:
        OSError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{type(error).__name__}: no name of a host") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class AddressGuard:
    """What may be connected to, and which field of the VoiceJob is asked for."""

    hosts: tuple[HostEntry, ...] = ()
    """Hosts with public addresses that may be reached; all of them if there is no entry."""
    private_hosts: tuple[HostEntry, ...] = ()
    """Hosts that may be reached although their addresses are not public."""
    field: str = "an address"
    """What named it, in messages."""
    names: str = ""
    """The field of a VoiceJob in that, where it is not all of it."""
    exit_code: ExitCode = ExitCode.INVALID_INPUT
    resolve: Resolve = resolve

    def named(self, field: str, exit_code: ExitCode = ExitCode.INVALID_INPUT) -> AddressGuard:
        """The same guard, which names another field."""
        return replace(self, field=field, names=field, exit_code=exit_code)

    def named_endpoint(
        self, address_field: str, exit_code: ExitCode = ExitCode.INVALID_INPUT
    ) -> AddressGuard:
        """The same guard, for the endpoint of the user's bucket that a field leads to."""
        secret = f"{address_field.removesuffix('.uri')}.credentialsSecret"
        field = f"AWS_ENDPOINT_URL in the Secret of {secret}"
        return replace(self, field=field, names=secret, exit_code=exit_code)

    def check_scheme(self, scheme: str) -> None:
        """Check that it is HTTP.

        Raises:
            AddressNotAllowedError: it is anything else.
        """
        if scheme not in _SCHEMES:
            raise self._refusal(f"leads to an address that begins with {scheme}://: expected https")

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, each of which may be connected to.

        Raises:
            AddressNotAllowedError: one of them may not, or the host may not.
            OSError: it has none.
        """
        self._check_name(host)
        found = self.resolve(host, port)
        self.check(host, found)
        return found

    def check(self, host: str, found: list[str]) -> None:
        """Check that a host may be reached at each of the addresses that were found.

        Raises:
            AddressNotAllowedError: it may not.
        """
        name = canonical(host)
        for text in found:
            address = parse(text)
            kind = kind_of(address)
            if self._is_exempt(name, address, kind):
                continue
            if kind is not None:
                raise self._not_public(host, text, kind)
            if self.hosts and not any(self._covers(one, name, address) for one in self.hosts):
                raise self._not_listed(host)

    def check_proxied(self, host: str, port: int) -> None:
        """Check that a proxy may be asked for a host.

        A proxy resolves the name itself; where the name is known here too, what it is here counts.

        Raises:
            AddressNotAllowedError: the host may not be reached.
        """
        self._check_name(host)
        try:
            found = self.resolve(host, port)
        except OSError:
            return
        self.check(host, found)

    def _check_name(self, host: str) -> None:
        """Ask no resolver for a name that no answer could make allowed."""
        name = canonical(host)
        entries = (*self.hosts, *self.private_hosts)
        if self.hosts and not any(one.network or one.names(name) for one in entries):
            raise self._not_listed(host)

    def _is_exempt(self, name: str, address: IPAddress, kind: str | None) -> bool:
        for entry in self.private_hosts:
            if entry.holds(address):
                return True
            # A pattern covers names whose addresses somebody else may choose, such as Services:
            # it opens the private ranges, and never the machine itself or the metadata service.
            if entry.names(name) and (
                not entry.is_pattern or kind is None or kind in PRIVATE_KINDS
            ):
                return True
        return False

    @staticmethod
    def _covers(entry: HostEntry, name: str, address: IPAddress) -> bool:
        return entry.names(name) or entry.holds(address)

    def _not_public(self, host: str, address: str, kind: str) -> AddressNotAllowedError:
        found = "" if canonical(host) == address else f", whose address {address} is {kind}"
        is_one = f", which is {kind}" if not found else ""
        return self._refusal(
            f"leads to the host {host}{found}{is_one}: workers may fetch from public addresses "
            "only. If this one is meant, have the platform list the host or its network in "
            f"worker.allowedPrivateHosts of the chart ({_listed(self.private_hosts)})"
        )

    def _not_listed(self, host: str) -> AddressNotAllowedError:
        return self._refusal(
            f"leads to the host {host}, which this platform has not allowed: expected one of "
            f"{', '.join(one.text for one in self.hosts)}. If this one is meant, have the platform "
            "list it in worker.allowedHosts of the chart"
        )

    def _refusal(self, told: str) -> AddressNotAllowedError:
        told = f"{self.field} {told}"
        return AddressNotAllowedError(told, self.exit_code).naming(self.names)


class GuardSettings(Protocol):
    """The part of the worker's settings that a guard follows from."""

    @property
    def guards_addresses(self) -> bool:
        """Whether users' addresses are guarded at all."""

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Public hosts that may be reached; empty for all of them."""

    @property
    def allowed_private_hosts(self) -> tuple[str, ...]:
        """Hosts that may be reached although they are not public."""


def guard_of(settings: GuardSettings) -> AddressGuard | None:
    """The guard that the settings ask for; None if a user's addresses are the user's affair."""
    if not settings.guards_addresses:
        return None
    return AddressGuard(
        tuple(map(HostEntry.parse, settings.allowed_hosts)),
        tuple(map(HostEntry.parse, settings.allowed_private_hosts)),
    )


def _listed(entries: tuple[HostEntry, ...]) -> str:
    return f"now {', '.join(one.text for one in entries)}" if entries else "now empty"

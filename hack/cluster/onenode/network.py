"""Asking the cluster over the network, and undoing what it did to the machine's network."""

from __future__ import annotations

import contextlib
import http.client
import re
import secrets
import socket
import ssl
import struct
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from onenode.commands import run
from onenode.errors import CommandError

PROBE_TIMEOUT_S = 2.0
_ADDRESS_RECORD = 1
_INTERNET = 1
# Chains of kube-proxy, the kubelet and the CNI plugins, and every rule that leads into one.
_CLUSTER_RULE = re.compile(r"\b(KUBE|CNI)-|\bcni\b")
_POLICY_RULE = re.compile(r"\bKUBE-(ROUTER|POD-FW|NWPLCY)-")
_POLICY_SETS = ("KUBE-SRC-", "KUBE-DST-")


def answers_ok(url: str, authority: Path) -> bool:
    """Whether a GET of the address gives 200, and over TLS a certificate of the authority."""
    if not authority.is_file():
        return False
    context = ssl.create_default_context(cafile=str(authority))
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with direct.open(url, timeout=PROBE_TIMEOUT_S) as response:
            return bool(response.status == http.client.OK)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def accepts_connections(path: Path) -> bool:
    """Whether a server accepts connections on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PROBE_TIMEOUT_S)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def resolves(name: str, server: str) -> bool:
    """Whether a DNS server knows an IPv4 address of the name."""
    query = address_query(name, secrets.randbelow(2**16))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PROBE_TIMEOUT_S)
        try:
            client.sendto(query, (server, 53))
            return has_answer(client.recv(4096), query)
        except OSError:
            return False


def address_query(name: str, number: int) -> bytes:
    """A DNS message that asks for the IPv4 addresses of a name (RFC 1035, section 4)."""
    header = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return header + labels + b"\0" + struct.pack(">HH", _ADDRESS_RECORD, _INTERNET)


def has_answer(response: bytes, query: bytes) -> bool:
    """Whether a DNS message answers the query with no error and at least one record."""
    if len(response) < 12 or response[:2] != query[:2]:
        return False
    flags, _, answers = struct.unpack(">HHH", response[2:8])
    return bool(flags & 0x000F == 0 and answers > 0)


def allow_forwarding() -> None:
    """Lets the kernel pass packets on between pods, services and the world."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def keep_services_inside(services: str, program: Callable[..., str] = run) -> None:
    """Refuses what goes to an address of services that kube-proxy does not lead to a pod.

    Until it has heard of a new service, a connection to it would leave the machine by the default
    route, and might find something there that answers.
    """
    for chain in ("FORWARD", "OUTPUT"):
        rule = (chain, "--destination", services, "--jump", "REJECT")
        named = (*rule, "--match", "comment", "--comment", "KUBE- no such service")
        try:
            program("iptables", "--wait", "--check", *named)
        except CommandError:
            program("iptables", "--wait", "--append", *named)


def remove_cluster_rules() -> None:
    """Takes the cluster's chains and rules out of iptables and leaves all others alone."""
    for family in ("iptables", "ip6tables"):
        # A kernel without IPv6, or a machine on which iptables was never installed.
        with contextlib.suppress(CommandError):
            rules = run(f"{family}-save")
            if rules != (kept := without_cluster_rules(rules)):
                run(f"{family}-restore", stdin=kept)


def without_cluster_rules(dump: str) -> str:
    """What `iptables-save` printed, less the cluster's chains and rules."""
    lines = dump.splitlines(keepends=True)
    return "".join(line for line in lines if line[0] == "#" or not _CLUSTER_RULE.search(line))


def remove_policies() -> None:
    """Takes what kube-router made of NetworkPolicies out of the kernel, and nothing else."""
    # A machine without one of these programs has never had any.
    with contextlib.suppress(CommandError):
        rules = run("iptables-save", "-t", "filter")
        run("iptables-restore", "--noflush", "--wait", stdin=removal_of_policies(rules))
        for name in run("ipset", "list", "-name").split():
            if name.startswith(_POLICY_SETS):
                run("ipset", "destroy", name)


def removal_of_policies(dump: str) -> str:
    """What `iptables-restore --noflush` reads to undo kube-router's part of the table `filter`."""
    lines = [line for line in dump.splitlines() if _POLICY_RULE.search(line)]
    chains = [line.split()[0][1:] for line in lines if line.startswith(":")]
    # Declared anew a chain is empty; what leads into it from others goes rule by rule.
    empty = [f":{chain} - [0:0]" for chain in chains]
    jumps = [f"-D {line[3:]}" for line in lines if line[0] == "-" and line.split()[1] not in chains]
    gone = [f"-X {chain}" for chain in chains]
    return "\n".join(("*filter", *empty, *jumps, *gone, "COMMIT", ""))

"""Proxies that the official client takes from the kubeconfig or the environment."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from voicejob_cli.errors import CliError

if TYPE_CHECKING:
    from voicejob_cli.api import Api

_USER: Final = re.compile(r"://[^/?#\s]*@")


def proxy_fault(error: Exception, of_cluster: str, server: str) -> CliError | None:
    """What to do about a proxy that the client cannot use; None if that is not what is wrong.

    Args:
        error: What the client has raised.
        of_cluster: ``proxy-url`` of the kubeconfig's cluster; empty without one.
        server: The API server's address, by whose scheme a variable is chosen.
    """
    from urllib3.exceptions import LocationParseError, ProxySchemeUnknown

    is_socks = isinstance(error, ImportError) and error.name == "socks"
    if not is_socks and not isinstance(error, LocationParseError | ProxySchemeUnknown):
        return None
    where, proxy = _named(of_cluster, urlsplit(server).scheme)
    if isinstance(error, LocationParseError):  # its own words repeat the begin of a password
        return CliError(
            f"{where} names a proxy whose host or port cannot be read",
            "Write http://HOST:PORT; in a user's name or password before them write / as %2F, "
            "# as %23, ? as %3F, @ as %40 and % as %25.",
        )
    scheme, between, _ = proxy.partition("://")
    told = f"by {scheme.lower()}://" if between else "without http:// or the like before it"
    if is_socks:
        return CliError(
            f"{where} names a proxy {told}, for which this command needs the package pysocks",
            f"Install it beside the command: {sys.executable} -m pip install pysocks",
        )
    return CliError(
        f"{where} names a proxy {told}, which this command does not know",
        "Write http://, https:// or, for SOCKS, socks5h:// before its host and port.",
    )


def check_server(server: object, whose: str) -> None:
    """Refuse an address that no request could be sent to.

    Args:
        server: The API server's, as the kubeconfig has it.
        whose: The cluster's name, for messages.

    Raises:
        ValueError: it is none, or has no scheme that the client knows.
    """
    if not server:
        raise ValueError(f"{whose} has no server")
    if not isinstance(server, str) or not server.lower().startswith(("https://", "http://")):
        raise ValueError(f"the server of {whose} must begin with https:// or http://")


def without_password(words: str) -> str:
    """The same without what stands between :// and @ in an address."""
    return _USER.sub("://", words)


def is_by_socks(api: Api) -> bool:
    """Whether the API server is asked through a SOCKS proxy."""
    return str(api.client.configuration.proxy or "").lower().startswith("socks")


def _named(of_cluster: str, scheme: str) -> tuple[str, str]:
    """Where the proxy stands, and its address, which may hold a password."""
    if of_cluster:
        return "proxy-url of the kubeconfig's cluster", of_cluster
    for name in (f"{scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if os.environ.get(variable):
                return variable, os.environ[variable]
    return "the system's settings", ""

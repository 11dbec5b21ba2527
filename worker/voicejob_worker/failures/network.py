"""Tells what went wrong on the way to a server, whichever library noticed it.

httpx, aiohttp, botocore and fsspec each wrap the fault in exceptions of their own; what it is
stands somewhere down the chain of causes. Their types are known here by name alone: importing the
libraries takes longer than many a job.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]
    getproxies_environment,
    proxy_bypass_environment,
)

_LIBRARIES: Final = frozenset(
    {"aiobotocore", "aiohttp", "botocore", "fsspec", "httpcore", "httpx", "ssl"}
)
_PROXY: Final = frozenset(
    {"ProxyError", "ProxyConnectionError", "ClientHttpProxyError", "ClientProxyConnectionError"}
)
_TIME_OUTS: Final = frozenset(
    {"TimeoutError", "TimeoutException", "ConnectTimeoutError", "ReadTimeoutError"}
)
_NO_CONNECTION_IN_TIME: Final = frozenset(
    {"ConnectTimeout", "ConnectTimeoutError", "ConnectionTimeoutError"}
)
_BROKEN_OFF: Final = frozenset(
    {
        "BrokenPipeError",
        "ClientOSError",
        "ClientPayloadError",
        "ConnectionAbortedError",
        "ConnectionClosedError",
        "ConnectionResetError",
        "IncompleteRead",
        "ReadError",
        "RemoteProtocolError",
        "ResponseParserError",
        "ServerDisconnectedError",
        "WriteError",
    }
)
_NO_ADDRESS: Final = {
    "DecodingError": "what it sends is not in the Content-Encoding that it tells",
    "InvalidURL": "it is not a valid URL",
    "TooManyRedirects": "it redirects too often",
    "UnicodeError": "its host is no name that can be: is a part of it empty, or too long?",
    "UnsupportedProtocol": "it leads to something that is neither https:// nor http://",
}
_NO_ROUTE: Final = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_NOT_KNOWN: Final = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL"})
_PROXY_MAY_PASS: Final = (408, 425, 429)


@dataclass(frozen=True)
class NetworkFault:
    """What keeps a server from being reached."""

    what: str
    """Such as ``the connection was refused``, with what to do; never a credential."""
    may_pass: bool
    """Whether the same request may succeed later, with nothing changed by its owner."""


def network_fault(error: BaseException, address: str) -> NetworkFault | None:
    """What went wrong on the way to ``address``; None if nothing of the network did."""
    chain = list(_chain(error))
    proxy = _proxy_for(address)
    return (
        _of_address(chain)
        or _of_certificate(chain)
        or _of_proxy(chain, proxy)
        or _through(proxy, _of_connection(chain, address))
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, each once."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _named(chain: list[BaseException], names: frozenset[str]) -> BaseException | None:
    return next((one for one in chain if _names(one) & names), None)


def _of_address(chain: list[BaseException]) -> NetworkFault | None:
    for one in chain:
        for name, what in _NO_ADDRESS.items():
            if name in _names(one):
                return NetworkFault(what, may_pass=False)
    return None


def _of_certificate(chain: list[BaseException]) -> NetworkFault | None:
    # The innermost is OpenSSL's own: aiohttp's errors are of its types, and tell nothing.
    faults = [one for one in reversed(chain) if isinstance(one, ssl.SSLError)]
    for one in faults:
        if isinstance(one, ssl.SSLCertVerificationError):
            return NetworkFault(
                f"its certificate is not trusted ({_why_not_trusted(one)}): have it signed for "
                "that name by an authority that the worker trusts, or give the worker the "
                "authority's certificate (SSL_CERT_FILE; for s3:// AWS_CA_BUNDLE)",
                may_pass=False,
            )
    if not faults:
        return None
    if faults[0].reason in _NO_TLS:
        return NetworkFault(
            "the server does not speak TLS there: is it http://, or another port?", may_pass=False
        )
    return NetworkFault(
        f"no TLS connection came about ({faults[0].reason or 'no reason is told'})", may_pass=True
    )


def _why_not_trusted(error: ssl.SSLCertVerificationError) -> str:
    return getattr(error, "verify_message", "") or "its name or its signature is wrong"


def _of_proxy(chain: list[BaseException], proxy: str) -> NetworkFault | None:
    fault = _named(chain, _PROXY)
    if fault is None:
        return None
    status = _proxy_status(fault)
    named = f"the proxy {proxy}".rstrip()
    if status is None:
        return NetworkFault(f"{named} cannot be reached: {_connection_words(chain)}", True)
    to_do = (
        "give its user and password in HTTPS_PROXY"
        if status == 407
        else "have it let this host through, or name the host in NO_PROXY"
    )
    may_pass = status >= 500 or status in _PROXY_MAY_PASS
    return NetworkFault(f"{named} answers HTTP {status}: {to_do}", may_pass)


def _proxy_status(fault: BaseException) -> int | None:
    """Httpx tells it at the beginning of its message, aiohttp as an attribute."""
    status = getattr(fault, "status", None)
    if isinstance(status, int):
        return status
    found = re.match(r"[1-5]\d\d\b", str(fault))
    return int(found[0]) if found else None


def _through(proxy: str, fault: NetworkFault | None) -> NetworkFault | None:
    """The fault as the proxy's: with one between, what a connection meets is mostly that."""
    if fault is None or not proxy:
        return fault
    return NetworkFault(f"through the proxy {proxy}, {fault.what}", fault.may_pass)


def _of_connection(chain: list[BaseException], address: str) -> NetworkFault | None:
    what = _of_socket(chain, address) or _of_exchange(chain)
    return None if what is None else NetworkFault(what, may_pass=True)


def _of_socket(chain: list[BaseException], address: str) -> str | None:
    """What the operating system says of the name or of the connection."""
    for one in chain:
        if isinstance(one, socket.gaierror):
            return _name_words(one, _host(address))
        if isinstance(one, ConnectionRefusedError):
            return "the connection was refused: does the server run, and on that port?"
        if isinstance(one, OSError) and one.errno in _NO_ROUTE:
            return "there is no route to it: is there a way out of the pod?"
    return None


def _of_exchange(chain: list[BaseException]) -> str | None:
    """What became of the connection, as the libraries see it."""
    if _named(chain, _NO_CONNECTION_IN_TIME):
        return "no connection came about in time: does a NetworkPolicy or a firewall forbid it?"
    if _named(chain, _TIME_OUTS):
        return "no answer came in time"
    if _named(chain, _BROKEN_OFF):
        return "the connection broke off"
    found = next((one for one in chain if _library(one) in _LIBRARIES), None)
    return type(found).__name__ if found else None


def _name_words(error: socket.gaierror, host: str) -> str:
    if error.errno in _NOT_KNOWN:
        return f"the name {host} is not known to DNS: is it right?"
    return f"DNS does not answer for the name {host}"


def _connection_words(chain: list[BaseException]) -> str:
    fault = _of_connection([one for one in chain if not _names(one) & _PROXY], "")
    return fault.what if fault else type(chain[0]).__name__


def _library(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _proxy_for(address: str) -> str:
    """``http://host:port`` of the proxy that the environment names for an address, or nothing."""
    try:
        parts, proxies = urlsplit(address), getproxies_environment()
        proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
        if not proxy or proxy_bypass_environment(parts.hostname or "", proxies):
            return ""
        found = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{found.port}" if found.port else ""
    except ValueError:
        return ""
    return f"{found.scheme}://{found.hostname}{port}"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "of the server"
    except ValueError:
        return "of the server"

"""Where the API server is and what it is shown: the pod's service account, or else KUBECONFIG."""

import ssl
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kubernetes.aio import config
from kubernetes.aio.client.configuration import Configuration

_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


async def load_configuration() -> Configuration:
    """The configuration of the pod's service account, or else of KUBECONFIG.

    Raises:
        kubernetes.config.ConfigException: Neither is there, or it cannot be read.
    """
    configuration = Configuration()
    if _SERVICE_ACCOUNT.exists():
        config.load_incluster_config(client_configuration=configuration)
    else:
        await config.load_kube_config(client_configuration=configuration)
    return configuration


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """The TLS that the configuration asks for: its CA and, if there is one, its certificate.

    Raises:
        OSError: A file of it cannot be read (ssl.SSLError is an OSError).
    """
    context = ssl.create_default_context(
        cafile=configuration.ssl_ca_cert, cadata=configuration.ca_cert_data
    )
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.disable_strict_ssl_verification:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def proxy_of(configuration: Configuration) -> str | None:
    """The proxy to the API server: the configuration's own, or else the environment's.

    The environment is read here, once: aiohttp's ``trust_env`` reads it, and a netrc file, at each
    request. NO_PROXY may name networks, as kubectl allows: ``NO_PROXY=10.96.0.0/12``.
    """
    if configuration.proxy:
        return str(configuration.proxy)
    address = urlsplit(configuration.host)
    host, proxies = address.hostname or "", getproxies()
    if proxy_bypass(host) or _in_network(host, proxies.get("no", "")):
        return None
    return proxies.get(address.scheme)


def _in_network(host: str, no_proxy: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for entry in no_proxy.split(","):
        try:
            if address in ip_network(entry.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False

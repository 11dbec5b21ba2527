"""The proxy that the environment names, for those who connect themselves."""

from __future__ import annotations

import urllib.request


def proxy_for(scheme: str, host: str) -> str | None:
    """The address of the proxy for a host, by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""
    proxies = urllib.request.getproxies()
    if urllib.request.proxy_bypass(host, proxies):
        return None
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"

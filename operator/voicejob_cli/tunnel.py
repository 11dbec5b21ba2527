"""HTTP through a port-forward to a pod."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicejob_cli.api import Answer, Api, Headers
from voicejob_cli.errors import CliError
from voicejob_cli.proxies import is_by_socks

_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Pod:
    """A pod that listens."""

    namespace: str
    name: str
    port: int

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class _Tunnelled:
    """An answer that closes its tunnel with itself."""

    def __init__(self, response: http.client.HTTPResponse, forward: Any) -> None:
        self._response = response
        self._forward = forward
        self.status = response.status

    @property
    def headers(self) -> Headers:
        return self._response.headers

    def read(self, amt: int) -> bytes:
        return self._response.read(amt)

    def read1(self, amt: int) -> bytes:
        return self._response.read1(amt)

    def close(self) -> None:
        self._response.close()
        self._forward.close()


def get(api: Api, pod: Pod, path: str, headers: Mapping[str, str]) -> Answer:
    """Ask a pod by HTTP.

    Raises:
        CliError: the API server opens no port-forward, there is none through a SOCKS proxy, or
            the pod does not answer.
    """
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException
    from kubernetes.stream import portforward

    if is_by_socks(api):
        raise CliError(
            f"no port-forward to the pod {pod}: the API server is behind a SOCKS proxy, through "
            "which this command opens none",
            "The right to get the VoiceJob's own Secret is enough by itself; or name a proxy that "
            "speaks HTTP.",
        )
    core = CoreV1Api(api.client)
    try:
        forward = portforward(
            core.connect_get_namespaced_pod_portforward,
            pod.name,
            pod.namespace,
            ports=str(pod.port),
        )
    except ApiException as error:
        raise CliError(
            f"no port-forward to the pod {pod}: {_told(error)}",
            "It takes the right to create pods/portforward there; or the right to get the "
            "VoiceJob's own Secret, which is enough by itself.",
        ) from error
    connection = http.client.HTTPConnection("gateway", timeout=_SECONDS)
    connection.sock = forward.socket(pod.port)
    connection.sock.settimeout(_SECONDS)
    try:
        connection.request("GET", path, headers=dict(headers))
        return _Tunnelled(connection.getresponse(), forward)
    except (http.client.HTTPException, OSError) as error:
        told = forward.error(pod.port) or type(error).__name__
        forward.close()
        raise CliError(f"the gateway's pod {pod} does not answer: {told}", may_pass=True) from error


def _told(error: Any) -> str:
    """The end of what the WebSocket library says, which holds all headers."""
    return str(error.reason).partition("-+-+-")[0].strip()[:300]

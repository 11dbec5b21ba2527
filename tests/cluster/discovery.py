"""What Prometheus' own Kubernetes discovery would find, for a Prometheus that is built without it.

Debian's is. It asks here instead, and is told the cluster's pods and EndpointSlices as they are at
that moment, under the names that the roles `pod` and `endpointslice` have for what is in them.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from kubectl import Manifest, read

META: Final = "__meta_kubernetes_"
Labels = dict[str, str]


def plain(name: str) -> str:
    """A label of Kubernetes as a part of one of Prometheus'."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def pods_of(pods: list[Manifest]) -> Iterator[Manifest]:
    """A target for each port that a container declares."""
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for port in container.get("ports", ()):
                named = {
                    "pod_container_name": container["name"],
                    "pod_container_port_name": port.get("name", ""),
                }
                yield from _target(pod, port["containerPort"], _of_pod(pod) | named)


def slices_of(
    slices: list[Manifest], services: list[Manifest], pods: list[Manifest]
) -> Iterator[Manifest]:
    """A target for each port of each address behind a Service that is a pod's."""
    by_service, by_pod = _by_name(services), _by_name(pods)
    for found in slices:
        home = found["metadata"]["namespace"]
        name = found["metadata"]["labels"].get("kubernetes.io/service-name", "")
        service = by_service.get((home, name))
        for endpoint in found.get("endpoints") or ():
            pod = by_pod.get((home, endpoint.get("targetRef", {}).get("name", "")))
            if service is None or pod is None:
                continue
            for port in found.get("ports") or ():
                named = {
                    "service_name": name,
                    "endpointslice_port_name": port.get("name", ""),
                    "pod_container_name": _container_with(pod, port["port"]),
                }
                labels = _of_pod(pod) | _labels("service", service) | named
                yield from _target(pod, port["port"], labels)


def _by_name(objects: list[Manifest]) -> dict[tuple[str, str], Manifest]:
    return {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in objects}


def _target(pod: Manifest, port: int, labels: Labels) -> Iterator[Manifest]:
    if address := pod["status"].get("podIP"):
        meta = {f"{META}{name}": value for name, value in labels.items()}
        yield {"targets": [f"{address}:{port}"], "labels": meta}


def _of_pod(pod: Manifest) -> Labels:
    metadata = pod["metadata"]
    return {
        "namespace": metadata["namespace"],
        "pod_name": metadata["name"],
        "pod_phase": pod["status"]["phase"],
    } | _labels("pod", pod)


def _labels(of: str, thing: Manifest) -> Labels:
    given = thing["metadata"].get("labels", {})
    return {f"{of}_label_{plain(name)}": value for name, value in given.items()}


def _container_with(pod: Manifest, number: int) -> str:
    return next(
        (
            container["name"]
            for container in pod["spec"]["containers"]
            if number in [port["containerPort"] for port in container.get("ports", ())]
        ),
        "",
    )


def _listed(prefix: str, plural: str, namespaces: list[str]) -> list[Manifest]:
    paths = [f"{prefix}/namespaces/{name}/{plural}" for name in namespaces]
    found = [read(path) for path in paths or [f"{prefix}/{plural}"]]
    return [item for each in found if each is not None for item in each["items"]]


def _found(role: str, namespaces: list[str]) -> list[Manifest]:
    pods = _listed("/api/v1", "pods", namespaces)
    if role == "pod":
        return [*pods_of(pods)]
    slices = _listed("/apis/discovery.k8s.io/v1", "endpointslices", namespaces)
    return [*slices_of(slices, _listed("/api/v1", "services", namespaces), pods)]


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        found = _found(asked.path.strip("/"), parse_qs(asked.query).get("namespace", []))
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Write no line a second."""


@contextmanager
def discovery() -> Iterator[Callable[[str, list[str]], str]]:
    """Where a Prometheus asks for a role in some namespaces; in all, if none is named."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def address(role: str, namespaces: list[str]) -> str:
        query = "&".join(f"namespace={name}" for name in namespaces)
        return f"http://127.0.0.1:{server.server_port}/{role}?{query}"

    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()

"""NetworkPolicies that are enforced: by the real kube-router, and as the chart renders them."""

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import yaml
from kubectl import Kubectl, Manifest, eventually
from queues import hack_cluster, needs
from rendered_chart import rendered
from surroundings import ROOT_ONLY
from voicejobs import RELEASE_NAMESPACE

LISTENING: Final = 8090
SIGNER: Final = "voicejob-operator-signer"
Doors = Mapping[str, tuple[str, int]]
"""Addresses and ports, by what is there."""

_PYTHON: Final = "/opt/voicejob/bin/python3"
_VALUES: Final = Path(__file__).parents[2] / "hack" / "demo" / "values.yaml"
_METADATA: Final = "169.254.169.254"
_LISTEN: Final = f"""
import socket
server = socket.create_server(("", {LISTENING}))
while True:
    server.accept()[0].close()
"""
# What a policy refuses is answered at once by this enforcer; a packet that is lost is not.
_CONNECT: Final = """
import concurrent.futures, json, socket, sys

def opens(door):
    try:
        socket.create_connection(door, timeout=5).close()
    except OSError:
        return False
    return True

doors = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(len(doors)) as pool:
    opened = pool.map(opens, map(tuple, doors.values()))
    print(json.dumps([name for name, is_open in zip(doors, opened) if is_open]))
"""


@contextmanager
def kube_router_runs() -> Iterator[None]:
    """NetworkPolicies count meanwhile; without one every connection is let through as before."""
    needs(hack_cluster("kube-router", "build"), "kube-router")
    try:
        _kube_router("up")
        yield
    finally:
        _kube_router("down")


def _kube_router(state: str) -> None:
    done = hack_cluster("kube-router", state)
    assert done.returncode == 0, done.stderr


@contextmanager
def policies_of_the_chart(tenant: str, *private_hosts: str) -> Iterator[None]:
    """Those for workers in that namespace, and then the release's own; the signer's is the last.

    Workers are let to these private hosts.
    """
    values = {
        "networkPolicy": {"enabled": True, "workerNamespaces": [tenant]},
        "worker": {"allowedPrivateHosts": [*private_hosts]},
    }
    found = rendered("voicejob-operator", RELEASE_NAMESPACE, values, "--values", str(_VALUES))
    policies = found.of("NetworkPolicy")
    parts = [
        (
            Kubectl(namespace),
            yaml.safe_dump_all(
                each for each in policies if each["metadata"]["namespace"] == namespace
            ),
        )
        for namespace in (tenant, RELEASE_NAMESPACE)
    ]
    try:
        for kubectl, part in parts:
            kubectl("apply", "--server-side", "-f", "-", stdin=part)
        yield
    finally:
        for kubectl, part in parts:
            kubectl("delete", "--ignore-not-found", "-f", "-", stdin=part)


def listener(kubectl: Kubectl, name: str) -> Manifest:
    """A pod that nobody's policy is about, which listens; returned once it does."""
    container = {
        "name": "listener",
        "image": "localhost/voicejob-worker:dev-piper",
        "imagePullPolicy": "Never",
        "command": [_PYTHON, "-c", _LISTEN],
        "readinessProbe": {"tcpSocket": {"port": LISTENING}, "periodSeconds": 1},
    }
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    kubectl.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec},
    )
    kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=50s")
    found = kubectl.get("pods", name)
    assert found is not None
    return found


def opened(kubectl: Kubectl, pod: str, doors: Doors) -> set[str]:
    """Which doors open for a pod."""
    code = ("exec", pod, "--", _PYTHON, "-c", _CONNECT, json.dumps(doors))
    return set(json.loads(kubectl(*code)))


@contextmanager
def metadata_service() -> Iterator[tuple[str, int]]:
    """The cloud's own, or on a machine that has none a server of its address on this node."""
    if _answers(_METADATA, 80):
        yield _METADATA, 80
        return
    where = (f"{_METADATA}/32", "dev", "lo")
    subprocess.run((*ROOT_ONLY, "ip", "address", "add", *where), check=True)
    try:
        with socket.create_server((_METADATA, 0)) as server:
            yield server.getsockname()
    finally:
        subprocess.run((*ROOT_ONLY, "ip", "address", "delete", *where), check=True)


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def service(name: str, namespace: str = RELEASE_NAMESPACE) -> tuple[str, int]:
    """Where a Service is reached: its first port."""
    found = Kubectl(namespace).get("service", name)
    assert found is not None, name
    return found["spec"]["clusterIP"], found["spec"]["ports"][0]["port"]


def await_refused(kubectl: Kubectl, pod: str) -> None:
    """Wait until the signer is shut for a pod, which it was not: all policies are in force."""
    door = {"signer": service(SIGNER)}
    eventually("the policies are in force", lambda: not opened(kubectl, pod, door), 30)

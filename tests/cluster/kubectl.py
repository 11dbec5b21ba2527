"""kubectl, as tests use it: the same program and the same output that a user has."""

import atexit
import functools
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import yaml

Manifest = dict[str, Any]

_CORE = "/api/v1"
COLLECTIONS = {
    "voicejob": ("/apis/voicejob.dev/v1alpha1", "voicejobs"),
    "jobs": ("/apis/batch/v1", "jobs"),
    "deployment": ("/apis/apps/v1", "deployments"),
    "pods": (_CORE, "pods"),
    "secret": (_CORE, "secrets"),
    "events": (_CORE, "events"),
    "service": (_CORE, "services"),
    "endpointslices": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "configmap": (_CORE, "configmaps"),
    "serviceaccount": (_CORE, "serviceaccounts"),
    "nodes": ("", "/api/v1/nodes"),
    "clusterroles": ("", "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
    "clusterrolebindings": ("", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
}
"""Where each kind is read; the empty prefix is of kinds without a namespace."""


class Refused(Exception):
    """kubectl ended with an error; the text is what it printed."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl in one namespace."""

    namespace: str

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> str:
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        return done.decode()

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> bytes:
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = subprocess.run(
            command,
            input=stdin.encode() if stdin is not None else None,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise Refused(done.stderr.decode())
        return done.stdout

    def create(self, *manifests: Manifest) -> str:
        return self("create", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def get(self, kind: str, name: str) -> Manifest | None:
        """Read an object; None where there is none."""
        return read(f"{_collection(kind, self.namespace)}/{name}")

    def list(self, kind: str, selector: str = "") -> list[Manifest]:
        """Read all objects of a kind."""
        query = f"?labelSelector={quote(selector)}" if selector else ""
        found = read(_collection(kind, self.namespace) + query)
        assert found is not None, kind
        items: list[Manifest] = found["items"]
        return items

    def patch(self, kind: str, name: str, patch: Manifest) -> str:
        return self("patch", kind, name, "--type", "merge", "-p", json.dumps(patch))


def _collection(kind: str, namespace: str) -> str:
    prefix, plural = COLLECTIONS[kind]
    return f"{prefix}/namespaces/{namespace}/{plural}" if prefix else plural


def read(path: str) -> Manifest | None:
    """Ask the API server through a `kubectl proxy`: a hundred times cheaper than `kubectl get`."""
    try:
        with urllib.request.urlopen(_proxy() + path, timeout=30) as answer:
            found: Manifest = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
    return found


@functools.cache
def _proxy() -> str:
    """Start a `kubectl proxy` for this process, and return its address."""
    process = subprocess.Popen(
        ["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    atexit.register(process.kill)
    assert process.stdout is not None
    said = process.stdout.readline()
    return f"http://{said.split()[-1]}"


def eventually(what: str, ask: Callable[[], Any], seconds: float, every: float = 0.25) -> Any:
    """Ask until the answer is truthy; fail with the last answer's story when time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)

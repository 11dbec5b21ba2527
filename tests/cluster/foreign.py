"""The local cluster as somebody else's: a registry in it, a plain kubeconfig, nothing of hack's."""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from kubectl import Kubectl, Manifest, eventually
from queues import hack_cluster, needs
from surroundings import ROOT_ONLY

REGISTRY_IMAGE: Final = "localhost/registry:dev"
STORE_IMAGE: Final = "localhost/versitygw:dev"
BASE_IMAGE: Final = "localhost/voicejob-base:bookworm"
CONTEXT: Final = "somebody-elses"
_CONFIGURATION: Final = {
    "version": 0.1,
    "storage": {"filesystem": {"rootdirectory": "/var/lib/registry"}},
    "http": {"addr": ":5000"},
    "log": {"formatter": "json"},
}


@dataclass(frozen=True)
class PodRegistry:
    """A registry in a pod, which this machine and the node's containerd both reach by its port."""

    kubectl: Kubectl
    address: str

    def pulls(self) -> set[str]:
        """The images whose manifests a containerd has asked for."""
        lines = self.kubectl("logs", "registry").splitlines()
        asked = [line for line in lines if '"http.request.useragent":"containerd' in line]
        return {
            line.partition('"http.request.uri":"/v2/')[2].partition("/manifests/")[0]
            for line in asked
            if "/manifests/" in line
        }

    def forget(self) -> None:
        """Take its names out of buildah's store, where each run would leave two."""
        buildah = (*ROOT_ONLY, "buildah")
        listed = subprocess.run(
            (*buildah, "images", "--format", "{{.Name}}:{{.Tag}}"),
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.split()
        own = [name for name in listed if name.startswith(f"{self.address}/")]
        if own:
            subprocess.run((*buildah, "rmi", *own), check=True, capture_output=True, timeout=60)

    def mirror(self, image: str) -> str:
        """Put an image of the node's into it; return its name there."""
        there = f"{self.address}/{image.rpartition('/')[2]}"
        _ctr("images", "tag", "--force", image, there)
        _ctr("images", "push", "--plain-http", there)
        _ctr("images", "remove", there)
        return there


def make_registry(kubectl: Kubectl) -> PodRegistry:
    """The distribution project's, in that namespace."""
    needs(hack_cluster("registry"), "the registry")
    kubectl.create(*_manifests())
    kubectl("wait", "pod", "registry", "--for=condition=Ready", "--timeout=60s", timeout=70)
    service = kubectl.get("service", "registry")
    assert service is not None
    address = f"localhost:{service['spec']['ports'][0]['nodePort']}"
    eventually("the node's port leads to the registry", lambda: _answers(address), 30)
    return PodRegistry(kubectl, address)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=2):
            return True
    except OSError:
        return False


def _manifests() -> Iterator[Manifest]:
    def named(kind: str, **more: Any) -> Manifest:
        metadata = {"name": "registry", "labels": {"app": "registry"}}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}

    yield named("ConfigMap", data={"config.yml": yaml.safe_dump(_CONFIGURATION)})
    port = {"port": 5000}
    yield named(
        "Service", spec={"type": "NodePort", "selector": {"app": "registry"}, "ports": [port]}
    )
    yield named(
        "Pod",
        spec={
            "terminationGracePeriodSeconds": 1,
            "enableServiceLinks": False,  # it would take them for its configuration
            "securityContext": {"fsGroup": 65532},
            "containers": [
                {
                    "name": "registry",
                    "image": REGISTRY_IMAGE,
                    "imagePullPolicy": "Never",
                    "readinessProbe": {
                        "httpGet": {"path": "/v2/", "port": 5000},
                        "periodSeconds": 1,
                    },
                    "volumeMounts": [
                        {"name": "configuration", "mountPath": "/etc/distribution"},
                        {"name": "images", "mountPath": "/var/lib/registry"},
                    ],
                }
            ],
            "volumes": [
                {"name": "configuration", "configMap": {"name": "registry"}},
                {"name": "images", "emptyDir": {}},
            ],
        },
    )


@contextmanager
def kubeconfig_of_an_administrator(kubectl: Kubectl, path: Path) -> Iterator[Path]:
    """A kubeconfig with a fresh token and nothing of the local cluster's but its address."""
    name = f"{kubectl.namespace}-admin"
    kubectl("create", "serviceaccount", "admin")
    account = f"--serviceaccount={kubectl.namespace}:admin"
    kubectl("create", "clusterrolebinding", name, "--clusterrole=cluster-admin", account)
    found = yaml.safe_load(kubectl("config", "view", "--raw", "--minify"))
    context = {"cluster": "theirs", "user": "me", "namespace": kubectl.namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "theirs", "cluster": found["clusters"][0]["cluster"]}],
        "users": [{"name": "me", "user": {"token": kubectl("create", "token", "admin").strip()}}],
        "contexts": [{"name": CONTEXT, "context": context}],
        "current-context": CONTEXT,
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    try:
        yield path
    finally:
        kubectl("delete", "clusterrolebinding", name, "--wait=false")


def bare_environment(folder: Path, kubeconfig: Path) -> dict[str, str]:
    """What a newcomer's shell has: Debian's programs, kubectl, helm, a Python, a kubeconfig.

    Its player writes what it is given to play to ``played.wav`` in the folder.
    """
    programs = folder / "bin"
    programs.mkdir()
    for name in ("kubectl", "helm"):
        (programs / name).symlink_to(Path(str(shutil.which(name))).resolve())
    python = getattr(sys, "_base_executable", sys.executable)  # not the virtual environment's
    (programs / "python3").symlink_to(python)
    _write(programs / "ffplay", f'for last; do :; done; cp "$last" {folder}/played.wav')
    if ROOT_ONLY:
        _write(programs / "buildah", f'exec {" ".join(ROOT_ONLY)} /usr/bin/buildah "$@"')
    hidden = (
        *("VOICEJOB_", "CONTAINERD_", "XDG_CACHE_HOME", "PYTHON", "VIRTUAL_ENV", "CI"),
        *("MAKE", "MFLAGS"),  # of the `make` that runs the tests
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return kept | {
        "PATH": f"{programs}:/usr/bin:/bin",
        "KUBECONFIG": str(kubeconfig),
        "VOICEJOB_CLUSTER_DIR": "/nonexistent",
    }


def _write(program: Path, body: str) -> None:
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def repository(source: Path, target: Path) -> Path:
    """A repository to clone from, which holds a working tree as it is, committed or not."""
    git = ("git", "-C", str(target), "-c", "user.name=test", "-c", "user.email=test@test")
    listed = ("git", "-C", str(source), "ls-files", "-z", "--cached", "--others")
    names = subprocess.run((*listed, "--exclude-standard"), check=True, capture_output=True).stdout
    for name in names.decode().split("\0"):
        if name and (source / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "as it is")):
        subprocess.run((*git, *command), check=True, capture_output=True, timeout=60)
    return target


def _ctr(*arguments: str) -> None:
    command = (*ROOT_ONLY, "env", *_containerd(), str(shutil.which("ctr")), *arguments)
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _containerd() -> list[str]:
    names = ("CONTAINERD_ADDRESS", "CONTAINERD_NAMESPACE")
    return [f"{name}={os.environ[name]}" for name in names]

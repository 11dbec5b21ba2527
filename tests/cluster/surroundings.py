"""What stands around the operator in the tests: its store, a volume, another operator process."""

import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.client import Config
from kubectl import Kubectl, Manifest, eventually
from making.ports import free_port
from voicejobs import OPERATOR, RELEASE_NAMESPACE, VoiceJobs

ROOT_ONLY: Final = () if os.geteuid() == 0 else ("sudo", "-n")
"""Before a command that root alone may run."""

BUCKET = "voicejob"
STORE = "voicejob-operator-store"


@dataclass(frozen=True)
class ClusterStore:
    """The store of the release, as an administrator sees it from the node."""

    endpoint: str
    key: str
    secret: str

    @property
    def client(self) -> Any:
        return botocore.session.Session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def bucket(self, prefix: str) -> str:
        """Make a bucket of a name of its own."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        self.client.create_bucket(Bucket=name)
        return name

    def has_bucket(self, name: str) -> bool:
        """Whether there is a bucket of that name."""
        return name in [found["Name"] for found in self.client.list_buckets()["Buckets"]]

    def keys(self, prefix: str, bucket: str = BUCKET) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def checkpoints(self, uid: str) -> list[str]:
        """Keys of a VoiceJob's checkpoint, whatever the cluster's identity: one or none."""
        return [key for key in self.keys("checkpoints/") if key.endswith(f"/{uid}")]

    def sha256(self, uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return hashlib.sha256(body).hexdigest()


def find_store() -> ClusterStore:
    kubectl = Kubectl(RELEASE_NAMESPACE)
    service = kubectl.get("service", STORE)
    secret = kubectl.get("secret", f"{STORE}-key-1")
    assert service is not None
    assert secret is not None
    values = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
    port = service["spec"]["ports"][0]["port"]
    return ClusterStore(
        endpoint=f"http://{service['spec']['clusterIP']}:{port}",
        key=values["AWS_ACCESS_KEY_ID"],
        secret=values["AWS_SECRET_ACCESS_KEY"],
    )


def real_node() -> str:
    """Name of the node that a kubelet runs; others may be there that a test, or kwok, plays."""
    versions = {
        node["metadata"]["name"]: node["status"].get("nodeInfo", {}).get("kubeletVersion", "")
        for node in Kubectl("default").list("nodes")
    }
    (name,) = (name for name, version in versions.items() if version.startswith("v"))
    return name


@dataclass(frozen=True)
class StoreDoor:
    """A service of the test's own that leads to the release's store, until the test shuts it."""

    kubectl: Kubectl
    endpoint: str
    leads_to: Manifest
    """The EndpointSlice behind the service."""

    def open(self) -> None:
        self.kubectl.create(self.leads_to)

    def shut(self) -> None:
        """The store is away for those who come through here: the service leads nowhere."""
        self.kubectl("delete", "endpointslice", self.leads_to["metadata"]["name"])


def make_door(kubectl: Kubectl) -> StoreDoor:
    """An open door in that namespace."""
    behind = f"kubernetes.io/service-name={STORE}"
    (found,) = Kubectl(RELEASE_NAMESPACE).list("endpointslices", behind)
    leads_to = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "door", "labels": {"kubernetes.io/service-name": "door"}},
        **{name: found[name] for name in ("addressType", "ports", "endpoints")},
    }
    ports = [{"name": port["name"], "port": port["port"]} for port in found["ports"]]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "door"}}
    kubectl.create(service | {"spec": {"ports": ports}})
    endpoint = f"http://{_cluster_ip(kubectl, 'door')}:{ports[0]['port']}"
    door = StoreDoor(kubectl, endpoint, leads_to)
    door.open()
    return door


@dataclass(frozen=True)
class NodeVolume:
    """A PersistentVolumeClaim over a folder of the node."""

    claim: str
    folder: Path

    def sha256(self, uri: str) -> str:
        path = self.folder / uri.removeprefix(f"pvc://{self.claim}/")
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def put(self, name: str, content: bytes) -> str:
        """Write a file into the volume; return its address."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self.address(name)

    def address(self, name: str) -> str:
        return f"pvc://{self.claim}/{name}"


@contextmanager
def small_disk(folder: Path, size: str = "64k") -> Iterator[Path]:
    """A file system of that size at ``folder``, which everybody may write to."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0777"
    subprocess.run((*ROOT_ONLY, "mount", "-t", "tmpfs", "-o", options, "tmpfs", folder), check=True)
    try:
        yield folder
    finally:
        subprocess.run((*ROOT_ONLY, "umount", "--lazy", folder), check=True)


def make_volume(kubectl: Kubectl, folder: Path) -> NodeVolume:
    folder.chmod(0o777)
    name = f"{kubectl.namespace}-volume"
    size = {"storage": "1Gi"}
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": size,
                "accessModes": ["ReadWriteMany"],
                "hostPath": {"path": str(folder)},
                "storageClassName": "",
                "claimRef": {"name": "audio", "namespace": kubectl.namespace},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "audio"},
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "storageClassName": "",
                "volumeName": name,
                "resources": {"requests": size},
            },
        },
    )
    return NodeVolume("audio", folder)


def connections_of(pod_address: str) -> set[str]:
    """What a pod opened connections to, by the kernel: ``store``, ``dns`` or an address."""
    table = subprocess.run(
        ["conntrack", "-L", "-s", pod_address], capture_output=True, text=True, check=True
    ).stdout
    system, release = Kubectl("kube-system"), Kubectl(RELEASE_NAMESPACE)
    known = {
        _cluster_ip(system, "kube-dns"): "dns",
        _cluster_ip(release, STORE): "store",
    }
    found = re.findall(rf"src={re.escape(pod_address)} dst=(\S+)", table)
    return {known.get(address, address) for address in found}


def _cluster_ip(kubectl: Kubectl, service: str) -> str:
    found = kubectl.get("service", service)
    assert found is not None
    return str(found["spec"]["clusterIP"])


@dataclass
class OwnOperator:
    """An operator process outside the cluster, for one namespace, which a test may set up as it
    likes and kill; the release's one is away meanwhile."""

    voicejobs: VoiceJobs
    store: ClusterStore
    log: Path
    kubeconfig: Path | None = None
    """Whose rights it has; an administrator's without one."""
    http_port: int = 0
    """Another one each time that it is started."""
    _process: subprocess.Popen[bytes] | None = None
    _settings: dict[str, str] = field(default_factory=dict)

    def start(self, **settings: str) -> VoiceJobs:
        """Start it, with further settings."""
        self._settings |= settings
        self.http_port = free_port()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "voicejob_operator", "run"],
                env={**os.environ, **self._environment()},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.voicejobs

    def kill(self) -> None:
        """End it as a crash would."""
        self.send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(10)

    def send(self, what: signal.Signals) -> None:
        """Send its process a signal."""
        assert self._process is not None
        self._process.send_signal(what)

    def answer(self, path: str) -> str:
        """What it says at ``/readyz`` or ``/metrics``, be it good or bad; empty for no answer."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.http_port}{path}", timeout=2
            ) as got:
                return str(got.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(40)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _environment(self) -> dict[str, str]:
        own = {
            "STORE__ENDPOINT": self.store.endpoint,
            "STORE__CREDENTIALS_DIR": "",  # is mounted in the release's pod alone
            "STORE__ACCESS_KEY_ID": self.store.key,
            "STORE__SECRET_ACCESS_KEY": self.store.secret,
            "REACH_WORKERS": "proxy",
            "HTTP_PORT": str(self.http_port),
            "WATCH_NAMESPACES": f'["{self.voicejobs.kubectl.namespace}"]',
        }
        own |= self._settings
        prefixed = {f"VOICEJOB_OPERATOR_{name}": value for name, value in own.items()}
        identity = {"KUBECONFIG": str(self.kubeconfig)} if self.kubeconfig else {}
        return _settings_of_the_release() | prefixed | identity


def _settings_of_the_release() -> dict[str, str]:
    """What the release's operator is told by its environment, but for secrets."""
    found = Kubectl(RELEASE_NAMESPACE).get("deployment", OPERATOR.removeprefix("deploy/"))
    assert found is not None
    variables = found["spec"]["template"]["spec"]["containers"][0]["env"]
    return {item["name"]: item["value"] for item in variables if "value" in item}


def scale(workload: str, replicas: int) -> None:
    """Scale a Deployment of the release and wait until it is so."""
    kubectl = Kubectl(RELEASE_NAMESPACE)
    kubectl("scale", workload, f"--replicas={replicas}")

    def settled() -> bool:
        found = kubectl.get("deployment", workload.removeprefix("deploy/"))
        assert found is not None
        status = found["status"]
        right = status.get("readyReplicas", 0) == replicas == status.get("replicas", 0)
        return right and (replicas > 0 or not _pods(kubectl, found))

    eventually(f"{workload} has {replicas} pods", settled, 90)


def _pods(kubectl: Kubectl, deployment: Any) -> list[Any]:
    labels = deployment["spec"]["selector"]["matchLabels"]
    return kubectl.list("pods", ",".join(f"{key}={value}" for key, value in labels.items()))

"""Where everything lies: this folder's sources, the caches, and the cluster's state."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onenode.errors import ClusterError

SOURCE = Path(__file__).resolve().parent.parent

# One cluster per machine: the ports, the pods' addresses and the iptables rules are the machine's.
DEFAULT_STATE = "/var/lib/voicejob-cluster"

# Kueue looks for a certificate below this folder and cannot be told to look elsewhere.
KUEUE_LINK = Path("/etc/kueue")


@dataclass(frozen=True)
class Layout:
    """The two folders that this program writes to, and the places inside them.

    Attributes:
        state: all that belongs to the running cluster; `down` deletes it.
        cache: compiled programs and image archives; `down` keeps it.
    """

    state: Path
    cache: Path

    @classmethod
    def of_this_machine(cls) -> Layout:
        """The layout that the environment asks for."""
        cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        state = os.environ.get("VOICEJOB_CLUSTER_DIR") or DEFAULT_STATE
        return cls(state=Path(state).resolve(), cache=Path(cache_home) / "voicejob")

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"

    @property
    def bin(self) -> Path:
        """Links to all programs of the cluster, for a person's PATH."""
        return self.state / "bin"

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.state / "pki"

    @property
    def config(self) -> Path:
        """The components' rendered configuration."""
        return self.state / "config"

    @property
    def records(self) -> Path:
        """One file per running component: which process it is."""
        return self.state / "pids"

    @property
    def logs(self) -> Path:
        """One log per component, and the API server's audit log."""
        return self.state / "logs"

    @property
    def etcd(self) -> Path:
        """All Kubernetes objects."""
        return self.state / "etcd"

    @property
    def unreadable_etcd(self) -> Path:
        """What `etcd` was before it could not be read, for a person to look at."""
        return self.state / "etcd.unreadable"

    @property
    def containerd(self) -> Path:
        """Images and containers (`root`), and what does not outlive a reboot (`state`, `runc`)."""
        return self.state / "containerd"

    @property
    def containerd_socket(self) -> Path:
        """Where `ctr` and the kubelet reach containerd."""
        return self.containerd / "containerd.sock"

    @property
    def cni(self) -> Path:
        """Which pod has which address."""
        return self.state / "cni"

    @property
    def kubelet(self) -> Path:
        """The pods' volumes."""
        return self.state / "kubelet"

    @property
    def volumes(self) -> Path:
        """The folders behind the PersistentVolumes."""
        return self.state / "volumes"

    @property
    def pod_logs(self) -> Path:
        """What containers print; `kubectl logs` reads it."""
        return self.state / "pod-logs"

    @property
    def loaded_images(self) -> Path:
        """One file per image that `images` has loaded: the hash of what it was made of."""
        return self.state / "images"

    @property
    def kueue(self) -> Path:
        """What Kueue reads."""
        return self.config / "kueue"

    @property
    def boot(self) -> Path:
        """The boot of the machine in which the cluster was started last."""
        return self.state / "boot"

    @property
    def archives(self) -> Path:
        """Image archives."""
        return self.cache / "images"

    def delete_state(self) -> None:
        """Deletes what the properties above name, and the folder itself unless more is in it."""
        if mounts := mounts_under(self.state):
            raise ClusterError(f"not deleting {self.state}, still mounted there: {mounts}")
        stores = (self.etcd, self.unreadable_etcd, self.containerd, self.loaded_images)
        of_pods = (self.cni, self.kubelet, self.pod_logs)
        for folder in (self.bin, self.pki, self.config, self.records, self.logs, *stores, *of_pods):
            shutil.rmtree(folder, ignore_errors=True)
        self.kubeconfig.unlink(missing_ok=True)
        self.boot.unlink(missing_ok=True)
        if self.state.is_dir() and not any(self.state.iterdir()):
            self.state.rmdir()


def mounts_under(folder: Path) -> list[Path]:
    """What is mounted inside a folder, in the order in which it can be unmounted."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(line.split()[4].replace("\\040", " ")) for line in lines]
    return [point for point in reversed(points) if point.is_relative_to(folder)]


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file so that a reader, or a crash, never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode=mode)
    temporary.write_text(text)
    temporary.replace(path)


@contextmanager
def only_one(lock: Path, doing: str, timeout_s: float) -> Iterator[None]:
    """Keeps other processes out of the block, by a lock that ends with this process.

    Raises:
        ClusterError: another process held the lock for longer than `timeout_s`.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        _acquire(file.fileno(), f"another process is {doing} (lock {lock})", timeout_s)
        yield


def _acquire(descriptor: int, whose: str, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    told = False
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise ClusterError(f"{whose}, and did not end within {timeout_s:.0f} s") from error
        if not told:
            print(f"waiting: {whose}", flush=True)
            told = True
        # flock waits for ever or not at all; asking again is what gives it a bound.
        time.sleep(0.2)

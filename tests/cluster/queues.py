"""The real Kueue, and queues as an administrator makes them for one namespace."""

import fcntl
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kubectl import Kubectl, Manifest, Refused

MANAGED: Final = "kueue-managed=true"
"""Label of the namespaces whose Jobs Kueue of the local cluster has to do with."""
PLENTY: Final = {"cpu": "1000", "memory": "1Ti"}
"""Quota that nobody waits for. Whatever a pod asks for needs some, or it is never admitted."""
_API: Final = "kueue.x-k8s.io/v1beta2"
_CLUSTER: Final = Path(__file__).parents[2] / "hack" / "cluster"
_IN_USE: Final = Path(tempfile.gettempdir(), "voicejob-kueue-is-in-use")
_THERE: Final = "it was there before"


def hack_cluster(*verb: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the local cluster's program."""
    command = ["python3", str(_CLUSTER), *verb]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


def needs(done: subprocess.CompletedProcess[str], what: str) -> None:
    """Skip where it cannot be had here; in CI that is a failure."""
    if done.returncode != 0 and os.environ.get("VOICEJOB_NO_SKIP") != "1":
        pytest.skip(f"{what} cannot be had here: {done.stderr[-2000:]}")
    assert done.returncode == 0, done.stderr


def kueue(state: str) -> None:
    """Bring Kueue up, or take it down."""
    done = hack_cluster("kueue", state)
    assert done.returncode == 0, done.stderr


@contextmanager
def kueue_runs() -> Iterator[None]:
    """Kueue is there, until the last process of this run is done with it, and as long as before."""
    needs(hack_cluster("kueue", "build"), "Kueue")
    with _IN_USE.open("a+") as held:
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.truncate(0)
            held.write(_THERE if is_running() else "")
            held.flush()
            kueue("up")
        fcntl.flock(held, fcntl.LOCK_SH)
        try:
            if not is_running():  # the last of those before has just taken it down
                kueue("up")
            yield
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                kueue("up" if _IN_USE.read_text() == _THERE else "down")


def is_running() -> bool:
    """Whether Kueue is one of the cluster's healthy processes."""
    return _process()[-1:] == ["healthy"]


def kill_kueue() -> None:
    """End its process as a crash would."""
    os.kill(int(_process()[1]), signal.SIGKILL)


def _process() -> list[str]:
    """Its name, pid and health; nothing if it was not started."""
    lines = map(str.split, hack_cluster("status").stdout.splitlines())
    return next((words for words in lines if words[0] == "kueue"), [])


@dataclass(frozen=True)
class Queues:
    """What an administrator makes. What is the whole cluster's is named after the namespace."""

    kubectl: Kubectl
    _made: list[str] = field(default_factory=list)

    def make(self, local: str = "voices", *, quotas: Manifest, **spec: Any) -> None:
        """A LocalQueue of that name and the ClusterQueue behind it, which gets further fields."""
        self.make_flavor()
        self.make_cluster_queue(quotas, **spec)
        self.make_local_queue(local)

    def make_flavor(self, **spec: Any) -> None:
        self._make("ResourceFlavor", spec)

    def make_cluster_queue(self, quotas: Manifest, **spec: Any) -> None:
        self._make("ClusterQueue", {**self._groups(quotas), **spec})

    def make_local_queue(self, name: str) -> None:
        self.kubectl.create(
            {
                "apiVersion": _API,
                "kind": "LocalQueue",
                "metadata": {"name": name},
                "spec": {"clusterQueue": self.kubectl.namespace},
            }
        )

    def stop(self) -> None:
        """Stop the ClusterQueue: what it has admitted is evicted."""
        self._change({"stopPolicy": "HoldAndDrain"})

    def go_on(self) -> None:
        """Let it admit again."""
        self._change({"stopPolicy": "None"})

    def give(self, quotas: Manifest) -> None:
        """Change the quotas."""
        self._change(self._groups(quotas))

    def make_priority(self, name: str, value: int) -> str:
        """A WorkloadPriorityClass of the namespace's own; its name."""
        own = f"{self.kubectl.namespace}-{name}"
        found = {"apiVersion": _API, "kind": "WorkloadPriorityClass", "metadata": {"name": own}}
        self.create({**found, "value": value})
        return own

    def create(self, manifest: Manifest) -> None:
        """Make any object, to be removed at the end."""
        self.kubectl.create(manifest)
        self._made.append(f"{manifest['kind'].lower()}/{manifest['metadata']['name']}")

    def workloads(self, job: str) -> list[Manifest]:
        """The Workloads that Kueue has made for a Job."""
        found = yaml.safe_load(self.kubectl("get", "workloads", "-o", "yaml"))["items"]
        return [w for w in found if w["metadata"]["ownerReferences"][0]["name"] == job]

    def remove(self) -> None:
        """What would outlive the namespace goes once nothing is in it."""
        # Kueue itself may have gone, and with it all that was made.
        with suppress(Refused):
            self.kubectl("delete", *self._made, "--ignore-not-found", "--wait=false")

    def _make(self, kind: str, spec: Manifest) -> None:
        metadata = {"name": self.kubectl.namespace}
        self.create({"apiVersion": _API, "kind": kind, "metadata": metadata, "spec": spec})

    def _change(self, spec: Manifest) -> None:
        self.kubectl.patch("clusterqueue", self.kubectl.namespace, {"spec": spec})

    def _groups(self, quotas: Manifest) -> Manifest:
        """Fields of the ClusterQueue that give these quotas."""
        covered = {**PLENTY, **quotas}
        amounts = [{"name": name, "nominalQuota": str(each)} for name, each in covered.items()]
        flavor = {"name": self.kubectl.namespace, "resources": amounts}
        return {
            "namespaceSelector": {},
            "resourceGroups": [{"coveredResources": [*covered], "flavors": [flavor]}],
        }

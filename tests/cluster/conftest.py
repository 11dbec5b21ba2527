"""The real node with the chart installed. `make cluster-test` brings both up before."""

import fcntl
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gpu_park import Park, park_of
from kubectl import Kubectl, eventually
from surroundings import (
    ClusterStore,
    NodeVolume,
    OwnOperator,
    StoreDoor,
    connections_of,
    find_store,
    make_door,
    make_volume,
    scale,
)
from voicejobs import OPERATOR, RELEASE_NAMESPACE, VoiceJobs

OF_A_TEST = "voicejob.dev/test"
_AWAY = Path(tempfile.gettempdir(), "voicejob-release-is-away")
"""Locked by every process whose tests do without the release's operator."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest go first: the others fill the gaps beside them."""
    items.sort(key=lambda item: item.get_closest_marker("lengthy") is None)


@pytest.fixture(scope="session", autouse=True)
def release() -> Kubectl:
    """The namespace of the installed chart; the operator is available."""
    if shutil.which("kubectl") is None or "KUBECONFIG" not in os.environ:
        pytest.fail("no cluster: run these tests by `make cluster-test`")
    kubectl = Kubectl(RELEASE_NAMESPACE)
    _sweep_namespaces()
    _bring_back(kubectl)
    kubectl("rollout", "status", OPERATOR, "--timeout=90s", timeout=100)
    return kubectl


@pytest.fixture(scope="session")
def kubectl_anywhere(release: Kubectl) -> Kubectl:
    """The default namespace, for questions that leave nothing behind."""
    return Kubectl("default")


def _bring_back(kubectl: Kubectl) -> None:
    """Start the operator that a run which was interrupted has left away."""
    with _AWAY.open("w") as held, suppress(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = kubectl.get("deployment", OPERATOR.removeprefix("deploy/"))
        if found is not None and found["spec"]["replicas"] == 0:
            scale(OPERATOR, 1)


def _sweep_namespaces() -> None:
    """Delete what tests that were interrupted have left; no test takes an hour."""
    found = Kubectl("default")("get", "namespaces", "-l", OF_A_TEST, "-o", "json")
    for item in json.loads(found)["items"]:
        made = datetime.fromisoformat(item["metadata"]["creationTimestamp"])
        if datetime.now(UTC) - made > timedelta(hours=1):
            Kubectl("default")("delete", "namespace", item["metadata"]["name"], "--wait=false")


@contextmanager
def namespace() -> Iterator[Kubectl]:
    """A new namespace, deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster = Kubectl("default")
    metadata = {"name": name, "labels": {OF_A_TEST: "yes"}}
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    eventually(
        "the default service account", lambda: Kubectl(name).get("serviceaccount", "default"), 20
    )
    yield Kubectl(name)
    cluster("delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(release: Kubectl) -> Iterator[Kubectl]:
    """A namespace of the test's own."""
    with namespace() as own:
        yield own


@pytest.fixture
def voicejobs(kubectl: Kubectl) -> VoiceJobs:
    """The VoiceJobs of that namespace."""
    return VoiceJobs(kubectl)


@pytest.fixture
def park(kubectl: Kubectl) -> Iterator[Park]:
    """Nodes with GPUs for that namespace, none yet."""
    with park_of(kubectl.namespace) as own:
        yield own


@pytest.fixture
def other_voicejobs(release: Kubectl) -> Iterator[VoiceJobs]:
    """The VoiceJobs of a second namespace."""
    with namespace() as own:
        yield VoiceJobs(own)


@pytest.fixture
def store(release: Kubectl) -> ClusterStore:
    """The release's store, with its credentials."""
    return find_store()


@pytest.fixture
def store_address(release: Kubectl) -> str:
    """The store's address as pods reach it: by its service's name."""
    return f"http://voicejob-operator-store.{RELEASE_NAMESPACE}.svc.cluster.local:7070"


@pytest.fixture
def volume(kubectl: Kubectl) -> Iterator[NodeVolume]:
    """A volume in the test's namespace."""
    with tempfile.TemporaryDirectory() as folder:
        yield make_volume(kubectl, Path(folder))
        kubectl("delete", "persistentvolume", f"{kubectl.namespace}-volume", "--wait=false")


@pytest.fixture
def connections() -> Callable[[str], set[str]]:
    """What a pod's address has opened connections to."""
    return connections_of


@pytest.fixture
def examples() -> list[Path]:
    """Every manifest in examples/."""
    return sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


@pytest.fixture
def door(kubectl: Kubectl) -> StoreDoor:
    """A way to the release's store that nobody else goes."""
    return make_door(kubectl)


@pytest.fixture(scope="session")
def without_the_release(release: Kubectl) -> Iterator[None]:
    """The release's operator is away, until the last process of this run is done without it."""
    with _AWAY.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        try:
            scale(OPERATOR, 0)
            yield
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                scale(OPERATOR, 1)


@pytest.fixture
def own_operator(
    without_the_release: None, voicejobs: VoiceJobs, tmp_path: Path
) -> Iterator[OwnOperator]:
    """An operator outside the cluster, instead of the release's."""
    own = OwnOperator(voicejobs, find_store(), tmp_path / "operator.log")
    try:
        yield own
    finally:
        own.close()
        print((tmp_path / "operator.log").read_text()[-6000:])

"""The real node with the chart installed. `make cluster-test` brings both up before."""

import os
import shutil
import uuid
from collections.abc import Iterator

import pytest
from kubectl import Kubectl, eventually
from voicejobs import OPERATOR, RELEASE_NAMESPACE, VoiceJobs


@pytest.fixture(scope="session", autouse=True)
def release() -> Kubectl:
    """The namespace of the installed chart; the operator is available."""
    if shutil.which("kubectl") is None or "KUBECONFIG" not in os.environ:
        pytest.fail("no cluster: run these tests by `make cluster-test`")
    kubectl = Kubectl(RELEASE_NAMESPACE)
    kubectl("rollout", "status", OPERATOR, "--timeout=90s", timeout=100)
    return kubectl


@pytest.fixture
def kubectl(release: Kubectl) -> Iterator[Kubectl]:
    """A namespace of the test's own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster = Kubectl("default")
    cluster("create", "namespace", name)
    eventually(
        "the default service account",
        lambda: Kubectl(name).get("serviceaccount", "default"),
        20,
    )
    yield Kubectl(name)
    cluster("delete", "namespace", name, "--wait=false")


@pytest.fixture
def voicejobs(kubectl: Kubectl) -> VoiceJobs:
    """The VoiceJobs of that namespace."""
    return VoiceJobs(kubectl)


@pytest.fixture(scope="session")
def kubectl_anywhere(release: Kubectl) -> Kubectl:
    """The default namespace, for questions that leave nothing behind."""
    return Kubectl("default")

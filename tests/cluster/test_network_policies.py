"""The chart's NetworkPolicies, enforced: who connects to whom, and VoiceJobs that live with it."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from account import write_kubeconfig
from kubectl import Kubectl, eventually
from policies import (
    LISTENING,
    SIGNER,
    Doors,
    await_refused,
    kube_router_runs,
    listener,
    metadata_service,
    opened,
    policies_of_the_chart,
    service,
)
from surroundings import STORE, real_node
from through_gateway import ask, led
from through_gateway import opened as told
from voicejobs import OPERATOR, RELEASE_NAMESPACE, SENTENCES, VoiceJobs, long_text

from voicejob_api.capability import HEADER, audio_path
from voicejob_api.pod import STATUS_PORT

pytestmark = pytest.mark.disruptive

GATEWAY = "voicejob-operator-gateway"
API_SERVER = {"API server", "API server's own address"}
NODES = API_SERVER | {"kubelet", "metadata service"}


@pytest.fixture(scope="module")
def enforcer() -> Iterator[None]:
    with kube_router_runs():
        yield


@pytest.fixture
def stranger(kubectl: Kubectl) -> str:
    """Address of a pod in the tenant's namespace, of nobody's."""
    return str(listener(kubectl, "stranger")["status"]["podIP"])


@pytest.fixture
def doors(stranger: str) -> Iterator[Doors]:
    """Whatever listens on the cluster, but workers."""
    node = Kubectl("default").get("nodes", real_node())
    assert node is not None
    addresses = node["status"]["addresses"]
    (address,) = (each["address"] for each in addresses if each["type"] == "InternalIP")
    if ipaddress.ip_address(address).is_global:
        pytest.skip(f"the node's own address, {address}, is a public one: workers may go there")
    port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    with metadata_service() as metadata:
        yield {
            "stranger": (stranger, LISTENING),
            "store": service(STORE),
            "signer": service(SIGNER),
            "gateway": service(GATEWAY),
            "API server": service("kubernetes", "default"),
            "API server's own address": (address, 6443),
            "kubelet": (address, port),
            "metadata service": metadata,
        }


def test_nobody_connects_but_those_whom_the_policies_name(
    enforcer: None, voicejobs: VoiceJobs, doors: Doors
) -> None:
    tenant, release = voicejobs.kubectl, Kubectl(RELEASE_NAMESPACE)
    voicejobs.apply("long", text=long_text(2000), retries=0)
    voicejobs.await_phase("long", "Running")
    (pod,) = voicejobs.pods("long")
    worker = pod["metadata"]["name"]
    doors = {**doors, "worker": (pod["status"]["podIP"], STATUS_PORT)}
    who = {
        "worker": (tenant, worker),
        "stranger": (tenant, "stranger"),
        "operator": (release, OPERATOR),
        "gateway": (release, f"deploy/{GATEWAY}"),
    }

    def table() -> dict[str, set[str]]:
        return {name: opened(*pod, doors) - {name} for name, pod in who.items()}

    everything = {name: set(doors) - {name} for name in who}
    status = {"worker": doors["worker"]}
    eventually("the worker listens", lambda: opened(tenant, "stranger", status), 30)
    assert table() == everything, "nothing is shut where there is no policy"
    with policies_of_the_chart(tenant.namespace):
        await_refused(tenant, "stranger")
        assert table() == {
            "worker": {"store", "signer"},
            "stranger": {"gateway", *NODES},
            "operator": {"worker", "store", *API_SERVER},
            "gateway": {"store", *API_SERVER},
        }
    eventually("all is open again", lambda: table() == everything, 30)
    with policies_of_the_chart(tenant.namespace, doors["stranger"][0]):
        await_refused(tenant, "stranger")
        assert table()["worker"] == {"store", "signer", "stranger"}


def test_voicejobs_are_spoken_and_heard_behind_the_policies(
    enforcer: None, voicejobs: VoiceJobs, stranger: str, tmp_path: Path
) -> None:
    tenant = voicejobs.kubectl
    with policies_of_the_chart(tenant.namespace):
        await_refused(tenant, "stranger")
        voicejobs.apply("long", text=long_text(60), retries=0)
        voicejobs.apply("items", items=[{"id": "one", "text": SENTENCES[0]}], retries=0)
        voicejobs.await_phase("long", "Running")

        def percent() -> int:
            return int(voicejobs.status("long").get("progress", {}).get("percent", 0))

        eventually("the operator hears of progress", lambda: 0 < percent() < 100, 60)
        assert voicejobs.condition("long", "Stalled").get("reason") != "WorkerUnreachable"
        for name in ("long", "items"):
            status = voicejobs.await_phase(name, "Succeeded")
            assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
        assert voicejobs.heard("long").is_audible
        key = told(tenant, voicejobs.get("long"))
        tenant("create", "serviceaccount", "listener")
        config = write_kubeconfig(tenant, "listener", tmp_path / "listener")
        with led("--kubeconfig", str(config), "proxy", "--port=0") as api:
            path = api + key["proxyPath"] + audio_path(tenant.namespace, "long")
            answer = ask(path, **{HEADER: key["capability"]})
        assert answer[0] == 200, answer

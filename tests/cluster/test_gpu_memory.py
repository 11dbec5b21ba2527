"""What NVML says reaches the status: a library in its place in a real pod, brought as CDI does."""

import json
from collections.abc import Iterator

import pytest
from kubectl import Kubectl, eventually
from making.nvml import FakeNvml, Gpu
from making.nvml_in_pods import FOLDER, POLICIES, library_in_pods
from surroundings import real_node
from voicejobs import VoiceJobs, long_text

RESOURCE = "nvidia.com/mig-1g.5gb"
INSTANCE = Gpu(
    "MIG-33333333-3333-3333-3333-333333333333",
    "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
    total=4864,
    used=1234,
    reserved=21,
    processes={"self": 777, "4711": 400},
)
GPU = Gpu("GPU-22222222-2222-2222-2222-222222222222", used=9999, instances=[INSTANCE])


@pytest.fixture
def instance(kubectl: Kubectl, tmp_path) -> Iterator[None]:
    """A MIG instance on the node, and each pod of the namespace has NVML as the GPU's owner has."""
    nvml = FakeNvml.build(tmp_path)
    if nvml is None:
        pytest.skip("there is no C compiler (cc) to build the library with")
    nvml.write(GPU, driver="580.65.06")
    name = f"{kubectl.namespace}-nvml"
    kubectl.create(*library_in_pods(name, kubectl.namespace, tmp_path))
    advertise(1)
    probe = ("run", "probe", "--image=localhost/pause:dev", "--dry-run=server", "--output=yaml")
    try:
        eventually("the policy is in force", lambda: FOLDER in kubectl(*probe), 20)
        yield
    finally:
        kubectl("delete", POLICIES, name)
        advertise(0)


def advertise(count: int) -> None:
    """Have the node offer so many of the instances, as a device plugin would."""
    node = real_node()
    amount = {RESOURCE: str(count)}
    patch = json.dumps({"status": {"capacity": amount, "allocatable": amount}})
    how = ("--subresource=status", "--type=merge", "-p", patch)
    Kubectl("default")("patch", "node", node, *how)


def test_the_status_equals_what_nvml_says(voicejobs: VoiceJobs, instance: None) -> None:
    # Of a kind of its own: what is invented must not be taken for what others need.
    gpu = {"resourceName": RESOURCE, "lowVRAM": "On"}
    voicejobs.apply("spoken", text=long_text(4), gpu=gpu)
    (attempt,) = voicejobs.await_phase("spoken", "Succeeded")["attempts"]
    assert attempt["gpu"] == {
        "name": INSTANCE.name,
        "uuid": INSTANCE.uuid,
        "memoryMiB": INSTANCE.total,
        "computeCapability": "8.0",
        "driver": "580.65.06",
    }
    vram = attempt["vram"]
    stages = {stage["name"]: stage for stage in vram.pop("stages")}
    assert vram == {
        "requestedMiB": 5120,
        "deviceBeforeMiB": INSTANCE.used,
        "devicePeakMiB": INSTANCE.used,
        "processPeakMiB": 777,
        "summary": "0/5120 MiB",
    }
    assert stages["synthesise"]["deviceAfterMiB"] == INSTANCE.used
    wide = voicejobs.kubectl("get", "voicejob", "spoken", "-o", "wide").split()
    assert "0/5120" in wide, "the column VRAM: nothing came onto the device"

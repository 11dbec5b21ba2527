"""What NVML says reaches the status: a library in its place in a real pod, brought as CDI does."""

import base64
import json
from collections.abc import Iterator

import pytest
from kubectl import Kubectl, eventually
from making.nvml import LIBRARY, FakeNvml, Gpu
from voicejobs import VoiceJobs, long_text

RESOURCE = "nvidia.com/mig-1g.5gb"
FOLDER = "/usr/local/nvml"
POLICIES = "mutatingadmissionpolicy,mutatingadmissionpolicybinding"
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
    files = {name: (tmp_path / name).read_bytes() for name in (LIBRARY, "script")}
    name = f"{kubectl.namespace}-nvml"
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "nvml"},
            "binaryData": {name: base64.b64encode(b).decode() for name, b in files.items()},
        },
        *injection(name, kubectl.namespace),
    )
    advertise(1)
    probe = ("run", "probe", "--image=localhost/pause:dev", "--dry-run=server", "--output=yaml")
    try:
        eventually("the policy is in force", lambda: FOLDER in kubectl(*probe), 20)
        yield
    finally:
        kubectl("delete", POLICIES, name)
        advertise(0)


def injection(name: str, namespace: str) -> list[dict[str, object]]:
    """What a device plugin's CDI edits do to a container, by an admission policy."""
    variables = {"LD_LIBRARY_PATH": FOLDER, "NVIDIA_VISIBLE_DEVICES": "void"}
    env = ", ".join(
        f'Object.spec.containers.env{{name: "{key}", value: "{value}"}}'
        for key, value in variables.items()
    )
    mount = f'Object.spec.containers.volumeMounts{{name: "nvml", mountPath: "{FOLDER}"}}'
    expression = (
        "Object{spec: Object.spec{"
        'volumes: [Object.spec.volumes{name: "nvml", '
        'configMap: Object.spec.volumes.configMap{name: "nvml"}}], '
        "containers: object.spec.containers.map(c, Object.spec.containers{"
        f"name: c.name, env: [{env}], volumeMounts: [{mount}]"
        "})}}"
    )
    admission, metadata = "admissionregistration.k8s.io/v1", {"name": name}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"]}
    constraints = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "resourceRules": [{**rule, "resources": ["pods"]}],
    }
    mutation = {"patchType": "ApplyConfiguration"}
    return [
        {
            "apiVersion": admission,
            "kind": "MutatingAdmissionPolicy",
            "metadata": metadata,
            "spec": {
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "matchConstraints": constraints,
                "mutations": [{**mutation, "applyConfiguration": {"expression": expression}}],
            },
        },
        {
            "apiVersion": admission,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": metadata,
            "spec": {"policyName": name},
        },
    ]


def advertise(count: int) -> None:
    """Have the node offer so many of the instances, as a device plugin would."""
    node = Kubectl("default").list("nodes")[0]["metadata"]["name"]
    amount = {RESOURCE: str(count)}
    patch = json.dumps({"status": {"capacity": amount, "allocatable": amount}})
    how = ("--subresource=status", "--type=merge", "-p", patch)
    Kubectl("default")("patch", "node", node, *how)


def test_the_status_equals_what_nvml_says(voicejobs: VoiceJobs, instance: None) -> None:
    voicejobs.apply("spoken", text=long_text(4), gpu={"resourceName": RESOURCE})
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
    }
    assert stages["synthesise"]["deviceAfterMiB"] == INSTANCE.used
    wide = voicejobs.kubectl("get", "voicejob", "spoken", "-o", "wide").split()
    assert str(INSTANCE.used) in wide, "the column VRAM"

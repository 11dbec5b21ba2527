"""A way to a GPU that a platform has closed, and a queue, are got by no other field or key."""

import pytest
from rendering import voicejob

from voicejob_operator.manifests.fences import violation
from voicejob_operator.settings import AllowedSettings

ALL_KEYS = AllowedSettings(pod_labels=("*",), pod_annotations=("*",))


def labelled(field, key):
    return voicejob(podTemplate={"metadata": {field: {key: "x"}}})


@pytest.mark.parametrize(
    ("gpu", "field", "way"),
    [
        ({}, "allocation", "Auto"),
        ({"claimTemplateName": "half"}, "claimTemplateName", "ResourceClaim"),
        ({"deviceClassName": "gpu.nvidia.com"}, "deviceClassName", "ResourceClaim"),
        ({"resourceName": "nvidia.com/gpu"}, "resourceName", "ExtendedResource"),
        (
            {"allocation": "ResourceClaim", "claimTemplateName": "half"},
            "allocation",
            "ResourceClaim",
        ),
        ({"allocation": "HAMi", "resourceName": "nvidia.com/gpu"}, "allocation", "HAMi"),
        ({"allocation": "KAI"}, "allocation", "KAI"),
    ],
)
def test_a_way_that_is_closed_is_asked_for_by_no_other_field_either(gpu, field, way):
    ways = ("Auto", "ExtendedResource", "ResourceClaim", "HAMi", "KAI")
    others = AllowedSettings(gpu_allocations=tuple(each for each in ways if each != way))
    assert str(violation(voicejob(gpu=gpu), others)).startswith(
        f"spec.gpu.{field} asks for {way}, which this platform does not allow: ask its "
        "administrator to add it to allowed.gpuAllocations (there now: "
    )
    assert violation(voicejob(gpu=gpu), AllowedSettings(gpu_allocations=(way,))) is None


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize(
    "key",
    [
        "kueue.x-k8s.io/queue-name",
        "kueue.x-k8s.io/priority-class",
        "kueue.x-k8s.io/pod-group-name",
        "kueue.x-k8s.io/pod-group-total-count",
        "kueue.x-k8s.io/prebuilt-workload-name",
        "kai.scheduler/queue",
        "runai/queue",
        "gpu-memory",
        "gpu-fraction",
        "gpu-fraction-num-devices",
        "pod-group-name",
        "hami.io/vgpu-devices-allocated",
    ],
)
def test_no_platform_allows_a_key_by_which_a_queue_or_a_gpu_is_got_past_the_fences(field, key):
    refused = violation(labelled(field, key), ALL_KEYS)
    assert (refused.found, refused.value) == (key, "")


def test_a_topology_of_kueues_can_be_allowed():
    topology = labelled("annotations", "kueue.x-k8s.io/podset-required-topology")
    assert violation(topology, ALL_KEYS) is None

"""What is told of a GPU that no node could ever give."""

from copy import deepcopy
from dataclasses import replace

import pytest
from gpu_clusters import H200, L4, MIXED, SINGLE, SLICED, claiming, cluster

from voicejob_api.gpu import Allocation
from voicejob_operator.manifests.placement.devices import NVIDIA_GPU, Cluster
from voicejob_operator.manifests.placement.fitting import why_never
from voicejob_operator.manifests.placement.placement import Need, Way
from voicejob_operator.voicejobs.node_views import view_slice

SMALLER = deepcopy(MIXED)
SMALLER["metadata"]["labels"]["nvidia.com/mig-1g.10gb.memory"] = "9728"
WHOLE = Way(Allocation.EXTENDED_RESOURCE, NVIDIA_GPU)
NEAREST = {
    "the largest, where all have too little": (Need(memory_mib=200_000), "h200"),
    "the one that lacks least": (Need(memory_mib=200_000, capability=(9, 0)), "h200"),
    # Who asks for a product is not helped by another that is larger.
    "one of the product, whatever it lacks": (Need(memory_mib=6000, product="A100"), "single"),
    "one that is not shared": (Need(memory_mib=100, product="A10", exclusive=True), "sliced"),
}


@pytest.mark.parametrize("title", NEAREST)
def test_the_node_that_comes_nearest_is(title):
    need, node = NEAREST[title]
    told = why_never(WHOLE, need, cluster(L4, H200, SLICED, SINGLE), is_named=True)
    assert f"node {node} comes nearest" in told


def test_it_says_what_the_nearest_lacks_and_which_field_asks_for_it():
    need = Need(memory_mib=6000, product="A100", capability=(9, 0))
    told = why_never(WHOLE, need, cluster(SINGLE), is_named=True)
    assert "has 4864 MiB where gpu.memory asks for 6000" in told
    assert "has compute capability 8.0 where gpu.minComputeCapability is 9.0" in told


def test_what_a_device_does_not_tell_fits_no_claim_that_asks_for_it():
    silent = {"name": "silent", "uid": "s"}, {"driver": "gpu.amd.com", "devices": [{"name": "d"}]}
    view = view_slice({"metadata": silent[0], "spec": silent[1]})
    cluster_of_it = Cluster((), (view,), frozenset({"gpu.amd.com"}), None)
    claim = Way(Allocation.RESOURCE_CLAIM, "gpu.amd.com")
    asks = Need(memory_mib=100, product="MI300", capability=(9, 0))
    told = why_never(claim, asks, cluster_of_it, is_named=True)
    for field in ("gpu.memory", "gpu.product", "gpu.minComputeCapability"):
        assert f"does not tell what {field} asks for" in told
    assert not why_never(claim, Need(), cluster_of_it, is_named=True)


def test_a_platforms_own_name_for_its_gpus_may_be_anywhere():
    own = Way(Allocation.EXTENDED_RESOURCE, "nvidia.com/gpu-quarter")
    assert not why_never(own, Need(memory_mib=6000), cluster(L4), is_named=True)


@pytest.mark.parametrize(("asked", "fits"), [(23034, True), (23700, True), (24576, False)])
def test_a_gpu_may_have_a_little_less_than_its_name(asked, fits):
    told = why_never(WHOLE, Need(memory_mib=asked), cluster(L4), is_named=True)
    assert (told == "") is fits


@pytest.mark.parametrize(("asked", "is_it"), [(10240, True), (10241, False)])
def test_a_mig_profile_by_its_name_has_what_its_name_says(asked, is_it):
    """Its instances have 9,984 MiB, or on another card 9,728."""
    profile = Way(Allocation.EXTENDED_RESOURCE, "nvidia.com/mig-1g.10gb")
    told = why_never(profile, Need(memory_mib=asked), cluster(SMALLER), is_named=True)
    assert (told == "") is is_it


def test_a_claim_of_one_makers_class_is_not_looked_for_among_anothers_devices():
    cluster_of_nvidia = replace(claiming(), device_classes=frozenset({"gpu.amd.com"}))
    amd = Way(Allocation.RESOURCE_CLAIM, "gpu.amd.com")
    told = why_never(amd, Need(), cluster_of_nvidia, is_named=True)
    assert "No node has a device of class gpu.amd.com" in told

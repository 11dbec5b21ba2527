"""Fleets as they are: some nodes tell of their GPUs and some do not, and several ways beside."""

import pytest
from gpu_clusters import AMD, BARE, H200, HAMI, L4, MIXED, SLICE, SLICED, claiming, cluster, node
from gpu_clusters import nvidia as labels_of
from rendering import SETTINGS, first_request, plan, voicejob

from voicejob_api.gpu import GPU
from voicejob_operator.manifests.placement import hami, mig, nvidia
from voicejob_operator.manifests.placement.choose import choose
from voicejob_operator.manifests.placement.devices import Cluster, is_product, offers_of
from voicejob_operator.manifests.placement.placement import Need, need_of
from voicejob_operator.voicejobs.node_views import view_node, view_slice

NIC = {
    "metadata": {"name": "nic", "uid": "nic"},
    "spec": {"driver": "dra.net", "nodeName": "dra", "devices": [{"name": "eth1"}]},
}


def way(known, **gpu):
    asked = GPU.model_validate(gpu)
    found = choose(asked, need_of(asked), known, SETTINGS.gpu, SETTINGS.allowed)
    return found.allocation.value, found.resource


def lets_on(terms, labels):
    """Whether a node with these labels fits one of the terms, as the scheduler judges."""
    return not terms or any(all(_holds(each, labels) for each in term) for term in terms)


def _holds(requirement, labels):
    value, values = labels.get(requirement["key"]), requirement.get("values", [])
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "DoesNotExist":
            return value is None
        case _:
            return value is not None and value.isdecimal() and int(value) > int(values[0])


@pytest.mark.parametrize(
    "need",
    [Need(memory_mib=20000), Need(product="L4"), Need(capability=(8, 9)), Need(exclusive=True)],
)
def test_a_node_that_tells_nothing_of_its_gpu_is_tried_beside_those_that_do(need):
    known = cluster(L4, BARE)
    terms = nvidia.place(need, "nvidia.com/gpu", known).node_terms
    assert lets_on(terms, L4["metadata"]["labels"])
    assert lets_on(terms, BARE["metadata"]["labels"])


def test_beside_a_node_that_tells_nothing_those_that_tell_too_little_stay_out():
    terms = nvidia.place(Need(memory_mib=40000), "nvidia.com/gpu", cluster(L4, BARE)).node_terms
    assert not lets_on(terms, L4["metadata"]["labels"])
    assert lets_on(terms, BARE["metadata"]["labels"])


def test_hami_is_held_to_what_its_own_nodes_tell():
    need = Need(memory_mib=3000, capability=(8, 9))
    terms = hami.place(need, "nvidia.com/gpu", cluster(HAMI, L4), SETTINGS.gpu.hami).node_terms
    assert lets_on(terms, HAMI["metadata"]["labels"])


def test_hami_is_kept_off_cards_whose_names_begin_alike():
    both = node("both", {}, nvidia_com__gpu="20")
    cards = ("GPU-1,10,24576,100,NVIDIA-A10,0,true:", "GPU-2,10,81920,100,NVIDIA-A100,0,true:")
    both["metadata"]["annotations"] = {"hami.io/node-nvidia-register": "".join(cards)}
    placed = hami.place(Need(product="A10"), "nvidia.com/gpu", cluster(both), SETTINGS.gpu.hami)
    assert placed.annotations == {
        "nvidia.com/use-gputype": "NVIDIA-A10",
        "nvidia.com/nouse-gputype": "NVIDIA-A100",
    }


@pytest.mark.parametrize(
    ("known", "gpu", "expected"),
    [
        (cluster(HAMI, MIXED), {"memory": "30Gi"}, ("ExtendedResource", "nvidia.com/mig-3g.40gb")),
        (cluster(HAMI, MIXED), {"product": "H100"}, ("ExtendedResource", "nvidia.com/mig-1g.10gb")),
        (cluster(HAMI, MIXED), {"memory": "3Gi"}, ("HAMi", "nvidia.com/gpu")),
        (cluster(HAMI), {"memory": "90Gi"}, ("HAMi", "nvidia.com/gpu")),
    ],
)
def test_auto_takes_the_first_way_in_which_some_node_has_it(known, gpu, expected):
    assert way(known, **gpu) == expected


def test_auto_claims_what_no_device_plugin_has():
    dra = claiming()
    both = Cluster((*dra.nodes, view_node(L4)), dra.slices, dra.device_classes, dra.api_groups)
    assert way(both, memory="60Gi") == ("ResourceClaim", "gpu.nvidia.com")
    assert way(both, memory="6Gi") == ("ExtendedResource", "nvidia.com/gpu")


def test_a_drivers_network_cards_are_no_gpus():
    dra = claiming()
    known = Cluster(dra.nodes, (view_slice(NIC),), dra.device_classes, dra.api_groups)
    assert way(known) == ("ExtendedResource", "nvidia.com/gpu")
    both = Cluster(dra.nodes, (view_slice(NIC), view_slice(SLICE)), *_rest(dra))
    assert way(both) == ("ResourceClaim", "gpu.nvidia.com")


def _rest(known):
    return known.device_classes, known.api_groups


def test_a_gpu_of_ones_own_goes_before_a_shared_one():
    renamed = node("renamed", dict(SLICED["metadata"]["labels"]), nvidia_com__gpu_shared="4")
    assert way(cluster(renamed, L4)) == ("ExtendedResource", "nvidia.com/gpu")


@pytest.mark.parametrize(
    ("asked", "product", "is_it"),
    [
        ("A10", "NVIDIA-A10", True),
        ("A10", "NVIDIA-A100-SXM4-40GB", False),
        ("l4", "NVIDIA-L40S", False),
        ("NVIDIA-A100-SXM4-40GB", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", True),
        ("A100", "NVIDIA A100-SXM4-80GB", True),
        ("mi300x", "AMD_Instinct_MI300X_OAM", True),
        ("L4", "NVIDIA-L4-SHARED", True),
    ],
)
def test_a_product_is_meant_by_whole_words(asked, product, is_it):
    assert is_product(asked, product) is is_it


def test_a_mig_instance_that_several_share_is_shared():
    labels = {
        **labels_of("NVIDIA-A100-SXM4-40GB", 40960, "8.0"),
        "nvidia.com/mig-1g.5gb.memory": "4864",
        "nvidia.com/mig-1g.5gb.replicas": "4",
        "nvidia.com/mig-1g.5gb.sharing-strategy": "time-slicing",
    }
    body = node("sliced-mig", labels)
    body["status"]["allocatable"]["nvidia.com/mig-1g.5gb"] = "28"
    (offer,) = offers_of(view_node(body))
    assert (offer.memory_mib, offer.replicas) == (1216, 4)
    alone = mig.place(Need(exclusive=True), "nvidia.com/mig-1g.5gb", cluster(body)).node_terms
    assert not lets_on(alone, labels)


def test_without_a_gpu_of_nvidias_accepted_says_so():
    asked = first_request(voicejob(gpu={}), SETTINGS, cluster(AMD))
    assert "no node has a GPU of NVIDIA's now" in asked.message


def test_a_share_is_enough_by_the_same_measure_as_a_card():
    terms = plan(voicejob(gpu={"memory": "5757Mi"}), SETTINGS, cluster(SLICED, H200))
    assert lets_on(terms.placement.node_terms, SLICED["metadata"]["labels"])

"""How a VoiceJob gets its GPU, waits for one, and asks for more after too little."""

from dataclasses import replace
from datetime import timedelta

import pytest
from gpu_clusters import (
    AMD,
    BARE,
    BEFORE_1_34,
    GTX,
    H200,
    HAMI,
    L4,
    MIXED,
    SLICED,
    claiming,
    cluster,
)
from operator_world import asked, asking, condition

from voicejob_api.status import Phase
from voicejob_operator.settings import AllowedSettings, GPUSettings, OperatorSettings
from voicejob_operator.voicejobs.effects import EnsureClaimTemplate, EnsureJob, EnsureJobFile
from voicejob_operator.voicejobs.observed import Cause

# -- the way ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "gpu", "way"),
    [
        (cluster(L4, H200), {}, ("ExtendedResource", "nvidia.com/gpu")),
        (cluster(MIXED, H200), {"memory": "6Gi"}, ("ExtendedResource", "nvidia.com/mig-1g.10gb")),
        (cluster(MIXED, H200), {"memory": "60Gi"}, ("ExtendedResource", "nvidia.com/gpu")),
        (cluster(MIXED, H200), {}, ("ExtendedResource", "nvidia.com/gpu")),
        (cluster(MIXED), {}, ("ExtendedResource", "nvidia.com/mig-1g.10gb")),
        (cluster(MIXED, L4), {"product": "H100"}, ("ExtendedResource", "nvidia.com/mig-1g.10gb")),
        (cluster(HAMI), {}, ("HAMi", "nvidia.com/gpu")),
        (claiming(), {}, ("ResourceClaim", "gpu.nvidia.com")),
        (cluster(), {}, ("ExtendedResource", "nvidia.com/gpu")),
        (cluster(AMD), {}, ("ExtendedResource", "nvidia.com/gpu")),
        (cluster(L4), {"allocation": "KAI"}, ("KAI", "kai-scheduler")),
        (claiming(), {"claimTemplateName": "half"}, ("ResourceClaim", "half")),
    ],
)
def test_auto_takes_what_the_cluster_has_and_accepted_says_which(world, known, gpu, way):
    asking(world, known, **gpu)
    assert (asked(world).allocation, asked(world).resource) == way
    accepted = condition(world, "Accepted")
    assert f"its GPU comes by {way[0]} {way[1]}" in accepted.message
    assert asked(world).message in accepted.message


@pytest.mark.parametrize(
    ("known", "allowed", "resource"),
    [
        (cluster(MIXED, L4), {"gpu_resources": ("nvidia.com/gpu",)}, "nvidia.com/gpu"),
        (cluster(HAMI), {"gpu_allocations": ("Auto", "ExtendedResource")}, "nvidia.com/gpu"),
        (claiming(), {"gpu_allocations": ("Auto",)}, "nvidia.com/gpu"),
        (cluster(MIXED), {"gpu_allocations": ("Auto", "ResourceClaim")}, "nvidia.com/gpu"),
    ],
)
def test_auto_takes_nothing_that_the_platform_would_refuse_by_its_name(
    world, known, allowed, resource
):
    world.settings = OperatorSettings(allowed=AllowedSettings(**allowed))
    asking(world, known, memory="6Gi")
    assert (asked(world).allocation, asked(world).resource) == ("ExtendedResource", resource)


def test_what_others_need_meanwhile_is_no_news(world):
    world.observed_mib = 5120
    asking(world, cluster(L4), memory="4Gi")
    world.make_job().make_pod().step()
    before = world.status
    world.observed_mib = 9000
    assert world.step().status == before


def test_a_claim_has_a_template_of_its_own_that_comes_before_the_job(world):
    world.cluster, world.spec["gpu"] = claiming(), {"memory": "6Gi"}
    assert world.step().effects == (EnsureJobFile(), EnsureClaimTemplate(1), EnsureJob(1, 2))


def test_an_administrators_template_is_used_as_it_is(world):
    world.cluster, world.spec["gpu"] = claiming(), {"claimTemplateName": "half"}
    assert world.step().effects == (EnsureJobFile(), EnsureJob(1, 2))


def test_without_memory_it_asks_for_what_earlier_ones_needed(world):
    world.observed_mib = 5120
    asking(world, cluster(L4, MIXED))
    assert (asked(world).memory_mib, asked(world).memory_from) == (5120, "Observed")
    assert asked(world).resource == "nvidia.com/mig-1g.10gb"
    assert "what earlier VoiceJobs of its kind have needed" in condition(world, "Accepted").message


def test_a_platform_may_not_go_by_what_earlier_ones_needed(world):
    world.settings = OperatorSettings(gpu=GPUSettings(observed_memory=False))
    world.observed_mib = 5120
    asking(world, cluster(L4))
    assert asked(world).memory_mib is None


def test_accepted_warns_of_less_memory_than_earlier_ones_needed(world):
    world.observed_mib = 5120
    asking(world, cluster(L4), memory="4Gi")
    assert asked(world).memory_mib == 4096
    assert "have needed up to 5120 MiB" in condition(world, "Accepted").message


# -- while it waits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "gpu", "told"),
    [
        (cluster(GTX, L4), {"memory": "40Gi"}, "node l4 comes nearest with nvidia.com/gpu, and has "
         "23034 MiB where gpu.memory asks for 40960"),
        (cluster(SLICED), {"memory": "6Gi"}, "has 5757 MiB (4 share a GPU)"),
        (cluster(L4, H200), {"product": "B200"}, "products that there are: NVIDIA-H200, NVIDIA-L4"),
        (cluster(GTX), {"minComputeCapability": "7.5"}, "has compute capability 6.1"),
        (cluster(SLICED), {"sharing": "Never"}, "shares its GPUs"),
        (cluster(L4), {"resourceName": "nvidia.com/mig-1g.5gb"}, "nodes have nvidia.com/gpu"),
        (cluster(MIXED), {"resourceName": "nvidia.com/mig-1g.10gb", "memory": "20Gi"},
         "has about 9728 MiB and gpu.memory asks for 20480"),
        (cluster(AMD), {}, "nodes have amd.com/gpu"),
        (claiming(), {"memory": "200Gi"}, "node dra comes nearest"),
        (cluster(L4), {"allocation": "HAMi"}, "No node has cards that HAMi shares"),
    ],
)  # fmt: skip
def test_a_gpu_that_no_node_could_give_is_told_while_it_waits(world, known, gpu, told):
    asking(world, known, **gpu)
    world.make_job().make_pod().change_pod(unschedulable="0/1 nodes are available").step()
    started = condition(world, "Started")
    assert (started.status, started.reason) == ("False", "NoSuchGPU")
    assert told in started.message
    assert (world.status.phase, world.status.reason) == (Phase.QUEUED, "NoSuchGPU")


@pytest.mark.parametrize(
    ("known", "gpu", "told"),
    [
        (cluster(L4), {"allocation": "KAI"}, "no KAI-Scheduler"),
        (claiming("gpu.nvidia.com"), {"deviceClassName": "gpu.amd.com"}, "there are: gpu.nvidia"),
        (cluster(L4, groups=frozenset({"batch"})), {"deviceClassName": "gpu.nvidia.com"}, "1.34"),
        (cluster(L4, groups=BEFORE_1_34), {"deviceClassName": "gpu.nvidia.com"}, "1.34"),
        (cluster(L4, groups=frozenset({"batch"})), {"claimTemplateName": "half"}, "1.34"),
    ],
)
def test_what_a_way_needs_and_is_not_installed_is_told(world, known, gpu, told):
    asking(world, known, **gpu)
    world.make_job().step()
    assert world.status.reason == "GPUAllocationUnavailable"
    assert told in condition(world, "Started").message


def test_a_template_of_the_users_needs_no_newest_version(world):
    asking(world, cluster(L4, groups=BEFORE_1_34), claimTemplateName="half")
    world.make_job().step()
    assert world.status.reason == "WaitingForPod"


@pytest.mark.parametrize(
    ("effect", "told"),
    [("EnsureClaimTemplate", "GPUAllocationUnavailable"), ("EnsureJobFile", "SecretForbidden")],
)
def test_why_no_template_can_be_made_is_told_before_that_none_can(world, effect, told):
    asking(world, cluster(L4, groups=BEFORE_1_34), deviceClassName="gpu.nvidia.com")
    hindrance = Cause("SecretForbidden", "exceeded quota: q")
    world.answers = replace(world.answers, hindrance=hindrance, hindered=effect)
    assert world.step().status.reason == told


def test_a_node_that_could_give_it_ends_the_complaint(world):
    asking(world, cluster(L4), memory="40Gi")
    world.make_job().make_pod().change_pod(unschedulable="0/1 nodes are available").step()
    world.cluster = cluster(L4, H200)
    world.step()
    assert world.status.reason == "Unschedulable"
    assert len(world.status.jobs) == 1


def test_it_says_that_other_nodes_are_left_out_where_the_user_selects_some(world):
    world.spec["podTemplate"] = {"spec": {"nodeSelector": {"pool": "a"}}}
    asking(world, cluster(L4), memory="40Gi")
    world.make_job().make_pod().change_pod(unschedulable="none").step()
    assert (
        "nodeSelector and affinity in podTemplate.spec leave" in condition(world, "Started").message
    )


def test_what_is_unknown_may_fit(world):
    world.spec["gpu"] = {"memory": "900Gi"}
    world.step()
    world.make_job().make_pod().change_pod(unschedulable="0/1 nodes are available").step()
    assert world.status.reason == "Unschedulable"


def test_a_gpu_that_comes_later_in_another_way_is_taken(world):
    asking(world, cluster(), memory="6Gi")
    world.make_job().make_pod().change_pod(unschedulable="none").step()
    assert world.status.reason == "NoSuchGPU"
    world.cluster = cluster(MIXED)
    world.step()
    assert [job.gpu.resource for job in world.status.jobs] == [
        "nvidia.com/gpu",
        "nvidia.com/mig-1g.10gb",
    ]
    assert world.status.jobs[-1].reason == "OtherGPUFound"
    assert world.events == ["OtherGPUFound"]
    assert world.step().status == world.status


NEW_KINDS = {
    "a product of which the name is a part": (cluster(H200), {"product": "L4"}, L4),
    "one that several share": (cluster(), {"memory": "5Gi"}, SLICED),
    "one that tells nothing": (cluster(), {"memory": "5Gi"}, BARE),
}


@pytest.mark.parametrize("title", NEW_KINDS)
def test_a_node_of_a_kind_that_its_job_does_not_know_gets_another_job(world, title):
    """What the Job requires of nodes was written before it came, and would keep off it for ever."""
    before, gpu, comes = NEW_KINDS[title]
    asking(world, before, **gpu, resourceName="nvidia.com/gpu")
    world.make_job().make_pod().change_pod(unschedulable="none").step()
    assert world.status.reason == "NoSuchGPU"
    world.cluster = cluster(*filter(None, [H200 if before.nodes else None, comes]))
    world.step()
    assert [job.reason for job in world.status.jobs] == ["Created", "OtherGPUFound"]
    assert world.step().status == world.status


def test_a_node_that_its_job_knows_how_to_ask_for_gets_none(world):
    asking(world, cluster(L4), memory="100Gi", resourceName="nvidia.com/gpu")
    world.make_job().make_pod().change_pod(unschedulable="none").step()
    assert world.status.reason == "NoSuchGPU"
    world.cluster = cluster(L4, H200)
    world.step()
    assert len(world.status.jobs) == 1
    assert world.status.reason == "Unschedulable"


def without_gpus(node):
    """The node while its device plugin restarts."""
    none = dict.fromkeys(node["status"]["allocatable"], "0")
    return {**node, "status": {"allocatable": none}}


def plugin_restarts(world, *nodes):
    """All these nodes' GPUs go, which is told, and come back."""
    world.wait(30).cluster = cluster(*map(without_gpus, nodes))
    world.settle()
    assert world.status.reason == "NoSuchGPU"
    world.wait(30).cluster = cluster(*nodes)
    world.settle()


@pytest.mark.parametrize(
    ("node", "gpu"),
    [(SLICED, {"memory": "4Gi"}), (L4, {"product": "L4"}), (BARE, {"memory": "4Gi"})],
)
def test_a_device_plugin_that_restarts_leaves_the_job_its_place(world, node, gpu):
    asking(world, cluster(node), **gpu)
    world.settle()
    world.make_pod().change_pod(unschedulable="1 Insufficient nvidia.com/gpu").settle()
    for _ in range(3):
        plugin_restarts(world, node)
    assert len(world.status.jobs) == 1
    assert world.status.reason == "Unschedulable"


def test_one_that_was_made_while_the_plugin_restarted_gets_one_that_knows_the_node(world):
    """Decided on by other nodes than it was made by: the latter count."""
    asking(world, cluster(SLICED), memory="4Gi", resourceName="nvidia.com/gpu")
    world.cluster = cluster(without_gpus(SLICED))
    world.settle()
    world.make_pod().change_pod(unschedulable="none").settle()
    world.cluster = cluster(SLICED)
    world.settle()
    assert [job.reason for job in world.status.jobs] == ["Created", "OtherGPUFound"]
    world.pods.clear()
    world.make_pod().change_pod(unschedulable="1 Insufficient nvidia.com/gpu").settle()
    plugin_restarts(world, SLICED)
    assert len(world.status.jobs) == 2


def test_a_job_of_the_version_before_is_left_alone(world):
    asking(world, cluster(H200), product="L4")
    world.settle()
    (job,) = world.status.jobs
    before = job.gpu.model_copy(update={"requirements": None})
    world.status = world.status.model_copy(
        update={"jobs": [job.model_copy(update={"gpu": before})]}
    )
    world.make_pod().change_pod(unschedulable="none").settle()
    world.cluster = cluster(H200, L4)
    world.settle()
    assert len(world.status.jobs) == 1


def test_ways_that_come_and_go_make_no_more_jobs_than_the_delay_lets_them(world):
    asking(world, cluster(MIXED), memory="6Gi")
    world.settle()
    world.make_pod().change_pod(unschedulable="none").settle()
    began = world.now
    for known in (cluster(L4), cluster(MIXED)) * 10:
        world.wait(2).cluster = known
        world.settle()
    assert world.now - began == timedelta(seconds=40)
    assert world.status.jobs[-1].number <= 5
    assert any(job.delay_seconds for job in world.status.jobs)
    assert world.status.reason == "BackOff"
    assert condition(world, "Queued").message.startswith("Nodes with GPUs came and went; the next")


def test_a_resource_that_the_user_names_is_never_left_for_another(world):
    asking(world, cluster(), resourceName="nvidia.com/gpu", memory="6Gi")
    world.make_job().make_pod().change_pod(unschedulable="none").step()
    world.cluster = cluster(MIXED)
    world.step()
    assert len(world.status.jobs) == 1


def test_the_cpu_does_the_work_where_no_gpu_was_free_in_time(world):
    world.spec["deadlines"] = {"queueSeconds": 60}
    asking(world, cluster(L4), fallbackToCPU=True)
    world.make_job().make_pod().change_pod(unschedulable="1 Insufficient nvidia.com/gpu").step()
    world.wait(60).step()
    newest = world.status.jobs[-1]
    assert (newest.number, newest.reason, newest.on_cpu, newest.gpu) == (
        2, "FallbackToCPU", True, None,
    )  # fmt: skip
    assert "1 Insufficient nvidia.com/gpu" in newest.message
    assert (world.status.phase, world.events) == (Phase.QUEUED, ["FallbackToCPU"])
    assert world.wait(59).step().status.phase is Phase.QUEUED
    assert world.wait(1).step().status.reason == "QueueDeadlineExceeded"


def test_a_quota_that_is_used_up_is_no_lack_of_gpus(world):
    """On the CPU it would hinder the Job as well."""
    world.spec["deadlines"] = {"queueSeconds": 60}
    asking(world, cluster(L4), fallbackToCPU=True)
    told = Cause("JobForbidden", "exceeded quota: pods=10")
    world.answers = replace(world.answers, hindrance=told, hindered="EnsureJob")
    world.wait(60).step()
    assert (world.status.phase, len(world.status.jobs)) == (Phase.FAILED, 1)
    assert world.status.reason == "QueueDeadlineExceeded"
    assert "exceeded quota" in condition(world, "Failed").message


def test_without_leave_nobody_falls_back_to_the_cpu(world):
    world.spec["deadlines"] = {"queueSeconds": 60}
    asking(world, cluster(L4))
    world.make_job().make_pod().step()
    assert world.wait(60).step().status.reason == "QueueDeadlineExceeded"

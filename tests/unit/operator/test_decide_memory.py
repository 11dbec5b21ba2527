"""What the next Job asks for after one that had too little memory."""

from gpu_clusters import GTX, H200, L4, MIXED, SLICED, claiming, cluster
from operator_world import asked, asking, condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, GPUInfo, Phase
from voicejob_operator.settings import AllowedSettings, MemoryRetrySettings, OperatorSettings
from voicejob_operator.voicejobs.observed import Cause


def out_of_memory(had, reason="GPUOutOfMemory", before=0, **vram):
    """The last word of a worker whose GPU of ``had`` MiB was too small."""
    return WorkerReport(
        exit_code=20,
        reason=reason,
        message="a batch did not fit",
        gpu=GPUInfo(name="X", uuid="U", memory_mib=had, compute_capability="8.0", driver="1"),
        vram=VRAM(device_before_mib=before, **vram),
    )


def runs_out(world, had, **more):
    """The newest Job's pod runs and ends without memory."""
    world.make_job().make_pod().schedule().start().step()
    world.end(20, report=out_of_memory(had, **more)).step()
    return world


# -- more memory -----------------------------------------------------------------------------------


def test_after_too_little_memory_the_next_job_asks_for_a_larger_profile(world):
    asking(world, cluster(MIXED), memory="4Gi")
    runs_out(world, had=9984)
    first, second = world.status.jobs
    assert (first.gpu.resource, second.gpu.resource) == (
        "nvidia.com/mig-1g.10gb",
        "nvidia.com/mig-3g.40gb",
    )
    assert (second.gpu.memory_mib, second.gpu.memory_from) == (15104, "OutOfMemory")
    assert world.status.retries_used == 1
    assert "GPUOutOfMemory" in second.message


def test_a_profile_that_the_user_named_grows_too(world):
    asking(world, cluster(MIXED), resourceName="nvidia.com/mig-1g.10gb")
    runs_out(world, had=9984)
    assert asked(world).resource == "nvidia.com/mig-3g.40gb"


def test_the_largest_there_is_may_do_where_none_has_half_as_much_again(world):
    asking(world, cluster(GTX, L4), memory="4Gi")
    runs_out(world, had=20000)
    assert asked(world).memory_mib == 23034


def test_where_none_has_more_it_fails_with_the_number_to_ask_for(world):
    asking(world, cluster(L4), memory="4Gi")
    runs_out(world, had=23034)
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "GPUOutOfMemory")
    failed = condition(world, "Failed").message
    assert "23034 MiB of the GPU were not enough" in failed
    assert "gpu.memory: 34560Mi" in failed


def test_it_grows_as_often_as_the_platform_lets_it(world):
    world.spec["retries"] = 10
    asking(world, cluster(MIXED, H200), memory="4Gi")
    runs_out(world, had=9984)
    world.jobs.clear()
    runs_out(world, had=40448)
    assert asked(world).resource == "nvidia.com/gpu"
    world.jobs.clear()
    runs_out(world, had=143771)
    assert world.status.reason == "GPUOutOfMemory"
    assert len(world.status.jobs) == 3


def test_no_oftener_than_the_platform_lets_it(world):
    world.settings = OperatorSettings(memory_retries=MemoryRetrySettings(times=1))
    asking(world, cluster(MIXED, H200), memory="4Gi")
    runs_out(world, had=9984)
    world.jobs.clear()
    runs_out(world, had=40448)
    assert world.status.reason == "GPUOutOfMemory"


def test_what_it_has_grown_to_stays_whatever_ends_the_next_job(world):
    asking(world, cluster(MIXED, H200), memory="4Gi")
    runs_out(world, had=9984)
    world.jobs.clear()
    is_too_small(world, "mixed")
    newest = asked(world)
    assert (newest.memory_mib, newest.memory_from) == (15104, "OutOfMemory")
    assert newest.avoided_nodes == ["mixed"]


def test_neighbours_on_the_card_do_not_count_as_its_own(world):
    asking(world, cluster(SLICED, L4), memory="4Gi")
    runs_out(world, had=23028, before=18000, reserved_peak_mib=5000)
    assert asked(world).memory_mib == 7680


def test_a_platforms_limit_holds(world):
    world.settings = OperatorSettings(memory_retries=MemoryRetrySettings(max_gpu="12Gi"))
    asking(world, cluster(MIXED), memory="4Gi")
    runs_out(world, had=9984)
    assert world.status.reason == "GPUOutOfMemory"


def test_what_is_not_allowed_is_nothing_to_grow_into(world):
    whole = AllowedSettings(gpu_resources=("nvidia.com/gpu",))
    world.settings = OperatorSettings(allowed=whole)
    asking(world, cluster(L4, MIXED), memory="20Gi")
    runs_out(world, had=23034)
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "GPUOutOfMemory")


def test_an_administrators_template_decides_how_much_there_is_and_fails_with_its_name(world):
    asking(world, claiming(), claimTemplateName="half")
    runs_out(world, had=10000)
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "GPUOutOfMemory")
    failed = condition(world, "Failed").message
    assert "10000 MiB of the GPU were not enough" in failed
    assert "the ResourceClaimTemplate half decides: have it ask for 15104Mi" in failed


def test_a_job_of_the_version_before_has_run_out_of_its_gpus_memory(world):
    """It did not tell in which way it asked for its GPU."""
    asking(world, cluster(L4, H200), resourceName="nvidia.com/gpu")
    (job,) = world.status.jobs
    world.status = world.status.model_copy(update={"jobs": [job.model_copy(update={"gpu": None})]})
    runs_out(world, had=23034)
    newest = world.status.jobs[-1]
    assert (newest.gpu.memory_mib, newest.memory) == (34560, None)


def test_where_none_has_more_than_a_job_of_the_version_before_it_fails(world):
    asking(world, cluster(L4), resourceName="nvidia.com/gpu")
    (job,) = world.status.jobs
    world.status = world.status.model_copy(update={"jobs": [job.model_copy(update={"gpu": None})]})
    runs_out(world, had=23034)
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "GPUOutOfMemory")


def test_without_a_word_of_memory_the_attempt_is_repeated_as_before(world):
    asking(world, cluster(L4))
    world.make_job().make_pod().schedule().start().step()
    world.end(20).step()
    assert (world.status.phase, len(world.status.jobs)) == (Phase.QUEUED, 2)
    assert asked(world).memory_mib is None


def test_the_hosts_memory_that_ran_out_beside_a_gpu_is_the_containers_to_grow(world):
    asking(world, cluster(L4), memory="4Gi")
    runs_out(world, had=23034, reason="OutOfMemory")
    newest = world.status.jobs[-1]
    assert (newest.gpu.memory_mib, newest.memory) == (4096, "2048Mi")


def test_the_kernel_killed_it_so_the_next_container_may_take_more(world):
    world.step()
    world.make_job().make_pod().schedule().start().step()
    killed = Cause("OOMKilled", "The worker needed more memory than its limit of 1Gi: raise it")
    world.end(137, end=killed).step()
    assert world.status.jobs[-1].memory == "2048Mi"
    assert world.status.retries_used == 1
    world.jobs.clear()
    world.make_job().make_pod().schedule().start().step()
    world.end(137, end=killed).step()
    assert world.status.jobs[-1].memory == "4096Mi"
    world.jobs.clear()
    world.spec["retries"] = 5
    world.make_job().make_pod().schedule().start().step()
    world.end(137, end=killed).step()
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "OutOfMemory")
    assert "8192Mi" in condition(world, "Failed").message


def test_a_node_without_memory_is_no_reason_for_more_where_there_is_no_limit(world):
    world.spec["resources"] = {"requests": {"memory": "512Mi"}}
    world.step()
    world.make_job().make_pod().schedule().start().step()
    world.end(137, end=Cause("OOMKilled", "The node had no memory left")).step()
    assert (world.status.phase, len(world.status.jobs)) == (Phase.QUEUED, 1)


# -- a GPU that is smaller than asked for ----------------------------------------------------------


def is_too_small(world, node):
    world.make_job().make_pod().change_pod(node=node, scheduled_at=world.now).start().step()
    report = WorkerReport(exit_code=13, reason="GPUTooSmall", message="has 3000 MiB, asked 6144")
    world.end(13, report=report).step()
    world.jobs.clear()


def test_a_gpu_smaller_than_asked_for_costs_no_retry_and_another_node_is_tried(world):
    world.spec["retries"] = 0
    asking(world, cluster(L4, H200), memory="6Gi")
    is_too_small(world, "l4")
    assert (world.status.phase, world.status.retries_used) == (Phase.QUEUED, 0)
    assert asked(world).avoided_nodes == ["l4"]
    assert world.status.attempts[-1].reason == "GPUTooSmall"


def test_it_waits_where_every_node_was_too_small_and_says_so(world):
    asking(world, cluster(L4), memory="6Gi")
    is_too_small(world, "l4")
    world.make_job().make_pod().change_pod(unschedulable="0/1 nodes are available").step()
    assert world.status.reason == "NoSuchGPU"
    assert "was too small in fact" in condition(world, "Started").message


def test_nodes_that_are_all_too_small_end_it_at_last(world):
    asking(world, cluster(L4, H200), memory="6Gi")
    for number in range(5):
        is_too_small(world, f"node-{number}")
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "GPUTooSmall")


def test_any_other_useless_gpu_still_ends_it_at_once(world):
    asking(world, cluster(L4, H200), memory="6Gi")
    world.make_job().make_pod().schedule().start().step()
    report = WorkerReport(exit_code=13, reason="GPUArchUnsupported", message="sm_61")
    world.end(13, report=report).step()
    assert world.status.phase is Phase.FAILED


def test_a_limit_that_no_number_of_kubernetes_reaches_is_not_grown(world):
    world.spec["resources"] = {"limits": {"memory": "1E40"}}
    asking(world, cluster(L4), memory="4Gi")
    runs_out(world, had=23034, reason="OutOfMemory")
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "OutOfMemory")

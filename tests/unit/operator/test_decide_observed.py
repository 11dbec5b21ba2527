"""What a Job asks for by what earlier ones have needed, and what the status tells of its memory."""

import pytest
from gpu_clusters import BARE, GTX, H200, HAMI, L4, MIXED, cluster
from operator_world import asked, asking, condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM
from voicejob_operator.manifests.placement.devices import UNKNOWN
from voicejob_operator.settings import AllowedSettings, OperatorSettings


@pytest.mark.parametrize(
    ("known", "gpu", "memory"),
    [
        (cluster(GTX, L4), {}, 23034),
        (cluster(GTX, L4), {"product": "1050"}, 4096),
        (cluster(GTX, L4), {"minComputeCapability": "9.0"}, None),
        (cluster(MIXED), {}, 40448),
        (cluster(HAMI), {}, 24576),
        (cluster(GTX, BARE), {}, 61440),
        (cluster(H200), {}, 61440),
        (cluster(), {}, None),
        (UNKNOWN, {}, None),
    ],
)
def test_what_earlier_ones_needed_keeps_none_from_the_largest_gpu_that_there_is(
    world, known, gpu, memory
):
    """Nobody has asked for it: with less it may run out, and for more it would wait for ever."""
    world.observed_mib = 61440
    asking(world, known, **gpu)
    assert asked(world).memory_mib == memory
    warned = memory is not None and memory < 61440
    assert ("it may run out" in condition(world, "Accepted").message) is warned


def test_the_largest_gpu_is_one_that_is_allowed(world):
    small = AllowedSettings(gpu_resources=("nvidia.com/mig-1g.*",))
    world.settings = OperatorSettings(allowed=small)
    world.observed_mib = 61440
    asking(world, cluster(MIXED))
    assert (asked(world).resource, asked(world).memory_mib) == ("nvidia.com/mig-1g.10gb", 9984)


@pytest.mark.parametrize(
    ("vram", "memory", "told"),
    [
        ({"device_before_mib": 100, "device_peak_mib": 5220}, "6Gi", "5120/6144 MiB"),
        ({"device_before_mib": 100, "device_peak_mib": 5220}, None, "5120 MiB"),
        ({"reserved_peak_mib": 2000, "requested_mib": 5120}, None, "2000/5120 MiB"),
        ({"reserved_peak_mib": 2000, "requested_mib": 9984}, "6Gi", "2000/6144 MiB"),
        ({"device_before_mib": 100}, "6Gi", None),
    ],
)
def test_the_column_vram_is_the_peak_by_what_was_asked_for(world, vram, memory, told):
    asking(world, cluster(L4), **({"memory": memory} if memory else {}))
    world.make_job().make_pod().schedule().start()
    world.report = WorkerReport(vram=VRAM(**vram))
    world.step()
    assert world.status.attempts[-1].vram.summary == told
    world.report = None
    last = WorkerReport(exit_code=21, vram=VRAM(device_before_mib=0, device_peak_mib=5000))
    world.end(21, report=last).step()
    (attempt,) = world.status.attempts
    assert attempt.vram.summary == (f"5000/{asked(world).memory_mib} MiB" if memory else "5000 MiB")

"""What earlier VoiceJobs have needed of a GPU's memory, from their workers to later ones."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from chaos_world import run, world_of
from fake_api_server import cut, forbidden
from gpu_clusters import L4
from prometheus_client import REGISTRY
from simulated_workers import Attempt

from voicejob_api import names
from voicejob_api.status import VRAM, GPUInfo, ModelInfo
from voicejob_operator.voicejobs.needs_kept import CONFIG_MAPS
from voicejob_operator.voicejobs.surroundings import NODES

GPU = GPUInfo(name="NVIDIA T4", uuid="U", memory_mib=15_360, compute_capability="7.5", driver="1")
MEASURED = {
    "gpu": GPU,
    "vram": VRAM(device_before_mib=100, device_peak_mib=5_220),
    "model": ModelInfo(precision="float16", device="cuda:0"),
}
SPOKEN = Attempt(measured=MEASURED)


@asynccontextmanager
async def gpu_world():
    """A cluster with a node that has a GPU: of nodes that are not seen nothing is required."""
    async with world_of(SPOKEN) as world:
        world.server.put(NODES, L4)
        yield world


def memory_asked(world):
    return world.status["jobs"][0]["gpu"].get("memoryMiB")


def stored(world):
    return world.server.get(CONFIG_MAPS, "default", names.OBSERVED_MEMORY)


def peaks_counted():
    labels = {"engine": "piper", "product": GPU.name}
    return REGISTRY.get_sample_value("voicejob_vram_peak_bytes_count", labels) or 0.0


async def spoken(world):
    """One more VoiceJob of the same kind has come to its end; what it has asked for."""
    if world.voicejob is not None:
        world.delete()
        await world.until(lambda: not world.cluster.jobs)
    world.apply(gpu={})
    await world.until_succeeded()
    return memory_asked(world)


def test_a_later_voicejob_asks_for_what_an_earlier_one_needed_also_of_another_process():
    async def story():
        async with gpu_world() as world:
            world.start()
            assert await spoken(world) is None
            assert world.status["attempts"][0]["vram"]["summary"] == "5120 MiB"
            assert await spoken(world) == 5120
            await world.until(lambda: stored(world))
            world.kill()
            world.start()
            assert await spoken(world) == 5120
            assert world.status["attempts"][0]["vram"]["summary"] == "5120/5120 MiB"

    run(story())


def test_what_was_learned_in_the_last_half_minute_is_written_at_the_end():
    async def story():
        async with gpu_world() as world:
            world.start()
            fault = world.server.fail(1, cut(), path="/configmaps", method="POST")
            await spoken(world)
            await world.until(lambda: fault.seen)
            assert stored(world) is None
            world.process.task.cancel()
            await world.until(lambda: stored(world), seconds=10.0)

    run(story())


def test_a_first_look_waits_until_it_is_known_what_others_have_needed():
    async def story():
        async with gpu_world() as world:
            world.start()
            await spoken(world)
            await world.until(lambda: stored(world))
            world.kill()
            world.delete()
            fault = world.server.fail_all(cut(), path="/configmaps")
            world.apply(gpu={})
            world.start()
            await asyncio.sleep(10.0)
            assert world.phase == "Pending"
            world.server.heal(fault)
            await world.until_succeeded()
            assert memory_asked(world) == 5120

    run(story())


@pytest.mark.parametrize("answer", [forbidden(), cut()])
def test_without_the_config_map_all_is_done_as_ever(answer):
    async def story():
        async with gpu_world() as world:
            world.server.fail_all(answer, path="/configmaps")
            world.start()
            assert await spoken(world) is None
            assert await spoken(world) == 5120, "what this process has learned is of use"

    run(story())


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_attempt_is_counted_once_although_no_answer_came_to_the_status(when):
    async def story():
        async with gpu_world() as world:
            before = peaks_counted()
            world.apply(gpu={})
            world.start()
            await world.until_phase("Running")
            told = []

            def is_the_first_word_of_the_end(request):
                status = (request.body or {}).get("status", {})
                if request.method == "PATCH" and status.get("phase") == "Succeeded":
                    told.append(request)
                return bool(told) and told[0] is request

            world.server.refuse_where(is_the_first_word_of_the_end, cut(when))
            await world.until_succeeded()
            await asyncio.sleep(5.0)
            assert told
            assert peaks_counted() - before == 1
            world.edit(ttlSecondsAfterFinished=100_000)
            await world.until(lambda: world.status["observedGeneration"] == 2)
            world.kill()
            world.start()
            world.edit(ttlSecondsAfterFinished=200_000)
            await world.until(lambda: world.status["observedGeneration"] == 3)
            assert peaks_counted() - before == 1

    run(story())

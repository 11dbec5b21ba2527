"""One operator, and a namespace that has all of the store that it may have."""

import asyncio

from chaos_world import NAMESPACE, run, world_of
from simulated_workers import Attempt

from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.store_room import STORE_QUOTA_EXCEEDED

SETTINGS = OperatorSettings.model_validate(
    {
        "reach_workers": "proxy",
        "sweep_seconds": 60,
        "store": {"quota": {"per_namespace": "1Ki"}},
    }
)
FULL, ROOM = {NAMESPACE: 1024}, {NAMESPACE: 1023}


def reason(world):
    return world.status.get("reason")


def status_writes(world):
    return [effect for effect in world.effects if effect.what.endswith("/status")]


async def counted(world):
    """Until the process has counted the store for the first time."""
    usage = world.process.operator._usage
    await world.until(lambda: usage.used("nobody").is_whole)


async def held_up(world):
    """A VoiceJob of a namespace that is full, once it is told so."""
    world.cluster.store.sizes = FULL
    world.start(SETTINGS)
    await counted(world)
    world.apply()
    await world.until(lambda: reason(world) == STORE_QUOTA_EXCEEDED)


def test_a_voicejob_waits_for_room_and_starts_by_itself():
    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            await held_up(world)
            await world.until(lambda: world.events(STORE_QUOTA_EXCEEDED), 10.0)
            written = len(status_writes(world))
            await asyncio.sleep(1000.0)
            assert world.cluster.jobs_made == []
            assert len(status_writes(world)) == written, "it is not looked at while it is full"
            assert len(world.events(STORE_QUOTA_EXCEEDED)) == 1
            world.cluster.store.sizes = ROOM
            await world.until(lambda: world.cluster.jobs_made, SETTINGS.sweep_seconds + 5.0)
            await world.until_succeeded()

    run(story())


def test_another_process_lets_nothing_through():
    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            await held_up(world)
            world.kill()
            world.start(SETTINGS)
            await counted(world)
            await asyncio.sleep(300.0)
            assert world.cluster.jobs_made == []
            assert reason(world) == STORE_QUOTA_EXCEEDED
            world.cluster.store.sizes = {}
            await world.until_succeeded()

    run(story())


def test_a_quota_that_is_raised_lets_it_start():
    """The operator is started anew for it, as the chart's values are its environment."""

    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            await held_up(world)
            world.kill()
            raised = {"quota": {"per_namespace": "1Ki", "namespaces": {NAMESPACE: "1Mi"}}}
            store = SETTINGS.store.model_validate(raised)
            world.start(SETTINGS.model_copy(update={"store": store}))
            await world.until_succeeded()

    run(story())


def test_an_output_of_ones_own_is_not_held_up():
    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            world.cluster.store.sizes = FULL
            world.start(SETTINGS)
            await counted(world)
            world.apply(output={"uri": "s3://mine/a/", "credentialsSecret": "mine"})
            await world.until(lambda: world.cluster.jobs_made, 10.0)

    run(story())

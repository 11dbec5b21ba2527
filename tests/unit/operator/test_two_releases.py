"""One release for the whole cluster and one for some of its namespaces: together they are one."""

import asyncio

import pytest
from chaos_world import NAMESPACE, SETTINGS, run, world_of
from fake_api_server import error, forbidden
from simulated_workers import Attempt

from voicejob_api import names
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.voicejobs.act import JOBS

OF_THE_TEAM = SETTINGS.model_copy(update={"watch_namespaces": (NAMESPACE,)})
LONG = Attempt(seconds=100_000.0)


def phase(world, namespace, name):
    return world.server.get(VOICEJOBS, namespace, name).get("status", {}).get("phase", "Pending")


def make(world, namespace, name):
    metadata = {"name": name, "namespace": namespace}
    spec = {"engine": "piper", "language": "en-US", "text": "One."}
    body = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": metadata, "spec": spec}
    world.objects.create(VOICEJOBS.group, VOICEJOBS.plural, namespace, body)


async def two_releases(world):
    """The cluster's operator and the team's; the latter was there first."""
    team = world.start(OF_THE_TEAM)
    await world.until(lambda: team.leads, seconds=60.0)
    cluster = world.start()
    await world.until(lambda: cluster.leads, seconds=60.0)
    return cluster, team


def test_a_namespace_with_an_operator_of_its_own_is_left_to_it():
    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            cluster, team = await two_releases(world)
            seen = []
            reconcile = cluster.operator._reconcile
            cluster.operator._reconcile = lambda key: seen.append(key) or reconcile(key)
            world.apply()
            make(world, "other", "theirs")
            await world.until(lambda: phase(world, "other", "theirs") == "Succeeded")
            await world.until_succeeded()
            assert {namespace for namespace, _ in seen} == {"other"}
            await world.until(lambda: len(world.events("Completed")) == 2, seconds=10.0)
            assert NAMESPACE in cluster.operator.notes()
            assert not cluster.operator._living().serves(NAMESPACE)
            assert cluster.operator._living().serves("other")
            assert team.operator._living().serves(NAMESPACE)

    run(story())


def test_it_is_taken_over_once_that_operator_is_gone():
    async def story():
        async with world_of(LONG) as world:
            cluster, team = await two_releases(world)
            world.apply()
            await world.until_phase("Running")
            team.kill()
            world.edit(suspend=True)
            began = asyncio.get_running_loop().time()
            await world.until_phase("Suspended", seconds=60.0)
            assert asyncio.get_running_loop().time() - began > 10.0, "its Lease has to run out"
            assert len(world.server.all(JOBS)) == 1
            assert NAMESPACE not in cluster.operator.notes()

    run(story())


@pytest.mark.parametrize("kind", ["shows nothing", 403, 500])
def test_a_watch_of_leases_that_fails_takes_nobody_for_gone(kind):
    """Two would work in the namespace at once."""

    async def story():
        async with world_of(LONG) as world:
            cluster, team = await two_releases(world)
            world.apply()
            await world.until_phase("Running")
            fault = None
            if kind == "shows nothing":
                world.blind.add(cluster.agent)
            else:
                fault = world.server.refuse_where(
                    lambda asked: (
                        asked.headers["User-Agent"] == cluster.agent
                        and asked.method == "GET"
                        and asked.path.endswith("/v1/leases")
                    ),
                    forbidden() if kind == 403 else error(kind),
                )
                world.server.break_watches()
            for _ in range(100):
                await asyncio.sleep(1.0)
                assert team.leads
                assert not cluster.operator._is_ours(NAMESPACE)
            world.blind.clear()
            if fault is not None:
                world.server.heal(fault)
            await asyncio.sleep(30.0)
            assert not cluster.operator._is_ours(NAMESPACE)
            team.kill()
            await world.until(lambda: cluster.operator._is_ours(NAMESPACE), seconds=30.0)

    run(story())


def test_one_that_comes_later_takes_its_namespaces_over():
    async def story():
        async with world_of(LONG) as world:
            cluster = world.start()
            world.apply()
            await world.until_phase("Running")
            team = world.start(OF_THE_TEAM)
            await world.until(lambda: team.leads, seconds=60.0)
            await asyncio.sleep(5.0)
            assert NAMESPACE in cluster.operator.notes()
            world.edit(suspend=True)
            await world.until_phase("Suspended", seconds=30.0)
            assert len(world.server.all(JOBS)) == 1

    run(story())


def test_without_the_right_to_see_them_it_works_and_says_so():
    async def story():
        async with world_of() as world:
            world.server.refuse_where(
                lambda asked: asked.method == "GET" and asked.path.endswith("/v1/leases"),
                forbidden(),
            )
            world.apply()
            world.start()
            await world.until_succeeded()
            assert "may not list or watch leases" in world.process.operator.notes()

    run(story())

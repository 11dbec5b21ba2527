"""How the operator's parts are put together: which waits for which, and what is told of them."""

import asyncio
import base64

import pytest
from chaos_world import NAME, NAMESPACE, SETTINGS, run, world_of
from fake_api_server import error, forbidden, hang
from simulated_workers import Attempt
from test_waiting_costs_little import TWO_NAMESPACES, make

from voicejob_api import pod
from voicejob_operator.runtime.cluster_events import EVENTS
from voicejob_operator.runtime.leadership import LEASES
from voicejob_operator.voicejobs.act import JOBS
from voicejob_operator.voicejobs.reconcile import Reconciler

ONE_AT_A_TIME = SETTINGS.model_copy(update={"reconcilers": 1})
FOR_EVER = Attempt(seconds=100_000.0)


def told(world):
    """What its process says to probes: of readiness and of health."""
    operator = world.process.operator
    return operator.unready(), operator.unhealthy()


async def until_leading(world, leads=True):
    await world.until(lambda: world.process.leads is leads, seconds=60.0)


async def without_the_lease(world):
    """Let it lose its Lease; return the fault that keeps it from it."""
    fault = world.server.fail_all(forbidden(), path="/leases")
    await until_leading(world, leads=False)
    return fault


# -- before all is known ---------------------------------------------------------------------------


@pytest.mark.parametrize("plural", ["voicejobs", "jobs", "pods"])
def test_before_all_lists_are_in_it_neither_leads_nor_works_nor_is_ready(plural):
    """Of a VoiceJob whose Jobs are not known yet another would be made."""

    async def story():
        async with world_of() as world:
            fault = world.server.fail_all(forbidden("no rights yet"), path=f"/{plural}")
            world.apply()
            world.start()
            await asyncio.sleep(90.0)
            assert not world.server.all(LEASES)
            assert not world.writes
            unready, unhealthy = told(world)
            assert plural in unready
            assert unhealthy == "", "a new process would not be let in either"
            world.server.heal(fault)
            await world.until_succeeded()
            assert told(world) == ("", "")

    run(story())


@pytest.mark.parametrize("path", ["/leases", "/voicejobs", "/pods"])
def test_it_sweeps_nothing_before_it_leads_and_all_lists_are_in(path):
    async def story():
        async with world_of() as world:
            own = NAMESPACE, world.apply(suspend=True)["metadata"]["uid"]
            gone = NAMESPACE, "a-voicejob-that-is-gone"
            checkpoints = world.cluster.store.checkpoints
            checkpoints.update({own, gone})
            fault = world.server.fail_all(forbidden(), path=path)
            world.start()
            await asyncio.sleep(300.0)
            assert checkpoints == {own, gone}
            world.server.heal(fault)
            await world.until(lambda: gone not in checkpoints, seconds=100.0)
            await asyncio.sleep(200.0)
            assert checkpoints == {own}

    run(story())


def test_it_sweeps_nothing_in_a_namespace_of_which_it_knows_nothing():
    async def story():
        async with world_of() as world:
            gone, unknown = (NAMESPACE, "gone"), ("other", "who-knows")
            checkpoints = world.cluster.store.checkpoints
            checkpoints.update({gone, unknown})
            world.server.fail_all(forbidden("no rights"), path="/namespaces/other/voicejobs")
            world.start(TWO_NAMESPACES.model_copy(update={"sweep_seconds": 60}))
            await world.until(lambda: gone not in checkpoints, seconds=200.0)
            await asyncio.sleep(200.0)
            assert checkpoints == {unknown}

    run(story())


# -- credentials that change -----------------------------------------------------------------------


def granted(world):
    """What the worker reads of its grants."""
    secrets = [s for s in world.cluster.all("secrets") if s["metadata"]["name"].endswith("-grants")]
    return [base64.b64decode(secret["data"][pod.GRANTS_KEY]).decode() for secret in secrets]


def test_grants_in_use_are_signed_anew_soon_after_the_credentials_were_rotated():
    """The old ones may be taken back long before half the life of the grants is over."""

    async def story():
        async with world_of(FOR_EVER) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            await asyncio.sleep(30.0)
            (before,) = granted(world)
            assert "signedBy=key-1" in before
            written = len(world.writes)
            world.credentials_id = "key-2"
            await asyncio.sleep(20.0)
            (after,) = granted(world)
            assert "signedBy=key-2" in after
            assert "key-1" not in after
            await asyncio.sleep(600.0)
            made = [effect.what for effect in world.writes[written:] if "secrets" in effect.what]
            assert [what.split()[0] for what in made] == ["POST", "PUT"], "once is enough"

    run(story())


# -- who leads -------------------------------------------------------------------------------------


def test_what_it_made_before_is_not_relied_on_when_it_leads_again():
    """Another operator may have worked meanwhile, and left other grants, or none."""

    async def story():
        async with world_of(FOR_EVER) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            await asyncio.sleep(10.0)
            fault = await without_the_lease(world)
            for secret in world.cluster.all("secrets"):
                if secret["metadata"]["name"].endswith("-grants"):
                    world.objects.delete("", "secrets", NAMESPACE, secret["metadata"]["name"])
            assert not granted(world)
            world.server.heal(fault)
            await until_leading(world)
            await world.until(lambda: granted(world), seconds=10.0)

    run(story())


def test_an_end_is_told_before_a_crowd_of_beginnings_that_came_earlier():
    async def story():
        async with world_of(Attempt(seconds=60.0), FOR_EVER) as world:
            world.apply()
            world.start(ONE_AT_A_TIME)
            await world.until_phase("Running")
            fault = await without_the_lease(world)
            for number in range(30):
                make(world, f"voicejob-{number}")
            await asyncio.sleep(5.0)
            assert not world.cluster.store.results, "the crowd comes first"
            await world.until(lambda: world.cluster.store.results)
            await asyncio.sleep(5.0)
            written = len(world.writes)
            world.server.heal(fault)
            await world.until_succeeded(seconds=60.0)
            assert world.writes[written].what == f"PATCH voicejobs/{NAME}/status"

    run(story())


# -- what is told of it ----------------------------------------------------------------------------


def test_many_that_wait_for_an_api_server_that_hangs_leave_it_healthy():
    """Each look ends when its request's time is up, so something moves."""

    async def story():
        async with world_of() as world:
            world.server.fail_all(hang(), path="/secrets")
            for number in range(30):
                make(world, f"voicejob-{number}")
            world.start(ONE_AT_A_TIME)
            await asyncio.sleep(200.0)
            assert world.process.operator._queue.overdue_seconds() > 120.0
            assert told(world) == ("", "")

    run(story())


def test_what_is_said_of_strangers_is_forgotten_and_of_its_own_is_not():
    """An event outlives its pod by an hour, and each list of events brings all of them again."""

    async def story():
        async with world_of(FOR_EVER) as world:
            world.apply()
            world.start()
            warnings = world.process.operator._warnings
            warnings._clock = asyncio.get_running_loop().time
            await world.until(lambda: world.server.all(JOBS))
            await asyncio.sleep(60.0)
            (job,) = world.server.all(JOBS)
            for uid, kind in (("of-a-pod-that-is-gone", "Pod"), (job["metadata"]["uid"], "Job")):
                about = {"kind": kind, "namespace": NAMESPACE, "name": "x", "uid": uid}
                event = {"metadata": {"name": uid, "namespace": NAMESPACE}, "type": "Warning"}
                world.server.put(EVENTS, event | {"reason": "Why", "involvedObject": about})
            await world.until(lambda: len(warnings) == 2)
            await asyncio.sleep(200.0)
            assert (len(warnings), warnings.newest("of-a-pod-that-is-gone")) == (1, None)

    run(story())


def test_a_reconcile_that_never_ends_is_unhealthy(monkeypatch):
    async def hangs(self, key):
        await asyncio.Event().wait()

    monkeypatch.setattr(Reconciler, "__call__", hangs)

    async def story():
        async with world_of() as world:
            world.apply()
            world.start()
            await asyncio.sleep(100.0)
            assert told(world) == ("", "")
            await asyncio.sleep(60.0)
            assert "stalled" in told(world)[1]

    run(story())


def test_an_api_server_that_refuses_this_process_for_long_is_unhealthy():
    async def story():
        async with world_of() as world:
            world.start()
            await until_leading(world)
            fault = world.server.fail_all(error(401, "Unauthorized", "Unauthorized"))
            world.server.break_watches()
            await asyncio.sleep(60.0)
            assert told(world)[1] == ""
            await asyncio.sleep(60.0)
            assert "no longer good" in told(world)[1]
            world.server.heal(fault)
            await asyncio.sleep(60.0)
            assert told(world) == ("", "")

    run(story())


def test_a_background_task_that_died_is_unhealthy():
    async def story():
        async with world_of() as world:
            world.start()
            await until_leading(world)
            (sweeper,) = (task for task in asyncio.all_tasks() if task.get_name() == "sweeper")
            sweeper.cancel()
            await asyncio.sleep(1.0)
            assert "sweeper" in told(world)[1]

    run(story())

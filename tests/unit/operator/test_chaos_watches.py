"""Watches that are blind for a while, and two operators at once."""

import asyncio
import json
from collections import Counter

import pytest
from chaos_scenarios import LONG
from chaos_world import NAMESPACE, run, world_of
from fake_api_server import forbidden, gone
from simulated_workers import Attempt

from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.store.sweep import YOUNG_SECONDS
from voicejob_operator.voicejobs.act import JOBS, PODS

FOR_EVER = Attempt(seconds=100_000.0)
BLIND_SECONDS = 20.0
MAX_PER_SECOND = 24


async def running(world):
    """A VoiceJob whose worker runs, and whose operator knows it."""
    world.apply()
    world.start()
    await world.until_phase("Running")


class Blindness:
    """The watches show nothing, in one way or another, until ``end``."""

    def __init__(self, world, how):
        self.world, self.how = world, how

    async def begin(self):
        server = self.world.server
        if self.how == "silent":
            server.mute_watches()
            return
        if self.how == "refused":
            await server.shut()
            return
        answer = forbidden() if self.how == "403" else gone()
        self.faults = [server.fail_all(answer, watch=True)]
        if self.how == "403":
            lists = [r.collection_path(None) for r in (VOICEJOBS, JOBS, PODS)]
            self.faults += [server.fail_all(answer, method="GET", path=p) for p in lists]
        server.break_watches()

    async def end(self):
        server = self.world.server
        if self.how == "refused":
            await server.listen()
        elif self.how == "silent":
            server.mute_watches(False)
        else:
            server.heal(*self.faults)
        server.compact()
        server.break_watches()


HOWS = ["closed", "403", "silent", "refused"]


def ghosts(world):
    """What the operator's caches hold and the cluster does not, and the other way round."""
    sight = world.process.sight
    seen = {
        VOICEJOBS: {view.uid for view in sight.voicejobs},
        JOBS: {view.uid for view in sight.jobs},
        PODS: {view.uid for view in sight.pods},
    }
    return {
        resource.plural: seen[resource] ^ {b["metadata"]["uid"] for b in world.server.all(resource)}
        for resource in seen
    }


async def until_no_ghost(world):
    await world.until(lambda: not any(ghosts(world).values()), seconds=120.0)


def busiest_second(requests):
    return max(Counter(int(asked.at) for asked in requests).values(), default=0)


@pytest.mark.parametrize("how", HOWS)
def test_what_was_deleted_while_it_was_blind_is_gone(how):
    async def story():
        async with world_of(FOR_EVER) as world:
            await running(world)
            blind = Blindness(world, how)
            await blind.begin()
            world.delete()
            await world.until(lambda: not world.cluster.pods and not world.cluster.jobs)
            await asyncio.sleep(BLIND_SECONDS)
            await blind.end()
            await until_no_ghost(world)
            await world.until(lambda: not world.cluster.store.checkpoints, seconds=300.0)
            assert busiest_second(world.server.requests) < MAX_PER_SECOND

    run(story())


@pytest.mark.parametrize("how", HOWS)
def test_one_made_anew_under_the_same_name_is_worked_on(how):
    async def story():
        async with world_of(FOR_EVER, Attempt()) as world:
            await running(world)
            blind = Blindness(world, how)
            await blind.begin()
            world.delete()
            await world.until(lambda: not world.cluster.pods and not world.cluster.jobs)
            world.apply()
            await asyncio.sleep(BLIND_SECONDS)
            await blind.end()
            await world.until_succeeded(seconds=200.0)
            await until_no_ghost(world)
            assert [e["involvedObject"]["uid"] for e in world.events("Completed")] == world.uids[1:]
            await world.until_cleaned_up()
            assert busiest_second(world.server.requests) < MAX_PER_SECOND

    run(story())


@pytest.mark.parametrize("how", HOWS)
def test_an_end_while_it_was_blind_is_seen(how):
    async def story():
        async with world_of(LONG) as world:
            await running(world)
            blind = Blindness(world, how)
            await blind.begin()
            await world.until(lambda: world.cluster.store.results)
            await asyncio.sleep(BLIND_SECONDS)
            await blind.end()
            await world.until_succeeded(seconds=120.0)
            await world.until_cleaned_up()

    run(story())


# -- two at once -----------------------------------------------------------------------------------


def test_one_works_and_the_other_says_so():
    async def story():
        async with world_of() as world:
            first = world.start()
            await world.until(lambda: first.leads)
            second = world.start()
            world.apply()
            await world.until_succeeded()
            assert (first.leads, second.leads) == (True, False)
            assert "standby" in second.operator.notes()
            assert not second.operator.unhealthy()
            assert not second.operator.unready()
            assert len(world.events("Completed")) == 1

    run(story())


def test_the_second_takes_over_when_the_first_is_killed():
    async def story():
        async with world_of(LONG) as world:
            first = world.start()
            world.apply()
            await world.until_phase("Running")
            second = world.start()
            await asyncio.sleep(5.0)
            first.kill()
            began = asyncio.get_running_loop().time()
            await world.until(lambda: second.leads, seconds=60.0)
            assert 8.0 < asyncio.get_running_loop().time() - began < 25.0
            await world.until_succeeded()
            assert len(world.events("Started")) == len(world.events("Completed")) == 1
            await world.until_cleaned_up()

    run(story())


def test_a_holder_that_cannot_renew_pauses_and_goes_on_later():
    async def story():
        async with world_of(LONG) as world:
            first = world.start()
            world.apply()
            await world.until_phase("Running")
            fault = world.server.fail_all(forbidden(), path="/leases")
            await world.until(lambda: not first.leads, seconds=20.0)
            # What was in hand is finished; then nothing is written without the Lease.
            await asyncio.sleep(1.0)
            written = len(world.writes)
            await world.until(lambda: world.cluster.store.results)
            await asyncio.sleep(10.0)
            assert (len(world.writes), world.phase) == (written, "Running")
            world.server.heal(fault)
            await world.until_succeeded(seconds=30.0)
            assert len(world.events("Completed")) == 1

    run(story())


def test_a_second_with_old_lists_overwrites_nothing():
    """It leads and sees what was: for it, the worker that runs has been Queued for too long.

    Every status is written against its version, and what destroys comes after the status.
    """

    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.cluster.is_full = True
            world.apply(deadlines={"queueSeconds": 20})
            first = world.start()
            await world.until(lambda: world.cluster.pods)
            second = world.start()
            await world.until(lambda: not second.operator.unready())
            world.blind.add(second.agent)
            world.cluster.is_full = False
            await world.until_phase("Running")
            first.kill()
            world.drop_lease()
            await world.until(lambda: second.leads, seconds=60.0)
            asked = len(world.server.requests)
            await asyncio.sleep(30.0)
            since = world.server.requests[asked:]
            assert [a for a in since if a.path.endswith("/status")], "else it shows nothing"
            assert (world.phase, world.cluster.at_once) == ("Running", 1), world.tell()
            assert busiest_second(since) < MAX_PER_SECOND
            world.blind.clear()
            world.server.break_watches()
            await world.until_succeeded(seconds=120.0)
            assert len(world.cluster.jobs_made) == len(world.cluster.begun) == 1
            assert not world.events("Failed")
            await world.until_cleaned_up()

    run(story())


def test_who_leads_with_a_list_of_long_ago_takes_no_checkpoint_for_left_over():
    """It stood by while its watch was refused: of what has begun since then it knows nothing."""

    async def story():
        async with world_of(FOR_EVER) as world:
            first = world.start()
            await world.until(lambda: first.leads, 60.0)
            second = world.start()
            await asyncio.sleep(5.0)
            refused = world.server.refuse_where(
                lambda asked: (
                    asked.headers["User-Agent"] == second.agent
                    and asked.method == "GET"
                    and asked.path.endswith("/voicejobs")
                ),
                forbidden(),
            )
            world.server.break_watches()
            world.apply()
            await world.until_phase("Running")
            await asyncio.sleep(YOUNG_SECONDS + 60.0)
            first.kill()
            world.drop_lease()
            await world.until(lambda: second.leads, 60.0)
            assert second.operator._living() is None
            world.server.heal(refused)
            await asyncio.sleep(30.0)
            living = second.operator._living()
            assert living.serves(NAMESPACE)
            assert living.uids(world.uids[0])

    run(story())


def progress_of_now():
    """A worker's answer that is another each second."""
    done = int(asyncio.get_running_loop().time())
    progress = {"chunksDone": done, "chunksTotal": 10_000, "summary": f"{done}"}
    return json.dumps({"stage": "Speaking", "progress": progress}).encode()


@pytest.mark.parametrize("happens", ["deleted", "edited"])
def test_a_status_that_is_made_of_an_old_view_is_not_tried_each_second(happens):
    """A watch that shows nothing may do so for minutes, and hundreds may have changed."""

    async def story():
        async with world_of(FOR_EVER) as world:
            world.worker_says = progress_of_now
            await running(world)
            await asyncio.sleep(20.0)
            world.blind.add(world.process.agent)
            if happens == "deleted":
                world.delete()
            else:
                world.edit(ttlSecondsAfterFinished=3600)
            before = len(world.effects)
            await asyncio.sleep(100.0)
            tried = [each for each in world.effects[before:] if each.what.endswith("/status")]
            assert 3 <= len(tried) <= 8
            world.blind.clear()
            world.server.break_watches()
            if happens == "edited":
                generation = world.voicejob["metadata"]["generation"]
                await world.until(lambda: world.status["observedGeneration"] == generation, 20.0)

    run(story())

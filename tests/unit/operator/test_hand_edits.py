"""What people do by hand to a Job: it is not seen any more, or no longer the VoiceJob's."""

import pytest
from chaos_others import worker_runs
from chaos_world import NAMESPACE, run, world_of
from fake_api_server import conflict
from simulated_workers import Attempt

from voicejob_api import names

LONG = Attempt(seconds=20.0)
UNSEEN = {
    "no label of ours": {"labels": {names.LABEL_MANAGED_BY: None}},
    "no labels": {"labels": None},
    "no owner": {"ownerReferences": []},
}
by_hand = pytest.mark.parametrize("edit", UNSEEN)


def edit_jobs(world, metadata):
    for job in world.cluster.jobs:
        name = job["metadata"]["name"]
        world.objects.merge("batch", "jobs", NAMESPACE, name, {"metadata": metadata})


@by_hand
def test_a_job_that_is_not_seen_makes_no_pods_beside_the_next(edit):
    """It is there, and its controller would make a pod after each bad end."""

    async def story():
        async with world_of(Attempt(21, seconds=20.0), LONG) as world:
            world.apply()
            world.start()
            await worker_runs(world)
            edit_jobs(world, UNSEEN[edit])
            await world.until_succeeded()
            assert world.cluster.most_at_once == 1
            assert len(world.cluster.begun) == 2
            assert world.status["retriesUsed"] == 1

    run(story())


@by_hand
def test_a_job_that_is_not_seen_works_on_for_no_failed_voicejob(edit):
    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply(deadlines={"activeSeconds": 60})
            world.start()
            await worker_runs(world)
            edit_jobs(world, UNSEEN[edit])
            await world.until_phase("Failed")
            await world.until(lambda: not world.cluster.at_once, 90.0)
            assert not world.cluster.jobs

    run(story())


def test_a_name_that_another_job_has_by_now_holds_up_no_next_job():
    async def story():
        async with world_of(Attempt(21, seconds=20.0), LONG) as world:
            world.apply()
            world.start()
            await worker_runs(world)
            edit_jobs(world, UNSEEN["no label of ours"])
            world.server.fail_all(conflict(), method="DELETE", path="/jobs")
            await world.until(lambda: len(world.cluster.jobs_made) == 2, 60.0)

    run(story())

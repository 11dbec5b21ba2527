"""What has ended stays ended: it is neither spoken again nor remembered for ever."""

import asyncio

import pytest
from chaos_world import run, world_of
from fake_api_faults import cut
from fake_api_server import conflict, error, forbidden
from simulated_workers import Attempt
from test_fences_hold import asked

from voicejob_api.report import WorkerReport
from voicejob_api.status import Progress, Stage
from voicejob_operator.metrics import FINISHED


def vanish_pods(world):
    for pod in world.cluster.pods:
        world.cluster.vanish("pods", pod)


# -- finished work is not done again ---------------------------------------------------------------


def test_a_complete_job_whose_pod_is_gone_is_not_run_again():
    """It ends and its pod goes while no operator is there: the store has the result."""

    async def story():
        async with world_of(Attempt(seconds=30.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.kill()
            await world.until(lambda: world.cluster.store.results)
            await asyncio.sleep(2.0)
            vanish_pods(world)
            world.start()
            await world.until_succeeded()
            assert len(world.cluster.begun) == len(world.cluster.jobs_made) == 1
            assert asked(world, "store result_of") == 1

    run(story())


def test_a_complete_job_without_pod_or_result_is_made_anew():
    async def story():
        async with world_of(Attempt(seconds=30.0)) as world:
            world.cluster.writes_results = False
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.kill()
            await world.until(lambda: world.cluster.pods[0]["status"]["phase"] == "Succeeded")
            await asyncio.sleep(2.0)
            vanish_pods(world)
            world.start()
            await world.until_succeeded()
            assert len(world.cluster.begun) == len(world.cluster.jobs_made) == 2

    run(story())


def test_a_standby_that_takes_over_knows_how_a_pod_that_is_gone_has_ended():
    async def story():
        async with world_of(Attempt(21, seconds=30.0), Attempt()) as world:
            world.apply()
            first = world.start()
            await world.until_phase("Running")
            standby = world.start()
            await asyncio.sleep(24.0)
            first.kill()
            await world.until(lambda: world.cluster.pods[0]["status"]["phase"] == "Failed")
            await asyncio.sleep(0.5)
            vanish_pods(world)
            await asyncio.sleep(0.5)
            assert not standby.leads
            await world.until_succeeded()
            first_attempt = world.status["attempts"][0]
            assert first_attempt["reason"] == "TransientFault"
            assert world.status["retriesUsed"] == 1

    run(story())


def test_each_pod_that_is_lost_is_told_of():
    """Of a pod that is gone nothing tells its name: the events are told apart all the same."""

    async def story():
        async with world_of(Attempt(seconds=500.0), Attempt(seconds=500.0), Attempt()) as world:
            world.apply()
            world.start()
            for number in (1, 2):
                await world.until(lambda made=number: len(world.cluster.begun) == made)
                await world.until(lambda told=number: len(world.events("Started")) == told)
                await asyncio.sleep(5.0)
                vanish_pods(world)
            await world.until_succeeded()
            assert len(world.events("Retrying")) == 2
            assert len(world.events("Started")) == 3

    run(story())


def test_a_voicejob_that_is_suspended_between_two_jobs_loses_the_earlier_one():
    """Its worker would go on, and nobody would remember it."""

    async def story():
        async with world_of(Attempt(seconds=500.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            away = error(500, "InternalError", "etcd leader changed")
            silence = world.server.fail_all(away, method="DELETE", path="/jobs")
            world.cluster.delete_pod(world.cluster.pods[0])
            await world.until(lambda: len(world.status.get("jobs", [])) == 2)
            world.edit(suspend=True)
            await world.until_phase("Suspended")
            world.server.heal(silence)
            await world.until(lambda: not world.cluster.jobs, 120.0)
            await asyncio.sleep(60.0)
            assert not world.cluster.at_once
            assert not world.cluster.pods

    run(story())


# -- what is left of it ----------------------------------------------------------------------------


def test_a_sidecar_that_keeps_the_pod_is_told_of_once_after_the_end():
    async def story():
        async with world_of(Attempt(seconds=5.0, sidecar=True)) as world:
            world.apply()
            world.start()
            await world.until_succeeded()
            await world.until_cleaned_up()
            await asyncio.sleep(60.0)
            assert len(world.events("SidecarKeptPodAlive")) == 1

    run(story())


def test_an_ended_voicejob_is_forgotten_once_its_job_is_gone():
    async def story():
        async with world_of() as world:
            world.apply(ttlSecondsAfterFinished=604800)
            world.start()
            await world.until_succeeded()
            await world.until_cleaned_up()
            await asyncio.sleep(10.0)
            assert len(world.process.sight.memories) == 0
            before = len(world.effects)
            await asyncio.sleep(3600.0)
            assert len(world.effects) == before

    run(story())


def test_a_deletion_of_secrets_that_is_forbidden_for_a_moment_is_asked_for_again():
    async def story():
        async with world_of() as world:
            world.server.fail(1, forbidden("no, for now"), method="DELETE", path="/secrets")
            world.apply()
            world.start()
            await world.until_succeeded()
            await world.until_cleaned_up()

    run(story())


def test_a_conflict_is_not_taken_for_a_job_that_is_gone():
    async def story():
        async with world_of() as world:
            world.server.fail(1, conflict(), method="DELETE", path="/jobs")
            world.apply()
            world.start()
            await world.until_succeeded()
            await world.until_cleaned_up(seconds=100.0)

    run(story())


def test_a_deletion_of_secrets_that_stays_forbidden_holds_up_no_end():
    async def story():
        async with world_of() as world:
            world.server.fail_all(forbidden(), method="DELETE", path="/secrets")
            world.apply()
            world.start()
            await world.until_succeeded()
            await world.until(lambda: not world.cluster.jobs, seconds=300.0)
            assert len(world.server.asked("DELETE", "/secrets")) < 6

    run(story())


def test_what_hindered_an_ended_voicejob_asks_for_no_more_looks():
    async def story():
        async with world_of() as world:
            world.server.fail_all(forbidden("exceeded quota"), method="POST", path="/jobs")
            world.apply(deadlines={"queueSeconds": 60}, ttlSecondsAfterFinished=604800)
            world.start()
            await world.until_phase("Failed")
            await asyncio.sleep(60.0)
            assert len(world.process.sight.memories) == 0
            before, asked_for = len(world.effects), world.process.operator._queue
            await asyncio.sleep(3600.0)
            assert len(world.effects) == before
            assert len(asked_for) == 1, "its time to live, and nothing else"

    run(story())


# -- what was stored is told of --------------------------------------------------------------------


@pytest.mark.parametrize(("attempt", "event"), [(Attempt(), "Completed"), (Attempt(12), "Failed")])
def test_an_end_whose_answer_was_lost_is_told_and_counted_once(attempt, event):
    """The status was stored, and the connection cut before anybody could know."""

    async def story():
        async with world_of(attempt) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            counted = ends_counted()
            lost = cut("after")
            world.server.fail_all(lost, method="PATCH", path="/voicejobs/hello/status")
            await world.until(lambda: world.phase in ("Succeeded", "Failed"))
            world.server.heal()
            await world.until(lambda: world.events(event), seconds=30.0)
            assert len(world.events(event)) == 1
            assert ends_counted() - counted == 1
            await world.until_cleaned_up()
            assert ends_counted() - counted == 1

    run(story())


def ends_counted():
    return sum(sample.value for sample in FINISHED.collect()[0].samples if "_total" in sample.name)


def test_one_that_has_ended_keeps_no_report_while_its_job_is_there():
    """Its word is in the status; ten thousand ended within an hour would be 200 MiB of them."""

    async def story():
        async with world_of(Attempt(seconds=30.0)) as world:
            report = WorkerReport(stage=Stage.SPEAKING, progress=Progress(chunks_done=1))
            world.worker_says = report.to_json
            world.apply()
            world.start()
            await world.until_phase("Running")
            memory = world.process.sight.memories.of(world.uids[0])
            await world.until(lambda: memory.report is not None)
            await world.until_succeeded()
            await asyncio.sleep(20.0)
            assert world.cluster.jobs
            assert memory.report is None
            assert not memory.departed
            (pod,) = world.process.sight.pods
            assert isinstance(pod.termination_message, str)
            assert pod.report.audio

    run(story())

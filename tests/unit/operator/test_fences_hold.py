"""What must not be done is not: no forbidden Secret is spoken, no old view or refusal does harm."""

import asyncio
from datetime import timedelta

import pytest
from chaos_world import NAMESPACE, run, world_of
from fake_api_server import error, forbidden
from operator_world import World as Decisions
from simulated_workers import Attempt

from voicejob_api.names import LABEL_TEXT
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.decide import decide
from voicejob_operator.voicejobs.effects import DeleteJob, DeleteVoiceJob
from voicejob_operator.voicejobs.observed import Cause, JobView

LABELLED = OperatorSettings(
    reach_workers="proxy", job_ttl_seconds=60, allowed={"text_from_secrets": "Labelled"}
)
GAVE_UP = Cause("BackoffLimitExceeded", "it gave up")
NO = error(400, "BadRequest", 'admission webhook "policy" denied the request: no')


def asked(world, what, since=0.0):
    """How often an operator has asked for that since then."""
    return sum(1 for effect in world.effects if effect.what.startswith(what) and effect.at >= since)


def condition(world, kind):
    found = next(c for c in world.status["conditions"] if c["type"] == kind)
    return found["status"], found["reason"]


# -- Secrets that are spoken -----------------------------------------------------------------------


def make_password(world, **labels):
    metadata = {"name": "password", "namespace": NAMESPACE, "labels": labels}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {}}
    world.objects.create("", "secrets", NAMESPACE, body)


def speak_password(world, **spec):
    text = {"secretKeyRef": {"name": "password", "key": "p"}}
    world.apply(text=None, textFrom=text, **spec)


def test_a_suspended_voicejob_speaks_no_secret_that_is_not_labelled():
    async def story():
        async with world_of() as world:
            make_password(world)
            speak_password(world, suspend=True)
            world.start(LABELLED)
            await world.until_phase("Failed")
            world.edit(suspend=False)
            await asyncio.sleep(60.0)
            assert (world.phase, world.status["reason"]) == ("Failed", "NotAllowed")
            assert not world.cluster.jobs_made
            assert asked(world, "GET secrets") == 1

    run(story())


def test_a_label_that_may_not_be_read_is_told_and_asked_for_ever_less_often():
    async def story():
        async with world_of() as world:
            speak_password(world)
            world.server.fail_all(forbidden("no rights"), method="GET", path="/secrets")
            world.start(LABELLED)
            await asyncio.sleep(600.0)
            assert condition(world, "Started") == ("False", "SecretForbidden")
            assert not world.cluster.jobs_made
            assert 5 <= asked(world, "GET secrets") <= 20

    run(story())


def test_a_secret_that_is_not_there_yet_is_waited_for_and_looked_at_as_any_other():
    """It may be made a moment later; and nobody has said that it may not be spoken."""

    async def story(label):
        async with world_of() as world:
            speak_password(world)
            world.start(LABELLED)
            await asyncio.sleep(100.0)
            assert (world.phase, world.status["reason"]) == ("Pending", "TextMissing")
            assert [event["type"] for event in world.events("TextMissing")] == ["Warning"]
            assert asked(world, "GET secrets") <= 10
            assert not world.cluster.jobs_made
            make_password(world, **{LABEL_TEXT: label})
            await world.until_phase("Succeeded" if label == "true" else "Failed", seconds=90.0)
            assert world.status["reason"] == ("Completed" if label == "true" else "NotAllowed")

    run(story("true"))
    run(story("no"))


# -- refusals --------------------------------------------------------------------------------------


def test_a_suspension_that_is_refused_is_told_and_tried_again():
    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            policy = world.server.fail_all(NO, method="PATCH", path="/jobs")
            edited = world.edit(suspend=True)
            await asyncio.sleep(300.0)
            assert world.status["reason"] == "JobForbidden"
            assert world.status["observedGeneration"] == edited["metadata"]["generation"]
            assert 3 <= asked(world, "PATCH jobs") <= 12
            world.server.heal(policy)
            await world.until(lambda: world.cluster.at_once == 0, 90.0)

    run(story())


def test_a_refused_suspension_that_is_taken_back_leaves_no_hindrance():
    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.server.fail_all(NO, method="PATCH", path="/jobs")
            world.edit(suspend=True)
            await world.until_phase("Suspended")
            world.edit(suspend=False)
            await world.until_phase("Running")
            await asyncio.sleep(10.0)
            assert world.process.sight.memories.of(world.uids[0]).answers.hindrance is None

    run(story())


def test_a_failed_voicejob_loses_its_job_though_its_secrets_cannot_be_deleted():
    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply(deadlines={"activeSeconds": 60})
            world.start()
            await world.until_phase("Running")
            world.server.fail_all(forbidden("policy"), method="DELETE", path="/secrets")
            await world.until_phase("Failed")
            await world.until(lambda: not world.cluster.at_once, 30.0)
            await asyncio.sleep(600.0)
            assert not world.cluster.pods
            assert asked(world, "DELETE secrets") <= 10

    run(story())


# -- views that are too old, and clocks that are wrong ---------------------------------------------


def test_an_older_view_of_a_voicejob_deletes_no_newer_job():
    running, queued = Decisions().run_to_running(), Decisions()
    queued.step()
    queued.make_job().step()
    for world in (running, queued):
        newer = world.jobs[0].name.removesuffix("1") + "2"
        world.jobs.append(JobView(name=newer, uid="job-2"))
        assert decide(world.observe()).effects == ()


def test_a_job_that_gives_up_gets_no_retry_beyond_those_of_the_spec():
    world = Decisions(spec={"text": "x", "retries": 1})
    world.run_to_running()
    world.end(21)
    world.wait(20).step()
    assert world.status.retries_used == 1
    world.pods = []
    world.change_job(failure=GAVE_UP, failed_pods=2)
    decision = decide(world.observe())
    assert (decision.status.phase, decision.status.reason) == ("Failed", "BackoffLimitExceeded")
    assert len(decision.status.jobs) == 1


def test_attempts_too_old_to_be_listed_use_up_no_retry_once_more():
    """The Job controller counts the stopped ones, too, and gives up with two retries left."""
    world = Decisions(spec={"text": "x", "retries": 10})
    world.step()
    world.make_job()
    for number in range(11):
        world.make_pod().change_pod(name=f"{world.job.name}-0-{number}").schedule().start().step()
        world.end(21 if number < 8 else 143)
        if number < 10:
            world.wait(20).step()
    world.step()
    assert (world.status.retries_used, world.status.attempts_total) == (8, 11)
    world.pods = []
    world.change_job(failure=GAVE_UP, failed_pods=11)
    decision = decide(world.observe())
    assert decision.status.phase == "Queued"
    assert len(decision.status.jobs) == 2


def test_a_nodes_clock_an_hour_behind_deletes_nothing_early():
    world = Decisions(spec={"text": "x", "ttlSecondsAfterFinished": 600})
    world.run_to_running()
    world.wait(30).end(0).change_pod(finished_at=world.now - timedelta(hours=1))
    decision = world.step()
    assert decision.status.phase == "Succeeded"
    assert not [each for each in decision.effects if isinstance(each, DeleteJob | DeleteVoiceJob)]
    assert decision.status.completion_time > world.now - timedelta(seconds=90)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("off", [-HOUR, HOUR], ids=["behind", "ahead"])
def test_a_nodes_clock_that_is_off_moves_no_deadline(off):
    deadlines = {"activeSeconds": 600, "queueSeconds": 600}
    world = Decisions(spec={"text": "x", "deadlines": deadlines})
    world.step()
    world.make_job().make_pod().schedule().change_pod(started_at=world.now + off, ip="10.0.0.1")
    world.step()
    assert abs(world.status.start_time - world.now) <= timedelta(seconds=1)
    world.wait(30).end(21).change_pod(finished_at=world.now + off)
    world.step()
    assert world.status.phase == "Queued"
    assert abs(world.status.queue_time - world.now) <= timedelta(seconds=90)

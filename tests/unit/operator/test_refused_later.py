"""A newer version refuses a value that is stored: what becomes of the VoiceJob, in each phase."""

import asyncio

import pytest
from chaos_world import NAME, NAMESPACE, run, world_of
from simulated_workers import Attempt

from voicejob_api.exit_codes import ExitCode
from voicejob_operator.voicejobs.views import view_voicejob

REFUSED = {"synthesis": {"speed": 50.0}, "language": "english!", "audio": {"loudnessLUFS": -99.0}}
"""Out of bounds, not of its pattern: what stands in a stored spec after an upgrade."""


def becomes_refused(world):
    """The same spec, as a newer version sees it: what it holds is no longer taken."""
    world.edit(**REFUSED)


def accepted(world):
    (found,) = [c for c in world.status["conditions"] if c["type"] == "Accepted"]
    return found["status"], found["message"]


def test_one_that_runs_is_followed_to_its_end_by_another_operator():
    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            becomes_refused(world)
            world.die()
            await world.until_succeeded()
            assert accepted(world)[0] == "True"
            assert world.status["audio"]
            await world.until_cleaned_up()

    run(story())


def test_a_retry_of_it_by_another_job_asks_for_what_was_accepted():
    async def story():
        out_of_memory = Attempt(code=ExitCode.OUT_OF_MEMORY, seconds=20.0)
        async with world_of(out_of_memory, Attempt()) as world:
            world.apply(resources={"limits": {"memory": "1Gi"}})
            world.start()
            await world.until_phase("Running")
            becomes_refused(world)
            world.die()
            await world.until_succeeded()
            assert [record["number"] for record in world.status["jobs"]] == [1, 2]

    run(story())


def test_one_that_waits_with_a_job_gets_its_turn():
    async def story():
        async with world_of(Attempt(starts_after=100.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Queued", "Starting")
            becomes_refused(world)
            world.die()
            await world.until_succeeded()

    run(story())


def test_one_whose_job_no_status_tells_of_yet_is_followed_too():
    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.apply()
            world.start()
            await world.until(lambda: world.cluster.jobs_made)
            world.kill()
            assert not world.status.get("jobs")
            becomes_refused(world)
            world.start()
            await world.until_succeeded()
            assert len(world.cluster.jobs_made) == 1

    run(story())


def test_one_that_is_over_still_goes_when_its_time_comes():
    async def story():
        async with world_of() as world:
            world.apply()
            world.start()
            await world.until_succeeded()
            becomes_refused(world)
            world.edit(ttlSecondsAfterFinished=100)
            world.die()
            await world.until(lambda: world.voicejob is None)
            assert not world.events("NotUnderstood")

    run(story())


def test_one_without_a_job_is_told_the_field_and_left_alone():
    async def story():
        async with world_of() as world:
            world.apply(**REFUSED)
            world.start()
            await world.until(lambda: world.status.get("reason") == "NotUnderstood")
            status, message = accepted(world)
            assert status == "False"
            assert "spec.language: must be a BCP 47 language tag" in message
            assert "delete it and apply it with what this one takes" in message
            await asyncio.sleep(200.0)
            assert not world.cluster.jobs_made
            assert world.phase == "Pending"
            assert len(world.writes) == 1

    run(story())


@pytest.mark.parametrize("phase", ["Queued", "Running", "Succeeded", "Failed"])
def test_its_values_are_read_as_they_were_accepted(phase):
    body = {
        "metadata": {"name": NAME, "namespace": NAMESPACE, "uid": "1", "generation": 2},
        "spec": {"text": "Hi.", **REFUSED},
        "status": {"phase": phase, "observedGeneration": 1},
    }
    if phase in ("Queued", "Running"):
        body["status"]["jobs"] = [{"number": 1, "name": "hello-1", "uid": "2"}]
    read = view_voicejob(body).voicejob()
    assert (read.spec.synthesis.speed, read.spec.language) == (50.0, "english!")
    assert read.spec.audio.loudness_lufs == -99.0

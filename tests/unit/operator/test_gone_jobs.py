"""What is told and left over if the Job is gone, or was never seen."""

from dataclasses import replace

from operator_world import done_report

from voicejob_api.status import Phase
from voicejob_operator.voicejobs.effects import DeleteJob, DeleteSecrets, EnsureJob
from voicejob_operator.voicejobs.observed import StoredResult


def test_an_end_whose_job_is_gone_is_told_once_and_has_the_next_job(world):
    world.run_to_running().change_pod(deleting=True).end(143)
    world.jobs.clear()
    decision = world.step()
    assert world.events == ["Started", "Retrying"]
    assert EnsureJob(2, 2) in decision.effects
    world.pods.clear()
    assert world.wait(3).step().announcements == ()


def test_a_job_that_was_never_made_is_replaced_without_a_warning(world):
    world.run_to_running().end(20)
    world.step()
    world.jobs.clear()
    world.pods.clear()
    # Another process, which does not know whether the second Job was made.
    world.answers = replace(world.answers, jobs_begun=frozenset(), result=StoredResult())
    told = list(world.events)
    assert EnsureJob(3, 1) in world.step().effects
    assert world.events == told
    assert world.status.jobs[-1].reason == "JobNotMade"


def test_without_a_job_the_secrets_go_before_the_end_is_stored(world):
    world.run_to_running()
    world.jobs.clear()
    world.pods.clear()
    world.answers = replace(world.answers, result=StoredResult(done_report()))
    decision = world.step()
    assert world.status.phase is Phase.SUCCEEDED
    assert decision.effects == (DeleteSecrets(at_once=True),)
    assert not decision.effects[0].after_status
    assert world.wait(60).step().effects == ()


def test_with_a_job_that_a_sidecar_keeps_the_secrets_go_first(world):
    world.run_to_running().end(0, kept_alive_by=("mesh",)).step()
    kinds = [type(effect) for effect in world.wait(31).step().effects]
    assert kinds.index(DeleteSecrets) < kinds.index(DeleteJob)

"""Decisions, path by path. Each test reads as a story of one VoiceJob."""

from dataclasses import replace
from datetime import timedelta

from operator_world import FULL, condition, deletes, done_report

from voicejob_api.report import WorkerReport
from voicejob_api.status import Performance, Phase, Progress
from voicejob_operator.voicejobs.effects import (
    DeleteCheckpoint,
    DeleteJob,
    DeleteSecrets,
    DeleteVoiceJob,
    EnsureGrants,
    EnsureJob,
    EnsureJobFile,
    LookAtJob,
    ReadResult,
    SuspendJob,
)
from voicejob_operator.voicejobs.observed import Cause, StoredResult


def test_a_new_voicejob_asks_for_its_job_file_before_its_job(world):
    world.answers = replace(world.answers, grants_good=False)
    assert world.step().effects == (EnsureJobFile(), EnsureJob(number=1, backoff_limit=2))
    assert world.status.phase is Phase.QUEUED
    assert world.status.job_name == world.status.jobs[0].name


def test_the_usual_way_tells_every_event_once(world):
    world.step()
    world.make_job().make_pod().step()
    world.schedule().step()
    world.start().step()
    world.wait(3).end(0).step()
    world.step()
    assert world.history == [Phase.QUEUED, Phase.STARTING, Phase.RUNNING, Phase.SUCCEEDED]
    assert world.events == ["Started", "Completed"]


def test_an_operator_that_was_away_takes_every_step_it_missed(world):
    world.make_job().make_pod().schedule().start().wait(3).end(0)
    world.step()
    assert world.status.phase is Phase.SUCCEEDED
    assert world.events == ["Completed"], "a start that is over already is not told as one"
    assert world.status.attempts[0].outcome == "Succeeded"
    assert world.status.audio is not None


def test_the_same_observation_again_changes_nothing(world):
    world.run_to_running()
    status = world.status
    again = world.step()
    assert again.status == status
    assert again.announcements == ()
    assert again.effects == ()


def test_a_success_carries_the_workers_last_word(world):
    world.run_to_running().wait(2).end(0).step()
    assert world.status.audio.uri.startswith("s3://")
    assert world.status.performance.real_time_factor == 0.05
    assert world.status.performance.total_seconds == 2
    assert world.status.progress.percent == 100
    assert condition(world, "Complete").status == "True"
    assert condition(world, "Failed").status == "False"


def test_what_was_spoken_before_is_a_success_with_a_reason_of_its_own(world):
    report = done_report().model_copy(
        update={"reason": "AlreadySpoken", "performance": Performance()}
    )
    world.run_to_running().wait(2).end(0, report=report).step()
    assert (world.status.phase, world.status.reason) == (Phase.SUCCEEDED, "AlreadySpoken")
    assert world.status.audio == report.audio
    complete = condition(world, "Complete")
    assert (complete.status, complete.reason) == ("True", "AlreadySpoken")
    assert complete.message.startswith("Nothing was spoken")
    assert world.status.performance.real_time_factor is None
    assert world.status.attempts[-1].reason == "AlreadySpoken"


def test_a_good_end_has_no_other_reason(world):
    report = done_report().model_copy(update={"reason": "Whatever"})
    world.run_to_running().end(0, report=report).step()
    assert world.status.reason == "Completed"


def test_the_workers_own_reason_and_message_reach_the_condition(world):
    report = WorkerReport(exit_code=10, reason="InvalidInput", message="only 12 emoji")
    world.run_to_running().end(10, report=report).step()
    failed = condition(world, "Failed")
    assert (failed.reason, failed.message) == ("InvalidInput", "only 12 emoji")
    assert world.status.reason == "InvalidInput"


def test_the_active_deadline_counts_from_the_first_start(world):
    world.spec["deadlines"] = {"activeSeconds": 60}
    world.run_to_running()
    world.wait(30).end(21).step()
    world.make_pod().schedule().start().wait(30)
    decision = world.step()
    assert world.status.reason == "ActiveDeadlineExceeded"
    assert deletes(world, decision)
    assert "activeSeconds (1m00s): it had not begun" in condition(world, "Failed").message


def test_time_in_suspension_does_not_count_and_does_not_begin_the_work_anew(world):
    world.spec["deadlines"] = {"activeSeconds": 60}
    world.run_to_running()
    world.wait(40)
    world.spec["suspend"] = True
    world.step()
    world.end(143).step()
    world.pods.clear()
    world.wait(1000)
    world.spec["suspend"] = False
    world.step()
    world.make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING
    assert world.wait(15).step().status.phase is Phase.RUNNING
    assert world.wait(5).step().status.reason == "ActiveDeadlineExceeded"


def test_suspension_stops_the_job_and_resumption_goes_on(world):
    world.run_to_running()
    world.report = WorkerReport(progress=Progress(percent=3, eta="4m22s", eta_seconds=262))
    world.step()
    assert world.status.progress.eta == "4m22s"
    name = world.job.name
    world.spec["suspend"] = True
    assert world.step().effects == (SuspendJob(name, True),)
    assert world.status.phase is Phase.SUSPENDED
    assert world.status.progress.eta == ""
    world.change_job(suspended=True, asked_suspended=True)
    world.end(143).step()
    world.pods.clear()
    assert world.step().effects == ()
    assert world.status.attempts[0].outcome == "Stopped"
    world.spec["suspend"] = False
    assert world.step().effects == (SuspendJob(name, False),)
    assert world.status.phase is Phase.QUEUED
    assert world.events[-2:] == ["Suspended", "Resumed"]


def test_a_queue_that_comes_late_does_not_run_what_is_suspended(world):
    """Kueue had not seen the Job when it was suspended, and would admit it now."""
    world.run_to_running().change_job(queue="team-a")
    world.spec["suspend"] = True
    world.step()
    world.change_job(suspended=True, asked_suspended=True)
    assert world.step().effects == ()
    world.active_workloads = frozenset({world.job.uid})
    assert world.step().effects == (SuspendJob(world.job.name, True),)
    world.active_workloads = frozenset()
    assert world.step().effects == ()


def test_a_job_in_a_queue_is_the_queues_to_run(world):
    world.run_to_running().change_job(queue="team-a")
    world.active_workloads = frozenset({world.job.uid})
    assert world.step().effects == ()


def test_a_job_that_somebody_else_suspended_is_queued_and_not_fought(world):
    world.step()
    world.make_job().change_job(suspended=True)
    for _ in range(3):
        assert world.wait(10).step().effects == ()
    assert (world.status.phase, world.status.reason) == (Phase.QUEUED, "JobSuspended")
    world.change_job(suspended=False).make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING


def test_work_that_a_queue_preempts_goes_on_in_the_same_job(world):
    world.spec["retries"] = 0
    world.run_to_running().change_pod(deleting=True).end(143)
    # The pod's end comes before the news of the suspension: the Job itself is read first.
    assert world.step().effects == (LookAtJob(world.job.name, world.pods[0].name),)
    world.change_job(suspended=True)
    world.answers = replace(world.answers, job_looked_at_for=world.pods[0].name)
    assert world.step().effects == ()
    assert (world.status.phase, world.status.retries_used) == (Phase.QUEUED, 0)
    world.wait(500).change_job(suspended=False).make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING
    assert len(world.status.jobs) == 1


def test_a_resumption_tells_nothing_of_the_pod_that_the_suspension_ended(world):
    world.run_to_running()
    world.spec["suspend"] = True
    world.step()
    world.end(143).step()
    world.spec["suspend"] = False
    world.step()
    assert world.status.phase is Phase.QUEUED
    assert world.events == ["Started", "Suspended", "Resumed"]


def test_a_voicejob_born_suspended_makes_no_job(world):
    world.spec["suspend"] = True
    assert world.step().effects == ()
    assert world.status.phase is Phase.SUSPENDED
    assert world.status.job_name == ""
    world.spec["suspend"] = False
    assert EnsureJob(number=1, backoff_limit=2) in world.step().effects


def test_work_that_ends_while_it_is_being_suspended_has_succeeded(world):
    world.run_to_running()
    world.spec["suspend"] = True
    world.step()
    world.end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


def test_a_refused_job_fails_with_the_api_servers_words(world):
    refusal = Cause("JobRefused", "spec.template.spec.x: Invalid value")
    world.answers = replace(world.answers, refusal=refusal)
    world.step()
    assert world.status.phase is Phase.FAILED
    assert condition(world, "Accepted").status == "False"
    assert "Invalid value" in condition(world, "Failed").message


def test_what_the_platform_does_not_allow_fails_before_anything_is_made(world):
    world.not_allowed = Cause("NotAllowed", "spec.gpu.resourceName names smarter-devices/fuse")
    assert world.step().effects == ()
    assert (world.status.phase, world.status.reason) == (Phase.FAILED, "NotAllowed")
    assert condition(world, "Accepted").status == "False"


def test_what_was_allowed_when_it_began_goes_on_when_it_no_longer_is(world):
    world.run_to_running()
    world.not_allowed = Cause("NotAllowed", "spec.priorityClassName")
    world.step()
    assert world.status.phase is Phase.RUNNING


def test_the_end_is_cleaned_up_after_once_it_is_told(world):
    world.run_to_running()
    decision = world.end(0).step()
    assert decision.effects == ()
    assert decision.look_again_at == world.now + timedelta(seconds=30)
    decision = world.wait(30).step()
    assert decision.effects == (DeleteSecrets(), DeleteCheckpoint())
    world.answers = replace(world.answers, secrets_deleted=True, checkpoint_deleted=True)
    assert world.step().effects == ()
    world.wait(3600)
    assert world.step().effects == (DeleteJob(world.job.name, world.job.uid),)
    world.jobs.clear()
    assert world.step().look_again_at is None


def test_a_sidecar_that_keeps_a_finished_pod_is_named_and_ended(world):
    world.run_to_running().end(0, kept_alive_by=("istio-proxy",)).step()
    assert world.wait(29).step().effects == ()
    decision = world.wait(1).step()
    assert DeleteJob(world.job.name, world.job.uid) in decision.effects
    assert [each.reason for each in decision.announcements] == ["SidecarKeptPodAlive"]
    assert "istio-proxy" in decision.announcements[0].message


def test_a_sidecar_that_keeps_a_failed_pod_holds_up_no_retry(world):
    world.run_to_running().end(21, kept_alive_by=("vault-agent",)).step()
    assert world.status.phase is Phase.QUEUED
    old = world.job
    decision = world.wait(30).step()
    assert decision.effects[0] == DeleteJob(old.name, old.uid)
    assert EnsureJob(number=2, backoff_limit=1) in decision.effects
    assert "SidecarKeptPodAlive" in world.events


def test_an_edit_after_the_end_is_acknowledged_by_every_condition(world):
    world.run_to_running().end(0).step()
    world.spec["ttlSecondsAfterFinished"] = 600
    world.generation = 2
    status = world.step().status
    assert status.observed_generation == 2
    assert {each.observed_generation for each in status.conditions} == {2}
    assert status.phase is Phase.SUCCEEDED


def test_work_whose_pod_and_job_are_gone_is_looked_for_in_the_store(world):
    world.run_to_running()
    world.pods.clear()
    world.jobs.clear()
    assert world.wait(5000).step().effects == (ReadResult(),)
    assert (world.status.phase, world.events) == (Phase.RUNNING, ["Started"])
    world.answers = replace(world.answers, result=StoredResult(done_report()))
    world.step()
    assert world.status.phase is Phase.SUCCEEDED
    assert world.status.audio is not None
    assert world.status.attempts[0].outcome == "Succeeded"
    assert world.events == ["Started", "Completed"]


def test_work_that_the_store_does_not_know_is_made_again_under_the_next_number(world):
    lost = world.run_to_running().job
    world.pods.clear()
    world.jobs.clear()
    world.step()
    world.answers = replace(world.answers, result=StoredResult())
    decision = world.step()
    made = (EnsureJobFile(), EnsureJob(number=2, backoff_limit=2))
    assert decision.effects == (DeleteJob(lost.name, lost.uid), *made), "should it be there"
    assert [record.number for record in world.status.jobs] == [1, 2]
    assert world.status.jobs[1].reason == "JobLost"
    assert world.status.attempts[0].reason == "PodLost"
    assert world.events == ["Started", "Retrying"]


def test_a_store_that_is_away_is_asked_until_it_answers(world):
    world.run_to_running()
    world.pods.clear()
    world.jobs.clear()
    away = StoredResult(trouble=Cause("StoreUnavailable", "it does not answer"))
    world.answers = replace(world.answers, result=away)
    for _ in range(3):
        assert world.wait(10).step().effects == (ReadResult(),)
    assert world.events == ["Started"]


def test_a_finished_voicejob_lives_as_long_as_its_ttl(world):
    world.spec["ttlSecondsAfterFinished"] = 60
    world.run_to_running().end(0)
    world.step()
    assert world.wait(30).step().look_again_at == world.now + timedelta(seconds=30)
    assert DeleteVoiceJob() in world.wait(30).step().effects


def test_no_progress_for_long_is_a_condition_and_no_end(world):
    world.run_to_running()
    world.progressed_at = world.now
    world.report = WorkerReport(progress=Progress(percent=10))
    world.wait(301).step()
    assert condition(world, "Stalled").status == "True"
    assert world.status.phase is Phase.RUNNING


def test_a_condition_keeps_its_time_while_its_truth_stays(world):
    world.step()
    first = condition(world, "Queued").last_transition_time
    world.make_job().make_pod().wait(30).change_pod(unschedulable=FULL).step()
    assert condition(world, "Queued").last_transition_time == first


def test_grants_are_renewed_while_the_work_goes_on(world):
    world.run_to_running()
    world.answers = replace(world.answers, grants_good=False)
    assert world.step().effects == (EnsureGrants(),)
    world.end(0).step()
    assert EnsureGrants() not in world.step().effects


def test_grants_are_written_only_once_the_pod_has_a_node(world):
    world.answers = replace(world.answers, grants_good=False)
    world.step()
    world.make_job().make_pod()
    assert world.step().effects == ()
    assert world.schedule().step().effects == (EnsureGrants(),)


def test_a_job_file_that_somebody_deleted_comes_back(world):
    world.step()
    world.make_job().make_pod().schedule()
    world.answers = replace(world.answers, job_file_missing=True)
    assert EnsureJobFile() in world.step().effects

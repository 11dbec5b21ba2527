"""Decisions, path by path. Each test reads as a story of one VoiceJob."""

from datetime import timedelta

import pytest
from operator_world import FULL, NEVER, condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import ModelInfo, Phase, Progress, ReferenceInfo
from voicejob_operator.voicejobs.effects import (
    DeleteCheckpoint,
    DeleteJob,
    DeleteVoiceJob,
    EnsureJob,
    EnsureSecret,
    SuspendJob,
)
from voicejob_operator.voicejobs.observed import JobView, Trouble


def test_a_new_voicejob_asks_for_its_secret_before_its_job(world):
    world.grants_fresh = False
    assert world.step().effects == (EnsureSecret(), EnsureJob())
    assert world.status.phase is Phase.QUEUED


def test_the_usual_way_tells_every_event_once(world):
    world.step()
    world.make_job().make_pod().step()
    world.schedule().step()
    world.start().step()
    world.wait(3).end(0).step()
    world.step()
    assert world.history == [Phase.QUEUED, Phase.STARTING, Phase.RUNNING, Phase.SUCCEEDED]
    assert world.events == ["Scheduled", "Started", "Completed"]


def test_an_operator_that_was_away_takes_every_step_it_missed(world):
    world.make_job().make_pod().schedule().start().wait(3).end(0)
    world.step()
    assert world.status.phase is Phase.SUCCEEDED
    assert world.events == ["Scheduled", "Started", "Completed"]
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


def test_the_workers_own_reason_and_message_reach_the_condition(world):
    report = WorkerReport(exit_code=10, reason="InvalidInput", message="only 12 emoji")
    world.run_to_running().end(10, report=report).step()
    failed = condition(world, "Failed")
    assert (failed.reason, failed.message) == ("InvalidInput", "only 12 emoji")
    assert world.status.reason == "InvalidInput"


def test_the_queue_deadline_counts_from_the_last_attempts_end(world):
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job().wait(90).make_pod().schedule().start().wait(50).end(21).wait(5).step()
    assert world.status.phase is Phase.QUEUED
    world.wait(96).step()
    assert world.status.reason == "QueueDeadlineExceeded"


def test_an_unschedulable_pod_waits_in_the_queue_with_the_schedulers_reason(world):
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=FULL).wait(700).step()
    assert world.status.phase is Phase.QUEUED
    assert condition(world, "Queued").status == "True"
    assert condition(world, "Started").reason == "Unschedulable"
    assert "Insufficient nvidia.com/gpu" in condition(world, "Started").message


def test_the_queue_deadline_ends_a_wait_for_capacity(world):
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=FULL)
    decision = world.wait(50).step()
    assert decision.look_again_at == world.now + timedelta(seconds=50)
    decision = world.wait(50).step()
    assert world.status.reason == "QueueDeadlineExceeded"
    assert DeleteJob() in decision.effects


def test_the_start_deadline_ends_a_wait_for_a_node_that_does_not_exist(world):
    world.spec["deadlines"] = {"startSeconds": 20}
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=NEVER).step()
    assert world.status.phase is Phase.QUEUED
    world.wait(20).step()
    assert world.status.reason == "StartDeadlineExceeded"
    assert "node affinity" in condition(world, "Failed").message


def test_the_start_deadline_ends_a_wait_for_an_image(world):
    world.spec["deadlines"] = {"startSeconds": 20}
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(waiting=Trouble("ImagePullBackOff", "Back-off pulling image")).step()
    assert world.status.phase is Phase.STARTING
    assert condition(world, "Started").reason == "ImagePullBackOff"
    world.wait(20).step()
    assert world.status.phase is Phase.FAILED
    assert "Back-off pulling image" in condition(world, "Failed").message


def test_a_missing_text_is_told_and_the_worker_starts_when_it_appears(world):
    world.step()
    world.make_job().make_pod().schedule()
    world.trouble = Trouble("TextMissing", 'configmap "book" not found')
    world.step()
    assert world.status.phase is Phase.STARTING
    assert condition(world, "Started").reason == "TextMissing"
    world.trouble = None
    world.start().step()
    assert world.status.phase is Phase.RUNNING


def test_a_job_that_can_make_no_pod_is_told_and_ended(world):
    world.spec["deadlines"] = {"startSeconds": 20}
    world.step()
    world.make_job()
    world.trouble = Trouble("FailedCreate", 'serviceaccount "x" not found')
    world.step()
    assert condition(world, "Started").reason == "FailedCreate"
    world.wait(25).step()
    assert world.status.phase is Phase.FAILED


def test_the_active_deadline_counts_from_the_first_start(world):
    world.spec["deadlines"] = {"activeSeconds": 60}
    world.run_to_running()
    world.wait(30).end(21).step()
    world.make_pod().schedule().start().wait(30)
    decision = world.step()
    assert world.status.reason == "ActiveDeadlineExceeded"
    assert DeleteJob() in decision.effects


def test_suspension_stops_the_job_and_resumption_goes_on(world):
    world.run_to_running()
    world.spec["suspend"] = True
    assert world.step().effects == (SuspendJob(True),)
    assert world.status.phase is Phase.SUSPENDED
    world.job = JobView(name="hello-1", uid="job-1", suspended=True)
    world.end(143).step()
    world.pods.clear()
    assert world.step().effects == ()
    assert world.status.attempts[0].outcome == "Stopped"
    world.spec["suspend"] = False
    assert world.step().effects == (SuspendJob(False),)
    assert world.status.phase is Phase.QUEUED
    assert world.events[-2:] == ["Suspended", "Resumed"]


def test_a_resumption_tells_nothing_of_the_pod_that_the_suspension_ended(world):
    world.run_to_running()
    world.spec["suspend"] = True
    world.step()
    world.end(143).step()
    world.spec["suspend"] = False
    world.step()
    assert world.status.phase is Phase.QUEUED
    assert world.events == ["Scheduled", "Started", "Suspended", "Resumed"]


def test_a_voicejob_born_suspended_makes_no_job(world):
    world.spec["suspend"] = True
    assert world.step().effects == ()
    assert world.status.phase is Phase.SUSPENDED


def test_work_that_ends_while_it_is_being_suspended_has_succeeded(world):
    world.run_to_running()
    world.spec["suspend"] = True
    world.step()
    world.end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


def test_a_refused_job_fails_with_the_api_servers_words(world):
    world.refusal = Trouble("JobRefused", "spec.template.spec.x: Invalid value")
    world.step()
    assert world.status.phase is Phase.FAILED
    assert condition(world, "Accepted").status == "False"
    assert "Invalid value" in condition(world, "Failed").message


def test_the_end_removes_the_checkpoint_once(world):
    world.run_to_running()
    assert DeleteCheckpoint() in world.end(0).step().effects
    assert world.step().effects == ()


def test_a_finished_voicejob_lives_as_long_as_its_ttl(world):
    world.spec["ttlSecondsAfterFinished"] = 60
    world.run_to_running().end(0)
    decision = world.step()
    assert decision.look_again_at == world.now + timedelta(seconds=60)
    assert DeleteVoiceJob() in world.wait(60).step().effects


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
    world.grants_fresh = False
    assert world.step().effects == (EnsureSecret(),)
    world.end(0).step()
    assert EnsureSecret() not in world.step().effects


def test_the_report_of_another_pod_is_not_this_ones(world):
    world.run_to_running()
    world.report = WorkerReport(progress=Progress(percent=70))
    world.step()
    assert world.status.progress.percent == 70
    world.end(21).step()
    world.make_pod().schedule().start()
    world.report = None
    world.step()
    assert world.status.phase is Phase.RUNNING


def test_what_the_worker_found_of_model_and_voice_reaches_the_status(world):
    world.run_to_running()
    world.report = WorkerReport(
        model=ModelInfo(variant="v1", precision="float32"), reference=ReferenceInfo(snr_db=31.5)
    )
    status = world.step().status
    assert status.model == ModelInfo(variant="v1", precision="float32")
    assert status.reference == ReferenceInfo(snr_db=31.5)
    world.report = None
    world.end(21).step()
    assert world.status.model == ModelInfo(variant="v1", precision="float32")


@pytest.mark.parametrize("code", [21, 30])
def test_what_a_failed_attempt_says_last_of_model_and_voice_reaches_the_status(world, code):
    world.spec["retries"] = 1
    told = WorkerReport(
        progress=Progress(percent=40, eta="9s", eta_seconds=9),
        model=ModelInfo(variant="v1"),
        reference=ReferenceInfo(notes=["it is noisy"]),
        exit_code=code,
    )
    status = world.run_to_running().end(code, report=told).step().status
    assert (status.model, status.reference) == (told.model, told.reference)
    assert status.progress == (Progress(percent=40) if code == 30 else None)
    again = world.wait(60).step().status
    assert (again.model, again.reference) == (told.model, told.reference)
    assert again.progress == status.progress


@pytest.mark.parametrize("ends", ["suspended", "too late", "lost"])
def test_an_earlier_attempt_does_not_put_back_what_the_last_one_told(world, ends):
    world.spec |= {"retries": 2, "deadlines": {"activeSeconds": 1000}}
    first = WorkerReport(progress=Progress(percent=20), model=ModelInfo(variant="v0"), exit_code=21)
    world.run_to_running().end(21, report=first).step()
    world.wait(10).make_pod().schedule().start()
    world.report = WorkerReport(progress=Progress(percent=80), model=ModelInfo(variant="v1"))
    world.step()
    world.report = None
    if ends == "suspended":
        world.spec["suspend"] = True
    if ends == "too late":
        world.wait(2000)
    world.step()
    world.pods.pop()
    status = world.step().status
    assert status.phase is not Phase.RUNNING
    assert (status.progress.percent, status.model.variant) == (80, "v1")

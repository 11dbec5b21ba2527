"""Decisions, path by path. Each test reads as a story of one VoiceJob."""

from dataclasses import replace
from datetime import timedelta

import pytest
from operator_world import FULL, NEVER

from voicejob_api.report import WorkerReport
from voicejob_api.status import ModelInfo, Phase, Progress, ReferenceInfo
from voicejob_operator.effects import (
    DeleteCheckpoint,
    DeleteJob,
    DeleteVoiceJob,
    EnsureJob,
    EnsureSecret,
    SuspendJob,
)
from voicejob_operator.observed import JobView, Trouble


def condition(world, kind):
    return next(found for found in world.status.conditions if found.type == kind)


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


def attempts_without_an_operator(world, count, code=21):
    world.make_job()
    for number in range(1, count + 1):
        report = WorkerReport(reason="StoreUnavailable", message=f"try {number}", exit_code=code)
        world.make_pod().schedule().start().wait(3).end(code, report=report).wait(10)


def test_an_operator_that_was_away_deals_with_many_attempts_in_their_order(world):
    world.spec["retries"] = 10
    attempts_without_an_operator(world, 7)
    world.make_pod().schedule().start()
    decision = world.step()
    assert world.status.phase is Phase.RUNNING
    assert (world.status.retries_used, world.status.attempts_total) == (7, 8)
    assert [attempt.outcome for attempt in world.status.attempts] == ["Failed"] * 4 + ["Running"]
    assert [attempt.number for attempt in world.status.attempts] == [4, 5, 6, 7, 8]
    told = [said.message for said in decision.announcements if said.reason == "Retrying"]
    assert [message[-1] for message in told] == list("1234567")
    status = world.status
    assert world.step().announcements == ()
    assert world.status == status


def test_an_operator_that_was_away_counts_the_retries_in_their_order(world):
    world.spec["retries"] = 1
    attempts_without_an_operator(world, 4)
    world.step()
    assert world.status.phase is Phase.FAILED
    assert "try 2" in condition(world, "Failed").message
    assert [attempt.outcome for attempt in world.status.attempts] == ["Failed"] * 4


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


@pytest.mark.parametrize("code", [10, 11, 12, 13, 30])
def test_an_exit_code_that_another_attempt_would_repeat_fails_at_once(world, code):
    world.run_to_running().end(code).step()
    assert world.status.phase is Phase.FAILED
    assert world.status.retries_used == 0
    assert condition(world, "Failed").status == "True"


def test_the_workers_own_reason_and_message_reach_the_condition(world):
    report = WorkerReport(exit_code=10, reason="InvalidInput", message="only 12 emoji")
    world.run_to_running().end(10, report=report).step()
    failed = condition(world, "Failed")
    assert (failed.reason, failed.message) == ("InvalidInput", "only 12 emoji")
    assert world.status.reason == "InvalidInput"


@pytest.mark.parametrize("code", [1, 20, 21, 137])
def test_a_fault_that_may_pass_is_retried_until_no_retry_is_left(world, code):
    world.spec["retries"] = 1
    world.run_to_running().end(code).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.reason == "Retrying"
    world.wait(10).make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING
    world.end(code).step()
    assert world.status.phase is Phase.FAILED
    assert [attempt.outcome for attempt in world.status.attempts] == ["Failed", "Failed"]
    assert "2 attempts" in condition(world, "Failed").message


def test_a_stopped_worker_uses_up_no_retry(world):
    world.spec["retries"] = 0
    for _ in range(3):
        if not world.pods:
            world.run_to_running()
        else:
            world.wait(5).make_pod().schedule().start().step()
        world.end(143).step()
        assert world.status.phase is Phase.QUEUED
    assert world.status.retries_used == 0
    assert [attempt.outcome for attempt in world.status.attempts] == ["Stopped"] * 3


@pytest.mark.parametrize("code", [143, 137])
def test_a_deleted_pod_is_followed_at_once_by_making_its_job_anew(world, code):
    world.run_to_running().change_pod(deleting=True)
    assert world.step().effects == ()
    assert world.end(code).step().effects == (DeleteJob(),)
    assert world.status.phase is Phase.QUEUED
    assert world.step().effects == (DeleteJob(),)
    world.job = replace(world.job, deleting=True)
    assert world.step().effects == ()
    world.job = None
    assert world.step().effects == (EnsureJob(),)
    world.make_job()
    assert world.step().effects == ()
    world.make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        (21, {}),
        (143, {}),
        (137, {"disrupted": True, "end": Trouble("Evicted", "low on disk")}),
    ],
)
def test_a_pod_that_nobody_deleted_is_followed_after_the_back_off(world, code, facts):
    world.run_to_running()
    assert world.end(code, **facts).step().effects == ()
    assert world.status.phase is Phase.QUEUED
    assert world.step().effects == ()


@pytest.mark.parametrize("since", [5, 60])
def test_late_in_the_back_off_the_next_pod_is_waited_for(world, since):
    world.run_to_running().change_pod(deleting=True)
    assert world.end(143).wait(since).step().effects == ()


def test_a_pod_deleted_before_its_worker_ran_uses_up_no_retry_and_is_waited_for(world):
    world.spec["retries"] = 0
    world.step()
    world.make_job().make_pod().schedule().step()
    unknown = Trouble("ContainerStatusUnknown", "")
    decision = world.change_pod(deleting=True, ended=True, exit_code=137, end=unknown).step()
    assert decision.effects == ()
    assert world.status.phase is Phase.QUEUED
    assert world.status.retries_used == 0
    assert world.status.attempts[0].outcome == "Stopped"
    assert world.status.attempts[0].reason == "PodDeleted"
    assert "before its worker started" in world.status.attempts[0].message


@pytest.mark.parametrize("together", [True, False])
def test_a_job_that_gave_up_over_a_deleted_pod_is_made_anew(world, together):
    world.spec["retries"] = 0
    world.run_to_running().change_pod(deleting=True).end(137)
    if not together:
        world.wait(60).step()
    world.job = replace(world.job, failure=Trouble("BackoffLimitExceeded", "too often"))
    world.pods = world.pods if together else []
    assert world.step().effects == (DeleteJob(),)
    assert world.status.phase is Phase.QUEUED


@pytest.mark.parametrize(
    "facts",
    [{"suspended": True}, {"giving_up": True}, {"failure": Trouble("Late", "too late")}],
)
def test_a_job_that_is_suspended_or_has_failed_is_not_made_anew(world, facts):
    world.run_to_running().change_pod(deleting=True)
    world.job = replace(world.job, **facts)
    assert DeleteJob() not in world.end(143).step().effects


def test_a_disrupted_pod_uses_up_no_retry(world):
    world.spec["retries"] = 0
    world.run_to_running().end(137, disrupted=True).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.retries_used == 0


def test_a_pod_that_its_kubelet_refused_is_an_attempt_and_the_next_one_goes_on(world):
    world.step()
    world.make_job().make_pod().change_pod(ended=True, end=Trouble("OutOfcpu", "no room")).step()
    assert world.status.phase is Phase.QUEUED
    assert (world.status.attempts[0].outcome, world.status.attempts[0].reason) == (
        "Failed",
        "OutOfcpu",
    )
    world.wait(10).make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING
    world.end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


def test_a_pod_that_is_made_after_many_that_never_started_is_followed(world):
    world.step()
    world.make_job()
    for _ in range(6):
        world.wait(5).make_pod().schedule()
        world.change_pod(deleting=True, ended=True, exit_code=137)
    world.wait(5).make_pod().schedule().wait(5).step()
    assert world.status.phase is Phase.STARTING
    world.pods = world.pods[-1:]
    world.start().step()
    assert world.status.phase is Phase.RUNNING
    world.end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


def test_a_retry_that_is_left_is_made_although_the_job_counted_a_deletion(world):
    world.spec["retries"] = 1
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(deleting=True, ended=True, exit_code=137).step()
    world.wait(10).make_pod().schedule().start().step()
    world.end(21)
    world.job = replace(world.job, failure=Trouble("BackoffLimitExceeded", "too often"))
    assert world.step().effects == (DeleteJob(),)
    assert world.status.phase is Phase.QUEUED
    assert world.status.retries_used == 1


def test_the_queue_deadline_counts_from_the_last_attempts_end(world):
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job().wait(90).make_pod().schedule().start().wait(50).end(21).wait(5).step()
    assert world.status.phase is Phase.QUEUED
    world.wait(96).step()
    assert world.status.reason == "QueueDeadlineExceeded"


def test_a_pod_that_vanishes_is_recorded_and_waited_for(world):
    world.run_to_running()
    world.pods.clear()
    world.step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.attempts[0].outcome == "Stopped"
    assert world.status.attempts[0].reason == "PodLost"
    world.make_pod().schedule().start()
    world.change_pod(name="hello-1-other").step()
    assert [attempt.number for attempt in world.status.attempts] == [1, 2]


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


def test_a_job_whose_controller_gave_up_fails_with_its_reason(world):
    world.run_to_running()
    world.pods.clear()
    world.job = JobView(
        name="hello-1", uid="j", failure=Trouble("BackoffLimitExceeded", "too often")
    )
    world.step()
    assert world.status.reason == "BackoffLimitExceeded"


def test_a_deleted_job_is_made_again(world):
    world.run_to_running()
    world.job, world.pods = None, []
    assert EnsureJob() in world.step().effects


def test_a_complete_job_without_a_last_word_is_run_again(world):
    world.run_to_running()
    world.pods.clear()
    world.job = JobView(name="hello-1", uid="j", complete=True)
    assert DeleteJob() in world.step().effects


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


def test_at_most_five_attempts_are_listed_and_all_are_counted(world):
    world.spec["retries"] = 10
    world.run_to_running()
    for _ in range(7):
        world.end(143).step()
        world.wait(1).make_pod().schedule().start().step()
    assert [attempt.number for attempt in world.status.attempts] == [4, 5, 6, 7, 8]
    assert world.status.attempts_total == 8


def test_a_condition_keeps_its_time_while_its_truth_stays(world):
    world.step()
    first = condition(world, "Queued").last_transition_time
    world.make_job().make_pod().wait(30).change_pod(unschedulable=FULL).step()
    assert condition(world, "Queued").last_transition_time == first


def test_a_pod_that_ended_before_its_worker_ran_is_an_attempt(world):
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(ended=True, end=Trouble("Evicted", "low on memory"), disrupted=True).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.attempts[0].reason == "Evicted"


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

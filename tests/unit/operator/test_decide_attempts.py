"""Decisions on how attempts end: which count, what follows them, and what is missed."""

from dataclasses import replace

import pytest
from operator_world import condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import Phase
from voicejob_operator.voicejobs.effects import (
    DeleteJob,
    EnsureJob,
)
from voicejob_operator.voicejobs.observed import JobView, Trouble


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


@pytest.mark.parametrize("code", [10, 11, 12, 13, 30])
def test_an_exit_code_that_another_attempt_would_repeat_fails_at_once(world, code):
    world.run_to_running().end(code).step()
    assert world.status.phase is Phase.FAILED
    assert world.status.retries_used == 0
    assert condition(world, "Failed").status == "True"


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


def test_at_most_five_attempts_are_listed_and_all_are_counted(world):
    world.spec["retries"] = 10
    world.run_to_running()
    for _ in range(7):
        world.end(143).step()
        world.wait(1).make_pod().schedule().start().step()
    assert [attempt.number for attempt in world.status.attempts] == [4, 5, 6, 7, 8]
    assert world.status.attempts_total == 8


def test_a_pod_that_ended_before_its_worker_ran_is_an_attempt(world):
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(ended=True, end=Trouble("Evicted", "low on memory"), disrupted=True).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.attempts[0].reason == "Evicted"

"""Decisions on how attempts end: which count, what follows them, and what is missed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from operator_world import condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import Phase
from voicejob_operator.voicejobs.effects import (
    DeleteJob,
    EnsureJob,
    EnsureJobFile,
    LookAtJob,
    ReadResult,
)
from voicejob_operator.voicejobs.observed import Cause, StoredResult


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


def delete_of(job):
    return DeleteJob(job.name, job.uid)


@pytest.mark.parametrize("code", [143, 137])
def test_a_deleted_pod_is_followed_at_once_by_the_next_job(world, code):
    world.run_to_running().change_pod(deleting=True)
    assert world.step().effects == ()
    first = world.job
    assert world.end(code).step().effects == (LookAtJob(first.name, world.pods[0].name),)
    world.answers = replace(world.answers, job_looked_at_for=world.pods[0].name)
    wanted = (delete_of(first), EnsureJobFile(), EnsureJob(number=2, backoff_limit=2))
    assert world.step().effects == wanted
    assert world.status.phase is Phase.QUEUED
    assert [record.number for record in world.status.jobs] == [1, 2]
    assert world.step().effects == wanted, "asked for until it is done"
    world.jobs.clear()
    assert world.step().effects == wanted, "it may be there and not be seen"
    world.make_job()
    assert world.step().effects == ()
    world.make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING
    assert world.status.retries_used == 0


def test_out_of_gpu_memory_is_followed_by_the_next_job_and_uses_up_a_retry(world):
    world.spec["retries"] = 1
    world.run_to_running().end(20)
    world.change_job(failure=Cause("PodFailurePolicy", "failed with exit code 20"))
    first = world.job
    assert world.step().effects == (
        delete_of(first),
        EnsureJobFile(),
        EnsureJob(number=2, backoff_limit=0),
    )
    assert (world.status.retries_used, world.status.attempts[0].outcome) == (1, "Failed")
    world.jobs.clear()
    world.pods.clear()
    world.make_job().make_pod().schedule().start().end(20).step()
    assert world.status.phase is Phase.FAILED
    assert "no retry left" in condition(world, "Failed").message


def test_a_node_that_no_longer_ends_its_pod_is_lost_and_the_next_job_goes_on(world):
    world.spec["retries"] = 0
    world.run_to_running().change_pod(deleting=True, deletion_grace=timedelta(seconds=30))
    world.step()
    world.wait(89).step()
    assert world.status.phase is Phase.RUNNING
    decision = world.wait(1).step()
    assert EnsureJob(number=2, backoff_limit=0) in decision.effects
    attempt = world.status.attempts[0]
    assert (attempt.outcome, attempt.reason) == ("Stopped", "NodeLost")
    assert "node-1" in attempt.message


def test_the_next_job_waits_for_a_worker_of_the_one_before(world):
    world.run_to_running()
    first = world.jobs.pop()
    world.answers = replace(world.answers, job_made=1)
    world.pods[0] = replace(world.pods[0], owner=first.uid)
    world.step()
    assert world.status.phase is Phase.RUNNING
    world.end(143).step()
    assert world.status.phase is Phase.QUEUED
    world.answers = replace(world.answers, result=StoredResult())
    world.step()
    world.change_pod(name="another", ended=False)
    assert not any(isinstance(effect, EnsureJob) for effect in world.step().effects)


def test_a_pod_that_was_only_missed_is_followed_again(world):
    world.run_to_running()
    pod = world.pods.pop()
    world.step()
    assert world.status.attempts[0].reason == "PodLost"
    world.pods.append(pod)
    world.step()
    assert world.status.phase is Phase.RUNNING
    assert world.status.attempts[0].outcome == "Running"
    world.end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


def test_pods_that_never_started_do_not_put_off_the_queue_deadline(world):
    world.spec["deadlines"] = {"queueSeconds": 300}
    world.step()
    world.make_job()
    for _ in range(4):
        world.wait(70).make_pod().schedule()
        world.change_pod(ended=True, end=Cause("UnexpectedAdmissionError", "no GPU")).step()
    assert world.status.phase is Phase.QUEUED
    assert world.wait(20).step().status.reason == "QueueDeadlineExceeded"


def test_a_nodes_clock_that_is_ahead_hides_no_later_pod(world):
    world.spec["retries"] = 10
    world.run_to_running()
    for _ in range(7):
        world.end(21).step()
        world.wait(10).make_pod().schedule()
        world.change_pod(started_at=world.now + timedelta(seconds=60)).step()
        assert world.status.phase is Phase.RUNNING
    world.wait(5).end(0).step()
    assert world.status.phase is Phase.SUCCEEDED


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        (21, {}),
        (143, {}),
        (137, {"disrupted": True, "end": Cause("Evicted", "low on disk")}),
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
    unknown = Cause("ContainerStatusUnknown", "")
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
    world.change_job(failure=Cause("BackoffLimitExceeded", "too often"))
    world.pods = world.pods if together else []
    first = world.job
    assert world.step().effects[0] == delete_of(first)
    assert world.status.jobs[-1].number == 2
    assert world.status.phase is Phase.QUEUED


@pytest.mark.parametrize(
    "facts",
    [{"suspended": True}, {"giving_up": True}, {"failure": Cause("Late", "too late")}],
)
def test_a_job_that_is_suspended_or_has_failed_is_not_made_anew(world, facts):
    world.run_to_running().change_pod(deleting=True)
    world.change_job(**facts)
    assert world.end(143).step().effects == ()
    assert len(world.status.jobs) == 1


def test_a_disrupted_pod_uses_up_no_retry(world):
    world.spec["retries"] = 0
    world.run_to_running().end(137, disrupted=True).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.retries_used == 0


def test_a_pod_that_its_kubelet_refused_is_an_attempt_and_the_next_one_goes_on(world):
    world.spec["retries"] = 0
    world.step()
    world.make_job().make_pod().change_pod(ended=True, end=Cause("OutOfcpu", "no room")).step()
    assert world.status.phase is Phase.QUEUED
    assert (world.status.attempts[0].outcome, world.status.attempts[0].reason) == (
        "Stopped",
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
    world.change_job(failure=Cause("BackoffLimitExceeded", "too often"))
    assert delete_of(world.job) in world.step().effects
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
    world.change_job(failure=Cause("BackoffLimitExceeded", "too often"))
    world.step()
    assert world.status.reason == "BackoffLimitExceeded"


def test_a_deleted_job_is_made_again(world):
    world.run_to_running()
    world.jobs.clear()
    world.pods.clear()
    assert world.step().effects == (ReadResult(),)
    world.answers = replace(world.answers, result=StoredResult())
    assert EnsureJob(number=2, backoff_limit=2) in world.step().effects


def test_a_complete_job_without_a_last_word_is_run_again(world):
    world.run_to_running()
    world.pods.clear()
    world.change_job(complete=True)
    first = world.job
    assert world.step().effects == (ReadResult(),), "the store may know how it ended"
    world.answers = replace(world.answers, result=StoredResult())
    assert delete_of(first) in world.step().effects


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
    world.change_pod(ended=True, end=Cause("Evicted", "low on memory"), disrupted=True).step()
    assert world.status.phase is Phase.QUEUED
    assert world.status.attempts[0].reason == "Evicted"

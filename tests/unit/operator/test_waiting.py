"""Whose words a waiting VoiceJob tells, and how long they stay."""

from dataclasses import replace

import pytest
from operator_world import FULL, START, condition

from voicejob_api.status import Phase
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.observed import Cause, JobView, PodView
from voicejob_operator.voicejobs.observing import Sight
from voicejob_operator.voicejobs.watching import Changes

QUOTA = Cause("FailedCreate", "exceeded quota: q, requested: cpu=1")
HAMI = Cause("FilteringFailed", "no available node, 1 nodes do not meet: CardUuidMismatch")


def told(world):
    found = condition(world, "Queued")
    return (world.status.phase, found.status, found.reason, found.message)


@pytest.fixture
def placeless(world):
    """A pod of which no scheduler has said anything."""
    world.step()
    world.make_job().make_pod().change_pod(scheduler="hami-scheduler").step()
    return world


def test_a_scheduler_that_says_nothing_is_named(placeless):
    phase, truth, reason, message = told(placeless)
    assert (phase, truth, reason) == (Phase.QUEUED, "True", "WaitingForNode")
    assert '"hami-scheduler"' in message


def test_a_schedulers_event_is_told_and_outlives_event_and_process(placeless):
    placeless.warnings["pod-1"] = HAMI
    placeless.step()
    words = (Phase.QUEUED, "True", "Unschedulable", HAMI.message)
    assert told(placeless) == words
    placeless.warnings.clear()
    placeless.wait(4000).step()
    assert told(placeless) == words


def test_the_pods_condition_goes_before_events(placeless):
    placeless.warnings["pod-1"] = HAMI
    placeless.change_pod(unschedulable=FULL).step()
    assert told(placeless)[3] == FULL


def test_the_queue_deadline_tells_words_that_nobody_repeats(world):
    """The event is gone, and so is the process that has seen it."""
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job()
    world.warnings["job-1"] = QUOTA
    world.step()
    world.warnings.clear()
    world.wait(100).step()
    assert world.status.reason == "QueueDeadlineExceeded"
    assert QUOTA.message in condition(world, "Failed").message
    assert condition(world, "Started").message == QUOTA.message


def test_a_suspension_by_others_is_not_told_once_it_is_over(world):
    world.step()
    world.make_job().change_job(suspended=True).step()
    assert told(world)[2] == "JobSuspended"
    world.change_job(suspended=False).step()
    assert told(world)[2] == "WaitingForPod"


def test_grants_that_are_forbidden_are_told_of_a_pod_that_waits_for_them(world):
    world.step()
    world.make_job().make_pod().schedule()
    quota = Cause("SecretForbidden", "exceeded quota: q, requested: count/secrets=1")
    world.answers = replace(
        world.answers, grants_good=False, hindrance=quota, hindered="EnsureGrants"
    )
    own = 'MountVolume.SetUp failed for volume "job" : secret "hello-1234-grants" not found'
    world.warnings["pod-1"] = Cause("FailedMount", own)
    world.step()
    started = condition(world, "Started")
    assert (world.status.phase, started.reason) == (Phase.STARTING, "SecretForbidden")
    assert started.message == quota.message


class RememberedWarnings(dict):
    def newest(self, uid):
        return self.get(uid)


def test_a_new_pod_ends_what_kept_its_job_from_making_one():
    """Else an eviction much later would be told with a quota that was long raised."""
    warnings = RememberedWarnings({"job-1": QUOTA, "job-2": QUOTA})
    sight = Sight(OperatorSettings(), warnings)
    changes = Changes(sight, lambda _: None, lambda _: None, lambda _: None)
    changes.forget_warnings = lambda uid: warnings.pop(uid, None)
    sight.jobs.put(JobView("hello-1", "job-1", "default", owner="v-1"))
    pod = PodView("hello-1-0-x", "pod-1", "default", START, owner="job-1")
    changes.pod(None, pod)
    assert list(warnings) == ["job-2"]
    warnings["job-1"] = QUOTA
    changes.pod(pod, replace(pod, node="node-1"))
    assert set(warnings) == {"job-1", "job-2"}, "its own next pod may be kept back meanwhile"

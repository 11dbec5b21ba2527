"""Who waits for room in the operator's store, what is told of it, and who does not wait."""

from dataclasses import replace
from datetime import timedelta

import pytest
from gpu_clusters import L4, cluster
from operator_world import asking, condition

from voicejob_api.status import Phase
from voicejob_operator.manifests.placement.devices import UNKNOWN
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.tally import Used
from voicejob_operator.voicejobs.effects import EnsureJob
from voicejob_operator.voicejobs.observed import Answers, Cause, StoredResult
from voicejob_operator.voicejobs.store_room import STORE_QUOTA_EXCEEDED, human_bytes

OWN = {"uri": "s3://mine/audio/", "credentialsSecret": "mine"}
KIB = 1024


def settings(retention=None, **quota):
    store = {"quota": quota or {"per_namespace": "1Ki"}, "retention": retention or {}}
    return OperatorSettings.model_validate({"store": store})


@pytest.fixture
def full(world):
    """A world whose namespace has all that it may have."""
    world.settings, world.store_used = settings(), Used(KIB)
    return world


def makes_job(decision):
    return any(isinstance(effect, EnsureJob) for effect in decision.effects)


def told(world):
    found = condition(world, "Started")
    return world.status.phase, found.status, found.reason


WAITS = (Phase.QUEUED, "False", STORE_QUOTA_EXCEEDED)


@pytest.mark.parametrize(
    ("quota", "used", "spec", "waits"),
    [
        ({"per_namespace": "1Ki"}, Used(KIB - 1), {}, False),
        ({"per_namespace": "1Ki"}, Used(KIB), {}, True),
        ({"per_namespace": "1Ki"}, Used(9 * KIB), {}, True),
        ({"per_namespace": "1Ki"}, Used(9 * KIB), {"output": OWN}, False),
        ({"per_namespace": ""}, Used(9 * KIB), {}, False),
        ({"per_namespace": "1Ki", "namespaces": {"default": "1Mi"}}, Used(9 * KIB), {}, False),
        ({"per_namespace": "1Ki", "namespaces": {"default": ""}}, Used(9 * KIB), {}, False),
        ({"namespaces": {"default": "1Ki"}}, Used(9 * KIB), {}, True),
        ({"namespaces": {"other": "1Ki"}}, Used(9 * KIB), {}, False),
        ({"per_namespace": "0"}, Used(0), {}, True),
        ({"per_namespace": "1Ki"}, Used(0, is_whole=False), {}, False),
        ({"per_namespace": "1Ki"}, Used(KIB, is_whole=False), {}, True),
    ],
)
def test_who_waits(world, quota, used, spec, waits):
    world.settings, world.store_used = settings(**quota), used
    world.spec |= spec
    decision = world.step()
    assert makes_job(decision) is not waits
    assert (told(world) == WAITS) is waits
    assert world.events == ([STORE_QUOTA_EXCEEDED] if waits else [])


class TestOneThatWaits:
    def test_tells_both_numbers_and_what_to_do(self, full):
        full.settings = settings({"audio_seconds": 7200, "dry_run": False}, per_namespace="1Ki")
        full.store_used = Used(1536)
        full.step()
        message = condition(full, "Started").message
        for words in (
            "Namespace default has 1.5Ki",
            "store.quota is 1Ki",
            "kubectl delete voicejob NAME",
            "2h00m after them",
            "spec.output of your own",
            "every 10m00s",
        ):
            assert words in message
        assert condition(full, "Queued").message == message

    @pytest.mark.parametrize("retention", [{}, {"audio_seconds": 7200, "dry_run": True}])
    def test_is_not_told_to_delete_what_makes_no_room(self, full, retention):
        full.settings = settings(retention, per_namespace="1Ki")
        full.step()
        message = condition(full, "Started").message
        assert "kubectl delete" not in message
        assert "deleting VoiceJobs makes no room" in message

    def test_starts_as_soon_as_there_is_room(self, full):
        full.step()
        full.store_used = Used(KIB - 1)
        decision = full.step()
        assert makes_job(decision)
        assert told(full)[2] == "WaitingForPod"

    def test_is_told_of_by_one_event_however_often_it_is_counted(self, full):
        for size in range(5):
            full.store_used = Used(KIB + size)
            full.wait(600).step()
        assert full.events == [STORE_QUOTA_EXCEEDED]

    def test_waits_no_longer_than_queue_seconds(self, full):
        full.spec["deadlines"] = {"queueSeconds": 100}
        decision = full.step()
        assert decision.look_again_at == full.now + timedelta(seconds=100)
        full.wait(100).step()
        assert full.status.reason == "QueueDeadlineExceeded"
        assert "Namespace default has 1.0Ki" in condition(full, "Failed").message
        assert condition(full, "Started").reason == STORE_QUOTA_EXCEEDED

    def test_is_suspended_and_resumed_without_a_job(self, full):
        full.step()
        full.spec["suspend"] = True
        full.step()
        assert full.status.phase is Phase.SUSPENDED
        full.spec["suspend"] = False
        assert not makes_job(full.step())
        assert told(full) == WAITS

    def test_goes_on_waiting_in_a_process_that_has_not_counted_yet(self, full):
        full.step()
        full.answers, full.store_used = Answers(), Used(0, is_whole=False)
        for _ in range(3):
            full.settle()
            assert told(full) == WAITS
        assert full.jobs == []
        assert full.events == [STORE_QUOTA_EXCEEDED]
        full.store_used = Used(0)
        full.settle()
        assert len(full.jobs) == 1

    def test_tells_of_a_store_that_does_not_answer_first(self, full):
        full.step()
        trouble = Cause("StoreUnavailable", "the store does not answer")
        full.answers = replace(Answers(), result=StoredResult(trouble=trouble))
        full.step()
        assert told(full)[2] == "StoreUnavailable"

    def test_does_not_go_over_to_the_cpu_for_it(self, full):
        full.spec["deadlines"] = {"queueSeconds": 100}
        asking(full, UNKNOWN, memory="8Gi", fallbackToCPU=True)
        full.wait(100).step()
        assert full.status.reason == "QueueDeadlineExceeded"


class TestOneThatHasBegun:
    def test_goes_on_with_the_job_that_follows_its_first(self, full):
        """Its first never ran: it was given up for want of a GPU."""
        full.store_used, full.spec["deadlines"] = Used(0), {"queueSeconds": 60}
        asking(full, cluster(L4), fallbackToCPU=True)
        full.make_job().make_pod().change_pod(unschedulable="1 Insufficient nvidia.com/gpu").step()
        full.store_used = Used(9 * KIB)
        full.wait(60).step()
        assert (full.status.jobs[-1].reason, full.status.attempts_total) == ("FallbackToCPU", 0)
        assert makes_job(full.step())
        assert full.status.reason != STORE_QUOTA_EXCEEDED

    def test_runs_on(self, full):
        full.store_used = Used(0)
        full.run_to_running()
        full.store_used = Used(9 * KIB)
        full.step()
        assert full.status.phase is Phase.RUNNING

    def test_waits_for_its_node_as_it_did(self, full):
        full.store_used = Used(0)
        full.step()
        full.make_job().make_pod().step()
        full.store_used = Used(9 * KIB)
        full.step()
        assert told(full)[2] == "WaitingForNode"

    def test_is_retried(self, full):
        """What it has in the store is there anyway, and its Job would retry unasked."""
        full.store_used = Used(0)
        full.run_to_running()
        full.store_used = Used(9 * KIB)
        full.end(20)
        decision = full.step()
        assert full.status.jobs[-1].number == 2
        assert makes_job(decision)

    def test_is_resumed(self, full):
        full.store_used = Used(0)
        full.run_to_running()
        full.spec["suspend"] = True
        full.step()
        full.store_used = Used(9 * KIB)
        full.spec["suspend"] = False
        full.step()
        assert told(full)[2] != STORE_QUOTA_EXCEEDED


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0"), (1023, "1023"), (1024, "1.0Ki"), (3 << 30, "3.0Gi"), (2048 << 40, "2048.0Ti")],
)
def test_sizes_are_written_as_quantities(size, written):
    assert human_bytes(size) == written

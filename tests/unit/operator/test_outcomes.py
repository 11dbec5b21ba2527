"""What an end means to whoever runs the platform, and what stands still, is counted."""

import pytest
from operator_world import done_report
from prometheus_client import REGISTRY, CollectorRegistry

from voicejob_api.status import Attempt, Phase, VoiceJobStatus
from voicejob_operator.metrics import OUTCOMES
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.watches import measure
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.telling import _count_end
from voicejob_operator.voicejobs.views import view_voicejob


def counts():
    return {
        each: REGISTRY.get_sample_value("voicejob_outcomes_total", {"outcome": each})
        for each in ("succeeded", "refused", "failed")
    }


@pytest.mark.parametrize(
    ("phase", "reason", "code", "outcome"),
    [
        (Phase.SUCCEEDED, "Completed", 0, "succeeded"),
        (Phase.SUCCEEDED, "AlreadySpoken", 0, "succeeded"),
        (Phase.FAILED, "InvalidInput", 10, "refused"),
        (Phase.FAILED, "OutputUnavailable", 12, "refused"),
        (Phase.FAILED, "JobRefused", None, "refused"),
        (Phase.FAILED, "ModelUnusable", 11, "failed"),
        (Phase.FAILED, "TransientFault", 21, "failed"),
        (Phase.FAILED, "QueueDeadlineExceeded", None, "failed"),
    ],
)
def test_an_end_is_the_users_or_the_platforms(phase, reason, code, outcome):
    attempts = [] if code is None else [Attempt(number=1, pod="p", exit_code=code)]
    before = counts()
    _count_end(VoiceJobStatus(phase=phase, reason=reason, attempts=attempts), "team")
    after = counts()
    assert {each: after[each] - before[each] for each in after} == {
        "succeeded": 0,
        "refused": 0,
        "failed": 0,
        outcome: 1,
    }


@pytest.mark.parametrize(("reason", "made"), [("Completed", 1), ("AlreadySpoken", 0)])
def test_only_what_was_spoken_is_counted_as_made(reason, made):
    def made_so_far():
        made = REGISTRY.get_sample_value("voicejob_audio_seconds_total", {"namespace": "team"})
        return made or 0.0, REGISTRY.get_sample_value("voicejob_real_time_factor_count")

    before = made_so_far()
    audio, performance = done_report().audio, done_report().performance
    _count_end(
        VoiceJobStatus(phase=Phase.SUCCEEDED, reason=reason, audio=audio, performance=performance),
        "team",
    )
    seconds, counted = (now - then for then, now in zip(before, made_so_far(), strict=True))
    assert (round(seconds, 1), counted) == (3.2 * made, made)


def test_what_the_platform_does_not_allow_was_asked_for_wrongly(world):
    world.not_allowed = Cause("NotAllowed", "spec.priorityClassName names urgent")
    world.step()
    before = counts()
    _count_end(world.status, "team")
    assert counts()["refused"] - before["refused"] == 1


def test_each_outcome_is_there_from_the_start():
    """A rate over a series that begins with its first event would miss that event."""
    told = {sample.labels["outcome"] for metric in OUTCOMES.collect() for sample in metric.samples}
    assert told == {"succeeded", "refused", "failed"}


@pytest.mark.parametrize(
    ("phase", "conditions", "stalled"),
    [
        ("Running", [{"type": "Stalled", "status": "True"}], True),
        ("Running", [{"type": "Stalled", "status": "Unknown"}], False),
        ("Running", [], False),
        ("Failed", [{"type": "Stalled", "status": "True"}], False),
    ],
)
def test_what_stands_still_is_seen(phase, conditions, stalled):
    body = {
        "metadata": {"namespace": "a", "name": "b", "uid": "c", "resourceVersion": "1"},
        "spec": {"text": "x"},
        "status": {"phase": phase, "conditions": conditions},
    }
    assert view_voicejob(body).is_stalled is stalled


class SilentWatch:
    """A watch as ``measure`` looks at it."""

    def __init__(self, resource, silent, trouble=""):
        self.resource, self._silent, self._trouble = resource, silent, trouble

    def silent_seconds(self):
        return self._silent

    def trouble(self):
        return self._trouble


def test_of_each_resource_the_watch_that_is_worst_off_is_told():
    registry = CollectorRegistry()
    metrics = RuntimeMetrics("voicejob", registry)
    watches = [SilentWatch("pods", 3), SilentWatch("pods", 700, "away"), SilentWatch("jobs", 5)]
    measure(watches, metrics)

    def told(name, resource):
        return registry.get_sample_value(f"voicejob_watch_{name}", {"resource": resource})

    assert (told("silent_seconds", "pods"), told("trouble", "pods")) == (700, 1)
    assert (told("silent_seconds", "jobs"), told("trouble", "jobs")) == (5, 0)
    measure([SilentWatch("pods", 1)], metrics)
    assert told("trouble", "pods") == 0

"""A VoiceJob's trace: one for each, of its own timestamps, the same whoever tells it."""

from datetime import UTC, datetime, timedelta

import pytest
from chaos_world import NAME, NAMESPACE, run, world_of
from fake_api_server import error
from simulated_workers import Attempt
from structlog.testing import capture_logs

from voicejob_api import status
from voicejob_api.report import StageBegan
from voicejob_api.status import Stage
from voicejob_api.tracing import span_id_of, trace_id_in, trace_id_of, traceparent_of
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt
from voicejob_operator.voicejobs.traces import spans_of

INVALID = error(422, "Invalid", "spec.template: Invalid value")
STAGES = tuple(
    StageBegan(stage=stage, began_at=datetime(2000, 1, 1, 0, 0, second, tzinfo=UTC))
    for second, stage in enumerate((Stage.FETCHING, Stage.SPEAKING))
)
"""Before whatever time it is in the test."""
WHOSE = {
    "metadata": {"name": "hello", "uid": "u"},
    "spec": {"engine": "piper", "language": "en-US", "text": "a"},
}
UID = "123e4567-e89b-42d3-a456-426614174000"


class TestIds:
    def test_of_the_trace_are_the_uids_digits(self):
        assert trace_id_of(UID) == UID.replace("-", "")
        assert trace_id_in({"TRACEPARENT": traceparent_of(UID)}) == trace_id_of(UID)

    def test_of_spans_are_the_same_each_time_and_differ_by_where_they_are(self):
        assert span_id_of(UID, "VoiceJob", "queue") == span_id_of(UID, "VoiceJob", "queue")
        assert span_id_of(UID, "VoiceJob", "queue") != span_id_of(UID, "VoiceJob")
        assert len(span_id_of(UID, "a")) == 16

    @pytest.mark.parametrize("uid", ["", "uid-1", "not a uid"])
    def test_are_there_for_what_is_no_uuid(self, uid):
        assert len(trace_id_of(uid)) == 32
        assert int(trace_id_of(uid), 16)

    @pytest.mark.parametrize("said", ["", "00-x-y-01", f"00-{'0' * 32}-{'1' * 16}-01"])
    def test_of_a_context_that_is_none_are_none(self, said):
        assert trace_id_in({"TRACEPARENT": said}) == ""


def traced(*attempts, restarts=False):
    """The spans, the VoiceJob and its status at the end."""

    async def story():
        async with world_of(*attempts) as world:
            world.apply(text="a secret")
            world.start()
            if restarts:
                await world.until_phase("Running")
                world.kill()
                world.restart()
            await world.until_phase("Succeeded", "Failed")
            await world.until(lambda: world.events("Completed") or world.events("Failed"))
            return world.spans, world.voicejob, world.status

    return run(story())


def names_below(spans, parent):
    return [span.name for span in spans if span.parent_id == parent.span_id]


def test_all_are_of_one_trace_whose_root_lasts_from_creation_to_end():
    spans, voicejob, status = traced(Attempt(seconds=20.0))
    (root,) = (span for span in spans if not span.parent_id)
    assert {span.trace_id for span in spans} == {trace_id_of(voicejob["metadata"]["uid"])}
    assert root.name == "VoiceJob"
    created = datetime.fromisoformat(voicejob["metadata"]["creationTimestamp"])
    assert root.began == created
    assert root.ended == datetime.fromisoformat(status["completionTime"])
    assert root.attributes["k8s.namespace.name"] == NAMESPACE
    assert root.attributes["voicejob.name"] == NAME
    assert sorted(names_below(spans, root)) == ["attempt", "queue"]
    assert "secret" not in str(spans)
    assert len({span.span_id for span in spans}) == len(spans)


def test_each_attempt_has_its_start_and_its_stages():
    told = Attempt(seconds=20.0, measured={"stages": STAGES})
    spans, _, status = traced(Attempt(21, seconds=20.0), told)
    failed, done = (span for span in spans if span.name == "attempt")
    assert (failed.fault, done.fault) == (status["attempts"][0]["reason"], "")
    assert failed.attributes["process.exit.code"] == 21
    assert failed.attributes["k8s.pod.name"] == status["attempts"][0]["pod"]
    assert failed.attributes["k8s.job.name"]
    assert names_below(spans, failed) == ["schedule", "start"], "it has left no stages"
    assert names_below(spans, done) == ["schedule", "start", "fetching", "speaking"]
    fetching, speaking = spans[-4:-2] if spans[-1].name == "queue" else spans[-2:]
    assert (fetching.began, fetching.ended) == (STAGES[0].began_at, STAGES[1].began_at)
    assert speaking.ended == done.ended
    assert all(span.began <= span.ended for span in spans)


def test_an_operator_that_is_started_anew_adds_to_the_same_trace_and_repeats_nothing():
    spans, voicejob, _ = traced(Attempt(seconds=60.0), restarts=True)
    assert {span.trace_id for span in spans} == {trace_id_of(voicejob["metadata"]["uid"])}
    assert sorted(span.name for span in spans if span.name in ("VoiceJob", "attempt", "queue")) == [
        "VoiceJob",
        "attempt",
        "queue",
    ]


def test_one_that_never_ran_was_in_the_queue_to_its_end():
    async def story():
        async with world_of() as world:
            world.server.fail_all(INVALID, method="POST", path="/jobs")
            world.apply()
            world.start()
            await world.until_phase("Succeeded", "Failed")
            await world.until(lambda: world.events("Completed") or world.events("Failed"))
            return world.spans

    whole, queue = run(story())
    assert (whole.name, queue.name) == ("VoiceJob", "queue")
    assert whole.fault == whole.attributes["error.type"] != ""
    assert queue.ended == whole.ended


def test_a_fault_in_a_trace_is_told_and_ends_nothing():
    async def story():
        async with world_of() as world:
            world.spans = Broken()
            world.apply()
            world.start()
            with capture_logs() as logs:
                await world.until_succeeded()
            return [line["event"] for line in logs]

    told = run(story())
    assert "a trace lacks spans" in told
    assert "reconcile failed" not in told


class Broken(list):
    def extend(self, _):
        raise RuntimeError("it cannot be taken")


@pytest.mark.parametrize(("late_by", "kept"), [(0.7, True), (90.0, False)])
def test_what_came_in_the_last_second_is_there_and_a_clock_that_is_ahead_moves_no_end(
    late_by, kept
):
    """Kubernetes tells the end of a container by the second."""
    finished = datetime(2026, 5, 3, 9, 0, 10, tzinfo=UTC)
    late = finished + timedelta(seconds=late_by)
    stages = [(Stage.SPEAKING, finished - timedelta(seconds=5)), (Stage.UPLOADING, late)]
    ended = EndedAttempt(
        status.Attempt(number=1, pod="a-0-x", created_at=stages[0][1], finished_at=finished),
        engine="piper",
        kind="",
        precision=None,
        day=finished.date(),
        stages=tuple(StageBegan(stage=stage, began_at=began) for stage, began in stages),
    )
    whose = VoiceJob.model_validate(WHOSE)
    spans = spans_of(whose, Decision(status=status.VoiceJobStatus(), ended=(ended,)), is_end=False)
    assert spans[0].ended == (late if kept else finished + timedelta(seconds=1))
    assert ("uploading" in [span.name for span in spans]) is kept

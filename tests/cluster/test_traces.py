"""A VoiceJob's trace on a real cluster, taken by a collector that reads OTLP."""

import json

import pytest
from making.otlp_receiver import OtlpReceiver
from voicejobs import SENTENCES, long_text

pytestmark = pytest.mark.operator_away

STAGES = {"loading", "speaking", "mastering", "uploading"}


@pytest.fixture
def receiver(monkeypatch):
    with OtlpReceiver() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.endpoint)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        yield running


def whole_trace(receiver):
    """All spans, once that of the whole VoiceJob is there."""
    return receiver.until(lambda spans: "queue" in {span.name for span in spans}, seconds=30)


def test_one_trace_leads_from_creation_to_the_workers_last_line(own_operator, receiver):
    voicejobs = own_operator.start()
    voicejobs.apply("traced", text=SENTENCES[0])
    status = voicejobs.await_phase("traced", "Succeeded")
    spans = whole_trace(receiver)
    trace = voicejobs.get("traced")["metadata"]["uid"].replace("-", "")
    assert {span.trace_id for span in spans} == {trace}
    (root,) = (span for span in spans if not span.parent_id)
    assert root.name == "VoiceJob"
    assert {span.name for span in spans} >= {"queue", "attempt", "schedule", "start", *STAGES}
    known = {span.span_id: span for span in spans}
    for span in spans:
        assert span is root or span.parent_id in known
    (attempt,) = (span for span in spans if span.name == "attempt")
    within = sorted(
        (span for span in spans if span.parent_id == attempt.span_id), key=lambda span: span.began
    )
    assert attempt.attributes["k8s.pod.name"] == status["attempts"][0]["pod"]
    assert within[-1].name == "uploading"
    assert all(span.ended <= root.ended + 1_000_000_000 for span in spans)
    assert "fox" not in str(spans)
    lines = [json.loads(line) for line in voicejobs.logs("traced").splitlines()]
    assert {line["trace_id"] for line in lines} == {trace}
    assert (lines[-1]["stage"], lines[-1]["uid"]) == ("Ended", root.attributes["voicejob.uid"])


def test_an_operator_that_is_killed_leaves_the_next_one_the_same_trace(own_operator, receiver):
    voicejobs = own_operator.start()
    voicejobs.apply("handed-on", text=long_text(30))
    voicejobs.await_phase("handed-on", "Running")
    own_operator.kill()
    own_operator.start()
    voicejobs.await_phase("handed-on", "Succeeded")
    spans = whole_trace(receiver)
    assert len({span.trace_id for span in spans}) == 1
    assert len({span.span_id for span in spans}) == len(spans)
    assert {span.name for span in spans} >= {"VoiceJob", "attempt", *STAGES}

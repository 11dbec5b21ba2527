"""Spans come to an OTLP endpoint, and an endpoint that is away holds up nobody."""

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from making.otlp_receiver import OtlpReceiver
from structlog.testing import capture_logs

from voicejob_operator.runtime.tracing import Span, tracing, tracing_from

BEGAN = datetime(2026, 5, 3, 9, 0, 0, 123456, UTC)
ROOT = Span("whole", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "", BEGAN, BEGAN)
PART = Span(
    name="part",
    trace_id=ROOT.trace_id,
    span_id="00f067aa0ba902b7",
    parent_id=ROOT.span_id,
    began=BEGAN,
    ended=BEGAN + timedelta(seconds=2),
    attributes={"k8s.pod.name": "a-0-x", "voicejob.attempt.number": 1, "seconds": 0.5},
    fault="OutOfMemory",
)


@pytest.fixture
def receiver():
    with OtlpReceiver() as running:
        yield running


@pytest.fixture
def environment(receiver, monkeypatch):
    """The standard variables, as the SDK reads them."""
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def send(environment, *spans):
    async def story():
        async with tracing(environment, service="operator", version="1") as trace:
            trace(spans)

    asyncio.run(story())


def test_spans_come_with_their_ids_times_and_attributes(receiver, environment):
    send(environment, ROOT, PART)
    whole, part = receiver.until(lambda spans: len(spans) == 2)
    assert receiver.paths == {"/v1/traces"}
    assert (whole.trace_id, whole.span_id, whole.parent_id) == (ROOT.trace_id, ROOT.span_id, "")
    assert (part.trace_id, part.parent_id) == (ROOT.trace_id, ROOT.span_id)
    assert part.ended - part.began == 2_000_000_000
    assert part.began == 1_777_798_800_123_456_000
    assert part.attributes == dict(PART.attributes)
    assert (whole.is_error, part.is_error) == (False, True)


@pytest.mark.parametrize(("said", "told"), [({}, "operator"), ({"OTEL_SERVICE_NAME": "x"}, "x")])
def test_who_sends_them_is_told(receiver, environment, monkeypatch, said, told):
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    send({**environment, **said}, ROOT)
    (whole,) = receiver.until(bool)
    assert whole.resource["service.name"] == told
    assert whole.resource["service.version"] == "1"


def test_an_endpoint_that_does_not_answer_holds_up_neither_work_nor_end(
    receiver, environment, monkeypatch
):
    monkeypatch.setattr("voicejob_operator.runtime.tracing._LAST_SECONDS", 0.5)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8")
    receiver.opened.clear()
    began = time.monotonic()
    with capture_logs() as logs:
        send(environment, *[PART] * 1000)
    assert time.monotonic() - began < 5
    assert "the last spans were not sent" in [line["event"] for line in logs]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4318", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_sent_where_nobody_asks_for_it(variables):
    assert tracing_from(variables, service="operator", version="1") is None


def test_without_the_extra_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with capture_logs() as logs:
        asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4318"}
        assert tracing_from(asked, service="operator", version="1") is None
    assert "voicejob[tracing]" in logs[0]["hint"]


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_BSP_MAX_QUEUE_SIZE", "256"), ("OTEL_BSP_SCHEDULE_DELAY", "0")]
)
def test_variables_that_do_not_go_together_are_told_and_end_nothing(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:hidden@collector:4318", name: value}
    with capture_logs() as logs:
        assert tracing_from(asked, service="operator", version="1") is None
    assert logs[0]["endpoint"] == "http://collector:4318"
    assert "hidden" not in str(logs)


def test_the_sdk_is_imported_only_where_it_is_used():
    program = "import sys, voicejob_operator.app; print('opentelemetry' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"

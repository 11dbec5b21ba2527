"""Sends finished spans to an OTLP/HTTP endpoint, by OpenTelemetry's SDK and its own variables.

The SDK is an extra, imported only where an endpoint is set. What is sent waits in a bounded queue
for a thread of the SDK's; what does not fit is dropped, so that nobody ever waits for a trace.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

log = structlog.get_logger()

_ENDPOINT_VARIABLES: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_LAST_SECONDS: Final = 5.0
"""How long the end waits for an endpoint that does not answer."""
_DISABLED: Final = "OTEL_SDK_DISABLED"
_VARIABLES: Final = "see what the variables OTEL_… say together"
_HOW: Final = "install voicejob[tracing], which the operator's image has, or unset the endpoint"


@dataclass(frozen=True)
class Span:
    """Something that has ended, with ids that whoever knows it makes the same way.

    Attributes:
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits, as the parent's.
        parent_id: The span that it is within; empty for the root.
        fault: Why it has failed, as one word; empty if it has not.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began: datetime
    ended: datetime
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    fault: str = ""


Trace = Callable[[Iterable[Span]], None]
"""Takes spans to send; never waits and never raises for the endpoint's sake."""


class Tracing:
    """Where spans go.

    Args:
        processor: The SDK's; its queue and its times are set by OTEL_BSP_….
        resource: Who sends them.
    """

    def __init__(self, processor: "SpanProcessor", resource: "Resource") -> None:
        self._processor, self._resource = processor, resource

    def __call__(self, spans: Iterable[Span]) -> None:
        """Put spans into the queue."""
        for span in spans:
            self._processor.on_end(_readable(span, self._resource))

    def close(self) -> None:
        """Send what is in the queue."""
        self._processor.shutdown()


@asynccontextmanager
async def tracing(
    environment: Mapping[str, str], *, service: str, version: str
) -> AsyncIterator[Trace | None]:
    """What the standard variables ask for, as ``tracing_from``; at the end the rest is sent."""
    found = tracing_from(environment, service=service, version=version)
    try:
        yield found
    finally:
        if found is not None:
            # A thread of its own: a pool's is waited for, however long the endpoint is silent.
            sending = threading.Thread(target=found.close, name="last spans", daemon=True)
            sending.start()
            await _ended(sending, _LAST_SECONDS)


async def _ended(thread: threading.Thread, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:  # noqa: ASYNC110 - no event for it
        await asyncio.sleep(0.05)
    if thread.is_alive():
        log.warning("the last spans were not sent", seconds=seconds)


def endpoint_in(environment: Mapping[str, str]) -> str:
    """Where the standard variables have traces sent; empty for nowhere."""
    if environment.get(_DISABLED, "").lower() == "true":
        return ""
    return next((it for name in _ENDPOINT_VARIABLES if (it := environment.get(name))), "")


def tracing_from(environment: Mapping[str, str], *, service: str, version: str) -> Tracing | None:
    """What the standard variables ask for; None without an endpoint, or without the SDK.

    Args:
        environment: The process' own, which the SDK reads, too.
        service: ``service.name`` where OTEL_SERVICE_NAME does not say another.
        version: ``service.version``.
    """
    endpoint = endpoint_in(environment)
    if not endpoint:
        return None
    place = _place(endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        log.warning("no traces are sent", endpoint=place, missing=error.name, hint=_HOW)
        return None
    about = {"service.version": version}
    if "OTEL_SERVICE_NAME" not in environment:
        about["service.name"] = service
    try:
        found = Tracing(BatchSpanProcessor(OTLPSpanExporter()), Resource.create(about))
    except Exception as error:  # the SDK's reading of its variables raises whatever it likes
        log.warning("no traces are sent", endpoint=place, error=str(error), hint=_VARIABLES)
        return None
    log.info("traces are sent", endpoint=place)
    return found


def _place(endpoint: str) -> str:
    """An address without what it may hold of a user and a password, or in a query."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _readable(span: Span, resource: "Resource") -> "ReadableSpan":
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(span_id: str) -> SpanContext:
        flags = TraceFlags(TraceFlags.SAMPLED)
        trace_id = int(span.trace_id, 16)
        return SpanContext(trace_id, int(span_id, 16), is_remote=False, trace_flags=flags)

    failed = Status(StatusCode.ERROR, span.fault)
    return ReadableSpan(
        name=span.name,
        context=context(span.span_id),
        parent=context(span.parent_id) if span.parent_id else None,
        resource=resource,
        attributes=dict(span.attributes),
        kind=SpanKind.INTERNAL,
        instrumentation_scope=InstrumentationScope("voicejob"),
        status=failed if span.fault else Status(StatusCode.OK),
        start_time=_nanoseconds(span.began),
        end_time=max(_nanoseconds(span.ended), _nanoseconds(span.began)),
    )


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6) * 1000

"""A collector that takes OTLP over HTTP, and keeps the spans that it was sent."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Received:
    """A span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began: int
    """Nanoseconds since 1970, as ``ended``."""
    ended: int
    is_error: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]


class OtlpReceiver:
    """Use it in ``with``; it listens on this machine."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.paths: set[str] = set()
        self.opened = threading.Event()
        """Until it is set, nobody is answered."""
        self.opened.set()
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.set()
        self._server.shutdown()
        self._server.server_close()

    def until(self, holds: Callable[[list[Received]], bool], seconds: float = 20) -> list[Received]:
        """Wait until the spans are such; all of them."""
        with self._came:
            assert self._came.wait_for(lambda: holds(self.spans), seconds), self.spans
            return list(self.spans)

    def _take(self, path: str, body: bytes) -> bytes:
        request = ExportTraceServiceRequest.FromString(body)
        with self._came:
            self.paths.add(path)
            for resource in request.resource_spans:
                about = _plain(resource.resource.attributes)
                for scope in resource.scope_spans:
                    self.spans += [_received(span, about) for span in scope.spans]
            self._came.notify_all()
        return bytes(ExportTraceServiceResponse().SerializeToString())

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    self.send_error(415, "this one reads plain protobuf alone")
                    return
                receiver.opened.wait(60)
                answer = receiver._take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _received(span: Any, resource: dict[str, Any]) -> Received:
    return Received(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        is_error=span.status.code == span.status.STATUS_CODE_ERROR,
        attributes=_plain(span.attributes),
        resource=resource,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}

"""The server beside the work: ``/healthz``, ``/readyz``, ``/status`` and ``/metrics``.

It lives in a thread of its own and its libraries are imported there, after the voice is loaded and
a little later still: a job of a second is over before they would have been.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from voicejob_api.report import WorkerReport
from voicejob_api.status import ModelInfo, Stage
from voicejob_worker.reporting.liveness import Liveness
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

_HEAD_START: Final = 1.5
"""Seconds of synthesis before the server's own imports compete with it."""
_LATEST_START: Final = 6.0
"""Seconds after which the server starts whatever the work does."""
_VRAM: Final = {
    "allocated_peak": "Highest memory in tensors of this process (torch) in bytes.",
    "reserved_peak": "Highest GPU memory that torch held for them in bytes.",
    "device_peak": "Highest GPU memory in use on the device in bytes.",
    "process_peak": "Highest GPU memory in use by this process in bytes.",
}
"""What each figure of the report's ``vram`` is, for the metrics."""
_UNREADY: Final = (Stage.PREPARING, Stage.FETCHING, Stage.LOADING)


class StatusServer:
    """Serves the report until the process ends."""

    def __init__(
        self,
        reporter: Reporter,
        port: int,
        liveness: Liveness,
        on_fault: Callable[[str], None],
    ) -> None:
        self._reporter = reporter
        self._port = port
        self._liveness = liveness
        self._on_fault = on_fault

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="status", daemon=True).start()

    def _run(self) -> None:
        self._await_synthesis()
        try:
            listener = listen(self._port)
        except OSError as error:
            self._on_fault(f"no status server: port {self._port}: {error.strerror}")
            return
        import uvicorn

        config = uvicorn.Config(
            make_app(self._reporter, self._liveness),
            log_config=None,
            access_log=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
        )
        uvicorn.Server(config).run(sockets=[listener])

    def _await_synthesis(self) -> None:
        deadline = time.monotonic() + _LATEST_START
        while self._reporter.report.stage in _UNREADY and time.monotonic() < deadline:
            time.sleep(0.05)  # a report is not waited for: it is asked
        time.sleep(max(0.0, min(_HEAD_START, deadline - time.monotonic())))


def make_app(reporter: Reporter, liveness: Liveness) -> FastAPI:
    """The four addresses over ``reporter``."""
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse, Response
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    app = FastAPI(title="voicejob-worker", docs_url=None, redoc_url=None, openapi_url=None)
    registry = _registry(reporter)

    async def healthz() -> PlainTextResponse:
        hung = liveness.hung_seconds()
        if not hung:
            return PlainTextResponse("ok\n")
        stage = reporter.report.stage.value
        return PlainTextResponse(f"{stage}: no sign of life for {hung:.0f} s\n", 503)

    async def readyz() -> PlainTextResponse:
        stage = reporter.report.stage
        return PlainTextResponse(f"{stage.value}\n", 503 if stage in _UNREADY else 200)

    async def status() -> Response:
        body = reporter.report.model_dump_json(by_alias=True, exclude_none=True)
        return Response(body, media_type="application/json")

    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    for handler in (healthz, readyz, status, metrics):
        app.get(f"/{handler.__name__}", response_model=None)(handler)
    return app


def listen(port: int, host: str = "") -> socket.socket:
    """A listening socket; an empty host stands for all addresses, IPv4 and IPv6.

    Raises:
        OSError: the port is taken, or the address is not of this machine.
    """
    if not host and socket.has_dualstack_ipv6():
        try:
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        except OSError:  # IPv6 is compiled in and switched off
            pass
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _registry(reporter: Reporter) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    registry.register(ReportCollector(reporter))
    return registry


class Reporting(Protocol):
    """Whatever has a report, as a ``Reporter`` has."""

    @property
    def report(self) -> WorkerReport:
        """All that there is to tell."""

    @property
    def collectors(self) -> Sequence[Collector]:
        """What brings metrics beside it."""


class ReportCollector:
    """Reads the report when Prometheus asks: there is no second place for a figure."""

    def __init__(self, reporter: Reporting) -> None:
        self._reporter = reporter

    def collect(self) -> Iterator[Metric]:
        """The report as metrics."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        report = self._reporter.report
        for name, text, value in _figures(report):
            yield GaugeMetricFamily(f"voicejob_worker_{name}", text, value=value)
        stages = GaugeMetricFamily(
            "voicejob_worker_stage", "1 for the stage that the work is in.", labels=["stage"]
        )
        for stage in Stage:
            stages.add_metric([stage.value], float(stage is report.stage))
        yield stages
        if report.model is not None:
            yield _model_info(report.model)
        for collector in self._reporter.collectors:
            yield from collector.collect()


def _model_info(model: ModelInfo) -> Metric:
    """What speaks and what it computes on, as labels: a figure that is always 1."""
    from prometheus_client.metrics_core import InfoMetricFamily

    labels = {
        "device": model.device or "",
        "precision": model.precision or "",
        "variant": model.variant or "",
    }
    return InfoMetricFamily(
        "voicejob_worker_model", "The model that speaks, and what it computes on.", labels
    )


def _bytes(mib: int | None) -> int | None:
    return None if mib is None else mib * MIB


def _figures(report: WorkerReport) -> Iterator[tuple[str, str, float]]:
    progress, performance, vram = report.progress, report.performance, report.vram
    memory = report.gpu.memory_mib if report.gpu is not None else None
    of_vram = {name: getattr(vram, f"{name}_mib", None) for name in _VRAM}
    yield "chunks_done", "Chunks of the text that are spoken.", progress.chunks_done
    yield "chunks", "Chunks of the text in all.", progress.chunks_total
    yield "chunks_resumed", "Chunks taken over from the checkpoint.", report.chunks_resumed
    yield "audio_seconds", "Seconds of audio so far.", progress.audio_seconds
    measured = (
        ("synthesis_seconds", "Seconds spent on synthesis.", performance.synthesis_seconds),
        ("model_load_seconds", "Seconds spent on loading the voice.",
         performance.model_load_seconds),
        ("vram_total_bytes", "Memory of the GPU in bytes.", _bytes(memory)),
        *((f"vram_{name}_bytes", text, _bytes(of_vram[name])) for name, text in _VRAM.items()),
    )  # fmt: skip
    for name, text, value in measured:
        if value is not None:
            yield name, text, value

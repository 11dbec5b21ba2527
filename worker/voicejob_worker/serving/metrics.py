"""The server's figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from voicejob_worker.reference.cache import ReferenceCache
    from voicejob_worker.serving.model_pool import ModelPool
    from voicejob_worker.serving.task_queue import TaskQueue

_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0)
_FACTORS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The metrics of the server."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "voicejob_server_requests",
            "Requests that were answered; 499 is a client that went away.",
            ["endpoint", "status"],
            registry=registry,
        )
        self.first_audio = Histogram(
            "voicejob_server_first_audio_seconds",
            "From a request to its first audio, waiting included.",
            ["engine"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.spoken = Histogram(
            "voicejob_server_speech_seconds",
            "From a request to the end of its synthesis, waiting included.",
            ["engine"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.real_time_factor = Histogram(
            "voicejob_server_real_time_factor",
            "Seconds of synthesis per second of audio of a request.",
            ["engine"],
            buckets=_FACTORS,
            registry=registry,
        )
        self.audio = Counter(
            "voicejob_server_audio_seconds",
            "Seconds of audio that were made.",
            ["engine"],
            registry=registry,
        )
        self.broken = Counter(
            "voicejob_server_broken_streams",
            "Streams that were broken off after their first byte, by what went wrong.",
            ["reason"],
            registry=registry,
        )
        self._references = {
            name: Counter(f"voicejob_reference_cache_{name}", text, registry=registry)
            for name, text in (
                ("hits", "Voice references found prepared."),
                ("misses", "Voice references that had to be prepared."),
                ("evictions", "Prepared references deleted for newer ones."),
                ("dropped", "Prepared references that could not be read and were made again."),
                ("faults", "Prepared references that could not be kept."),
            )
        }
        self._reference_bytes = Gauge(
            "voicejob_reference_cache_bytes", "Bytes of prepared references.", registry=registry
        )
        self._reference_entries = Gauge(
            "voicejob_reference_cache_entries", "Prepared references kept.", registry=registry
        )

    def count_references(self, cache: ReferenceCache) -> None:
        """Add what a cache has seen; each is to be given once."""
        for name, counter in self._references.items():
            counter.inc(getattr(cache, name))
        self._reference_bytes.set(cache.size_bytes())
        self._reference_entries.set(cache.entries())

    def watch(self, queue: TaskQueue, models: ModelPool) -> None:
        """Read these when Prometheus asks."""
        self.registry.register(_ServingCollector(queue, models))
        self.registry.register(models.tally)


class _ServingCollector:
    def __init__(self, queue: TaskQueue, models: ModelPool) -> None:
        self._queue = queue
        self._models = models

    def collect(self) -> Iterator[Metric]:
        for name, text, value in (
            ("queue_length", "Requests that wait.", self._queue.waiting),
            ("speaking", "Requests that are being spoken.", self._queue.working),
        ):
            yield GaugeMetricFamily(f"voicejob_server_{name}", text, value=value)
        stats = self._models.stats()
        loaded = "Models in memory."
        yield GaugeMetricFamily("voicejob_server_loaded_models", loaded, value=len(stats))
        for name, text, count in (
            ("model_loads", "Models that were loaded.", self._models.loads),
            ("model_evictions", "Models that gave way to others.", self._models.evictions),
        ):
            yield CounterMetricFamily(f"voicejob_server_{name}", text, value=count)
        vram = GaugeMetricFamily(
            "voicejob_server_model_vram_bytes",
            "GPU memory that a model took, in bytes.",
            labels=["voice"],
        )
        for one in stats:
            if one.vram_mib is not None:
                vram.add_metric([one.voice], one.vram_mib * MIB)
        yield vram
        device = GaugeMetricFamily(
            "voicejob_server_model_device",
            "1 for what each model in memory computes on.",
            labels=["voice", "engine", "device"],
        )
        for one in stats:
            device.add_metric([one.voice, one.engine, one.device], 1)
        yield device

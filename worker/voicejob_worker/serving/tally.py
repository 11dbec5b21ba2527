"""The counts of engines, added up: several of one kind may be in memory, and they come and go."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector


class Tally:
    """Sums the figures of collectors, each of one value without labels, by their names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: list[Collector] = []
        self._past: dict[str, tuple[str, float]] = {}
        """Counts of engines that are gone, which may not fall, and what they are."""

    def add(self, collectors: Sequence[Collector]) -> None:
        """Count an engine that was loaded."""
        with self._lock:
            self._live.extend(collectors)

    def retire(self, collectors: Sequence[Collector]) -> None:
        """An engine is about to go: keep what it has counted."""
        with self._lock:
            for collector in collectors:
                self._live.remove(collector)
                for metric in collector.collect():
                    if metric.type == "counter":
                        _add(self._past, metric)

    def collect(self) -> Iterator[Metric]:
        """The sums. What several engines keep in one place is measured once."""
        with self._lock:
            counts, measures = dict(self._past), dict[str, tuple[str, float]]()
            seen: set[tuple[str, object]] = set()
            for collector in self._live:
                place = getattr(collector, "place", collector)
                for metric in collector.collect():
                    if metric.type == "counter":
                        _add(counts, metric)
                    elif (metric.name, place) not in seen:
                        seen.add((metric.name, place))
                        _add(measures, metric)
        for name, (text, value) in counts.items():
            yield CounterMetricFamily(name, text, value=value)
        for name, (text, value) in measures.items():
            yield GaugeMetricFamily(name, text, value=value)


def _add(sums: dict[str, tuple[str, float]], metric: Metric) -> None:
    _, before = sums.get(metric.name, ("", 0.0))
    now = sum(sample.value for sample in metric.samples)
    sums[metric.name] = (metric.documentation, before + now)

"""What the network heard of texts that may come again, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from torch import Tensor

Key = tuple[tuple[int, ...], int, bool]
"""Tokens, frames, and whether fillers are held at zero: all that an embedding follows from."""


class TextCache:
    """Keeps embeddings of texts; what was used least recently goes first.

    One thread speaks with a model, and others read the figures. What is kept must not be changed.
    """

    def __init__(self, max_bytes: int) -> None:
        """Keep nothing yet, and never more than ``max_bytes``, on the device that they are on."""
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, Tensor] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find_or_make(self, key: Key, make: Callable[[], Tensor]) -> Tensor:
        """What is kept under ``key``, made if it is not here."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                self.hits += 1
                return found
            self.misses += 1
        made = make()
        with self._lock:
            self._keep(key, made)
        return made

    def clear(self) -> None:
        """Give all of the memory back."""
        with self._lock:
            self._kept.clear()
            self.size_bytes = 0

    def _keep(self, key: Key, made: Tensor) -> None:
        if key in self._kept or made.nbytes > self._max_bytes:
            return
        self._kept[key] = made
        self.size_bytes += made.nbytes
        while self.size_bytes > self._max_bytes:
            _, gone = self._kept.popitem(last=False)
            self.size_bytes -= gone.nbytes
            self.evictions += 1

    def collect(self) -> Iterator[Metric]:
        """The figures, for Prometheus."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        for name, text, count in (
            ("hits", "Texts whose embedding was kept.", self.hits),
            ("misses", "Texts that had to be embedded.", self.misses),
            ("evictions", "Embeddings of texts that gave way to newer ones.", self.evictions),
        ):
            yield CounterMetricFamily(f"voicejob_f5_text_cache_{name}", text, value=count)
        for name, text, value in (
            ("entries", "Embeddings of texts kept.", len(self)),
            ("bytes", "Bytes of the embeddings of texts kept.", self.size_bytes),
        ):
            yield GaugeMetricFamily(f"voicejob_f5_text_cache_{name}", text, value=value)

"""Counts what is done for lack of memory, and says when it is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_CLIMB_AFTER: Final = 8
"""Successes in a row after which a step is taken back."""
_CLIMB_AT_LAST: Final = 512
"""Each climb that fails doubles that number, up to this."""


class Step(StrEnum):
    """What is done where memory runs out, as the metrics name it."""

    EMPTIED_CACHES = "emptied_caches"
    HALVED_BATCHES = "halved_batches"
    LOW_MEMORY = "low_memory"
    SHORTENED_CHUNKS = "shortened_chunks"
    MOVED_TO_CPU = "moved_to_cpu"
    CLIMBED_BACK = "climbed_back"


_TEXTS: Final = {
    Step.EMPTIED_CACHES: "Times that memory ran out and the caches were emptied.",
    Step.HALVED_BATCHES: "Times that the batches were halved for lack of memory.",
    Step.LOW_MEMORY: "Times that an engine went over to low memory.",
    Step.SHORTENED_CHUNKS: "Chunks spoken in parts for lack of memory.",
    Step.MOVED_TO_CPU: "Times that an engine went over to the CPU for lack of memory.",
    Step.CLIMBED_BACK: "Times that such a step was taken back.",
}


class FallbackCounts:
    """Counts the steps of an engine, for Prometheus."""

    def __init__(self) -> None:
        self.steps: Counter[Step] = Counter()

    def collect(self) -> Iterator[Metric]:
        """The figures."""
        from prometheus_client.metrics_core import CounterMetricFamily

        for step, text in _TEXTS.items():
            yield CounterMetricFamily(f"voicejob_memory_{step}", text, value=self.steps[step])


@dataclass
class Patience:
    """Says when a step may be taken back: after a while of success, later where that failed."""

    climb_after: int = _CLIMB_AFTER
    """Successes in a row that it takes."""
    successes: int = 0
    """Successes since anything changed."""
    is_on_trial: bool = False
    """Whether a step was taken back that has still to prove right: texts are of mixed lengths."""

    def succeed(self) -> bool:
        """Count a success; whether it was the last that it takes."""
        self.successes += 1
        if self.successes < self.climb_after:
            return False
        self.successes, self.is_on_trial = 0, False
        return True

    def fail(self) -> None:
        """Begin anew, and wait longer where it is a step taken back that has failed."""
        if self.is_on_trial:
            self.climb_after = min(2 * self.climb_after, _CLIMB_AT_LAST)
        self.successes, self.is_on_trial = 0, False

    def climb(self) -> None:
        """Begin anew after a step was taken back."""
        self.successes, self.is_on_trial = 0, True

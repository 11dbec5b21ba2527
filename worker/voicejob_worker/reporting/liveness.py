"""Whether the work hangs: asked by ``/healthz``, and at a stop, which a red probe may be behind."""

from __future__ import annotations

from typing import Final

from voicejob_worker.reporting.activity import Activity
from voicejob_worker.reporting.reporter import Reporter

_BUSY_FACTOR: Final = 6
"""A process that computes or reads may be silent for so many times ``stall_seconds``: a large model
from a slow volume, a batch on a slow card. One that does neither hangs."""


class Liveness:
    """The one judgement for the probe and for the last word, so that they cannot disagree."""

    def __init__(self, reporter: Reporter, stall_seconds: float) -> None:
        self._reporter = reporter
        self._stall_seconds = stall_seconds
        self._activity = Activity()

    def hung_seconds(self) -> float:
        """How long the work has given no sign of life, or 0.0 as long as that may be its way."""
        silent, idle = self._reporter.silent_seconds, self._activity.idle_seconds()
        patience = self._stall_seconds * (_BUSY_FACTOR if idle < self._stall_seconds else 1)
        return silent if silent >= patience else 0.0

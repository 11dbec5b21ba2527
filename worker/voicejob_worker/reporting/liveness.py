"""Whether the work hangs: asked by ``/healthz``, and at a stop, which a red probe may be behind."""

from __future__ import annotations

from voicejob_worker.reporting.activity import Activity, silence_allowed
from voicejob_worker.reporting.reporter import Reporter


class Liveness:
    """The one judgement for the probe and for the last word, so that they cannot disagree."""

    def __init__(self, reporter: Reporter, stall_seconds: float) -> None:
        self._reporter = reporter
        self._stall_seconds = stall_seconds
        self._activity = Activity()

    def hung_seconds(self) -> float:
        """How long the work has given no sign of life, or 0.0 as long as that may be its way."""
        silent, idle = self._reporter.silent_seconds, self._activity.idle_seconds()
        return silent if silent >= silence_allowed(self._stall_seconds, idle) else 0.0

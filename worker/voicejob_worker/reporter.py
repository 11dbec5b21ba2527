"""Holds the worker's report while the work goes on: written by the work, read by everyone."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.durations import human_duration
from voicejob_api.report import WorkerReport
from voicejob_api.status import (
    VRAM,
    AudioResult,
    GPUInfo,
    ModelInfo,
    Progress,
    Quality,
    ReferenceInfo,
    Stage,
)
from voicejob_worker.errors import WorkerError

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

_STAT_FIELDS_BEFORE_START: Final = 19
"""Fields of /proc/PID/stat between the command's closing bracket and starttime (proc(5))."""


class Reporter:
    """A WorkerReport that several threads read while the work changes it."""

    def __init__(self, on_change: Callable[[WorkerReport], None] = lambda _: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._report = WorkerReport()
        self._ended = False
        self._alive_at = time.monotonic()
        self._speed = _Speed()
        self.collectors: list[Collector] = []
        """Further figures for ``/metrics``."""

    @property
    def report(self) -> WorkerReport:
        """The state now."""
        with self._lock:
            return self._report

    @property
    def silent_seconds(self) -> float:
        """Time since the work last gave a sign of life."""
        return time.monotonic() - self._alive_at

    def alive(self) -> None:
        """Give a sign of life."""
        self._alive_at = time.monotonic()

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        self._change(stage=stage)

    def time(self, **seconds: float) -> None:
        """Set parts of the performance, in seconds."""
        rounded = {name: round(value, 4) for name, value in seconds.items()}
        with self._lock:
            performance = self._report.performance.model_copy(update=rounded)
        self._change(performance=performance)

    def plan(self, chunks: int, characters: int) -> None:
        """Say how much there is to speak."""
        self._speed = _Speed(characters=characters)
        self._change(progress=Progress(chunks_total=chunks, summary="0%"))

    def chunk_done(self, characters: int, audio_seconds: float, spoken_in: float | None) -> None:
        """Count a chunk: synthesised in ``spoken_in`` seconds, or None where it was resumed."""
        self._speed.count(characters, spoken_in)
        before = self.report
        done = before.progress.chunks_done + 1
        eta = self._speed.seconds_left
        progress = Progress(
            percent=self._speed.percent,
            chunks_done=done,
            chunks_total=before.progress.chunks_total,
            audio_seconds=round(before.progress.audio_seconds + audio_seconds, 3),
            eta_seconds=None if eta is None else round(eta),
            summary=f"{self._speed.percent}%",
            eta="" if eta is None else human_duration(eta),
        )
        resumed = before.chunks_resumed + (spoken_in is None)
        self._change(progress=progress, chunks_resumed=resumed)

    def device(self, gpu: GPUInfo | None, vram: VRAM | None) -> None:
        """Set what was measured on the GPU."""
        self._change(gpu=gpu, vram=vram)

    def cloning(self, reference: ReferenceInfo) -> None:
        """Set what was found out about the voice reference."""
        self._change(reference=reference)

    def modelled(self, model: ModelInfo | None) -> None:
        """Set what was found out about the model."""
        self._change(model=model)

    def measured(self, quality: Quality) -> None:
        """Set what was measured on the audio."""
        self._change(quality=quality)

    def done(self, audio: AudioResult, message: str) -> None:
        """End in success."""
        self._end(audio=audio, exit_code=0, reason="Completed", message=message)

    def failed(self, error: WorkerError) -> None:
        """End otherwise; the first end counts."""
        self._end(exit_code=int(error.exit_code), reason=error.reason, message=error.message)

    def _end(self, **fields: Any) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = True
        self._change(stage=Stage.ENDED, **fields)

    def _change(self, **fields: Any) -> None:
        self.alive()
        with self._lock:
            report = self._report = self._report.model_copy(update=fields)
        self._on_change(report)


class _Speed:
    """Characters done, and how fast those of this attempt were."""

    def __init__(self, characters: int = 0) -> None:
        self._total = characters
        self._done = 0
        self._spoken = 0
        self._seconds = 0.0

    def count(self, characters: int, spoken_in: float | None) -> None:
        self._done += characters
        if spoken_in is not None:
            self._spoken += characters
            self._seconds += spoken_in

    @property
    def percent(self) -> int:
        return 100 * self._done // self._total if self._total else 0

    @property
    def seconds_left(self) -> float | None:
        if not self._spoken:
            return None
        return (self._total - self._done) * self._seconds / self._spoken


def seconds_since_process_start() -> float:
    """Age of this process in seconds, from the kernel's own record of its start."""
    try:
        stat = Path("/proc/self/stat").read_text()
        ticks = int(stat.rpartition(")")[2].split()[_STAT_FIELDS_BEFORE_START])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return time.process_time()

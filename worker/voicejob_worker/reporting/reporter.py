"""Holds the worker's report while the work goes on: written by the work, read by everyone."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.audio import AudioFormat
from voicejob_api.durations import human_duration
from voicejob_api.exit_codes import ALREADY_SPOKEN
from voicejob_api.items import ItemCounts
from voicejob_api.report import StageBegan, WorkerReport
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
from voicejob_worker.reporting.estimate import Estimate

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

_STAT_FIELDS_BEFORE_START: Final = 19
"""Fields of /proc/PID/stat between the command's closing bracket and starttime (proc(5))."""

_ESTIMATE_SECONDS: Final = 1.0
"""How old the estimate becomes while the percentage stays the same."""


_STAGES_KEPT: Final = 16


class Reporter:
    """A WorkerReport that several threads read while the work changes it."""

    def __init__(self, on_change: Callable[[WorkerReport], None] = lambda _: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._report = WorkerReport()
        self._ended = False
        self._alive_at = time.monotonic()
        self._changing = threading.RLock()
        """Held while the report is changed by what it says, and until that is told: several threads
        report. Never to be waited for by who only reads it."""
        self._estimate = Estimate()
        self._reached_at = 0.0
        self._before_fetching = Stage.PREPARING
        self.disk_warning: Callable[[], str] = lambda: ""
        """Asked, when a stage begins, which disks are nearly full."""
        self.collectors: list[Collector] = []
        """Further figures for ``/metrics``."""

    @property
    def report(self) -> WorkerReport:
        """The report as it is now."""
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
        with self._changing:
            self._estimate.enter(stage)
            self._change(
                stage=stage,
                progress=self._progress(stage_percent=None),
                message="",
                disk_warning=self.disk_warning(),
            )

    def reach(self, share: float) -> None:
        """Say how far the stage is, from 0 to 1."""
        self.alive()
        percent, now = min(max(int(100 * share), 0), 100), time.monotonic()
        with self._changing:
            is_old = now - self._reached_at >= _ESTIMATE_SECONDS
            if percent == self.report.progress.stage_percent and not is_old:
                return  # it is told of every block
            self._reached_at = now
            self._estimate.reach(share)
            self._change(progress=self._progress(stage_percent=percent), message="")

    def wait(self, why: str) -> None:
        """Say what is waited for; it is a sign of life."""
        self._change(message=why)

    def fetching(self, done: int, total: int | None, why: str = "") -> None:
        """Say how many bytes of how many have come, to here or to another that is waited for."""
        with self._changing:
            if self.report.stage is not Stage.FETCHING:
                self._before_fetching = self.report.stage
                self.enter(Stage.FETCHING)
            if total:
                self.reach(done / total)
            if why:
                self.wait(why)

    def fetched(self) -> None:
        """Say that what was fetched is there: a loading that it interrupted goes on."""
        with self._changing:
            if (self.report.stage, self._before_fetching) == (Stage.FETCHING, Stage.LOADING):
                self.enter(Stage.LOADING)

    def time(self, **seconds: float) -> None:
        """Set parts of the performance, in seconds."""
        rounded = {name: round(value, 4) for name, value in seconds.items()}
        with self._changing:
            performance = self.report.performance.model_copy(update=rounded)
            self._change(performance=performance)

    def plan(
        self, chunks: int, characters: int, audio_format: AudioFormat = AudioFormat.WAV
    ) -> None:
        """Say how much there is to speak, and what it becomes."""
        with self._changing:
            self._estimate = Estimate(audio_format, characters)
            self._estimate.enter(self.report.stage)
            self._change(progress=Progress(chunks_total=chunks, summary="0%"))

    def chunk_done(self, characters: int, audio_seconds: float, spoken_in: float | None) -> None:
        """Count a chunk: synthesised in ``spoken_in`` seconds, or None if it was resumed."""
        with self._changing:
            self._estimate.speak(characters, audio_seconds, spoken_in)
            before, percent = self.report, self._estimate.percent
            progress = self._progress(
                percent=percent,
                stage_percent=percent,
                chunks_done=before.progress.chunks_done + 1,
                audio_seconds=round(before.progress.audio_seconds + audio_seconds, 3),
                summary=f"{percent}%",
            )
            resumed = before.chunks_resumed + (spoken_in is None)
            self._change(progress=progress, chunks_resumed=resumed)

    def uploaded(self, size: int, seconds: float) -> None:
        """Say how fast bytes go to the store, for the estimate. It is no sign of life."""
        with self._changing:
            self._estimate.upload(size, seconds)

    def device(self, gpu: GPUInfo | None, vram: VRAM | None) -> None:
        """Set what was measured on the GPU, beside the work: it is no sign of life."""
        self._change(is_alive=False, gpu=gpu, vram=vram)

    def cloning(self, reference: ReferenceInfo) -> None:
        """Set what was found out about the voice reference."""
        self._change(reference=reference)

    def work_of(self, voicejob_uid: str) -> None:
        """Say whose work it is."""
        self._change(voicejob_uid=voicejob_uid)

    def modelled(self, model: ModelInfo | None) -> None:
        """Set what was found out about the model."""
        self._change(model=model)

    def items(self, counts: ItemCounts) -> None:
        """Set how many of the items are done."""
        self._change(items=counts)

    def measured(self, quality: Quality) -> None:
        """Set what was measured on the audio."""
        self._change(quality=quality)

    def done(self, audio: AudioResult, message: str) -> None:
        """End in success."""
        self._end(audio=audio, exit_code=0, reason="Completed", message=message)

    def spoken_before(self, audio: AudioResult, message: str, **found: Any) -> None:
        """End in success with what another attempt has stored; ``found`` are its figures."""
        progress = Progress(percent=100, audio_seconds=audio.duration_seconds, summary="100%")
        end = {"exit_code": 0, "reason": ALREADY_SPOKEN, "message": message}
        self._end(audio=audio, progress=progress, **found, **end)

    def failed(self, error: WorkerError) -> None:
        """End otherwise; the first end counts."""
        self._end(**_as_end(error))

    def last_words(self, error: WorkerError) -> WorkerReport:
        """The report as it would be if the work ended so now; its real end, where it has one."""
        report = self.report
        if report.exit_code is not None:
            return report
        return report.model_copy(update={"stage": Stage.ENDED, **_as_end(error)})

    def _progress(self, **fields: Any) -> Progress:
        """The progress with these changes, and with the estimate that goes with them."""
        eta = self._estimate.seconds_left
        estimated = {
            "eta_seconds": None if eta is None else round(eta),
            "eta": "" if eta is None else human_duration(eta),
        }
        return self.report.progress.model_copy(update={**estimated, **fields})

    def _end(self, **fields: Any) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = True
        self._change(stage=Stage.ENDED, **fields)

    def _change(self, *, is_alive: bool = True, **fields: Any) -> None:
        if is_alive:
            self.alive()
        if self._ended and "exit_code" not in fields:  # work that was cut short may still go on
            fields = {name: fields[name] for name in fields.keys() - {"stage", "message"}}
        with self._changing:  # told in the order of the changes: else a stage would come again
            with self._lock:
                report = self._report
                if fields.get("stage", report.stage) is not report.stage or not report.stages:
                    fields["stages"] = _with_stage(report, fields.get("stage", report.stage))
                report = self._report = report.model_copy(update=fields)
            self._on_change(report)


def _with_stage(report: WorkerReport, stage: Stage) -> tuple[StageBegan, ...]:
    began = StageBegan(stage=stage, began_at=datetime.now(UTC))
    return (*report.stages, began)[-_STAGES_KEPT:]


def _as_end(error: WorkerError) -> dict[str, Any]:
    return {
        "exit_code": int(error.exit_code),
        "reason": error.reason,
        "message": error.message,
    }


def seconds_since_process_start() -> float:
    """Age of this process in seconds, from the kernel's own record of its start."""
    try:
        stat = Path("/proc/self/stat").read_text()
        ticks = int(stat.rpartition(")")[2].split()[_STAT_FIELDS_BEFORE_START])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return time.process_time()

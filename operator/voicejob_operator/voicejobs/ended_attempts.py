"""Attempts whose end a status is the first to tell: what is counted of each, and learned from it.

Counted when that status is stored, so once, by whichever process stores it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from voicejob_api.exit_codes import ALREADY_SPOKEN
from voicejob_api.gpu import MIB
from voicejob_api.report import StageBegan
from voicejob_api.status import Attempt, GPURequest, VoiceJobStatus
from voicejob_operator import metrics
from voicejob_operator.voicejobs import gpu_memory
from voicejob_operator.voicejobs.attempts import record_of
from voicejob_operator.voicejobs.ends import memory_that_ran_out
from voicejob_operator.voicejobs.needs import kind_of
from voicejob_operator.voicejobs.observed import Observation
from voicejob_operator.voicejobs.situation import POD_LOST

_OVER: Final = ("Succeeded", "Failed", "Stopped")


@dataclass(frozen=True)
class EndedAttempt:
    """An attempt that has ended, with all that is needed to count it and to learn from it."""

    attempt: Attempt
    engine: str
    kind: str
    """What needs the same memory, see ``needs.kind_of``."""
    precision: str | None
    day: date
    has_gpu: bool = False
    """Whether its pod had one, used or not."""
    shows_need: bool = False
    """Whether that GPU's memory says what the work needs: not where the CPU did it in the end, nor
    where there was nothing to do."""
    ran_out_of: Literal["", "gpu", "host"] = ""
    """Whose memory, if any, was not enough."""
    asked: GPURequest | None = None
    """What its Job asked for."""
    scheduled_at: datetime | None = None
    """When its pod got a node."""
    stages: tuple[StageBegan, ...] = ()
    """What its worker was at; empty where its pod is gone, or has not told."""
    namespace: str = ""
    """The VoiceJob's."""

    @property
    def product(self) -> str:
        """The GPU as NVML names it; ``none`` without one, ``unknown`` where nobody has told."""
        if self.attempt.gpu is not None:
            return self.attempt.gpu.name
        return "unknown" if self.has_gpu else "none"


Learn = Callable[[EndedAttempt], None]
"""Told of each attempt that shows what it needs of a GPU's memory, once it has ended."""


def newly_ended(seen: Observation, status: VoiceJobStatus) -> tuple[EndedAttempt, ...]:
    """The attempts that have ended by ``status`` and not yet by the one that was stored.

    One whose pod is gone without a word is none: nobody knows when it ended, and it may run.
    """
    before = {attempt.pod for attempt in _ended(seen.voicejob.status.attempts)}
    new = [attempt for attempt in _ended(status.attempts) if attempt.pod not in before]
    return tuple(_with_all_that_is_needed(attempt, seen, status) for attempt in new)


def _ended(attempts: Iterable[Attempt]) -> Iterable[Attempt]:
    return (each for each in attempts if each.outcome in _OVER and each.reason != POD_LOST)


def _with_all_that_is_needed(
    attempt: Attempt, seen: Observation, status: VoiceJobStatus
) -> EndedAttempt:
    model = status.model
    record = record_of(attempt.pod, status.jobs)
    has_gpu = attempt.gpu is not None or (record is not None and record.gpu is not None)
    pod = next((each for each in seen.pods if each.name == attempt.pod), None)
    report = pod.report if pod is not None else None
    ran_out_of = memory_that_ran_out(pod, has_gpu=has_gpu)
    has_spoken = attempt.outcome == "Succeeded" and attempt.reason != ALREADY_SPOKEN
    has_shown = has_spoken or ran_out_of == "gpu"
    device = (model.device if model is not None else None) or "cuda"
    return EndedAttempt(
        attempt=attempt,
        engine=str(seen.voicejob.spec.engine),
        namespace=seen.voicejob.metadata.namespace,
        kind=kind_of(seen.voicejob, seen.settings.worker),
        precision=model.precision if model is not None else None,
        day=seen.now.date(),
        has_gpu=has_gpu,
        shows_need=has_shown and attempt.gpu is not None and "cuda" in device,
        ran_out_of=ran_out_of,
        asked=record.gpu if record is not None else None,
        scheduled_at=pod.scheduled_at if pod is not None else None,
        stages=report.stages if report is not None else (),
    )


def note(ended: Iterable[EndedAttempt], learn: Learn) -> None:
    """Count attempts in the metrics, and learn from those that show what they need."""
    for each in ended:
        _count(each)
        if each.shows_need:
            learn(each)


def _count(ended: EndedAttempt) -> None:
    attempt, asked = ended.attempt, ended.asked
    labels = (ended.engine, metrics.GPU_PRODUCTS.label(ended.product))
    if ended.ran_out_of:
        metrics.OUT_OF_MEMORY.labels(*labels, ended.ran_out_of).inc()
    if not ended.has_gpu:
        return
    if attempt.started_at is not None and attempt.finished_at is not None:
        seconds = (attempt.finished_at - attempt.started_at).total_seconds()
        namespace = metrics.NAMESPACES.label(ended.namespace)
        metrics.GPU_SECONDS.labels(namespace, *labels).inc(max(seconds, 0.0))
    if attempt.reason == ALREADY_SPOKEN:
        return
    peak = gpu_memory.peak_mib(attempt.gpu, attempt.vram)
    if peak is not None:
        metrics.VRAM_PEAK.labels(*labels).observe(peak * MIB)
    requested = gpu_memory.requested_mib(attempt.vram, asked)
    had = requested or (attempt.gpu.memory_mib if attempt.gpu is not None else None)
    floor = attempt.vram.floor_mib if attempt.vram is not None else None
    if had is not None and floor is not None and floor * 10 >= had * 9:
        metrics.VRAM_TIGHT.labels(*labels).inc()
    if requested is not None:
        metrics.VRAM_REQUESTED.labels(*labels).observe(requested * MIB)

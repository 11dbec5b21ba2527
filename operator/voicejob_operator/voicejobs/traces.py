"""A VoiceJob's trace, from its own timestamps: created, queued, each attempt with its stages.

All ids follow from the uid, so that an operator that is started anew adds to the same trace, and
one that tells a span twice tells the same. Nothing of it is a text or an address.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from voicejob_api.status import Attempt, Phase, Stage
from voicejob_api.tracing import ROOT, span_id_of, trace_id_of
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.tracing import Span, Trace
from voicejob_operator.voicejobs.attempts import record_of
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt

log = structlog.get_logger()

_A_SECOND: Final = timedelta(seconds=1)

Attributes = dict[str, str | int | float]


def send(trace: Trace, voicejob: VoiceJob, decision: Decision, *, is_end: bool) -> None:
    """Send what ``spans_of`` finds; a fault in that is told, and is nobody else's."""
    try:
        trace(spans_of(voicejob, decision, is_end=is_end))
    except Exception:
        log.exception("a trace lacks spans")


def spans_of(voicejob: VoiceJob, decision: Decision, *, is_end: bool) -> list[Span]:
    """The spans that a stored status is the first to know the end of.

    Args:
        voicejob: As it was before.
        decision: What was stored.
        is_end: Whether the status is the first that is final.
    """
    tracer = _Tracer(voicejob, decision)
    found = [span for ended in decision.ended for span in tracer.of_attempt(ended)]
    return [*found, *(tracer.of_whole() if is_end else ())]


@dataclass(frozen=True)
class _Tracer:
    voicejob: VoiceJob
    decision: Decision

    def of_whole(self) -> Iterator[Span]:
        """From creation to the end, and of that what was waited for the first pod."""
        status, began = self.decision.status, self.voicejob.metadata.creation_timestamp
        ended = status.completion_time
        if began is None or ended is None:
            return
        found: Attributes = {
            "voicejob.engine": str(self.voicejob.spec.engine),
            "voicejob.language": str(self.voicejob.spec.language),
            "voicejob.phase": status.phase.value,
            "voicejob.reason": status.reason,
            "voicejob.attempts": status.attempts_total,
        }
        if status.audio is not None:
            found["voicejob.audio.duration"] = status.audio.duration_seconds
        has_failed = status.phase is Phase.FAILED
        fault = status.reason if has_failed else ""
        yield self._span((ROOT,), began, ended, found, fault)
        first = status.attempts[0] if status.attempts else None
        if first is None or first.number == 1:
            until = first.created_at if first is not None else ended
            yield self._span((ROOT, "queue"), began, until or ended)

    def of_attempt(self, ended: EndedAttempt) -> Iterator[Span]:
        """From pod to end, and in it: the wait for a node, the container's start, the stages."""
        attempt = ended.attempt
        began, finished = attempt.created_at or attempt.started_at, attempt.finished_at
        if began is None or finished is None:
            return
        end = _precise(finished, ended)
        path = (ROOT, f"attempt {attempt.number}")
        about = self._about(attempt, ended)
        fault = attempt.reason if attempt.outcome == "Failed" else ""
        yield self._span(path, began, end, about, fault)
        placed, started = ended.scheduled_at, attempt.started_at
        if placed is not None:
            yield self._span((*path, "schedule"), began, placed)
        if started is not None:
            yield self._span((*path, "start"), placed or began, started)
        for number, (stage, since, until) in enumerate(_stages(ended, end)):
            yield self._span((*path, f"{stage.value.lower()} {number}"), since, until)

    def _about(self, attempt: Attempt, ended: EndedAttempt) -> Attributes:
        status = self.decision.status
        record = record_of(attempt.pod, status.jobs)
        known: dict[str, str | int | float | None] = {
            "k8s.job.name": record.name if record is not None else None,
            "k8s.pod.name": attempt.pod,
            "k8s.node.name": attempt.node,
            "process.exit.code": attempt.exit_code,
            "voicejob.engine": ended.engine,
            "voicejob.attempt.number": attempt.number,
            "voicejob.attempt.outcome": attempt.outcome,
            "voicejob.device": status.model.device if status.model is not None else None,
            "voicejob.gpu": ended.product if ended.has_gpu else None,
            "voicejob.chunks_resumed": attempt.chunks_resumed,
        }
        return {name: value for name, value in known.items() if value not in (None, "")}

    def _span(
        self,
        path: tuple[str, ...],
        began: datetime,
        ended: datetime,
        about: Attributes | None = None,
        fault: str = "",
    ) -> Span:
        """A span within that of the path before; what tells it from its like is not in its name."""
        metadata = self.voicejob.metadata
        whose = {
            "k8s.namespace.name": metadata.namespace,
            "voicejob.name": metadata.name,
            "voicejob.uid": metadata.uid,
        }
        return Span(
            name=path[-1].partition(" ")[0],
            trace_id=trace_id_of(metadata.uid),
            span_id=span_id_of(metadata.uid, *path),
            parent_id=span_id_of(metadata.uid, *path[:-1]) if path[:-1] else "",
            began=began,
            ended=max(began, ended),
            attributes={**whose, **(about or {}), **({"error.type": fault} if fault else {})},
            fault=fault,
        )


def _precise(finished: datetime, ended: EndedAttempt) -> datetime:
    """When an attempt ended: Kubernetes tells the second, the worker's last stage a part of it."""
    last = max((each.began_at for each in ended.stages), default=finished)
    return max(finished, min(last, finished + _A_SECOND))


def _stages(ended: EndedAttempt, end: datetime) -> Iterator[tuple[Stage, datetime, datetime]]:
    """Each stage with its begin and its end, which is the begin of the next."""
    told = [each for each in ended.stages if each.began_at <= end]
    ends = [*(each.began_at for each in told[1:]), end]
    for each, until in zip(told, ends, strict=False):
        if each.stage is not Stage.ENDED:
            yield each.stage, each.began_at, until

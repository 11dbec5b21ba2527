"""The record of attempts: one entry per worker pod, kept after the pod is gone."""

from collections.abc import Iterable
from typing import Final

from voicejob_api.exit_codes import ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.status import Attempt, GPURequest, JobRecord, VoiceJobStatus
from voicejob_operator.voicejobs import gpu_memory
from voicejob_operator.voicejobs.ends import cause_of_end
from voicejob_operator.voicejobs.observed import PodView
from voicejob_operator.voicejobs.situation import POD_LOST, Situation

KEPT: Final = 5
"""Newest attempts that the status lists."""

_SETTLED: Final = ("Failed", "Stopped")


def settled_pods(attempts: Iterable[Attempt]) -> frozenset[str]:
    """Names of the pods whose bad end has been dealt with; one that was only missed has not."""
    return frozenset(
        attempt.pod
        for attempt in attempts
        if attempt.outcome in _SETTLED and attempt.reason != POD_LOST
    )


def without_forgotten(pods: tuple[PodView, ...], status: VoiceJobStatus) -> tuple[PodView, ...]:
    """Leave out pods whose attempts are too old to be listed still: they are dealt with.

    Only times of the API server's clock are compared: a node's may be a minute off.
    """
    if status.attempts_total <= KEPT:
        return pods
    listed = {attempt.pod for attempt in status.attempts}
    times = [pod.created_at for pod in pods if pod.name in listed]
    times += [attempt.created_at for attempt in status.attempts if attempt.created_at is not None]
    newest = max(times, default=None)
    return tuple(
        pod for pod in pods if pod.name in listed or newest is None or pod.created_at >= newest
    )


def without_superseded(pods: tuple[PodView, ...], status: VoiceJobStatus) -> tuple[PodView, ...]:
    """Leave out pods of earlier Jobs that only waited: they tell nothing, and go with their Job.

    One that its kubelet refused is an end that is to be told.
    """
    earlier = {record.uid for record in status.jobs[:-1]}
    return tuple(pod for pod in pods if not (_has_waited(pod) and pod.owner in earlier))


def _has_waited(pod: PodView) -> bool:
    """Whether it has waited for a node, or for its start, until it was deleted."""
    return not pod.has_started and (not pod.ended or pod.deleting)


def is_attempt(pod: PodView) -> bool:
    """Whether a pod is an attempt: its worker ran, or it ended before it could."""
    return pod.has_started or pod.ended


def record_of(pod: str, jobs: Iterable[JobRecord]) -> JobRecord | None:
    """The Job that made a pod, by the pod's name."""
    return next((each for each in jobs if pod.startswith(f"{each.name}-")), None)


def record(situation: Situation, settled: frozenset[str]) -> tuple[list[Attempt], int]:
    """Bring the attempts up to date; return all that are known, newest last, and their number."""
    known = {attempt.pod: attempt for attempt in situation.status.attempts}
    total = situation.status.attempts_total
    for pod in situation.seen.pods:
        if not is_attempt(pod):
            continue
        if pod.name not in known:
            total += 1
            known[pod.name] = Attempt(number=total, pod=pod.name, created_at=pod.created_at)
        known[pod.name] = _updated(known[pod.name], pod, situation, settled)
    present = {pod.name for pod in situation.seen.pods}
    entries = [
        attempt if attempt.pod in present else _absent(attempt, situation)
        for attempt in known.values()
    ]
    return sorted(entries, key=lambda attempt: attempt.number), total


def _updated(
    attempt: Attempt, pod: PodView, situation: Situation, settled: frozenset[str]
) -> Attempt:
    was_missed = attempt.reason == POD_LOST
    if attempt.outcome in (*_SETTLED, "Succeeded") and not was_missed:
        return attempt
    facts: dict[str, object] = {
        "node": pod.node,
        "started_at": pod.started_at,
        "outcome": "Running",
    }
    if was_missed:
        facts |= {"finished_at": None, "reason": "", "message": ""}
    job = record_of(pod.name, situation.status.jobs)
    facts |= _measured(situation.seen.report_of(pod), job.gpu if job is not None else None)
    if pod.ended:
        facts |= {"finished_at": pod.finished_at or situation.now, "exit_code": pod.exit_code}
        facts |= _ending(pod, settled)
    return attempt.model_copy(update=facts)


def _measured(report: WorkerReport | None, asked: GPURequest | None) -> dict[str, object]:
    if report is None:
        return {}
    vram = report.vram
    if vram is not None:
        vram = vram.model_copy(update={"summary": gpu_memory.summary(report.gpu, vram, asked)})
    found = {"gpu": report.gpu, "vram": vram, "chunks_resumed": report.chunks_resumed}
    return {name: value for name, value in found.items() if value is not None}


def _ending(pod: PodView, settled: frozenset[str]) -> dict[str, object]:
    if pod.exit_code == 0:
        return {"outcome": "Succeeded", "reason": _good_end(pod.report)}
    if pod.name not in settled:
        return {}
    why = cause_of_end(pod)
    outcome = "Failed" if pod.uses_a_retry else "Stopped"
    return {"outcome": outcome, "reason": why.reason, "message": why.message}


def _good_end(report: WorkerReport | None) -> str:
    return ExitCode.DONE.reason if report is None else report.good_end


def _absent(attempt: Attempt, situation: Situation) -> Attempt:
    """The attempt of a pod that is gone: what became of it, if anybody can still tell."""
    if attempt.outcome != "Running":
        return attempt
    result = situation.seen.answers.result
    if situation.end_is_unwitnessed and (result is None or result.trouble is not None):
        return attempt  # the store is asked first
    if situation.end_is_unwitnessed and result is not None and result.report is not None:
        found = {"outcome": "Succeeded", "reason": _good_end(result.report), "exit_code": 0}
        return attempt.model_copy(update={**found, "finished_at": situation.now})
    return attempt.model_copy(
        update={
            "outcome": "Stopped",
            "finished_at": situation.now,
            "reason": POD_LOST,
            "message": "The pod is gone and left no last word",
        }
    )

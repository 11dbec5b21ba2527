"""One reconcile: observe, decide, act, write the status once, tell of it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from voicejob_api.report import WorkerReport
from voicejob_api.status import Phase, VoiceJobStatus
from voicejob_api.voicejob import VoiceJob
from voicejob_operator import metrics
from voicejob_operator.manifests.names import job_name
from voicejob_operator.runtime import api_server as kube
from voicejob_operator.runtime.api_server import ApiError, Cluster
from voicejob_operator.runtime.queue import Key, ReconcileQueue
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.act import Actor, status_manifest
from voicejob_operator.voicejobs.cache import Cache
from voicejob_operator.voicejobs.cluster_events import newest_trouble
from voicejob_operator.voicejobs.decide import Decision, decide
from voicejob_operator.voicejobs.observed import JobView, Observation, PodView, Trouble
from voicejob_operator.voicejobs.workers import Ask, Workers

_SETTLING_SECONDS: Final = 0.4
"""How long the first status write waits for the pod, which usually follows the Job at once."""
_TROUBLE_AFTER_SECONDS: Final = 2.0
"""How long a pod may be without a node or container before its events are read."""
_TROUBLE_EVERY_SECONDS: Final = 5.0

_REPLACED_WITHIN: Final = timedelta(seconds=15)
"""The Job controller makes a new pod within so long of an end (its back-off is 10 s)."""

log = structlog.get_logger()


class Reconciler:
    """Reconciles one VoiceJob at a time; what it knows comes from the cache."""

    def __init__(
        self,
        cluster: Cluster,
        cache: Cache,
        queue: ReconcileQueue,
        *,
        actor: Actor,
        ask: Ask,
        settings: OperatorSettings,
    ) -> None:
        self._cluster = cluster
        self._cache = cache
        self._queue = queue
        self._actor = actor
        self.workers = Workers(ask, settings.poll_seconds, self._heard)
        self._settings = settings

    async def __call__(self, key: Key) -> None:
        """Reconcile the VoiceJob of that key.

        Raises:
            ApiError: The API server did not answer, or refused for now.
        """
        voicejob = self._cache.voicejob(key)
        if voicejob is None or voicejob.metadata.deletion_timestamp is not None:
            return
        decision = await self._decide_and_act(voicejob)
        await self._write_status(key, voicejob, decision)
        self._look_again(key, decision)

    def _heard(self, pod: PodView, report: WorkerReport) -> None:
        """Take in a worker's report and ask for a reconcile of its VoiceJob."""
        memory = self._cache.memory(pod.owner)
        known = memory.report if memory.reported_by == pod.name else None
        if known is None or report.progress != known.progress:
            memory.progressed_at = datetime.now(UTC)
        memory.report, memory.reported_by = report, pod.name
        self._queue.add((pod.namespace, pod.owner_name))

    # -- observe, decide, act ----------------------------------------------------------------

    async def _decide_and_act(self, voicejob: VoiceJob) -> Decision:
        """Decide and act; where the API server refuses for good, decide once more with that."""
        seen = await self._observe(voicejob)
        decision = decide(seen)
        for effect in decision.effects:
            await self._actor.carry_out(effect, voicejob)
        if seen.refusal is None and self._cache.memory(voicejob.metadata.uid).refusal is not None:
            return decide(await self._observe(voicejob))
        return decision

    async def _observe(self, voicejob: VoiceJob) -> Observation:
        uid = voicejob.metadata.uid
        memory = self._cache.memory(uid)
        job = self._cache.job(uid, job_name(voicejob, 1))
        pods = self._cache.pods_of(uid)
        self._follow(pods)
        return Observation(
            voicejob=voicejob,
            job=job,
            pods=pods,
            now=datetime.now(UTC).replace(microsecond=0),
            settings=self._settings,
            report=memory.report,
            reported_by=memory.reported_by,
            progressed_at=memory.progressed_at,
            trouble=await self._trouble(voicejob, job, pods),
            refusal=memory.refusal,
            grants_fresh=self._grants_fresh(uid),
        )

    def _follow(self, pods: tuple[PodView, ...]) -> None:
        for pod in pods:
            if pod.is_running and pod.ip:
                self.workers.follow(pod)
            else:
                self.workers.leave(pod)

    def _grants_fresh(self, uid: str) -> bool:
        granted = self._cache.memory(uid).granted_at
        half = timedelta(seconds=self._settings.grant_seconds / 2)
        return granted is not None and datetime.now(UTC) - granted < half

    async def _trouble(
        self, voicejob: VoiceJob, job: JobView | None, pods: tuple[PodView, ...]
    ) -> Trouble | None:
        """What the events say of a pod or Job that has not moved for a while."""
        stuck = _stuck(voicejob, job, pods)
        memory = self._cache.memory(voicejob.metadata.uid)
        if memory.hindrance is not None:
            return memory.hindrance
        if stuck is None:
            memory.trouble = None
            return None
        now = time.monotonic()
        if now - memory.trouble_asked_at >= _TROUBLE_EVERY_SECONDS:
            memory.trouble_asked_at = now
            events = await self._cluster.events_about(voicejob.metadata.namespace, stuck)
            memory.trouble = newest_trouble(events)
        return memory.trouble

    # -- the one status write ----------------------------------------------------------------

    async def _write_status(self, key: Key, voicejob: VoiceJob, decision: Decision) -> None:
        before, status = voicejob.status, decision.status
        if status == before and before.conditions:
            return
        wait = self._wait_before_write(voicejob, decision)
        if wait > 0:
            self._queue.add(key, wait)
            return
        try:
            written = await self._cluster.apply_status(
                kube.VOICEJOBS, status_manifest(voicejob, status.to_manifest())
            )
        except ApiError as error:
            if error.status in (404, 409):  # gone, or another of the same name
                return
            raise
        self._remember(voicejob, status, written)
        for announcement in decision.announcements:
            await self._actor.announce(announcement, voicejob)
        if status.phase.is_final and not before.phase.is_final:
            _count_end(status)

    def _wait_before_write(self, voicejob: VoiceJob, decision: Decision) -> float:
        """Seconds to wait: news are written at once, mere progress every few seconds."""
        memory = self._cache.memory(voicejob.metadata.uid)
        now = time.monotonic()
        before, status = voicejob.status, decision.status
        if before.phase is Phase.PENDING and status.phase is Phase.QUEUED:
            memory.accepted_at = memory.accepted_at or now
            return memory.accepted_at + _SETTLING_SECONDS - now
        if _news(before) != _news(status):
            return 0.0
        return memory.written_at + self._settings.status_write_seconds - now

    def _remember(self, voicejob: VoiceJob, status: VoiceJobStatus, written: kube.Body) -> None:
        memory = self._cache.memory(voicejob.metadata.uid)
        memory.written = status
        memory.written_version = int(written["metadata"]["resourceVersion"])
        memory.written_at = time.monotonic()

    # -- when next ---------------------------------------------------------------------------

    def _look_again(self, key: Key, decision: Decision) -> None:
        if decision.look_again_at is not None:
            after = (decision.look_again_at - datetime.now(UTC)).total_seconds()
            self._queue.add(key, max(after, 0.05))
        phase = decision.status.phase
        if phase in (Phase.QUEUED, Phase.STARTING):
            self._queue.add(key, _TROUBLE_AFTER_SECONDS)
        elif phase is Phase.RUNNING:
            self._queue.add(
                key, min(self._settings.stall_seconds, self._settings.grant_seconds / 4)
            )


def _stuck(voicejob: VoiceJob, job: JobView | None, pods: tuple[PodView, ...]) -> str | None:
    """The uid of the pod or Job whose events may say why nothing moves, or None."""
    now = datetime.now(UTC)
    patience = timedelta(seconds=_TROUBLE_AFTER_SECONDS)
    waiting = [pod for pod in pods if not pod.ended]
    if waiting:
        pod = waiting[-1]
        mounting = pod.waiting is None or pod.waiting.reason == "ContainerCreating"
        since = pod.scheduled_at
        starting = since is not None and not pod.has_started and mounting
        return pod.uid if starting and since is not None and now - since > patience else None
    ended = [pod.finished_at for pod in pods if pod.finished_at is not None]
    if ended and now - max(ended) < _REPLACED_WITHIN:
        return None
    created = voicejob.metadata.creation_timestamp
    if job is None or job.suspended or job.finished or created is None:
        return None
    return job.uid if now - created > patience else None


def _news(status: VoiceJobStatus) -> tuple[object, ...]:
    """The part of a status whose change is worth a write at once."""
    return (
        status.phase,
        status.reason,
        status.observed_generation,
        [(condition.type, condition.status, condition.reason) for condition in status.conditions],
        [(attempt.pod, attempt.outcome) for attempt in status.attempts],
        status.audio,
    )


def _count_end(status: VoiceJobStatus) -> None:
    metrics.FINISHED.labels(status.phase.value, status.reason).inc()
    if status.audio is not None:
        metrics.AUDIO_SECONDS.inc(status.audio.duration_seconds)
    if status.performance is not None and status.performance.real_time_factor is not None:
        metrics.REAL_TIME_FACTOR.observe(status.performance.real_time_factor)

"""One reconcile: observe, decide, store the status, act, tell of it.

What creates is done first, for it can be found again; then the status is stored; only then what
destroys the things that the status was made from. A status is stored against the version that it
was made from, so that an older view, or another operator, never overwrites a newer one.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from pydantic import ValidationError
from structlog.contextvars import bound_contextvars

from voicejob_api.report import WorkerReport
from voicejob_api.status import ConditionType, Phase, VoiceJobStatus
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.tracing import Trace
from voicejob_operator.runtime.work_queue import WorkQueue
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs import capabilities, traces
from voicejob_operator.voicejobs.act import Actor
from voicejob_operator.voicejobs.conditions import Finding, condition_of
from voicejob_operator.voicejobs.decide import Decision, decide
from voicejob_operator.voicejobs.effects import (
    LookAtJob,
    LookAtTextSecret,
    ReadResult,
)
from voicejob_operator.voicejobs.ended_attempts import Learn
from voicejob_operator.voicejobs.forbidden import has_to_wait, log_hindrance, note_refusal
from voicejob_operator.voicejobs.memory import Memory
from voicejob_operator.voicejobs.merge_patch import merge_patch
from voicejob_operator.voicejobs.observed import Cause, PodView
from voicejob_operator.voicejobs.observing import Key, Sight
from voicejob_operator.voicejobs.telling import Teller, add_to_tell, note_stored
from voicejob_operator.voicejobs.views import VoiceJobView, view_voicejob, what_is_not_understood

_SETTLING_SECONDS: Final = 0.4
"""How long the first status write waits for the pod, which usually follows the Job at once."""
_MAX_SETTLING_SECONDS: Final = 5.0
"""In a crowd it waits as long as others have waited: most are further by then, or at their end."""
_NEWS_SECONDS: Final = 1.0
"""Between two writes of one VoiceJob that bring news, but for its end: states that are over at once
are passed over."""
_STORE_AGAIN_SECONDS: Final = 5.0
"""Between two questions to a store that does not answer."""
_MIN_LOOK_SECONDS: Final = 1.0
"""A time that is over already is not looked at more often: the watch must bring what was done."""

log = structlog.get_logger()


class Reconciler:
    """Reconciles one VoiceJob at a time; what it knows comes from the caches."""

    def __init__(
        self,
        client: ApiClient,
        sight: Sight,
        queue: WorkQueue[Key],
        *,
        actor: Actor,
        settings: OperatorSettings,
        learn: Learn = lambda _: None,
        trace: Trace | None = None,
    ) -> None:
        self._client = client
        self._sight = sight
        self._queue = queue
        self._actor = actor
        self._teller = Teller(actor, queue)
        self._settings = settings
        self._learn = learn
        self._trace = trace

    async def __call__(self, key: Key) -> None:
        """Reconcile the VoiceJob of that key.

        Raises:
            ApiError: The API server did not answer, or refused for now.
        """
        view = self._sight.voicejobs.by_name(*key)
        if view is None:
            return
        about = {"namespace": view.namespace, "voicejob": view.name, "uid": view.uid}
        with bound_contextvars(**about):
            await self._reconcile(key, view)

    async def _reconcile(self, key: Key, view: VoiceJobView) -> None:
        if view.deleting:
            await self._end_work(view)
            return
        try:
            has_job = bool(self._sight.jobs_of(view.uid, view.namespace))
            voicejob = view.voicejob(has_job=has_job)
        except ValidationError as error:
            await self._tell_not_understood(view, what_is_not_understood(error))
            return
        memory = self._sight.memories.of(view.uid)
        if memory.sent is not None and _same_step(memory.sent.status, voicejob.status):
            # It was carried out, and its answer was lost.
            self._note_stored(voicejob, memory.sent, memory)
        await self._teller.tell(key, voicejob, memory)
        decision = decide(self._sight.observe(voicejob))
        if _is_moot(decision, memory):
            memory.refusals.pop(memory.answers.hindered, None)
            memory.answers = replace(memory.answers, hindrance=None, hindered="")
            memory.told_hindrance = True  # there is nothing left to be told
            decision = decide(self._sight.observe(voicejob))
        hindrance = memory.answers.hindrance
        self._note_begun(voicejob, decision, memory)
        await self._act(key, voicejob, decision, memory, after_status=False)
        if memory.answers.hindrance != hindrance:
            return  # what was decided does not know of it: the next look, which is due, tells it
        if capabilities.has_to_wait(decision.effects, voicejob, memory):
            self._queue.add(key, memory.capability.again_at - time.monotonic())
            return
        if not await self._store(key, voicejob, decision, memory):
            return
        await self._act(key, voicejob, decision, memory, after_status=True)
        self._look_again(key, view.uid, decision, memory)

    async def _end_work(self, view: VoiceJobView) -> None:
        """End the work of a VoiceJob that is deleted and that somebody's finalizer still keeps.

        The garbage collector deletes its Jobs only once it is gone.
        """
        jobs = self._sight.jobs_of(view.uid, view.namespace)
        if not view.orphans:
            await self._actor.delete_jobs([job for job in jobs if not job.deleting])

    def heard(self, pod: PodView, report: WorkerReport | None) -> None:
        """Take in a worker's answer and ask for a look at its VoiceJob."""
        view = self._sight.voicejob_of(pod)
        if view is None or view.phase.is_final:
            return
        if report is not None and report.voicejob_uid not in ("", view.uid):
            report = None  # another worker has the address by now
        memory, now = self._sight.memories.of(view.uid), self._sight.now()
        if report is None:
            if memory.unreachable_since is None:
                memory.unreachable_since = now
                self._queue.add((view.namespace, view.name))
            return
        known = memory.report if memory.reported_by == pod.name else None
        memory.unreachable_since = None
        if known is None or _moved(known, report):
            memory.progressed_at = now
        memory.report, memory.reported_by = report, pod.name
        self._queue.add((view.namespace, view.name))

    # -- act -------------------------------------------------------------------------------------

    def _note_begun(self, voicejob: VoiceJob, decision: Decision, memory: Memory) -> None:
        """Remember which Jobs this process has decided on, and ask anew what became of each."""
        stored = {record.number for record in voicejob.status.jobs}
        begun = {record.number for record in decision.status.jobs} - stored
        if begun - memory.answers.jobs_begun:
            memory.answers = replace(
                memory.answers, jobs_begun=memory.answers.jobs_begun | begun, result=None
            )

    async def _act(
        self,
        key: Key,
        voicejob: VoiceJob,
        decision: Decision,
        memory: Memory,
        *,
        after_status: bool,
    ) -> None:
        """Carry out what comes before the status, or after it; stop at what is forbidden."""
        decided = voicejob.model_copy(update={"status": decision.status})
        for effect in decision.effects:
            if effect.after_status is not after_status or has_to_wait(effect, memory):
                continue
            before = memory.answers
            memory.answers = await self._actor.carry_out(effect, decided, memory)
            if memory.answers.hindrance != before.hindrance or memory.answers.refusal:
                memory.told_hindrance = memory.answers.hindrance is None
                self._queue.add(key)
            if note_refusal(effect, memory) or memory.answers.refusal:
                log_hindrance(decided, memory)
                return
            if isinstance(effect, ReadResult):
                result = memory.answers.result
                is_known = result is not None and result.trouble is None
                # Without a word of the store's, too, the Job is there and no watch shows it: looked
                # at in a while, or this would go round as fast as it can.
                self._queue.add(key, 0.0 if is_known else _STORE_AGAIN_SECONDS)
            elif isinstance(effect, LookAtJob | LookAtTextSecret):
                self._queue.add(key)

    # -- the one status write --------------------------------------------------------------------

    async def _store(
        self, key: Key, voicejob: VoiceJob, decision: Decision, memory: Memory
    ) -> bool:
        """Store the status if it is due; return whether what comes after it may be done."""
        before, status = voicejob.status, decision.status
        changed = status != before or not before.conditions
        if before.phase.is_final:
            add_to_tell(decision, memory)
            await self._teller.tell(key, voicejob, memory)
        if not changed or (before.phase.is_final and not before.conditions):
            return True
        wait = self._wait_before_write(voicejob, decision, memory)
        if wait > 0 and not any(effect.after_status for effect in decision.effects):
            self._queue.add(key, wait)
            return True
        version, now = voicejob.metadata.resource_version, time.monotonic()
        if (early := memory.old_view.early(version, now)) > 0:
            self._queue.add(key, early)
            return False
        memory.sent = decision
        if not await self._write(voicejob, status):
            # The watch brings what has changed, and with it the next look; this is in case that it
            # was seen already.
            now = time.monotonic()
            memory.old_view = memory.old_view.refused(version, now)
            self._queue.add(key, memory.old_view.early(version, now))
            return False
        memory.written_at = time.monotonic()
        memory.departed = _untold(memory.departed, status)
        self._note_stored(voicejob, decision, memory)
        await self._teller.tell(key, voicejob, memory)
        return True

    def _note_stored(self, voicejob: VoiceJob, decision: Decision, memory: Memory) -> None:
        is_end = note_stored(voicejob, decision, memory, self._learn)
        if self._trace is not None:
            traces.send(self._trace, voicejob, decision, is_end=is_end)

    async def _write(
        self, voicejob: VoiceJob, status: VoiceJobStatus, *, is_whole: bool = True
    ) -> bool:
        """Write what has changed; False if the VoiceJob has changed meanwhile, or is gone.

        What a worker has told may be refused as invalid, by an older definition of the resource:
        then the rest is written without it, or nobody would hear of the work any more.
        """
        metadata = voicejob.metadata
        patch = {
            "metadata": {"uid": metadata.uid, "resourceVersion": metadata.resource_version},
            "status": merge_patch(_stored(voicejob.status), status.to_manifest()),
        }
        try:
            written = await self._client.merge(
                VOICEJOBS, metadata.namespace, metadata.name, patch, "status"
            )
        except ApiError as error:
            if error.is_conflict or error.is_not_found:
                return False
            if error.is_invalid and is_whole:
                # Not log.exception: the API server's words say all, our frames nothing.
                log.error(  # noqa: TRY400
                    "a status is refused and written without the worker's figures",
                    error=str(error),
                )
                return await self._write(voicejob, _without_figures(status), is_whole=False)
            raise
        self._sight.voicejobs.put(view_voicejob(written))
        return True

    def _wait_before_write(self, voicejob: VoiceJob, decision: Decision, memory: Memory) -> float:
        """Seconds to wait: an end is written at once, news soon, progress every few seconds."""
        now = time.monotonic()
        before, status = voicejob.status, decision.status
        is_hindered = memory.answers.hindrance is not None
        if before.phase is Phase.PENDING and status.phase is Phase.QUEUED and not is_hindered:
            memory.accepted_at = memory.accepted_at or now
            crowd = min(self._queue.overdue_seconds(), _MAX_SETTLING_SECONDS)
            return memory.accepted_at + max(_SETTLING_SECONDS, crowd) - now
        if status.phase.is_final:
            return 0.0
        if _news(before) != _news(status):
            return memory.written_at + _NEWS_SECONDS - now if memory.written_at else 0.0
        return memory.written_at + self._settings.status_write_seconds - now

    async def _tell_not_understood(self, view: VoiceJobView, what: str) -> None:
        """Say so in the condition Accepted; everything else of it is left alone."""
        cause = Cause(
            "NotUnderstood",
            f"This version of the operator does not understand it: {what}: is the operator older "
            "than the resource's definition? If an earlier version took it, delete it and apply it "
            "with what this one takes",
        )
        conditions = {condition.type: condition for condition in view.conditions()}
        earlier = conditions.get(ConditionType.ACCEPTED)
        if earlier is not None and earlier.message == cause.message:
            return
        finding: Finding = (ConditionType.ACCEPTED, "False", cause)
        conditions[ConditionType.ACCEPTED] = condition_of(
            finding, earlier, view.generation, self._sight.now()
        )
        told = [condition.to_manifest() for condition in conditions.values()]
        patch = {
            "metadata": {"uid": view.uid, "resourceVersion": view.resource_version},
            "status": {"conditions": told, "reason": cause.reason},
        }
        log.warning("VoiceJob is not understood")
        await self._client.merge(VOICEJOBS, view.namespace, view.name, patch, "status")

    # -- when next -------------------------------------------------------------------------------

    def _look_again(self, key: Key, uid: str, decision: Decision, memory: Memory) -> None:
        waits: list[timedelta] = []
        if decision.look_again_at is not None:
            waits.append(decision.look_again_at - self._sight.server_time())
        is_hindered = memory.answers.hindrance is not None
        runs = decision.status.phase in (Phase.STARTING, Phase.RUNNING)
        if runs and not is_hindered and memory.granted_until is not None:
            # Grants are signed by this machine's clock.
            waits.append(memory.granted_until - datetime.now(UTC))
        if memory.answers.capability_due:
            waits.append(timedelta(seconds=memory.capability.again_at - time.monotonic()))
        if waits:
            self._queue.add(key, max(min(waits).total_seconds(), _MIN_LOOK_SECONDS))
        if is_hindered and not decision.status.phase.is_final:
            memory.told_hindrance = True
            self._queue.add_limited(key)
        else:
            self._queue.forget_failures(key)
        if decision.status.phase.is_final:
            # Its word is in the status, and ten thousand that have ended are kept for hours.
            memory.report = None
            memory.departed.clear()
            is_done = not memory.to_tell and not memory.answers.capability_due
            if is_done and not self._sight.jobs.owned_by(uid):
                self._sight.memories.forget(uid)


def _stored(status: VoiceJobStatus) -> dict[str, Any]:
    """What the API server holds of it: without the defaults, which it has not been told."""
    return status.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


def _without_figures(status: VoiceJobStatus) -> VoiceJobStatus:
    """The status without what only the worker can tell, but for the audio's address."""
    figures = ("stage", "progress", "performance", "quality", "model", "reference")
    attempts = [each.model_copy(update={"gpu": None, "vram": None}) for each in status.attempts]
    return status.model_copy(update=dict.fromkeys(figures) | {"attempts": attempts})


def _untold(departed: dict[str, PodView], status: VoiceJobStatus) -> dict[str, PodView]:
    """The pods whose end the status does not tell yet."""
    told = {attempt.pod for attempt in status.attempts if attempt.reason}
    return {uid: pod for uid, pod in departed.items() if pod.name not in told}


def _is_moot(decision: Decision, memory: Memory) -> bool:
    """Whether nobody asks any more for what is forbidden: a suspension may be taken back."""
    asked = {type(effect).__name__ for effect in decision.effects}
    return memory.answers.hindrance is not None and memory.answers.hindered not in asked


def _moved(known: WorkerReport, report: WorkerReport) -> bool:
    return report.progress != known.progress or report.stage != known.stage


def _same_step(sent: VoiceJobStatus, stored: VoiceJobStatus) -> bool:
    """Whether it is the one that was sent; of one that has ended, hardly more is kept than this."""
    if sent.phase is not stored.phase or sent.completion_time != stored.completion_time:
        return False
    return sent.phase.is_final or _news(sent) == _news(stored)


def _news(status: VoiceJobStatus) -> tuple[object, ...]:
    """The part of a status whose change is worth a write at once."""
    return (
        status.phase,
        status.reason,
        status.observed_generation,
        status.stage,
        [(condition.type, condition.status, condition.reason) for condition in status.conditions],
        [(attempt.pod, attempt.outcome) for attempt in status.attempts],
        [record.number for record in status.jobs],
        status.audio,
    )

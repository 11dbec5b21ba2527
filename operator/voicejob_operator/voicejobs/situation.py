"""An observation read with the phase in mind: the Job and pod that matter, and what they say."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from voicejob_api.exit_codes import FAIL_VOICEJOB_EXIT_CODES, STOP_JOB_EXIT_CODES, ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.status import ConditionType, JobRecord, Phase, VoiceJobStatus
from voicejob_operator.voicejobs.ends import cause_of_end
from voicejob_operator.voicejobs.observed import Cause, JobView, Observation, PodView
from voicejob_operator.voicejobs.scheduler_message import can_never_be_placed

POD_LOST: Final = "PodLost"
"""Reason of an attempt whose pod was gone when the operator looked."""
SIDECAR_PATIENCE: Final = timedelta(seconds=30)
"""How long other containers may keep a pod alive after its worker's end."""
_LEAST_BACK_OFF: Final = timedelta(seconds=10)
"""How long the Job controller waits for the first pod that replaces another."""

_EXIT_CODE: Final = re.compile(r"exit code (\d+)")


@dataclass(frozen=True)
class Situation:
    """An observation, and what has been decided so far."""

    seen: Observation
    status: VoiceJobStatus
    settled: frozenset[str]
    """Names of pods whose end has been dealt with."""

    @property
    def spec(self) -> VoiceJobSpec:
        """The VoiceJob's spec."""
        return self.seen.voicejob.spec

    @property
    def now(self) -> datetime:
        """The time of the observation."""
        return self.seen.now

    # -- the Job ---------------------------------------------------------------------------------

    @property
    def record(self) -> JobRecord | None:
        """The status' entry of the Job that should run the worker; None before the first."""
        return self.status.jobs[-1] if self.status.jobs else None

    @cached_property
    def job(self) -> JobView | None:
        """The Job that should run the worker, if it is there."""
        name = self.record.name if self.record else ""
        return next((job for job in self.seen.jobs if job.name == name), None)

    @property
    def earlier_jobs(self) -> tuple[JobView, ...]:
        """Jobs that are there although another has taken their place."""
        # By their numbers: to an older view of the VoiceJob a newer Job is not an earlier one.
        current = self.record.number if self.record else 0
        return tuple(job for job in self.seen.jobs if number_of(job.name) < current)

    @property
    def next_job_at(self) -> datetime | None:
        """When the newest Job that the status names may be made; None for at once."""
        record = self.record
        if record is None or record.decided_at is None or not record.delay_seconds:
            return None
        return record.decided_at + timedelta(seconds=record.delay_seconds)

    @property
    def end_is_unwitnessed(self) -> bool:
        """Whether the Job is gone or complete, and no pod is left to say what became of it."""
        job = self.job
        is_complete = job is not None and job.complete and self.pod is None
        return is_complete or self.job_is_gone

    @property
    def job_is_gone(self) -> bool:
        """Whether the Job was made, and nothing of it is left to say what became of it."""
        if self.record is None or self.job is not None or self.pod is not None:
            return False
        number, answers = self.record.number, self.seen.answers
        if self.record.uid or answers.job_made >= number:
            return True
        # One that the status named before this process began may have been made, and be lost.
        was_stored = any(stored.number == number for stored in self.seen.voicejob.status.jobs)
        return was_stored and number not in answers.jobs_begun

    @property
    def job_was_seen(self) -> bool:
        """Whether anybody has seen the newest Job: the status has its uid."""
        return self.record is not None and bool(self.record.uid)

    @property
    def outlived_its_job(self) -> bool:
        """Whether the newest Job is gone and its pod is still there."""
        if self.record is None or self.job is not None or self.pod is None:
            return False
        return self.job_was_seen and self.pod.owner == self.record.uid

    @property
    def is_made_from_other_template(self) -> bool:
        """Whether the last attempt's exit code asks for a Job with another template."""
        code = self.pod.exit_code if self.pod else None
        return code in STOP_JOB_EXIT_CODES and code not in FAIL_VOICEJOB_EXIT_CODES

    @property
    def backs_off_in_vain(self) -> bool:
        """Whether the Job is known to wait after an end that was none of the worker's doing."""
        return self._was_just_deleted and self._job_was_looked_at

    @property
    def must_look_at_job(self) -> bool:
        """Whether what follows a deleted pod hangs on what the Job itself says now."""
        return self._was_just_deleted and not self._job_was_looked_at

    @property
    def _job_was_looked_at(self) -> bool:
        return self.pod is not None and self.seen.answers.job_looked_at_for == self.pod.name

    @property
    def _was_just_deleted(self) -> bool:
        """Whether the Job controller waits after an end that was none of the worker's doing.

        A Job that is made anew has a pod at once: the back-off is forgotten with the Job. Late in
        the back-off, or if its beginning is unknown, the next pod may be on its way.
        """
        job, pod = self.job, self.pod
        if job is None or job.giving_up or job.suspended or job.finished or job.deleting:
            return False
        if job.queue:
            return False  # another Job would give its quota back, and stand in line anew
        if pod is None or pod.owner != job.uid or pod.finished_at is None:
            return False
        fresh = self.now - pod.finished_at < _LEAST_BACK_OFF / 2
        return pod.ended and pod.deleting and pod.has_started and fresh

    @cached_property
    def sidecar(self) -> PodView | None:
        """A pod that other containers have kept alive for too long after its worker's end."""
        for pod in self.seen.pods:
            since = self.seen.overdue_since.get(pod.uid)
            patience_is_over = since is not None and self.now - since >= SIDECAR_PATIENCE
            if pod.kept_alive_by and not pod.deleting and patience_is_over:
                return pod
        return None

    @property
    def old_pod(self) -> PodView | None:
        """A pod of an earlier Job whose worker still runs: two must not share a checkpoint."""
        current = self.job.uid if self.job else ""
        running = (pod for pod in self.seen.pods if pod.is_running and pod.owner != current)
        return next(running, None)

    @property
    def node_is_lost(self) -> bool:
        """Whether the pod's node no longer ends it: its Job would wait for it for ever."""
        return self.pod is not None and self.pod.is_lost

    # -- the pod ---------------------------------------------------------------------------------

    @cached_property
    def pod(self) -> PodView | None:
        """The pod to deal with: the oldest end that has not been, else the newest pod."""
        open_pods = [pod for pod in self.seen.pods if pod.name not in self.settled]
        newest = open_pods[-1] if open_pods else None
        return next((pod for pod in open_pods if pod.ended), newest)

    @cached_property
    def report(self) -> WorkerReport | None:
        """The newest word from this pod; without one, from the last attempt's, if it is there.

        An older pod, which the Job has kept, would put back what the last attempt has told.
        """
        last = self.status.attempts[-1].pod if self.status.attempts else ""
        of_last = next((pod for pod in self.seen.pods if pod.name == last), None)
        pod = self.pod or of_last
        stored = self.seen.answers.result.report if self.seen.answers.result else None
        if pod is None:
            return stored
        told = self.seen.report_of(pod)
        # A termination message may be lost or cut; the store keeps a copy of a good end.
        is_lost = self.ended_well and (told is None or told.audio is None)
        return (stored or told) if is_lost else told

    @property
    def can_never_be_placed(self) -> bool:
        """Whether the scheduler names something that no capacity would mend."""
        return self.pod is not None and can_never_be_placed(self.pod.unschedulable)

    # -- how an attempt ended --------------------------------------------------------------------

    @property
    def ended_well(self) -> bool:
        """Whether the worker ended with its audio stored."""
        pod = self.pod
        return pod is not None and pod.ended and pod.exit_code == ExitCode.DONE

    @property
    def last_word_is_unknown(self) -> bool:
        """Whether the work is done, and neither the pod nor the store has told of its audio yet."""
        if not self.ended_well or (self.report is not None and self.report.audio is not None):
            return False
        result = self.seen.answers.result
        return result is None or result.trouble is not None

    @property
    def ended_badly(self) -> bool:
        """Whether the pod ended, was lost, or was deleted, without audio."""
        pod = self.pod
        return pod is not None and pod.ended and pod.exit_code != ExitCode.DONE

    @property
    def ended_for_good(self) -> bool:
        """Whether the exit code says that another attempt would end the same way."""
        code = self.pod.exit_code if self.pod else None
        return self.ended_badly and code in FAIL_VOICEJOB_EXIT_CODES

    def why_ended(self) -> Cause:
        """Why the current pod ended."""
        return cause_of_end(self.pod) if self.pod else Cause(POD_LOST, "The worker pod is gone")

    @property
    def retry_is_left(self) -> bool:
        """Whether one of ``spec.retries`` is not used up."""
        return self.status.retries_used < self.spec.retries

    @property
    def retries_left(self) -> bool:
        """Whether another attempt may follow the one that ended."""
        uses = self.pod is not None and self.pod.uses_a_retry
        return not uses or self.retry_is_left

    @property
    def job_may_be_replaced(self) -> bool:
        """Whether the Job ended without an end of the VoiceJob: it may be made anew.

        The Job controller also counts ends that use up no retry, so it may give up too early.
        """
        job = self.job
        if job is None or job.deleting or job.failure is None or self.pod is not None:
            return False
        if job.counted_out and self._end_was_seen:
            return self.status.retries_used + self._unseen_ends(job) <= self.spec.retries
        return job.stopped_by_exit_code and self.policy_exit_code not in FAIL_VOICEJOB_EXIT_CODES

    def _unseen_ends(self, job: JobView) -> int:
        """How many of the Job's pods have failed without anybody having seen it."""
        listed = self.status.attempts
        of_job = [attempt for attempt in listed if attempt.pod.startswith(f"{job.name}-")]
        seen = sum(attempt.outcome in ("Failed", "Stopped") for attempt in of_job)
        if len(of_job) == len(listed):
            # Older ones that are not listed any more may be this Job's, too: none was unseen.
            seen += max(self.status.attempts_total - len(listed), 0)
        return max(job.failed_pods - seen, 0)

    @property
    def policy_exit_code(self) -> int | None:
        """The exit code in the Job controller's words, if it is what ended the Job."""
        failure = self.job.failure if self.job else None
        found = _EXIT_CODE.search(failure.message) if failure else None
        return int(found.group(1)) if found else None

    @property
    def _end_was_seen(self) -> bool:
        """Whether the newest attempt's pod has shown how it ended: its retries are counted."""
        newest = self.status.attempts[-1] if self.status.attempts else None
        if newest is None or newest.reason == POD_LOST:
            return False
        return newest.outcome in ("Stopped", "Failed")

    # -- what was told --------------------------------------------------------------------------

    @property
    def told_of_queue(self) -> Cause | None:
        """What the status that is stored tells of its wait in phase Queued."""
        status = self.seen.voicejob.status
        if status.phase is not Phase.QUEUED:
            return None
        queued = (each for each in status.conditions if each.type == ConditionType.QUEUED)
        return next((Cause(each.reason, each.message) for each in queued), None)

    # -- deadlines -------------------------------------------------------------------------------

    def queue_deadline(self) -> datetime:
        """When waiting in phase Queued ends."""
        seconds = self.spec.deadlines.queue_seconds or self.seen.settings.deadlines.queue_seconds
        return self.queued_since + timedelta(seconds=seconds)

    def start_deadline(self) -> datetime | None:
        """When starting ends; None while the pod waits for a node that may come."""
        seconds = self.spec.deadlines.start_seconds or self.seen.settings.deadlines.start_seconds
        pod = self.pod
        if pod is not None and pod.scheduled_at is not None:
            return pod.scheduled_at + timedelta(seconds=seconds)
        if pod is not None and self.can_never_be_placed:
            return pod.created_at + timedelta(seconds=seconds)
        return None

    def active_deadline(self) -> datetime | None:
        """When working ends; None before the first worker started."""
        start = self.status.start_time
        if start is None:
            return None
        return start + timedelta(seconds=self.active_limit - (self.status.active_seconds or 0))

    @property
    def active_limit(self) -> int:
        """Seconds of work in all that are allowed."""
        return self.spec.deadlines.active_seconds or self.seen.settings.deadlines.active_seconds

    @property
    def queued_since(self) -> datetime:
        """Since when it waits. An end before any worker ran does not start the wait anew."""
        created = self.seen.voicejob.metadata.creation_timestamp
        return self.status.queue_time or created or self.now


def number_of(job_name: str) -> int:
    """The number that a Job's name ends in; 0 if it has none."""
    number = job_name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0

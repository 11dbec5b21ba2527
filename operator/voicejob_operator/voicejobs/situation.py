"""An observation read with the phase in mind: the pod that matters now, and what it says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from voicejob_api.exit_codes import FAIL_VOICEJOB_EXIT_CODES, ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.status import VoiceJobStatus
from voicejob_operator.voicejobs.observed import Observation, PodView, Trouble
from voicejob_operator.voicejobs.scheduler_message import waits_for_capacity

Cause = Trouble
"""Why a VoiceJob stands where it does: a CamelCase reason and a sentence."""

_NO_REASONS = ("", "Error", "Completed", "ContainerStatusUnknown")
"""Reasons of the kubelet's that say no more than the exit code."""
POD_LOST: Final = "PodLost"
"""Reason of an attempt whose pod was gone when the operator looked."""
_WAITING_REASONS = {
    "ContainerCreating": "The kubelet prepares the worker's container",
    "PodInitializing": "The kubelet prepares the worker's container",
}


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
        return None if pod is None else self.seen.report_of(pod)

    @property
    def unplaceable(self) -> bool:
        """Whether no node of the cluster could take the pod, however empty."""
        pod = self.pod
        if pod is None or not pod.unschedulable:
            return False
        return not waits_for_capacity(pod.unschedulable)

    # -- why it stands where it does ---------------------------------------------------------

    def why_waiting(self) -> Cause:
        """What an unscheduled pod waits for, or why there is no pod."""
        if self.pod is not None and self.pod.unschedulable:
            return Cause("Unschedulable", self.pod.unschedulable)
        if self.pod is None and self.seen.trouble is not None:
            return self.seen.trouble
        if self.pod is None:
            return Cause("WaitingForPod", "The Job controller has not made the pod yet")
        return Cause("WaitingForNode", "The scheduler looks for a node")

    def why_starting(self) -> Cause:
        """What a scheduled pod waits for, in the kubelet's words."""
        if self.seen.trouble is not None:
            return self.seen.trouble
        waiting = self.pod.waiting if self.pod else None
        if waiting is None or waiting.reason in _WAITING_REASONS:
            return Cause("ContainerCreating", _WAITING_REASONS["ContainerCreating"])
        return Cause(waiting.reason, waiting.message or waiting.reason)

    def why_not_started(self) -> Cause:
        """What keeps the worker from starting: the scheduler's or the kubelet's own reason."""
        placed = self.pod is not None and self.pod.scheduled_at is not None
        return self.why_starting() if placed else self.why_waiting()

    # -- how an attempt ended ----------------------------------------------------------------

    @property
    def ended_well(self) -> bool:
        """Whether the worker ended with its audio stored."""
        pod = self.pod
        return pod is not None and pod.ended and pod.exit_code == ExitCode.DONE

    @property
    def ended_badly(self) -> bool:
        """Whether the pod ended, was lost, or was deleted, without audio."""
        pod = self.pod
        return pod is not None and pod.ended and pod.exit_code != ExitCode.DONE

    @property
    def end_was_seen(self) -> bool:
        """Whether the newest attempt's pod has shown how it ended: its retries are counted."""
        newest = self.status.attempts[-1] if self.status.attempts else None
        if newest is None or newest.reason == POD_LOST:
            return False
        return newest.outcome in ("Stopped", "Failed")

    @property
    def ended_for_good(self) -> bool:
        """Whether the exit code says that another attempt would end the same way."""
        pod = self.pod
        return self.ended_badly and pod is not None and pod.exit_code in FAIL_VOICEJOB_EXIT_CODES

    def why_ended(self) -> Cause:
        """Why the current pod ended."""
        return cause_of_end(self.pod) if self.pod else Cause(POD_LOST, "The worker pod is gone")

    @property
    def retries_left(self) -> bool:
        """Whether another attempt may follow the one that ended."""
        uses = self.pod is not None and self.pod.uses_a_retry
        return not uses or self.status.retries_used < self.spec.retries

    # -- deadlines ---------------------------------------------------------------------------

    def queue_deadline(self) -> datetime:
        """When waiting in phase Queued ends."""
        seconds = self.spec.deadlines.queue_seconds or self.seen.settings.deadlines.queue_seconds
        return self._queued_since() + timedelta(seconds=seconds)

    def start_deadline(self) -> datetime | None:
        """When starting ends; None while the pod waits for capacity only."""
        seconds = self.spec.deadlines.start_seconds or self.seen.settings.deadlines.start_seconds
        since = self._starting_since()
        return since + timedelta(seconds=seconds) if since else None

    def active_deadline(self) -> datetime | None:
        """When working ends; None before the first worker started."""
        seconds = self.spec.deadlines.active_seconds or self.seen.settings.deadlines.active_seconds
        start = self.status.start_time
        return start + timedelta(seconds=seconds) if start else None

    def _queued_since(self) -> datetime:
        ends = [attempt.finished_at for attempt in self.status.attempts if attempt.finished_at]
        for condition in self.status.conditions:
            if condition.type == "Queued" and condition.status == "True":
                return max([condition.last_transition_time, *ends])
        if self.status.conditions:
            return self.now
        return self.seen.voicejob.metadata.creation_timestamp or self.now

    def _starting_since(self) -> datetime | None:
        pod = self.pod
        if pod is not None and pod.scheduled_at is not None:
            return pod.scheduled_at
        if self.unplaceable and pod is not None:
            return pod.created_at
        if pod is None and self.seen.trouble is not None:
            return self._queued_since()
        return None


def cause_of_end(pod: PodView) -> Cause:
    """The worker's own reason for its end, else the kubelet's, else the exit code's."""
    if pod.report is not None and pod.report.reason:
        return Cause(pod.report.reason, pod.report.message)
    if pod.end is not None and pod.end.reason not in _NO_REASONS:
        return Cause(pod.end.reason, pod.end.message or f"The worker ended: {pod.end.reason}")
    if pod.deleting:
        when = (
            "and its worker left no last word" if pod.has_started else "before its worker started"
        )
        return Cause("PodDeleted", f"The pod was deleted {when}")
    if pod.exit_code in set(ExitCode):
        code = ExitCode(pod.exit_code)
        return Cause(code.reason, f"The worker ended with exit code {code.value}")
    return Cause("WorkerDied", f"The worker ended with exit code {pod.exit_code}")

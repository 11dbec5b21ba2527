"""Puts an observation together from the caches, and knows which VoiceJob a Job or pod is of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from voicejob_api.status import Phase
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.fences import secret_to_look_up, violation
from voicejob_operator.manifests.names import grants_name, job_file_name
from voicejob_operator.manifests.placement.devices import UNKNOWN, Cluster
from voicejob_operator.manifests.placement.node_choice import choice_of
from voicejob_operator.manifests.pod_defaults import own_fields, with_defaults
from voicejob_operator.runtime.cache import ObjectCache
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.tally import NOTHING, Used
from voicejob_operator.voicejobs.memory import Memories, Memory
from voicejob_operator.voicejobs.observed import (
    Answers,
    Cause,
    JobView,
    Observation,
    PodView,
)
from voicejob_operator.voicejobs.views import VoiceJobView

Key = tuple[str, str]
"""Namespace and name of a VoiceJob."""
NOT_ALLOWED: Final = "NotAllowed"
_DEPARTED_KEPT: Final = 32
"""Pods of one VoiceJob that had ended when they went: retries, and what others have deleted."""


class ToldWarning(Protocol):
    """A Warning event."""

    @property
    def reason(self) -> str:
        """Why, as one CamelCase word."""

    @property
    def message(self) -> str:
        """Why, for people."""

    @property
    def time(self) -> datetime:
        """When it happened last."""


class Warnings(Protocol):
    """The newest Warning event about an object, by its uid."""

    def newest(self, uid: str) -> ToldWarning | None:
        """Return it, or None."""


@dataclass
class Sight:
    """Everything that is known of VoiceJobs, their Jobs and their pods."""

    settings: OperatorSettings
    warnings: Warnings
    credentials_id: str = ""
    """The store credentials in use now; grants signed with others are renewed."""
    voicejobs: ObjectCache[VoiceJobView] = field(default_factory=ObjectCache)
    jobs: ObjectCache[JobView] = field(default_factory=ObjectCache)
    pods: ObjectCache[PodView] = field(default_factory=ObjectCache)
    memories: Memories = field(default_factory=Memories)
    cluster: Callable[[], Cluster] = lambda: UNKNOWN
    """What the cluster has to give GPUs with."""
    words_of_queue: Callable[[str], Cause | None] = lambda _: None
    """What a queue says of the Job of that uid."""
    has_active_workload: Callable[[str], bool] = lambda _: False
    """Whether a queue may run the Job of that uid, or does."""
    store_used: Callable[[str], Used] = lambda _: NOTHING
    """What a namespace has in the operator's store."""
    observed_mib: Callable[[VoiceJob], int | None] = lambda _: None
    """Memory of a GPU that earlier VoiceJobs like this one have needed."""
    server_time: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The API server's time of day, which objects are stamped with."""

    def now(self) -> datetime:
        """The API server's time, in whole seconds as objects have it."""
        return self.server_time().replace(microsecond=0)

    def voicejob_of(self, pod: PodView) -> VoiceJobView | None:
        """The VoiceJob of the pod's Job, or the one whose status names that Job if it is gone."""
        job = self.jobs.by_uid(pod.owner)
        if job is not None:
            view = self.voicejobs.by_uid(job.owner)
            return view if view is not None and view.namespace == pod.namespace else None
        view = self.voicejobs.by_name(pod.namespace, pod.voicejob_name)
        return view if view is not None and pod.owner in view.job_uids else None

    def has_job_of(self, pod: PodView) -> bool:
        """Whether the pod is of a Job that is known; a label alone, anybody can write."""
        job = self.jobs.by_uid(pod.owner)
        if job is not None:
            return job.namespace == pod.namespace
        return self.voicejob_of(pod) is not None

    def observe(self, voicejob: VoiceJob) -> Observation:
        """Look at one VoiceJob."""
        metadata = voicejob.metadata
        memory = self.memories.of(metadata.uid)
        jobs = self.jobs_of(metadata.uid, metadata.namespace)
        pods = self.pods_of(voicejob, jobs)
        uids = (*(job.uid for job in jobs), *(pod.uid for pod in pods))
        told = {uid: warning for uid in uids if (warning := self.warnings.newest(uid))}
        now = self.now()
        _note_overdue(pods, memory, now)
        return Observation(
            voicejob=voicejob,
            jobs=jobs,
            pods=pods,
            now=now,
            settings=self.settings,
            report=memory.report,
            reported_by=memory.reported_by,
            progressed_at=memory.progressed_at,
            unreachable_since=memory.unreachable_since,
            warnings={uid: Cause(each.reason, each.message) for uid, each in told.items()},
            not_allowed=self._not_allowed(voicejob, memory),
            secret_to_look_at=self._secret_to_look_at(voicejob, memory),
            cluster=self.cluster_for(voicejob),
            queue_words={job.uid: words for job in jobs if (words := self.words_of_queue(job.uid))},
            active_workloads=frozenset(
                job.uid for job in jobs if self.has_active_workload(job.uid)
            ),
            store_used=self.store_used(metadata.namespace),
            observed_mib=self.observed_mib(voicejob),
            answers=self._answers(voicejob, memory, tuple(told.values())),
            overdue_since=dict(memory.overdue_since),
        )

    def cluster_for(self, voicejob: VoiceJob) -> Cluster:
        """What there is to give it a GPU with, on the nodes that it may be placed on."""
        wanted = with_defaults(own_fields(voicejob.spec), self.settings.worker.pod)
        return self.cluster().chosen_by(choice_of(wanted))

    def jobs_of(self, uid: str, namespace: str) -> tuple[JobView, ...]:
        """The Jobs whose controller is the VoiceJob of that uid, in its own namespace."""
        return tuple(job for job in self.jobs.owned_by(uid) if job.namespace == namespace)

    def pods_of(self, voicejob: VoiceJob, jobs: tuple[JobView, ...]) -> tuple[PodView, ...]:
        """The pods whose controller is one of the Jobs, or one that the status names, by uid."""
        namespace = voicejob.metadata.namespace
        owners = {job.uid for job in jobs} | {record.uid for record in voicejob.status.jobs}
        pods = [
            pod
            for owner in owners - {""}
            for pod in self.pods.owned_by(owner)
            if pod.namespace == namespace
        ]
        there = {pod.uid for pod in pods}
        departed = self.memories.of(voicejob.metadata.uid).departed.values()
        pods += [pod for pod in departed if pod.owner in owners and pod.uid not in there]
        return tuple(sorted(pods, key=lambda pod: (pod.created_at, pod.name)))

    def depart(self, pod: PodView) -> None:
        """Keep a pod that had ended when it went: nobody else can tell how any more."""
        view = self.voicejob_of(pod)
        if view is None:
            # A Job that went before any status named it: its pod is looked at by its owner's uid.
            view = self.voicejobs.by_name(pod.namespace, pod.voicejob_name)
            if view is None or view.job_uids:
                return
        if pod.ended and not view.phase.is_final:
            departed = self.memories.of(view.uid).departed
            departed[pod.uid] = pod
            while len(departed) > _DEPARTED_KEPT:
                del departed[next(iter(departed))]

    def knows(self, uid: str) -> bool:
        """Whether there is a Job or a pod of a VoiceJob with that uid."""
        return self.jobs.by_uid(uid) is not None or self.pods.by_uid(uid) is not None

    def has_voicejob(self, namespace: str, name: str, uid_start: str) -> bool:
        """Whether a VoiceJob of that name, and of a uid that begins so, is there, read or not."""
        view = self.voicejobs.by_name(namespace, name)
        if view is not None and view.uid.startswith(uid_start):
            return True
        unread = self.voicejobs.unread_uid(namespace, name)
        return bool(unread) and unread.startswith(uid_start)

    def is_unfinished(self, uid: str) -> bool:
        """Whether a VoiceJob of that uid is there and has not ended, or cannot be read."""
        view = self.voicejobs.by_uid(uid)
        if view is None:
            return self.voicejobs.is_unread(uid)
        return not view.phase.is_final

    def unfinished(self) -> Iterator[VoiceJobView]:
        """Every VoiceJob that has not ended, those that cannot be read included."""
        return (view for view in self.voicejobs if not view.phase.is_final)

    def _secret_to_look_at(self, voicejob: VoiceJob, memory: Memory) -> str:
        decided = voicejob.status.phase is not Phase.PENDING
        if decided or memory.answers.text_secret_labels is not None:
            return ""
        return secret_to_look_up(voicejob, self.settings.allowed) or ""

    def _not_allowed(self, voicejob: VoiceJob, memory: Memory) -> Cause | None:
        if voicejob.status.phase is not Phase.PENDING:
            return None
        if self._secret_to_look_at(voicejob, memory):
            return None
        labels = memory.answers.text_secret_labels
        found = violation(voicejob, self.settings.allowed, labels)
        return None if found is None else Cause(NOT_ALLOWED, str(found))

    def _answers(
        self, voicejob: VoiceJob, memory: Memory, told: tuple[ToldWarning, ...]
    ) -> Answers:
        """The answers so far, and whether the Secrets are there as far as anybody says."""
        until = memory.granted_until
        good = until is not None and datetime.now(UTC) < until
        renewed = good and memory.granted_by == self.credentials_id
        now = self.now()
        ungranted = memory.grants.hear(_missed_at(grants_name(voicejob), told), now)
        missing = memory.job_file.hear(_missed_at(job_file_name(voicejob), told), now)
        return replace(
            memory.answers, grants_good=renewed and not ungranted, job_file_missing=missing
        )

    def missed_at(self, secret: str, voicejob: VoiceJob) -> datetime | None:
        """When a kubelet has last said that it does not find this Secret, by its own clock."""
        metadata = voicejob.metadata
        pods = self.pods_of(voicejob, self.jobs_of(metadata.uid, metadata.namespace))
        found = (self.warnings.newest(pod.uid) for pod in pods)
        return _missed_at(secret, tuple(warning for warning in found if warning is not None))


def _note_overdue(pods: tuple[PodView, ...], memory: Memory, now: datetime) -> None:
    """Note since when a pod is there that should not be, and forget one that is as it should."""
    overdue = {pod.uid for pod in pods if pod.kept_alive_by or (pod.deleting and pod.is_running)}
    since = memory.overdue_since
    memory.overdue_since = {uid: since.get(uid, now) for uid in overdue}


def _missed_at(secret: str, told: tuple[ToldWarning, ...]) -> datetime | None:
    missed = (each for each in told if "not found" in each.message and secret in each.message)
    return max((each.time for each in missed), default=None)

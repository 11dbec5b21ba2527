"""What the operator sees of the cluster: frozen views of Jobs and pods, and an observation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from pydantic import ValidationError

from voicejob_api.exit_codes import UNCOUNTED_EXIT_CODES
from voicejob_api.report import WorkerReport
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.placement.devices import UNKNOWN, Cluster
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.tally import NOTHING, Used


@lru_cache(maxsize=128)
def _final_report(message: str) -> WorkerReport | None:
    try:
        return WorkerReport.model_validate_json(message) if message.startswith("{") else None
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is as it is: a CamelCase reason and a sentence, often somebody else's words."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A batch/v1 Job of a VoiceJob."""

    name: str
    uid: str
    namespace: str = ""
    owner: str = ""
    """The uid of its controller, the VoiceJob."""
    owner_name: str = ""
    """The name of its controller."""
    version: int = 0
    """Its resourceVersion."""
    suspended: bool = False
    queue: str = ""
    """The LocalQueue of Kueue's that its label names, whoever wrote it."""
    asked_suspended: bool = False
    """What the operator asked for when it last wrote ``suspend``; somebody else may differ."""
    complete: bool = False
    failed_pods: int = 0
    """How many of its pods the Job controller has counted as failed."""
    failure: Cause | None = None
    giving_up: bool = False
    """The Job controller has decided that it failed, and ends what is left of it."""
    deleting: bool = False

    @property
    def finished(self) -> bool:
        """Whether the Job controller is done with it."""
        return self.complete or self.failure is not None

    @property
    def counted_out(self) -> bool:
        """Whether the Job controller gave up because it counted too many failed pods."""
        return self.failure is not None and self.failure.reason == "BackoffLimitExceeded"

    @property
    def stopped_by_exit_code(self) -> bool:
        """Whether an exit code ended it (the pod failure policy's action FailJob)."""
        return self.failure is not None and self.failure.reason == "PodFailurePolicy"


@dataclass(frozen=True, slots=True)
class PodView:
    """A worker pod."""

    name: str
    uid: str
    namespace: str
    created_at: datetime
    owner: str = ""
    """The uid of its controller, the Job that made it."""
    voicejob_name: str = ""
    """The VoiceJob's name by the pod's label: whom to wake, never whom to believe."""
    version: int = 0
    """Its resourceVersion."""
    ip: str = ""
    scheduler: str = ""
    """Whose turn it is to give it a node; a webhook may have chosen another than the VoiceJob."""
    node: str = ""
    scheduled_at: datetime | None = None
    unschedulable: str = ""
    """The scheduler's message while it finds no node."""
    waiting: Cause | None = None
    """The kubelet's reason while the container waits."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    ended: bool = False
    """The worker's container has ended, or the pod has."""
    kept_alive_by: tuple[str, ...] = ()
    """Containers that still run although the worker's has ended."""
    exit_code: int | None = None
    end: Cause | None = None
    """The kubelet's own reason for the end, such as OOMKilled or Evicted."""
    disrupted: bool = False
    """Ended by a drain, a preemption or another disruption, which uses up no retry."""
    is_lost: bool = False
    """Its node no longer ends it."""
    deletion_grace: timedelta = timedelta(0)
    """How long its node may take to end it once it is deleted."""
    deleting: bool = False
    """Deleted: by a person, a drain, the scheduler for a higher priority, or with its Job."""
    termination_message: str = field(default="", repr=False)
    """What the worker left for the kubelet; kept as it is, for a model of it takes 10 KiB."""

    @property
    def report(self) -> WorkerReport | None:
        """The worker's final word, if it left one that can be read."""
        return _final_report(self.termination_message)

    @property
    def has_started(self) -> bool:
        """Whether the worker's process ever ran."""
        return self.started_at is not None

    @property
    def is_running(self) -> bool:
        """Whether the worker's process runs now."""
        return self.has_started and not self.ended

    @property
    def uses_a_retry(self) -> bool:
        """Whether an end like this one counts against ``spec.retries``: the worker's own doing."""
        stopped = self.disrupted or self.deleting or self.exit_code in UNCOUNTED_EXIT_CODES
        return self.has_started and not stopped


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What the store answered to the question for the last word of an attempt."""

    report: WorkerReport | None = None
    """The word; None if the store has none."""
    trouble: Cause | None = None
    """Why the store did not answer; asked again later."""


@dataclass(frozen=True)
class Answers:
    """What the API server and the store have answered to this process' effects so far."""

    refusal: Cause | None = None
    """The API server refuses the first Job for good."""
    hindrance: Cause | None = None
    """What forbids one of the objects for now: a quota, a policy, a webhook that is away."""
    hindered: str = ""
    """The effect that is forbidden."""
    job_made: int = 0
    """Number of the Job that this process has made, or found there."""
    jobs_begun: frozenset[int] = frozenset()
    """Numbers that this process has decided on: no other can have made these Jobs and lost them."""
    text_secret_labels: Mapping[str, str] | None = None
    """Labels of the Secret that is to be spoken; None if they were not read."""
    job_looked_at_for: str = ""
    """Name of the deleted pod after whose end the Job itself was read."""
    job_file_missing: bool = False
    """The kubelet does not find the Secret with the job file."""
    grants_good: bool = False
    """The Secret holds grants that are good for a while."""
    result: StoredResult | None = None
    """The store's answer; None if it was not asked."""
    capability_made: bool = False
    """The Secret that opens the audio was written."""
    capability_due: bool = False
    """It could not be, the end was told without it, and it is tried again."""
    secrets_deleted: bool = False
    checkpoint_deleted: bool = False


@dataclass(frozen=True)
class Observation:
    """All that one decision is made from."""

    voicejob: VoiceJob
    jobs: tuple[JobView, ...]
    """Its Jobs that are there."""
    pods: tuple[PodView, ...]
    """Pods of all its Jobs, oldest first."""
    now: datetime
    settings: OperatorSettings
    report: WorkerReport | None = None
    """The newest word of the running worker, if it was reached."""
    reported_by: str = ""
    """Name of the pod that ``report`` is from."""
    progressed_at: datetime | None = None
    """When the running worker's progress last changed, as far as this process knows."""
    unreachable_since: datetime | None = None
    """Since when the running worker has not answered."""
    warnings: Mapping[str, Cause] = field(default_factory=dict)
    """The newest Warning event about a Job or pod, by its uid."""
    not_allowed: Cause | None = None
    """What the platform does not allow this VoiceJob to ask for."""
    secret_to_look_at: str = ""
    """The Secret whose labels decide whether the VoiceJob is allowed, until they are known."""
    cluster: Cluster = UNKNOWN
    """What the cluster has to give GPUs with."""
    queue_words: Mapping[str, Cause] = field(default_factory=dict)
    """What a queue says of a Job that waits in it, by the Job's uid."""
    active_workloads: frozenset[str] = frozenset()
    """uids of the Jobs that a queue may run, or does."""
    store_used: Used = NOTHING
    """What its namespace has in the operator's store."""
    observed_mib: int | None = None
    """Memory of a GPU that earlier VoiceJobs of this kind have needed."""
    answers: Answers = Answers()
    overdue_since: Mapping[str, datetime] = field(default_factory=dict)
    """When this process first saw a pod whose worker has ended and that others keep, or that is
    deleted and still runs, by the pod's uid: no patience is counted by a node's clock."""

    def report_of(self, worker: PodView) -> WorkerReport | None:
        """The newest word of the worker in that pod: its termination message, else its answer."""
        if worker.report is not None:
            return worker.report
        return self.report if self.reported_by == worker.name else None

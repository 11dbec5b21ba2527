"""A small world for decisions: one VoiceJob, its Job and its pods, and a clock that tests turn."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voicejob_api.report import WorkerReport
from voicejob_api.status import (
    AudioResult,
    Performance,
    Phase,
    Progress,
    Stage,
    VoiceJobStatus,
)
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.names import job_name
from voicejob_operator.manifests.placement.devices import UNKNOWN, Cluster
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.tally import NOTHING, Used
from voicejob_operator.voicejobs.decide import Decision, decide
from voicejob_operator.voicejobs.effects import (
    DeleteJob,
    Effect,
    EnsureGrants,
    EnsureJob,
    LookAtJob,
    ReadResult,
    SuspendJob,
)
from voicejob_operator.voicejobs.observed import (
    Answers,
    Cause,
    JobView,
    Observation,
    PodView,
    StoredResult,
)

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FULL = (
    "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, "
    "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
)
NEVER = (
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new "
    "claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for "
    "scheduling."
)


def done_report(**changes: Any) -> WorkerReport:
    audio = AudioResult(
        uri="s3://voicejob/audio/default/hello/1/hello.wav",
        sha256="0" * 64,
        size_bytes=1000,
        format="wav",
        sample_rate=22050,
        duration_seconds=3.2,
        duration="3.2s",
    )
    return WorkerReport(
        stage=Stage.ENDED,
        progress=Progress(percent=100, chunks_done=3, chunks_total=3, summary="100%"),
        performance=Performance(real_time_factor=0.05, synthesis_seconds=0.2),
        audio=audio,
        exit_code=0,
        reason="Completed",
        **changes,
    )


@dataclass
class World:
    """What the cluster shows of one VoiceJob, and what its operator remembers."""

    spec: dict[str, Any] = field(default_factory=lambda: {"text": "hello"})
    metadata: dict[str, Any] = field(default_factory=dict)
    """What the VoiceJob's metadata has besides."""
    status: VoiceJobStatus = field(default_factory=VoiceJobStatus)
    jobs: list[JobView] = field(default_factory=list)
    pods: list[PodView] = field(default_factory=list)
    now: datetime = START
    settings: OperatorSettings = field(default_factory=OperatorSettings)
    warnings: dict[str, Cause] = field(default_factory=dict)
    not_allowed: Cause | None = None
    answers: Answers = field(default_factory=lambda: Answers(grants_good=True))
    report: WorkerReport | None = None
    reported_by: str | None = None
    progressed_at: datetime | None = None
    unreachable_since: datetime | None = None
    result: WorkerReport | None = None
    """What the store holds."""
    cluster: Cluster = UNKNOWN
    queue_words: dict[str, Cause] = field(default_factory=dict)
    active_workloads: frozenset[str] = frozenset()
    observed_mib: int | None = None
    store_used: Used = NOTHING
    generation: int = 1
    overdue: dict[str, datetime] = field(default_factory=dict)
    jobs_made: int = 0
    pods_made: int = 0
    history: list[Phase] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    @property
    def job(self) -> JobView | None:
        """The newest Job that is there."""
        return self.jobs[-1] if self.jobs else None

    def change_job(self, **facts: Any) -> "World":
        self.jobs[-1] = replace(self.jobs[-1], **facts)
        return self

    def voicejob(self) -> VoiceJob:
        return VoiceJob.model_validate(
            {
                "metadata": {
                    "name": "hello",
                    "namespace": "default",
                    "uid": "11111111-2222",
                    "generation": self.generation,
                    "creationTimestamp": START,
                    **self.metadata,
                },
                "spec": self.spec,
                "status": self.status.to_manifest(),
            }
        )

    def observe(self) -> Observation:
        by = self.pods[-1].name if self.pods and self.reported_by is None else self.reported_by
        return Observation(
            voicejob=self.voicejob(),
            jobs=tuple(self.jobs),
            pods=tuple(self.pods),
            now=self.now,
            settings=self.settings,
            report=self.report,
            reported_by=by or "",
            progressed_at=self.progressed_at,
            unreachable_since=self.unreachable_since,
            warnings=self.warnings,
            not_allowed=self.not_allowed,
            cluster=self.cluster,
            queue_words=self.queue_words,
            active_workloads=self.active_workloads,
            observed_mib=self.observed_mib,
            store_used=self.store_used,
            answers=self.answers,
            overdue_since=self._overdue_since(),
        )

    def _overdue_since(self) -> dict[str, datetime]:
        """As this process has seen it, whatever the nodes' clocks say."""
        overdue = [p for p in self.pods if p.kept_alive_by or (p.deleting and p.is_running)]
        self.overdue = {pod.uid: self.overdue.get(pod.uid, self.now) for pod in overdue}
        return self.overdue

    def step(self) -> Decision:
        """Decide, and store the status as the API server would."""
        decision = decide(self.observe())
        self.begin(decision)
        self.store(decision)
        return decision

    def begin(self, decision: Decision) -> None:
        """Remember the Jobs that were decided on, as the reconciler does."""
        stored = {record.number for record in self.status.jobs}
        begun = {record.number for record in decision.status.jobs} - stored
        if begun - self.answers.jobs_begun:
            self.answers = replace(
                self.answers, jobs_begun=self.answers.jobs_begun | begun, result=None
            )

    def store(self, decision: Decision) -> None:
        """Store the status; then its events are told."""
        if decision.status == self.status and self.status.conditions:
            return
        self.status = decision.status
        self.events += [announcement.reason for announcement in decision.announcements]
        if not self.history or self.history[-1] != decision.status.phase:
            self.history.append(decision.status.phase)

    def carry_out(self, effect: Effect) -> None:
        """Do to the cluster what an effect asks for."""
        match effect:
            case EnsureJob(number):
                name = self.status.jobs[-1].name if self.status.jobs else "hello-1"
                if all(job.name != name for job in self.jobs):
                    self.make_job()
                self.answers = replace(self.answers, job_made=number)
            case DeleteJob(_, uid):
                self.jobs = [job for job in self.jobs if job.uid != uid]
            case SuspendJob(_, suspended):
                self.change_job(suspended=suspended, asked_suspended=suspended)
            case LookAtJob(_, pod):
                self.answers = replace(self.answers, job_looked_at_for=pod)
            case ReadResult():
                self.answers = replace(self.answers, result=StoredResult(self.result))
            case EnsureGrants():
                self.answers = replace(self.answers, grants_good=True)

    def settle(self) -> Decision:
        """Decide and do what is asked for, until nothing is."""
        for _ in range(20):
            decision = self.step()
            for effect in decision.effects:
                self.carry_out(effect)
            if not decision.effects:
                break
        return decision

    def wait(self, seconds: float) -> "World":
        self.now += timedelta(seconds=seconds)
        return self

    def make_job(self) -> "World":
        """The Job that the status names; before it names one, the first."""
        self.jobs_made += 1
        name = self.status.jobs[-1].name if self.status.jobs else job_name(self.voicejob(), 1)
        self.jobs.append(JobView(name=name, uid=f"job-{self.jobs_made}"))
        return self

    def make_pod(self) -> "World":
        self.pods_made += 1
        number = self.pods_made
        owner, job = (self.job.uid, self.job.name) if self.job else ("", "hello-1")
        pod = PodView(f"{job}-0-{number}", f"pod-{number}", "default", self.now, owner=owner)
        self.pods.append(pod)
        return self

    def change_pod(self, **facts: Any) -> "World":
        self.pods[-1] = replace(self.pods[-1], **facts)
        return self

    def schedule(self) -> "World":
        return self.change_pod(node="node-1", scheduled_at=self.now, unschedulable="")

    def start(self) -> "World":
        return self.change_pod(started_at=self.now, ip="10.0.0.1")

    def end(self, code: int, **facts: Any) -> "World":
        report = facts.pop("report", done_report() if code == 0 else None)
        told = report.termination_message().decode() if report is not None else ""
        facts = {"termination_message": told, "finished_at": self.now, **facts}
        return self.change_pod(ended=True, exit_code=code, **facts)

    def run_to_running(self) -> "World":
        self.step()
        self.make_job().make_pod().schedule().start().step()
        return self


def asking(world, known, **gpu):
    """A VoiceJob that asks for this GPU, once its first Job is named."""
    world.cluster = known
    world.spec["gpu"] = gpu
    world.step()
    return world


def asked(world, number=-1):
    """What the newest Job asks for, or the one of that number."""
    return world.status.jobs[number].gpu


def condition(world, kind):
    """The condition of that type in the world's status."""
    return next(found for found in world.status.conditions if found.type == kind)


def deletes(world, decision):
    """Whether the decision asks for the deletion of a Job."""
    return any(isinstance(effect, DeleteJob) for effect in decision.effects)

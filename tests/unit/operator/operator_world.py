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
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.decide import Decision, decide
from voicejob_operator.voicejobs.observed import JobView, Observation, PodView, Trouble

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
    """What the cluster shows of one VoiceJob."""

    spec: dict[str, Any] = field(default_factory=lambda: {"text": "hello"})
    status: VoiceJobStatus = field(default_factory=VoiceJobStatus)
    job: JobView | None = None
    pods: list[PodView] = field(default_factory=list)
    now: datetime = START
    settings: OperatorSettings = field(default_factory=OperatorSettings)
    trouble: Trouble | None = None
    refusal: Trouble | None = None
    report: WorkerReport | None = None
    progressed_at: datetime | None = None
    grants_fresh: bool = True
    jobs_made: int = 0
    pods_made: int = 0
    history: list[Phase] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def observe(self) -> Observation:
        return Observation(
            voicejob=VoiceJob.model_validate(
                {
                    "metadata": {
                        "name": "hello",
                        "namespace": "default",
                        "uid": "11111111-2222",
                        "generation": 1,
                        "creationTimestamp": START,
                    },
                    "spec": self.spec,
                    "status": self.status.to_manifest(),
                }
            ),
            job=self.job,
            pods=tuple(self.pods),
            now=self.now,
            settings=self.settings,
            report=self.report,
            reported_by=self.pods[-1].name if self.pods else "",
            progressed_at=self.progressed_at,
            trouble=self.trouble,
            refusal=self.refusal,
            grants_fresh=self.grants_fresh,
        )

    def step(self) -> Decision:
        """Decide, and store the status as the API server would."""
        decision = decide(self.observe())
        self.status = decision.status
        self.events += [announcement.reason for announcement in decision.announcements]
        if not self.history or self.history[-1] != decision.status.phase:
            self.history.append(decision.status.phase)
        return decision

    def wait(self, seconds: float) -> "World":
        self.now += timedelta(seconds=seconds)
        return self

    def make_job(self) -> "World":
        self.jobs_made += 1
        self.job = JobView(name="hello-1", uid=f"job-{self.jobs_made}")
        return self

    def make_pod(self) -> "World":
        self.pods_made += 1
        number = self.pods_made
        job = self.job.uid if self.job else ""
        pod = PodView(f"hello-1-{number}", f"pod-{number}", "default", self.now, job=job)
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
        report = done_report() if code == 0 else None
        facts = {"report": report, **facts}
        return self.change_pod(ended=True, exit_code=code, finished_at=self.now, **facts)

    def run_to_running(self) -> "World":
        self.step()
        self.make_job().make_pod().schedule().start().step()
        return self


def condition(world, kind):
    """The condition of that type in the world's status."""
    return next(found for found in world.status.conditions if found.type == kind)

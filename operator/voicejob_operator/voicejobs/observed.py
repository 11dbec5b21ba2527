"""What the operator sees of the cluster: small frozen views of Jobs and pods, and an observation.

A Kubernetes object is a dict only here, at the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from voicejob_api import names, pod
from voicejob_api.exit_codes import UNCOUNTED_EXIT_CODES
from voicejob_api.report import WorkerReport
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import OperatorSettings

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Trouble:
    """Why something does not move on, in the words of the component that says so."""

    reason: str
    message: str


@dataclass(frozen=True)
class JobView:
    """A batch/v1 Job of a VoiceJob."""

    name: str
    uid: str
    suspended: bool = False
    complete: bool = False
    failure: Trouble | None = None
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


@dataclass(frozen=True)
class PodView:
    """A worker pod."""

    name: str
    uid: str
    namespace: str
    created_at: datetime
    owner: str = ""
    """The uid of its VoiceJob."""
    owner_name: str = ""
    """The name of its VoiceJob."""
    job: str = ""
    """The uid of the Job that made it."""
    ip: str = ""
    node: str = ""
    scheduled_at: datetime | None = None
    unschedulable: str = ""
    """The scheduler's message while it finds no node."""
    waiting: Trouble | None = None
    """The kubelet's reason while the container waits."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    ended: bool = False
    exit_code: int | None = None
    end: Trouble | None = None
    """The kubelet's own reason for the end, such as OOMKilled or Evicted."""
    disrupted: bool = False
    """Ended by a drain, a preemption or another disruption, which uses up no retry."""
    deleting: bool = False
    """Deleted: by a person, a drain, the scheduler for a higher priority, or with its Job."""
    report: WorkerReport | None = field(default=None, repr=False)
    """The worker's final word, from the termination message."""

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
        """Whether an end like this one counts against ``spec.retries``."""
        stopped = self.disrupted or self.deleting or self.exit_code in UNCOUNTED_EXIT_CODES
        return not stopped


@dataclass(frozen=True)
class Observation:
    """All that one decision is made from."""

    voicejob: VoiceJob
    job: JobView | None
    pods: tuple[PodView, ...]
    """Oldest first."""
    now: datetime
    settings: OperatorSettings
    report: WorkerReport | None = None
    """The newest word of the running worker, where it was reached."""
    reported_by: str = ""
    """Name of the pod that ``report`` is from."""
    progressed_at: datetime | None = None
    """When the running worker's progress last changed, as far as this process knows."""
    trouble: Trouble | None = None
    """What the events say of a Job or pod that does not move on."""
    refusal: Trouble | None = None
    """The API server's refusal of the Job, where it was refused for good."""
    grants_fresh: bool = False
    """Whether the Secret holds grants that are good for a while."""

    def report_of(self, worker: PodView) -> WorkerReport | None:
        """The newest word of the worker in that pod: its termination message, else its answer."""
        if worker.report is not None:
            return worker.report
        return self.report if self.reported_by == worker.name else None


def parse_time(text: str | None) -> datetime | None:
    """A Kubernetes timestamp as an aware datetime."""
    return datetime.fromisoformat(text) if text else None


def owner_uid(body: Body) -> str | None:
    """The uid of the VoiceJob that a Job or pod belongs to."""
    uid = body["metadata"].get("labels", {}).get(names.LABEL_UID)
    return str(uid) if uid else None


def view_job(body: Body) -> JobView:
    """Make the view of a Job."""
    status = body.get("status", {})
    failed = _condition(status, "Failed")
    return JobView(
        name=body["metadata"]["name"],
        uid=body["metadata"]["uid"],
        suspended=bool(body["spec"].get("suspend", False)),
        complete=_condition(status, "Complete") is not None,
        failure=_trouble(failed) if failed else None,
        giving_up=_condition(status, "FailureTarget") is not None,
        deleting="deletionTimestamp" in body["metadata"],
    )


def view_pod(body: Body) -> PodView:
    """Make the view of a pod."""
    metadata, status = body["metadata"], body.get("status", {})
    state = _worker_state(status)
    terminated = state.get("terminated", {})
    ended = bool(terminated) or status.get("phase") in ("Succeeded", "Failed")
    scheduled = _condition(status, "PodScheduled")
    return PodView(
        name=metadata["name"],
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        created_at=datetime.fromisoformat(metadata["creationTimestamp"]),
        owner=owner_uid(body) or "",
        owner_name=metadata.get("labels", {}).get(names.LABEL_NAME, ""),
        job=_controller(metadata),
        ip=status.get("podIP", ""),
        node=body["spec"].get("nodeName", ""),
        scheduled_at=parse_time(scheduled.get("lastTransitionTime")) if scheduled else None,
        unschedulable=_unschedulable(status),
        waiting=_trouble(state["waiting"]) if "waiting" in state else None,
        started_at=parse_time((terminated or state.get("running", {})).get("startedAt")),
        finished_at=parse_time(terminated.get("finishedAt")),
        ended=ended,
        exit_code=terminated.get("exitCode"),
        end=_end(body, terminated) if ended else None,
        disrupted=_condition(status, "DisruptionTarget") is not None,
        deleting="deletionTimestamp" in metadata,
        report=_final_report(terminated),
    )


def _controller(metadata: Body) -> str:
    """The uid of the object's controller, or nothing."""
    owners = metadata.get("ownerReferences", [])
    return next((str(owner["uid"]) for owner in owners if owner.get("controller")), "")


def _condition(status: Body, kind: str) -> Body | None:
    """The condition of that type where it is True."""
    for condition in status.get("conditions", []):
        if condition["type"] == kind and condition["status"] == "True":
            found: Body = condition
            return found
    return None


def _unschedulable(status: Body) -> str:
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message") or condition.get("reason", ""))
    return ""


def _worker_state(status: Body) -> Body:
    for container in status.get("containerStatuses", []):
        if container["name"] == pod.CONTAINER:
            state: Body = container.get("state", {})
            return state
    return {}


def _end(body: Body, terminated: Body) -> Trouble | None:
    """The pod's own reason (Evicted …) before the container's (OOMKilled, Error …)."""
    status, reason = body.get("status", {}), terminated.get("reason", "")
    if status.get("reason"):
        return _trouble(status)
    if reason == "OOMKilled":
        return Trouble(reason, _out_of_memory(body["spec"]))
    return Trouble(reason, "") if reason else None


def _out_of_memory(spec: Body) -> str:
    """What to do about it, which the kubelet does not say."""
    worker = next(c for c in spec["containers"] if c["name"] == pod.CONTAINER)
    limit = worker.get("resources", {}).get("limits", {}).get("memory")
    if limit:
        return (
            f"The worker needed more memory than its limit of {limit} and was killed: "
            "raise spec.resources.limits.memory"
        )
    return (
        "The node had no memory left and the worker, which has no limit, was killed: write what it "
        "needs in spec.resources.requests.memory"
    )


def _trouble(body: Body) -> Trouble:
    return Trouble(str(body.get("reason", "")), str(body.get("message", "")))


def _final_report(terminated: Body) -> WorkerReport | None:
    message = terminated.get("message", "")
    try:
        return WorkerReport.model_validate_json(message) if message.startswith("{") else None
    except ValidationError:
        return None

"""Makes the views: a Kubernetes object is a dict only here, at the edge."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from voicejob_api import names, pod
from voicejob_api.gpu import Allocation
from voicejob_api.status import Condition, ConditionType, Phase
from voicejob_api.stored import read_begun, stored_spec
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.queue import QUEUE_NAME
from voicejob_operator.runtime.cache import version_number
from voicejob_operator.voicejobs.observed import Cause, JobView, PodView

Body = Mapping[str, Any]


_FASTEST_LEVEL: Final = 1
"""Of zlib: a tenth of a millisecond for one that waits, which becomes two fifths of itself."""
_LEFT_OUT: Final = "…"
"""Stands for a text that only the job file needs."""


@dataclass(frozen=True, slots=True)
class VoiceJobView:
    """A VoiceJob as the cache keeps it: the few facts that are asked for often, and its JSON.

    Ten thousand that wait are held for hours: as models they would take 17 KiB each.
    """

    namespace: str
    name: str
    uid: str
    version: int
    resource_version: str
    generation: int
    phase: Phase
    owner: str = ""
    deleting: bool = False
    orphans: bool = False
    """It goes, and whoever deleted it wants its Jobs to stay (``--cascade=orphan``)."""
    job_uids: tuple[str, ...] = ()
    """Of the Jobs that its status names."""
    has_gpu: bool = False
    """Whether it asks for a GPU."""
    is_stalled: bool = False
    """Whether it runs and makes no progress."""
    has_text: bool = True
    """Whether the text is there; once a Job is made, the job file has it."""
    document: bytes = field(default=b"", repr=False)
    """JSON, compressed of one that waits: to read it is rare, and thousands may wait for hours."""

    def voicejob(self, *, has_job: bool = False) -> VoiceJob:
        """Read it.

        One that has a Job, by its status or as ``has_job`` says, or that is over is read without
        the fields that a newer version's definition of the resource knows, and with values that an
        earlier one took: its work has begun, and is not left alone because of them.

        Raises:
            ValidationError: This version of the operator does not know what it asks for.
        """
        try:
            return VoiceJob.model_validate_json(_unpacked(self.document))
        except ValidationError:
            if not (has_job or self.job_uids or self.phase.is_final):
                raise
            return read_begun(json.loads(_unpacked(self.document)), with_unknown=True)

    def conditions(self) -> list[Condition]:
        """The conditions of one that cannot be read as a whole."""
        status = json.loads(_unpacked(self.document)).get("status", {})
        return [Condition.model_validate(condition) for condition in status.get("conditions", [])]


def view_voicejob(body: Body, *, with_text: bool = False) -> VoiceJobView:
    """Make the view of a VoiceJob; ``with_text`` it is kept whole, whatever has its text by now."""
    metadata, status = body["metadata"], dict(body.get("status", {}))
    spec = stored_spec(body["spec"])
    phase, jobs = _phase(status), status.get("jobs", ())
    has_text = with_text or not status.get("jobs") or "text" not in spec
    is_over = phase.is_final and not with_text
    if is_over and status.get("observedGeneration") == metadata.get("generation"):
        # Nothing follows but its deletion: a few hundred bytes will do.
        kept = ("phase", "completionTime", "observedGeneration", "startTime")
        status = {key: status[key] for key in kept if key in status} | _claims(jobs)
        ttl = spec.get("ttlSecondsAfterFinished")
        spec = {"text": _LEFT_OUT} | ({} if ttl is None else {"ttlSecondsAfterFinished": ttl})
        has_text = False
    elif not has_text:
        spec["text"] = _LEFT_OUT
    document = {
        "metadata": _bare(metadata),
        "spec": spec,
        "status": status,
    }
    encoded = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return VoiceJobView(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=version_number(metadata.get("resourceVersion")),
        resource_version=metadata.get("resourceVersion", ""),
        generation=metadata.get("generation", 0),
        phase=phase,
        deleting="deletionTimestamp" in metadata,
        orphans="orphan" in metadata.get("finalizers", ()),
        job_uids=tuple(record["uid"] for record in jobs if record.get("uid")),
        has_gpu="gpu" in spec,
        is_stalled=not phase.is_final and _is_stalled(status),
        has_text=has_text,
        document=zlib.compress(encoded, _FASTEST_LEVEL) if phase is Phase.QUEUED else encoded,
    )


def _unpacked(document: bytes) -> bytes:
    return document if document.startswith(b"{") else zlib.decompress(document)


def _claims(jobs: Iterable[Body]) -> dict[str, Any]:
    """The Jobs whose GPU came by a claim: its template is deleted after the end."""
    by_claim = [job for job in jobs if "allocation" in job.get("gpu", {})]
    kept = [job for job in by_claim if job["gpu"]["allocation"] == Allocation.RESOURCE_CLAIM]
    return {"jobs": kept} if kept else {}


def _is_stalled(status: Body) -> bool:
    return any(
        each.get("type") == ConditionType.STALLED and each.get("status") == "True"
        for each in status.get("conditions", ())
    )


def _bare(metadata: Body) -> Body:
    kept = ("name", "namespace", "uid", "generation", "resourceVersion", "creationTimestamp")
    bare = {key: metadata[key] for key in (*kept, "deletionTimestamp") if key in metadata}
    for key in ("labels", "annotations"):
        marks = {mark: metadata.get(key, {}).get(mark) for mark in names.GITOPS_MARKS}
        marks = {mark: value for mark, value in marks.items() if value}
        if marks:
            bare[key] = marks
    return bare


def _phase(status: Body) -> Phase:
    try:
        return Phase(status.get("phase", Phase.PENDING))
    except ValueError:
        return Phase.PENDING


def what_is_not_understood(error: ValidationError) -> str:
    """Name the fields that the models refuse; never the values, which may be a user's text."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found[:3])


def view_job(body: Body) -> JobView:
    """Make the view of a Job."""
    metadata, status = body["metadata"], body.get("status", {})
    annotations = metadata.get("annotations", {})
    failed = _condition(status, "Failed")
    owner, owner_name = _controller(metadata, names.KIND)
    return JobView(
        name=metadata["name"],
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        owner=owner,
        owner_name=owner_name,
        version=version_number(metadata.get("resourceVersion")),
        queue=metadata.get("labels", {}).get(QUEUE_NAME, ""),
        suspended=bool(body["spec"].get("suspend", False)),
        asked_suspended=annotations.get(names.ANNOTATION_SUSPEND) == "true",
        complete=_condition(status, "Complete") is not None,
        failed_pods=status.get("failed", 0),
        failure=_cause(failed) if failed else None,
        giving_up=_condition(status, "FailureTarget") is not None,
        deleting="deletionTimestamp" in metadata,
    )


def view_pod(body: Body) -> PodView:
    """Make the view of a pod."""
    metadata, status = body["metadata"], body.get("status", {})
    state = _worker_state(status)
    terminated = state.get("terminated", {})
    over = status.get("phase") in ("Succeeded", "Failed")
    ended = bool(terminated) or over
    created_at = datetime.fromisoformat(metadata["creationTimestamp"])
    return PodView(
        name=metadata["name"],
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        created_at=created_at,
        owner=_controller(metadata, "Job")[0],
        voicejob_name=metadata.get("labels", {}).get(names.LABEL_NAME, ""),
        version=version_number(metadata.get("resourceVersion")),
        ip=status.get("podIP", ""),
        scheduler=body["spec"].get("schedulerName", ""),
        node=body["spec"].get("nodeName", ""),
        scheduled_at=_scheduled_at(body, created_at),
        unschedulable=_unschedulable(status),
        waiting=_cause(state["waiting"]) if "waiting" in state else None,
        started_at=_time((terminated or state.get("running", {})).get("startedAt")),
        finished_at=_time(terminated.get("finishedAt")),
        ended=ended,
        kept_alive_by=_still_running(status) if ended and not over else (),
        exit_code=terminated.get("exitCode"),
        end=_end(body, terminated) if ended else None,
        disrupted=_condition(status, "DisruptionTarget") is not None,
        deletion_grace=timedelta(seconds=metadata.get("deletionGracePeriodSeconds") or 0),
        deleting="deletionTimestamp" in metadata,
        termination_message=terminated.get("message", ""),
    )


def _controller(metadata: Body, kind: str) -> tuple[str, str]:
    """The uid and name of the object's controller if it is of that kind, else nothing."""
    for owner in metadata.get("ownerReferences", []):
        if owner.get("controller") and owner.get("kind") == kind:
            return str(owner["uid"]), str(owner["name"])
    return "", ""


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _condition(status: Body, kind: str) -> Body | None:
    """The condition of that type if it is True."""
    for condition in status.get("conditions", []):
        if condition["type"] == kind and condition["status"] == "True":
            found: Body = condition
            return found
    return None


def _scheduled_at(body: Body, created_at: datetime) -> datetime | None:
    """When it got its node; a virtual kubelet may write over the scheduler's condition."""
    scheduled = _condition(body.get("status", {}), "PodScheduled")
    if scheduled is not None and scheduled.get("lastTransitionTime"):
        return datetime.fromisoformat(scheduled["lastTransitionTime"])
    return created_at if body["spec"].get("nodeName") else None


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


def _still_running(status: Body) -> tuple[str, ...]:
    """Containers beside the worker's that run. Native sidecars are none: they end by themselves."""
    return tuple(
        container["name"]
        for container in status.get("containerStatuses", [])
        if container["name"] != pod.CONTAINER and "running" in container.get("state", {})
    )


def _end(body: Body, terminated: Body) -> Cause | None:
    """The pod's own reason (Evicted …) before the container's (OOMKilled, Error …).

    Who ends a pod early says so in a condition: a drain, the scheduler for a higher priority, the
    garbage collector of a node that is gone, which then is all that anybody says.
    """
    status, reason = body.get("status", {}), terminated.get("reason", "")
    if status.get("reason"):
        return _cause(status)
    if reason == "OOMKilled":
        return Cause(reason, _out_of_memory(body["spec"]))
    disruption = _condition(status, "DisruptionTarget")
    if disruption is not None and disruption.get("reason"):
        return _cause(disruption)
    return Cause(reason, "") if reason else _init_failure(status)


def _init_failure(status: Body) -> Cause | None:
    """The init container, somebody's webhook's, whose failure kept the worker from starting."""
    for container in status.get("initContainerStatuses", []):
        code = container.get("state", {}).get("terminated", {}).get("exitCode", 0)
        if code:
            told = f"Init container {container['name']} ended with exit code {code}"
            return Cause("InitContainerFailed", told)
    return None


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


def _cause(body: Body) -> Cause:
    return Cause(str(body.get("reason", "")), str(body.get("message", "")))

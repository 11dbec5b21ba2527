"""The Indexed Job that runs a VoiceJob's attempts."""

from voicejob_api import names, pod
from voicejob_api.exit_codes import STOP_JOB_EXIT_CODES, UNCOUNTED_EXIT_CODES
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.names import Manifest, job_name, object_metadata
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.manifests.pod import pod_template
from voicejob_operator.manifests.queue import is_queued, queue_labels
from voicejob_operator.settings import OperatorSettings


def job_manifest(voicejob: VoiceJob, plan: JobPlan, settings: OperatorSettings) -> Manifest:
    """The Job of this plan, to be created once and never applied again.

    It has no ttlSecondsAfterFinished: the Job and its pods are what a final status is made of, so
    the operator deletes them itself, and only after that status is stored.
    """
    spec, suspended = voicejob.spec, voicejob.spec.suspend
    metadata = object_metadata(voicejob, job_name(voicejob, plan.number))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            **metadata,
            "labels": {**queue_labels(spec), **metadata["labels"]},
            "annotations": _asked(suspended),
        },
        "spec": {
            "completionMode": "Indexed",
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": plan.backoff_limit,
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": _longest(voicejob.spec, settings),
            # For a queue to resume; the annotation tells that the VoiceJob has not asked for it.
            "suspend": suspended or is_queued(spec),
            "podFailurePolicy": {"rules": _failure_rules()},
            "template": pod_template(voicejob, plan, settings),
        },
    }


def suspend_patch(suspended: bool, *, in_queue: bool) -> Manifest:
    """The merge patch that suspends or resumes a Job, and notes that the operator asked for it.

    One in a queue is the queue's to resume.
    """
    noted: Manifest = {"metadata": {"annotations": _asked(suspended)}}
    return noted if in_queue and not suspended else {**noted, "spec": {"suspend": suspended}}


def _asked(suspended: bool) -> dict[str, str]:
    return {names.ANNOTATION_SUSPEND: "true" if suspended else "false"}


def _longest(spec: VoiceJobSpec, settings: OperatorSettings) -> int:
    """The sum of the deadlines: ends the Job where the operator is not there to do it."""
    own, default = spec.deadlines, settings.deadlines
    return (
        (own.queue_seconds or default.queue_seconds)
        + (own.start_seconds or default.start_seconds)
        + (own.active_seconds or default.active_seconds)
    )


def _failure_rules() -> list[Manifest]:
    return [
        {"action": "FailJob", "onExitCodes": _exit_codes(STOP_JOB_EXIT_CODES)},
        {
            "action": "Ignore",
            "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
        },
        {"action": "Ignore", "onExitCodes": _exit_codes(UNCOUNTED_EXIT_CODES)},
    ]


def _exit_codes(codes: tuple[int, ...]) -> Manifest:
    return {
        "containerName": pod.CONTAINER,
        "operator": "In",
        "values": sorted(int(code) for code in codes),
    }

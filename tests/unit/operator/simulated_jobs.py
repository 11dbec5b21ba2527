"""The Job controller of a simulated cluster, and what it reads of Jobs and pods.

Indexed, one completion; with back-off, podFailurePolicy and suspension.
"""

import asyncio
import uuid

from fake_api_objects import now as stamp

BACK_OFF_SECONDS = 10.0
"""The first; twice as long each time."""


class JobController:
    """A part of the cluster, which has the objects, and deletes pods."""

    def __init__(self):
        self.pods_made = 0
        self._counted = {}
        self._due = {}

    def _sync(self, uid):
        job = self._of_uid(self.jobs, uid)
        if job is None or _is(job, "Complete") or _is(job, "Failed"):
            return
        pods = [pod for pod in self.pods if is_owned_by(pod, uid)]
        counted = self._counted.setdefault(uid, {})
        for pod in pods:
            if phase_of(pod) == "Failed" and pod["metadata"]["uid"] not in counted:
                rule = self._rule(job, pod)
                counted[pod["metadata"]["uid"]] = rule
                if rule == "FailJob":
                    self._fail(job, "PodFailurePolicy", _policy_message(pod))
                    return
        active = [pod for pod in pods if phase_of(pod) not in ("Failed", "Succeeded")]
        if any(phase_of(pod) == "Succeeded" for pod in pods):
            self._finish(job, "Complete", "CompletionsReached", "")
        elif sum(rule == "Count" for rule in counted.values()) > job["spec"]["backoffLimit"]:
            self._fail(job, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        elif job["spec"].get("suspend"):
            for pod in active:
                self.delete_pod(pod)
        elif not active:
            self._make_pod(job, len(counted))

    def _make_pod(self, job, failures):
        """After the back-off, which begins with the newest failure that was counted."""
        uid, loop = job["metadata"]["uid"], asyncio.get_running_loop()
        known, due = self._due.get(uid, (0, 0.0))
        if failures > known:
            due = loop.time() + BACK_OFF_SECONDS * 2 ** (failures - 1)
            self._due[uid] = failures, due
        if loop.time() < due:
            self._later(due - loop.time() + 0.01, self._sync, uid)
            return
        template = job["spec"]["template"]
        owner = {"apiVersion": "batch/v1", "kind": "Job", "controller": True, "uid": uid}
        metadata = {
            **template["metadata"],
            "name": f"{job['metadata']['name']}-0-{uuid.uuid4().hex[:5]}",
            "namespace": job["metadata"]["namespace"],
            "ownerReferences": [{**owner, "name": job["metadata"]["name"]}],
        }
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
        self.pods_made += 1
        self._put("pods", {**body, "status": {"phase": "Pending"}})

    def _rule(self, job, pod):
        """What the podFailurePolicy says of a pod that failed."""
        state = _worker(pod).get("state", {})
        code = state.get("terminated", {}).get("exitCode")
        for rule in job["spec"]["podFailurePolicy"]["rules"]:
            codes = rule.get("onExitCodes", {}).get("values", ())
            kinds = [each["type"] for each in rule.get("onPodConditions", [])]
            if code in codes or any(_is(pod, kind) for kind in kinds):
                return rule["action"]
        return "Count"

    def _fail(self, job, reason, message):
        for pod in self.pods:
            if is_owned_by(pod, job["metadata"]["uid"]) and phase_of(pod) in ("Pending", "Running"):
                self.delete_pod(pod)
        job = self._conditioned("jobs", job, "FailureTarget", reason, message)
        self._later(0.5, self._finish_later, job["metadata"]["uid"], reason, message)

    def _finish_later(self, uid, reason, message):
        job = self._of_uid(self.jobs, uid)
        if job is not None:
            self._finish(job, "Failed", reason, message)

    def _finish(self, job, kind, reason, message):
        self._conditioned("jobs", job, kind, reason, message)

    def _conditioned(self, plural, body, kind, reason, message):
        status = body.get("status", {})
        told = {
            "type": kind,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastTransitionTime": stamp(),
        }
        conditions = [each for each in status.get("conditions", []) if each["type"] != kind]
        group = "batch" if plural == "jobs" else ""
        changed = {**body, "status": {**status, "conditions": [*conditions, told]}}
        return self._put(plural, changed, group)


def _policy_message(pod):
    code = _worker(pod)["state"]["terminated"]["exitCode"]
    return (
        f"Container worker for pod {pod['metadata']['namespace']}/{pod['metadata']['name']} failed "
        f"with exit code {code} matching FailJob rule at index 0"
    )


def _worker(pod):
    found = pod.get("status", {}).get("containerStatuses", [])
    return next((each for each in found if each["name"] == "worker"), {})


def phase_of(pod):
    return pod.get("status", {}).get("phase", "Pending")


def _is(body, kind):
    conditions = body.get("status", {}).get("conditions", [])
    return any(each["type"] == kind and each["status"] == "True" for each in conditions)


def is_owned_by(body, uid):
    return any(each["uid"] == uid for each in body["metadata"].get("ownerReferences", []))


def key_of(body):
    return body["metadata"]["namespace"], body["metadata"]["name"]

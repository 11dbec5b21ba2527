"""Pods that no kubelet runs: the test plays it, so that they live to the second and cost nothing.

A VoiceJob with PLAYED has a pod that no scheduler takes; the test binds it to whatever node.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from kubectl import Kubectl, Manifest

_SCHEDULER: Final = "played-by-a-test"
PLAYED: Final[Manifest] = {"podTemplate": {"spec": {"schedulerName": _SCHEDULER}}}
"""Fields of the spec of a VoiceJob whose pod is to be played."""
ALLOW_PLAYED: Final = {"ALLOWED__SCHEDULERS": json.dumps(["default-scheduler", _SCHEDULER])}
"""Settings of an operator that lets a VoiceJob ask for it."""


@dataclass(frozen=True)
class PlayedPods:
    """What scheduler and kubelet do to the pods of one namespace."""

    kubectl: Kubectl

    def bind(self, pod: Manifest, node: str) -> None:
        """Place it, as the scheduler does."""
        name = pod["metadata"]["name"]
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        path = f"/api/v1/namespaces/{self.kubectl.namespace}/pods/{name}/binding"
        self.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(binding))

    def start(self, pod: Manifest) -> None:
        """Say that its containers run, as a kubelet does."""
        self._tell(pod, "Running", {"running": {"startedAt": _now()}})

    def end(self, pod: Manifest, code: int, **said: str) -> None:
        """Say that its containers have ended; ``said`` is the kubelet's reason, and the message
        that they leave behind."""
        started = started_at(pod) or _now()
        state = {"exitCode": int(code), "startedAt": started, "finishedAt": _now(), **said}
        self._tell(pod, "Failed" if code else "Succeeded", {"terminated": state})

    def remove(self, pod: Manifest) -> None:
        """Let a deleted pod go, as a kubelet does once its containers have ended."""
        name = pod["metadata"]["name"]
        self.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=false")

    def miss(self, pod: Manifest, *secrets: str) -> None:
        """Complain, as a kubelet does, that there are no such Secrets."""
        told = "".join(f'secret "{name}" not found ' for name in secrets)
        now = _now()
        about = {"kind": "Pod", "apiVersion": "v1", "namespace": self.kubectl.namespace}
        about |= {key: pod["metadata"][key] for key in ("name", "uid")}
        self.kubectl.create(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"generateName": f"{pod['metadata']['name']}."},
                "involvedObject": about,
                "type": "Warning",
                "reason": "FailedMount",
                "message": f'MountVolume.SetUp failed for volume "job" : {told}',
                "source": {"component": "kubelet"},
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
            }
        )

    def _tell(self, pod: Manifest, phase: str, state: Manifest) -> None:
        statuses = [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": phase == "Running",
                "restartCount": 0,
                "state": state,
            }
            for container in pod["spec"]["containers"]
        ]
        patch: dict[str, Any] = {"status": {"phase": phase, "containerStatuses": statuses}}
        # Strategic: of the conditions the scheduler's stays.
        how = ("--subresource=status", "--type=strategic", "-p", json.dumps(patch))
        self.kubectl("patch", "pod", pod["metadata"]["name"], *how)


def started_at(pod: Manifest) -> str:
    """When its first container started; empty if it has not, or has ended."""
    statuses = pod.get("status", {}).get("containerStatuses", [])
    state = statuses[0]["state"] if statuses else {}
    return str(state.get("running", {}).get("startedAt", ""))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

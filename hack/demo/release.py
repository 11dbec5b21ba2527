"""The chart on the demo's cluster: installed or upgraded, and waited for."""

from __future__ import annotations

import json
import time
from typing import Any

import images
from demo.target import RELEASE, ROOT, Target
from onenode.commands import run
from onenode.errors import ClusterError
from onenode.progress import Step

CHART = ROOT / "charts" / "voicejob-operator"
INSTALL_LIMIT_S = 300.0
# A pod of an earlier try, that does not start either, is gone by then.
OLD_PODS_GO_IN_S = 20.0
# An image that is not found or may not be had by then is asked for a third time.
IMAGES_COME_IN_S = 60.0
# What a kubelet says of a container that no waiting will help.
NEVER_STARTS = ("ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError")
NOT_PULLED = ("ErrImagePull", "ImagePullBackOff")


def install(target: Target, step: Step) -> None:
    """Installs or upgrades the chart, and waits until the operator and the store are ready.

    Raises:
        ClusterError: they did not become ready, and why.
    """
    step.detail = "helm upgrade --install"
    command = [*target.helm, "upgrade", "--install", RELEASE, str(CHART), "--create-namespace"]
    command += ["--namespace", target.namespace]
    for values in target.values:
        command += ["--values", str(values)]
    for setting in target.settings:
        command += ["--set-string", setting]
    if target.local:
        _forget_interrupted_installs(target)
        # Another image is another template, so that the pod is replaced.
        made_of = images.keys()["localhost/voicejob-operator:dev"]
        command += ["--set-string", f"podAnnotations.made-of={made_of}"]
        # What an interrupted test has changed by hand is set right, and the definition that a bench
        # has applied is the release's from now on.
        command += ["--force-conflicts", "--take-ownership"]
    run(*command, timeout_s=120)
    problem = _await_install(target, step)
    if problem:
        told = f"{target.pods(target.namespace)}\n{target.operator_log()}"
        raise ClusterError(f"the chart does not come up: {problem}\n{told}")


def _forget_interrupted_installs(target: Target) -> None:
    """Removes what a helm that was killed has left: it would refuse every further upgrade."""
    pending = "status in (pending-install, pending-upgrade, pending-rollback)"
    selector = f"owner=helm,name={RELEASE},{pending}"
    target.ask("delete", "secrets", "--namespace", target.namespace, "--selector", selector)


def _await_install(target: Target, step: Step) -> str:
    """Waits until all is ready; says what is not as soon as no waiting will help."""
    started = time.monotonic()
    while True:
        pods, deployments = _in_namespace(target, "pods"), _in_namespace(target, "deployments")
        if deployments and all(_is_rolled_out(deployment) for deployment in deployments):
            step.detail = "operator and store are ready"
            return ""
        step.detail = ", ".join(_pod_state(pod) for pod in pods)
        passed = time.monotonic() - started
        hopeless = [_pod_state(pod) for pod in pods if is_hopeless(pod, passed)]
        if hopeless and passed > OLD_PODS_GO_IN_S:
            return ", ".join(hopeless)
        if passed > INSTALL_LIMIT_S:
            return f"not ready after {INSTALL_LIMIT_S:.0f} s: {step.detail}"
        # Asked and not watched: pods and Deployments together tell it.
        time.sleep(0.5)


def _in_namespace(target: Target, kind: str) -> list[dict[str, Any]]:
    own = ("--namespace", target.namespace, "--selector", f"app.kubernetes.io/instance={RELEASE}")
    answer = target.ask("get", kind, *own, "--output", "json")
    items: list[dict[str, Any]] = json.loads(answer)["items"]
    return items


def _is_rolled_out(deployment: dict[str, Any]) -> bool:
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    return bool(status.get("observedGeneration") == deployment["metadata"]["generation"]) and (
        status.get("replicas") == status.get("updatedReplicas") == wanted
        and status.get("availableReplicas") == wanted
    )


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    status = pod["status"]
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def _waiting(container: dict[str, Any]) -> str:
    reason: str = container["state"].get("waiting", {}).get("reason", "")
    return reason


def _pod_state(pod: dict[str, Any]) -> str:
    component = pod["metadata"]["labels"].get("app.kubernetes.io/component", "pod")
    waiting = dict.fromkeys(reason for c in _containers(pod) if (reason := _waiting(c)))
    ready = all(c["ready"] for c in _containers(pod)) and _containers(pod)
    return f"{component} {'ready' if ready else ' '.join(waiting) or pod['status']['phase']}"


def is_hopeless(pod: dict[str, Any], passed_s: float) -> bool:
    """Whether it will not start, once that many seconds have passed since it was asked for."""
    never = (*NEVER_STARTS, *(NOT_PULLED if passed_s > IMAGES_COME_IN_S else ()))
    return any(
        _waiting(c) in never or (_waiting(c) == "CrashLoopBackOff" and c["restartCount"] > 2)
        for c in _containers(pod)
    )

"""`make demo`: from nothing to a VoiceJob's audio in demo/hello.wav.

Without `--context` it starts the cluster of hack/cluster and builds both images; with it, it uses
a cluster of yours, and pulls the images that the chart or `--values` names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Before anything is installed: what follows is found by its folder alone, hence each E402.
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "cluster")]

import images  # noqa: E402
from onenode.commands import run  # noqa: E402
from onenode.errors import ClusterError, CommandError  # noqa: E402
from onenode.layout import Layout  # noqa: E402
from onenode.progress import Progress, Step  # noqa: E402

CHART = ROOT / "charts" / "voicejob-operator"
EXAMPLE = ROOT / "examples" / "hello.yaml"
VALUES = ROOT / "hack" / "demo" / "values.yaml"
AUDIO = ROOT / "demo" / "hello.wav"
NAMESPACE = "voicejob-system"
RELEASE = "voicejob-operator"
SPOKEN_IN = "default"
NAME = "hello"

SPEECH_LIMIT_S = 300.0
INSTALL_LIMIT_S = 300.0
# A pod of an earlier try, that does not start either, is gone by then.
OLD_PODS_GO_IN_S = 20.0
# What a kubelet says of a container that no waiting will help.
NEVER_STARTS = ("ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError")


@dataclass(frozen=True)
class Target:
    """The cluster that the demo runs on.

    Attributes:
        kubectl: kubectl's command line, up to its verb.
        helm: helm's command line, up to its verb.
        local: it is the cluster of hack/cluster.
        values: files of values for the chart.
    """

    kubectl: tuple[str, ...]
    helm: tuple[str, ...]
    local: bool
    values: tuple[Path, ...]

    def ask(self, *arguments: str, timeout_s: float = 60) -> str:
        """What kubectl prints."""
        return run(*self.kubectl, *arguments, timeout_s=timeout_s)


def local_target(values: tuple[Path, ...]) -> Target:
    """The cluster of hack/cluster, once it is up."""
    layout = Layout.of_this_machine()
    kubeconfig = str(layout.kubeconfig)
    return Target(
        kubectl=(str(layout.bin / "kubectl"), "--kubeconfig", kubeconfig),
        helm=(str(layout.bin / "helm"), "--kubeconfig", kubeconfig),
        local=True,
        values=(VALUES, *values),
    )


def existing_target(context: str, values: tuple[Path, ...]) -> Target:
    """A cluster that a person's kubeconfig has.

    Raises:
        ClusterError: kubectl or helm is not installed.
    """
    for program in ("kubectl", "helm"):
        if shutil.which(program) is None:
            raise ClusterError(f"{program} is not installed: the demo needs it for your cluster")
    return Target(
        kubectl=("kubectl", "--context", context),
        helm=("helm", "--kube-context", context),
        local=False,
        values=values,
    )


def prepare_machine() -> None:
    """Starts the cluster and, at the same time, builds the images.

    Raises:
        ClusterError: one of them failed; what it printed says why.
    """
    print("starting the cluster and building the images, side by side", flush=True)
    python = sys.executable
    failures: list[str] = []
    # The cluster's programs are the longer work: the images must not slow them down.
    strands = [
        _strand("cluster", [(python, "hack/cluster", "up")], failures),
        _strand(
            "images",
            [
                ("nice", python, "hack/cluster", "base-image"),
                ("nice", python, "hack/images.py", "build"),
            ],
            failures,
        ),
    ]
    for strand in strands:
        strand.join()
    if failures:
        raise ClusterError("\n".join(failures))


def _strand(name: str, commands: list[tuple[str, ...]], failures: list[str]) -> threading.Thread:
    def work() -> None:
        for command in commands:
            with subprocess.Popen(
                command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ) as process:
                for line in process.stdout or ():
                    print(f"{name:<8}| {line}", end="", flush=True)
            if process.returncode != 0:
                failures.append(f"`{' '.join(command)}` failed: its last lines are above")
                return

    thread = threading.Thread(target=work, name=name)
    thread.start()
    return thread


def install(target: Target, step: Step) -> None:
    """Installs or upgrades the chart, and waits until the operator and the store are ready.

    Raises:
        ClusterError: they did not become ready, and why.
    """
    step.detail = "helm upgrade --install"
    command = [*target.helm, "upgrade", "--install", RELEASE, str(CHART), "--create-namespace"]
    command += ["--namespace", NAMESPACE]
    for values in target.values:
        command += ["--values", str(values)]
    if target.local:
        _forget_interrupted_installs(target)
        # Another image is another template, so that the pod is replaced.
        made_of = images.keys()["localhost/voicejob-operator:dev"]
        command += ["--set-string", f"podAnnotations.made-of={made_of}"]
        # What an interrupted test has changed by hand is set right.
        command += ["--force-conflicts"]
    run(*command, timeout_s=120)
    problem = _await_install(target, step)
    if problem:
        told = f"{_pods(target, NAMESPACE)}\n{_operator_log(target)}"
        raise ClusterError(f"the chart does not come up: {problem}\n{told}")


def _forget_interrupted_installs(target: Target) -> None:
    """Removes what a helm that was killed has left: it would refuse every further upgrade."""
    pending = "status in (pending-install, pending-upgrade, pending-rollback)"
    selector = f"owner=helm,name={RELEASE},{pending}"
    target.ask("delete", "secrets", "--namespace", NAMESPACE, "--selector", selector)


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
        hopeless = [_pod_state(pod) for pod in pods if _is_hopeless(pod)]
        if hopeless and passed > OLD_PODS_GO_IN_S:
            return ", ".join(hopeless)
        if passed > INSTALL_LIMIT_S:
            return f"not ready after {INSTALL_LIMIT_S:.0f} s: {step.detail}"
        # Asked and not watched: pods and Deployments together tell it.
        time.sleep(0.5)


def _in_namespace(target: Target, kind: str) -> list[dict[str, Any]]:
    answer = target.ask("get", kind, "--namespace", NAMESPACE, "--output", "json")
    items: list[dict[str, Any]] = json.loads(answer)["items"]
    return items


def _is_rolled_out(deployment: dict[str, Any]) -> bool:
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    return bool(status.get("observedGeneration") == deployment["metadata"]["generation"]) and (
        status.get("replicas") == status.get("updatedReplicas") == wanted
        and status.get("availableReplicas") == wanted
    )


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pod["status"].get("containerStatuses", [])
    return found


def _waiting(container: dict[str, Any]) -> str:
    reason: str = container["state"].get("waiting", {}).get("reason", "")
    return reason


def _pod_state(pod: dict[str, Any]) -> str:
    component = pod["metadata"]["labels"].get("app.kubernetes.io/component", "pod")
    waiting = [reason for c in _containers(pod) if (reason := _waiting(c))]
    ready = all(c["ready"] for c in _containers(pod)) and _containers(pod)
    return f"{component} {'ready' if ready else ' '.join(waiting) or pod['status']['phase']}"


def _is_hopeless(pod: dict[str, Any]) -> bool:
    return any(
        _waiting(c) in NEVER_STARTS or (_waiting(c) == "CrashLoopBackOff" and c["restartCount"] > 2)
        for c in _containers(pod)
    )


def speak(target: Target) -> dict[str, Any]:
    """Applies the example and shows it move through its phases; returns its status.

    Raises:
        ClusterError: it failed or did not end in time, and all that the cluster says about it.
    """
    name = ("--namespace", SPOKEN_IN)
    target.ask("delete", "voicejob", NAME, *name, "--ignore-not-found", "--wait", timeout_s=120)
    target.ask("apply", *name, "--filename", str(EXAMPLE))
    print(f"$ kubectl get voicejobs --namespace {SPOKEN_IN} --watch", flush=True)
    watch = subprocess.Popen((*target.kubectl, "get", "voicejobs", NAME, *name, "--watch"))
    try:
        return _await_end(target)
    finally:
        # Its last line is on its way, and nothing tells when a watch has printed all.
        time.sleep(0.5)
        watch.terminate()
        watch.wait(timeout=10)


def _await_end(target: Target) -> dict[str, Any]:
    deadline = time.monotonic() + SPEECH_LIMIT_S
    while time.monotonic() < deadline:
        voicejob = json.loads(
            target.ask("get", "voicejob", NAME, "--namespace", SPOKEN_IN, "--output", "json")
        )
        status: dict[str, Any] = voicejob.get("status", {})
        if status.get("phase") == "Succeeded":
            return status
        if status.get("phase") == "Failed":
            raise ClusterError(f"the VoiceJob failed\n{_why(target, status)}")
        # The watch beside it is for the eye; this asks for what it does not print.
        time.sleep(0.3)
    raise ClusterError(f"no audio after {SPEECH_LIMIT_S:.0f} s\n{_why(target, status)}")


def _why(target: Target, status: dict[str, Any]) -> str:
    conditions = [
        f"  {c['type']}={c['status']} {c.get('reason', '')}: {c.get('message', '')}"
        for c in status.get("conditions", [])
    ]
    told = "\n".join(conditions) or "  none: does the operator run?"
    return f"conditions:\n{told}\n{_pods(target, SPOKEN_IN)}\n{_operator_log(target)}"


def _pods(target: Target, namespace: str) -> str:
    columns = (
        "NAME:.metadata.name,PHASE:.status.phase,"
        "WAITING:.status.containerStatuses[*].state.waiting.reason,"
        "MESSAGE:.status.containerStatuses[*].state.waiting.message,"
        "SCHEDULING:.status.conditions[?(@.type=='PodScheduled')].message"
    )
    return _told(
        target,
        "pods",
        ("get", "pods", "--namespace", namespace, "--output", f"custom-columns={columns}"),
    )


def _operator_log(target: Target) -> str:
    arguments = ("logs", "--namespace", NAMESPACE, f"deploy/{RELEASE}", "--tail", "30")
    return _told(target, "the operator's last log lines", arguments)


def _told(target: Target, title: str, arguments: tuple[str, ...]) -> str:
    try:
        return f"{title}:\n{target.ask(*arguments)}"
    except CommandError as error:
        return f"{title}: {error}"


def fetch(target: Target, sha256: str) -> int:
    """Brings the audio through the operator's pod to demo/hello.wav; returns its size in bytes.

    Raises:
        ClusterError: it could not be had, or it is not what the status says.
    """
    AUDIO.parent.mkdir(exist_ok=True)
    command = (
        *(*target.kubectl, "exec", "--namespace", NAMESPACE, f"deploy/{RELEASE}", "--"),
        *("voicejob-operator", "fetch", f"{SPOKEN_IN}/{NAME}"),
    )
    with AUDIO.open("wb") as file:
        done = subprocess.run(
            command, stdout=file, stderr=subprocess.PIPE, timeout=120, check=False
        )
    if done.returncode != 0:
        raise ClusterError(f"the audio could not be fetched: {done.stderr.decode().strip()}")
    content = AUDIO.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ClusterError(f"{AUDIO} has the checksum {found}, the status says {sha256}")
    return len(content)


def report(target: Target, status: dict[str, Any], size: int, seconds: float) -> None:
    """Prints what came out, and what a person may type next."""
    audio, performance = status["audio"], status.get("performance", {})
    print(f"""
{AUDIO.relative_to(ROOT)}
  address   {audio["uri"]}
  duration  {audio["durationSeconds"]:.2f} s, {size} bytes
  sha256    {audio["sha256"]} (checked)
  RTF       {performance.get("realTimeFactor", "not measured")}
  the demo took {seconds:.0f} s

Type next:""")
    if target.local:
        layout = Layout.of_this_machine()
        print(f'  export KUBECONFIG={layout.kubeconfig} PATH="{layout.bin}:$PATH"')
    print(f"""  kubectl get voicejob {NAME} --output yaml
  kubectl explain voicejob.spec
  kubectl apply --filename - <<END
apiVersion: voicejob.dev/v1alpha1
kind: VoiceJob
metadata: {{name: mine}}
spec: {{text: "Anything that you would like to hear."}}
END
  kubectl exec --namespace {NAMESPACE} deploy/{RELEASE} -- \\
    voicejob-operator fetch {SPOKEN_IN}/mine > mine.wav""")
    if target.local:
        print("  make down")


def demo(context: str, values: tuple[Path, ...], install_only: bool) -> None:
    """Does it all, or all up to the installed chart.

    Raises:
        ClusterError: what went wrong, and what is known about it.
    """
    started = time.monotonic()
    if context:
        target = existing_target(context, values)
    else:
        prepare_machine()
        target = local_target(values)
    progress = Progress(1 + target.local * len(images.IMAGES) + (not install_only))
    if target.local:
        images.load(progress)
    with progress.step(f"installing the chart into {NAMESPACE}") as step:
        install(target, step)
    if install_only:
        return
    print(f"applying {EXAMPLE.relative_to(ROOT)}", flush=True)
    status = speak(target)
    with progress.step("fetching the audio"):
        size = fetch(target, status["audio"]["sha256"])
    report(target, status, size, time.monotonic() - started)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--context", default="", help="a context of your kubeconfig")
    parser.add_argument("--values", type=Path, action="append", default=[])
    parser.add_argument("--install-only", action="store_true", help="stop at the installed chart")
    given = parser.parse_args()
    os.chdir(ROOT)
    try:
        demo(given.context, tuple(given.values), given.install_only)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

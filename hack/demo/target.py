"""The cluster that the demo runs on, and what it says of pods that do not do well."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from onenode.commands import run
from onenode.errors import ClusterError, CommandError
from onenode.layout import Layout

ROOT = Path(__file__).resolve().parents[2]
VALUES = ROOT / "hack" / "demo" / "values.yaml"
NAMESPACE = "voicejob-system"
RELEASE = "voicejob-operator"


@dataclass(frozen=True)
class Target:
    """The cluster that the demo runs on.

    Attributes:
        kubectl: kubectl's command line, up to its verb.
        helm: helm's command line, up to its verb.
        local: it is the cluster of hack/cluster.
        values: files of values for the chart.
        settings: single values for the chart, as NAME=VALUE, which go before those of the files.
        namespace: the release's.
        spoken_in: the namespace of the VoiceJob.
        flags: what a person has to write behind `kubectl` to reach this cluster.
    """

    kubectl: tuple[str, ...]
    helm: tuple[str, ...]
    local: bool
    values: tuple[Path, ...]
    settings: tuple[str, ...] = ()
    namespace: str = NAMESPACE
    spoken_in: str = "default"
    flags: str = ""

    def ask(self, *arguments: str, stdin: str = "", timeout_s: float = 60) -> str:
        """What kubectl prints."""
        return run(*self.kubectl, *arguments, stdin=stdin, timeout_s=timeout_s)

    def pods(self, namespace: str) -> str:
        """What the pods of a namespace wait for, as a table for a person."""
        columns = (
            "NAME:.metadata.name,PHASE:.status.phase,"
            "WAITING:.status.containerStatuses[*].state.waiting.reason,"
            "MESSAGE:.status.containerStatuses[*].state.waiting.message,"
            "INIT:.status.initContainerStatuses[*].state.waiting.message,"
            "SCHEDULING:.status.conditions[?(@.type=='PodScheduled')].message"
        )
        output = f"custom-columns={columns}"
        return self._told("pods", "get", "pods", "--namespace", namespace, "--output", output)

    def operator_log(self) -> str:
        """The end of what the operator has logged."""
        title = "the operator's last log lines"
        pod = f"deploy/{RELEASE}"
        return self._told(title, "logs", "--namespace", self.namespace, pod, "--tail", "30")

    def architectures(self) -> frozenset[str]:
        """Those of the nodes, as Kubernetes names them; none where nodes may not be seen."""
        try:
            nodes = json.loads(self.ask("get", "nodes", "--output", "json"))["items"]
        except CommandError:
            return frozenset()
        told = (node["status"].get("nodeInfo", {}).get("architecture", "") for node in nodes)
        return frozenset(filter(None, told))

    def _told(self, title: str, *arguments: str) -> str:
        try:
            return f"{title}:\n{self.ask(*arguments)}"
        except CommandError as error:
            return f"{title}: {error}"


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


def existing_target(context: str, values: tuple[Path, ...], namespace: str) -> Target:
    """A cluster that a person's kubeconfig has.

    Raises:
        ClusterError: kubectl or helm is not installed, there is no such context, or the cluster
            does not answer.
    """
    for program in ("kubectl", "helm"):
        if shutil.which(program) is None:
            raise ClusterError(f"{program} is not installed: the demo needs it for your cluster")
    config = json.loads(run("kubectl", "config", "view", "--output", "json"))
    contexts = {each["name"]: each["context"] for each in config.get("contexts") or ()}
    if context not in contexts:
        known = ", ".join(sorted(contexts)) or "none at all"
        raise ClusterError(f"your kubeconfig has no context {context}: it has {known}")
    target = Target(
        kubectl=("kubectl", "--context", context),
        helm=("helm", "--kube-context", context),
        local=False,
        values=values,
        namespace=namespace,
        spoken_in=contexts[context].get("namespace") or "default",
        flags="" if config.get("current-context") == context else f" --context {context}",
    )
    target.ask("get", "--raw", "/version")
    return target

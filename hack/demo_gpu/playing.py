"""Applies the VoiceJobs, shows what becomes of them, and plays the workers on kwok's nodes."""

from __future__ import annotations

import json
import time
from typing import Any

from demo.target import Target
from demo_gpu.devices import Manifest
from demo_gpu.voicejobs import EXAMPLES, Example
from onenode.errors import ClusterError

NAMESPACE = "demo-gpu"
LIMIT_S = 180.0
_KWOK = "kwok.voicejob.dev"


class Stage:
    """The demo's namespace: its VoiceJobs, and their pods."""

    def __init__(self, target: Target) -> None:
        """Everything goes through kubectl."""
        self._target = target
        self._played: set[str] = set()
        self._told: dict[str, tuple[str, ...]] = {}

    def apply(self, *manifests: Manifest, namespace: str = NAMESPACE) -> None:
        """Creates or changes objects, on the server's side: nodes keep their status so."""
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        how = ("apply", "--server-side", "--force-conflicts", "--namespace", namespace)
        self._target.ask(*how, "--filename", "-", stdin=listed)

    def run(self) -> dict[str, Manifest]:
        """Applies the VoiceJobs and returns each, once all have ended.

        Raises:
            ClusterError: one failed, or did not end in time.
        """
        self.apply(*(example.manifest() for example in EXAMPLES))
        deadline = time.monotonic() + LIMIT_S
        while True:
            found = {each["metadata"]["name"]: each for each in self._list("voicejobs")}
            pods = self._list("pods")
            for example in EXAMPLES:
                self._tell(example, found[example.name], pods)
                self._play(example, found[example.name], pods)
            phases = {name: _phase(each) for name, each in found.items()}
            if all(phase in ("Succeeded", "Failed") for phase in phases.values()):
                break
            if time.monotonic() > deadline:
                raise ClusterError(f"not all have ended after {LIMIT_S:.0f} s: {phases}")
            # Asked and not watched: VoiceJobs and pods together tell it.
            time.sleep(0.3)
        failed = [name for name, phase in phases.items() if phase == "Failed"]
        if failed:
            told = self._target.ask("describe", "voicejobs", *failed, "--namespace", NAMESPACE)
            raise ClusterError(f"failed: {', '.join(failed)}\n{told}")
        return found

    def _list(self, kind: str) -> list[Manifest]:
        told = self._target.ask("get", kind, "--namespace", NAMESPACE, "--output", "json")
        items: list[Manifest] = json.loads(told)["items"]
        return items

    def _tell(self, example: Example, voicejob: Manifest, pods: list[Manifest]) -> None:
        """A line for each change of its phase, reason or node."""
        status = voicejob.get("status", {})
        nodes = [pod["spec"]["nodeName"] for pod in _pods_of(example, pods) if _is_placed(pod)]
        jobs = status.get("jobs", [])
        resource = jobs[-1].get("gpu", {}).get("resource", "") if jobs else ""
        line = (_phase(voicejob), status.get("reason", ""), *nodes[-1:])
        if self._told.get(example.name) != line:
            self._told[example.name] = line
            told = f"  {example.name:<8} {line[0]:<10} {line[1]:<20} {resource:<24}"
            print(f"{told} {nodes[-1] if nodes else ''}".rstrip(), flush=True)

    def _play(self, example: Example, voicejob: Manifest, pods: list[Manifest]) -> None:
        """Ends each pod that runs on kwok's nodes, as its worker would have."""
        numbers = {job["name"]: job["number"] for job in _jobs(voicejob)}
        for pod in _pods_of(example, pods):
            name = pod["metadata"]["name"]
            job = pod["metadata"]["labels"].get("batch.kubernetes.io/job-name", "")
            is_due = _phase(pod) == "Running" and name not in self._played and job in numbers
            # The VoiceJob is seen to run first: this is a demo.
            if not example.endings or not is_due or _phase(voicejob) != "Running":
                continue
            ending = example.endings[min(numbers[job], len(example.endings)) - 1]
            self._played.add(name)
            self._target.ask(
                *("annotate", "pod", name, "--namespace", NAMESPACE, "--overwrite"),
                f"{_KWOK}/exit-code={ending.exit_code}",
                f"{_KWOK}/termination-message={ending.message()}",
                f"{_KWOK}/run-for=0s",
            )


def _phase(body: Manifest) -> str:
    return str(body.get("status", {}).get("phase", "Pending"))


def _jobs(voicejob: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = voicejob.get("status", {}).get("jobs", [])
    return found


def _pods_of(example: Example, pods: list[Manifest]) -> list[Manifest]:
    found = [
        pod for pod in pods if pod["metadata"]["labels"].get("voicejob.dev/name") == example.name
    ]
    return sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def _is_placed(pod: Manifest) -> bool:
    return bool(pod["spec"].get("nodeName"))

"""The chart's own rights: enough for everything that the operator does, and not one too many."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from account import Right, install_account, write_kubeconfig
from kubectl import Kubectl, Manifest, eventually
from played_pods import ALLOW_PLAYED, PLAYED, PlayedPods, started_at
from surroundings import OwnOperator
from voicejobs import SENTENCES, VoiceJobs

from voicejob_api.exit_codes import ExitCode
from voicejob_operator.rights import FOR_IDENTITY, FOR_LEADERSHIP, IN_SERVED_NAMESPACES

pytestmark = pytest.mark.operator_away

RIGHTS: list[Right] = [
    (*of, verb)
    for rights in (IN_SERVED_NAMESPACES, FOR_LEADERSHIP, FOR_IDENTITY)
    for of, verbs in rights.items()
    for verb in sorted(verbs)
]
SAMPLE = {
    ("voicejob.dev", "voicejobs", "get"),
    ("batch", "jobs", "get"),
    ("", "pods", "watch"),
    ("", "secrets", "update"),
    ("coordination.k8s.io", "leases", "update"),
}
"""Those that need the longest part of a life, or another part of the operator, to be missed."""
assert set(RIGHTS) >= SAMPLE
TRIED = RIGHTS if os.environ.get("VOICEJOB_RIGHTS") == "whole" else sorted(SAMPLE)


@dataclass
class Life:
    """Two short VoiceJobs that between them need every right that there is.

    Each ``advance`` does what can be done by now, so that a life goes as far as it may.
    """

    voicejobs: VoiceJobs
    pods: PlayedPods
    _to_do: list[bool] = field(default_factory=lambda: [True, False])
    """Values of ``spec.suspend``, one after the other, before the pod is placed."""
    _missed: str = ""
    """Version of the Secret of the grants when the kubelet said that it was not there."""
    _deleted: str = ""
    """Name of the first pod."""

    def begin(self) -> None:
        deadlines = {"queueSeconds": 1}
        self.voicejobs.apply(
            "waits", text="hi", deadlines=deadlines, ttlSecondsAfterFinished=0, **PLAYED
        )
        self.voicejobs.apply("works", text="hi", **PLAYED)

    def advance(self) -> bool:
        """Go a step on; return whether it is over."""
        if self._to_do:
            self._suspend()
            return False
        for pod in self.voicejobs.pods("works"):
            self._play(pod)
        has_ended = self.voicejobs.phase("works") == "Failed"
        return has_ended and self.voicejobs.kubectl.get("voicejob", "waits") is None

    def _suspend(self) -> None:
        """Suspend the Job, once it has a pod, and resume it, once it is suspended."""
        jobs = self.voicejobs.kubectl.list("jobs", "voicejob.dev/name=works")
        wanted = self._to_do[0]
        is_due = jobs and jobs[0]["spec"]["suspend"] is not wanted
        if is_due and bool(self.voicejobs.pods("works")) is wanted:
            self.voicejobs.kubectl.patch("voicejob", "works", {"spec": {"suspend": wanted}})
            self._to_do.pop(0)

    def _play(self, pod: Manifest) -> None:
        is_deleted = "deletionTimestamp" in pod["metadata"]
        if pod["status"]["phase"] in ("Succeeded", "Failed"):
            if is_deleted:
                self.pods.remove(pod)
        elif is_deleted:
            self.pods.end(pod, 143)
        elif not pod["spec"].get("nodeName"):
            self.pods.bind(pod, "no-such-node")
        elif not started_at(pod):
            if len(self._secrets()) == 2:
                self.pods.start(pod)
        elif self.voicejobs.phase("works") == "Running":
            self._work(pod)

    def _work(self, pod: Manifest) -> None:
        """The first pod misses its Secrets and is then deleted by somebody; the second gives up."""
        name = pod["metadata"]["name"]
        if self._deleted not in ("", name):
            self.pods.end(pod, ExitCode.INVALID_INPUT)
            return
        secrets = self._secrets()
        (grants,) = (version for name, version in secrets.items() if name.endswith("-grants"))
        if not self._missed:
            self._missed = grants
        if grants == self._missed:
            self.pods.miss(pod, *secrets)
        else:
            self._deleted = name
            self.voicejobs.kubectl("delete", "pod", name, "--wait=false")

    def _secrets(self) -> dict[str, str]:
        """Versions of the VoiceJob's Secrets, by their names."""
        found = self.voicejobs.kubectl.list("secret", "voicejob.dev/name=works")
        return {each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in found}


@dataclass
class Limited:
    """An operator with the chart's rights for one namespace, or all of them but one."""

    operator: OwnOperator
    home: Kubectl
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        self.life = Life(self.operator.voicejobs, PlayedPods(self.operator.voicejobs.kubectl))

    def start(self, without: Right | None = None) -> VoiceJobs:
        voicejobs = self.operator.voicejobs
        account = install_account(self.home, voicejobs.kubectl, without)
        path = self.operator.log.with_name("kubeconfig")
        self.operator.kubeconfig = write_kubeconfig(self.home, account, path)
        return self.operator.start(
            NAMESPACE=self.home.namespace,
            REACH_WORKERS="direct",
            LOG_FORMAT="json",
            GPU__DISCOVERY="false",
            **ALLOW_PLAYED,
        )

    def complaints(self) -> list[str]:
        """What it says of rights that it lacks: in its log, to probes, in its VoiceJobs."""
        logged = self.operator.log.read_text().splitlines()
        told = [line for line in logged if '"level": "info"' not in line]
        told.append(self.operator.answer("/readyz"))
        told += [
            json.dumps(found.get("status", {}).get("conditions", []))
            for found in self.operator.voicejobs.kubectl.list("voicejob")
        ]
        return [each for each in told if "forbidden" in each or "may not" in each]


@pytest.fixture
def limited(own_operator: OwnOperator, other_voicejobs: VoiceJobs) -> Iterator[Limited]:
    yield Limited(own_operator, other_voicejobs.kubectl)
    print(own_operator.voicejobs.kubectl("describe", "voicejobs"))


def test_the_charts_own_role_is_enough_for_a_whole_life(limited):
    voicejobs = limited.start()
    voicejobs.apply("spoken", text=SENTENCES[0])
    limited.life.begin()
    eventually("a life is over", limited.life.advance, 60)
    assert voicejobs.status("works")["retriesUsed"] == 0
    assert voicejobs.await_phase("spoken", "Succeeded", seconds=40)["audio"]["durationSeconds"] > 1
    assert not limited.complaints()


@pytest.mark.parametrize("right", TRIED, ids="-".join)
def test_without_any_one_right_something_is_told(limited, right):
    _, resource, verb = right
    limited.start(without=right)
    limited.life.begin()

    def missed():
        limited.life.advance()
        told = [each for each in limited.complaints() if resource in each]
        watched = "needs list and watch" if verb in ("list", "watch") else "\0"
        return [each for each in told if f"cannot {verb} resource" in each or watched in each]

    eventually(f"somebody misses {verb} of {resource}", missed, 30)

"""Waiting is not failing: what is in the way is told by whoever says it, and waited for."""

import json
from contextlib import ExitStack, contextmanager
from datetime import datetime

import pytest
from hindrances import (
    dead_webhook,
    in_the_way,
    limit_range,
    missing_priority_class,
    policy,
    quota,
    resource_quota,
)
from kubectl import Kubectl, eventually
from surroundings import real_node
from voicejobs import SENTENCES

IN_THE_WAY = {
    "quotas": (
        quota("secrets", "count/secrets"),
        quota("jobs", "count/jobs.batch"),
        quota("pods", "pods"),
    ),
    "policies": (policy("secrets"), policy("jobs"), policy("pods")),
    "dead-webhooks": (dead_webhook("secrets"), dead_webhook("jobs"), dead_webhook("pods")),
    "priority-class-and-limit-range": (missing_priority_class(), limit_range()),
}
"""In the order in which they are met."""
GPU = "nvidia.com/mig-1g.6gb"
"""Of a kind that no other test asks for."""
SILENT = {"podTemplate": {"spec": {"schedulerName": "nobodys-scheduler"}}}
HAMI = {
    "event": "no available node, 1 nodes do not meet: CardInsufficientMemory",
    "condition": "0/1 nodes are available: 1 node unregistered.",
}


def queued(voicejobs, name, reason, words):
    """Wait until it tells this in phase Queued."""

    def told():
        found = voicejobs.condition(name, "Queued")
        return found if (found.get("reason"), found.get("status")) == (reason, "True") else {}

    wanted = f"{name} is queued, {reason}: {words}"
    eventually(wanted, lambda: words in told().get("message", ""), 30)
    status = voicejobs.status(name)
    assert (status["phase"], status["reason"]) == ("Queued", reason)


def goes_on_by_itself(voicejobs, name):
    status = voicejobs.await_phase(name, "Succeeded", seconds=100)
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
    assert status.get("retriesUsed", 0) == 0
    assert len(status["jobs"]) == 1


@pytest.mark.parametrize("title", IN_THE_WAY)
def test_whatever_is_in_the_way_is_told_and_once_lifted_it_goes_on_by_itself(voicejobs, title):
    hindrances, kubectl, asked = IN_THE_WAY[title], voicejobs.kubectl, {}
    for hindrance in hindrances:
        asked |= hindrance.asks(kubectl.namespace)
    with ExitStack() as stack:
        ways = [stack.enter_context(in_the_way(kubectl, each)) for each in hindrances]
        voicejobs.apply("patient", text=SENTENCES[0], retries=0, **asked)
        for way, hindrance in zip(ways, hindrances, strict=True):
            queued(voicejobs, "patient", hindrance.reason, hindrance.words)
            if hindrance.is_told_by_an_event:
                kubectl("delete", "events", "--all", "--wait=false")
            voicejobs.look_again("patient")
            queued(voicejobs, "patient", hindrance.reason, hindrance.words)
            way.lift()
        goes_on_by_itself(voicejobs, "patient")


def test_a_quota_that_is_full_once_the_pod_is_placed_is_told_too(voicejobs):
    """The job file is let in, the grants are not."""
    voicejobs.kubectl.create(resource_quota("full", "count/secrets", 1))
    voicejobs.apply("half", text=SENTENCES[0], retries=0)
    started = voicejobs.await_condition("half", "Started", "SecretForbidden")
    assert "exceeded quota: full" in started["message"]
    assert voicejobs.phase("half") == "Starting"
    voicejobs.kubectl("delete", "resourcequota", "full")
    goes_on_by_itself(voicejobs, "half")


def test_the_queue_deadline_alone_ends_a_wait_and_tells_what_for(voicejobs):
    deadlines = {"startSeconds": 1, "queueSeconds": 6}
    with in_the_way(voicejobs.kubectl, quota("pods", "pods")):
        voicejobs.apply("late", text=SENTENCES[0], deadlines=deadlines)
        queued(voicejobs, "late", "FailedCreate", "exceeded quota: no-pods")
        status = voicejobs.await_phase("late", "Failed", seconds=30)
    assert status["reason"] == "QueueDeadlineExceeded"
    assert "exceeded quota: no-pods" in voicejobs.condition("late", "Failed")["message"]
    made = voicejobs.get("late")["metadata"]["creationTimestamp"]
    waited = datetime.fromisoformat(status["completionTime"]) - datetime.fromisoformat(made)
    assert waited.total_seconds() >= 6
    assert not status["attempts"]


# -- GPUs ------------------------------------------------------------------------------------------


@contextmanager
def gpus_on_the_node(count):
    """As a device plugin on a node that has just come would advertise them."""
    kubectl = Kubectl("default")
    node = real_node()

    def advertise(amount):
        status = {"status": {"capacity": {GPU: amount}, "allocatable": {GPU: amount}}}
        patch = ("patch", "node", node, "--subresource=status", "--type=merge")
        kubectl(*patch, "-p", json.dumps(status))

    advertise(str(count))
    try:
        yield
    finally:
        advertise(None)


def test_gpus_are_waited_for_first_on_a_node_and_then_in_the_quota(voicejobs):
    """As with an autoscaler that has scaled its GPU nodes to zero."""
    voicejobs.kubectl.create(resource_quota("full", f"requests.{GPU}", 0))
    eventually("it counts", lambda: used(voicejobs.kubectl), 20)
    asked = {"gpu": {"resourceName": GPU}, "deadlines": {"startSeconds": 60}}
    voicejobs.apply("gpu", text=SENTENCES[0], retries=0, **asked)
    queued(voicejobs, "gpu", "NoSuchGPU", f"No node has {GPU}")
    assert "NoSuchGPU" in voicejobs.kubectl("get", "voicejob", "gpu")
    with gpus_on_the_node(1):
        queued(voicejobs, "gpu", "FailedCreate", f"requested: requests.{GPU}=1")
        voicejobs.kubectl("delete", "resourcequota", "full")
        goes_on_by_itself(voicejobs, "gpu")


def used(kubectl):
    found = json.loads(kubectl("get", "resourcequota", "full", "-o", "json"))
    return found.get("status", {}).get("used")


# -- other schedulers ------------------------------------------------------------------------------


def say_by_an_event(kubectl, pod):
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "said"},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                "namespace": kubectl.namespace,
                **{key: pod["metadata"][key] for key in ("name", "uid")},
            },
            "type": "Warning",
            "reason": "FilteringFailed",
            "message": HAMI["event"],
            "lastTimestamp": pod["metadata"]["creationTimestamp"],
        }
    )


def say_by_a_condition(kubectl, pod):
    said = {"reason": "Unschedulable", "message": HAMI["condition"]}
    conditions = [{"type": "PodScheduled", "status": "False", **said}]
    patch = ("patch", "pod", pod["metadata"]["name"], "--subresource=status", "--type=merge")
    kubectl(*patch, "-p", json.dumps({"status": {"conditions": conditions}}))


def give_a_node(kubectl, pod):
    node = real_node()
    target = {"apiVersion": "v1", "kind": "Node", "name": node}
    metadata = {"name": pod["metadata"]["name"]}
    kubectl.create({"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target})


def test_another_schedulers_words_are_told_and_kept_until_it_finds_a_node(voicejobs):
    kubectl = voicejobs.kubectl
    voicejobs.apply("elsewhere", text=SENTENCES[0], retries=0, **SILENT)
    queued(voicejobs, "elsewhere", "WaitingForNode", '"nobodys-scheduler"')
    (pod,) = voicejobs.pods("elsewhere")
    say_by_an_event(kubectl, pod)
    queued(voicejobs, "elsewhere", "Unschedulable", HAMI["event"])
    say_by_a_condition(kubectl, pod)
    queued(voicejobs, "elsewhere", "Unschedulable", HAMI["condition"])
    give_a_node(kubectl, pod)
    goes_on_by_itself(voicejobs, "elsewhere")


@pytest.mark.operator_away
def test_words_outlive_their_event_and_the_operator_that_has_heard_it(own_operator):
    own = own_operator.start()
    own.apply("elsewhere", text=SENTENCES[0], **SILENT)
    queued(own, "elsewhere", "WaitingForNode", '"nobodys-scheduler"')
    (pod,) = own.pods("elsewhere")
    say_by_an_event(own.kubectl, pod)
    queued(own, "elsewhere", "Unschedulable", HAMI["event"])
    own_operator.kill()
    own.kubectl("delete", "event", "said")
    own_operator.start()
    own.look_again("elsewhere")
    queued(own, "elsewhere", "Unschedulable", HAMI["event"])

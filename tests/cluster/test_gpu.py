"""Whole GPUs, advertised on the real node as a device plugin would."""

import pytest
from kubectl import Kubectl, eventually
from surroundings import real_node
from voicejobs import long_text


@pytest.fixture
def two_gpus():
    kubectl = Kubectl("default")
    node = real_node()

    def advertise(count):
        amount = {"nvidia.com/gpu": count}
        patch = (
            '{"status":{"capacity":{"nvidia.com/gpu":"%s"},"allocatable":{"nvidia.com/gpu":"%s"}}}'
        )
        kubectl(
            "patch",
            "node",
            node,
            "--subresource=status",
            "--type=merge",
            "-p",
            patch % (count, count),
        )
        return amount

    advertise(2)
    yield
    advertise(0)


def test_two_gpus_run_two_and_the_third_waits_its_turn(voicejobs, two_gpus):
    # So little of everything else that GPUs are what there are too few of.
    asked = {"gpu": {"count": 1}, "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}}}
    for name in ("one", "two"):
        voicejobs.apply(name, text=long_text(20), **asked)
        voicejobs.await_phase(name, "Running")
    voicejobs.apply("three", text="The third one waited for its turn.", **asked)

    def waiting():
        return voicejobs.condition("three", "Queued")

    wanted = "Insufficient nvidia.com/gpu"
    eventually("the scheduler's reason", lambda: wanted in waiting().get("message", ""), 30)
    assert (waiting()["status"], waiting()["reason"]) == ("True", "Unschedulable")
    assert voicejobs.phase("three") == "Queued"
    assert {voicejobs.phase("one"), voicejobs.phase("two")} == {"Running"}
    voicejobs.await_phase("three", "Succeeded", seconds=180)
    limits = voicejobs.pods("one")[0]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == "1"

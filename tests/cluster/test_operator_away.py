"""An operator that is killed, stopped, or wrongly set up."""

import time

import pytest
from kubectl import eventually
from voicejobs import long_text

pytestmark = pytest.mark.operator_away


def test_an_image_that_cannot_be_pulled_is_told_in_the_kubelets_words(own_operator):
    own = own_operator.start(
        WORKER__IMAGE="localhost/no-such-image:dev", WORKER__IMAGE_PULL_POLICY="IfNotPresent"
    )
    own.apply("pull", text="hello", deadlines={"startSeconds": 12})
    eventually(
        "the kubelet's reason",
        lambda: (
            own.condition("pull", "Started").get("reason") in ("ErrImagePull", "ImagePullBackOff")
        ),
        12,
    )
    own.await_phase("pull", "Failed", seconds=60)
    found = own.condition("pull", "Failed")
    assert found["reason"] == "StartDeadlineExceeded"
    assert "no-such-image" in found["message"]


@pytest.mark.parametrize("moment", [0.2, 1.2, 3.0])
def test_an_operator_killed_at_any_moment_loses_nothing(own_operator, moment):
    own = own_operator.start()
    own.apply("hello", text=long_text(8))
    time.sleep(moment)
    own_operator.kill()
    time.sleep(1)
    own_operator.start()
    status = own.await_phase("hello", "Succeeded", seconds=120)
    assert len(own.kubectl.list("jobs")) == 1
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
    events = own.events_at_end("hello")
    assert len(events) == len(set(events)), events


def test_an_operator_that_is_asked_to_stop_leaves_soon_and_cleanly(own_operator):
    own = own_operator.start()
    own.apply("hello", text=long_text(15))
    own.await_phase("hello", "Running")
    started = time.monotonic()
    assert own_operator.stop() == 0
    assert time.monotonic() - started < 25
    own_operator.start()
    own.await_phase("hello", "Succeeded", seconds=120)

"""An operator that is killed, stopped, or wrongly set up. These tests run alone."""

import time

import pytest
from kubectl import eventually
from voicejobs import long_text

pytestmark = pytest.mark.disruptive


def test_an_image_that_cannot_be_pulled_is_told_in_the_kubelets_words(own_operator):
    own = own_operator.start(WORKER__IMAGE="localhost/no-such-image:dev")
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
    own.apply("hello", text=long_text(12))
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
    own.apply("hello", text=long_text(30))
    own.await_phase("hello", "Running")
    started = time.monotonic()
    assert own_operator.stop() == 0
    assert time.monotonic() - started < 25
    own_operator.start()
    own.await_phase("hello", "Succeeded", seconds=120)


def test_a_store_that_stays_away_costs_an_attempt_and_no_synthesis(own_operator, store, store_away):
    voicejobs = own_operator.start(WORKER__STORE_RETRY_SECONDS="12")
    voicejobs.apply("stubborn", text=long_text(60))
    key = (
        f"checkpoints/{voicejobs.kubectl.namespace}/{voicejobs.get('stubborn')['metadata']['uid']}"
    )
    eventually("a checkpoint, which is written each 15 s", lambda: key in store.keys(key), 90)
    store_away(True)
    eventually(
        "the first attempt's end", lambda: _outcomes(voicejobs, "stubborn")[:1] == ["Failed"], 200
    )
    first = voicejobs.status("stubborn")["attempts"][0]
    assert (first["exitCode"], first["reason"]) == (21, "StoreUnavailable")
    store_away(False)
    status = voicejobs.await_phase("stubborn", "Succeeded", seconds=200)
    assert status["attempts"][-1]["chunksResumed"] > 0


def _outcomes(voicejobs, name):
    return [attempt.get("outcome") for attempt in voicejobs.status(name).get("attempts", [])]

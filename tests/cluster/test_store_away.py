"""What happens when the store is not there."""

import time

import pytest
from kubectl import eventually
from voicejobs import SENTENCES, long_text

pytestmark = pytest.mark.operator_away


def test_a_store_that_comes_back_gets_the_audio_without_a_second_synthesis(own_operator, door):
    voicejobs = own_operator.start(STORE__ENDPOINT=door.endpoint)
    voicejobs.apply("patient", text=long_text(20))
    voicejobs.await_phase("patient", "Running")
    door.shut()

    def is_spoken():
        progress = voicejobs.status("patient").get("progress", {})
        return progress.get("chunksDone", 0) == progress.get("chunksTotal", -1)

    eventually("all is spoken", is_spoken, 60)
    time.sleep(8)
    assert voicejobs.phase("patient") == "Running"
    door.open()
    status = voicejobs.await_phase("patient", "Succeeded", seconds=120)
    assert len(status["attempts"]) == 1


@pytest.mark.lengthy
def test_a_store_that_stays_away_costs_an_attempt_and_no_synthesis(own_operator, store, door):
    voicejobs = own_operator.start(
        STORE__ENDPOINT=door.endpoint,
        WORKER__CHECKPOINT_SECONDS="2",
        WORKER__STORE_RETRY_SECONDS="12",
        WORKER__UPLOAD_RETRY_SECONDS="12",
    )
    voicejobs.apply("stubborn", text=long_text(40))
    uid = voicejobs.get("stubborn")["metadata"]["uid"]
    eventually("a checkpoint", lambda: store.checkpoints(uid), 90)
    door.shut()

    def outcomes():
        attempts = voicejobs.status("stubborn").get("attempts", [])
        return [attempt.get("outcome") for attempt in attempts]

    eventually("the first attempt's end", lambda: outcomes()[:1] == ["Failed"], 200)
    first = voicejobs.status("stubborn")["attempts"][0]
    assert (first["exitCode"], first["reason"]) == (21, "StoreUnavailable")
    door.open()
    status = voicejobs.await_phase("stubborn", "Succeeded", seconds=200)
    assert status["attempts"][-1]["chunksResumed"] > 0


def test_a_store_that_has_lost_its_bucket_gets_it_again(own_operator, store):
    bucket = store.bucket("lost")
    voicejobs = own_operator.start(STORE__BUCKET=bucket)
    voicejobs.apply("before", text=SENTENCES[0])
    voicejobs.await_phase("before", "Succeeded")
    for key in store.keys("", bucket):
        store.client.delete_object(Bucket=bucket, Key=key)
    store.client.delete_bucket(Bucket=bucket)
    eventually("the bucket is there again", lambda: store.has_bucket(bucket), 20)
    voicejobs.apply("hello", text=SENTENCES[0])
    voicejobs.await_phase("hello", "Succeeded")

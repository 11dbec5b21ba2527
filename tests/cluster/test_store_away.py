"""What happens when the store is not there. These tests run alone."""

import time

import pytest
from kubectl import Kubectl, eventually
from voicejobs import RELEASE_NAMESPACE, SENTENCES, long_text

pytestmark = pytest.mark.disruptive


def test_a_store_that_comes_back_gets_the_audio_without_a_second_synthesis(voicejobs, store_away):
    voicejobs.apply("patient", text=long_text(40))
    voicejobs.await_phase("patient", "Running")
    store_away(True)
    time.sleep(25)
    assert voicejobs.phase("patient") == "Running"
    store_away(False)
    status = voicejobs.await_phase("patient", "Succeeded", seconds=120)
    assert len(status["attempts"]) == 1


def test_a_store_that_stays_away_costs_an_attempt_and_no_synthesis(voicejobs, store, store_away):
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


def test_health_and_metrics_are_served(release):
    base = "/api/v1/namespaces/{}/services/{}:http/proxy"
    path = base.format(RELEASE_NAMESPACE, "voicejob-operator-metrics")
    assert Kubectl("default")("get", "--raw", f"{path}/healthz") == "ok"
    metrics = Kubectl("default")("get", "--raw", f"{path}/metrics")
    assert 'voicejob_voicejobs{phase="Succeeded"}' in metrics
    assert "voicejob_reconciles_total" in metrics
    assert SENTENCES[0] not in metrics


def test_a_store_that_has_lost_its_bucket_gets_it_again(voicejobs, store):
    for key in store.keys(""):
        store.client.delete_object(Bucket="voicejob", Key=key)
    store.client.delete_bucket(Bucket="voicejob")
    eventually("the bucket is there again", lambda: store.has_bucket("voicejob"), 20)
    voicejobs.apply("hello", text=SENTENCES[0])
    voicejobs.await_phase("hello", "Succeeded")

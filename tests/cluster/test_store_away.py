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

    def is_spoken():
        progress = voicejobs.status("patient").get("progress", {})
        return progress.get("chunksDone", 0) == progress.get("chunksTotal", -1)

    eventually("all is spoken", is_spoken, 60)
    time.sleep(8)
    assert voicejobs.phase("patient") == "Running"
    store_away(False)
    status = voicejobs.await_phase("patient", "Succeeded", seconds=120)
    assert len(status["attempts"]) == 1


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

"""From `kubectl apply` to audio: the way most VoiceJobs go."""

import time

import pytest
import yaml
from kubectl import Kubectl
from voicejobs import SENTENCES, long_text

HELLO = "Hello from a real cluster. This is the second sentence, and here is a third one."
OF_THE_MACHINE = "DiskFilling"
"""An event that a node with little left on its disk has told, whatever is tested."""


def test_hello_becomes_audio_and_tells_its_story(voicejobs):
    voicejobs.apply("hello", text=HELLO, audio={"subtitles": ["srt", "vtt"]})
    status = voicejobs.await_phase("hello", "Succeeded")
    heard = voicejobs.heard("hello")
    assert heard.is_audible
    assert 3 < heard.seconds < 15
    events = [one for one in voicejobs.events_at_end("hello") if one != OF_THE_MACHINE]
    assert sorted(events) == ["Completed", "Started"]
    truths = {found["type"]: found["status"] for found in status["conditions"]}
    assert truths == {
        "Accepted": "True",
        "Queued": "False",
        "Started": "True",
        "Stalled": "False",
        "Complete": "True",
        "Failed": "False",
    }
    assert {found["observedGeneration"] for found in status["conditions"]} == {1}
    assert status["progress"]["percent"] == 100
    assert status["attempts"][0]["outcome"] == "Succeeded"
    assert status["attempts"][0]["node"]
    assert 0 < status["performance"]["realTimeFactor"] < 2
    assert abs(status["quality"]["loudnessLUFS"] + 16) < 1
    assert status["quality"]["truePeakDBTP"] <= -1
    assert voicejobs.audio("hello", "srt").decode().startswith("1\n00:00:00,")
    assert voicejobs.audio("hello", "vtt").decode().startswith("WEBVTT")


def test_kubectl_get_shows_what_matters(voicejobs):
    voicejobs.apply("hello", text=HELLO)
    voicejobs.await_phase("hello", "Succeeded")
    head, row = voicejobs.kubectl("get", "vj").splitlines()
    assert head.split() == [
        "NAME",
        "ENGINE",
        "PHASE",
        "STAGE",
        "PROGRESS",
        "ETA",
        "RTF",
        "AUDIO",
        "REASON",
        "AGE",
    ]
    assert row.split()[:4] == ["hello", "piper", "Succeeded", "100%"]
    wide = voicejobs.kubectl("get", "vj", "-o", "wide")
    assert "NODE" in wide
    assert "DEVICE" in wide
    assert "s3://" in wide
    described = voicejobs.kubectl("describe", "vj", "hello")
    assert "Completed" in described


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac", "m4b"])
def test_every_format_is_stored(voicejobs, audio_format):
    audio = {"format": audio_format, "tags": {"title": "One sentence", "track": "1/2"}}
    voicejobs.apply("hello", text=SENTENCES[0], audio=audio)
    status = voicejobs.await_phase("hello", "Succeeded")
    assert status["audio"]["uri"].endswith(f".{audio_format}")
    assert voicejobs.heard("hello").is_audible


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(voicejobs):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        voicejobs.apply(name, text=HELLO, synthesis={"seed": seed})
    sums = [
        voicejobs.await_phase(name, "Succeeded")["audio"]["sha256"]
        for name in ("one", "two", "three")
    ]
    assert sums[0] == sums[1] != sums[2]


def test_a_long_text_shows_progress_on_its_way(voicejobs):
    voicejobs.apply("long", text=long_text(40))
    voicejobs.await_phase("long", "Running")
    seen = set()
    while voicejobs.phase("long") == "Running":
        progress = voicejobs.status("long").get("progress", {})
        seen.add((progress.get("percent"), progress.get("eta")))
        time.sleep(0.2)
    voicejobs.await_phase("long", "Succeeded", seconds=180)
    between = [percent for percent, eta in seen if percent and 0 < percent < 100 and eta]
    assert len(set(between)) >= 2, seen


def test_the_examples_are_spoken(voicejobs, examples):
    for path in examples:
        for document in yaml.safe_load_all(path.read_text()):
            # Other voices need a model: test_cloning.py, test_engines.py, test_many_texts.py.
            if document["kind"] == "VoiceJob" and not {"voice", "model"} & set(document["spec"]):
                document["metadata"].pop("namespace", None)
                voicejobs.kubectl.create(document)
                voicejobs.await_phase(document["metadata"]["name"], "Succeeded", seconds=120)


def test_a_worker_talks_to_the_store_and_to_nothing_else(voicejobs, connections):
    voicejobs.apply("quiet", text=long_text(8))
    voicejobs.await_phase("quiet", "Running")
    address = voicejobs.pods("quiet")[0]["status"]["podIP"]
    voicejobs.await_phase("quiet", "Succeeded")
    reached = connections(address)
    assert reached, "the connection table was read too late, or not at all"
    assert reached <= {"store", "dns"}, reached


def test_two_namespaces_share_no_name(voicejobs, other_voicejobs):
    voicejobs.apply("same", text=SENTENCES[0])
    other_voicejobs.apply("same", text=SENTENCES[5])
    first = voicejobs.await_phase("same", "Succeeded")["audio"]
    second = other_voicejobs.await_phase("same", "Succeeded")["audio"]
    assert first["uri"] != second["uri"]
    assert first["sha256"] != second["sha256"]
    voicejobs.heard("same")
    other_voicejobs.heard("same")


def test_a_name_of_63_characters_is_spoken(voicejobs):
    name = "n" * 63
    voicejobs.apply(name, text=SENTENCES[0])
    voicejobs.await_phase(name, "Succeeded")
    assert voicejobs.heard(name).is_audible


def test_health_and_metrics_are_served(voicejobs, release):
    voicejobs.apply("hello", text=SENTENCES[0])
    voicejobs.await_phase("hello", "Succeeded")
    base = f"/api/v1/namespaces/{release.namespace}/services/voicejob-operator-metrics:http/proxy"
    assert Kubectl("default")("get", "--raw", f"{base}/healthz") == "ok"
    metrics = Kubectl("default")("get", "--raw", f"{base}/metrics")
    assert 'voicejob_voicejobs{phase="Succeeded"}' in metrics
    assert "voicejob_reconciles_total" in metrics
    assert SENTENCES[0] not in metrics

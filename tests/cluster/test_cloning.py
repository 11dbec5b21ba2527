"""A cloned voice through the whole product, with a small checkpoint of the real pattern.

Its weights are random, so what it speaks is noise: it is shipped with accept BestEffort, and the
check is seen to find it.
"""

import json
from importlib import resources

import pytest
import yaml
from made_models import lay
from voicejobs import SENTENCES

TRANSCRIPT = "Some call me nature, others call me mother nature."
WRONG_TRANSCRIPT = "The morning train was late again, and people waited in the rain."
EXAMPLES = resources.files("f5_tts") / "infer/examples/basic"
RECORDING = EXAMPLES / "basic_ref_en.wav"


@pytest.fixture
def clone(volume):
    """A spec of a cloned voice, whose model and recording lie in the test's volume."""
    lay("f5", volume.folder / "model")
    reference = volume.put("voices/nature.wav", RECORDING.read_bytes())
    return {
        "engine": "f5-tts",
        "text": " ".join(SENTENCES[:3]),
        "model": {"uri": volume.address("model"), "variant": "v1"},
        "voice": {"reference": {"uri": reference, "transcript": TRANSCRIPT}},
        "synthesis": {"profile": "draft", "seed": 7},
        "quality": {"accept": "BestEffort"},
    }


def test_a_cloned_voice_is_spoken_stored_and_told(voicejobs, clone):
    voicejobs.apply("clone", **clone)
    status = voicejobs.await_phase("clone", "Succeeded", seconds=180)
    assert status["model"]["variant"] == "v1"
    assert status["model"]["precision"] == "float32"
    assert 3 <= status["reference"]["durationSeconds"] <= 12
    assert status["audio"]["sampleRate"] == 24000
    assert status["quality"]["accepted"] == "BestEffort"
    assert status["quality"]["chunksChecked"] == status["progress"]["chunksTotal"]
    assert sum(status["quality"]["faults"].values()) > 0

    voicejobs.apply("again", **clone)
    again = voicejobs.await_phase("again", "Succeeded", seconds=180)
    assert again["audio"]["sha256"] == status["audio"]["sha256"]


def test_two_clones_say_a_script_from_one_model(voicejobs, clone, volume):
    """The narrator's and Rui's recordings are two; the model is one, and loaded once."""
    rui = volume.put("voices/rui.wav", (EXAMPLES / "basic_ref_zh.wav").read_bytes())
    voices = {
        "Rui": {"reference": {"uri": rui, "transcript": "对，这就是我，万人敬仰的太乙真人。"}}
    }
    said = f"{SENTENCES[0]}\n\nRui: {SENTENCES[1]}"
    script = {"textFormat": "Script", "text": said, "voices": voices}
    audio = {"format": "m4b", "subtitles": ["vtt", "words"]}
    voicejobs.apply("two", **{**clone, **script, "audio": audio})
    voicejobs.apply("alone", **{**clone, "text": said.replace("Rui: ", "")})
    two = voicejobs.await_phase("two", "Succeeded", seconds=240)
    alone = voicejobs.await_phase("alone", "Succeeded", seconds=240)
    assert two["progress"]["chunksDone"] == two["progress"]["chunksTotal"] >= 2
    words = json.loads(voicejobs.audio("two", "words"))
    assert {word.get("voice") for word in words} == {None, "Rui"}
    assert b"<v Rui>" in voicejobs.audio("two", "vtt")
    assert voicejobs.heard("two").is_audible
    assert abs(voicejobs.heard("two").seconds - two["audio"]["durationSeconds"]) < 0.2
    assert two["audio"]["durationSeconds"] != alone["audio"]["durationSeconds"]
    assert len(two["attempts"]) == 1


def test_noise_is_never_shipped_as_speech_and_a_wrong_transcript_is_told(voicejobs, clone):
    other = {**clone["voice"]["reference"], "transcript": WRONG_TRANSCRIPT}
    quality = {"accept": "Strict", "transcribe": True}
    voicejobs.apply("strict", **{**clone, "voice": {"reference": other}, "quality": quality})
    status = voicejobs.await_phase("strict", "Failed", seconds=180)
    print(status["reference"], status["attempts"])
    assert any("does not hear its transcript" in note for note in status["reference"]["notes"])
    assert WRONG_TRANSCRIPT not in str(status)
    attempt = status["attempts"][-1]
    assert (attempt["exitCode"], attempt["reason"]) == (30, "QualityRejected")
    assert len(status["attempts"]) == 1


def test_a_model_that_is_not_what_was_promised_is_refused_at_once(voicejobs, clone):
    model = {**clone["model"], "sha256": "0" * 64}
    voicejobs.apply("other", **{**clone, "model": model})
    status = voicejobs.await_phase("other", "Failed", seconds=120)
    assert status["attempts"][-1]["exitCode"] == 11
    assert "SHA-256" in status["attempts"][-1]["message"]


def test_a_recording_of_two_seconds_less_is_refused_with_what_to_do(voicejobs, clone, volume):
    short = volume.put("voices/short.wav", RECORDING.read_bytes()[:60_000])
    reference = {**clone["voice"]["reference"], "uri": short}
    voicejobs.apply("short", **{**clone, "voice": {"reference": reference}})
    status = voicejobs.await_phase("short", "Failed", seconds=120)
    attempt = status["attempts"][-1]
    assert (attempt["exitCode"], attempt["reason"]) == (10, "InvalidInput")
    assert TRANSCRIPT not in str(status)


def test_the_example_works_with_a_model_in_its_place(voicejobs, clone, examples):
    (path,) = (path for path in examples if path.name == "clone.yaml")
    document = yaml.safe_load(path.read_text())
    spec = document["spec"] | {"gpu": None, "quality": clone["quality"], "model": clone["model"]}
    voicejobs.apply("clone", **spec | {"voice": clone["voice"]})
    assert voicejobs.await_phase("clone", "Succeeded", seconds=180)["audio"]["durationSeconds"] > 3

"""Every engine in the one image that holds them all, with small checkpoints from a volume.

Their weights are random, so what they speak is noise: it is shipped with accept BestEffort.
"""

import json
from importlib import resources

import pytest
from made_models import lay
from voicejobs import SENTENCES

RECORDING = resources.files("f5_tts") / "infer/examples/basic/basic_ref_en.wav"


@pytest.fixture
def xtts(volume):
    """A spec of XTTS with one of the speakers that its model brings."""
    lay("xtts", volume.folder / "xtts")
    return {
        "engine": "xtts",
        "text": SENTENCES[0],
        "model": {"uri": volume.address("xtts")},
        "voice": {"speaker": "Ana Florence"},
        "synthesis": {"seed": 7},
        "quality": {"accept": "BestEffort"},
        "acceptLicences": ["CPML"],
    }


def test_xtts_speaks_in_a_voice_of_its_model_and_clones_one(voicejobs, volume, xtts):
    voicejobs.apply("speaker", **xtts)
    reference = volume.put("nature.wav", RECORDING.read_bytes())
    voicejobs.apply("clone", **{**xtts, "voice": {"reference": {"uri": reference}}})
    speaker, clone = (
        voicejobs.await_phase(name, "Succeeded", seconds=280) for name in ("speaker", "clone")
    )
    assert speaker["audio"]["sampleRate"] == clone["audio"]["sampleRate"] == 24000
    assert speaker["audio"]["sha256"] != clone["audio"]["sha256"]
    assert clone["reference"]["durationSeconds"] > 3


def test_a_clone_and_two_speakers_of_xtts_say_a_script(voicejobs, volume, xtts):
    reference = volume.put("nature.wav", RECORDING.read_bytes())
    said = f"{SENTENCES[0]}\nAna: {SENTENCES[1]}\nRui: {SENTENCES[2]}"
    voices = {"Ana": {"reference": {"uri": reference}}, "Rui": {"speaker": "Ana Florence"}}
    script = {"textFormat": "Script", "text": said, "voices": voices}
    audio = {"format": "mp3", "subtitles": ["words"]}
    voicejobs.apply("three", **{**xtts, **script, "audio": audio})
    status = voicejobs.await_phase("three", "Succeeded", seconds=280)
    words = json.loads(voicejobs.audio("three", "words"))
    order = list(dict.fromkeys(word.get("voice") for word in words))
    assert order == [None, "Ana", "Rui"]
    assert voicejobs.heard("three").is_audible
    assert len(status["attempts"]) == 1


def test_xtts_is_refused_until_its_licence_is_accepted(voicejobs, xtts):
    voicejobs.apply("unread", **{**xtts, "acceptLicences": []})
    attempt = voicejobs.await_phase("unread", "Failed", seconds=180)["attempts"][-1]
    assert (attempt["exitCode"], attempt["reason"]) == (11, "ModelUnusable")
    assert "spec.acceptLicences" in attempt["message"]
    assert "worker.acceptedLicences" in attempt["message"]


def test_a_voice_is_converted_after_any_engine(voicejobs, volume):
    lay("rvc", volume.folder / "rvc")
    conversion = {
        "modelUri": volume.address("rvc/voice.pth"),
        "indexUri": volume.address("rvc/voice.index"),
        "pitchMethod": "harvest",
        "pitchSemitones": 7,
    }
    voicejobs.apply(
        "higher",
        text=SENTENCES[0],
        voice={"conversion": conversion},
        quality={"accept": "BestEffort"},
    )
    audio = voicejobs.await_phase("higher", "Succeeded", seconds=280)["audio"]
    assert audio["sampleRate"] == 40000
    assert 1.5 < audio["durationSeconds"] < 6.0


def test_a_model_that_is_not_there_is_named(voicejobs, volume, xtts):
    (volume.folder / "xtts" / "vocab.json").unlink()
    voicejobs.apply("half", **xtts)
    attempt = voicejobs.await_phase("half", "Failed", seconds=180)["attempts"][-1]
    assert attempt["exitCode"] == 11
    assert "vocab.json" in attempt["message"]

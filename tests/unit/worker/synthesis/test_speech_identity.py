"""What is known as the same speech, and what is not."""

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.synthesis import speech_identity
from voicejob_worker.synthesis.speech_identity import NOT_HEARD, speech_fingerprint
from voicejob_worker.text.passages import Manner, Passage, Script
from voicejob_worker.text.speakable import speakable_script

TEXT = "Dr. Low owes $5."
VOICE = {"reference": {"uri": "pvc://voices/a.wav", "transcript": "Hello."}}
CLONED = {"engine": "f5-tts", "voice": VOICE}
SOURCES = ("model", "recording")


def spec_of(**spec):
    return VoiceJobSpec.model_validate({"text": TEXT, **spec})


def of(script=TEXT, sources=SOURCES, **spec):
    if isinstance(script, str):
        script = Script((Passage(script),))
    return speech_fingerprint(spec_of(**spec), script, speakable_script(script, "en-US"), sources)


@pytest.mark.parametrize(
    "spec",
    [
        {"language": "en-GB"},
        {"engine": "f5-tts", "voice": VOICE},
        {"voice": {"speaker": "p1"}},
        {"voice": {"conversion": {"modelUri": "pvc://m/a.pth"}}},
        {"voices": {"Ana": {"speaker": "p1"}}},
        {"voices": {"Ana": {"speaker": "p1", "speed": 1.2}}},
        {"synthesis": {"speed": 1.1}},
        {"synthesis": {"seed": 1}},
        {"synthesis": {"pitchSemitones": 1}},
        {"quality": {"accept": "BestEffort"}},
        {"audio": {"format": "mp3"}},
        {"audio": {"sampleRate": 16000}},
        {"audio": {"loudnessLUFS": -20}},
        {"audio": {"trimSilence": False}},
        {"audio": {"subtitles": ["srt"]}},
        {"audio": {"tags": {"title": "A"}}},
    ],
    ids=str,
)
def test_another_file_is_another(spec):
    assert of(**spec) != of()


@pytest.mark.parametrize(
    "spec",
    [
        {"text": None, "textFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
        {"output": {"uri": "s3://abc/", "credentialsSecret": "a", "skipIfSpoken": True}},
        {"gpu": {"memory": "6Gi"}},
        {"device": "cpu"},
        {"resources": {"limits": {"memory": "2Gi"}}},
        {"suspend": True},
        {"retries": 5},
        {"deadlines": {"queueSeconds": 9}},
        {"ttlSecondsAfterFinished": 9},
        {"podTemplate": {"metadata": {"labels": {"team": "a"}}}},
        {"acceptLicences": ["CPML"]},
    ],
    ids=str,
)
def test_what_nobody_hears_makes_no_difference(spec):
    assert of(**spec) == of()


def test_where_a_recording_lies_makes_none_and_what_it_is_does():
    moved = {**CLONED, "voice": {"reference": VOICE["reference"] | {"uri": "pvc://other/b.wav"}}}
    assert of(**moved) == of(**CLONED)
    assert of(sources=("model", "another"), **CLONED) != of(**CLONED)


@pytest.mark.parametrize(
    "script",
    [
        "Dr. Low owes $6.",
        "Doctor Low owes five dollars.",  # said alike, and shown otherwise
        Script((Passage(TEXT, Manner(rate=1.2)),)),
        Script((Passage(TEXT, pause_after=2.0),)),
        Script((Passage(TEXT, chapter="One"),)),
        Script((Passage(TEXT),), title="A letter"),
        Script((Passage(TEXT),), cover=b"picture"),
    ],
    ids=str,
)
def test_another_text_is_another(script):
    assert of(script) != of()


def test_another_worker_or_engine_is_another(monkeypatch):
    known = of()
    with monkeypatch.context() as changed:
        changed.setattr(speech_identity, "__version__", "99")
        assert of() != known
    with monkeypatch.context() as changed:
        changed.setattr("voicejob_worker.checkpoint.archive.CODE_VERSION", 99)
        assert of() != known
    assert of() == known


def test_each_field_that_is_left_out_is_one():
    """A field that is new is taken for one that is heard: at worst the same is spoken once more."""
    assert set(VoiceJobSpec.model_fields) >= NOT_HEARD

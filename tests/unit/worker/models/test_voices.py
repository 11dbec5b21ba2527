"""The engine piper speaks with any Piper voice, not only with the one in the wheel."""

import json
import shutil

import numpy as np
import onnx
import pytest

from voicejob_worker.engines.noise_inputs import parameters_of, with_noise_inputs
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.piper_files import find_voice, language_of, voice_path
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.registry import check_language
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

SENTENCE = [Utterance(0, "Glue the sheet.")]


@pytest.fixture(scope="session")
def german(tmp_path_factory):
    """The wheel's voice under another name and configuration."""
    folder = tmp_path_factory.mktemp("german")
    shutil.copyfile(voice_path(), folder / "de.onnx")
    write(folder / "de.onnx", language={"code": "de_DE"}, espeak={"voice": "de"})
    return folder / "de.onnx"


def configuration(**changes):
    path = voice_path()
    return json.loads(path.with_name(f"{path.name}.json").read_text()) | changes


def write(voice, **changes):
    content = configuration(**changes)
    voice.with_name(f"{voice.name}.json").write_text(json.dumps(content))


def loaded(path):
    engine = PiperEngine(1, path)
    engine.import_libraries()
    engine.load()
    return engine


def speak(engine, utterances=SENTENCE):
    return engine.synthesise(utterances, SynthesisParams())[0]


def test_a_voice_speaks_the_language_that_its_configuration_names(german):
    engine = PiperEngine(1, german)
    assert engine.languages == ("de-DE",)
    check_language(engine, "de-AT")
    with pytest.raises(InvalidInputError, match="speaks de-DE"):
        check_language(engine, "en-US")


def test_it_is_spelled_as_its_language_is_and_known_by_its_files(german):
    theirs, ours = loaded(german), loaded(None)
    assert not np.array_equal(speak(theirs), speak(ours))
    assert theirs.fingerprint() != ours.fingerprint()
    assert theirs.fingerprint() == loaded(german).fingerprint()


def test_the_same_files_elsewhere_speak_the_same(tmp_path):
    shutil.copyfile(voice_path(), tmp_path / "joe.onnx")
    write(tmp_path / "joe.onnx")
    folder, wheel = loaded(tmp_path), loaded(None)
    assert np.array_equal(speak(folder), speak(wheel))
    assert folder.fingerprint() == wheel.fingerprint()


def test_a_missing_configuration_is_named(tmp_path, german):
    lone = tmp_path / "lone.onnx"
    lone.symlink_to(german)
    engine = PiperEngine(1, lone)
    with pytest.raises(ModelUnusableError, match=r"lone\.onnx\.json: No such.*beside it"):
        engine.load()
    with pytest.raises(ModelUnusableError, match=r"lone\.onnx\.json"):
        check_language(engine, "en")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "holds a list"),
        ("{}", "lacks.*num_symbols"),
    ],
)
def test_a_configuration_that_is_none_is_told(tmp_path, german, text, words):
    voice = tmp_path / "x.onnx"
    voice.symlink_to(german)
    (tmp_path / "x.onnx.json").write_text(text)
    with pytest.raises(ModelUnusableError, match=words):
        PiperEngine(1, voice).load()


def test_phonemes_that_piper_would_fetch_a_model_for_are_refused(tmp_path, german):
    voice = tmp_path / "x.onnx"
    voice.symlink_to(german)
    write(voice, phoneme_type="pinyin")
    with pytest.raises(ModelUnusableError, match=r"pinyin phonemes.*espeak"):
        PiperEngine(1, voice).load()


def small_voice(path, *, channels, speakers=1, noises=2):
    """A voice of no weights: a frame of 256 samples per phoneme id, of the noise alone.

    Its inputs, its noise and what its noise is shaped like are those of an exported VITS.
    """
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    value, node = helper.make_tensor_value_info, helper.make_node
    f32, i64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    inputs = [
        value("input", i64, [1, "phonemes"]),
        value("input_lengths", i64, [1]),
        value("scales", f32, [3]),
    ]
    nodes = [
        node("Shape", ["input"], ["shape"]),
        node("Gather", ["shape", "one"], ["length"]),
        node("Concat", ["first", "two", "length"], ["durations_shape"], axis=0),
        node("ConstantOfShape", ["durations_shape"], ["durations_like"]),
        node("Mul", ["length", "frames_per_id"], ["frames"]),
        node("Concat", ["first", "channels", "frames"], ["frames_shape"], axis=0),
        node("ConstantOfShape", ["frames_shape"], ["frames_like"]),
        node("RandomNormalLike", ["frames_like"], ["noise"], dtype=1),
    ]
    parts = ["noise"]
    if noises == 2:
        nodes.insert(4, node("RandomNormalLike", ["durations_like"], ["durations"], dtype=1))
        nodes.append(node("ReduceMean", ["durations"], ["durations_mean"], keepdims=0))
        parts.append("durations_mean")
    if speakers > 1:
        inputs.append(value("sid", i64, [1]))
        nodes.append(node("Cast", ["sid"], ["speaker"], to=1))
        parts.append("speaker")
    nodes.append(node("ReduceMean", ["enc_p.proj.bias"], ["bias"], keepdims=0))
    parts.append("bias")
    total = parts[0]
    for number, part in enumerate(parts[1:]):
        nodes.append(node("Add", [total, part], [f"sum{number}"]))
        total = f"sum{number}"
    nodes.append(node("Identity", [total], ["output"]))

    def constant(name, number):
        return numpy_helper.from_array(np.array([number], np.int64), name)

    constants = [
        constant("one", 1),
        constant("first", 1),
        constant("two", 2),
        constant("channels", channels),
        constant("frames_per_id", 9),
        numpy_helper.from_array(np.zeros(2 * channels, np.float32), "enc_p.proj.bias"),
    ]
    output = value("output", f32, [1, channels, "frames"])
    graph = helper.make_graph(nodes, "voice", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    write(path, num_speakers=speakers, audio={"sample_rate": 16_000, "quality": "x_low"})
    return path


@pytest.mark.parametrize("channels", [96, 192, 256])
def test_a_voice_of_another_width_gets_as_much_noise_as_it_draws(tmp_path, channels):
    voice = small_voice(tmp_path / "v.onnx", channels=channels)
    assert with_noise_inputs(voice.read_bytes()).channels == channels
    assert parameters_of(voice.read_bytes()) == 2 * channels + 5
    engine = loaded(voice)
    assert engine.sample_rate == 16_000
    assert engine._channels == channels
    samples = speak(engine)
    assert samples.size % (9 * channels) == 0
    assert np.std(samples) > 0.1
    assert np.array_equal(speak(engine), samples)


def test_a_voice_that_draws_no_durations_speaks_too(tmp_path):
    assert speak(loaded(small_voice(tmp_path / "v.onnx", channels=96, noises=1))).size


def test_of_many_speakers_the_first_speaks(tmp_path):
    engine = loaded(small_voice(tmp_path / "v.onnx", channels=96, speakers=3))
    assert speak(engine).size


def test_a_folder_of_one_voice_is_as_good_as_the_voice(tmp_path, german):
    (tmp_path / "de.onnx").symlink_to(german)
    assert find_voice(tmp_path).name == "de.onnx"
    (tmp_path / "other.onnx").symlink_to(german)
    with pytest.raises(ModelUnusableError, match=r"de\.onnx, other\.onnx: name"):
        find_voice(tmp_path)


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        ({"language": {"code": "pt_BR"}, "espeak": {"voice": "pt"}}, "pt-BR"),
        ({"espeak": {"voice": "pt-br"}}, "pt-BR"),
        ({"espeak": {"voice": "en-us-nyc"}}, "en-US"),
        ({"espeak": {"voice": "vi"}}, "vi"),
        ({"espeak": {"voice": "en-gb-x-rp"}}, "en-GB"),
        ({"language": {"code": "es_419"}}, "es"),
        ({}, ""),
    ],
)
def test_older_voices_name_their_language_for_espeak_alone(content, tag):
    assert language_of(content) == tag


def test_noise_that_says_that_it_is_standard_is_taken():
    node = onnx.helper.make_node("RandomNormalLike", ["x"], ["y"], mean=0.0, scale=1.0)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    assert len(with_noise_inputs(onnx.helper.make_model(graph).SerializeToString()).inputs) == 1


@pytest.mark.parametrize("attribute", [{"scale": 2.0}, {"seed": 0.0}])
def test_other_noise_is_refused(attribute):
    node = onnx.helper.make_node("RandomNormalLike", ["x"], ["y"], **attribute)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    with pytest.raises(ModelUnusableError, match=f"attribute {next(iter(attribute))}"):
        with_noise_inputs(onnx.helper.make_model(graph).SerializeToString())

"""Recognisers: the English one in its wheel, and a Whisper model in a folder.

No Whisper weights can be fetched where this runs. The model of these tests is real in its files and
its shapes, and says "céu" to whatever it hears: its weights are zero but for the output's bias.
"""

import builtins
import json
import socket
import sys

import numpy as np
import pytest

from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.quality.hearable import SAMPLE_RATE, prepare
from voicejob_worker.quality.moonshine import MoonshineRecogniser
from voicejob_worker.quality.recogniser import make_recogniser, recogniser_ready
from voicejob_worker.quality.whisper import FasterWhisperRecogniser

WIDTH = 8
WORDS = ("[UNK]", "céu", "")
"""By the empty word CTranslate2 tells a multilingual Whisper model from an English one."""
TASKS = (
    "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
    "<|notimestamps|>",
)  # fmt: skip


def special_tokens():
    """As multilingual Whisper has them: the end, the start, 99 languages, tasks and time stamps."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    languages = [f"<|{code}|>" for code in _LANGUAGE_CODES[:99]]
    stamps = [f"<|{number * 0.02:.2f}|>" for number in range(1_501)]
    return ["<|endoftext|>", "<|startoftranscript|>", *languages, *TASKS, *stamps]


def set_weights(spec, tokens):
    """Zeros of the right shapes; of the tokens, the end is the likeliest and céu comes next."""

    def norm(layer):
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer, out, inner=WIDTH):
        layer.weight = np.zeros((out, inner), np.float32)
        layer.bias = np.zeros(out, np.float32)

    def attention(layer, *widths):
        norm(layer.layer_norm)
        for part, out in zip(layer.linear, widths, strict=True):
            linear(part, out)

    def feed_forward(layer):
        norm(layer.layer_norm)
        linear(layer.linear_0, 16)
        linear(layer.linear_1, WIDTH, 16)

    for convolution, mels in ((spec.encoder.conv1, 80), (spec.encoder.conv2, WIDTH)):
        convolution.weight = np.zeros((WIDTH, mels, 3), np.float32)
        convolution.bias = np.zeros(WIDTH, np.float32)
    spec.encoder.position_encodings.encodings = np.zeros((1500, WIDTH), np.float32)
    spec.decoder.position_encodings.encodings = np.zeros((448, WIDTH), np.float32)
    spec.decoder.embeddings.weight = np.zeros((len(tokens), WIDTH), np.float32)
    for part in (spec.encoder, spec.decoder):
        norm(part.layer_norm)
        for layer in part.layer:
            attention(layer.self_attention, 3 * WIDTH, WIDTH)
            feed_forward(layer.ffn)
    attention(spec.decoder.layer[0].attention, WIDTH, 2 * WIDTH, WIDTH)
    linear(spec.decoder.projection, len(tokens))
    spec.decoder.projection.bias[tokens.index("<|endoftext|>")] = 20.0
    spec.decoder.projection.bias[tokens.index("céu")] = 10.0


@pytest.fixture(scope="module")
def whisper_dir(tmp_path_factory):
    from ctranslate2.specs import WhisperSpec
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.models import WordLevel

    folder = tmp_path_factory.mktemp("whisper-fake")
    tokens = [*WORDS, *special_tokens()]
    spec = WhisperSpec(1, 2, 1, 2)
    set_weights(spec, tokens)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [tokens.index("<|endoftext|>")]
    spec.config.lang_ids = list(range(len(WORDS) + 2, len(WORDS) + 101))
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.save(str(folder))
    numbered = {token: number for number, token in enumerate(tokens)}
    tokeniser = Tokenizer(WordLevel(numbered, unk_token="[UNK]"))
    tokeniser.add_special_tokens([AddedToken(token, special=True) for token in special_tokens()])
    tokeniser.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a recogniser asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_the_english_recogniser_understands_piper(moonshine, speak, no_network):
    chunk = speak(69)
    heard = moonshine.transcribe(chunk.samples, chunk.rate, "en-US")
    assert heard.lower().rstrip("?.") == chunk.text.lower().rstrip("?.")
    assert moonshine.transcribe(chunk.samples, chunk.rate, "en-US") == heard


def test_a_quiet_voice_is_understood_as_well(moonshine, speak):
    chunk = speak(69)
    quiet = chunk.samples * np.float32(0.01)
    assert moonshine.transcribe(quiet, chunk.rate, "en") == moonshine.transcribe(
        chunk.samples, chunk.rate, "en"
    )


def test_nothing_is_heard_in_silence(moonshine):
    assert moonshine.transcribe(np.zeros(22_050, np.float32), 22_050, "en") == ""
    assert moonshine.transcribe(np.zeros(0, np.float32), 22_050, "en") == ""


def test_audio_is_brought_to_16_khz_one_level_and_silent_edges():
    ready = prepare(np.full(24_000, 0.01, np.float32), 24_000, edge_seconds=0.5)
    assert ready.dtype == np.float32
    assert ready.size == 2 * SAMPLE_RATE
    assert np.max(np.abs(ready)) == pytest.approx(0.5)
    assert not ready[: SAMPLE_RATE // 2].any()


def test_english_needs_no_model():
    assert isinstance(make_recogniser("en-GB", None), MoonshineRecogniser)


def test_another_language_without_a_model_is_refused():
    with pytest.raises(InvalidInputError, match=r"pt-BR.*spec\.quality\.recogniser\.uri"):
        make_recogniser("pt-BR", None)


def test_before_anything_is_spoken_it_is_told_which_languages_are_known():
    with pytest.raises(InvalidInputError, match=r"for pt-BR, and the one built in knows en alone"):
        recogniser_ready("pt-BR", None)
    recogniser_ready("en-GB", None)


@pytest.mark.parametrize("package", ["moonshine_voice", "faster_whisper"])
def test_before_anything_is_spoken_a_missing_package_is_told(monkeypatch, whisper_dir, package):
    monkeypatch.setitem(sys.modules, package, None)
    model_dir = whisper_dir if package == "faster_whisper" else None
    with pytest.raises(ModelUnusableError, match=r"needs the package .*'voicejob\[quality\]'"):
        recogniser_ready("en", model_dir)


def test_before_anything_is_spoken_a_missing_file_is_told(tmp_path, whisper_dir):
    recogniser_ready("pt-BR", whisper_dir)
    with pytest.raises(ModelUnusableError, match=r"has no config\.json, model\.bin"):
        recogniser_ready("pt-BR", tmp_path)


def test_a_whisper_model_is_loaded_from_its_folder(whisper_dir, no_network):
    recogniser = make_recogniser("pt-BR", whisper_dir, threads=2)
    assert isinstance(recogniser, FasterWhisperRecogniser)
    assert recogniser.name == f"whisper-{whisper_dir.name}"
    assert {"en", "pt", "de"} <= set(recogniser.languages)
    second = np.sin(np.arange(24_000, dtype=np.float32))
    assert recogniser.transcribe(second, 24_000, "pt-BR") == "céu"


def test_a_language_that_the_model_does_not_know_is_refused(whisper_dir):
    with pytest.raises(
        InvalidInputError, match=r"recogniser\.uri does not know tlh: it knows af, am, ar"
    ):
        make_recogniser("tlh", whisper_dir)


def test_a_missing_file_of_the_model_is_named_and_never_fetched(whisper_dir, tmp_path, no_network):
    for name in ("config.json", "model.bin"):
        (tmp_path / name).write_bytes((whisper_dir / name).read_bytes())
    with pytest.raises(ModelUnusableError, match=r"has no tokenizer\.json"):
        make_recogniser("pt", tmp_path)


def test_a_broken_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {}}))
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelUnusableError, match=r"recogniser\.uri cannot be loaded"):
        make_recogniser("pt", tmp_path)


@pytest.mark.parametrize(
    ("package", "make"),
    [
        ("moonshine_voice", lambda _: MoonshineRecogniser()),
        ("faster_whisper", FasterWhisperRecogniser),
    ],
)
def test_a_missing_package_says_what_to_install(monkeypatch, whisper_dir, package, make):
    real = builtins.__import__

    def importer(name, *rest):
        if name == package:
            raise ImportError("no module", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importer)
    with pytest.raises(ModelUnusableError, match=r"pip install 'voicejob\[quality\]'"):
        make(whisper_dir)

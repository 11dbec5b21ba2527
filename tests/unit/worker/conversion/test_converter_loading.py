"""Which models of RVC are loaded, what is refused with what to do, and what is left afterwards."""

import gc
import hashlib
import io
import socket
import weakref
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
import torch
from making.rvc import make_model

from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    NoUsableDeviceError,
)

RATE = 24_000


def test_a_model_without_pitch_speaks_and_cannot_be_told_one(make_converter, tmp_path, tone):
    path = make_model(tmp_path, pitch=False, version="v1", sample_rate=32_000)
    converter = make_converter(path)
    assert converter.sample_rate == 32_000
    converted = converter.convert(tone(200, 0.3), RATE, 1)
    assert converted.size == 9600
    assert np.abs(converted).max() > 0.01
    with pytest.raises(InvalidInputError, match="pitchSemitones is 3, and voice"):
        make_converter(path, pitchSemitones=3.0)


def test_version_1_at_48_khz_is_converted_at_the_pitch_asked_for(
    make_converter, tmp_path, tone, heard_pitch
):
    path = make_model(tmp_path, version="v1", sample_rate=48_000)
    converted = make_converter(path, pitchSemitones=-7.0).convert(tone(220, 0.6), RATE, 1)
    assert converted.size == 28_800
    asked = 220 * 2 ** (-7 / 12)
    assert abs(12 * np.log2(heard_pitch(converted, 48_000) / asked)) < 0.3


def test_what_is_missing_is_named_with_what_to_do(make_converter, model):
    with pytest.raises(ModelUnusableError, match=r"put rmvpe\.pt beside .* harvest"):
        make_converter(pitchMethod="rmvpe")
    converter = make_converter(load=False)
    converter._hubert = None
    with pytest.raises(ModelUnusableError, match="put the folder hubert"):
        converter.load()
    with pytest.raises(ModelUnusableError, match="not loaded"):
        converter.convert(np.ones(10, np.float32), RATE, 1)


def test_another_file_than_the_one_asked_for_is_refused(make_converter, model):
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    make_converter(modelSHA256=digest)
    with pytest.raises(ModelUnusableError, match=f"has SHA-256 {digest}: expected 0000"):
        make_converter(modelSHA256="0" * 64)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_asked_for_and_not_there_is_told(make_converter):
    converter = make_converter(load=False)
    converter._device_request = DeviceRequest("cuda")
    with pytest.raises(NoUsableDeviceError, match="told to use a GPU"):
        converter.load()


def test_whatever_changes_the_sound_changes_the_fingerprint(make_converter, model, tmp_path):
    index = model.parent / "voice.index"
    prints = [
        make_converter().fingerprint(),
        make_converter(pitchSemitones=1.0).fingerprint(),
        make_converter(protect=0.2).fingerprint(),
        make_converter(index=index, indexRate=0.5).fingerprint(),
        make_converter(index=index, indexRate=0.6).fingerprint(),
        make_converter(rmvpe=find_companions(model).rmvpe, pitchMethod="rmvpe").fingerprint(),
        make_converter(make_model(tmp_path, seed=1)).fingerprint(),
    ]
    assert len(set(prints)) == len(prints)
    assert make_converter().fingerprint() == prints[0]


def test_it_can_be_loaded_again_once_it_was_unloaded(make_converter, tone):
    converter = make_converter()
    before = converter.convert(tone(200, 0.1), RATE, 1)
    converter.unload()
    with pytest.raises(ModelUnusableError, match="not loaded"):
        converter.fingerprint()
    converter.load()
    assert np.array_equal(converter.convert(tone(200, 0.1), RATE, 1), before)


def test_nothing_keeps_the_weights_once_it_is_unloaded_not_even_until_garbage_is_collected(
    make_converter, model, tone, monkeypatch
):
    converter = make_converter(rmvpe=find_companions(model).rmvpe, pitchMethod="rmvpe")
    converter.convert(tone(200, 0.1), RATE, 1)
    voice = converter._loaded
    networks = (voice.synthesiser, voice.extractor, voice.find_pitch)
    kept = [weakref.ref(one) for one in (*networks, *(one._network for one in networks))]
    del voice, networks
    monkeypatch.setattr(gc, "collect", lambda: 0)
    gc.disable()
    try:
        converter.unload()
        assert [one() for one in kept] == [None] * 6
    finally:
        gc.enable()


def test_nothing_is_printed_and_nobody_is_called(make_converter, tone, monkeypatch):
    def refuse(*_):
        pytest.fail("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        make_converter().convert(tone(200, 0.1), RATE, 1)
    assert said.getvalue() == ""


def test_what_lies_beside_a_model_or_above_it_is_found(tmp_path):
    folder = tmp_path / "voices" / "anna"
    folder.mkdir(parents=True)
    beside = find_companions(folder / "anna.pth")
    assert (beside.hubert, beside.rmvpe) == (None, None)
    (tmp_path / "voices" / "hubert").mkdir()
    (folder / "rmvpe.pt").touch()
    beside = find_companions(folder / "anna.pth")
    assert beside.hubert == tmp_path / "voices" / "hubert"
    assert beside.rmvpe == folder / "rmvpe.pt"

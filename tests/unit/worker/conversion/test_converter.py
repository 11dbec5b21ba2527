import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soxr
import torch
from making.rvc import make_index, make_model

from voicejob_api.voice import Conversion
from voicejob_worker.conversion import pieces
from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.conversion.converter import RvcConverter
from voicejob_worker.conversion.pitch import harvest
from voicejob_worker.conversion.rvc_voice import RvcSettings, RvcVoice
from voicejob_worker.conversion.sound import prepare
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import (
    OutOfMemoryError,
)

RATE = 24_000
LONGEST = 15


def with_semitones(voice, semitones):
    return replace(voice, settings=replace(voice.settings, semitones=semitones))


@pytest.mark.parametrize("semitones", [-12, -5, 0, 7, 12, 0.5])
def test_the_pitch_that_comes_out_is_the_pitch_asked_for(voice, tone, heard_pitch, semitones):
    spoken = tone(190, 0.5)
    converted = with_semitones(voice, semitones).convert(spoken, RATE, 1, LONGEST)
    ratio = heard_pitch(converted, 40_000) / heard_pitch(spoken, RATE)
    assert 12 * np.log2(ratio) == pytest.approx(semitones, abs=0.3)


def test_the_pitch_is_found_by_rmvpe_too(make_converter, model, tone, heard_pitch):
    converter = make_converter(
        rmvpe=find_companions(model).rmvpe, pitchMethod="rmvpe", pitchSemitones=5.0
    )
    converted = converter.convert(tone(190, 0.5), RATE, 1)
    asked = 190 * 2 ** (5 / 12)
    assert abs(12 * np.log2(heard_pitch(converted, 40_000) / asked)) < 0.3


def test_a_model_without_pitch_asks_for_no_rmvpe(model, tmp_path):
    converter = RvcConverter(
        threads=1,
        model=make_model(tmp_path, pitch=False),
        settings=Conversion(modelUri="pvc://models/voice.pth"),
        hubert=find_companions(model).hubert,
        rmvpe=pytest.fail,
        device=DeviceRequest("cpu"),
    )
    converter.import_libraries()
    converter.load()
    assert converter._loaded.find_pitch is None


def test_a_gliding_pitch_is_followed(voice):
    times = np.arange(RATE) / RATE
    phase = 2 * np.pi * (150 * times + 50 * times**2)
    spoken = (0.2 * sum(np.sin(k * phase) / k for k in range(1, 6))).astype(np.float32)
    converted = with_semitones(voice, 12).convert(spoken, RATE, 1, LONGEST)
    found = harvest(soxr.resample(converted, 40_000, 16_000).astype(np.float64))
    expected = 2 * (150 + 100 * 0.01 * np.arange(found.size))
    assert np.median(np.abs(12 * np.log2(found[10:-10] / expected[10:-10]))) < 0.3


def test_it_computes_what_upstream_does(model, make_converter, upstream, tone):
    index = model.parent / "voice.index"
    spoken = tone(170, 1.0, 16_000, level=0.15)
    spoken[6000:9000] = 0.02 * np.random.default_rng(0).standard_normal(3000)
    converter = make_converter(index=index, indexRate=0.6, protect=0.2, pitchSemitones=3.0)
    with torch.inference_mode():
        torch.manual_seed(77)
        ours = converter._loaded._convert(prepare(spoken, 16_000), 40_000, LONGEST)

    content = torch.load(model)
    network = upstream["models"].SynthesizerTrnMs768NSFsid(*content["config"], is_half=False)
    network.load_state_dict(content["weight"], strict=False)
    config = SimpleNamespace(x_pad=1, x_query=6, x_center=38, x_max=41, is_half=False, device="cpu")

    class Hubert:
        def extract_features(self, source, padding_mask, output_layer):
            return (converter._loaded.extractor(source[0]),)

    torch.manual_seed(77)
    theirs = upstream["root_pipe"].VC(40_000, config).pipeline(
        Hubert(), network.eval(), 0, spoken.astype(np.float64), "spoken", [0, 0, 0], 3.0, "harvest",
        str(index), 0.6, 1, 3, 40_000, 0, 1, "v2", 0.2,
    )  # fmt: skip
    # Upstream loses what HuBERT's last frames do not reach: up to 30 ms, whatever the length.
    assert 0 <= ours.size - theirs.size <= 0.03 * 40_000
    # It writes 16 bits, rounded towards zero.
    np.testing.assert_allclose(ours[: theirs.size], theirs / 32768, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("rate", "samples"), [(16_000, 1), (24_000, 30), (24_000, 1200), (22_050, 11_111), (48_000, 9)]
)
def test_it_lasts_as_long_as_what_was_spoken(told, tone, rate, samples):
    spoken = tone(200, 1.0, rate)[:samples]
    spoken[:] += 0.01
    converted = told.convert(spoken, rate, 1, LONGEST)
    assert converted.dtype == np.float32
    assert converted.size == round(samples * 40_000 / rate)
    assert np.isfinite(converted).all()


def test_silence_stays_silent_and_nothing_stays_nothing(voice):
    assert voice.convert(np.zeros(0, np.float32), RATE, 1, LONGEST).size == 0
    silence = voice.convert(np.zeros(2400, np.float32), RATE, 1, LONGEST)
    assert silence.size == 4000
    assert not silence.any()


def test_pauses_stay_silent(told, tone):
    spoken = tone(200, 3.0)
    spoken[RATE // 2 : 5 * RATE // 2] = 0
    converted = told.convert(spoken, RATE, 1, LONGEST)
    loud = np.abs(converted[:20_000]).max()
    assert loud > 0.1
    assert np.abs(converted[44_000:76_000]).max() < loud / 20


def test_a_fault_of_the_engine_is_not_hidden(told, tone):
    spoken = tone(200, 0.1)
    spoken[50] = np.nan
    assert np.isnan(told.convert(spoken, RATE, 1, LONGEST)).all()


def test_there_is_no_click_at_either_edge(told, tone):
    converted = told.convert(tone(200, 0.5), RATE, 1, LONGEST)
    steps = np.abs(np.diff(converted))
    inside = steps[4000:-4000].max()
    assert steps[:400].max() < 1.5 * inside
    assert steps[-400:].max() < 1.5 * inside


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(told, tone):
    spoken = tone(200, 0.3)
    first = told.convert(spoken, RATE, 5, LONGEST)
    torch.rand(3)
    assert np.array_equal(told.convert(spoken, RATE, 5, LONGEST), first)
    assert not np.array_equal(told.convert(spoken, RATE, 6, LONGEST), first)


def test_the_generator_that_all_share_is_left_as_it_was(told, tone):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    told.convert(tone(200, 0.1), RATE, 5, LONGEST)
    assert torch.equal(torch.get_rng_state(), before)


def test_long_sound_is_converted_in_pieces_that_join_without_a_click(told, tone, monkeypatch):
    frames = []
    speak = RvcVoice._speak
    monkeypatch.setattr(
        RvcVoice, "_speak", lambda self, *given: frames.append(given[-1]) or speak(self, *given)
    )
    spoken = tone(200, 4.5, 16_000)
    ends = [piece.end / 16_000 for piece in pieces.cut(prepare(spoken, 16_000), 2)]
    converted = told.convert(spoken, 16_000, 1, longest=2)
    assert converted.size == 4.5 * 40_000
    assert len(frames) == len(ends) == 3
    assert max(frames) <= 400
    steps = np.abs(np.diff(converted))
    for end in ends[:-1]:
        cut = round(end * 40_000)
        assert steps[cut - 1200 : cut + 1200].max() < 1.2 * steps[4000:40_000].max()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    ],
)
def test_where_memory_runs_out_shorter_pieces_are_tried(
    make_converter, told, tone, error, monkeypatch
):
    asked = []
    monkeypatch.setattr(type(told), "on", lambda voice, _: voice)  # its parts here are functions

    class Narrow:
        def __call__(self, features, pitch):
            asked.append(features.shape[1] // 100)
            if features.shape[1] > 950:
                raise error
            return torch.zeros(features.shape[1] * 400)

    converter = make_converter()
    converter._voice = replace(
        told,
        synthesiser=Narrow(),
        extractor=lambda sound: torch.zeros(1, sound.shape[0] // 320, 768),
    )
    spoken = tone(200, 9.0, 16_000)
    assert converter.convert(spoken, 16_000, 1).size == 9 * 40_000
    assert asked[0] > 10
    assert max(asked[-2:]) <= 9
    assert "in pieces of 7 s" in converter.notes[-1]


def test_where_memory_never_suffices_it_is_told(make_converter, told, tone, monkeypatch):
    monkeypatch.setattr(type(told), "on", lambda voice, _: voice)  # its parts here are functions

    def fail(features, pitch):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 MiB.")

    converter = make_converter()
    converter._voice = replace(told, synthesiser=fail)
    with pytest.raises(OutOfMemoryError, match=r"9 MiB needed.*in pieces of 3 s") as ended:
        converter.convert(tone(200, 0.5), RATE, 1)
    assert ended.value.exit_code == 20
    assert len(converter.notes) == 3


def test_the_index_draws_the_sound_towards_itself(make_converter, model, tmp_path, told, tone):
    own = np.random.default_rng(1).standard_normal(768).astype(np.float32)
    index = make_index(tmp_path, np.tile(own, (60, 1)))
    spoken = tone(200, 0.3)

    def converted(rate):
        loaded = make_converter(index=index, indexRate=rate, protect=0.5)._loaded
        return replace(loaded, find_pitch=told.find_pitch).convert(spoken, RATE, 1, LONGEST)

    without = replace(told, settings=replace(told.settings, protect=0.5)).convert(
        spoken, RATE, 1, LONGEST
    )
    assert np.array_equal(converted(0.0), without)
    assert not np.allclose(converted(0.5), without, atol=1e-4)
    features = make_converter(index=index, indexRate=1.0)._loaded._mixed(torch.randn(1, 9, 768))
    np.testing.assert_allclose(features[0].numpy(), np.tile(own, (9, 1)), rtol=1e-5)


def test_an_index_without_a_rate_is_mixed_in_by_three_quarters(make_converter, model):
    loaded = make_converter(index=model.parent / "voice.index")._loaded
    assert loaded.settings.index_rate == 0.75
    assert loaded.index is not None


def test_protection_keeps_voiceless_sounds_from_the_index(make_converter, model, tone):
    spoken = tone(200, 0.4)
    half = spoken.size // 2
    loaded = make_converter(index=model.parent / "voice.index", indexRate=1.0)._loaded

    def find_pitch(sound):  # voice in the first half alone
        pitch = np.full(sound.size // 160 + 1, 200.0)
        pitch[100 + 20 :] = 0.0
        return pitch

    def converted(protect, index=loaded.index):
        settings = RvcSettings(index_rate=1.0, semitones=0.0, protect=protect)
        changed = replace(loaded, settings=settings, find_pitch=find_pitch, index=index)
        return changed.convert(spoken, RATE, 1, LONGEST)[: half * 40_000 // RATE * 2]

    voiceless = slice(14_000, 15_900)
    off, some, most = converted(0.5), converted(0.33), converted(0.0)
    plain = converted(0.5, index=None)

    def distance(one):
        return np.abs(one[voiceless] - plain[voiceless]).mean()

    assert distance(most) < distance(some) < distance(off)
    assert not np.array_equal(converted(0.49), off)


class _SlowNoise:
    """A synthesiser that draws, lets others go on meanwhile, and draws again."""

    def __call__(self, features, pitch):
        parts = []
        for _ in range(3):
            parts.append(0.1 * torch.randn(features.shape[1] * 400 // 3 + 1))
            time.sleep(0.02)
        return torch.cat(parts)[: features.shape[1] * 400]


def test_two_conversions_at_once_leave_each_other_their_noise(told, tone):
    slow = replace(told, synthesiser=_SlowNoise())
    spoken = tone(190, 0.3)
    alone = [slow.convert(spoken, RATE, seed, LONGEST) for seed in range(3)]
    with ThreadPoolExecutor(3) as threads:
        together = list(
            threads.map(lambda seed: slow.convert(spoken, RATE, seed, LONGEST), range(3))
        )
    assert all(map(np.array_equal, alone, together))
    assert not np.array_equal(alone[0], alone[1])

"""Where somebody speaks."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.reference import speech as module
from voicejob_worker.reference.analyse import is_telephone, signal_to_noise
from voicejob_worker.reference.speech import WINDOW_SECONDS, find_speech, stretches

RATE = 24_000
WORKER = Path(module.__file__).parents[2]


def windows(*runs):
    """Probabilities from (probability, windows) pairs."""
    return np.concatenate([np.full(count, value, np.float32) for value, count in runs])


def bounds(found):
    return [(round(one.start / WINDOW_SECONDS), round(one.end / WINDOW_SECONDS)) for one in found]


def test_speech_begins_high_and_ends_low():
    found = stretches(windows((0.1, 10), (0.4, 5), (0.9, 10), (0.4, 5), (0.1, 10)), 1.28)
    assert bounds(found) == [(15, 30)]


def test_short_pauses_are_part_of_speech_and_short_sounds_are_none():
    found = stretches(windows((0.9, 10), (0.0, 3), (0.9, 10), (0.0, 20), (0.9, 3), (0, 9)), 2.0)
    assert bounds(found) == [(0, 23)]


def test_nothing_ends_after_the_recording():
    assert stretches(windows((0.9, 10)), 0.3)[0].end == 0.3
    assert stretches(windows((0.0, 10)), 0.3) == ()


def test_sentences_are_found_where_they_are(long):
    found = find_speech(long.samples, RATE)
    starts, ends = zip(*long.borders, strict=True)
    for start, end in long.borders:
        assert min(abs(one.start - start) for one in found) < 0.1
        assert min(abs(one.end - end) for one in found) < 0.15
    assert found[0].start == pytest.approx(starts[0], abs=0.1)
    assert found[-1].end == pytest.approx(ends[-1], abs=0.1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:silero_vad")
def test_the_probabilities_are_those_of_the_package(short):
    import soxr
    import torch
    from silero_vad import load_silero_vad

    heard = soxr.resample(short.samples, RATE, 16_000)
    model = load_silero_vad(onnx=True)
    expected = model.audio_forward(torch.from_numpy(heard)[None], 16_000)[0].numpy()
    assert np.allclose(module._probabilities(heard, lambda: None), expected, atol=1e-4)


def test_level_makes_no_difference(short):
    loud, quiet = (find_speech(short.samples * gain, RATE) for gain in (1.0, 0.003))
    assert bounds(loud) == bounds(quiet)


def test_music_and_noise_are_no_speech(music, noise):
    assert find_speech(music, RATE) == ()
    assert find_speech(noise(5 * RATE, 0.1), RATE) == ()
    assert find_speech(np.zeros(RATE, np.float32), RATE) == ()
    assert find_speech(np.zeros(0, np.float32), RATE) == ()


def test_neither_torch_nor_the_package_is_imported(short, tmp_path):
    np.save(tmp_path / "speech.npy", short.samples)
    code = (
        "import sys, numpy; from voicejob_worker.reference.speech import find_speech; "
        f"assert find_speech(numpy.load({str(tmp_path / 'speech.npy')!r}), 24000); "
        "print(sorted({'torch', 'torchaudio', 'silero_vad', 'scipy'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": f"{WORKER}:{WORKER.parent / 'crds'}"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stdout.strip() == "[]", ran.stderr


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    module._session.cache_clear()
    with pytest.raises(ModelUnusableError, match=r"silero-vad: install it with.*\[f5tts\]"):
        find_speech(np.ones(RATE, np.float32), RATE)


@pytest.mark.parametrize("db", [30, 20, 10, 6, 0])
def test_the_noise_is_measured(long, db):
    clean = long.samples
    inside = [clean[int(a * RATE) : int(b * RATE)] for a, b in long.borders]
    power = float(np.mean(np.square(np.concatenate(inside))))
    random = np.random.default_rng(1)
    added = np.sqrt(power / 10 ** (db / 10)) * random.standard_normal(clean.size)
    noisy = (clean + added).astype(np.float32)
    assert signal_to_noise(noisy, RATE, find_speech(noisy, RATE)) == pytest.approx(db, abs=1.5)


def test_without_pauses_the_quietest_speech_is_the_noise(sentences, noise):
    voice = sentences[0].samples
    clean = find_speech(voice, RATE)
    assert signal_to_noise(voice, RATE, clean) > 20
    noisy = voice + noise(voice.size, 0.3 * float(np.std(voice)))
    assert signal_to_noise(noisy, RATE, find_speech(noisy, RATE)) == pytest.approx(10.5, abs=2.5)


def test_silence_put_in_by_an_editor_is_no_noise(sentences):
    voice = np.pad(sentences[0].samples, RATE)
    assert signal_to_noise(voice, RATE, find_speech(voice, RATE)) <= 80
    assert signal_to_noise(voice, RATE, ()) == 0


def test_a_telephones_band_is_told(short):
    import soxr

    narrow = soxr.resample(soxr.resample(short.samples, RATE, 8000), 8000, RATE)
    assert is_telephone(narrow, RATE)
    assert not is_telephone(short.samples, RATE)

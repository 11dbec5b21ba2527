"""Speech at another pitch: as long, as loud, and as much higher as was asked for."""

import numpy as np
import pytest

from voicejob_worker.audio.pitch import amplified, shifted

RATE = 22_050


def voice(seconds, hertz=110.0, rate=RATE):
    """Harmonics of a pitch that swings by three semitones, louder and softer by turns."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = hertz * 2 ** (np.sin(2 * np.pi * 0.7 * time) * 1.5 / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    waves = sum(np.sin(number * phase) / number for number in range(1, 15))
    return (0.2 * waves * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def pitch_at(samples, second, rate=RATE):
    """In Hz, by autocorrelation over 60 ms; None where nothing is periodic."""
    size = round(0.06 * rate)
    start = round(second * rate) - size // 2
    frame = samples[max(start, 0) : start + size].astype(np.float64)
    if frame.size < size or np.sqrt(np.mean(frame**2)) < 0.02:
        return None
    frame = frame - frame.mean()
    lags = np.arange(rate // 600, rate // 45)
    alike = np.array(
        [
            np.dot(frame[lag:], frame[:-lag])
            / np.sqrt(np.dot(frame[lag:], frame[lag:]) * np.dot(frame[:-lag], frame[:-lag]))
            for lag in lags
        ]
    )
    # The shortest period that is nearly as alike as any: not two periods taken for one.
    good = np.flatnonzero(alike >= 0.97 * alike.max())
    best = int(good[0])
    while best + 1 < alike.size and alike[best + 1] > alike[best]:
        best += 1
    return rate / lags[best] if alike[best] > 0.75 else None


def differences(before, after, rate=RATE):
    """In semitones, each moment compared with itself."""
    moments = np.arange(0.05, before.size / rate - 0.05, 0.01)
    pairs = [(pitch_at(before, one, rate), pitch_at(after, one, rate)) for one in moments]
    found = [12 * np.log2(b / a) for a, b in pairs if a and b]
    assert len(found) > 20
    return np.array(found)


@pytest.mark.parametrize("semitones", [-12, -7, -3, -0.5, 0.5, 2, 5, 12])
def test_the_pitch_is_shifted_and_the_length_kept(semitones):
    said = voice(2.0, 140.0)
    changed = shifted(said, RATE, semitones)
    assert changed.shape == said.shape
    assert changed.dtype == np.float32
    assert float(np.median(differences(said, changed))) == pytest.approx(semitones, abs=0.25)
    level, before = (np.sqrt(np.mean(one**2)) for one in (changed, said))
    assert level == pytest.approx(before, rel=0.15)


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("semitones", [-4, 4])
def test_any_rate_will_do(rate, semitones):
    said = voice(1.0, 200.0, rate)
    found = float(np.median(differences(said, shifted(said, rate, semitones), rate)))
    assert found == pytest.approx(semitones, abs=0.25)


@pytest.mark.parametrize("semitones", [-5, -2, 2, 5])
def test_a_real_voice_is_shifted_within_half_a_semitone(semitones, spoken):
    said = spoken("The meeting starts at nine in the morning, so please be there on time.")
    found = differences(said, shifted(said, RATE, semitones))
    assert float(np.median(found)) == pytest.approx(semitones, abs=0.5)


@pytest.mark.parametrize("semitones", [-12, -1, 1, 12])
@pytest.mark.parametrize("size", [0, 1, 2, 7, 200, 661, 2205])
def test_any_size_comes_out_finite(size, semitones):
    changed = shifted(voice(1.0)[:size], RATE, semitones)
    assert changed.size == size
    assert np.isfinite(changed).all()


@pytest.mark.parametrize("semitones", [-6, 6])
def test_nothing_is_moved_by_more_than_a_window(semitones):
    said = np.zeros(2 * RATE, np.float32)
    said[RATE : RATE + 2205] = voice(0.1)
    loud = np.flatnonzero(np.abs(shifted(said, RATE, semitones)) > 0.02) / RATE
    assert loud[0] == pytest.approx(1.0, abs=0.03)
    assert loud[-1] == pytest.approx(1.1, abs=0.03)


def test_silence_stays_silence_and_no_shift_changes_nothing():
    assert not shifted(np.zeros(RATE, np.float32), RATE, 3).any()
    said = voice(0.5)
    assert shifted(said, RATE, 0) is said
    assert amplified(said, 0) is said


def test_the_same_samples_give_the_same_bytes():
    said = voice(1.0)
    assert shifted(said, RATE, 2.5).tobytes() == shifted(said, RATE, 2.5).tobytes()


@pytest.mark.parametrize("decibels", [3.0, 9.0, 20.0])
def test_what_would_pass_full_scale_is_limited_and_not_clipped(decibels):
    said = voice(1.0)
    said *= 0.9 / np.max(np.abs(said))
    changed = amplified(said, decibels)
    assert np.max(np.abs(changed)) <= 0.981
    assert np.sqrt(np.mean(changed**2)) > np.sqrt(np.mean(said**2))
    # The gain moves slowly: what a clipper makes of a peak it would do within a sample.
    gain = (changed / np.where(np.abs(said) > 1e-3, said, np.nan))[2000:-2000]
    steps = np.abs(np.diff(gain)) / 10 ** (decibels / 20)
    assert np.nanmax(steps) < 0.01


@pytest.mark.parametrize("decibels", [-20.0, -6.0, 3.0])
def test_the_level_is_changed_by_so_many_decibels(decibels):
    said = voice(0.5)
    changed = amplified(said, decibels)
    ratio = np.sqrt(np.mean(changed**2) / np.mean(said**2))
    assert 20 * np.log10(ratio) == pytest.approx(decibels, abs=0.01)
    assert changed.dtype == np.float32

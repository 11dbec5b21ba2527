"""Speech at another speed: as long as asked for, at its own pitch."""

import numpy as np
import pytest

from voicejob_worker.audio.stretch import stretched
from voicejob_worker.engines.protocol import SynthesisParams, Utterance

RATE = 22_050
FACTORS = (0.25, 0.5, 1 / 1.5, 0.8, 1.25, 2.0, 4.0)
SPEEDS = (0.5, 0.8, 1.25, 1.5, 2.0)
TEXTS = (
    "Where did you leave the car?",
    "The meeting starts at nine in the morning, so please be there on time, because the director "
    "wants to begin at once and nobody likes to wait.",
    "In nineteen ninety-nine, they sold forty-two houses, seventeen cars, and three boats.",
)


def voice(seconds, hertz=110.0):
    """Harmonics of a pitch that swings by three semitones, louder and softer by turns."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = hertz * 2 ** (np.sin(2 * np.pi * 0.7 * time) * 1.5 / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    waves = sum(np.sin(number * phase) / number for number in range(1, 15))
    return (0.2 * waves * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def pitch_at(samples, second):
    """In Hz, by autocorrelation over 50 ms; None where nothing is periodic."""
    start = round(second * RATE) - 551
    frame = samples[max(start, 0) : start + 1102].astype(np.float64)
    if frame.size < 1102 or np.sqrt(np.mean(frame**2)) < 0.03:
        return None
    frame = frame - frame.mean()
    lags = np.arange(RATE // 300, RATE // 70)
    alike = np.array(
        [
            np.dot(frame[lag:], frame[:-lag])
            / np.sqrt(np.dot(frame[lag:], frame[lag:]) * np.dot(frame[:-lag], frame[:-lag]))
            for lag in lags
        ]
    )
    best = int(np.argmax(alike))
    return RATE / lags[best] if alike[best] > 0.8 else None


def shift(samples, changed, factor):
    """Median shift of the pitch in semitones, each moment compared with itself."""
    moments = np.arange(0.05, changed.size / RATE - 0.05, 0.01)
    pairs = [(pitch_at(samples, moment / factor), pitch_at(changed, moment)) for moment in moments]
    shifts = [12 * np.log2(after / before) for before, after in pairs if before and after]
    assert len(shifts) > 5
    return float(np.median(shifts))


@pytest.mark.parametrize("factor", FACTORS)
def test_the_length_is_exact_and_the_pitch_is_kept(factor):
    said = voice(3.0)
    changed = stretched(said, RATE, factor)
    assert changed.size == round(said.size * factor)
    assert abs(shift(said, changed, factor)) < 0.25
    level, before = (np.sqrt(np.mean(one**2)) for one in (changed, said))
    assert level == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("size", [0, 1, 7, 200, 661, 2205])
def test_any_size_comes_out_finite(size, factor):
    changed = stretched(voice(1.0)[:size], RATE, factor)
    assert changed.size == round(size * factor)
    assert np.isfinite(changed).all()
    assert changed.dtype == np.float32


def test_nothing_is_moved_by_more_than_a_window():
    said = np.zeros(2 * RATE, np.float32)
    said[RATE : RATE + 2205] = voice(0.1)
    for factor in FACTORS:
        loud = np.flatnonzero(np.abs(stretched(said, RATE, factor)) > 0.02) / RATE
        window = max(0.03, 0.02 * factor)  # and its reach, which is stretched, too
        assert loud[0] == pytest.approx(factor, abs=window)
        assert loud[-1] == pytest.approx(1.1 * factor, abs=window)


def test_the_usual_speed_changes_nothing():
    said = voice(0.5)
    assert np.array_equal(stretched(said, RATE, 1.0), said)


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_voice_at_another_speed_says_the_same_at_its_pitch(piper, speed):
    for number, text in enumerate(TEXTS):
        (usual,) = piper.synthesise([Utterance(number, text)], SynthesisParams())
        (changed,) = piper.synthesise([Utterance(number, text)], SynthesisParams(speed=speed))
        assert changed.size == pytest.approx(usual.size / speed, abs=1)
        assert abs(shift(usual, changed, 1 / speed)) < 0.5

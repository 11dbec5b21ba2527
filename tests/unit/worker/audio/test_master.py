"""Mastering reaches the loudness, keeps the true peak down, and changes nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from voicejob_worker.audio.limiter import limited_blocks
from voicejob_worker.audio.loudness import LoudnessMeasurement
from voicejob_worker.audio.master import CEILING_DBTP, level, prepare
from voicejob_worker.audio.pcm import FLOAT32

RATE = 22050
Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]


def _tell_nobody(_share: float) -> None:
    """Progress is told by the whole production (test_produce)."""


def _mastered(
    source: Path, target: float = -16.0, rate: int = RATE
) -> tuple[Signal, LoudnessMeasurement]:
    prepared, destination = source.with_name("prepared.f32"), source.with_name("mastered.f32")
    loudness = prepare(source, RATE, prepared, rate, _tell_nobody)
    measured = level(
        prepared,
        destination,
        rate,
        loudness,
        target_lufs=target,
        ceiling_dbtp=CEILING_DBTP,
        on_progress=_tell_nobody,
    )
    return np.fromfile(destination, FLOAT32), measured


def _peak(signal: Signal) -> float:
    """True peak by another interpolator than the product's: 8 times, by scipy."""
    return float(20 * np.log10(np.abs(resample_poly(signal.astype(np.float64), 8, 1)).max()))


def _loudness(signal: Signal, rate: int = RATE) -> float:
    return float(pyloudnorm.Meter(rate).integrated_loudness(signal.astype(np.float64)))


@pytest.mark.parametrize("target", [-14.0, -16.0, -23.0, -40.0])
@pytest.mark.parametrize("level", [1.0, 0.03, 0.005])
def test_speech_gets_the_loudness_asked_for(
    target: float, level: float, raw16: Write, speech_like: Callable[..., Signal]
) -> None:
    signal, measured = _mastered(raw16(speech_like(12.0) * level), target)
    assert _loudness(signal) == pytest.approx(target, abs=0.5)
    assert measured.loudness_lufs == pytest.approx(_loudness(signal), abs=0.02)
    assert _peak(signal) <= -1.0


def test_a_real_voice_gets_it_too(raw16: Write, spoken: Callable[[str], Signal]) -> None:
    voice = spoken("Fifty percent of all fish have fins. They sell sea shells at the sea shore.")
    signal, measured = _mastered(raw16(voice))
    assert _loudness(signal) == pytest.approx(-16, abs=0.5)
    assert _peak(signal) <= -1.0
    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp == pytest.approx(_peak(signal), abs=0.15)


def _impulses() -> Signal:
    signal = np.zeros(RATE * 3, np.float32)
    signal[:: RATE // 10] = 1.0
    return signal


def _square() -> Signal:
    return np.where(np.arange(RATE * 3) // 37 % 2, 1.0, -1.0).astype(np.float32)


def _hard_noise() -> Signal:
    noise = np.random.default_rng(5).choice([-1.0, 1.0], RATE * 3)
    return noise.astype(np.float32)


@pytest.mark.parametrize("target", [-9.0, -16.0])
@pytest.mark.parametrize("make", [_impulses, _square, _hard_noise])
def test_the_true_peak_stays_down_whatever_comes(
    target: float, make: Callable[[], Signal], raw16: Write
) -> None:
    signal, measured = _mastered(raw16(make()), target)
    assert _peak(signal) <= -1.0
    assert measured.loudness_lufs is not None
    assert measured.loudness_lufs <= target + 0.5


def test_a_target_out_of_reach_is_told_by_the_measure(raw16: Write) -> None:
    signal, measured = _mastered(raw16(_impulses()), -9.0)
    assert measured.loudness_lufs is not None
    assert measured.loudness_lufs < -9.5
    assert measured.loudness_lufs == pytest.approx(_loudness(signal), abs=0.05)


def test_an_offset_is_gone(raw16: Write, speech_like: Callable[..., Signal]) -> None:
    signal, _ = _mastered(raw16(speech_like(6.0) * 0.3 + np.float32(0.2)))
    assert abs(signal[RATE:].mean()) < 5e-4  # of 0.2
    assert _loudness(signal[RATE:]) == pytest.approx(-16, abs=0.5)


def test_silence_stays_silence(raw16: Write) -> None:
    signal, measured = _mastered(raw16(np.zeros(RATE * 2, np.float32)))
    assert signal.size == RATE * 2
    assert not signal.any()
    assert (measured.loudness_lufs, measured.true_peak_dbtp) == (None, None)


def test_nothing_stays_nothing(raw16: Write) -> None:
    signal, measured = _mastered(raw16(np.zeros(0, np.float32)), rate=48000)
    assert signal.size == 0
    assert measured.true_peak_dbtp is None


def test_a_tenth_of_a_second_is_brought_near_the_loudness(raw16: Write) -> None:
    time = np.arange(RATE // 10) / RATE
    tone = (0.01 * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    signal, measured = _mastered(raw16(tone), -20.0)
    assert measured.loudness_lufs is None
    assert 20 * np.log10(np.sqrt(np.mean(signal**2))) == pytest.approx(-20, abs=1.5)


def test_the_limiter_turns_down_and_does_not_clip(raw16: Write) -> None:
    """Over the ceiling a sine stays a sine: its third harmonic is under -40 dB."""
    time = np.arange(RATE * 3) / RATE
    tone = np.sin(2 * np.pi * 441 * time) * (0.1 + 0.9 * (time > 1.5))
    signal, _ = _mastered(raw16(tone.astype(np.float32)), -9.0)
    spectrum = np.abs(np.fft.rfft(signal[2 * RATE :] * np.hanning(RATE)))
    assert spectrum[3 * 441] / spectrum[441] < 0.01


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000, 96000])
def test_resampling_keeps_duration_and_pitch(rate: int, raw16: Write) -> None:
    time = np.arange(int(RATE * 23.4567)) / RATE
    tone = (0.1 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)
    signal, _ = _mastered(raw16(tone), rate=rate)
    assert signal.size / rate == pytest.approx(tone.size / RATE, abs=0.001)
    middle = signal[rate * 5 : rate * 15]
    peak = np.argmax(np.abs(np.fft.rfft(middle * np.hanning(middle.size)))) / 10
    assert peak == pytest.approx(1000, abs=0.2)
    assert np.abs(signal[-rate // 400 :]).max() > 0.5 * np.abs(middle).max()  # to the very end
    crossings = np.flatnonzero((signal[:-1] < 0) & (signal[1:] >= 0)) / rate
    assert crossings[20000] - crossings[1000] == pytest.approx(19.0, abs=1e-3)


def test_resampling_does_not_move_anything(raw16: Write) -> None:
    signal = np.zeros(RATE * 21, np.float32)
    signal[[RATE, RATE * 20]] = 0.5
    mastered, _ = _mastered(raw16(signal), rate=48000)
    halves = np.abs(mastered[: 48000 * 10]), np.abs(mastered[48000 * 10 :])
    assert np.argmax(halves[0]) == pytest.approx(48000, abs=24)
    assert np.argmax(halves[1]) == pytest.approx(48000 * 10, abs=24)


def test_the_release_goes_on_over_a_block_border(raw32: Write) -> None:
    """A burst just before a border at 10 s: the level comes back as slowly in the next block."""
    time = np.arange(RATE * 12) / RATE
    tone = np.sin(2 * np.pi * 200 * time + 0.1) * 0.2
    tone[(time > 9.9) & (time < 9.95)] *= 4
    blocks = limited_blocks(raw32(tone.astype(np.float32)), RATE, 2.0, 0.87)
    limited = np.concatenate([block for block, _ in blocks])
    heard = np.abs(tone) > 0.05
    gain = 20 * np.log10(np.abs(limited[heard] / tone[heard]))
    assert gain.min() < 5
    assert np.abs(np.diff(gain)[time[heard][1:] > 9.99]).max() < 0.05


def test_peaks_between_the_samples_are_limited(raw32: Write) -> None:
    blocks = limited_blocks(raw32(_hard_noise()), RATE, 2.0, 10 ** (-1.2 / 20))
    assert _peak(np.concatenate([block for block, _ in blocks])) <= -1.0


def test_blocks_leave_no_trace(raw16: Write) -> None:
    """A steady tone over many blocks: no step in it beyond the tone's own."""
    time = np.arange(RATE * 25) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    signal, _ = _mastered(raw16(tone), -9.0)
    steady = signal[RATE:-RATE]
    own = np.abs(steady).max() * 2 * np.pi * 200 / RATE
    assert np.abs(np.diff(steady)).max() <= own * 1.01

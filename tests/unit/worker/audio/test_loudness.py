"""Loudness equals pyloudnorm's, and the true peak the truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import upfirdn

from voicejob_worker.audio.loudness import LoudnessMeter, measure, measure_blocks
from voicejob_worker.audio.true_peak import TruePeakMeter, peak_envelope

Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.4, 0.449, 3.33, 11.7])
def test_integrated_loudness_is_pyloudnorms(
    rate: int, seconds: float, raw32: Write, speech_like: Callable[..., Signal]
) -> None:
    signal = speech_like(seconds, rate)
    expected = pyloudnorm.Meter(rate).integrated_loudness(signal.astype(np.float64))
    assert measure(raw32(signal), rate).loudness_lufs == pytest.approx(expected, abs=0.01)


def test_the_block_size_makes_no_difference(speech_like: Callable[..., Signal]) -> None:
    signal = speech_like(2.0)
    results = set()
    for size in (70, 2205, 10000, signal.size):
        blocks = (signal[start : start + size] for start in range(0, signal.size, size))
        measured = measure_blocks(blocks, 22050)
        results.add((round(measured.loudness_lufs or 0, 9), round(measured.true_peak_dbtp or 0, 5)))
    assert len(results) == 1


def test_a_full_scale_sine_at_997_hz_measures_minus_3_lufs() -> None:
    """BS.1770-4, annex 1: -3.01; pyloudnorm's shelf is up to 0.04 dB off the standard's there."""
    sine = np.sin(2 * np.pi * 997 * np.arange(48000 * 3) / 48000).astype(np.float32)
    assert measure_blocks([sine], 48000).loudness_lufs == pytest.approx(-3.01, abs=0.05)


def test_gating_leaves_pauses_out(speech_like: Callable[..., Signal]) -> None:
    signal = speech_like(4.0)
    padded = np.concatenate((signal, np.zeros(22050 * 20, np.float32)))
    plain = measure_blocks([signal], 22050).loudness_lufs
    assert measure_blocks([padded], 22050).loudness_lufs == pytest.approx(plain, abs=0.5)


def test_what_has_no_loudness_has_none() -> None:
    short = np.full(int(0.39 * 22050), 0.1, np.float32)
    assert measure_blocks([short], 22050).loudness_lufs is None
    silence = measure_blocks([np.zeros(22050, np.float32)], 22050)
    assert (silence.loudness_lufs, silence.true_peak_dbtp) == (None, None)
    nothing = measure_blocks([], 22050)
    assert (nothing.loudness_lufs, nothing.true_peak_dbtp) == (None, None)
    assert LoudnessMeter(22050).ungated_loudness() is None


def test_a_peak_between_the_samples_is_found() -> None:
    """A sine at a quarter of the rate, sampled 45 degrees off its peaks: 3 dB over the samples."""
    sine = np.sin(np.pi / 2 * np.arange(2000) + np.pi / 4).astype(np.float32)
    assert np.abs(sine).max() == pytest.approx(0.707, abs=0.001)
    meter = TruePeakMeter()
    meter.add(sine * np.hanning(2000).astype(np.float32))
    assert meter.peak() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("frequency", [0.05, 0.21, 0.33, 0.42, 0.46])
def test_true_peak_of_sines_up_to_near_nyquist(frequency: float) -> None:
    sine = np.sin(2 * np.pi * frequency * np.arange(20000) + 0.3) * np.hanning(20000)
    meter = TruePeakMeter()
    meter.add(sine.astype(np.float32))
    assert 20 * np.log10(meter.peak()) == pytest.approx(0.0, abs=0.3)


def test_passing_over_what_is_low_changes_no_peak_that_counts() -> None:
    signal = np.random.default_rng(2).standard_normal(30000).astype(np.float32)
    signal *= np.repeat(np.random.default_rng(3).random(100), 300).astype(np.float32)
    whole, fast = peak_envelope(signal), peak_envelope(signal, 1.5)
    assert (whole > 1.5).sum() > 100
    assert np.array_equal(whole[whole > 1.5], fast[whole > 1.5])
    assert (fast[whole <= 1.5] <= 1.5).all()
    assert whole == pytest.approx(_dense(signal), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("direction", [1, -1])
def test_what_rings_into_a_silent_segment_is_seen(direction: int) -> None:
    signal = np.zeros(2048, np.float32)
    signal[:512:2], signal[1:512:2] = 1.0, -1.0
    signal = signal[::direction]
    whole, fast = peak_envelope(signal), peak_envelope(signal, 0.1)
    assert (whole[signal == 0] > 0.1).sum() > 1
    assert np.array_equal(whole[whole > 0.1], fast[whole > 0.1])


def _dense(signal: Signal) -> Signal:
    """The same by scipy: values four times as dense, the highest between each two neighbours."""
    taps = np.arange(-48, 49)
    fine = np.abs(upfirdn(np.sinc(taps / 4) * np.kaiser(97, 5.0), signal, up=4))[48:]
    between = fine[: signal.size * 4].reshape(-1, 4)[:, 1:].max(axis=1)
    return np.max([np.abs(signal), between, np.concatenate(([0], between[:-1]))], axis=0)


@pytest.mark.parametrize("border", [4990, 5000, 5001, 5012])
def test_a_peak_at_a_block_border_is_not_missed(border: int) -> None:
    signal = np.zeros(10000, np.float32)
    signal[4999:5001] = 0.9
    meter = TruePeakMeter()
    meter.add(signal[:border])
    meter.add(signal[border:])
    assert meter.peak() == pytest.approx(1.13, abs=0.03)

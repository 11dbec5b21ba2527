"""Edges are cut to the silence asked for, and no soft sound with them."""

from collections.abc import Callable

import numpy as np
import pytest
from making.edges import trim_edges
from numpy.typing import NDArray

from voicejob_worker.audio.edges import fade_edges

RATE = 22050
Signal = NDArray[np.float32]


def _tone(seconds: float, level: float = 0.3) -> Signal:
    time = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * 200 * time)).astype(np.float32)


def _noise(seconds: float, level: float) -> Signal:
    noise = np.random.default_rng(3).standard_normal(int(seconds * RATE))
    return (level * noise).astype(np.float32)


@pytest.mark.parametrize("noise_floor", [0.0, 1e-4, 1e-3])
@pytest.mark.parametrize("level", [0.9, 0.1, 0.02])
def test_silence_is_cut_to_what_is_kept(noise_floor: float, level: float) -> None:
    floor = noise_floor * level
    signal = np.concatenate((_noise(0.5, floor), _tone(1.0, level), _noise(0.7, floor)))
    trimmed = trim_edges(signal, RATE)
    assert 1.0 <= trimmed.size / RATE <= 1.0 + 2 * 0.036


def test_a_hissing_recording_is_cut_too() -> None:
    signal = _noise(2.0, 0.004) + np.pad(_tone(1.0), (RATE // 2, RATE // 2)).astype(np.float32)
    assert trim_edges(signal, RATE).size / RATE == pytest.approx(1.06, abs=0.02)


def test_a_soft_onset_is_kept() -> None:
    onset = _noise(0.08, 0.3 * 10 ** (-32 / 20))
    signal = np.concatenate((np.zeros(RATE // 2, np.float32), onset, _tone(0.8)))
    assert trim_edges(signal, RATE).size / RATE >= 0.88


def test_each_edge_can_be_left_alone() -> None:
    silence = np.zeros(RATE // 2, np.float32)
    signal = np.concatenate((silence, _tone(1.0), silence))
    assert trim_edges(signal, RATE, start=False, end=False).size == signal.size
    assert trim_edges(signal, RATE, start=False).size / RATE == pytest.approx(1.53, abs=0.01)
    assert trim_edges(signal, RATE, end=False).size / RATE == pytest.approx(1.53, abs=0.01)


@pytest.mark.parametrize(
    "silent",
    [
        np.zeros(RATE, np.float32),
        np.zeros(0, np.float32),
        np.full(RATE, 0.2, np.float32),
        np.full(100, np.nan, np.float32),
        _noise(1.0, 1e-5),
    ],
    ids=["zeros", "nothing", "constant offset", "nan", "last bit"],
)
def test_silence_throughout_leaves_nothing(silent: Signal) -> None:
    assert trim_edges(silent, RATE).size == 0


def test_an_offset_does_not_hide_silence() -> None:
    signal = np.pad(_tone(1.0), RATE // 2).astype(np.float32) + np.float32(0.1)
    assert trim_edges(signal, RATE).size / RATE <= 1.07


def test_a_click_in_silence_is_a_sound() -> None:
    signal = np.zeros(RATE, np.float32)
    signal[RATE // 2] = 0.5
    assert 0 < trim_edges(signal, RATE).size / RATE <= 0.07


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, RATE])
def test_fading_keeps_the_length_and_starts_and_ends_at_zero(size: int) -> None:
    faded = fade_edges(np.ones(size, np.float32), RATE)
    assert faded.size == size
    assert faded.dtype == np.float32
    if size:
        assert faded[0] == 0
        assert faded[-1] == 0


def test_one_edge_can_be_faded_alone() -> None:
    pcm = np.full(RATE, 1000, np.int16)
    start, end = fade_edges(pcm, RATE, end=False), fade_edges(pcm, RATE, start=False)
    assert (start[0], start[-1]) == (0, 1000)
    assert (end[0], end[-1]) == (1000, 0)


def test_fading_leaves_the_middle_and_the_input_alone() -> None:
    signal = np.ones(RATE, np.float32)
    faded = fade_edges(signal, RATE)
    assert (signal == 1).all()
    assert (faded[200:-200] == 1).all()
    assert np.abs(np.diff(faded)).max() < 0.02


def test_a_real_voice_loses_its_silence_and_not_its_speech(spoken: Callable[[str], Signal]) -> None:
    signal = spoken("She sells sea shells by the sea shore.")
    trimmed = trim_edges(signal, RATE)
    start = _position(signal, trimmed)
    cut = np.concatenate((signal[:start], signal[start + trimmed.size :]))
    assert 0.05 < (signal.size - trimmed.size) / RATE < 0.5
    assert np.sqrt(np.mean(cut**2)) < np.sqrt(np.mean(trimmed**2)) * 10 ** (-40 / 20)


def _position(whole: Signal, part: Signal) -> int:
    return int((part.ctypes.data - whole.ctypes.data) // whole.itemsize)

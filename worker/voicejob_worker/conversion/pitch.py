"""Finds the pitch of speech, moves it and brings it into the form that the synthesiser takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import medfilt  # type: ignore[import-untyped]

from voicejob_worker.conversion.imports import import_part
from voicejob_worker.conversion.rvc_network import Pitch

FindPitch = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Finds pitch: sound at 16 kHz, shape ``(n,)``, to Hz every 10 ms (0 if unvoiced), ``(n // 160 +
1,)``."""

_SAMPLE_RATE: Final = 16_000
_MIN_HERTZ: Final = 50.0
_MAX_HERTZ: Final = 1100.0
_LEVELS: Final = 255
"""Levels of coarse pitch: the network has an embedding for each."""
_MEDIAN: Final = 3
"""Frames: single octave jumps of Harvest go, as with upstream's default."""


def harvest(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ``FindPitch`` that needs no weights: Harvest, refined by StoneMask (Morise, 2017)."""
    world = import_part("pyworld", "pyworld")
    found, times = world.harvest(
        sound, _SAMPLE_RATE, f0_floor=_MIN_HERTZ, f0_ceil=_MAX_HERTZ, frame_period=10
    )
    refined = world.stonemask(sound, found, times, _SAMPLE_RATE)
    smooth: NDArray[np.float64] = medfilt(refined, _MEDIAN)
    return smooth


def move(hertz: NDArray[np.float64], semitones: float) -> NDArray[np.float64]:
    """``hertz`` raised by ``semitones``."""
    moved: NDArray[np.float64] = hertz * 2.0 ** (semitones / 12)
    return moved


def as_pitch(hertz: NDArray[np.float64], device: torch.device) -> Pitch:
    """The form that the synthesiser takes, shape ``(frames,)`` to ``(1, frames)``."""
    return Pitch(
        hertz=torch.from_numpy(hertz).float().to(device)[None],
        coarse=torch.from_numpy(coarse(hertz)).to(device)[None],
    )


def coarse(hertz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Steps of equal size in mel, 1 at 50 Hz and less to 255 at 1100 Hz and more.

    The formula is that of RVC's training (``VC.get_f0`` of upstream).
    """
    lowest, highest = _mel(np.array([_MIN_HERTZ, _MAX_HERTZ]))
    steps = (_mel(hertz) - lowest) * (_LEVELS - 1) / (highest - lowest) + 1
    rounded: NDArray[np.int64] = np.rint(np.clip(steps, 1, _LEVELS)).astype(np.int64)
    return rounded


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127 * np.log(1 + hertz / 700)
    return mel

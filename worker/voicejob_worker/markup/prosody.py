"""SSML's ``<prosody>``: rate, pitch and volume in times, semitones and decibels."""

import math
import re
from dataclasses import replace
from typing import Final

from voicejob_worker.text.passages import Manner

MIN_RATE: Final = 0.25
MAX_RATE: Final = 4.0
MAX_PITCH: Final = 24.0
"""Semitones up or down."""
MIN_VOLUME: Final = -60.0
MAX_VOLUME: Final = 12.0
"""Decibels."""
RATES: Final = {
    "x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.25, "x-fast": 1.6, "default": 1.0,
}  # fmt: skip
PITCHES: Final = {
    "x-low": -6.0, "low": -3.0, "medium": 0.0, "high": 3.0, "x-high": 6.0, "default": 0.0,
}  # fmt: skip
VOLUMES: Final = {
    "silent": MIN_VOLUME, "x-soft": -12.0, "soft": -6.0, "medium": 0.0, "loud": 4.0,
    "x-loud": 8.0, "default": 0.0,
}  # fmt: skip
_NUMBER: Final = r"([+-]?)(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})"
_PERCENT: Final = re.compile(rf"{_NUMBER}%")
_PLAIN: Final = re.compile(_NUMBER)
_SEMITONES: Final = re.compile(rf"{_NUMBER}\s?st", re.IGNORECASE)
_HERTZ: Final = re.compile(rf"{_NUMBER}\s?k?hz", re.IGNORECASE)
_DECIBELS: Final = re.compile(rf"{_NUMBER}\s?db", re.IGNORECASE)


class NotMetError(ValueError):
    """A value that is right and cannot be had here: an absolute pitch in hertz."""


def with_rate(manner: Manner, written: str) -> Manner:
    """The manner at another speed: ``fast``, ``120%``, ``+20%``, ``1.2``; relative to its own.

    Raises:
        ValueError: It is none of these.
    """
    word = RATES.get(written)
    if word is not None:
        return replace(manner, rate=word if written == "default" else _rate(manner.rate * word))
    times = _factor(written)
    if times <= 0:
        raise ValueError(written)
    return replace(manner, rate=_rate(manner.rate * times))


def with_pitch(manner: Manner, written: str) -> Manner:
    """The manner at another pitch: ``high``, ``+2st``, ``-10%``; relative to its own.

    Raises:
        NotMetError: It is in hertz.
        ValueError: It is none of these.
    """
    word = PITCHES.get(written)
    if word is not None:
        return replace(manner, pitch=word if written == "default" else _pitch(manner.pitch + word))
    if _HERTZ.fullmatch(written):
        raise NotMetError(written)
    found = _SEMITONES.fullmatch(written)
    if found:
        return replace(manner, pitch=_pitch(manner.pitch + float(found[1] + found[2])))
    times = _factor(written) if _PERCENT.fullmatch(written) else 0.0
    if times <= 0:
        raise ValueError(written)
    return replace(manner, pitch=_pitch(manner.pitch + 12 * math.log2(times)))


def with_volume(manner: Manner, written: str) -> Manner:
    """The manner at another level: ``loud``, ``+6dB``, ``-20%``, or 0 to 100 as SSML 1.0 has it.

    Raises:
        ValueError: It is none of these.
    """
    word = VOLUMES.get(written)
    if word is not None:
        return replace(
            manner, volume=word if written == "default" else _level(manner.volume + word)
        )
    found = _DECIBELS.fullmatch(written)
    if found:
        return replace(manner, volume=_level(manner.volume + float(found[1] + found[2])))
    plain = _PLAIN.fullmatch(written)
    if plain and not plain[1] and float(plain[2]) <= 100:
        times = float(plain[2]) / 100
    elif plain:
        times = 1 + float(plain[1] + plain[2]) / 100
    else:
        times = _factor(written)
    decibels = 20 * math.log10(times) if times > 0 else MIN_VOLUME
    return replace(manner, volume=_level(manner.volume + decibels))


def _factor(written: str) -> float:
    """What ``120%``, ``+20%`` and ``1.2`` multiply with."""
    percent = _PERCENT.fullmatch(written)
    if percent:
        amount = float(percent[1] + percent[2]) / 100
        return 1 + amount if percent[1] else amount
    plain = _PLAIN.fullmatch(written)
    if plain and not plain[1]:
        return float(plain[2])
    raise ValueError(written)


def _rate(times: float) -> float:
    return round(min(max(times, MIN_RATE), MAX_RATE), 4)


def _pitch(semitones: float) -> float:
    return round(min(max(semitones, -MAX_PITCH), MAX_PITCH), 4)


def _level(decibels: float) -> float:
    return round(min(max(decibels, MIN_VOLUME), MAX_VOLUME), 4)

"""Recordings whose words and borders are known: Piper's sentences, joined with pauses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from making.edges import trim_edges
from numpy.typing import NDArray

from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.protocol import SynthesisParams, Utterance

RATE = 24_000
Signal = NDArray[np.float32]
TEXTS = (
    "She put the keys on the kitchen table and went out to feed the cat.",
    "The meeting starts at nine in the morning, so please be there on time.",
    "Nobody knew the answer.",
    "We have decided to paint the walls of the living room next month.",
    "Where did you leave the car?",
    "You can find fresh bread and milk in the shop across the street.",
    "After the storm the sea was calm again.",
    "The soup is too hot, the bread is too hard, and the wine is too warm.",
    "He laughed.",
    "They have been living in the same house for more than twenty years.",
)


@dataclass(frozen=True)
class Sentence:
    text: str
    samples: Signal

    @property
    def seconds(self) -> float:
        return self.samples.size / RATE


@dataclass(frozen=True)
class Joined:
    """A recording, its transcript, and from when to when each sentence lasts."""

    samples: Signal
    transcript: str
    borders: tuple[tuple[float, float], ...]
    texts: tuple[str, ...]

    def said_between(self, start: float, end: float) -> str:
        pairs = zip(self.texts, self.borders, strict=True)
        return " ".join(text for text, (a, b) in pairs if a < end and b > start)


@pytest.fixture(scope="session")
def sentences(piper: PiperEngine) -> tuple[Sentence, ...]:
    def speak(index: int, text: str) -> Sentence:
        (spoken,) = piper.synthesise([Utterance(index, text)], SynthesisParams())
        trimmed = trim_edges(spoken, piper.sample_rate)
        return Sentence(text, 0.5 * soxr.resample(trimmed, piper.sample_rate, RATE))

    return tuple(speak(index, text) for index, text in enumerate(TEXTS))


def _noise(count: int, level: float = 1e-3, seed: int = 0) -> Signal:
    return level * np.random.default_rng(seed).standard_normal(count).astype(np.float32)


def _join(spoken: Sequence[Sentence], pauses: Sequence[float], edges: float = 0.4) -> Joined:
    parts = [np.zeros(int(edges * RATE), np.float32)]
    borders = []
    at = parts[0].size
    for sentence, pause in zip(spoken, (*pauses, edges), strict=True):
        borders.append((at / RATE, at / RATE + sentence.seconds))
        parts += [sentence.samples, np.zeros(int(pause * RATE), np.float32)]
        at += parts[-2].size + parts[-1].size
    samples = np.concatenate(parts)
    texts = tuple(sentence.text for sentence in spoken)
    return Joined(samples + _noise(samples.size), " ".join(texts), tuple(borders), texts)


@pytest.fixture(scope="session")
def join() -> Callable[..., Joined]:
    """Joins sentences: ``join(sentences, pauses)`` in seconds, with a little noise throughout."""
    return _join


@pytest.fixture(scope="session")
def short(sentences: tuple[Sentence, ...]) -> Joined:
    """About 6 s, of two sentences."""
    return _join(sentences[5:7], [0.4])


@pytest.fixture(scope="session")
def long(sentences: tuple[Sentence, ...]) -> Joined:
    """About 30 s."""
    return _join(sentences, [0.5, 0.35, 0.6, 0.4, 0.5, 0.45, 0.7, 0.4, 0.5])


@pytest.fixture(scope="session")
def noise() -> Callable[..., Signal]:
    return _noise


@pytest.fixture(scope="session")
def music() -> Signal:
    """Ten seconds of a tune over chords, with drums."""
    time = np.arange(10 * RATE) / RATE
    random = np.random.default_rng(0)

    def tone(pitch: float, start: float) -> NDArray[np.float64]:
        since = np.clip(time - start, 0, None)
        envelope = np.where(time >= start, np.exp(-3 * since), 0)
        return envelope * sum(np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 8))

    steps = random.choice([0, 2, 4, 5, 7, 9, 11, 12], 40)
    tune = sum(tone(220 * 2 ** (step / 12), at / 4) for at, step in enumerate(steps))
    chords = sum(tone(pitch, bar) for bar in range(10) for pitch in (130.8, 164.8, 196.0))
    beat = np.exp(-60 * (time % 0.25)) * random.standard_normal(time.size)
    mix = tune + 0.5 * chords + beat
    return (0.7 * mix / np.max(np.abs(mix))).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes samples of shape (n,) or (n, channels) as a file of any format libsndfile has."""

    def to_file(
        samples: NDArray[np.floating], name: str = "voice.wav", rate: int = RATE, **coding: str
    ) -> Path:
        path = tmp_path / name
        coding = coding or {"format": "WAV", "subtype": "PCM_16"}
        with (
            path.open("wb") as file,
            soundfile.SoundFile(
                file, "w", rate, samples.shape[1] if samples.ndim > 1 else 1, **coding
            ) as sound,
        ):
            for start in range(0, len(samples), RATE):  # encoders crash on more at once
                sound.write(samples[start : start + RATE])
        return path

    return to_file

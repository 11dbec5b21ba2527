"""Good chunks by the real Piper voice, and faults planted in them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.quality.frames import HOP_SECONDS, analyse, runs
from voicejob_worker.quality.moonshine import MoonshineRecogniser
from voicejob_worker.text.normalise import normalise

LANGUAGE = "en-US"
CHUNKS = tuple((Path(__file__).parent / "good_chunks.txt").read_text().splitlines())

FOREIGN = (
    "The word שלום means peace.",
    "She said こんにちは to everyone in the room.",
    "Привет, как дела?",
    "你好，今天天气很好。",
    "Ο ήλιος ανέτειλε νωρίς το πρωί.",
    "ሰላም ልዑል",
    "สวัสดีชาวโลก",
    "The Hindi word नमस्ते is a greeting.",
    "Hmmmmmm, that is odd.",
    "Shhhhhh! The baby is asleep.",
    "NOOOOOO!",
    "A wwwwww in it",
    "Aaaaaaaaaaaaaaaaaaaaaargh!",
    "The file is called xkcdqwrt and nothing else.",
    "a" * 300,
)
"""Texts of which no one can foresee what the voice makes."""


@dataclass(frozen=True)
class Chunk:
    text: str
    samples: np.ndarray
    rate: int
    speed: float = 1.0

    @property
    def trimmed(self):
        """Without the silence at its edges."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.02)
        return self.samples[loud[0] : loud[-1] + 1]


@pytest.fixture(scope="session")
def speak(piper) -> Callable[..., Chunk]:
    spoken: dict[tuple[int, float], Chunk] = {}

    def one(number: int, speed: float = 1.0) -> Chunk:
        """The good chunk of that number; each is spoken once."""
        if (number, speed) not in spoken:
            text = normalise(CHUNKS[number], LANGUAGE).text
            (samples,) = piper.synthesise([Utterance(number, text)], SynthesisParams(speed=speed))
            spoken[number, speed] = Chunk(text, samples, piper.sample_rate, speed)
        return spoken[number, speed]

    return one


@pytest.fixture(scope="session")
def good(speak) -> list[Chunk]:
    """Each fifth of the 200 good chunks, from one word to 249 characters."""
    return [speak(number) for number in range(0, len(CHUNKS), 5)]


@pytest.fixture(scope="session")
def foreign(piper) -> list[Chunk]:
    """Each of the texts in ``FOREIGN``, as the voice speaks it."""
    texts = [normalise(text, LANGUAGE).text for text in FOREIGN]
    spoken = piper.synthesise(
        [Utterance(n, text) for n, text in enumerate(texts)], SynthesisParams()
    )
    return [Chunk(text, one, piper.sample_rate) for text, one in zip(texts, spoken, strict=True)]


@pytest.fixture(scope="session")
def moonshine():
    return MoonshineRecogniser()


class Planter:
    """Plants faults; every length is in seconds."""

    def __init__(self, rate: int, other: np.ndarray) -> None:
        self.rate = rate
        self.other = other
        self.random = np.random.default_rng(0)

    def silence(self, seconds):
        return np.zeros(int(seconds * self.rate), np.float32)

    def noise(self, seconds, like, db=0.0):
        """White noise at a level beside that of ``like``."""
        white = self.random.standard_normal(int(seconds * self.rate))
        level = np.sqrt(np.mean(np.square(like))) * 10 ** (db / 20)
        return (white * level).astype(np.float32)

    def murmur(self, seconds, like, db):
        """Noise of a voice's band (150 to 1,500 Hz) that swells four times a second."""
        white = self.random.standard_normal(int(seconds * self.rate))
        spectrum = np.fft.rfft(white)
        hertz = np.fft.rfftfreq(white.size, 1 / self.rate)
        band = np.fft.irfft(spectrum * ((hertz > 150) & (hertz < 1500)), white.size)
        band *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(white.size) / self.rate)
        level = np.sqrt(np.mean(np.square(like))) * 10 ** (db / 20)
        return (band / np.sqrt(np.mean(band**2)) * level).astype(np.float32)

    def tone(self, seconds, like):
        time = np.arange(int(seconds * self.rate)) / self.rate
        level = np.sqrt(2 * np.mean(np.square(like)))
        return (np.sin(2 * np.pi * 200 * time) * level).astype(np.float32)

    def babble(self, chunk, kind, seconds, gap):
        """The chunk with other sound after its end."""
        size = int(seconds * self.rate)
        said = chunk.trimmed
        sounds = {
            "other speech": lambda: self.other[:size],
            "reversed speech": lambda: self.other[:size][::-1],
            "last word again": lambda: np.tile(said[-int(0.4 * self.rate) :], 9)[:size],
            "murmur": lambda: self.murmur(seconds, said, -20),
        }
        return np.concatenate([said, self.silence(gap), sounds[kind]()])

    def middle(self, chunk, inserted):
        half = chunk.samples.size // 2
        return np.concatenate([chunk.samples[:half], inserted, chunk.samples[half:]])

    def phrases(self, chunk):
        """The audio cut in the middle of its pauses."""
        frames = analyse(chunk.samples, self.rate)
        pauses = [
            (end, start)
            for (_, end), (start, _) in pairwise(runs(frames.above(34.0)))
            if (start - end) * HOP_SECONDS > 0.14
        ]
        cuts = [int((a + b) / 2 * HOP_SECONDS * self.rate) for a, b in pauses]
        return np.split(chunk.samples, cuts)


@pytest.fixture(scope="session")
def planter(speak):
    chunk = speak(71)  # a sentence of 2.7 s
    return Planter(chunk.rate, chunk.trimmed)

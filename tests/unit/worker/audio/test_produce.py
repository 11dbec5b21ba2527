"""The finished file, as a listener decodes it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from voicejob_api.audio import Audio, AudioFormat
from voicejob_worker.audio.encode import LOSSY
from voicejob_worker.audio.produce import FinishedAudio, produce

RATE = 22050
AAC_FRAME = 1024
Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]
Produced = Callable[[Path, Audio], tuple[Signal, int, FinishedAudio]]


@pytest.fixture
def produced(decoded_file: Callable[[Path], tuple[Signal, int]]) -> Produced:
    def run(source: Path, audio: Audio) -> tuple[Signal, int, FinishedAudio]:
        result = _produced(source, audio)
        return *decoded_file(source.with_name("file")), result

    return run


def _produced(source: Path, audio: Audio) -> FinishedAudio:
    file, scratch = source.with_name("file"), source.with_name("scratch")
    scratch.mkdir(exist_ok=True)
    result = produce(source, RATE, file, audio, scratch)
    assert not list(scratch.iterdir())
    return result


def _peak(signal: Signal) -> float:
    return float(20 * np.log10(np.abs(resample_poly(signal.astype(np.float64), 8, 1)).max()))


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_speech_is_as_loud_as_asked_and_under_the_peak_in_every_format(
    audio_format: AudioFormat, raw16: Write, spoken: Callable[[str], Signal], produced: Produced
) -> None:
    voice = spoken("Fifty percent of all fish have fins. They sell sea shells at the sea shore.")
    signal, rate, result = produced(raw16(voice), Audio(format=audio_format))
    loudness = pyloudnorm.Meter(rate).integrated_loudness(signal.astype(np.float64))
    assert loudness == pytest.approx(-16, abs=0.5)
    assert _peak(signal) <= -1.0
    assert result.measured.loudness_lufs == pytest.approx(loudness, abs=0.05)
    assert result.measured.true_peak_dbtp == pytest.approx(_peak(signal), abs=0.15)
    assert result.encoded.duration_seconds == pytest.approx(voice.size / RATE, abs=0.001)


@pytest.mark.parametrize("audio_format", sorted(LOSSY))
def test_a_coder_that_is_unlucky_with_a_peak_makes_no_speech_quieter(
    audio_format: AudioFormat, raw16: Write, spoken: Callable[[str], Signal]
) -> None:
    """What a coder does to a peak hangs on a hair: the same sentence, a little slower or louder."""
    voice = spoken("Fifty percent of all fish have fins.")
    draw = np.random.default_rng(0)
    told = []
    for _ in range(12):
        times = np.linspace(0, voice.size - 1, int(voice.size * draw.uniform(0.97, 1.03)))
        other = draw.uniform(0.5, 1) * np.interp(times, np.arange(voice.size), voice)
        measured = _produced(raw16(other.astype(np.float32)), Audio(format=audio_format)).measured
        told.append(measured.loudness_lufs)
        assert measured.true_peak_dbtp is not None
        assert measured.true_peak_dbtp <= -1.0
    assert told == pytest.approx([-16] * 12, abs=0.5)


def _square() -> Signal:
    return np.where(np.arange(RATE * 3) // 37 % 2, 1.0, -1.0).astype(np.float32)


def _impulses() -> Signal:
    signal = np.zeros(RATE * 3, np.float32)
    signal[:: RATE // 10] = 1.0
    return signal


@pytest.mark.parametrize("audio_format", AudioFormat)
@pytest.mark.parametrize("make", [_square, _impulses])
@pytest.mark.parametrize("loudness", [-9.0, -16.0])
def test_no_codec_brings_a_peak_back(
    audio_format: AudioFormat,
    make: Callable[[], Signal],
    loudness: float,
    raw16: Write,
    produced: Produced,
) -> None:
    audio = Audio(format=audio_format, loudness_lufs=loudness)
    signal, _, result = produced(raw16(make()), audio)
    assert _peak(signal) <= -0.99
    assert result.measured.true_peak_dbtp is not None
    assert result.measured.true_peak_dbtp <= -1.0


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_tenth_of_a_second_gives_a_file_too(
    audio_format: AudioFormat,
    raw16: Write,
    speech_like: Callable[..., Signal],
    produced: Produced,
) -> None:
    signal, _, result = produced(raw16(speech_like(0.1)), Audio(format=audio_format))
    assert result.measured.loudness_lufs is None
    padded = {AudioFormat.AAC: 2 * AAC_FRAME, AudioFormat.M4B: AAC_FRAME}.get(audio_format, 1)
    assert 0 <= signal.size - result.encoded.frames < padded


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_the_whole_way_gives_the_same_bytes_again(
    audio_format: AudioFormat, raw16: Write, speech_like: Callable[..., Signal]
) -> None:
    source = raw16(speech_like(12.0))
    audio = Audio(format=audio_format, sample_rate=24000)
    _produced(source, audio)
    first = source.with_name("file").read_bytes()
    _produced(source, audio)
    assert source.with_name("file").read_bytes() == first


def test_progress_rises_to_one(raw16: Write, tmp_path: Path) -> None:
    told: list[float] = []
    audio = Audio(format="mp3", loudness_lufs=-9)
    produce(raw16(_square()), RATE, tmp_path / "file", audio, tmp_path, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


_HOUR = """
import resource, sys
from pathlib import Path
import numpy as np
from voicejob_api.audio import Audio
from voicejob_worker.audio.encode import LOSSY
from voicejob_worker.audio.produce import produce
from voicejob_worker.audio.pcm import to_pcm16
folder = Path(sys.argv[1])
minute = (0.1 * np.sin(np.arange(8000 * 60) * 0.3)).astype(np.float32)
def write(minutes):
    with (folder / "joined").open("wb") as file:
        for _ in range(minutes):
            file.write(to_pcm16(minute).tobytes())
def work():
    produce(folder / "joined", 8000, folder / "out.wav", Audio(loudness_lufs=-23), folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
write(1)
before = work()
write(60)
print(work() - before)
"""


def test_an_hour_needs_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HOUR, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 20  # MiB


@pytest.mark.parametrize("audio_format", list(AudioFormat))
def test_encoding_is_told_as_well(raw16: Write, tmp_path: Path, audio_format: AudioFormat) -> None:
    """An encoder that says nothing for minutes looks as if it hung."""
    seconds = 120.0
    time = np.arange(int(seconds * 8000)) / 8000
    source = raw16((0.2 * np.sin(2 * np.pi * 220 * time)).astype(np.float32))
    told: list[float] = []
    audio = Audio(format=audio_format)
    produce(source, 8000, tmp_path / "file", audio, tmp_path, on_progress=told.append)
    assert told == sorted(told)
    for start, end in [(0.54, 0.78), (0.78, 0.9)] if audio_format in LOSSY else [(0.78, 0.9)]:
        assert len([share for share in told if start + 0.001 < share < end - 0.001]) > 10


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_no_format_drifts(audio_format: AudioFormat, raw16: Write, produced: Produced) -> None:
    """Less than a millisecond in two minutes is less than 60 ms in two hours."""
    burst = (0.5 * np.hanning(400) * np.sin(np.arange(400) * 0.3)).astype(np.float32)
    silence = np.zeros(120 * RATE, np.float32)
    marks = (RATE, 119 * RATE)
    for mark in marks:
        silence[mark : mark + burst.size] = burst
    signal, rate, _ = produced(raw16(silence), Audio(format=audio_format))
    wave = resample_poly(burst, rate, RATE)
    places = []
    for mark in marks:
        first = round(mark * rate / RATE) - 2000
        alike = np.correlate(signal[first : first + 8000], wave, "valid")
        places.append((first + int(np.argmax(alike))) / rate)
    assert places[1] - places[0] == pytest.approx(118.0, abs=0.001)

"""Joined audio has the pauses asked for, no click and no dead air."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from making.chunks import split_chunks
from making.edges import trim_edges
from numpy.typing import NDArray

from voicejob_worker.audio.edges import fade_edges
from voicejob_worker.audio.join import Joiner, lay_out
from voicejob_worker.audio.pcm import PCM16, to_pcm16
from voicejob_worker.audio.sentences import Pause
from voicejob_worker.text.chunks import Chunk, Sentence

RATE = 22050
Signal = NDArray[np.float32]


def chunk(index: int, pause: float = 0.0, text: str = "text") -> Chunk:
    return Chunk(index, (Sentence(text, pause),))


def _join(path: Path, parts: list[tuple[Signal, float]]) -> tuple[NDArray[np.int16], list[float]]:
    with Joiner(path, RATE) as joiner:
        placed = [
            joiner.append(chunk(index, pause), to_pcm16(samples))
            for index, (samples, pause) in enumerate(parts)
        ]
        assert joiner.duration == pytest.approx(path.stat().st_size / 2 / RATE, abs=1.0)
    return np.fromfile(path, PCM16), [time for (one,) in placed for time in (one.start, one.end)]


def test_chunks_lie_where_they_are_said_to(tmp_path: Path) -> None:
    ones = np.full(RATE, 0.5, np.float32)
    samples, times = _join(tmp_path / "a", [(ones, 0.25), (ones, 0.6), (ones, 0.0)])
    assert times == pytest.approx([0, 1, 1.25, 2.25, 2.85, 3.85], abs=1e-3)
    assert samples.size / RATE == pytest.approx(3.85, abs=1e-3)
    for start, end in zip(times[::2], times[1::2], strict=True):
        assert (samples[round(start * RATE) : round(end * RATE)] != 0).all()
    assert (samples[round(times[1] * RATE) : round(times[2] * RATE)] == 0).all()


def test_pauses_follow_the_speed(tmp_path: Path) -> None:
    ones = np.full(RATE, 0.5, np.float32)
    for speed, pause in ((0.5, 0.5), (2.0, 0.125)):
        with Joiner(tmp_path / "a", RATE, speed) as joiner:
            (first,), (second,) = (
                joiner.append(chunk(index, 0.25), to_pcm16(ones)) for index in range(2)
            )
        assert second.start - first.end == pytest.approx(pause, abs=1e-3)


def test_a_chunk_without_sound_adds_no_second_pause(tmp_path: Path) -> None:
    ones, none = np.full(RATE, 0.5, np.float32), np.zeros(0, np.float32)
    samples, times = _join(tmp_path / "a", [(ones, 0.25), (none, 0.6), (ones, 0.0)])
    assert samples.size / RATE == pytest.approx(2.6, abs=1e-3)
    assert times[2] == times[3]


def test_what_is_no_mono_16_bit_is_refused(tmp_path: Path) -> None:
    with Joiner(tmp_path / "a", RATE) as joiner:
        with pytest.raises(ValueError, match="chunk 3 is float32"):
            joiner.append(chunk(3), np.zeros(4, np.float32))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
            joiner.append(chunk(0), np.zeros((2, 2), np.int16))
    with pytest.raises(ValueError, match="not open"):
        joiner.append(chunk(0), np.zeros(4, np.int16))


def test_joins_do_not_click(tmp_path: Path) -> None:
    """Chunks that end at full swing: after the fade no step is larger than inside a chunk."""
    time = np.arange(RATE) / RATE
    chunk = (0.8 * np.cos(2 * np.pi * 200 * time)).astype(np.float32)
    samples, _ = _join(
        tmp_path / "a", [(fade_edges(chunk, RATE), pause) for pause in (0.1, 0.0, 0.0)]
    )
    inside = np.abs(np.diff(to_pcm16(chunk).astype(int))).max()
    assert np.abs(np.diff(samples.astype(int))).max() <= inside * 1.01


def test_a_real_voice_joins_without_click_or_dead_air(
    tmp_path: Path, spoken: Callable[[str], Signal]
) -> None:
    sentences = ["Hello there, this is a test.", "She sells sea shells.", "Is that so?", "It is."]
    pauses = [0.25, 0.6, 0.3, 0.0]
    voices = [spoken(sentence) for sentence in sentences]
    parts = [fade_edges(trim_edges(voice, RATE), RATE) for voice in voices]
    samples, times = _join(tmp_path / "a", list(zip(parts, pauses, strict=True)))
    for pause, end, start in zip(pauses, times[1::2], times[2::2], strict=False):
        assert _quiet_around(samples, end, start) <= pause + 0.06
        around = samples[round((end - 0.0005) * RATE) : round((start + 0.0005) * RATE)]
        assert np.abs(np.diff(around.astype(int))).max() < 600  # steps within speech reach 10,000


def _quiet_around(samples: NDArray[np.int16], end: float, start: float) -> float:
    """Seconds around a join in which every 5 ms are 42 dB under the loud parts."""
    frame = RATE // 200
    frames = samples[: samples.size // frame * frame].reshape(-1, frame) / 32768
    levels = np.sqrt(np.mean(frames**2, axis=1))
    quiet = levels < np.percentile(levels, 95) * 10 ** (-42 / 20)
    first = last = round((end + start) / 2 * RATE) // frame
    while first > 0 and quiet[first - 1]:
        first -= 1
    while last < quiet.size and quiet[last]:
        last += 1
    return float((last - first) * frame / RATE)


def _hum(seconds: float) -> Signal:
    return (0.3 * np.sin(2 * np.pi * 200 * np.arange(int(seconds * RATE)) / RATE)).astype("f4")


def _two_paragraphs(tmp_path: Path, pause: float) -> tuple[NDArray[np.int16], list[float]]:
    """One chunk of two paragraphs of 26 letters, spoken in 2 s each."""
    letters = "abcdefghijklm nopqrstuvwxyz."
    one = Chunk(0, (Sentence(letters, 0.6), Sentence(letters, 0.25)))
    silence = np.zeros(int(pause * RATE), np.float32)
    with Joiner(tmp_path / "a", RATE) as joiner:
        placed = joiner.append(one, to_pcm16(np.concatenate((_hum(2), silence, _hum(2)))))
    return np.fromfile(tmp_path / "a", PCM16), [t for one in placed for t in (one.start, one.end)]


@pytest.mark.parametrize("pause", [0.1, 0.3, 0.8])
def test_a_paragraph_that_ends_inside_a_chunk_gets_its_whole_pause(
    tmp_path: Path, pause: float
) -> None:
    samples, times = _two_paragraphs(tmp_path, pause)
    heard = max(pause, 0.6)
    assert times == pytest.approx([0, 2, 2 + heard, 4 + heard], abs=0.02)
    assert samples.size / RATE == pytest.approx(4 + heard + 0.25, abs=0.02)
    silent = samples[round(2.01 * RATE) : round((1.99 + heard) * RATE)]
    assert not silent.any()


def test_no_silence_is_put_where_no_pause_was_spoken(tmp_path: Path) -> None:
    samples, times = _two_paragraphs(tmp_path, 0.0)
    assert samples.size / RATE == pytest.approx(4.25, abs=0.01)
    assert times == pytest.approx([0, 2, 2, 4], abs=0.01)


def test_silence_in_a_noisy_pause_does_not_click() -> None:
    noise = (0.01 * np.random.default_rng(0).standard_normal(int(4.3 * RATE))).astype("f4")
    speech = np.concatenate((_hum(2), np.zeros(int(0.3 * RATE), np.float32), _hum(2)))
    letters = "abcdefghijklm nopqrstuvwxyz."
    one = Chunk(0, (Sentence(letters, 0.6), Sentence(letters, 0.0)))
    samples, _ = lay_out(one, to_pcm16(speech + noise[: speech.size]), RATE)
    added = samples.size - speech.size
    runs = np.flatnonzero(np.convolve(samples != 0, np.ones(added - 8), "valid") == 0)
    first, last = int(runs[0]) - 1, int(runs[-1]) + added - 8
    assert added / RATE == pytest.approx(0.3, abs=0.03)
    assert np.abs(samples[[first, last]]).max() < 60  # of noise with peaks of 1,300


@pytest.mark.parametrize(("probability", "added"), [(0.55, False), (0.9, True)])
def test_only_a_pause_that_is_sure_is_lengthened(monkeypatch, probability, added):
    """What is likely enough for a cue may be a comma: silence there would be heard."""
    pauses = {1: Pause(0.5, 0.6, probability)}
    monkeypatch.setattr("voicejob_worker.audio.join.find_pauses", lambda *_: pauses)
    (chunk,) = split_chunks("One is here.\n\nTwo is there as well.", "en", 300, 280)
    samples = np.ones(1000, np.int16)
    laid_out, spans = lay_out(chunk, samples, 1000)
    assert (laid_out.size > samples.size) is added
    assert spans[0].end == 0.5
    assert spans[1].start == (pytest.approx(1.1) if added else 0.6)

"""Two hours of speech: the last cue is as right as the first, and nothing adds up."""

import re

import numpy as np
import pytest

from voicejob_worker.audio.join import Joiner
from voicejob_worker.audio.subtitles import write_srt
from voicejob_worker.audio.timing import WordTime
from voicejob_worker.text.chunks import Chunk, Sentence

RATE = 22_050
CHUNKS = 900
HEAD, TONE, GAP, TAIL = 0.0302, 3.1111, 0.1777, 4.4449
"""Seconds of a chunk's parts, none of which is a whole number of milliseconds or frames."""


def chunk_sound() -> np.ndarray:
    """Noise for each of two sentences, which begins with a click."""
    sizes = [round(seconds * RATE) for seconds in (HEAD, TONE, GAP, TAIL)]
    sound = np.random.default_rng(0).integers(-9000, 9000, sum(sizes)).astype(np.int16)
    first, second = sizes[0], sum(sizes[:3])
    sound[:first] = sound[first + sizes[1] : second] = 0
    sound[[first, second]] = 32_000
    return sound


@pytest.mark.parametrize("speed", [1.0, 0.8])
def test_cues_of_two_hours_begin_where_the_sound_does_in_the_last_minute_as_in_the_first(
    tmp_path, speed
):
    sound = chunk_sound()
    second = round((HEAD + TONE + GAP) * RATE) / RATE
    first = round(HEAD * RATE) / RATE
    times = (WordTime(0, 5, first, first + 2.0), WordTime(6, 13, second, second + 3.0))
    positions = []
    with Joiner(tmp_path / "raw", RATE, speed) as joiner:
        for index in range(CHUNKS):
            pause = 0.6 if index % 7 == 6 else 0.2503
            parts = (Sentence("Three.", 0.25), Sentence("Seventy.", pause))
            chunk = Chunk(index, parts)
            positions += joiner.append(chunk, sound, times)
        length = joiner.duration
    assert length > 7000
    write_srt(tmp_path / "a.srt", positions, "en")
    samples = np.fromfile(tmp_path / "raw", np.int16)
    clicks = np.flatnonzero(samples == 32_000) / RATE
    stamps = re.findall(r"(\d+):(\d+):(\d+),(\d+) -->", (tmp_path / "a.srt").read_text())
    starts = [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in stamps]
    assert len(starts) == len(clicks) == 2 * CHUNKS
    off = clicks - np.array(starts)
    assert abs(off).max() < 0.05
    assert off[-20:] == pytest.approx(off[:20], abs=0.0011)
    assert samples.size == round(length * RATE)

"""Several voices come to one level, whatever each engine and recording gave them."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from voicejob_worker.audio.loudness import measure_blocks
from voicejob_worker.audio.voice_levels import MAX_LOWERED_DB, Turn, level_voices

RATE = 16_000


def noise(seconds, level, seed=0):
    drawn = np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    return np.rint(np.clip(drawn * level, -1, 1) * 32767).astype("<i2")


@pytest.fixture
def recording(tmp_path):
    """Writes pieces one after the other, and gives the file and its turns."""

    def write(*pieces):
        path, turns, start = tmp_path / "joined.s16", [], 0
        path.write_bytes(b"".join(samples.tobytes() for _, samples in pieces))
        for voice, samples in pieces:
            turns.append(Turn(voice, start, start + samples.size))
            start += samples.size
        return path, turns

    return write


def loudness(path, turns, voice):
    samples = np.fromfile(path, "<i2")
    said = np.concatenate([samples[t.start : t.end] for t in turns if t.voice == voice])
    return measure_blocks([(said / 32768).astype(np.float32)], RATE).loudness_lufs


def test_louder_voices_are_lowered_to_the_quietest(recording):
    path, turns = recording(("", noise(2, 0.2)), ("ana", noise(2, 0.05, 1)), ("", noise(1, 0.2, 2)))
    quiet = loudness(path, turns, "ana")
    gains = level_voices(path, RATE, turns)
    assert gains["ana"] == 0.0
    assert gains[""] == pytest.approx(-12, abs=0.5)
    assert loudness(path, turns, "") == pytest.approx(quiet, abs=0.1)
    assert loudness(path, turns, "ana") == quiet


def test_one_voice_is_left_as_it_is(recording):
    path, turns = recording(("ana", noise(1, 0.2)), ("ana", noise(1, 0.05)))
    before = path.read_bytes()
    assert level_voices(path, RATE, turns) == {}
    assert path.read_bytes() == before


def test_a_voice_that_is_hardly_there_is_no_measure(recording):
    path, turns = recording(
        ("ana", noise(2, 0.2)), ("rui", noise(2, 0.1, 1)), ("hum", noise(2, 0.001, 2))
    )
    gains = level_voices(path, RATE, turns)
    assert gains["ana"] == pytest.approx(-6, abs=0.5)
    assert gains["rui"] == gains["hum"] == 0.0
    assert min(gains.values()) >= -MAX_LOWERED_DB


def test_silence_is_no_voice(recording):
    path, turns = recording(("ana", noise(2, 0.2)), ("rui", noise(1, 0.0)))
    assert level_voices(path, RATE, turns) == {"ana": 0.0}


def test_a_turn_of_any_length_takes_the_memory_of_a_block(recording):
    path, turns = recording(("", noise(300, 0.2)), ("ana", noise(2, 0.05, 1)))
    size = path.stat().st_size
    tracemalloc.start()
    gains = level_voices(path, RATE, turns)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert gains[""] == pytest.approx(-12, abs=0.5)
    assert path.stat().st_size == size
    assert loudness(path, turns, "") == pytest.approx(loudness(path, turns, "ana"), abs=0.1)
    assert most < size / 2


def test_what_was_asked_to_be_softer_stays_softer(recording):
    path, turns = recording(("ana", noise(2, 0.2)), ("rui", noise(2, 0.02, 1)))
    turns[1] = replace(turns[1], volume=-20.0)
    assert level_voices(path, RATE, turns) == pytest.approx({"ana": 0, "rui": 0}, abs=0.5)


def test_a_voice_is_measured_by_what_it_says_at_any_volume(recording):
    path, turns = recording(
        ("ana", noise(2, 0.2)), ("ana", noise(2, 0.1, 1)), ("rui", noise(2, 0.05, 2))
    )
    turns[1] = replace(turns[1], volume=-6.0)
    gains = level_voices(path, RATE, turns)
    assert gains["ana"] == pytest.approx(-12, abs=0.5)

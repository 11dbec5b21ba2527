"""Times of words of an engine that does not tell them, on sound whose words are known."""

import statistics

import numpy as np
import pytest

from voicejob_worker.audio.letter_align import align_words, letter_sounds, usual_length
from voicejob_worker.audio.timing import time_range
from voicejob_worker.audio.word_estimate import estimate_times
from voicejob_worker.engines.protocol import SynthesisParams, Utterance, synthesise_timed
from voicejob_worker.synthesis.takes import Edges, times_when_trimmed, trim_and_quantise

RATE = 1000


def noise(*parts: tuple[float, bool]) -> np.ndarray:
    sound = np.random.default_rng(0).integers(-9000, 9000, 100_000)
    return np.concatenate(
        [(sound if sounds else sound * 0)[: round(seconds * RATE)] for seconds, sounds in parts]
    ).astype(np.int16)


def test_words_lie_between_pauses_and_never_in_one():
    text = "Абвгдежзик лмнопрстуф, хцчшщъыьэю ябвгдежзик."  # whose sounds nobody knows here
    samples = noise((2.0, True), (0.4, False), (2.0, True))
    times = estimate_times(samples, RATE, [text], [0])
    assert [text[one.first : one.after] for one in times] == text.split()
    assert [one.start for one in times] == pytest.approx([0.0, 1.0, 2.4, 3.4], abs=0.05)
    assert [one.end for one in times] == pytest.approx([1.0, 2.0, 3.4, 4.4], abs=0.05)


def test_chinese_has_a_time_for_each_character():
    text = "今天天气很好，我们去公园。"
    times = estimate_times(noise((1.8, True), (0.4, False), (1.5, True)), RATE, [text], [0])
    assert [text[one.first] for one in times] == list("今天天气很好我们去公园")
    assert times[6].start == pytest.approx(2.2, abs=0.03)


def test_places_of_sentences_are_added_and_silence_has_no_words():
    times = estimate_times(noise((1.0, True)), RATE, ["Ab cd.", "Ef."], [0, 7])
    assert [(one.first, one.after) for one in times] == [(0, 2), (3, 6), (7, 10)]
    assert estimate_times(np.zeros(0, np.int16), RATE, ["Ab."], [0]) == ()


def hiss_and_hum(*parts: tuple[float, bool]) -> np.ndarray:
    """White noise without its low half, or a hum of 200 Hz, at 16 kHz."""
    rate, random = 16_000, np.random.default_rng(0)
    pieces = []
    for seconds, hisses in parts:
        clock = np.arange(round(seconds * rate)) / rate
        noise = np.diff(random.uniform(-1, 1, clock.size + 1)) / 8
        pieces.append(noise if hisses else 0.5 * np.sin(2 * np.pi * 200 * clock))
    return (np.concatenate(pieces) * 32767).astype(np.int16)


def test_words_are_told_apart_by_the_sound_of_their_letters():
    """By their letters alone the border would be in the middle."""
    samples = hiss_and_hum((0.45, True), (0.15, False))
    border = align_words(letter_sounds(samples, 16_000), ["sfsf", "aeae"])[1][0]
    assert border == pytest.approx(0.45, abs=0.05)


def test_what_is_too_short_or_too_long_has_its_times_by_letters():
    sounds = letter_sounds(hiss_and_hum((0.02, True)), 16_000)
    assert align_words(sounds, ["a" + "bc" * 20]) is None
    assert align_words(np.zeros((100_000, 2)), ["bc" * 100] * 10) is None
    times = estimate_times(hiss_and_hum((0.02, True)), 16_000, ["a" + "bc" * 20 + " b"], [0])
    assert [one.first for one in times] == [0, 42]
    assert times[-1].end == pytest.approx(0.02)


def test_most_words_of_a_real_voice_are_found_within_a_syllable(piper):
    texts = (
        "Every morning at six the keeper wound the clock in the hall, although nobody needed it.",
        "The boats went by the tide, the goats by their hunger, and only the clock by the hour.",
        "When the storm came at last, it took the boat, the pier, and half of the garden wall.",
    )
    off: list[float] = []
    for number, text in enumerate(texts):
        (spoken,) = synthesise_timed(piper, [Utterance(number, text)], SynthesisParams())
        pcm = trim_and_quantise(spoken.samples, piper.sample_rate, Edges())
        known = times_when_trimmed(spoken, piper.sample_rate, Edges())
        times = estimate_times(pcm, piper.sample_rate, [text], [0])
        off += [abs(time_range(text, times, one.first, one.after)[0] - one.start) for one in known]
    assert len(off) == sum(len(text.split()) for text in texts)
    assert statistics.median(off) < 0.05
    assert statistics.quantiles(off, n=20)[-1] < 0.15


def test_what_is_spelled_takes_longer_than_what_is_read_or_shouted():
    assert usual_length("FBI") > 2 * usual_length("fib")
    assert usual_length("DISASTER!") == usual_length("disaster!")

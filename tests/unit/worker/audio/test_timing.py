"""Times of words through cutting, stretching, keeping, and into what is shown."""

import numpy as np
import pytest

from voicejob_worker.audio.join import Joiner, SentencePosition
from voicejob_worker.audio.placed_words import placed_words, shown_sentences
from voicejob_worker.audio.timing import WordTime, from_json, moved, time_range, to_json
from voicejob_worker.text.chunks import Chunk, Sentence

RATE = 1000
SPOKEN = "It cost one hundred dollars today."
TIMES = (
    WordTime(0, 2, 0.1, 0.2),
    WordTime(3, 7, 0.3, 0.5),
    WordTime(8, 11, 0.6, 0.8),
    WordTime(12, 19, 0.8, 1.2),
    WordTime(20, 27, 1.3, 1.7),
    WordTime(28, 34, 1.8, 2.2),
)


def test_times_move_with_what_is_cut_off_and_stretched():
    assert moved(TIMES[:2], cut=0.15, factor=2.0, seconds=0.6, characters=5) == (
        WordTime(5, 7, 0.0, pytest.approx(0.1)),
        WordTime(8, 12, pytest.approx(0.3), 0.6),
    )


def test_a_range_of_characters_has_the_time_of_its_words_and_shares_of_parts():
    assert time_range(SPOKEN, TIMES, 8, 27) == (0.6, 1.7)
    assert time_range(SPOKEN, TIMES, 7, 9) == (0.6, pytest.approx(0.6 + 0.2 / 3))
    assert time_range(SPOKEN, TIMES, 2, 3) is None
    assert time_range(SPOKEN, (), 0, 5) is None


def test_times_are_read_as_they_were_written_and_nothing_else_is():
    assert from_json(to_json(TIMES)) == TIMES
    for damaged in (None, "abc", [[1, 2, 3]], [[0, 1, "x", 4]], [[0, 1, 500, 400]], {"a": 1}):
        assert from_json(damaged) is None


def test_a_written_number_has_the_time_of_all_its_spoken_words():
    sentence = SentencePosition(0, 0.0, 2.3, "It cost $100 today.", SPOKEN, TIMES)
    assert [(word.text, word.start, word.end) for word in placed_words(sentence, "en")] == [
        ("It", 0.1, 0.2),
        ("cost", 0.3, 0.5),
        ("$100", 0.6, 1.7),
        ("today.", 1.8, 2.2),
    ]


def test_a_word_that_goes_on_in_the_next_sentence_ends_there():
    said = moved(TIMES[2:4], characters=-8)
    first = SentencePosition(0, 0.0, 1.2, "$100 today.", "one hundred", said)
    rest = SentencePosition(1, 1.3, 2.2, "", "dollars today.", moved(TIMES[4:], characters=-20))
    (shown,) = shown_sentences([first, rest])
    assert (shown.start, shown.end) == (0.0, 2.2)
    assert [(word.text, word.start, word.end) for word in placed_words(shown, "en")] == [
        ("$100", 0.6, 1.7),
        ("today.", 1.8, 2.2),
    ]


def speech(*parts: tuple[float, bool]) -> np.ndarray:
    """Noise and silence in turn, at 1 kHz."""
    noise = np.random.default_rng(0).integers(-9000, 9000, 100_000)
    return np.concatenate(
        [(noise if sounds else noise * 0)[: round(seconds * RATE)] for seconds, sounds in parts]
    ).astype(np.int16)


def test_words_come_later_by_the_pauses_before_them(tmp_path):
    """0.5 s between the chunks, and in the first what its paragraph's pause lacks."""
    text = ("Aaaaaaaaaa bbbbbbbbb.", "Cccccccccc ddddddddd.")
    chunk = Chunk(0, (Sentence(text[0], 0.6), Sentence(text[1], 0.5)))
    samples = speech((2.0, True), (0.2, False), (2.0, True))
    times = tuple(
        WordTime(first, first + size, start, start + 0.9)
        for first, size, start in ((0, 10, 0.0), (11, 10, 1.0), (22, 10, 2.2), (33, 10, 3.2))
    )
    with Joiner(tmp_path / "raw", RATE) as joiner:
        first = joiner.append(chunk, samples, times)
        second = joiner.append(chunk, samples, times)
        length = joiner.duration
    assert [one.start for one in first[0].times] == [0.0, 1.0]
    assert [one.start for one in first[1].times] == pytest.approx([2.6, 3.6], abs=0.02)
    assert [(one.first, one.after) for one in first[1].times] == [(0, 10), (11, 21)]
    begin = 4.6 + 0.5
    assert [one.start for one in second[1].times] == pytest.approx(
        [begin + 2.6, begin + 3.6], abs=0.02
    )
    assert second[1].end <= length
    assert (tmp_path / "raw").stat().st_size == 2 * round(length * RATE)


def test_sentences_lie_where_their_words_are_heard_where_no_pause_tells(tmp_path):
    """Without a pause the cut would be by letters, in the middle."""
    chunk = Chunk(0, (Sentence("Aaaaaaaaaa.", 0.25), Sentence("Bbbbbbbbbb.", 0.0)))
    times = (WordTime(0, 11, 0.0, 0.5), WordTime(12, 23, 0.6, 2.0))
    with Joiner(tmp_path / "raw", RATE) as joiner:
        first, second = joiner.append(chunk, speech((2.0, True)), times)
    assert (first.end, second.start) == (0.5, 0.6)

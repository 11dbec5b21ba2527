"""Words that were inserted or dropped are told from words that were misheard."""

import time

import pytest

from voicejob_worker.quality.divergence import Bounds, Divergence, compare, findings
from voicejob_worker.quality.faults import Fault

TEXT = "She put the keys on the kitchen table and went out to feed the cat."


def faults(expected, heard, language="en-US", bounds=None):
    found = findings(compare(expected, heard, language), bounds or Bounds())
    return [finding.fault for finding in found]


def test_the_same_words_do_not_diverge():
    assert compare(TEXT, TEXT.upper(), "en-US") == Divergence(15, 0.0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("expected", "heard"),
    [
        ("Every day tomorrow is forty-two.", "everyday to-morrow is forty two"),
        ("three thirty p.m. today", "three thirty PM to-day"),
        ("the color of the theater", "The colour of the theatre."),
        ("they traveled to a gray center", "they travelled to a grey centre"),
        ("we organize nine percent", "we organise nine per cent"),
        ("Dr. Hansen and Mr. Whitfield, e.g. by telephone", "doctor Hansen and mister Whitfield "
         "for example by telephone"),
        ("in nineteen sixty-eight, three hundred and five people", "in 1968 305 people"),
        ("one thousand two hundred and forty-nine dollars", "$1,249"),
        ("don't", "don’t"),
    ],
)  # fmt: skip
def test_another_spelling_is_no_error(expected, heard):
    assert compare(expected, heard, "en-US").word_error_rate == 0.0


@pytest.mark.parametrize(
    ("expected", "heard", "language"),
    [
        ("São trezentos e cinco", "são 305", "pt-BR"),
        ("vinte e um de março", "VINTE E UM DE MARÇO!", "pt-BR"),
        ("万人敬仰的太乙真人。", "万人敬仰的，太乙真人", "zh"),
    ],
)
def test_other_languages_are_compared_by_their_own_words(expected, heard, language):
    assert compare(expected, heard, language).word_error_rate == 0.0


def test_diacritics_are_kept():
    assert compare("o avô chegou", "o avó chegou", "pt-BR").word_error_rate == pytest.approx(1 / 3)


def test_a_dropped_phrase_is_a_run():
    found = compare(TEXT, "She put the keys on the kitchen table.", "en-US")
    assert (found.dropped_run, found.inserted_run, found.longest_run) == (7, 0, 7)
    assert found.word_error_rate == pytest.approx(7 / 15)
    assert faults(TEXT, "She put the keys on the kitchen table.") == [Fault.WORDS_DIVERGE]


def test_a_repeated_phrase_is_one_run():
    twice = TEXT.replace("on the kitchen table", "on the kitchen table on the kitchen table")
    found = compare(TEXT, twice, "en-US")
    assert (found.inserted_run, found.dropped_run, found.trailing_run) == (4, 0, 0)
    assert faults(TEXT, twice) == [Fault.WORDS_DIVERGE]


def test_words_after_the_end_are_babble():
    assert compare(TEXT, TEXT + " the cat the", "en-US").trailing_run == 3
    assert faults(TEXT, TEXT + " and more") == [Fault.BABBLE_AFTER_END]
    assert not faults(TEXT, TEXT + " the")
    assert faults(TEXT, TEXT + " the cat") == [Fault.BABBLE_AFTER_END]


@pytest.mark.parametrize(
    ("expected", "heard"),
    [
        ("Once upon a time, in a far away country, there lived a king who had three daughters.",
         "Once upon a time, and of our way country, Their love became who had three daughters,"),
        ("has carried traffic for four hundred years", "ascary traffic for four hundred years"),
        ("Lake Superior is the largest of the Great Lakes",
         "Blake's appearager is the largest of the great lakes"),
        ("Nobody answered.", "Nobody answer."),
        ("Call me Ishmael.", "Call me, Eschmel."),
    ],
)  # fmt: skip
def test_a_mishearing_is_no_fault(expected, heard):
    assert not faults(expected, heard)
    assert compare(expected, heard, "en-US").word_error_rate > 0.1


def test_a_text_of_which_nothing_is_heard_is_a_fault():
    assert faults("Good morning.", "") == [Fault.WORDS_DIVERGE]
    assert faults("Good morning.", "butcher fish") == [Fault.WORDS_DIVERGE]
    assert not faults("Yes.", "")


def test_many_single_errors_are_a_fault():
    heard = "He put a keys in the chicken label and bent about to seed a hat"
    found = compare(TEXT, heard, "en-US")
    assert found.longest_run <= 2 < 0.6 * 15 < found.word_error_rate * 15
    assert faults(TEXT, heard) == [Fault.WORDS_DIVERGE]


def test_the_bounds_of_a_voicejob_hold():
    dropped = TEXT.replace("on the kitchen table ", "")
    assert faults(TEXT, dropped, bounds=Bounds(max_divergent_words=3))
    assert not faults(TEXT, dropped, bounds=Bounds(max_divergent_words=4))
    assert faults(TEXT, TEXT.replace("keys", "peas"), bounds=Bounds(max_word_error_rate=0.0))
    assert faults(TEXT, TEXT + " yes", bounds=Bounds(max_divergent_words=0))


def test_a_finding_quotes_no_word():
    (finding,) = findings(compare(TEXT, TEXT + " secret words", "en-US"), Bounds())
    assert finding.sentence == "2 words follow after its text: at most 1 allowed"
    assert finding.severity > 1


def test_an_endless_transcript_takes_bounded_time():
    began = time.perf_counter()
    assert faults(TEXT, "again and " * 200)
    assert time.perf_counter() - began < 5.0


def test_fast_speech_may_be_misheard_more():
    usual, slow, fast = Bounds.at_speed(1.0), Bounds.at_speed(0.5), Bounds.at_speed(2.0)
    assert usual == slow
    assert (usual.max_word_error_rate, usual.max_divergent_words) == (0.6, 2)
    assert (fast.max_word_error_rate, fast.max_divergent_words) == (0.9, 5)
    assert (usual.max_trailing_words, fast.max_trailing_words) == (1, 2)

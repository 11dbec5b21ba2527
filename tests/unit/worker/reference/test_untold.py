"""A recording for an engine that is not told what is said in it."""

import pytest

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference.cache import ReferenceCache
from voicejob_worker.reference.prepare import prepare_reference
from voicejob_worker.reference.span import MAX_SECONDS, choose_untold_span


def test_a_short_recording_is_used_whole_and_says_nothing(short, write):
    told = prepare_reference(write(short.samples), short.transcript)
    untold = prepare_reference(write(short.samples), None)
    assert untold.transcript == ""
    assert untold.samples.size == told.samples.size
    assert untold.digest != told.digest


def test_a_long_recording_is_cut_in_its_pauses(long, write):
    reference = prepare_reference(write(long.samples), None)
    assert 3 < reference.report.duration_seconds <= MAX_SECONDS
    assert reference.report.original_seconds > 25


def test_an_empty_transcript_is_still_refused_where_one_is_needed(short, write):
    with pytest.raises(InvalidInputError, match="has no transcript"):
        prepare_reference(write(short.samples), "")


def test_it_is_kept_apart_from_the_same_recording_with_its_words(short, write, tmp_path):
    cache = ReferenceCache(tmp_path / "cache", 1 << 24, 10)
    file = write(short.samples)
    told, untold = cache.get_or_make(file, short.transcript), cache.get_or_make(file, None)
    assert (told.transcript, untold.transcript) != ("", told.transcript)
    assert cache.get_or_make(file, None).transcript == ""
    assert cache.hits == 1


def stretches(*borders):
    return [SpeechSpan(start, end) for start, end in borders]


def test_the_part_nearest_to_nine_seconds_is_taken():
    span = choose_untold_span(stretches((0, 4), (4.5, 8), (8.5, 13), (13.5, 20)))
    assert (span.start, span.end) == (4.5, 13)


def test_a_pause_that_is_too_short_is_not_cut_in():
    span = choose_untold_span(stretches((0, 4), (4.1, 9), (9.5, 20)))
    assert (span.start, span.end) == (0, 9)


def test_speech_without_pauses_is_cut_off():
    span = choose_untold_span(stretches((1, 31)))
    assert span.start == 1
    assert span.seconds < MAX_SECONDS

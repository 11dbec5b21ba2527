"""Round trips through the real recogniser: phrases said twice, left out, or added are found."""

import re

import numpy as np
import pytest
from making.server import tone

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.quality import checker as checker_module
from voicejob_worker.quality.checker import Checker, SeveralSentences
from voicejob_worker.quality.divergence import Bounds
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.foresight import is_foreseeable
from voicejob_worker.quality.hearing import hear
from voicejob_worker.reference.reference import Reference, ReferenceReport

EN = "en-US"
pytestmark = pytest.mark.xdist_group("good chunks")  # which are spoken once for all of them
SPLICED = (92, 96, 110)
"""Chunks whose pauses lie at their signs of pause, with a phrase of four words and more."""


def listen(recogniser, chunk, samples=None):
    chosen = chunk.samples if samples is None else samples
    return hear(recogniser, chosen, chunk.rate, chunk.text, EN, bounds=Bounds())


def faults(recogniser, chunk, samples):
    return {finding.fault for finding in listen(recogniser, chunk, samples).faults}


def parts(chunk):
    return [part for part in re.split(r"[,;:.?!]+ ?", chunk.text) if part]


def test_good_chunks_raise_no_alarm(moonshine, good):
    heard = [(chunk, listen(moonshine, chunk)) for chunk in good]
    assert not [(chunk.text, one.faults) for chunk, one in heard if one.faults]
    errors = sum(one.divergence.word_error_rate * one.divergence.words for _, one in heard)
    assert errors / sum(one.divergence.words for _, one in heard) < 0.1
    assert len(heard) == 40


def test_a_chunk_of_several_sentences_is_heard_sentence_by_sentence(moonshine, good):
    """Heard whole, about a third of such chunks comes back with a few words said twice."""
    three = good[22:25]
    texts = [chunk.text for chunk in three]
    text, rate = " ".join(texts), three[0].rate
    samples = np.concatenate([chunk.samples for chunk in three])

    def never(*_):
        raise AssertionError("a good chunk is spoken again")

    spec = VoiceJobSpec(text=text, language=EN, quality={"transcribe": True})
    checker = Checker(spec, moonshine)
    several = SeveralSentences(texts, never)
    _, outcome = checker.pick_take(Utterance(0, text), 1, samples, rate, never, several=several)
    assert (outcome.takes, outcome.failed) == (1, False)
    assert outcome.words == sum(len(one.split()) for one in texts)


class Parts:
    """A recogniser that answers what it is told to, and remembers how long it heard."""

    name = "scripted"

    def __init__(self, *answers):
        self.answers, self.seconds = list(answers), []

    def transcribe(self, samples, sample_rate, language):
        self.seconds.append(samples.size / sample_rate)
        return self.answers.pop(0)


def test_a_long_chunk_is_parted_in_the_pauses_between_its_sentences():
    texts = ["This is a sentence of the text.", "And this one comes after the pause, a bit longer."]
    spoken = [tone(len(text) / 14, 1) for text in texts]
    samples = np.concatenate((spoken[0], np.zeros(8000, np.float32), spoken[1]))
    recogniser = Parts(*texts)
    cuts = checker_module._cuts(samples, 16_000, texts)
    heard = hear(recogniser, samples, 16_000, " ".join(texts), EN, bounds=Bounds(), cuts=cuts)
    assert recogniser.seconds == pytest.approx([len(one) / 14 + 0.25 for one in texts], abs=0.2)
    assert heard.divergence.word_error_rate == 0
    assert checker_module._cuts(samples, 16_000, []) == []


def test_a_sentence_that_is_missing_in_a_long_chunk_is_heard(moonshine, good):
    three = good[22:25]
    texts = [chunk.text for chunk in three]
    samples = np.concatenate([three[0].samples, three[2].samples])
    cuts = checker_module._cuts(samples, three[0].rate, texts)
    heard = hear(moonshine, samples, three[0].rate, " ".join(texts), EN, bounds=Bounds(), cuts=cuts)
    assert {finding.fault for finding in heard.faults} == {Fault.WORDS_DIVERGE}


@pytest.mark.parametrize("number", SPLICED)
def test_a_phrase_said_twice_is_found(moonshine, planter, speak, number):
    chunk = speak(number)
    phrases = planter.phrases(chunk)
    assert len(phrases) == len(parts(chunk))
    longest = max(range(len(phrases)), key=lambda at: len(parts(chunk)[at].split()))
    twice = [*phrases[: longest + 1], *phrases[longest:]]
    fault = Fault.BABBLE_AFTER_END if longest == len(phrases) - 1 else Fault.WORDS_DIVERGE
    assert faults(moonshine, chunk, np.concatenate(twice)) == {fault}


@pytest.mark.parametrize("number", SPLICED)
def test_a_dropped_phrase_is_found(moonshine, planter, speak, number):
    chunk = speak(number)
    phrases = planter.phrases(chunk)
    longest = max(range(len(phrases)), key=lambda at: len(parts(chunk)[at].split()))
    dropped = np.concatenate(phrases[:longest] + phrases[longest + 1 :])
    assert faults(moonshine, chunk, dropped) == {Fault.WORDS_DIVERGE}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (69, "other speech"),
        (122, "other speech"),
        (122, "reversed speech"),
        (69, "last word again"),
    ],
)
def test_speech_right_after_the_end_is_found(moonshine, planter, speak, number, kind):
    """Without a pause its sound alone does not tell it from the text's own."""
    chunk = speak(number)
    found = faults(moonshine, chunk, planter.babble(chunk, kind, 1.2, gap=0.0))
    assert found <= {Fault.BABBLE_AFTER_END, Fault.WORDS_DIVERGE}
    assert found


class Scripted:
    """A recogniser that answers from a list."""

    name = "scripted"
    languages = ("en",)

    def __init__(self, *answers):
        self.answers = list(answers)
        self.lengths = []

    def transcribe(self, samples, sample_rate, language):
        self.lengths.append(samples.size)
        return self.answers.pop(0)


TEXT = "We have decided to paint the walls of the living room next month."
REPEATED = TEXT + " Next month. Next month."
SOUND = np.zeros(8000, np.float32)


def test_what_is_heard_well_is_heard_once():
    recogniser = Scripted(TEXT)
    assert not hear(recogniser, SOUND, 8000, TEXT, EN, bounds=Bounds()).faults
    assert recogniser.lengths == [8000]


def test_a_slip_of_the_recogniser_is_no_fault():
    recogniser = Scripted(REPEATED, TEXT)
    heard = hear(recogniser, SOUND, 8000, TEXT, EN, bounds=Bounds())
    assert not heard.faults
    assert heard.divergence.word_error_rate == 0.0
    assert recogniser.lengths[1] > recogniser.lengths[0]


def test_what_is_heard_three_times_is_a_fault():
    recogniser = Scripted(REPEATED, REPEATED + " And on.", REPEATED)
    heard = hear(recogniser, SOUND, 8000, TEXT, EN, bounds=Bounds())
    assert [finding.fault for finding in heard.faults] == [Fault.BABBLE_AFTER_END]
    assert heard.divergence.trailing_run == 4
    assert not recogniser.answers


@pytest.mark.parametrize(
    ("transcript", "is_doubted"),
    [
        ("{0}", False),
        ("", False),
        ("The word שלום means peace.", False),
        ("{0} And nobody in the village remembered when the clock had stopped.", True),
        ("Something else was written down by mistake, and it is as long as that.", True),
    ],
)
def test_a_transcript_that_the_recording_does_not_say_is_doubted(
    moonshine, speak, transcript, is_doubted
):
    chunk = speak(92)
    report = ReferenceReport(4.0, 4.0, 30.0, 0.0, 1.0, chunk.rate)
    reference = Reference(
        chunk.samples, chunk.rate, transcript.format(chunk.text), "digest", report
    )
    spec = VoiceJobSpec.model_validate({"text": "Anything.", "language": EN})
    doubt = Checker(spec, moonshine, reference).doubt()
    assert (doubt is not None) is is_doubted
    assert doubt is None or ("en-US" in doubt and "village" not in doubt)
    assert Checker(spec, None, reference).doubt() is None


def test_what_is_drawn_out_is_heard_and_raises_no_alarm(moonshine, foreign):
    known = [chunk for chunk in foreign if is_foreseeable(chunk.text, EN)]
    assert {chunk.text for chunk in known} >= {"NOOOOOO!", "Aaaaaaaaaaaaaaaaaaaaaargh!"}
    assert not [chunk.text for chunk in known if listen(moonshine, chunk).faults]

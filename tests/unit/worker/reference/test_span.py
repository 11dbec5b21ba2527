"""Cuts of long recordings and their transcripts, against borders that are known."""

import re
from importlib.resources import files
from itertools import combinations, pairwise, product
from math import exp
from statistics import NormalDist

import numpy as np
import pytest
import soxr

from voicejob_worker.audio import align as module
from voicejob_worker.audio.align import Border, SpeechSpan, align, certainty
from voicejob_worker.reference import span as span_module
from voicejob_worker.reference.prepare import prepare_reference
from voicejob_worker.reference.span import choose_span
from voicejob_worker.reference.speech import find_speech
from voicejob_worker.text.phrases import Phrase, phrases

RATE = 24_000
TWO_CITIES = """
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of
Light, it was the season of Darkness, it was the spring of hope, it was the winter of despair, we
had everything before us, we had nothing before us, we were all going direct to Heaven, we were all
going direct the other way. In short, the period was so far like the present period, that some of
its noisiest authorities insisted on its being received, for good or for evil, in the superlative
degree of comparison only.
""".replace("\n", " ").strip()


def said(lengths, rate=15.0, pauses=0.4):
    """Stretches of speech that take as long as phrases of these letters."""
    at = 0.0
    found = []
    for length in lengths:
        found.append(SpeechSpan(at, at + length / rate))
        at += length / rate + pauses
    return found


def of_lengths(lengths):
    return [Phrase(f"phrase {number}.", float(n), True) for number, n in enumerate(lengths)]


def test_phrases_of_different_lengths_find_their_pauses():
    lengths = [60, 10, 35, 80, 20]
    found = align(of_lengths(lengths), said(lengths))
    sure = {(one.phrase, one.stretch): one.probability for one in found if one.probability > 0.9}
    assert sorted(sure) == [(n, n) for n in range(6)]
    assert certainty(found, said(lengths)) > 0.95


def test_it_is_the_same_backwards():
    lengths = [60, 25, 35, 30, 20]
    speech = said([60, 25, 20, 45, 20])
    forth = {(b.phrase, b.stretch): b.probability for b in align(of_lengths(lengths), speech)}
    mirrored = [SpeechSpan(10 - one.end, 10 - one.start) for one in reversed(speech)]
    back = {
        (5 - b.phrase, 5 - b.stretch): b.probability
        for b in align(of_lengths(lengths[::-1]), mirrored)
    }
    assert forth == pytest.approx(back)


def test_two_ways_that_are_as_good_are_each_half_sure():
    """Three equal phrases in two equal stretches: the middle one is in either."""
    speech = said([45, 45], rate=6)
    found = align(of_lengths([30, 30, 30]), speech)
    middle = {one.phrase: one.probability for one in found if one.stretch == 1}
    assert middle[1] == pytest.approx(middle[2])
    assert middle[1] < 0.6
    assert certainty(found, speech) < 0.6
    assert choose_span(speech, ". ".join(letter * 30 for letter in "ABC")) is None


def test_every_alignment_is_weighed():
    """Against all alignments of a small example, listed one by one."""
    lengths, spoken, pauses = [30.0, 12.0, 45.0], [28.0, 9.0, 20.0, 30.0], [0.5, 0.2, 0.3]
    parts = [Phrase("x", n, number != 1) for number, n in enumerate(lengths)]
    speech, at = [], 0.0
    for length, pause in zip(spoken, [*pauses, 0.0], strict=True):
        speech.append(SpeechSpan(at, at + length / 15))
        at += length / 15 + pause
    weights = {}
    for count in range(3):
        for ends in combinations((1, 2), count):
            for stops in combinations((1, 2, 3), count):
                weights[tuple(zip(ends, stops, strict=True))] = weigh(
                    lengths, spoken, pauses, ends, stops
                )
    total = sum(weights.values())
    expected = {
        pair: sum(weight for pairs, weight in weights.items() if pair in pairs) / total
        for pair in product((1, 2), (1, 2, 3))
    }
    found = {(one.phrase, one.stretch): one.probability for one in align(parts, speech)}
    assert found.pop((0, 0)) == found.pop((3, 4)) == pytest.approx(1)
    for pair, probability in expected.items():
        assert found.get(pair, 0.0) == pytest.approx(probability, abs=2e-3)
    assert 0.1 < expected[2, 2] < 0.9


def weigh(lengths, spoken, pauses, ends, stops):
    """How likely one alignment is: phrases end at ``ends`` in the pauses ``stops``."""
    scale = sum(lengths) / sum(spoken)
    missed = {1: module._NO_PAUSE_SENTENCE, 2: module._NO_PAUSE_PHRASE}
    weight = 1.0
    for (i, k), (j, m) in zip(
        pairwise((0, *ends, len(lengths))), pairwise((0, *stops, len(spoken))), strict=True
    ):
        expected = sum(lengths[i:k])
        variance = module._VARIANCE_PER_LETTER * expected + module._VARIANCE_PER_STRETCH * (m - j)
        weight *= NormalDist(expected, variance**0.5).pdf(scale * sum(spoken[j:m]))
    for end, chance in missed.items():
        weight *= 1 - chance if end in ends else chance
    for stop, pause in enumerate(pauses, start=1):
        mean = module._BORDER_PAUSE_SECONDS if stop in stops else module._INNER_PAUSE_SECONDS
        weight *= exp(-pause / mean) / mean
        weight *= 1.0 if stop in stops else module._INNER_PAUSES_PER_LETTER
    return weight


@pytest.mark.parametrize(("probability", "cut"), [(0.94, False), (0.96, True)])
def test_a_span_needs_certain_borders(monkeypatch, probability, cut):
    lengths = [60, 60, 60, 60, 60]
    borders = (
        Border(0, 0, 1.0),
        *(Border(n, n, probability) for n in range(1, 5)),
        Border(5, 5, 1.0),
    )
    monkeypatch.setattr(span_module, "align", lambda *_: borders)
    span = choose_span(said(lengths), ". ".join("x" * 60 for _ in lengths))
    assert (span is not None) == cut


def test_the_span_and_its_words_are_cut_together(long):
    span = choose_span(find_speech(long.samples, RATE), long.transcript)
    assert span is not None
    assert 5 <= span.seconds <= 8
    assert span.transcript == long.said_between(span.start, span.end)


def test_no_cut_is_wrong(sentences, join):
    """Twenty recordings in other orders with other pauses, three of four of which can be cut."""
    cut = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        order = random.permutation(len(sentences))[: random.integers(6, len(sentences) + 1)]
        pauses = random.uniform(0.25, 0.9, len(order) - 1)
        recording = join([sentences[at] for at in order], pauses)
        span = choose_span(find_speech(recording.samples, RATE), recording.transcript)
        if span is not None:
            cut += 1
            assert span.transcript == recording.said_between(span.start, span.end)
            assert min(abs(span.start - start) for start, _ in recording.borders) < 0.15
            assert min(abs(span.end - end) for _, end in recording.borders) < 0.15
    assert cut >= 15


def test_the_wrong_transcript_is_refused(sentences, join):
    """The same sentences in reverse: as long in all, and nowhere in its place."""
    recording = join(sentences[:6], [0.4] * 5)
    other = " ".join(sentence.text for sentence in sentences[5::-1])
    assert choose_span(find_speech(recording.samples, RATE), other) is None


def test_without_punctuation_or_pauses_there_is_no_cut(long):
    speech = find_speech(long.samples, RATE)
    assert choose_span(speech, re.sub(r"[.,?]", "", long.transcript)) is None
    assert choose_span([SpeechSpan(0.0, 30.0)], long.transcript) is None


@pytest.fixture(scope="module")
def heard():
    """The words that a recogniser hears in a reference."""
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    recogniser = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)

    def hear(samples):
        padded = soxr.resample(np.pad(samples, RATE // 2), RATE, 16_000)
        lines = recogniser.transcribe_without_streaming(padded.tolist(), 16_000).lines
        return words(" ".join(line.text for line in lines))

    yield hear
    recogniser.close()


def words(text):
    return re.findall("[a-z]+", text.lower())


def edits(one, other):
    """Levenshtein distance between two lists of words."""
    row = list(range(len(other) + 1))
    for i, expected in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, got in enumerate(other, start=1):
            before, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, before + (expected != got)),
            )
    return row[-1]


def test_what_is_heard_is_what_was_cut(long, write, heard):
    """A synthetic voice but for a word that sounds alike. A human who reads forty seconds of
    Dickens, nearly all commas, is not understood as well: no other run of phrases is nearer to what
    is heard."""
    reference = prepare_reference(write(long.samples), long.transcript)
    assert edits(words(reference.transcript), heard(reference.samples)) <= 1

    file = files("moonshine_voice") / "assets" / "two_cities.wav"
    reference = prepare_reference(file, TWO_CITIES)
    assert 3 <= reference.report.duration_seconds <= 12
    parts = [one.text for one in phrases(TWO_CITIES)]
    runs = [
        words(" ".join(parts[start:end]))
        for start in range(len(parts))
        for end in range(start + 1, len(parts) + 1)
    ]
    found = heard(reference.samples)
    nearest = min(runs, key=lambda run: edits(run, found))
    assert nearest == words(reference.transcript)
    assert edits(nearest, found) <= 6

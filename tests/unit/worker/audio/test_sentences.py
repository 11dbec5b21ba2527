"""Sentences are found in a chunk that was spoken in one go."""

import time
from itertools import pairwise

import numpy as np
import pytest
from making.edges import trim_edges

from voicejob_worker.audio.pcm import to_pcm16
from voicejob_worker.audio.sentences import find_pauses, place_sentences
from voicejob_worker.engines.protocol import SynthesisParams, Utterance

NEAR = 0.15
"""Seconds that a cue may be off."""
CHUNKS = (
    (
        "The ferry was late again.",
        "Nobody on the pier seemed to mind; they had learned, over many winters, that the island "
        "did not care about timetables.",
        "Ada put her bag down between her feet and counted the gulls.",
        "Ten, if you counted the one asleep on the bollard.",
    ),
    (
        "You are new, said the woman beside her.",
        "It was not a question.",
        "Is it that obvious?",
        "You looked at your watch.",
        "They both laughed, and then the horn sounded from somewhere behind the fog.",
    ),
    (
        "On board it was warm and smelled of coffee.",
        "The captain, a short man with a red scarf, read the weather aloud as if it were a poem.",
        "Wind from the north west, rising in the evening; visibility poor; sea moderate.",
        "Bring something to read, he added, and that was the end of the announcement.",
    ),
    (
        "She thought of the kitchen with its blue tiles, of the stairs that creaked on the fourth "
        "step, of the tin box under the floor.",
        "The house needs a new roof.",
        "The garden has gone wild.",
        "The key is where it always was.",
    ),
)


@pytest.fixture(scope="module")
def parts(piper):
    """Each chunk's sentences as the real voice speaks them."""
    return [
        piper.synthesise([Utterance(n, one) for n, one in enumerate(chunk)], SynthesisParams())
        for chunk in CHUNKS
    ]


def placed(samples, rate, sentences):
    """Where each sentence lies in the samples, by the pauses that are found in them."""
    pauses = find_pauses(samples, rate, sentences)
    return place_sentences(sentences, pauses, samples.size / rate)


def in_one_go(spoken, rate):
    """Audio of sentences that follow each other as piper lays them out, and where each sounds."""
    true, at = [], 0
    for one in spoken:
        begin = one.size - trim_edges(one, rate, 0.0, end=False).size
        true.append((at + begin, at + trim_edges(one, rate, 0.0, start=False).size))
        at += one.size
    first, last = true[0][0], true[-1][1]
    samples = np.concatenate(spoken)[first:last]
    return samples, [((a - first) / rate, (b - first) / rate) for a, b in true]


def test_a_constant_offset_hides_no_pause(piper, parts):
    samples, _ = in_one_go(parts[0], piper.sample_rate)
    pcm = to_pcm16(samples)
    pauses = find_pauses(pcm, piper.sample_rate, CHUNKS[0])

    assert pauses
    assert [*find_pauses(pcm + np.int16(1000), piper.sample_rate, CHUNKS[0])] == [*pauses]


def test_cues_are_where_the_sentences_of_a_real_voice_are(piper, parts):
    off_starts, off_ends = [], []
    for chunk, spoken in zip(CHUNKS, parts, strict=True):
        samples, true = in_one_go(spoken, piper.sample_rate)
        found = placed(to_pcm16(samples), piper.sample_rate, chunk)
        off_starts += [abs(one.start - start) for one, (start, _) in zip(found, true, strict=True)]
        off_ends += [abs(one.end - end) for one, (_, end) in zip(found, true, strict=True)]
    assert max(off_starts) <= NEAR
    assert max(off_ends) <= NEAR
    assert np.median(off_starts) < 0.04


@pytest.mark.parametrize("noise_db", [None, -25])
def test_short_pauses_and_noise_are_no_hindrance(piper, parts, noise_db):
    """Pauses of 0.2 to 0.4 s, of which a clone may have noise 25 dB under its speech."""
    random, rate, off = np.random.default_rng(1), piper.sample_rate, []
    for chunk, spoken in zip(CHUNKS, parts, strict=True):
        pieces, starts, at = [], [], 0
        for one in spoken:
            sound = trim_edges(one, rate, 0.0)
            pause = int(random.uniform(0.2, 0.4) * rate)
            pieces += [sound, np.zeros(pause, np.float32)]
            starts.append(at / rate)
            at += sound.size + pause
        samples = np.concatenate(pieces[:-1])
        if noise_db is not None:
            level = np.std(samples) * 10 ** (noise_db / 20)
            samples = samples + (level * random.standard_normal(samples.size)).astype("f4")
        found = placed(to_pcm16(samples * 0.7), rate, chunk)
        off += [abs(one.start - start) for one, start in zip(found, starts, strict=True)]
    assert np.mean(np.array(off) <= NEAR) >= 0.9


def test_without_pauses_each_has_its_share_of_the_letters():
    tone = np.full(30_000, 9000, np.int16)
    found = placed(tone, 10_000, ["Abcdefghij.", "Abcdefghijklmnopqrst."])
    assert [time for one in found for time in (one.start, one.end)] == pytest.approx([0, 1, 1, 3])


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.int16),
        np.zeros(1, np.int16),
        np.zeros(40_000, np.int16),
        np.full(300, 32767, np.int16),
    ],
)
def test_spans_are_in_order_whatever_was_spoken(samples):
    found = placed(samples, 22_050, ["One.", "12 34", "三。", "...?"])
    times = [time for one in found for time in (one.start, one.end)]
    assert len(found) == 4
    assert times == sorted(times)
    assert times[-1] == pytest.approx(samples.size / 22_050)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_chunk_of_many_sentences_and_pauses_takes_no_time():
    """400 characters in 30 s, with a pause every half second."""
    random = np.random.default_rng(3)
    sound = 0.3 * random.standard_normal((60, 12_000)).astype("f4")
    sound[:, 10_000:] = 0.0
    began = time.process_time()
    placed(to_pcm16(sound.reshape(-1)), 24_000, ["Abc, defg hijk."] * 26)
    assert time.process_time() - began < 2

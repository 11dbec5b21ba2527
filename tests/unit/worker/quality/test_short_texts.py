"""Plain texts of a word or two pass, and one in doubt does not take the whole text with it."""

import numpy as np
import pytest
from making.chunks import split_chunks
from making.short_texts import joe_in, short_texts

from voicejob_api.quality import Acceptance, QualityCheck
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.checks import inspect_sound
from voicejob_worker.quality.duration import is_short
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome, tally
from voicejob_worker.text.speakable import speakable

RATE = 22_050
EVERY = 9
"""Of the 500 texts so many are tried here, all with three seeds by tests/bench/short_texts.py."""
LONG = "The morning train was late again, and the platform was full of people."


@pytest.mark.parametrize("language", ["en-US", "pt-BR", "de-DE", "fr-FR", "es-ES"])
def test_short_texts_raise_no_alarm(language, tmp_path):
    engine = joe_in(language, tmp_path, threads=2)
    texts = [text for tag, text in short_texts() if tag == language][::EVERY]
    alarms = {}
    for text in texts:
        for chunk in split_chunks(speakable(text, language).text, language, 300, 0):
            (samples,) = engine.synthesise([Utterance(chunk.index, chunk.text)], SynthesisParams())
            found = inspect_sound(samples, engine.sample_rate, chunk.text, language, 1.0).faults
            if found:
                alarms[text] = [finding.sentence for finding in found]
    assert not alarms
    assert len(texts) == 12


@pytest.mark.parametrize(
    ("text", "language", "short"),
    [
        ("R.I.P.", "en-US", True),
        ("Psst!", "en-US", True),
        ("FBI CIA NSA", "en-US", True),
        ("Pois é...", "pt-BR", True),
        ("E. U.A.", "pt-BR", True),
        ("Straßenbahn", "de", True),
        ("こんにちは", "ja", True),
        (LONG, "en-US", False),
        ("She walked along the river.", "en-US", False),
        ("a" * 300, "en-US", False),
        ("今日はとても良い天気ですね。", "ja", False),
    ],
)
def test_a_text_of_about_a_second_is_short(text, language, short):
    assert is_short(text, language) is short


def hiss(seconds=0.9):
    random = np.random.default_rng(0)
    return (0.1 * random.standard_normal(round(seconds * RATE))).astype(np.float32)


def settle(text, samples, accept=Acceptance.STRICT):
    spec = VoiceJobSpec(text=text, quality=QualityCheck(accept=accept))
    checker = Checker(spec, None)
    return checker.pick_take(Utterance(0, text), 9, samples, RATE, lambda _: samples)


def test_a_short_chunk_in_doubt_is_shipped_and_told():
    samples, outcome = settle("Psst!", hiss())
    assert samples.size
    assert (outcome.takes, outcome.failed, outcome.is_mute) == (3, True, False)
    assert outcome.doubt.startswith("noise lies 1 dB under its speech")
    good = ChunkOutcome(takes=1, faults=(), failed=False)
    counted = tally(Acceptance.STRICT, [good, outcome, good], None)
    assert counted.chunks_failed == 1
    assert counted.faults[Fault.NOISE] >= 3
    assert counted.doubts == [f"chunk 2 was shipped in doubt: {outcome.doubt}"]


def test_a_long_chunk_in_doubt_is_not():
    with pytest.raises(QualityRejectedError, match=r"chunk 1 of 9 failed.*noise"):
        settle(LONG, hiss(4.0))


@pytest.mark.parametrize("spoilt", [np.zeros(RATE, np.float32), np.full(RATE, np.nan, np.float32)])
def test_a_short_chunk_of_no_sound_at_all_is_not(spoilt):
    with pytest.raises(QualityRejectedError):
        settle("Psst!", spoilt)


@pytest.mark.parametrize(
    ("doubtful", "total", "rejected"),
    [(1, 1, False), (1, 2, False), (2, 2, True), (2, 4, False), (3, 5, True), (26, 52, False)],
)
def test_a_text_of_which_most_chunks_are_in_doubt_is_rejected(doubtful, total, rejected):
    good = ChunkOutcome(takes=1, faults=(), failed=False)
    bad = ChunkOutcome(3, (Fault.NOISE,) * 3, failed=True, doubt="noise in it lasts 0.60 s")
    outcomes = [bad] * doubtful + [good] * (total - doubtful)
    if not rejected:
        assert tally(Acceptance.STRICT, outcomes, None).chunks_failed == doubtful
        return
    with pytest.raises(QualityRejectedError, match=rf"{doubtful} of {total} chunks.*lasts 0\.60 s"):
        tally(Acceptance.STRICT, outcomes, None)
    assert tally(Acceptance.BEST_EFFORT, outcomes, None).chunks_failed == doubtful

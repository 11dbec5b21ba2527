"""The engine speaks as it is told, the same each time, in any company."""

import gc
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from making.f5 import make_f5_checkpoint, make_vocos, without_rotary_table

from voicejob_worker.engines.f5 import f5_model as model_module
from voicejob_worker.engines.f5 import sampler, synthesiser
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.engine import F5Engine
from voicejob_worker.engines.protocol import Parkable, SynthesisParams, Utterance
from voicejob_worker.engines.shared.held_bytes import held_bytes
from voicejob_worker.engines.shared.noise import draw_noise
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

DRAFT = SynthesisParams(nfe_steps=5)
UTTERANCES = [
    Utterance(0, "The birch canoe slid on the smooth planks."),
    Utterance(1, "Glue the sheet."),
    Utterance(2, "It is easy to tell the depth of a well, he said."),
]


def speak(engine, *utterances, **params):
    return engine.synthesise(list(utterances), SynthesisParams(**({"nfe_steps": 5} | params)))


def test_the_same_is_spoken_with_the_same_bytes(engine, make_engine):
    first = [samples.tobytes() for samples in speak(engine, *UTTERANCES)]
    assert first == [samples.tobytes() for samples in speak(engine, *UTTERANCES)]
    assert first == [samples.tobytes() for samples in speak(make_engine(), *UTTERANCES)]


def test_an_utterance_sounds_the_same_in_any_company(engine):
    together = speak(engine, *UTTERANCES)
    for utterance, samples in zip(UTTERANCES, together, strict=True):
        (alone,) = speak(engine, utterance)
        assert samples.size == alone.size > 5_000
        assert samples.dtype == np.float32
        assert np.abs(samples - alone).max() < 1e-4 * np.abs(alone).max()


@pytest.mark.parametrize(
    "changed", [{"seed": 1}, {"nfe_steps": 7}, {"cfg_strength": 1.0}, {"sway_sampling_coef": 0.0}]
)
def test_every_field_of_the_manner_is_heard(engine, changed):
    (usual,) = speak(engine, UTTERANCES[0])
    (other,) = speak(engine, UTTERANCES[0], **changed)
    assert usual.size == other.size
    assert np.abs(usual - other).max() > 1e-3


def test_a_chunk_beyond_the_models_positions_is_spoken_in_parts_and_said_so(
    make_engine, monkeypatch
):
    engine, lengths = make_engine(), []
    (whole,) = speak(engine, UTTERANCES[2])
    monkeypatch.setattr(synthesiser, "MAX_FRAMES", 320)
    real = synthesiser.sample

    def sample(network, schedule, reference, inputs, *given, **named):
        lengths.extend(len(one.noise) for one in inputs)
        return real(network, schedule, reference, inputs, *given, **named)

    monkeypatch.setattr(synthesiser, "sample", sample)
    short, parted = speak(engine, UTTERANCES[1], UTTERANCES[2])
    assert short.size < parted.size
    assert parted.size == pytest.approx(whole.size, rel=0.2)
    assert len(lengths) == 3
    assert max(lengths) <= 320
    assert engine.notes == [
        "chunk 3 is spoken in 2 parts: F5-TTS has positions for 3 s, the reference's among them"
    ]


def test_a_chunk_beyond_the_models_positions_without_parts_is_refused_before_all(
    make_engine, reference_of
):
    slow = make_engine(reference=reference_of(2.0, "Oh."), speed=0.5)
    assert slow.batches([Utterance(0, "ah " * 66), UTTERANCES[1]])
    with pytest.raises(InvalidInputError, match=r"chunk 8 would take 62 s .* positions for 44 s"):
        slow.batches([UTTERANCES[1], Utterance(7, "a" * 200)])


def test_heads_that_are_taken_to_be_64_wide_are_noted(make_engine, tmp_path):
    path = make_f5_checkpoint(tmp_path, layout="safetensors-flat")
    make_vocos(tmp_path / "vocos")
    assert make_engine(model=tmp_path).notes == []
    without_rotary_table(path)
    (note,) = make_engine(model=tmp_path).notes
    assert "taken to be 64 wide" in note


def test_speed_shortens_the_speech(engine):
    (usual,) = speak(engine, UTTERANCES[0])
    (fast,) = speak(engine, UTTERANCES[0], speed=2.0)
    assert fast.size == pytest.approx(usual.size / 2, rel=0.03)


@pytest.mark.parametrize(
    "other",
    [Utterance(0, UTTERANCES[0].text, take=1), Utterance(7, UTTERANCES[0].text)],
    ids=["take", "index"],
)
def test_another_take_and_another_place_vary_the_speech(engine, other):
    (usual,) = speak(engine, UTTERANCES[0])
    (varied,) = speak(engine, other)
    assert varied.size == usual.size
    assert np.abs(usual - varied).max() > 1e-3


def test_steps_are_evaluations_of_the_network(engine, monkeypatch):
    calls = []
    velocity = sampler.DiT.velocity
    monkeypatch.setattr(sampler.DiT, "velocity", lambda *given: calls.append(1) or velocity(*given))
    for steps in (7, 16, 32):
        calls.clear()
        speak(engine, UTTERANCES[1], nfe_steps=steps)
        assert len(calls) == steps


def test_a_schedule_is_worked_out_once_and_again_after_another(make_engine, monkeypatch):
    engine = make_engine()
    read = []
    read_checkpoint = model_module.read_checkpoint
    monkeypatch.setattr(
        model_module, "read_checkpoint", lambda path: read.append(path) or read_checkpoint(path)
    )
    (first,) = speak(engine, UTTERANCES[0])
    speak(engine, UTTERANCES[1])
    assert len(read) == 1
    speak(engine, UTTERANCES[0], nfe_steps=6)
    (again,) = speak(engine, UTTERANCES[0])
    assert len(read) == 3
    assert first.tobytes() == again.tobytes()


def test_noise_depends_on_what_is_spoken_alone():
    one = draw_noise(3, Utterance(4, "Sim."), (20, 100))
    assert one.dtype == np.float32
    assert np.array_equal(one, draw_noise(3, Utterance(4, "Sim."), (20, 100)))
    assert np.array_equal(one[:9], draw_noise(3, Utterance(4, "Sim."), (9, 100)))
    for other in (Utterance(5, "Sim."), Utterance(4, "Sim!"), Utterance(4, "Sim.", take=1)):
        assert not np.array_equal(one, draw_noise(3, other, (20, 100)))
    assert not np.array_equal(one, draw_noise(4, Utterance(4, "Sim."), (20, 100)))


def test_parked_on_the_cpu_it_stays_and_speaks_as_before(engine):
    (before,) = speak(engine, UTTERANCES[1])
    assert isinstance(engine, Parkable)
    engine.park()
    assert speak(engine, UTTERANCES[1])[0].tobytes() == before.tobytes()


def test_a_text_of_blanks_makes_no_sound(engine):
    samples = speak(engine, Utterance(0, " "), UTTERANCES[1])
    assert samples[0].size == 0
    assert samples[1].size > 0


def test_a_references_spectrogram_is_made_once(make_engine, reference_of, tmp_path, monkeypatch):
    from voicejob_worker.engines.f5.mel import MelSpectrogram

    made = []
    real = MelSpectrogram.log_mel
    monkeypatch.setattr(MelSpectrogram, "log_mel", lambda *given: made.append(1) or real(*given))

    def engine(**changed):
        return make_engine(reference=replace(reference_of(), **changed), cache_dir=tmp_path)

    first, again = engine(), engine()
    assert len(made) == 1
    assert torch.equal(first._loaded.model.prompts[""].mel, again._loaded.model.prompts[""].mel)
    counted = {
        sample.name: sample.value
        for collector in again.collectors
        for metric in collector.collect()
        for sample in metric.samples
    }
    assert counted["voicejob_f5_mel_cache_hits_total"] == 1.0
    assert counted["voicejob_f5_mel_cache_entries"] == 1.0
    engine(digest="of another recording")
    assert len(made) == 2
    for entry in tmp_path.rglob("*.npz"):
        entry.write_bytes(entry.read_bytes()[:900])
    assert torch.equal(engine()._loaded.model.prompts[""].mel, first._loaded.model.prompts[""].mel)
    assert len(made) == 3


def test_a_quiet_reference_is_raised_and_its_voice_lowered_again(make_engine, reference_of):
    loud = speak(make_engine(reference=reference_of(level=0.1)), UTTERANCES[0])[0]
    quiet = speak(make_engine(reference=reference_of(level=0.02)), UTTERANCES[0])[0]
    assert np.abs(quiet).max() == pytest.approx(np.abs(loud).max() / 5, rel=0.01)


def test_batches_are_the_same_for_any_order_of_asking_and_hold_everything(engine):
    utterances = [Utterance(i, "word " * (1 + i * 7 % 30)) for i in range(40)]
    batches = engine.batches(utterances)
    assert batches == engine.batches(list(utterances))
    assert sorted(u.index for batch in batches for u in batch) == list(range(40))
    assert max(map(len, batches)) > 1


def test_the_fingerprint_tells_models_variants_and_references_apart(
    engine, make_engine, reference_of, tmp_path
):
    from making.f5 import make_f5_checkpoint, make_vocos

    make_f5_checkpoint(tmp_path, seed=2)
    make_vocos(tmp_path / "vocos", seed=3)
    other_reference = reference_of(2.5)
    object.__setattr__(other_reference, "digest", "another")
    prints = [
        engine.fingerprint(),
        make_engine(variant=Variant.V0).fingerprint(),
        make_engine(reference=other_reference).fingerprint(),
        make_engine(model=tmp_path).fingerprint(),
        make_engine(vocoder=tmp_path / "vocos").fingerprint(),
    ]
    assert len(set(prints)) == len(prints)
    assert make_engine().fingerprint() == engine.fingerprint()
    assert torch.__version__ in prints[0]
    assert "float32 cpu" in prints[0]


def test_a_vocoder_that_was_named_and_is_none_is_not_replaced_by_another(make_engine, tmp_path):
    with pytest.raises(ModelUnusableError, match="elsewhere holds no vocoder"):
        make_engine(vocoder=tmp_path / "elsewhere")


def test_it_says_what_the_model_is(engine):
    about = engine.about()
    assert about.variant == "v1"
    assert about.variant_margin is None
    assert about.precision == "float32"
    assert about.parameters_millions > 0.1


def test_characters_the_model_was_not_taught_are_refused(engine):
    assert engine.spell("Olá, “mundo”") == "Olá, “mundo”"
    with pytest.raises(InvalidInputError, match="U\\+"):
        engine.spell("\U00013000")


def test_another_checkpoint_than_was_asked_for_is_refused(make_engine):
    with pytest.raises(ModelUnusableError, match="SHA-256"):
        make_engine(sha256="0" * 64)


def test_an_unsure_variant_is_refused(make_engine):
    with pytest.raises(ModelUnusableError, match="variant"):
        make_engine(variant=None)


def test_limits_are_known_before_anything_is_read(reference_of, tmp_path):
    engine = F5Engine(threads=1, model=tmp_path / "none", reference=reference_of(5.0))
    assert 40 <= engine.max_characters <= 400
    assert engine.sample_rate == 24_000
    assert engine.languages is None
    with pytest.raises(ModelUnusableError, match="not loaded"):
        engine.synthesise([], SynthesisParams())
    with pytest.raises(ModelUnusableError, match="does not exist"):
        engine.load()


def test_unloading_gives_the_weights_back(make_engine):
    def tensors():
        gc.collect()
        return sum(issubclass(type(remote), torch.Tensor) for remote in gc.get_objects())

    before = tensors()
    engine = make_engine()
    speak(engine, UTTERANCES[1])
    assert tensors() > before + 50
    weights = held_bytes(engine)["cpu"]
    engine.unload()
    assert tensors() <= before + 5
    assert weights - held_bytes(engine)["cpu"] > 1_000_000, "what serve says that a model holds"
    with pytest.raises(ModelUnusableError, match="not loaded"):
        engine.fingerprint()


def test_importing_it_brings_none_of_the_slow_packages():
    heavy = ("f5_tts", "x_transformers", "wandb", "datasets", "transformers", "gradio")
    heavy += ("torchaudio", "vocos", "librosa", "torchdiffeq", "accelerate", "matplotlib")
    code = (
        "import sys\n"
        "from voicejob_worker.engines.f5.engine import F5Engine\n"
        "assert 'torch' not in sys.modules\n"
        "F5Engine.import_libraries(None)\n"
        "assert 'torch' in sys.modules\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_each_of_several_voices_is_as_it_is_alone(make_engine, reference_of):
    deep = replace(reference_of(3.0, "Nature is what some call me."), digest="another")
    both, alone = make_engine(voices={"rui": deep}), make_engine(reference=deep)
    said = Utterance(0, "Good morning to you all.", voice="rui")
    params = SynthesisParams(seed=1, nfe_steps=2)
    (as_rui,) = both.synthesise([said], params)
    (expected,) = alone.synthesise([replace(said, voice="")], params)
    assert np.array_equal(as_rui, expected)
    (usual,) = both.synthesise([replace(said, voice="")], params)
    assert as_rui.size != usual.size
    assert both.lengths_of("rui") == (alone.max_characters, alone.preferred_characters)
    assert both.fingerprint() != make_engine().fingerprint()


def test_a_batch_is_of_one_voice(make_engine, reference_of):
    engine = make_engine(voices={"rui": reference_of(3.0)})
    utterances = [
        Utterance(index, "Good morning to you all.", voice=voice)
        for index, voice in enumerate(["", "rui"] * 4)
    ]
    batches = engine.batches(utterances)
    assert all(len({one.voice for one in batch}) == 1 for batch in batches)
    assert max(map(len, batches)) > 1
    assert sorted(one.index for batch in batches for one in batch) == list(range(8))


def test_whose_transcript_a_model_cannot_read_is_told(make_engine, reference_of):
    with pytest.raises(InvalidInputError) as caught:
        make_engine(voices={"rui": reference_of(3.0, "𒀀𒀁 𒀂.")})
    assert caught.value.message.startswith("spec.voices[rui].reference: ")

"""What can go wrong on a device is got through, once, and said."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from voicejob_worker.device import budget as budget_module
from voicejob_worker.device import placement as placement_module
from voicejob_worker.engines.f5 import network, synthesiser
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import ModelUnusableError, OutOfMemoryError

UTTERANCES = [
    Utterance(0, "The birch canoe slid on the smooth planks."),
    Utterance(1, "Glue the sheet."),
    Utterance(2, "It is easy to tell the depth of a well, he said."),
]


def speak(engine, *utterances, **params):
    return engine.synthesise(list(utterances), SynthesisParams(**({"nfe_steps": 5} | params)))


class Tight:
    """Runs out of memory where a batch is larger than it was told, or its halves come together."""

    def __init__(self, monkeypatch, most, only_sequential=False):
        self.real = synthesiser.sample
        self.most, self.only_sequential = most, only_sequential
        monkeypatch.setattr(synthesiser, "sample", self)

    def __call__(self, network, schedule, reference, inputs, strength, *, sequential, on_step):
        if len(inputs) > self.most or (self.only_sequential and not sequential):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return self.real(
            network, schedule, reference, inputs, strength, sequential=sequential, on_step=on_step
        )


@pytest.mark.parametrize(("most", "only_sequential"), [(1, False), (1, True)])
def test_short_of_memory_it_says_the_same_in_smaller_parts(
    engine, make_engine, monkeypatch, most, only_sequential
):
    expected = speak(engine, *UTTERANCES)
    Tight(monkeypatch, most, only_sequential)
    tight, told = make_engine(), []
    tight.listen(told.append)
    for samples, wanted in zip(speak(tight, *UTTERANCES), expected, strict=True):
        assert np.abs(samples - wanted).max() < 1e-4 * np.abs(wanted).max()
    assert told == tight.notes
    assert "3 chunks at once did not fit" in tight.notes[0]
    assert ("low memory" in tight.notes[-1]) is only_sequential
    assert tight.is_low_memory is only_sequential


def test_it_gains_from_batches_as_long_as_it_is_on_a_gpu(make_engine):
    moved = make_engine()
    assert not moved.gains_from_batches
    placement = moved._loaded.placement
    moved._loaded.placement = replace(placement, device=torch.device("cuda"))
    assert moved.gains_from_batches
    moved._loaded.placement = placement_module.on_cpu("memory ran out")
    assert not moved.gains_from_batches


def test_with_no_memory_at_all_it_ends_with_its_exit_code(make_engine, monkeypatch):
    Tight(monkeypatch, most=0)
    with pytest.raises(OutOfMemoryError, match="Tried") as ended:
        speak(make_engine(), *UTTERANCES)
    assert ended.value.exit_code == 20


def test_a_new_schedule_and_the_first_batch_are_not_the_pace_of_work(make_engine, monkeypatch):
    now, real = [0.0], synthesiser.compute_modulations
    monkeypatch.setattr(budget_module.time, "perf_counter", lambda: now[0])

    def computed_in_a_minute(*given):
        now[0] += 60
        return real(*given)

    monkeypatch.setattr(synthesiser, "compute_modulations", computed_in_a_minute)
    engine = make_engine()
    budget, rows = engine._loaded._budget, engine._loaded._rows((UTTERANCES[0], SynthesisParams()))
    engine.watch(lambda: now.__setitem__(0, now[0] + 1))
    speak(engine, UTTERANCES[0])
    assert budget.seconds_per_row is None
    speak(engine, UTTERANCES[0], nfe_steps=7)
    assert budget.seconds_per_row == pytest.approx(7 / rows)


class HalfPrecision:
    """Half precision on the CPU; the mel of one chunk of a batch is multiplied by something."""

    def __init__(self, monkeypatch, spoilt, with_what):
        self.real, self.spoilt, self.with_what = synthesiser.sample, spoilt, with_what
        self.dtypes = []
        on_cpu = placement_module.on_cpu
        monkeypatch.setattr(
            placement_module, "on_cpu", lambda why="": replace(on_cpu(why), dtype=torch.float16)
        )
        monkeypatch.setattr(synthesiser, "sample", self)

    def __call__(self, network, schedule, reference, inputs, strength, **options):
        self.dtypes.append((network.dtype, len(inputs)))
        mels = self.real(network, schedule, reference, inputs, strength, **options)
        if network.dtype is torch.float16 and self.spoilt is not None:
            mels[self.spoilt] = mels[self.spoilt] * self.with_what
        return mels


def test_half_precision_speaks_nearly_the_same(engine, make_engine, monkeypatch):
    expected = speak(engine, UTTERANCES[0])[0]
    half = HalfPrecision(monkeypatch, None, None)
    rounded = make_engine()
    samples = speak(rounded, UTTERANCES[0])[0]
    assert half.dtypes == [(torch.float16, 1)]
    assert rounded.notes == []
    assert rounded.about().precision == "float16"
    assert rounded.about().device_message is None
    assert np.corrcoef(samples, expected)[0, 1] > 0.95


@pytest.mark.parametrize("factor", [torch.nan, torch.inf])
def test_a_chunk_that_half_precision_spoils_is_spoken_again_in_single(
    engine, make_engine, monkeypatch, factor
):
    expected = speak(engine, *UTTERANCES)
    half = HalfPrecision(monkeypatch, 1, factor)
    rounded = make_engine()
    samples = speak(rounded, *UTTERANCES)
    assert half.dtypes == [(torch.float16, 3), (torch.float32, 1)]
    # Once for its life: what follows is not tried in half precision again.
    (more,) = speak(rounded, Utterance(7, UTTERANCES[0].text))
    assert half.dtypes[2:] == [(torch.float32, 1)]
    assert np.isfinite(more).all()
    assert len(rounded.notes) == 1
    assert rounded.about().precision == "float32"
    assert "chunk 2 came out silent" in rounded.about().device_message
    assert "chunk 2 " in rounded.notes[0]
    assert "single precision" in rounded.notes[0]
    assert np.abs(samples[1] - expected[1]).max() < 1e-4 * np.abs(expected[1]).max()
    assert all(np.isfinite(one).all() for one in samples)


def test_half_precision_that_fails_while_the_variant_is_found_out_does_not_damn_the_weights(
    make_engine, monkeypatch
):
    HalfPrecision(monkeypatch, None, None)
    velocity, tried = network.DiT.velocity, []

    def broken_in_half(dit, *given):
        tried.append(dit.dtype)
        return velocity(dit, *given) * (torch.nan if dit.dtype is torch.float16 else 1)

    monkeypatch.setattr(network.DiT, "velocity", broken_in_half)
    # Weights of chance are no variant for certain; what they are not any more is damaged.
    with pytest.raises(ModelUnusableError, match="variant of the checkpoint cannot be told"):
        make_engine(variant=None)
    assert tried[0] is torch.float16
    assert tried[-1] is torch.float32


def test_nan_in_single_precision_is_reported_and_nothing_is_tried_for_ever(
    make_engine, monkeypatch
):
    broken = make_engine()
    real, calls = synthesiser.sample, []

    def nothing_but_nan(*given, **options):
        calls.append(1)
        return [mel * torch.nan for mel in real(*given, **options)]

    monkeypatch.setattr(synthesiser, "sample", nothing_but_nan)
    with pytest.raises(ModelUnusableError, match="no sound but NaN, in single precision") as ended:
        speak(broken, *UTTERANCES)
    assert ended.value.exit_code == 11
    assert len(calls) == 1


def test_a_chunk_that_does_not_fit_whole_is_spoken_in_parts(make_engine, monkeypatch):
    engine = make_engine()
    real = synthesiser.sample
    whole = engine._loaded.frames(UTTERANCES[2], 1.0)

    def only_short_ones(network, schedule, reference, inputs, strength, **options):
        if len(inputs[0].noise) >= whole:
            raise RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED")
        return real(network, schedule, reference, inputs, strength, **options)

    monkeypatch.setattr(synthesiser, "sample", only_short_ones)
    (samples,) = speak(engine, UTTERANCES[2])
    assert np.isfinite(samples).all()
    # Both halves and a pause.
    assert samples.size == pytest.approx((whole * 256 - 48_000), rel=0.2)
    assert "spoken in 2 parts" in engine.notes[-1]
    assert engine._fallbacks.steps["shortened_chunks"] == 1


def test_a_step_within_a_batch_is_told_and_may_end_it(make_engine):
    engine, steps = make_engine(), []
    engine.watch(lambda: steps.append(1))
    speak(engine, *UTTERANCES)
    assert len(steps) == 5

    def stop():
        raise KeyboardInterrupt

    engine.watch(stop)
    with pytest.raises(KeyboardInterrupt):
        speak(engine, UTTERANCES[0])


def test_one_chunk_of_nan_after_good_ones_is_that_chunks_fault(make_engine, monkeypatch):
    engine = make_engine()
    speak(engine, UTTERANCES[0])
    real = synthesiser.sample
    monkeypatch.setattr(
        synthesiser, "sample", lambda *a, **b: [mel * torch.nan for mel in real(*a, **b)]
    )
    (samples,) = speak(engine, UTTERANCES[1])
    assert np.isnan(samples).any()


def test_a_quiet_reference_is_not_taken_for_silence_of_half_precision(make_engine, monkeypatch):
    HalfPrecision(monkeypatch, None, None)
    engine = make_engine()
    loaded = engine._loaded
    prompts = {"": replace(loaded.model.prompts[""], gain=1e-6)}
    loaded.model = replace(loaded.model, prompts=prompts)
    (samples,) = speak(engine, UTTERANCES[0])
    assert np.abs(samples).max() < 1e-4
    assert engine.about().precision == "float16"

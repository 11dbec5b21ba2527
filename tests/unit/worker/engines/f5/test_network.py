"""Our network computes what upstream's does, and in a batch what it computes alone."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from making.f5 import random_state

from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.modulation import compute_modulations
from voicejob_worker.engines.f5.network import build
from voicejob_worker.engines.f5.sampler import SamplerInput, Schedule, sample
from voicejob_worker.engines.f5.schedule import time_grid
from voicejob_worker.engines.f5.timed_network import TimedNetwork

REFERENCE_FRAMES = 40


def noise(frames, seed):
    return torch.randn(frames, 100, generator=torch.Generator().manual_seed(seed))


def tokens(count, seed):
    return torch.randint(0, 299, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def schedule_of(state, steps=7, sway=-1.0):
    times = time_grid(steps, sway)
    return Schedule(times, compute_modulations(state, times[:-1]))


@pytest.fixture(scope="module")
def reference():
    return noise(REFERENCE_FRAMES, 99)


@pytest.mark.parametrize("computes_here", [False, True])
@pytest.mark.parametrize("qk_norm", [False, True])
@pytest.mark.parametrize("variant", list(Variant))
def test_a_full_sample_equals_upstreams(upstream, tiny, variant, qk_norm, computes_here, reference):
    architecture = replace(tiny, qk_norm=qk_norm)
    state = random_state(architecture, seed=4)
    cfm = upstream.CFM(
        transformer=upstream.dit(architecture, variant, state), num_channels=100
    ).eval()
    ids = tokens(30, 1)
    theirs, _ = cfm.sample(
        reference[None],
        torch.tensor([ids]),
        130,
        steps=16,
        cfg_strength=2.0,
        sway_sampling_coef=-1.0,
        seed=7,
    )
    torch.manual_seed(7)
    injected = torch.randn(130, 100)
    (ours,) = sample(
        build(architecture, variant, state, "cpu", torch.float32, computes_here=computes_here),
        schedule_of(state, 16),
        reference,
        [SamplerInput(ids, injected)],
        2.0,
    )
    assert theirs.std() > 0.5
    assert (ours - theirs[0]).abs().max() < 1e-4


@pytest.mark.parametrize("variant", list(Variant))
def test_without_guidance_it_equals_upstreams(upstream, tiny, tiny_state, variant, reference):
    dit = upstream.dit(tiny, variant, tiny_state)
    cfm = upstream.CFM(transformer=dit, num_channels=100).eval()
    theirs, _ = cfm.sample(
        reference[None], torch.tensor([tokens(20, 2)]), 90, steps=5, cfg_strength=0.0, seed=7
    )
    torch.manual_seed(7)
    (ours,) = sample(
        build(tiny, variant, tiny_state, "cpu", torch.float32),
        schedule_of(tiny_state, 5, 0.0),
        reference,
        [SamplerInput(tokens(20, 2), torch.randn(90, 100))],
        0.0,
    )
    assert (ours - theirs[0]).abs().max() < 1e-4


def test_the_variants_differ(tiny, tiny_state, reference):
    networks = [build(tiny, v, tiny_state, "cpu", torch.float32) for v in Variant]
    one = [SamplerInput(tokens(30, 1), noise(130, 1))]
    v0, v1 = (sample(n, schedule_of(tiny_state), reference, one, 2.0)[0] for n in networks)
    assert (v0 - v1).abs().max() > 0.1
    (switched,) = sample(
        networks[0].as_variant(Variant.V1), schedule_of(tiny_state), reference, one, 2.0
    )
    assert torch.equal(switched, v1)


@pytest.mark.parametrize("variant", list(Variant))
@settings(max_examples=12, deadline=None)
@given(
    shapes=st.lists(
        st.tuples(st.integers(REFERENCE_FRAMES + 1, 190), st.integers(1, 41)),
        min_size=2,
        max_size=6,
    )
)
def test_a_batch_gives_each_what_it_gives_alone(tiny, tiny_state, reference, variant, shapes):
    network = build(tiny, variant, tiny_state, "cpu", torch.float32)
    schedule = schedule_of(tiny_state)
    inputs = [
        SamplerInput(tokens(count, index), noise(frames, index))
        for index, (frames, count) in enumerate(shapes)
    ]
    together = sample(network, schedule, reference, inputs, 2.0)
    for mel, one in zip(together, inputs, strict=True):
        (alone,) = sample(network, schedule, reference, [one], 2.0)
        assert mel.shape == alone.shape
        assert (mel - alone).abs().max() < 1e-5


def test_upstreams_padded_batch_is_further_off(upstream, tiny, tiny_state, reference):
    """What exact batching is for: upstream's own batch differs from its single samples."""
    dit = upstream.dit(tiny, Variant.V1, tiny_state)
    ids = [tokens(30, 1), tokens(12, 2) + [-1] * 18]
    mel = torch.stack((noise(190, 1), torch.nn.functional.pad(noise(90, 2), (0, 0, 0, 100))))
    mask = torch.arange(190) < torch.tensor([190, 90])[:, None]
    with torch.inference_mode():
        together = dit(mel, mel, torch.tensor(ids), torch.tensor(0.3), mask=mask)
        alone = dit(mel[1:, :90], mel[1:, :90], torch.tensor([ids[1][:12]]), torch.tensor(0.3))
    assert (together[1, :90] - alone[0]).abs().max() > 1e-3


def test_less_memory_gives_the_same(tiny, tiny_state, reference):
    network = build(tiny, Variant.V1, tiny_state, "cpu", torch.float32)
    inputs = [SamplerInput(tokens(9, s), noise(100 + 30 * s, s)) for s in range(3)]
    plain = sample(network, schedule_of(tiny_state), reference, inputs, 2.0)
    frugal = sample(
        network.with_max_rows(17),
        schedule_of(tiny_state),
        reference,
        inputs,
        2.0,
        sequential=True,
    )
    for one, other in zip(plain, frugal, strict=True):
        assert (one - other).abs().max() < 1e-5


def test_the_reference_stands_before_what_is_said(tiny, tiny_state, reference):
    network = build(tiny, Variant.V1, tiny_state, "cpu", torch.float32)
    (mel,) = sample(
        network, schedule_of(tiny_state), reference, [SamplerInput([1], noise(60, 1))], 2.0
    )
    assert torch.equal(mel[:REFERENCE_FRAMES], reference)


@pytest.mark.parametrize("variant", list(Variant))
def test_the_velocity_at_any_time_equals_upstreams(upstream, tiny, tiny_state, variant):
    dit = upstream.dit(tiny, variant, tiny_state)
    network = build(tiny, variant, tiny_state, "cpu", torch.float32)
    mel, known = noise(80, 1)[None], noise(80, 2)[None]
    ids, time = torch.tensor([tokens(20, 3)]), torch.tensor([0.37])
    with torch.inference_mode():
        theirs = dit(mel, known, ids, time)
    ours = TimedNetwork(network, tiny_state).velocity(mel, known, ids, time)
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 1e-5


def test_the_network_keeps_nothing_of_the_checkpoints_file(tiny, reference):
    state = random_state(tiny, seed=3)
    network = build(tiny, Variant.V1, state, "cpu", torch.float32)
    schedule = schedule_of(state)
    one = [SamplerInput(tokens(9, 1), noise(100, 1))]
    (before,) = sample(network, schedule, reference, one, 2.0)
    for weights in state.values():
        weights.fill_(torch.nan)
    (after,) = sample(network, schedule, reference, one, 2.0)
    assert torch.equal(before, after)

"""The modulation is upstream's, and its weights are in no network."""

import gc

import pytest
import torch
from making.f5 import ARCHITECTURES

from voicejob_worker.engines.f5.architecture import Variant, expected_shapes
from voicejob_worker.engines.f5.modulation import compute_modulations
from voicejob_worker.engines.f5.network import build
from voicejob_worker.engines.f5.schedule import time_grid

OF_TIME = ("time_embed.", "norm_out.")


def of_time(name):
    return name.startswith(OF_TIME) or ".attn_norm." in name


@pytest.mark.parametrize("steps", [7, 16, 32])
def test_it_is_what_upstream_works_out_at_each_step(upstream, tiny, tiny_state, steps):
    dit = upstream.dit(tiny, Variant.V1, tiny_state)
    times = time_grid(steps, -1.0)[:-1]
    ours = compute_modulations(tiny_state, times)
    assert len(ours) == steps
    with torch.inference_mode():
        for time, modulation in zip(times, ours, strict=True):
            emb = torch.nn.functional.silu(dit.time_embed(time[None]))
            for block, block_modulation in zip(
                dit.transformer_blocks, modulation.blocks, strict=True
            ):
                shift, scale, gate, shift_mlp, scale_mlp, gate_mlp = block.attn_norm.linear(emb)[
                    0
                ].chunk(6)
                for mine, theirs in (
                    (block_modulation.shift_msa, shift),
                    (block_modulation.scale_msa, 1 + scale),
                    (block_modulation.gate_msa, gate),
                    (block_modulation.shift_mlp, shift_mlp),
                    (block_modulation.scale_mlp, 1 + scale_mlp),
                    (block_modulation.gate_mlp, gate_mlp),
                ):
                    assert torch.allclose(mine, theirs, atol=2e-6)
            scale, shift = dit.norm_out.linear(emb)[0].chunk(2)
            assert torch.allclose(modulation.final_scale, 1 + scale, atol=2e-6)
            assert torch.allclose(modulation.final_shift, shift, atol=2e-6)


def test_its_weights_are_142_of_the_337_million():
    sizes = {
        name: torch.Size(shape).numel()
        for name, shape in expected_shapes(ARCHITECTURES["full"]).items()
    }
    assert sum(sizes.values()) / 1e6 == pytest.approx(337.1, abs=0.1)
    blocks = sum(size for name, size in sizes.items() if ".attn_norm." in name)
    assert blocks / 1e6 == pytest.approx(138.5, abs=0.1)
    assert sum(size for name, size in sizes.items() if of_time(name)) / 1e6 == pytest.approx(
        142.0, abs=0.1
    )


def held_bytes(root):
    """Bytes of all tensors that can be reached from ``root``."""
    seen, storages, queue = set(), {}, [root]
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, torch.Tensor):
            storage = one.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
        elif isinstance(one, (tuple, list, dict)) or type(one).__module__.startswith("voicejob"):
            queue += gc.get_referents(one)
    return sum(storages.values())


def test_a_network_holds_every_weight_but_these(tiny, tiny_state):
    network = build(tiny, Variant.V1, tiny_state, "cpu", torch.float32)
    rest = sum(weights.nbytes for name, weights in tiny_state.items() if not of_time(name))
    assert held_bytes(network) == rest


def test_half_precision_is_rounded_only_at_the_end(tiny_state):
    times = time_grid(7, -1.0)[:-1]
    half = compute_modulations(tiny_state, times, dtype=torch.float16)[3]
    single = compute_modulations(tiny_state, times)[3]
    assert torch.equal(half.blocks[1].gate_mlp, single.blocks[1].gate_mlp.half())

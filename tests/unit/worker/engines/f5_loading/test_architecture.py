from dataclasses import replace

import pytest
import torch
from making.f5 import ARCHITECTURES

from voicejob_worker.engines.f5.architecture import (
    check_keys,
    expected_shapes,
    infer_architecture,
)
from voicejob_worker.errors import ModelUnusableError

SMALL = replace(ARCHITECTURES["small"], vocabulary=40)
PORTUGUESE = ARCHITECTURES["full"]
SEVERAL = {
    "small": SMALL,
    "pt-BR": PORTUGUESE,
    "qk_norm": replace(SMALL, qk_norm=True),
    "no text blocks": replace(SMALL, conv_layers=0),
    "wide heads": replace(SMALL, heads=3, dim_head=48),
    "ff_mult 4": replace(SMALL, ff_mult=4, depth=11),
}


def shapes_only(architecture):
    return {
        name: torch.empty(shape, device="meta")
        for name, shape in expected_shapes(architecture).items()
    }


def rotary(dim_head):
    return 10000.0 ** -(torch.arange(0, dim_head, 2) / dim_head)


def refusal(state, table=None) -> str:
    with pytest.raises(ModelUnusableError) as refused:
        check_keys(state, infer_architecture(state, table))
    return refused.value.message


@pytest.mark.parametrize("name", SEVERAL)
def test_names_and_shapes_are_upstreams(name, upstream):
    wanted = SEVERAL[name]
    with torch.device("meta"):
        network = upstream.DiT(
            dim=wanted.dim,
            depth=wanted.depth,
            heads=wanted.heads,
            dim_head=wanted.dim_head,
            ff_mult=wanted.ff_mult,
            mel_dim=wanted.mel_dim,
            text_num_embeds=wanted.vocabulary,
            text_dim=wanted.text_dim,
            conv_layers=wanted.conv_layers,
            qk_norm="rms_norm" if wanted.qk_norm else None,
        )
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes.pop("rotary_embed.inv_freq") == (wanted.dim_head // 2,)
    assert expected_shapes(wanted) == shapes


@pytest.mark.parametrize("name", SEVERAL)
def test_the_architecture_is_inferred_from_the_shapes(name):
    wanted = SEVERAL[name]
    state = shapes_only(wanted)
    assert infer_architecture(state, rotary(wanted.dim_head)) == wanted
    check_keys(state, wanted)


def test_the_published_size_has_337_million_parameters():
    count = sum(value.numel() for value in shapes_only(PORTUGUESE).values())
    assert count == 337_096_804


def test_without_a_rotary_table_heads_are_64_wide():
    found = infer_architecture(shapes_only(PORTUGUESE), None)
    assert found == replace(PORTUGUESE, is_dim_head_told=False)


def test_without_a_rotary_table_the_qk_norm_tells_how_wide_heads_are():
    wanted = replace(SMALL, heads=4, dim_head=48, qk_norm=True)
    assert infer_architecture(shapes_only(wanted), None) == wanted


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"heads": 2, "dim_head": 64}, "128 query rows for 64 channels"),
        ({"dim": 96, "heads": 3}, "96 query rows for 96 channels"),
    ],
)
def test_without_anything_that_tells_it_no_width_of_a_head_is_guessed(changed, found):
    message = refusal(shapes_only(replace(SMALL, **changed)))
    assert "no rotary table (rotary_embed.inv_freq)" in message
    assert "heads of 64" in message
    assert found in message


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_rounded_rotary_table_is_known(dtype):
    assert infer_architecture(shapes_only(SMALL), rotary(32).to(dtype)) == SMALL


def test_a_rescaled_rotary_table_is_refused():
    message = refusal(shapes_only(SMALL), rotary(32) * 0.5)
    assert "rescaled positions are not supported" in message


def test_missing_unexpected_and_misshapen_tensors_are_named():
    state = shapes_only(SMALL)
    del state["proj_out.bias"]
    state["extra.weight"] = torch.empty(3, device="meta")
    state["norm_out.linear.bias"] = torch.empty(7, device="meta")
    message = refusal(state, rotary(32))
    assert "1 missing: proj_out.bias" in message
    assert "1 unexpected: extra.weight" in message
    assert "1 misshapen: norm_out.linear.bias of [7] instead of [128]" in message


def test_of_many_faults_eight_are_named_and_the_rest_counted():
    state = shapes_only(SMALL)
    for number in range(11):
        state[f"extra.{number}"] = torch.empty(1, device="meta")
    message = refusal(state, rotary(32))
    assert "11 unexpected: extra.0, " in message
    assert "extra.7 and 3 more" in message
    assert "extra.8" not in message


def test_a_lost_block_is_a_missing_tensor_not_a_shallower_network():
    state = {
        name: value
        for name, value in shapes_only(replace(SMALL, depth=4)).items()
        if not name.startswith("transformer_blocks.2.")
    }
    assert "14 missing: transformer_blocks.2.attn_norm" in refusal(state, rotary(32))


SIZES = {"dim": 64, "depth": 2, "heads": 2, "dim_head": 32, "text_num_embeds": 40}


def test_other_networks_are_refused_by_name(upstream):
    unet = upstream.UNetT(**SIZES, mel_dim=100, ff_mult=2).state_dict()
    assert "UNetT" in refusal(unet)
    assert "MMDiT" in refusal(upstream.MMDiT(**SIZES, mel_dim=100, ff_mult=2).state_dict())
    skips = upstream.DiT(**SIZES, mel_dim=100, long_skip_connection=True).state_dict()
    assert "long skip connection" in refusal(skips)


def test_other_mel_bands_are_refused():
    message = refusal(shapes_only(replace(SMALL, mel_dim=80)), rotary(32))
    assert "80 mel bands: only 100 are supported" in message


def test_tensors_of_no_such_network_are_refused():
    message = refusal({"encoder.weight": torch.zeros(2, 2)})
    assert "no tensor transformer_blocks.0.attn.to_q.weight" in message
    assert "encoder.weight" in message
    state = shapes_only(SMALL) | {"transformer_blocks.0.attn.to_q.weight": torch.zeros(8)}
    assert "shape [8]: expected 2 dimensions" in refusal(state, rotary(32))
    state = shapes_only(SMALL) | {"transformer_blocks.0.attn.to_q.weight": torch.zeros(65, 64)}
    assert "65 query rows, not a multiple of its 32 values per head" in refusal(state, rotary(32))

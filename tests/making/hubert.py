"""Makes the HuBERT that RVC hears the words by, in the published layouts."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

if TYPE_CHECKING:
    from torch import Tensor

Size = Literal["small", "full"]

HUBERTS: dict[Size, tuple[int, int]] = {"small": (16, 64), "full": (512, 3072)}
"""Channels of the convolutions and width of the inner layers; ``full`` is hubert_base."""


def make_hubert(
    folder: Path, *, seed: int = 0, size: Size = "small", projection: bool = True
) -> Path:
    """Write a HuBERT of 12 layers of 768, as transformers does.

    The layers share their matrices, which PyTorch's format keeps once: 3 MB instead of 60.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(hubert_config(size)))
    state = hubert_state(size, seed)
    if not projection:
        state = {name: value for name, value in state.items() if "final_proj" not in name}
    torch.save(state, folder / "pytorch_model.bin")
    return folder


def hubert_config(size: Size = "small") -> dict[str, Any]:
    """Of hubert_base; ``small`` has fewer channels and a narrower inner layer."""
    channels, inner = HUBERTS[size]
    return {
        "architectures": ["HubertModelWithFinalProj"],
        "model_type": "hubert",
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": inner,
        "conv_dim": [channels] * 7,
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2],
        "conv_bias": False,
        "num_feat_extract_layers": 7,
        "feat_extract_norm": "group",
        "do_stable_layer_norm": False,
        "num_conv_pos_embeddings": 16 if size == "small" else 128,
        "num_conv_pos_embedding_groups": 16,
        "classifier_proj_size": 256,
        "hidden_act": "gelu",
        "feat_extract_activation": "gelu",
    }


def hubert_state(size: Size = "small", seed: int = 0) -> dict[str, Tensor]:
    """Weights of a HuBERT in half precision, by the names of transformers."""
    generator = torch.Generator().manual_seed(seed)
    config = hubert_config(size)
    (channels, inner), reach = HUBERTS[size], config["num_conv_pos_embeddings"]

    def matrix(*shape: int) -> Tensor:
        scale = math.prod(shape[1:]) ** -0.5
        return (scale * torch.randn(shape, generator=generator)).half()

    def norm(name: str, size: int) -> dict[str, Tensor]:
        return {
            f"{name}.weight": torch.ones(size).half(),
            f"{name}.bias": (0.1 * torch.randn(size, generator=generator)).half(),
        }

    square, wide, narrow = matrix(768, 768), matrix(inner, 768), matrix(768, inner)
    zeros = torch.zeros(768).half()
    state: dict[str, Tensor] = {"masked_spec_embed": zeros}
    for index, kernel in enumerate(config["conv_kernel"]):
        name = f"feature_extractor.conv_layers.{index}"
        state[f"{name}.conv.weight"] = matrix(channels, channels if index else 1, kernel) * 2
    state |= norm("feature_extractor.conv_layers.0.layer_norm", channels)
    state |= norm("feature_projection.layer_norm", channels)
    state["feature_projection.projection.weight"] = matrix(768, channels)
    state["feature_projection.projection.bias"] = zeros
    position = "encoder.pos_conv_embed.conv"
    state[f"{position}.bias"] = zeros
    state[f"{position}.parametrizations.weight.original0"] = torch.ones(1, 1, reach).half()
    state[f"{position}.parametrizations.weight.original1"] = matrix(768, 48, reach)
    state |= norm("encoder.layer_norm", 768)
    for index in range(12):
        layer = f"encoder.layers.{index}"
        for part in ("k", "v", "q", "out"):
            state[f"{layer}.attention.{part}_proj.weight"] = square
            state[f"{layer}.attention.{part}_proj.bias"] = zeros
        state |= norm(f"{layer}.layer_norm", 768) | norm(f"{layer}.final_layer_norm", 768)
        state[f"{layer}.feed_forward.intermediate_dense.weight"] = wide
        state[f"{layer}.feed_forward.intermediate_dense.bias"] = torch.zeros(inner).half()
        state[f"{layer}.feed_forward.output_dense.weight"] = narrow
        state[f"{layer}.feed_forward.output_dense.bias"] = zeros
    state["final_proj.weight"] = matrix(256, 768)
    state["final_proj.bias"] = zeros[:256].clone()
    return state

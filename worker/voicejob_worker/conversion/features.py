"""HuBERT: what is said, as features that do not tell who says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from voicejob_worker.conversion.networks import make_network
from voicejob_worker.conversion.rvc_checkpoint import RvcVersion
from voicejob_worker.device.residence import move
from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

_WEIGHTS: Final = ("model.safetensors", "pytorch_model.bin")
"""File names of the weights, the preferred first."""
_LAYERS: Final = {RvcVersion.V1: 9, RvcVersion.V2: 12}
"""After which layer the features are taken (``VC.vc`` of upstream)."""
_HIDDEN: Final = 768
_SIZES: Final = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "num_conv_pos_embeddings", "num_conv_pos_embedding_groups",
)  # fmt: skip
_LISTS: Final = ("conv_dim", "conv_kernel", "conv_stride")
_HOP: Final = 320
"""Samples at 16 kHz between frames: 50 frames per second."""
_MAX_SIZE: Final = 4096
_MAX_KERNEL: Final = 32
_PREFIX: Final = "hubert."
"""Before each name, where the file was saved from a model with a head."""
_PROJECTION: Final = "final_proj."
_UNUSED: Final = "masked_spec_embed"
"""What training puts in place of masked frames."""
_OLD_NAMES: Final = {
    "pos_conv_embed.conv.weight_g": "pos_conv_embed.conv.parametrizations.weight.original0",
    "pos_conv_embed.conv.weight_v": "pos_conv_embed.conv.parametrizations.weight.original1",
}
"""Names that torch before 2.1 gave the parts of a normalised weight."""


def hubert_weights(folder: Path) -> Path:
    """The file of weights in a folder of HuBERT.

    Raises:
        ModelUnusableError: there is none.
    """
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ModelUnusableError(
        f"{folder} holds no HuBERT: expected config.json and {' or '.join(_WEIGHTS)} in it, as in "
        "a transformers model of hubert_base or ContentVec"
    )


class FeatureExtractor:
    """The layers of a HuBERT that a version of RVC looks at."""

    def __init__(self, folder: Path, version: RvcVersion, device: torch.device) -> None:
        """Read a folder in the layout of transformers: config.json and the weights.

        Raises:
            ModelUnusableError: it is not there, or is no HuBERT that this version can work with.
        """
        path = hubert_weights(folder)
        config = _read_config(folder / "config.json", version)
        weights = _plain(read_tensors(path))
        projection = {
            name.removeprefix(_PROJECTION): weights.pop(name)
            for name in list(weights)
            if name.startswith(_PROJECTION)
        }
        self._layers = _LAYERS[version]
        self._network = make_network(lambda: _build(config), _renamed(weights), device, path)
        self._projection: nn.Module | None = None
        if version is RvcVersion.V1:
            if not projection:
                raise ModelUnusableError(
                    f"{path} has no final_proj, which RVC v1 models need: use a HuBERT with it, "
                    "such as hubert_base as it is made for RVC"
                )
            size = version.feature_size
            self._projection = make_network(
                lambda: nn.Linear(_HIDDEN, size), projection, device, path
            )

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return sum(weights.numel() for weights in self._network.parameters())

    def move_to(self, device: torch.device) -> None:
        """Compute on another device from here on."""
        for network in filter(None, (self._network, self._projection)):
            move(network, device)

    def __call__(self, sound: Tensor) -> Tensor:
        """Compute the features of sound.

        Args:
            sound: At 16 kHz, shape ``(n,)``.

        Returns:
            Shape ``(1, about n / 320, feature_size)``.
        """
        layers, _ = self._network.extract_features(sound[None], num_layers=self._layers)
        features: Tensor = layers[-1]
        return features if self._projection is None else self._projection(features)


def _read_config(path: Path, version: RvcVersion) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnusableError(
            f"{path} cannot be read ({type(error).__name__}): expected the config.json of a HuBERT"
        ) from error
    if not isinstance(config, dict) or config.get("model_type") != "hubert":
        raise ModelUnusableError(f"{path} is not of a HuBERT: expected model_type hubert in it")
    for name in _SIZES:
        if not _is_size(config.get(name)):
            raise ModelUnusableError(f"{path} says {name}: {str(config.get(name))[:40]}")
    lists = [config.get(name) for name in _LISTS]
    if not all(
        isinstance(one, list) and len(one) == len(lists[0] or []) and all(map(_is_size, one))
        for one in lists
    ):
        raise ModelUnusableError(f"{path} has {', '.join(_LISTS)} that do not go together")
    _check_fit(config, path, version)
    return config


def _check_fit(config: dict[str, Any], path: Path, version: RvcVersion) -> None:
    hop = 1
    for stride in config["conv_stride"]:
        hop *= stride
    if max(config["conv_kernel"]) > _MAX_KERNEL or max(config["conv_dim"]) > _MAX_SIZE:
        raise ModelUnusableError(f"{path} has {', '.join(_LISTS)} of no HuBERT that is known")
    layers, hidden = config["num_hidden_layers"], config["hidden_size"]
    if hidden != _HIDDEN or not _LAYERS[version] <= layers <= 48:
        raise ModelUnusableError(
            f"{path} is of a HuBERT with {layers} layers of {hidden}: RVC {version} takes what "
            f"layer {_LAYERS[version]} of one with layers of {_HIDDEN} says (hubert_base, "
            "ContentVec)"
        )
    if hop != _HOP:
        raise ModelUnusableError(f"{path} has a frame every {hop} samples: expected {_HOP}")
    if config.get("do_stable_layer_norm") or config.get("feat_extract_norm", "group") != "group":
        raise ModelUnusableError(
            f"{path} is of a HuBERT large: expected hubert_base or ContentVec, whose feat_extract"
            "_norm is group"
        )


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_SIZE


def _build(config: dict[str, Any]) -> Any:
    from torchaudio.models.wav2vec2.model import (  # type: ignore[import-untyped]
        wav2vec2_model,
    )

    return wav2vec2_model(
        extractor_mode="group_norm",
        extractor_conv_layer_config=list(zip(*(config[name] for name in _LISTS), strict=True)),
        extractor_conv_bias=bool(config.get("conv_bias", False)),
        encoder_embed_dim=config["hidden_size"],
        encoder_projection_dropout=0.0,
        encoder_pos_conv_kernel=config["num_conv_pos_embeddings"],
        encoder_pos_conv_groups=config["num_conv_pos_embedding_groups"],
        encoder_num_layers=config["num_hidden_layers"],
        encoder_num_heads=config["num_attention_heads"],
        encoder_attention_dropout=0.0,
        encoder_ff_interm_features=config["intermediate_size"],
        encoder_ff_interm_dropout=0.0,
        encoder_dropout=0.0,
        encoder_layer_norm_first=False,
        encoder_layer_drop=0.0,
        aux_num_out=None,
    )


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name.removeprefix(_PREFIX): value for name, value in content.items()}
    plain.pop(_UNUSED, None)
    return plain


def _renamed(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The weights by torchaudio's names, which are transformers' with another beginning."""
    renamed = {}
    for name, value in weights.items():
        first, _, rest = name.partition(".")
        rest = _OLD_NAMES.get(rest, rest)
        if first == "feature_projection":
            renamed[f"encoder.{first}.{rest}"] = value
        elif first == "encoder":
            renamed[f"encoder.transformer.{rest}"] = value
        else:
            renamed[f"{first}.{rest}"] = value
    return renamed

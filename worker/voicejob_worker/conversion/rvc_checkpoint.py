"""Models of RVC: what a .pth file holds, and whether it can be one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor

from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

FRAMES_PER_SECOND: Final = 100
"""Frames per second of pitch and features, as the network takes them."""
_SAMPLE_RATES: Final = {"32k": 32_000, "40k": 40_000, "48k": 48_000}
_ENTRIES: Final = (
    "spec_channels", "segment_size", "inter_channels", "hidden_channels", "filter_channels",
    "n_heads", "n_layers", "kernel_size", "p_dropout", "resblock", "resblock_kernel_sizes",
    "resblock_dilation_sizes", "upsample_rates", "upsample_initial_channel",
    "upsample_kernel_sizes", "spk_embed_dim", "gin_channels", "sr",
)  # fmt: skip
"""Entries of a checkpoint's ``config``, in its order (upstream's ``SynthesizerTrnMs768NSFsid``)."""
_SPEAKERS: Final = _ENTRIES.index("spk_embed_dim")
_MAX_ENTRY: Final = 8192
"""Bound on any size in a config: the published models stay under 1100."""
_MAX_LAYERS: Final = 64
_TELLING: Final = (
    ("hidden_channels", "enc_p.emb_phone.weight", 0),
    ("filter_channels", "enc_p.encoder.ffn_layers.0.conv_1.weight", 0),
    ("upsample_initial_channel", "dec.conv_pre.weight", 0),
    ("inter_channels", "dec.conv_pre.weight", 1),
    ("gin_channels", "emb_g.weight", 1),
)
"""Dimensions of weights that show a size of the config."""
_PARALLEL: Final = "module."
"""Before each name, where several GPUs trained."""
_OLD_NAMES: Final = {
    ".parametrizations.weight.original0": ".weight_g",
    ".parametrizations.weight.original1": ".weight_v",
}
"""Parts of normalised weights: torch's names since 2.1, and those of upstream's network."""
_EMBEDDERS: Final = frozenset({"", "contentvec", "contentvecbase", "hubert", "hubertbase"})
_VOCODERS: Final = frozenset({"", "default", "hifigan", "nsf", "nsfhifigan", "hifigannsf"})
_ADVICE: Final = "save the model anew with RVC, as the small .pth file that it writes for inference"
_TRAINING_ONLY: Final = "enc_q."
"""The posterior encoder, which only training needs."""


class RvcVersion(StrEnum):
    """Generations of RVC, which differ in the features that they take."""

    V1 = "v1"
    V2 = "v2"

    @property
    def feature_size(self) -> int:
        """Numbers per frame of features."""
        return 256 if self is RvcVersion.V1 else 768


@dataclass(frozen=True)
class RvcCheckpoint:
    """A model of RVC: what its file says and holds."""

    version: RvcVersion
    has_pitch: bool
    """Whether it sings and speaks at a pitch that it is told (``f0`` is 1)."""
    sample_rate: int
    config: tuple[Any, ...]
    """Arguments of upstream's synthesiser, in their order."""
    weights: dict[str, Tensor]
    """Weights by the names of upstream's network, without what only training needs."""


def load_checkpoint(path: Path) -> RvcCheckpoint:
    """Read a model's .pth file.

    Raises:
        ModelUnusableError: it cannot be read, holds Python objects, which could run code, or is
            no RVC model for inference.
    """
    content = read_tensors(path, advice=_ADVICE)
    if not isinstance(content.get("weight"), dict) or "config" not in content:
        found = ", ".join(sorted(map(str, content))[:8]) or "nothing"
        raise ModelUnusableError(
            f"{path.name} holds {found}: expected weight and config, as in the small .pth file "
            f"that RVC writes for inference{_training(content)}"
        )
    _check_parts(content, path)
    named = {_old_name(str(name)): value for name, value in content["weight"].items()}
    weights = {
        name: value
        for name, value in named.items()
        if isinstance(value, Tensor) and not name.startswith(_TRAINING_ONLY)
    }
    config = _config(content["config"], weights, path)
    given = content.get("version")
    version = RvcVersion.V1.value if given is None else str(given)
    if version not in set(RvcVersion):
        raise ModelUnusableError(f"{path.name} is of RVC version {version[:20]}: expected v1 or v2")
    return RvcCheckpoint(
        version=RvcVersion(version),
        has_pitch=_has_pitch(content.get("f0"), path),
        sample_rate=config[-1],
        config=config,
        weights=weights,
    )


def _training(content: dict[str, Any]) -> str:
    if "model" in content and "optimizer" in content:
        return ". This is a training checkpoint (G_….pth): extract the small model from it"
    return ""


def _check_parts(content: dict[str, Any], path: Path) -> None:
    """Check that the model wants no other networks around it than those that are here.

    Some trainers write which they used; what they leave out is RVC's own.
    """
    embedder = _plain_name(content.get("embedder_model"))
    if embedder not in _EMBEDDERS:
        raise ModelUnusableError(
            f"{path.name} was trained on the features of {str(content['embedder_model'])[:40]!r} "
            "(embedder_model): expected contentvec or hubert base, without which it speaks "
            "gibberish. Train it again with contentvec"
        )
    vocoder = _plain_name(content.get("vocoder"))
    if vocoder not in _VOCODERS:
        raise ModelUnusableError(
            f"{path.name} was trained with the vocoder {str(content['vocoder'])[:40]!r}: expected "
            "HiFi-GAN, which RVC has. Train it again with that"
        )


def _plain_name(value: Any) -> str:
    """Small letters and digits alone, without a file's ending; nothing of None."""
    name = "" if value is None else str(value).lower().removesuffix(".pt")
    return "".join(filter(str.isalnum, name))


def _old_name(name: str) -> str:
    """The name of a weight as upstream's network has it."""
    plain = name.removeprefix(_PARALLEL)
    for new, old in _OLD_NAMES.items():
        plain = plain.replace(new, old)
    return plain


def _has_pitch(value: Any, path: Path) -> bool:
    if value is None:
        return True
    given = value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
    is_number = isinstance(given, int | float) and given in (0, 1)
    if not is_number and given not in ("0", "1"):
        raise ModelUnusableError(f"{path.name} says f0: {str(value)[:20]}, expected 0 or 1")
    return int(given) == 1


def _rate(entry: Any) -> int | None:
    """The samples per second that a config names; None for any other than RVC's."""
    if isinstance(entry, str):
        return _SAMPLE_RATES.get(entry) or _rate(int(entry) if entry.isdecimal() else None)
    is_number = isinstance(entry, int | float)
    return next((rate for rate in _SAMPLE_RATES.values() if is_number and rate == entry), None)


def _config(value: Any, weights: dict[str, Tensor], path: Path) -> tuple[Any, ...]:
    """The config, with the number of speakers that there really are."""
    if not isinstance(value, list | tuple) or len(value) != len(_ENTRIES):
        size = f"{len(value)} entries" if isinstance(value, list | tuple) else type(value).__name__
        raise ModelUnusableError(
            f"{path.name} has a config of {size}: expected the {len(_ENTRIES)} of an RVC model"
        )
    config = list(value)
    for name, entry in zip(_ENTRIES, config, strict=True):
        if not _is_sound(name, entry):
            raise ModelUnusableError(
                f"{path.name} has a config that cannot be used: {name} is {str(entry)[:40]}"
            )
    speakers = weights.get("emb_g.weight")
    if speakers is None or speakers.ndim != 2 or not speakers.shape[0]:
        raise ModelUnusableError(f"{path.name} lacks emb_g.weight, the voices that it can take")
    config[_SPEAKERS] = speakers.shape[0]
    config[-1] = _rate(config[-1])
    named = dict(zip(_ENTRIES, config, strict=True))
    _check_sizes(named, weights, path)
    _check_upsampling(named, path)
    return tuple(config)


def _is_sound(name: str, entry: Any) -> bool:
    if name == "sr":
        return _rate(entry) is not None
    if name == "p_dropout":
        return isinstance(entry, int | float)
    if name == "resblock":
        return isinstance(entry, str) and entry in ("1", "2")
    if name == "resblock_dilation_sizes":
        return _is_list(entry) and all(_is_list(one) and all(map(_is_size, one)) for one in entry)
    if name in ("resblock_kernel_sizes", "upsample_rates", "upsample_kernel_sizes"):
        return _is_list(entry) and all(map(_is_size, entry))
    return _is_size(entry) and (name != "n_layers" or entry <= _MAX_LAYERS)


def _is_list(entry: Any) -> bool:
    return isinstance(entry, list | tuple) and 0 < len(entry) <= 16


def _is_size(entry: Any) -> bool:
    return isinstance(entry, int) and not isinstance(entry, bool) and 0 < entry <= _MAX_ENTRY


def _check_sizes(config: dict[str, Any], weights: dict[str, Tensor], path: Path) -> None:
    """Check that the weights are of the config's sizes before a network of them takes memory."""
    for name, weight, dimension in _TELLING:
        shape = tuple(weights[weight].shape) if weight in weights else ()
        if dimension >= len(shape) or shape[dimension] != config[name]:
            raise ModelUnusableError(
                f"{path.name} says {name} {config[name]} and holds {weight} with the shape "
                f"{shape}: it was changed, or is of another kind of model"
            )


def _check_upsampling(config: dict[str, Any], path: Path) -> None:
    """A frame must become exactly 10 ms of sound."""
    rates, kernels = config["upsample_rates"], config["upsample_kernel_sizes"]
    if math.prod(rates) * FRAMES_PER_SECOND != config["sr"]:
        raise ModelUnusableError(
            f"{path.name} makes {math.prod(rates)} samples of a frame, which is not 10 ms at "
            f"{config['sr']} Hz: its upsample_rates {list(rates)} and its sr do not go together"
        )
    if len(rates) != len(kernels) or any(
        kernel < rate or (kernel - rate) % 2 for rate, kernel in zip(rates, kernels, strict=False)
    ):
        raise ModelUnusableError(
            f"{path.name} has upsample_rates {list(rates)} and upsample_kernel_sizes "
            f"{list(kernels)}, which do not go together"
        )

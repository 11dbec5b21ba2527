"""Makes checkpoints of F5-TTS's pattern, with random weights, and vocoders to go with them.

Public weights cannot be fetched where the tests run. These have the names, the shapes and the file
layouts of the published ones; what they speak is noise. As a script it fills a directory with a
checkpoint, its vocabulary and a vocoder::

    python tests/making/f5.py DIRECTORY --size small
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
import yaml
from safetensors.torch import load_file, save_file

from voicejob_worker.engines.f5.architecture import Architecture, Variant, expected_shapes

if TYPE_CHECKING:
    from torch import Tensor

Size = Literal["small", "full"]
Layout = Literal["safetensors-ema", "safetensors-flat", "pt-ema", "pt-model", "pt-flat"]

ARCHITECTURES: dict[Size, Architecture] = {
    "small": Architecture(
        dim=64,
        depth=2,
        heads=2,
        dim_head=32,
        ff_mult=2,
        mel_dim=100,
        text_dim=32,
        vocabulary=2545,
        conv_layers=2,
    ),
    "full": Architecture(
        dim=1024,
        depth=22,
        heads=16,
        dim_head=64,
        ff_mult=2,
        mel_dim=100,
        text_dim=512,
        vocabulary=2545,
        conv_layers=4,
    ),
}


@dataclass(frozen=True)
class VocosSizes:
    """Sizes of a vocoder."""

    dim: int
    intermediate_dim: int
    num_layers: int


VOCODERS: dict[Size, VocosSizes] = {
    "small": VocosSizes(dim=32, intermediate_dim=64, num_layers=2),
    "full": VocosSizes(dim=512, intermediate_dim=1536, num_layers=8),
}
"""``full`` is charactr/vocos-mel-24khz."""


def random_state(architecture: Architecture, seed: int = 0) -> dict[str, Tensor]:
    """Weights that are random and nowhere zero, by the DiT's own names.

    Matrices keep the variance of what passes them, so that values stay in the range of a trained
    network's through every block.
    """
    generator = torch.Generator().manual_seed(seed)
    return {
        name: _weights(name, shape, generator)
        for name, shape in expected_shapes(architecture).items()
    }


def rotary_table(dim_head: int) -> Tensor:
    """Rotary frequencies, shape ``(dim_head / 2,)``."""
    return 10000.0 ** -(torch.arange(0, dim_head, 2).float() / dim_head)


def make_f5_checkpoint(
    directory: Path,
    *,
    size: Size = "small",
    layout: Layout = "safetensors-ema",
    variant: Variant | str = Variant.V1,
    seed: int = 0,
    architecture: Architecture | None = None,
    vocabulary: bool = True,
) -> Path:
    """Write a checkpoint into ``directory``, and the package's ``vocab.txt`` beside it.

    Args:
        directory: Made where it is missing.
        size: small (1 MB) or full (337 million parameters, 1.35 GB).
        layout: Of the published models (safetensors-ema), of upstream's trainer (pt-ema holds the
            averaged weights and the plain ones, pt-model the plain ones only), or bare.
        variant: Only in the file's name: both variants have the same keys and shapes.
        seed: Of the weights.
        architecture: Instead of the size's own.
        vocabulary: Whether to put a vocabulary beside it.

    Returns:
        The checkpoint's path.
    """
    directory.mkdir(parents=True, exist_ok=True)
    architecture = architecture or ARCHITECTURES[size]
    state = random_state(architecture, seed)
    state["rotary_embed.inv_freq"] = rotary_table(architecture.dim_head)
    if vocabulary:
        shutil.copyfile(_package_vocabulary(), directory / "vocab.txt")
    kind, content = layout.split("-")
    path = directory / f"model_{Variant(variant)}.{kind}"
    if kind == "safetensors":
        save_file(_averaged(state) if content == "ema" else state, str(path))
        path.chmod(0o644)
    else:
        torch.save(_pickled(content, state), path)
    return path


def without_rotary_table(checkpoint: Path) -> None:
    """Take the rotary table out of a flat checkpoint of safetensors, as some conversions do."""
    state = load_file(checkpoint)
    del state["rotary_embed.inv_freq"]
    save_file(state, checkpoint)


def make_vocos(directory: Path, *, size: Size = "small", seed: int = 0) -> Path:
    """Write ``config.yaml`` and ``pytorch_model.bin`` of a vocoder into ``directory``.

    It is made by the package vocos. Its noise is of the loudness of speech.
    """
    from vocos import Vocos

    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "config.yaml"
    config.write_text(yaml.safe_dump(_vocos_config(VOCODERS[size]), sort_keys=False))
    torch.manual_seed(seed)
    network = Vocos.from_hparams(str(config))
    with torch.no_grad():
        for name, weights in network.named_parameters():
            if weights.ndim == 1:
                weights.add_(0.1 * torch.randn_like(weights))
            elif "dwconv" not in name:
                weights.normal_(0, 1 / math.sqrt(weights[0].numel()))
    torch.save(network.state_dict(), directory / "pytorch_model.bin")
    return directory


def _weights(name: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if name.endswith((".norm.weight", "q_norm.weight", "k_norm.weight")):
        return 1 + 0.1 * noise
    if name.endswith((".bias", ".gamma", ".beta")):
        return 0.1 * noise
    if name.endswith("text_embed.weight"):
        return noise
    scale = 1 / math.sqrt(math.prod(shape[1:]))
    return (0.3 if "norm" in name else 1.0) * scale * noise


def _averaged(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """As ema-pytorch saves a CFM, with the mel buffers that early F5-TTS checkpoints have."""
    return {
        **{f"ema_model.transformer.{name}": weights for name, weights in state.items()},
        "ema_model.mel_spec.mel_stft.mel_scale.fb": torch.zeros(513, 100),
        "ema_model.mel_spec.mel_stft.spectrogram.window": torch.hann_window(1024),
        "initted": torch.tensor(True),
        "step": torch.tensor(1_250_000),
    }


def _pickled(content: str, state: dict[str, Tensor]) -> dict[str, Any]:
    plain = {f"transformer.{name}": weights for name, weights in state.items()}
    if content == "flat":
        return plain
    if content == "model":
        return {"model_state_dict": plain, "update": 1_250_000}
    first = next(iter(plain))
    return {
        # Other than the averaged ones, so that taking the wrong ones shows.
        "model_state_dict": plain | {first: plain[first] + 1},
        "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 7.5e-5, "params": [0]}]},
        "ema_model_state_dict": _averaged(state),
        "scheduler_state_dict": {"last_epoch": 0},
        "update": 1_250_000,
    }


def _package_vocabulary() -> Path:
    spec = importlib.util.find_spec("f5_tts")
    if spec is None or spec.submodule_search_locations is None:
        raise FileNotFoundError("the package f5-tts is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "infer/examples/vocab.txt"


def _vocos_config(sizes: VocosSizes) -> dict[str, Any]:
    return {
        "feature_extractor": {
            "class_path": "vocos.feature_extractors.MelSpectrogramFeatures",
            "init_args": {
                "sample_rate": 24000,
                "n_fft": 1024,
                "hop_length": 256,
                "n_mels": 100,
                "padding": "center",
            },
        },
        "backbone": {
            "class_path": "vocos.models.VocosBackbone",
            "init_args": {
                "input_channels": 100,
                "dim": sizes.dim,
                "intermediate_dim": sizes.intermediate_dim,
                "num_layers": sizes.num_layers,
            },
        },
        "head": {
            "class_path": "vocos.heads.ISTFTHead",
            "init_args": {
                "dim": sizes.dim,
                "n_fft": 1024,
                "hop_length": 256,
                "padding": "center",
            },
        },
    }


def main() -> None:
    """Fill a directory with a checkpoint, its vocabulary and a vocoder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--size", choices=get_args(Size), default="small")
    parser.add_argument("--layout", choices=get_args(Layout), default="safetensors-ema")
    parser.add_argument("--variant", choices=[variant.value for variant in Variant], default="v1")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    path = make_f5_checkpoint(
        asked.directory,
        size=asked.size,
        layout=asked.layout,
        variant=asked.variant,
        seed=asked.seed,
    )
    make_vocos(asked.directory / "vocos", size=asked.size, seed=asked.seed)
    print(path)


if __name__ == "__main__":
    main()

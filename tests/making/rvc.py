"""Makes models of RVC in the published layouts, with what they need: an index, HuBERT and RMVPE.

Public weights cannot be fetched where the tests run. These have the names, the shapes and the file
layouts of the published ones. The synthesiser lets its harmonic source through, so that the pitch
it is told can be measured in what it makes; besides, it adds a little that depends on the features.
As a script it fills a directory::

    python tests/making/rvc.py DIRECTORY --version v2 --sample-rate 40000
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from torch import nn

from voicejob_worker.conversion.imports import import_part

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Version = Literal["v1", "v2"]
Size = Literal["small", "full"]

FEATURES: dict[str, int] = {"v1": 256, "v2": 768}
_UPSAMPLING: dict[tuple[str, int], tuple[list[int], list[int]]] = {
    ("v1", 32_000): ([10, 4, 2, 2, 2], [16, 16, 4, 4, 4]),
    ("v1", 40_000): ([10, 10, 2, 2], [16, 16, 4, 4]),
    ("v1", 48_000): ([10, 6, 2, 2, 2], [16, 16, 4, 4, 4]),
    ("v2", 32_000): ([10, 8, 2, 2], [20, 16, 4, 4]),
    ("v2", 40_000): ([10, 10, 2, 2], [16, 16, 4, 4]),
    ("v2", 48_000): ([12, 10, 2, 2], [24, 20, 4, 4]),
}
"""Rates and kernels of the published models."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of a synthesiser."""

    inter: int
    hidden: int
    filter: int
    layers: int
    kernels: tuple[int, ...]
    upsample: int
    gin: int


SIZES: dict[Size, Sizes] = {
    "small": Sizes(8, 8, 16, 1, (3,), 128, 8),
    "full": Sizes(192, 192, 768, 6, (3, 7, 11), 512, 256),
}
"""``full`` is that of every published model."""


HUBERTS: dict[Size, tuple[int, int]] = {"small": (16, 64), "full": (512, 3072)}
"""Channels of the convolutions and width of the inner layers; ``full`` is hubert_base."""


def rvc_config(version: str, sample_rate: int, size: Size = "small") -> list[Any]:
    """The ``config`` of a checkpoint."""
    sizes = SIZES[size]
    rates, kernels = _UPSAMPLING[version, sample_rate]
    return [
        sample_rate // 40 + 25, 32, sizes.inter, sizes.hidden, sizes.filter, 2, sizes.layers, 3, 0,
        "1", list(sizes.kernels), [[1, 3, 5]] * len(sizes.kernels), rates, sizes.upsample, kernels,
        109, sizes.gin, sample_rate,
    ]  # fmt: skip


def make_rvc(
    folder: Path,
    *,
    version: Version = "v2",
    sample_rate: int = 40_000,
    pitch: bool = True,
    size: Size = "small",
    seed: int = 0,
) -> Path:
    """Write a model with all that it needs.

    Args:
        folder: Made where it is missing. It gets ``voice.pth``, ``voice.index``, ``hubert/`` and
            ``rmvpe.pt``, 9 MB together where the size is small.
        version: Of RVC.
        sample_rate: 32000, 40000 or 48000.
        pitch: Whether the model takes one (``f0`` is 1).
        size: Of the synthesiser and HuBERT; ``full`` is that of the published ones (90 MB).
        seed: Of all weights.

    Returns:
        The path of ``voice.pth``.
    """
    path = make_model(
        folder, version=version, sample_rate=sample_rate, pitch=pitch, size=size, seed=seed
    )
    vectors = np.random.default_rng(seed).standard_normal((600, FEATURES[version]), np.float32)
    make_index(folder, vectors)
    make_hubert(folder / "hubert", seed=seed, size=size)
    make_rmvpe(folder, seed=seed)
    return path


def make_model(
    folder: Path,
    *,
    version: str = "v2",
    sample_rate: int = 40_000,
    pitch: bool = True,
    size: Size = "small",
    seed: int = 0,
) -> Path:
    """Write ``voice.pth`` alone, as RVC's ``savee`` does: half precision, no ``enc_q``."""
    folder.mkdir(parents=True, exist_ok=True)
    config = rvc_config(version, sample_rate, size)
    network = _synthesiser(version, config, pitch, seed)
    if pitch:
        _let_source_through(network.dec)
    weights = {
        name: weights.half()
        for name, weights in network.state_dict().items()
        if not name.startswith("enc_q.")
    }
    content = {
        "weight": weights,
        "config": config,
        "info": "20epoch",
        "sr": f"{sample_rate // 1000}k",
        "f0": int(pitch),
        "version": version,
    }
    path = folder / "voice.pth"
    torch.save(content, path)
    return path


def make_index(folder: Path, vectors: NDArray[np.float32], name: str = "voice.index") -> Path:
    """Write an index as RVC's trainer does: an inverted file over the vectors as they are."""
    import faiss

    faiss.omp_set_num_threads(1)  # more wait for each other where the processors are busy
    folder.mkdir(parents=True, exist_ok=True)
    lists = max(min(int(16 * math.sqrt(len(vectors))), len(vectors) // 39), 1)
    index = faiss.index_factory(vectors.shape[1], f"IVF{lists},Flat")
    faiss.extract_index_ivf(index).nprobe = 1
    index.train(vectors)
    index.add(vectors)
    path = folder / name
    faiss.write_index(index, str(path))
    return path


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


def _synthesiser(version: str, config: list[Any], pitch: bool, seed: int) -> Any:
    models = import_part("infer_rvc_python", "lib.infer_pack.models")
    make = getattr(
        models, f"SynthesizerTrnMs{FEATURES[version]}NSFsid" + ("" if pitch else "_nono")
    )
    options = {"is_half": False} if pitch else {}
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)
        torch.manual_seed(seed)
        network = make(*config, **options)
        for part in network.modules():
            if hasattr(part, "weight_v"):
                # As large as what passes them: upstream starts near nothing.
                part.weight_v.normal_()
                norms = part.weight_v.flatten(1).norm(dim=1).view_as(part.weight_g)
                part.weight_g.copy_(norms / math.sqrt(part.weight_v[0].numel()))
        for flow in network.flow.flows:
            if hasattr(flow, "post"):
                flow.post.weight.normal_(0, 0.1)
        network.dec.conv_post.weight.normal_(0, 0.02)
    return network.eval()


def _let_source_through(decoder: Any) -> None:
    """Carry the source, times 1 and times -1, through the last stage's first two channels.

    The difference of the two is untouched by the rectifier before the last convolution.
    """
    with torch.no_grad():
        decoder.m_source.l_linear.weight.fill_(20.0)
        decoder.m_source.l_linear.bias.zero_()
        last = decoder.noise_convs[-1]
        last.weight.zero_()
        last.bias.zero_()
        last.weight[0], last.weight[1] = 1.0, -1.0
        decoder.ups[-1].weight_v[:, :2] = 0.0
        decoder.ups[-1].bias[:2] = 0.0
        for block in decoder.resblocks[-decoder.num_kernels :]:
            for convolution in block.convs2:
                convolution.weight_g[:2] = 0.0
                convolution.bias[:2] = 0.0
        decoder.conv_post.weight[:, :2] = 0.0
        decoder.conv_post.weight[0, 0, 3], decoder.conv_post.weight[0, 1, 3] = 0.3, -0.3


def make_rmvpe(folder: Path, *, seed: int = 0) -> Path:
    """Write ``rmvpe.pt`` with weights that hear the pitch of sounds with harmonics.

    The network's first shortcut brings the mel spectrum to the GRU, whose gates are held so that it
    is a layer of 512 tanh units without memory; the layer after it is solved for in closed form on
    gliding sounds. All other weights are zero, and PyTorch's format keeps each zero once (3 MB
    instead of 181).
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: _constant(name, shape) for name, shape in rmvpe_shapes().items()}
    for name, source in (
        ("unet.encoder.layers.0.conv.0.shortcut.weight", 0),
        ("unet.decoder.layers.4.conv2.0.shortcut.weight", 16),
    ):
        state[name] = state[name].clone()
        state[name][0, source] = 1.0
    state["cnn.weight"] = state["cnn.weight"].clone()
    state["cnn.weight"][0, 0, 1, 1] = 1.0
    state |= _solved_pitch(seed)
    path = folder / "rmvpe.pt"
    torch.save(state, path)
    return path


def rmvpe_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published ``rmvpe.pt``."""
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(name: str, size: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{part}"] = (size,)
        shapes[f"{name}.num_batches_tracked"] = ()

    def blocks(name: str, size_in: int, size: int) -> None:
        for index in range(4):
            into = size_in if index == 0 else size
            shapes[f"{name}.{index}.conv.0.weight"] = (size, into, 3, 3)
            norm(f"{name}.{index}.conv.1", size)
            shapes[f"{name}.{index}.conv.3.weight"] = (size, size, 3, 3)
            norm(f"{name}.{index}.conv.4", size)
            if into != size:
                shapes[f"{name}.{index}.shortcut.weight"] = (size, into, 1, 1)
                shapes[f"{name}.{index}.shortcut.bias"] = (size,)

    norm("unet.encoder.bn", 1)
    for index, size in enumerate((16, 32, 64, 128, 256)):
        blocks(f"unet.encoder.layers.{index}.conv", size // 2 if index else 1, size)
    for index in range(4):
        blocks(f"unet.intermediate.layers.{index}.conv", 512 if index else 256, 512)
    for index, size in enumerate((256, 128, 64, 32, 16)):
        name = f"unet.decoder.layers.{index}"
        shapes[f"{name}.conv1.0.weight"] = (2 * size, size, 3, 3)
        norm(f"{name}.conv1.1", size)
        blocks(f"{name}.conv2", 2 * size, size)
    shapes |= {"cnn.weight": (3, 16, 3, 3), "cnn.bias": (3,)}
    for way in ("", "_reverse"):
        shapes[f"fc.0.gru.weight_ih_l0{way}"] = (768, 384)
        shapes[f"fc.0.gru.weight_hh_l0{way}"] = (768, 256)
        shapes[f"fc.0.gru.bias_ih_l0{way}"] = (768,)
        shapes[f"fc.0.gru.bias_hh_l0{way}"] = (768,)
    return shapes | {"fc.1.weight": (360, 512), "fc.1.bias": (360,)}


def _constant(name: str, shape: tuple[int, ...]) -> Tensor:
    """Zero, or one where a normalisation that changes nothing has it."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    layer, part = name.rsplit(".", 1)
    is_norm = layer.endswith((".bn", ".conv.1", ".conv.4", ".conv1.1"))
    return torch.tensor(float(is_norm and part in ("weight", "running_var"))).expand(shape)


def _solved_pitch(seed: int) -> dict[str, Tensor]:
    """Weights of the GRU and of the layer after it."""
    generator = torch.Generator().manual_seed(seed)
    mel, bins = _gliding_mel(generator)
    inputs = torch.randn(512, 128, generator=generator)
    inputs = 0.06 * (inputs - inputs.mean(1, keepdim=True))  # deaf to the level
    biases = 0.5 * torch.randn(512, generator=generator)
    hidden = torch.tanh(mel @ inputs.T + biases)
    hidden = torch.cat((hidden, torch.ones(len(hidden), 1)), dim=1)
    wanted = 8 * torch.exp(-((torch.arange(360) - bins[:, None]) ** 2) / 12.5) - 5
    solved = torch.linalg.solve(hidden.T @ hidden + 0.1 * torch.eye(513), hidden.T @ wanted)
    state = {"fc.1.weight": solved[:-1].T.contiguous(), "fc.1.bias": solved[-1].clone()}
    for way, units in (("", slice(0, 256)), ("_reverse", slice(256, 512))):
        weight, bias = torch.zeros(768, 384), torch.zeros(768)
        weight[512:, :128], bias[512:] = inputs[units], biases[units]
        bias[256:512] = -30.0  # the gate that would keep the state before
        state[f"fc.0.gru.weight_ih_l0{way}"], state[f"fc.0.gru.bias_ih_l0{way}"] = weight, bias
    return state


def _gliding_mel(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mel spectra of 80 s of gliding sounds and noise, and the bins of their pitches."""
    from torchaudio.functional import melscale_fbanks

    rate, seconds, harmonics = 16_000, 80, 32
    size = rate * seconds

    def curve(points: int, low: float, high: float, rows: int = 1) -> Tensor:
        values = low + (high - low) * torch.rand(1, rows, points, generator=generator)
        return nn.functional.interpolate(values, size=size, mode="linear")[0]

    octaves = curve(seconds, 0.0, 3.6)[0]
    hertz = 60.0 * 2.0**octaves
    phase = torch.cumsum(hertz.double() / rate, 0) % 1
    orders = torch.arange(1, harmonics + 1)[:, None]
    tilt = curve(2 * seconds, 0.5, 3.0)
    levels = curve(8 * seconds, -1.5, 1.5, harmonics).exp() * orders**-tilt
    levels *= orders < 2 ** curve(seconds, -0.5, 7.0)  # some are dull, some have but the first
    levels *= hertz * orders < 7800
    sound = (levels * torch.sin(2 * math.pi * (orders * phase % 1)).float()).sum(0)
    sound *= 10 ** curve(4 * seconds, -2.0, 0.0)[0] / 4
    voiced = curve(2 * seconds, 0.0, 1.0)[0] > 0.25
    noise = torch.randn(size, generator=generator) * 10 ** curve(4 * seconds, -6.0, -1.5)[0]
    sound = sound * voiced + noise * torch.where(voiced, sound.abs().mean(), 1.0)
    spectrum = torch.stft(sound, 1024, 160, window=torch.hann_window(1024), return_complex=True)
    bank = melscale_fbanks(513, 30.0, 8000.0, 128, rate, "slaney", "htk")
    mel = (spectrum.abs().T @ bank).clamp(min=1e-5).log()
    bins = (1200 * torch.log2(hertz / 10) - 1997.3794084376191) / 20
    return mel[:-1], torch.where(voiced, bins, -1000.0)[::160]


def main() -> None:
    """Fill a directory with a model and what it needs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--version", choices=get_args(Version), default="v2")
    parser.add_argument("--sample-rate", type=int, choices=(32_000, 40_000, 48_000), default=40_000)
    parser.add_argument("--size", choices=get_args(Size), default="small")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(
        make_rvc(
            asked.directory,
            version=asked.version,
            sample_rate=asked.sample_rate,
            size=asked.size,
            seed=asked.seed,
        )
    )


if __name__ == "__main__":
    main()

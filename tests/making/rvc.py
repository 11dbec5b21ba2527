"""Makes models of RVC in the published layouts, with what they need: an index, HuBERT and RMVPE.

Public weights cannot be fetched where the tests run. These have the names, the shapes and the file
layouts of the published ones. The synthesiser lets its harmonic source through, so that the pitch
it is told can be measured in what it makes; besides, it adds a little that depends on the features.
As a script it fills a directory::

    PYTHONPATH=tests python -m making.rvc DIRECTORY --version v2 --sample-rate 40000
"""

from __future__ import annotations

import argparse
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from making.hubert import Size, make_hubert
from making.rmvpe import make_rmvpe

from voicejob_worker.conversion.imports import import_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

Version = Literal["v1", "v2"]

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

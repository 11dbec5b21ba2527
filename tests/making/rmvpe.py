"""Makes an RMVPE that really hears pitch, in the published layout."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


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

"""The synthesiser of RVC: features and pitch become sound."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from voicejob_worker.conversion.imports import import_part
from voicejob_worker.conversion.networks import make_network
from voicejob_worker.conversion.rvc_checkpoint import RvcCheckpoint, RvcVersion
from voicejob_worker.device.residence import move
from voicejob_worker.engines.shared.randomness import SeededDraws
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.failures.dead_context import dead_context_sign
from voicejob_worker.failures.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from pathlib import Path

_PROBED_FRAMES: Final = 20
_SPEAKER: Final = 0
"""A model has one voice, the first; the others are left over from pretraining."""
_CLASSES: Final = {
    (RvcVersion.V1, True): "SynthesizerTrnMs256NSFsid",
    (RvcVersion.V1, False): "SynthesizerTrnMs256NSFsid_nono",
    (RvcVersion.V2, True): "SynthesizerTrnMs768NSFsid",
    (RvcVersion.V2, False): "SynthesizerTrnMs768NSFsid_nono",
}


@dataclass(frozen=True)
class Pitch:
    """Fundamental frequencies, each of shape ``(1, frames)``."""

    hertz: Tensor
    """0 if there is no voice."""
    coarse: Tensor
    """1 to 255, spaced evenly in mel; 1 if there is no voice."""


class RvcNetwork:
    """Upstream's network with a model's weights, for inference alone."""

    def __init__(self, checkpoint: RvcCheckpoint, device: torch.device, path: Path) -> None:
        """Build the network and hear whether it makes sound of the length that it should.

        Raises:
            ModelUnusableError: the weights do not fit the config, or come to no sound.
        """
        self._device = device
        self._samples_per_frame = checkpoint.sample_rate // 100
        self._network: Any = make_network(
            lambda: _build(checkpoint, path), checkpoint.weights, device, path
        )
        _fold_weight_norm(self._network)
        self._probe(checkpoint, path)

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return sum(weights.numel() for weights in self._network.parameters())

    def move_to(self, device: torch.device) -> None:
        """Compute on another device from here on."""
        move(self._network, device)
        self._device = device

    def __call__(self, features: Tensor, pitch: Pitch | None) -> Tensor:
        """Sound from features; draws noise as torch does (``randomness.SeededDraws``).

        Args:
            features: Shape ``(1, frames, feature_size)``.
            pitch: Pitch of as many frames; None for a model that takes none.

        Returns:
            Shape ``(frames * sample_rate / 100,)``, in -1 to 1.
        """
        lengths = torch.tensor([features.shape[1]], device=self._device)
        speaker = torch.tensor([_SPEAKER], device=self._device)
        pitched = () if pitch is None else (pitch.coarse, pitch.hertz)
        sound: Tensor = self._network.infer(features, lengths, *pitched, speaker)[0][0, 0]
        return sound

    def _probe(self, checkpoint: RvcCheckpoint, path: Path) -> None:
        features = torch.zeros(
            1, _PROBED_FRAMES, checkpoint.version.feature_size, device=self._device
        )
        frames = torch.ones(1, _PROBED_FRAMES, device=self._device)
        pitch = Pitch(frames * 100.0, frames.long()) if checkpoint.has_pitch else None
        try:
            with torch.inference_mode(), SeededDraws():
                sound = self(features, pitch)
        except RuntimeError as error:
            if is_out_of_memory(error) or dead_context_sign(error):
                raise  # the GPU is at fault, not the model
            raise ModelUnusableError(
                f"{path.name} has a config whose parts do not go together "
                f"({type(error).__name__}): it was changed, or is of another kind of RVC"
            ) from error
        if sound.numel() != _PROBED_FRAMES * self._samples_per_frame:
            raise ModelUnusableError(
                f"{path.name} makes {sound.numel()} samples of {_PROBED_FRAMES} frames: expected "
                f"{_PROBED_FRAMES * self._samples_per_frame}"
            )
        if not bool(torch.isfinite(sound).all()):
            raise ModelUnusableError(
                f"{path.name} makes no sound but NaN: its weights are damaged, or its training "
                "failed"
            )


def _build(checkpoint: RvcCheckpoint, path: Path) -> nn.Module:
    models = import_part("infer_rvc_python", "lib.infer_pack.models")
    make = getattr(models, _CLASSES[checkpoint.version, checkpoint.has_pitch])
    options: dict[str, Any] = {"is_half": False} if checkpoint.has_pitch else {}
    try:
        with warnings.catch_warnings():
            # Upstream parametrises with the weight_norm of torch before 2.0.
            warnings.simplefilter("ignore", FutureWarning)
            network: nn.Module = make(*checkpoint.config, **options)
    except (ValueError, AssertionError, RuntimeError, ZeroDivisionError, IndexError) as error:
        raise ModelUnusableError(
            f"{path.name} has a config that no network can be made of ({type(error).__name__})"
        ) from error
    del network.enc_q
    return network


def _fold_weight_norm(network: nn.Module) -> None:
    """Compute each weight from its length and direction once instead of at every use."""
    for part in network.modules():
        if hasattr(part, "weight_g"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                nn.utils.remove_weight_norm(part)

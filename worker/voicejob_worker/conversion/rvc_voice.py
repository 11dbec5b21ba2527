"""A model of RVC in memory with all that it needs, and how it converts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from voicejob_worker.conversion.pieces import FRAME, SoundSpan, cut, join
from voicejob_worker.conversion.pitch import FindPitch, as_pitch, move
from voicejob_worker.conversion.rmvpe import Rmvpe
from voicejob_worker.conversion.rvc_network import Pitch, RvcNetwork
from voicejob_worker.conversion.sound import SAMPLE_RATE, prepare, shape_loudness
from voicejob_worker.engines.shared.randomness import SeededDraws

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.conversion.features import FeatureExtractor
    from voicejob_worker.conversion.index import VoiceIndex

_PAD: Final = SAMPLE_RATE
"""Sound around each piece that is converted and thrown away: the networks err at edges."""
_OVERLAP_SECONDS: Final = 0.02
_UNPROTECTED: Final = 0.5
_SILENT: Final = 1e-4
"""Peak under which there is nothing to convert, -80 dBFS."""


@dataclass(frozen=True)
class RvcSettings:
    """How to convert (``spec.voice.conversion``)."""

    index_rate: float
    semitones: float
    protect: float


@dataclass(frozen=True)
class RvcVoice:
    """Networks on a device, and what they convert with."""

    synthesiser: RvcNetwork
    extractor: FeatureExtractor
    find_pitch: FindPitch | None
    """Finds the pitch of sound; None for a model that takes no pitch."""
    index: VoiceIndex | None
    settings: RvcSettings
    sample_rate: int
    device: torch.device

    def on(self, device: torch.device) -> RvcVoice:
        """The same networks, moved to a device; this voice cannot be used any more."""
        self.synthesiser.move_to(device)
        self.extractor.move_to(device)
        if isinstance(self.find_pitch, Rmvpe):
            self.find_pitch.move_to(device)
        return replace(self, device=device)

    def convert(self, samples: Samples, rate: int, seed: int, longest: int) -> Samples:
        """Speak ``samples`` in the model's voice.

        The same samples, settings and seed give the same bits, whatever is spoken beside it.

        Args:
            samples: Shape ``(n,)``.
            rate: Samples per second of ``samples``.
            seed: Seed of the noise that the network shapes.
            longest: Seconds of sound that go through the networks at once, at the most.

        Returns:
            Shape ``(round(n * sample_rate / rate),)``. Where ``samples`` hold NaN it does, too, all
            over: the fault is the engine's and is the quality check's to find.
        """
        length = round(samples.size * self.sample_rate / rate)
        if not np.isfinite(samples).all():
            return np.full(length, np.nan, np.float32)
        if float(np.abs(samples).max(initial=0.0)) < _SILENT or not length:
            return np.zeros(length, np.float32)
        sound = prepare(samples, rate)
        with torch.inference_mode(), SeededDraws(seed):
            converted = self._convert(sound, length, longest)
        return shape_loudness(converted, self.sample_rate, sound)

    def _convert(self, sound: NDArray[np.float64], length: int, longest: int) -> Samples:
        padded = np.pad(sound, _PAD, mode="reflect" if sound.size > 1 else "edge")
        # The last piece ends where the sound does, and its frames before that.
        padded = np.pad(padded, (0, -sound.size % FRAME), mode="edge")
        overlap = int(_OVERLAP_SECONDS * self.sample_rate)
        per_frame = self.sample_rate // 100
        first = _PAD // FRAME * per_frame
        parts: list[Samples] = []
        for piece in cut(sound, longest):
            begun = piece.start // FRAME * per_frame
            wanted = length - begun
            if piece.end < sound.size:
                wanted = piece.end // FRAME * per_frame - begun + overlap
            parts.append(self._piece(padded, piece)[first : first + wanted])
        return join(parts, overlap)

    def _piece(self, padded: NDArray[np.float64], piece: SoundSpan) -> Samples:
        """A piece and its pads, converted; up to 30 ms are missing at the end."""
        sound = padded[piece.start : piece.end + 2 * _PAD + -piece.end % FRAME]
        pitch = None
        if self.find_pitch is not None:
            hertz = move(self.find_pitch(sound), self.settings.semitones)
            pitch = as_pitch(hertz, self.device)
        return self._speak(self._features(sound), pitch, sound.size // FRAME)

    def _features(self, sound: NDArray[np.float64]) -> Tensor:
        return self.extractor(torch.from_numpy(sound).float().to(self.device))

    def _speak(self, own: Tensor, pitch: Pitch | None, frames: int) -> Samples:
        """Sound of features as they are heard, shape ``(1, frames / 2, feature_size)``."""
        features = _per_frame(self._mixed(own))
        frames = min(frames, features.shape[1])
        if pitch is not None:
            pitch = Pitch(pitch.hertz[:, :frames], pitch.coarse[:, :frames])
            if self.settings.protect < _UNPROTECTED:
                features = self._protected(features[:, :frames], _per_frame(own), pitch)
        sound = self.synthesiser(features[:, :frames], pitch)
        samples: Samples = sound.cpu().float().numpy()
        return samples

    def _mixed(self, features: Tensor) -> Tensor:
        if self.index is None:
            return features
        mixed = self.index.mix(features[0].cpu().numpy(), self.settings.index_rate)
        return torch.from_numpy(mixed).to(self.device)[None]

    def _protected(self, features: Tensor, own: Tensor, pitch: Pitch) -> Tensor:
        """Features where there is a voice, mostly those from before the index if there is none.

        Breath and voiceless consonants lose their shape to an index; without one the two are the
        same, and so it is with upstream.
        """
        share = torch.where(pitch.hertz < 1, self.settings.protect, 1.0)[..., None]
        return features * share + own[:, : features.shape[1]] * (1 - share)


def _per_frame(features: Tensor) -> Tensor:
    """Each feature twice: HuBERT's frames are 20 ms, the synthesiser's 10."""
    return nn.functional.interpolate(features.mT, scale_factor=2.0).mT

"""Whose voice it is: what XTTS takes of a recording, or of one of the model's own speakers."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
import torch
import torchaudio  # type: ignore[import-untyped]
from torch import Tensor

from voicejob_worker.disk_cache import DiskCache
from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.reference.reference import Reference

_RATE: Final = 22_050
"""Samples per second that upstream loads a recording with."""
_CLOSE_NAMES: Final = 5
_EMBEDDING: Final = (1, 512, 1)


@dataclass(frozen=True)
class XttsVoice:
    """What the network is conditioned by."""

    latents: Tensor
    """Latents for the GPT, shape ``(1, 32, channels)``, on the CPU."""
    embedding: Tensor
    """Embedding for the vocoder, shape ``(1, 512, 1)``, on the CPU."""


class XttsVoiceCache(DiskCache[XttsVoice]):
    """Keeps voices of recordings in a folder that several processes may share."""

    def encode(self, kept: XttsVoice, file: BinaryIO) -> None:
        """Write a voice into an open file."""
        np.savez(file, latents=kept.latents.numpy(), embedding=kept.embedding.numpy())

    def decode(self, file: BinaryIO, digest: str) -> XttsVoice:
        """Read a voice from an open file.

        Raises:
            Exception: it is damaged, or no voice.
        """
        with np.load(file, allow_pickle=False) as arrays:
            latents, embedding = arrays["latents"], arrays["embedding"]
        if latents.dtype != np.float32 or embedding.dtype != np.float32:
            raise ValueError("no voice")
        voice = XttsVoice(torch.from_numpy(latents), torch.from_numpy(embedding))
        if not _is_voice(voice):
            raise ValueError("no voice")
        return voice


@torch.inference_mode()
def voice_of_recording(network: Any, reference: Reference) -> XttsVoice:
    """Make a voice as upstream's ``get_conditioning_latents`` does, with the model's settings.

    Raises:
        ModelUnusableError: it comes to no numbers.
    """
    config = network.config
    audio = _loaded(reference.samples, reference.sample_rate)[:, : _RATE * config.max_ref_len]
    audio = audio.to(network.device)
    peak = torch.abs(audio).max()
    if config.sound_norm_refs and peak > 0:
        audio = (audio / peak) * 0.75
    embedding = network.get_speaker_embedding(audio, _RATE)
    latents = network.get_gpt_cond_latents(
        audio, _RATE, length=config.gpt_cond_len, chunk_length=config.gpt_cond_chunk_len
    )
    voice = XttsVoice(latents.cpu(), embedding.cpu())
    if not _is_voice(voice):
        raise ModelUnusableError(
            "the model makes no voice but NaN of the recording: its weights are damaged, or its "
            "training failed"
        )
    return voice


def voice_of_speaker(path: Path | None, name: str, channels: int) -> XttsVoice:
    """One of the speakers that the model brings.

    Args:
        path: The model's speakers_xtts.pth; None if it has none.
        name: The speaker.
        channels: Width of the model's GPT.

    Raises:
        ModelUnusableError: the file is missing, cannot be read or is of another model.
        InvalidInputError: it has no speaker of that name; near ones are named.
    """
    if path is None:
        raise ModelUnusableError(
            "the model brings no speakers (there is no speakers_xtts.pth beside model.pth): put "
            "the one that it was published with there, or name a recording in spec.voice.reference"
        ).naming("spec.voice.reference")
    speakers = read_tensors(path, advice="take the one that the model was published with")
    if name not in speakers:
        told = _unknown(name, list(map(str, speakers)))
        raise InvalidInputError(told).naming("spec.voice.speaker")
    try:
        found = speakers[name]
        voice = XttsVoice(
            found["gpt_cond_latent"].detach().float(), found["speaker_embedding"].detach().float()
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ModelUnusableError(
            f"{path.name} does not hold a gpt_cond_latent and a speaker_embedding of each speaker: "
            "take the one that the model was published with"
        ) from error
    if not _is_voice(voice) or voice.latents.shape[-1] != channels:
        raise ModelUnusableError(
            f"{path.name} holds voices of the shapes {tuple(voice.latents.shape)} and "
            f"{tuple(voice.embedding.shape)}: the model expects (1, 32, {channels}) and "
            f"{_EMBEDDING}. Take the file that the model was published with"
        )
    return voice


def _loaded(samples: Samples, rate: int) -> Tensor:
    """Bring a recording into memory as upstream's ``load_audio`` does a file."""
    audio = torch.from_numpy(samples)[None]
    if rate != _RATE:
        audio = torchaudio.functional.resample(audio, rate, _RATE)
    return audio.clip(-1, 1)


def _is_voice(voice: XttsVoice) -> bool:
    latents, embedding = voice.latents, voice.embedding
    shaped = latents.ndim == len(_EMBEDDING) and tuple(embedding.shape) == _EMBEDDING
    return shaped and bool(latents.isfinite().all() and embedding.isfinite().all())


def _unknown(name: str, speakers: list[str]) -> str:
    by_folded = {speaker.casefold(): speaker for speaker in speakers}
    close = difflib.get_close_matches(name.casefold(), by_folded, _CLOSE_NAMES, cutoff=0.5)
    named = ", ".join(by_folded[folded] for folded in close) or ", ".join(
        sorted(speakers)[:_CLOSE_NAMES]
    )
    near = "the nearest are" if close else "among them"
    return (
        f"the model has no speaker {name!r} (spec.voice.speaker): it has {len(speakers)}, "
        f"{near} {named}"
    )

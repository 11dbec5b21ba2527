"""Brings a model and a voice into memory."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch

from voicejob_worker.digests import check_sha256, sha256_of
from voicejob_worker.engines.xtts.network import load_network
from voicejob_worker.engines.xtts.tokens import Tokens
from voicejob_worker.engines.xtts.xtts_voice import XttsVoice, voice_of_recording, voice_of_speaker
from voicejob_worker.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.engines.xtts.modelfiles import XttsFiles
    from voicejob_worker.engines.xtts.xtts_voice import XttsVoiceCache
    from voicejob_worker.reference.reference import Reference

_VOICE_CODE_VERSION: Final = "1"
"""Raise it if the same recording comes to give another voice."""


@dataclass(frozen=True)
class VoiceChoice:
    """The language and the voice to speak in."""

    language: str
    """BCP 47 tag of the language."""
    reference: Reference | None
    speaker: str | None
    """One of the model's own; exactly one of this and ``reference`` is there."""
    sha256: str | None
    """What the digest of model.pth must be, in hexadecimal."""


@dataclass(frozen=True)
class XttsModel:
    """A network, its tokenizer and a voice in memory: all that speaks."""

    network: Any
    tokens: Tokens
    voice: XttsVoice
    digest: str
    """SHA-256 of model.pth, config.json and vocab.json, in hexadecimal."""
    voice_name: str
    """What tells the voice from every other of this model."""
    parameters: int


def load_model(
    files: XttsFiles,
    wanted: VoiceChoice,
    device: torch.device,
    voices: XttsVoiceCache | None,
    note: Callable[[str], None],
) -> XttsModel:
    """Read and check everything; ``note`` is told what is not used.

    Raises:
        ModelUnusableError: something is missing, or not what it should be.
        InvalidInputError: the model has no such speaker, or the recording is too short.
    """
    with ThreadPoolExecutor(1) as executor:
        hashing = executor.submit(sha256_of, files.checkpoint)
        network = load_network(files, device, note)
        tokens = Tokens(network.tokenizer, wanted.language, network.args.gpt_max_text_tokens)
        checkpoint = hashing.result()
    check_sha256(files.checkpoint, checkpoint, wanted.sha256, "spec.model.sha256")
    digest = f"{checkpoint} {sha256_of(files.configuration)} {sha256_of(files.vocabulary)}"
    voice, name = _voice(files, wanted, network, digest, voices)
    return XttsModel(
        network=network,
        tokens=tokens,
        voice=voice,
        digest=digest,
        voice_name=name,
        parameters=sum(weights.numel() for weights in network.parameters()),
    )


def _voice(
    files: XttsFiles, wanted: VoiceChoice, network: Any, digest: str, voices: XttsVoiceCache | None
) -> tuple[XttsVoice, str]:
    """The voice, and what tells it from every other."""
    if wanted.reference is None:
        voice = voice_of_speaker(
            files.speakers, wanted.speaker or "", network.args.gpt_n_model_channels
        )
        return voice, _digest_of(voice)
    reference = wanted.reference

    def make() -> XttsVoice:
        try:
            return voice_of_recording(network, reference)
        except RuntimeError as error:
            if "too short" not in str(error):
                raise
            raise InvalidInputError(
                "the voice reference is too short for XTTS: expected 3 to 12 seconds"
            ) from error

    # Another device rounds otherwise: its latents are not the same bytes.
    shaping = [
        _VOICE_CODE_VERSION,
        digest,
        reference.digest,
        torch.__version__,
        network.device.type,
    ]
    key = hashlib.sha256(json.dumps(shaping).encode()).hexdigest()
    return voices.find_or_make(key, make) if voices else make(), reference.digest


def _digest_of(voice: XttsVoice) -> str:
    content = voice.latents.numpy().tobytes() + voice.embedding.numpy().tobytes()
    return hashlib.sha256(content).hexdigest()

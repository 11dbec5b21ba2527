"""Brings a model and a voice into memory."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch

from voicejob_worker.digests import check_sha256, sha256_of
from voicejob_worker.engines.shared.voice_source import VoiceSource
from voicejob_worker.engines.xtts.network import load_network
from voicejob_worker.engines.xtts.tokens import Tokens
from voicejob_worker.engines.xtts.xtts_voice import XttsVoice, voice_of_recording, voice_of_speaker
from voicejob_worker.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.engines.xtts.modelfiles import XttsFiles
    from voicejob_worker.engines.xtts.xtts_voice import XttsVoiceCache

_VOICE_CODE_VERSION: Final = "1"
"""Raise it if the same recording comes to give another voice."""


@dataclass(frozen=True)
class Speaker:
    """A voice and the language that it speaks."""

    voice: XttsVoice
    tokens: Tokens
    """Reads a text of the language."""
    identity: str
    """What tells the voice from every other of this model."""
    language: str
    """BCP 47 tag."""

    def tokens_in(self, language: str) -> Tokens:
        """What reads a text of a language; empty, or one that the model lacks: of the voice's."""
        return self.tokens.in_language(language) if language else self.tokens


@dataclass(frozen=True)
class XttsModel:
    """A network and the voices in memory: all that speaks."""

    network: Any
    speakers: Mapping[str, Speaker]
    """By the name in ``Utterance.voice``."""
    digest: str
    """SHA-256 of model.pth, config.json and vocab.json, in hexadecimal."""
    parameters: int


def load_model(
    files: XttsFiles,
    wanted: Mapping[str, VoiceSource],
    sha256: str | None,
    device: torch.device,
    *,
    voices: XttsVoiceCache | None,
    note: Callable[[str], None],
) -> XttsModel:
    """Read and check everything; ``note`` is told what is not used.

    Args:
        files: Paths of the model's parts.
        wanted: The voices by name; that of the whole text has the empty name.
        sha256: What the digest of model.pth must be, in hexadecimal.
        device: Where the network is to be.
        voices: Keeps what is made of recordings; None to keep nothing.
        note: Told what is not used.

    Raises:
        ModelUnusableError: something is missing, or not what it should be.
        InvalidInputError: the model has no such speaker, or the recording is too short.
    """
    with ThreadPoolExecutor(1) as executor:
        hashing = executor.submit(sha256_of, files.checkpoint)
        network = load_network(files, device, note)
        limit = network.args.gpt_max_text_tokens
        languages = {choice.language for choice in wanted.values()}
        tokens = {one: Tokens(network.tokenizer, one, limit) for one in languages}
        checkpoint = hashing.result()
    check_sha256(files.checkpoint, checkpoint, sha256, "spec.model.sha256")
    digest = f"{checkpoint} {sha256_of(files.configuration)} {sha256_of(files.vocabulary)}"
    speakers: dict[str, Speaker] = {}
    for name, choice in wanted.items():
        voice, identity = _voice(files, choice, network, digest, voices)
        speakers[name] = Speaker(voice, tokens[choice.language], identity, choice.language)
    return XttsModel(
        network=network,
        speakers=speakers,
        digest=digest,
        parameters=sum(weights.numel() for weights in network.parameters()),
    )


def _voice(
    files: XttsFiles, wanted: VoiceSource, network: Any, digest: str, voices: XttsVoiceCache | None
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
        torch.__version__,
        network.device.type,
    ]
    shaped_by = hashlib.sha256(json.dumps(shaping).encode()).hexdigest()
    key = f"{reference.digest}-{shaped_by}"
    return voices.find_or_make(key, make) if voices else make(), reference.digest


def _digest_of(voice: XttsVoice) -> str:
    content = voice.latents.numpy().tobytes() + voice.embedding.numpy().tobytes()
    return hashlib.sha256(content).hexdigest()

"""Brings a model and a reference into memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

from voicejob_worker.digests import check_sha256, sha256_of
from voicejob_worker.engines.f5.architecture import (
    Architecture,
    Variant,
    check_keys,
    infer_architecture,
)
from voicejob_worker.engines.f5.f5_checkpoint import load_checkpoint, read_checkpoint
from voicejob_worker.engines.f5.network import DiT, build
from voicejob_worker.engines.f5.prompt import Prompt, make_prompt
from voicejob_worker.engines.f5.timed_network import TimedNetwork
from voicejob_worker.engines.f5.variant import Choice, flow_matching_loss, probe
from voicejob_worker.engines.f5.vocabulary import Vocabulary
from voicejob_worker.engines.f5.vocoder import Vocoder, find_vocoder, load_vocoder, named_vocoder
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicejob_worker.device.placement import Placement
    from voicejob_worker.engines.f5.modelfiles import F5Files
    from voicejob_worker.engines.f5.modulation import StepModulation
    from voicejob_worker.engines.f5.prompt import MelCache
    from voicejob_worker.reference.reference import Reference

_WEIGHTS_OF_VOCODER: Final = "pytorch_model.bin"


@dataclass(frozen=True)
class F5Parts:
    """What takes the memory of a device."""

    network: DiT
    vocoder: Vocoder


@dataclass(frozen=True)
class F5Model:
    """A checkpoint, its vocoder and a reference: all that is known of them but the weights."""

    architecture: Architecture
    variant: Variant
    vocabulary: Vocabulary
    prompts: Mapping[str, Prompt]
    """References by the name in ``Utterance.voice``; that of the whole text has the empty name."""
    chosen: Choice | None
    """How the variant was found out; None if it was given."""
    digest: str
    """SHA-256 of the checkpoint and of the vocoder, in hexadecimal."""
    checkpoint: Path
    placement: Placement
    """Where it was loaded to; where its parts are now, ``PlacedModel`` knows."""
    parameters: int
    """Number of weights in the checkpoint."""

    def read_network(
        self, device: torch.device, dtype: torch.dtype, *, computes_here: bool = False
    ) -> DiT:
        """The network once more, elsewhere or in another precision (see ``network.build``)."""
        state = self.read_state()
        return build(
            self.architecture, self.variant, state, device, dtype, computes_here=computes_here
        )

    def read_state(self) -> dict[str, Tensor]:
        """The checkpoint's tensors again.

        Raises:
            ModelUnusableError: it is no longer there, or no longer what it was.
        """
        state = read_checkpoint(self.checkpoint)
        check_keys(state, self.architecture)
        return state


def load_model(
    files: F5Files,
    references: Mapping[str, Reference],
    placement: Placement,
    *,
    variant: Variant | None,
    sha256: str | None,
    vocoder: Path | None,
    mels: MelCache | None = None,
) -> tuple[F5Model, F5Parts]:
    """Read and check everything.

    Args:
        files: Paths of the model's parts.
        references: The recordings in whose voices to speak, by name; that of the whole text has
            the empty name.
        placement: Where to compute, and in what precision.
        variant: Which generation the model is; None to find out.
        sha256: What the checkpoint's digest must be, in hexadecimal.
        vocoder: The vocoder's directory; None for the one beside the checkpoint or in the cache.
        mels: The cache of references' spectrograms; None to keep none.

    Raises:
        ModelUnusableError: something is missing, or not what it should be.
        InvalidInputError: the model was not taught the transcript's characters.
    """
    with ThreadPoolExecutor(1) as executor:
        digest = executor.submit(_digest, files.checkpoint)
        checkpoint = load_checkpoint(files.checkpoint)
        architecture = infer_architecture(checkpoint.state, checkpoint.rotary)
        check_keys(checkpoint.state, architecture)
        vocabulary = Vocabulary.load(files.vocabulary, architecture.vocabulary)
        prompts = {
            name: make_prompt(reference, placement.device, mels)
            for name, reference in references.items()
        }
        ids = {name: _known_ids(vocabulary, name, one.ref_text) for name, one in prompts.items()}
        network = build(
            architecture,
            variant or Variant.V1,
            checkpoint.state,
            placement.home,
            placement.dtype,
            computes_here=not placement.takes_turns,
        )
        beside = [] if files.vocoder is None else [files.vocoder]
        directory = find_vocoder(beside) if vocoder is None else named_vocoder(vocoder)
        home = torch.device("cpu") if placement.takes_turns else placement.vocoder_device
        loaded_vocoder = load_vocoder(directory, home)
        chosen = None
        if variant is None:
            there = network.on(placement.device)
            chosen = _choose(there, checkpoint.state, prompts[""].mel, ids[""])
        check_sha256(files.checkpoint, digest.result(), sha256)
        found = chosen.variant if chosen else variant or Variant.V1
        model = F5Model(
            architecture=architecture,
            variant=found,
            vocabulary=vocabulary,
            prompts=prompts,
            chosen=chosen,
            digest=f"{digest.result()} {_digest(directory / _WEIGHTS_OF_VOCODER)}",
            checkpoint=files.checkpoint,
            placement=placement,
            parameters=sum(weights.numel() for weights in checkpoint.state.values()),
        )
        return model, F5Parts(network.as_variant(found), loaded_vocoder)


def _known_ids(vocabulary: Vocabulary, name: str, transcript: str) -> list[int]:
    """The tokens of a transcript, which the model must know; a fault tells whose it is."""
    try:
        return vocabulary.encode(transcript)
    except InvalidInputError as error:
        if name:
            error.message = f"spec.voices[{name}].reference: {error.message}"
            error.naming("spec.voices")
        raise


def _choose(network: DiT, state: Mapping[str, Tensor], mel: Tensor, ids: list[int]) -> Choice:
    modulations: dict[float, StepModulation] = {}
    fields = {
        variant: TimedNetwork(network.as_variant(variant), state, modulations)
        for variant in Variant
    }
    tokens = torch.tensor(ids)

    def loss(variant: Variant, seed: int) -> float:
        generator = torch.Generator().manual_seed(seed)
        return flow_matching_loss(fields[variant], mel, tokens, generator)

    return probe(loss)


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelUnusableError(f"{path} cannot be read: {error.strerror}") from error

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
from voicejob_worker.engines.f5.vocoder import Vocoder, find_vocoder, load_vocoder
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicejob_worker.device.placement import Placement
    from voicejob_worker.engines.f5.modelfiles import F5Files
    from voicejob_worker.engines.f5.prompt import MelCache
    from voicejob_worker.reference.reference import Reference

_WEIGHTS_OF_VOCODER: Final = "pytorch_model.bin"


@dataclass(frozen=True)
class F5Model:
    """A network, its vocoder and a reference in memory: all that speaks."""

    network: DiT
    vocoder: Vocoder
    vocabulary: Vocabulary
    prompt: Prompt
    chosen: Choice | None
    """How the variant was found out; None if it was given."""
    digest: str
    """SHA-256 of the checkpoint and of the vocoder, in hexadecimal."""
    checkpoint: Path
    vocoder_directory: Path
    placement: Placement
    parameters: int
    """Number of weights in the checkpoint."""

    def read_network(self, device: torch.device, dtype: torch.dtype) -> DiT:
        """The network once more, elsewhere or in another precision."""
        ours = self.network
        return build(ours.architecture, ours.variant, self.read_state(), device, dtype)

    def read_vocoder(self, device: torch.device) -> Vocoder:
        """The vocoder once more, elsewhere."""
        return load_vocoder(self.vocoder_directory, device)

    def read_state(self) -> dict[str, Tensor]:
        """The checkpoint's tensors again.

        Raises:
            ModelUnusableError: it is no longer there, or no longer what it was.
        """
        state = read_checkpoint(self.checkpoint)
        check_keys(state, self.network.architecture)
        return state


def load_model(
    files: F5Files,
    reference: Reference,
    placement: Placement,
    *,
    variant: Variant | None,
    sha256: str | None,
    vocoder: Path | None,
    mels: MelCache | None = None,
) -> F5Model:
    """Read and check everything.

    Args:
        files: Paths of the model's parts.
        reference: The recording in whose voice to speak.
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
        prompt = make_prompt(reference, placement.device, mels)
        ids = vocabulary.encode(prompt.ref_text)
        network = build(
            architecture,
            variant or Variant.V1,
            checkpoint.state,
            placement.device,
            placement.dtype,
        )
        directory = find_vocoder([p for p in (vocoder, files.vocoder) if p is not None])
        loaded_vocoder = load_vocoder(directory, placement.vocoder_device)
        chosen = None if variant else _choose(network, checkpoint.state, prompt.mel, ids)
        check_sha256(files.checkpoint, digest.result(), sha256)
        return F5Model(
            network=network.as_variant(chosen.variant) if chosen else network,
            vocoder=loaded_vocoder,
            vocabulary=vocabulary,
            prompt=prompt,
            chosen=chosen,
            digest=f"{digest.result()} {_digest(directory / _WEIGHTS_OF_VOCODER)}",
            checkpoint=files.checkpoint,
            vocoder_directory=directory,
            placement=placement,
            parameters=sum(weights.numel() for weights in checkpoint.state.values()),
        )


def _choose(network: DiT, state: Mapping[str, Tensor], mel: Tensor, ids: list[int]) -> Choice:
    fields = {variant: TimedNetwork(network.as_variant(variant), state) for variant in Variant}
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

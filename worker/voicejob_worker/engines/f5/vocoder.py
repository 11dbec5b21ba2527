"""The vocoder vocos: from a log-mel spectrogram to audio, offline."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
import yaml
from torch import Tensor

from voicejob_worker.device.residence import move
from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.constants import HOP, MEL_DIM, N_FFT
from voicejob_worker.engines.f5.vocos_network import VocosNetwork, VocosSizes
from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.reference.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CONFIG: Final = "config.yaml"
_WEIGHTS: Final = "pytorch_model.bin"
_HUB_NAME: Final = "models--charactr--vocos-mel-24khz"
_SUPPORTED: Final = {
    ("feature_extractor", "class_path"): "vocos.feature_extractors.MelSpectrogramFeatures",
    ("feature_extractor", "sample_rate"): SAMPLE_RATE,
    ("feature_extractor", "n_fft"): N_FFT,
    ("feature_extractor", "hop_length"): HOP,
    ("feature_extractor", "n_mels"): MEL_DIM,
    ("backbone", "class_path"): "vocos.models.VocosBackbone",
    ("backbone", "input_channels"): MEL_DIM,
    ("backbone", "adanorm_num_embeddings"): None,
    ("head", "class_path"): "vocos.heads.ISTFTHead",
    ("head", "n_fft"): N_FFT,
    ("head", "hop_length"): HOP,
    ("head", "padding"): "center",
}
_UNUSED: Final = "feature_extractor."
"""Prefix of the weights that make mel spectrograms, which a vocoder does not."""
_MAX_BATCH_FRAMES: Final = 16_384
"""Frames of a batch, padding included: 175 s of audio, which take 0.3 GiB of working memory with
the published network."""


class Vocoder:
    """A vocoder in memory, in single precision."""

    def __init__(self, network: VocosNetwork) -> None:
        self._network = network

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._network.head.istft.window.device

    def move(self, device: torch.device) -> None:
        """Have it compute there from now on; nothing is read again."""
        move(self._network, device)

    @torch.inference_mode()
    def decode_each(self, mels: Sequence[Tensor]) -> list[Tensor]:
        """Audio of spectrograms of any lengths and from any device, each as if it were alone.

        Args:
            mels: Log-mel, each of shape ``(frames, 100)``.

        Returns:
            Samples at 24 kHz on the host in the order of ``mels``, each of shape
            ``((frames - 1) * 256,)``; none for fewer than 2 frames.
        """
        audio = [torch.zeros(0) for _ in mels]
        for batch in _batches([len(mel) for mel in mels]):
            rows = [to_device(mels[index].float(), self.device) for index in batch]
            padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
            # One copy back for the whole batch: each makes the host wait for the GPU.
            spoken = self._network(padded.mT, [len(row) for row in rows]).cpu()
            for index, row, samples in zip(batch, rows, spoken, strict=True):
                audio[index] = samples[: (len(row) - 1) * HOP]
        return audio


def load_vocoder(directory: Path, device: torch.device | str) -> Vocoder:
    """Read ``config.yaml`` and ``pytorch_model.bin`` of ``directory``, as vocos publishes them.

    Raises:
        ModelUnusableError: a file is missing or damaged, or it is another kind of vocoder.
    """
    _check_config(directory / _CONFIG)
    path = directory / _WEIGHTS
    state = {
        name: weights
        for name, weights in read_tensors(path).items()
        if isinstance(weights, Tensor) and not name.startswith(_UNUSED)
    }
    with torch.device("meta"):
        network = VocosNetwork(_sizes(state))
    _check_state(path, state, network.state_dict())
    network.load_state_dict({name: weights.float() for name, weights in state.items()}, assign=True)
    return Vocoder(network.requires_grad_(requires_grad=False).to(device).eval())


def find_vocoder(candidates: Sequence[Path]) -> Path:
    """The first directory that has a vocoder's two files.

    Args:
        candidates: Directories, or Hugging Face caches with the published vocoder in them. The
            cache that the environment names is looked at last.

    Raises:
        ModelUnusableError: none has both files; the places are named.
    """
    places = [*candidates, hugging_face_cache()]
    for place in places:
        if found := _vocoder_at(place):
            return found
    looked = "; ".join(f"{place} ({_what_is_there(place)})" for place in places)
    raise ModelUnusableError(
        f"no vocoder found: looked for {_CONFIG} and {_WEIGHTS} of charactr/vocos-mel-24khz in "
        f"{looked}. Put both into a directory vocos beside the checkpoint"
    )


def named_vocoder(place: Path) -> Path:
    """The directory with a vocoder's two files at ``place``, as ``find_vocoder``, and nowhere else.

    Raises:
        ModelUnusableError: it has not both files.
    """
    if found := _vocoder_at(place):
        return found
    raise ModelUnusableError(
        f"{place} holds no vocoder ({_what_is_there(place)}): expected {_CONFIG} and {_WEIGHTS} of "
        "charactr/vocos-mel-24khz in it"
    )


def hugging_face_cache() -> Path:
    """The folder in which huggingface_hub keeps what it has downloaded."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache)
    if home := os.environ.get("HF_HOME"):
        return Path(home) / "hub"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "huggingface" / "hub"


def _vocoder_at(place: Path) -> Path | None:
    return next((one for one in (place, *_snapshots(place)) if not _missing(one)), None)


def _snapshots(cache: Path) -> list[Path]:
    """The published vocoder's versions in a cache, the one that is called main first."""
    model = cache / _HUB_NAME
    ref = model / "refs" / "main"
    main = ref.read_text().strip() if ref.is_file() else ""
    return sorted((model / "snapshots").glob("*"), key=lambda path: (path.name != main, path.name))


def _missing(directory: Path) -> list[str]:
    return [name for name in (_CONFIG, _WEIGHTS) if not (directory / name).is_file()]


def _what_is_there(place: Path) -> str:
    if not place.is_dir():
        return "no such directory"
    if len(missing := _missing(place)) == 1:
        return f"{missing[0]} is missing"
    return "neither is there"


def _check_config(path: Path) -> None:
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ModelUnusableError(
            f"{path} cannot be parsed as YAML ({type(error).__name__}): expected vocos's "
            "config.yaml"
        ) from error
    for (part, field), wanted in _SUPPORTED.items():
        found = _field(config, part, field)
        if found != wanted:
            raise ModelUnusableError(
                f"{path} says {found!r} for {part}.{field}: expected {wanted!r}, as "
                "charactr/vocos-mel-24khz has it"
            )


def _field(config: Any, part: str, field: str) -> Any:
    section = config.get(part) if isinstance(config, dict) else None
    if not isinstance(section, dict):
        return None
    arguments = section.get("init_args")
    return section.get(field, arguments.get(field) if isinstance(arguments, dict) else None)


def _sizes(state: Mapping[str, Tensor]) -> VocosSizes:
    """Sizes by the shapes; where the tensors are missing, some that show it."""
    layers = [re.match(r"backbone\.convnext\.(\d{1,3})\.", name) for name in state]
    widening = state.get("backbone.convnext.0.pwconv1.weight")
    intermediate, dim = widening.shape if widening is not None and widening.ndim == 2 else (1, 1)
    return VocosSizes(dim, intermediate, 1 + max((int(m[1]) for m in layers if m), default=0))


def _check_state(path: Path, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    faults = [
        *(f"{name} is missing" for name in wanted if name not in state),
        *(f"{name} is unexpected" for name in state if name not in wanted),
        *(
            f"{name} has shape {list(state[name].shape)} instead of {list(tensor.shape)}"
            for name, tensor in wanted.items()
            if name in state and state[name].shape != tensor.shape
        ),
    ]
    if faults:
        more = f" and {len(faults) - 8} more faults" if len(faults) > 8 else ""
        raise ModelUnusableError(
            f"{path} is not the vocoder that was expected: {'; '.join(faults[:8])}{more}"
        )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of what is decoded together: neighbours in length, so that little is padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if lengths[index] < 2:
            continue
        if batch and (len(batch) + 1) * lengths[batch[0]] > _MAX_BATCH_FRAMES:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch

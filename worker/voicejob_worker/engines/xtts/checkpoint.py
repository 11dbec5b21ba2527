"""Checkpoints of XTTS, read without running any of what is in them.

Upstream's own loader is not used: where a file holds Python objects, as the published one does, it
rewrites the file in place, and the volume of a model is read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from voicejob_worker.engines.f5.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIGURATION_CLASSES: Final = (
    "TTS.tts.configs.xtts_config.XttsConfig",
    "TTS.tts.configs.xtts_config.XttsArgs",
    "TTS.tts.configs.xtts_config.XttsAudioConfig",
    "TTS.tts.models.xtts.XttsArgs",
    "TTS.tts.models.xtts.XttsAudioConfig",
    "TTS.config.shared_configs.BaseDatasetConfig",
)
"""What the published model.pth holds beside its weights, by the names of then and now."""
_TRAINING_ONLY: Final = (
    "torch_mel_spectrogram_style_encoder.",
    "torch_mel_spectrogram_dvae.",
    "dvae.",
)
_SHARED: Final = ("gpt.gpt_inference.", "gpt.gpt.wte.")
"""Names that a saved model has for what it holds under others."""
_TRAINER_PREFIX: Final = "xtts."


class _Unread:
    """Takes the place of a configuration's class: keeps nothing and does nothing."""

    def __setstate__(self, state: object) -> None:
        pass


def read_checkpoint(path: Path, device: torch.device) -> dict[str, Tensor]:
    """The weights by upstream's names, in single precision, copied to ``device``.

    Raises:
        ModelUnusableError: it cannot be read (see ``tensorfiles.read_tensors``), or holds no model.
    """
    stand_ins: list[Any] = [(_Unread, name) for name in _CONFIGURATION_CLASSES]
    with torch.serialization.safe_globals(stand_ins):
        content = read_tensors(path)
    model = content.get("model")
    if not isinstance(model, Mapping):
        found = ", ".join(sorted(map(str, content))[:8]) or "nothing"
        raise ModelUnusableError(
            f"{path.name} holds {found}: expected the weights under the name model, as XTTS v2's "
            "model.pth has them"
        )
    state = dict(_weights(model, device))
    if not state:
        raise ModelUnusableError(f"{path.name} holds no weights: expected XTTS v2's")
    return state


def _weights(model: Mapping[str, Any], device: torch.device) -> Iterator[tuple[str, Tensor]]:
    for given, value in model.items():
        name = str(given).removeprefix(_TRAINER_PREFIX)
        if isinstance(value, Tensor) and not name.startswith((*_TRAINING_ONLY, *_SHARED)):
            dtype = torch.float32 if value.is_floating_point() else value.dtype
            # Copied, for a file that is mapped into memory may change or go.
            yield name, value.to(device, dtype, copy=True)

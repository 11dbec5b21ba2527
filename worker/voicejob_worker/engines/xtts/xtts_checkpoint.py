"""Checkpoints of XTTS, read without running any of what is in them.

Upstream's own loader is not used: where a file holds Python objects, as the published one does, it
rewrites the file in place, and the volume of a model is read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_UNREAD_CLASSES: Final = (
    "TTS.tts.configs.xtts_config.XttsConfig",
    "TTS.tts.configs.xtts_config.XttsArgs",
    "TTS.tts.configs.xtts_config.XttsAudioConfig",
    "TTS.tts.models.xtts.XttsArgs",
    "TTS.tts.models.xtts.XttsAudioConfig",
    "TTS.config.shared_configs.BaseDatasetConfig",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
)
"""What the published model.pth holds beside its weights, by the names of then and now, and the
losses that a trainer adds."""
_TRAINING_ONLY: Final = (
    "torch_mel_spectrogram_style_encoder.",
    "torch_mel_spectrogram_dvae.",
    "dvae.",
)
_SHARED: Final = ("gpt.gpt_inference.", "gpt.gpt.wte.")
"""Names that a saved model has for what it holds under others."""
_PREFIXES: Final = ("module.", "xtts.")
"""Prefixes of training on several GPUs, and of upstream's trainer, in their order."""
_HOLDERS: Final = ("model", "state_dict")
"""Names under which programs save the weights."""
_NETWORK: Final = ("gpt.", "hifigan_decoder.", "mel_stats")
_NAMED: Final = 3
_ADVICE: Final = (
    "save its weights alone, in Python: torch.save({'model': torch.load('model.pth', "
    "weights_only=False)['model']}, 'new.pth'), where you trust the file"
)


class _Unread:
    """Takes the place of a class that is none of a tensor's: keeps nothing and does nothing."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read_checkpoint(
    path: Path, device: torch.device, note: Callable[[str], None] = lambda _: None
) -> dict[str, Tensor]:
    """The weights by upstream's names, in single precision, copied to ``device``.

    ``note`` is told of tensors that no part of the network is made of.

    Raises:
        ModelUnusableError: it cannot be read (see ``tensorfiles.read_tensors``), or holds no model.
    """
    stand_ins: list[Any] = [(_Unread, name) for name in _UNREAD_CLASSES]
    with torch.serialization.safe_globals(stand_ins):
        content = read_tensors(path, advice=_ADVICE)
    tensors = {
        _plain(name): value for name, value in _model(content).items() if isinstance(value, Tensor)
    }
    state = dict(_weights(tensors, device))
    if not state:
        found = ", ".join(sorted(map(str, content))[:8]) or "nothing"
        raise ModelUnusableError(
            f"{path.name} holds {found}, and no weights of XTTS v2: expected them under the name "
            "model or state_dict or at the top, with names such as gpt.final_norm.weight"
        )
    other = [name for name in tensors if not name.startswith((*_NETWORK, *_TRAINING_ONLY))]
    if other:
        more = f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        note(
            f"{path.name} holds {', '.join(other[:_NAMED])}{more}, which XTTS v2 does not have: "
            "not used"
        )
    return state


def _model(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of the content that holds the weights."""
    held = (content[name] for name in _HOLDERS if isinstance(content.get(name), Mapping))
    return next(held, content)


def _plain(name: object) -> str:
    """Upstream's name of a tensor."""
    plain = str(name)
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain


def _weights(tensors: Mapping[str, Tensor], device: torch.device) -> Iterator[tuple[str, Tensor]]:
    for name, value in tensors.items():
        if name.startswith(_NETWORK) and not name.startswith(_SHARED):
            dtype = torch.float32 if value.is_floating_point() else value.dtype
            # Copied, for a file that is mapped into memory may change or go.
            yield name, value.to(device, dtype, copy=True)

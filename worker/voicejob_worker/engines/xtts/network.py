"""Brings the network of coqui-tts into memory, with a checkpoint's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.overrides import TorchFunctionMode
from TTS.tts.configs.xtts_config import XttsConfig  # type: ignore[import-untyped]
from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer  # type: ignore[import-untyped]
from TTS.tts.models.xtts import Xtts  # type: ignore[import-untyped]

from voicejob_worker.device.residence import move
from voicejob_worker.engines.shared.randomness import SeededDraws
from voicejob_worker.engines.xtts.modelfiles import read_configuration
from voicejob_worker.engines.xtts.xtts_checkpoint import read_checkpoint
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from voicejob_worker.engines.xtts.modelfiles import XttsFiles

_NAMED: Final = 3
_CONSTANTS: Final = ("mel_stats",)
"""Upstream has a usable value of its own for these."""


class _Unmade(TorchFunctionMode):
    """Makes parameters without memory: a checkpoint's take their place.

    At full size that saves drawing 470 million random numbers, and 1.9 GB.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func is torch.empty:
            given["device"] = "meta"
        return func(*args, **given)


class _Once(Xtts):  # type: ignore[misc]
    """An ``Xtts`` whose parts are not made before its tokenizer is there, only to be made again."""

    def init_models(self) -> None:
        """Make the parts, for the tokenizer's tokens."""
        if self.tokenizer.tokenizer is not None:
            super().init_models()


def load_network(
    files: XttsFiles, device: torch.device, note: Callable[[str], None] = lambda _: None
) -> Any:
    """An ``Xtts`` that is ready to speak, on ``device``, in single precision.

    ``note`` is told of what the checkpoint holds for nothing.

    Raises:
        ModelUnusableError: a file cannot be read, or the files are not of one model.
    """
    state = read_checkpoint(files.checkpoint, device, note)
    with SeededDraws():  # of first weights: torch's own generators are left alone
        network = _unmade_network(files)
        _fill(network, state, files.checkpoint)
        _merge_weight_norms(network.hifigan_decoder)
        network.requires_grad_(requires_grad=False)
        network.hifigan_decoder.eval()
        network.gpt.init_gpt_for_inference(kv_cache=network.args.kv_cache)
        network.gpt.eval()
        move(network, device)
        return network


def _unmade_network(files: XttsFiles) -> Any:
    """Make the network as upstream's ``load_checkpoint`` does, up to the weights."""
    config = _configuration(files)
    try:
        with _Unmade():
            network: Any = _Once(config)
            network.tokenizer = VoiceBpeTokenizer(vocab_file=_vocabulary(files.vocabulary))
            network.init_models()
    except ModelUnusableError:
        raise
    except Exception as error:  # whatever a layer raises on sizes that do not go together
        raise ModelUnusableError(
            f"no network can be made of {files.configuration.name} and {files.vocabulary.name} "
            f"({type(error).__name__}): take those that the model was published with"
        ) from error
    return network


def _configuration(files: XttsFiles) -> Any:
    content = read_configuration(files)
    config: Any = XttsConfig()
    try:
        config.from_dict(content)
        config.check_values()
    except Exception as error:  # Coqpit raises what the first misfit leads to
        raise ModelUnusableError(
            f"{files.configuration.name} is no configuration of XTTS ({type(error).__name__}): "
            "take the one that the model was published with"
        ) from error
    return config


def _vocabulary(path: Path) -> Path:
    """The path, once what is there is known to be a vocabulary."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelUnusableError(
            f"{path.name} cannot be read as a vocabulary of the library tokenizers: take the one "
            "that the model was published with"
        ) from error
    missing = [
        name
        for name in ("[STOP]", "[START]", "[SPACE]", "[UNK]")
        if name not in tokenizer.get_vocab()
    ]
    if missing:
        raise ModelUnusableError(
            f"{path.name} has no {' and no '.join(missing)}: it is no vocabulary of XTTS v2"
        )
    return path


def _fill(network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    try:
        missing, unexpected = network.load_state_dict(state, strict=False, assign=True)
    except RuntimeError as error:
        misfits = [line.strip() for line in str(error).splitlines() if "size mismatch" in line]
        raise ModelUnusableError(
            f"{path.name} is not of the same model as its config.json and vocab.json: "
            f"{_listed(misfits)}"
        ) from error
    broken = [
        name
        for name, weights in network.state_dict().items()
        if weights.is_floating_point() and not weights.is_meta and not weights.sum().isfinite()
    ]
    if broken:
        raise ModelUnusableError(
            f"{path.name} holds weights that are no numbers ({_listed(broken)}): it is damaged, or "
            "its training failed"
        )
    missing = [name for name in missing if name not in _CONSTANTS]
    if missing or unexpected:
        found = [f"it has no {_listed(missing)}"] if missing else []
        found += [f"it has {_listed(unexpected)}, which XTTS v2 has not"] if unexpected else []
        raise ModelUnusableError(
            f"{path.name} is no checkpoint of XTTS v2 with its config.json: {'; '.join(found)}"
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _merge_weight_norms(module: nn.Module) -> None:
    """Work weights out of directions and lengths once, and not each time; they stay the same."""
    for part in list(module.modules()):
        if parametrize.is_parametrized(part, "weight"):
            parametrize.remove_parametrizations(part, "weight")
            merged: Any = part.weight
            part.weight = nn.Parameter(merged.detach())

"""Tells what a model is from its files, without running any of it and without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.device.capability import HALF_PRECISION, Capability
from voicejob_worker.device.flavours import (
    Flavour,
    current_flavour,
    flavour_for,
    oldest_flavour_for,
)
from voicejob_worker.device.needs import CONTEXT_MIB, F5_TTS, RVC, SMALL, XTTS, NetworkNeeds
from voicejob_worker.device.versions import parse_version
from voicejob_worker.digests import sha256_of
from voicejob_worker.engines.piper_files import find_voice, language_of
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor

    from voicejob_api.status import GPUInfo

_CHECKPOINTS: Final = (".safetensors", ".pt", ".pth")
_PIPER_MIB: Final = 600
"""Memory of a voice at the longest sentence, measured: see ``engines.piper``."""
_OFF_DEVICE: Final = ("attn_norm.linear.", "norm_out.linear.", "time_embed.")
"""Weights of F5-TTS that never reach the device: the modulation is worked out from the file, on the
CPU (``engines.f5.modulation``)."""
_VARIANT: Final = (
    "v0 or v1: their files look alike. The worker finds out by trying both on the voice reference, "
    "unless spec.model.variant says it"
)


@dataclass(frozen=True)
class Memory:
    """What a model needs, in MiB."""

    fp16: int
    fp32: int
    halves: bool
    """Whether the engine computes in half precision on a GPU that is fast at it."""
    on_gpu: bool = True
    """False if the engine never uses one: the figures are of the computer's own memory."""


@dataclass(frozen=True)
class Inspection:
    """What a model is."""

    kind: str
    facts: tuple[tuple[str, str], ...]
    """Name and value, in the order in which they are worth reading."""
    memory: Memory
    main: Path
    """The file whose SHA-256 a VoiceJob states."""


def inspect_model(path: Path) -> Inspection:
    """What the file or folder at ``path`` is.

    Raises:
        ModelUnusableError: it is none of the models that the worker knows, or is damaged.
    """
    if not path.exists():
        raise ModelUnusableError(f"{path} does not exist: expected a model's file or folder")
    if not (path.is_file() or path.is_dir()):  # a pipe would be waited for, for ever
        raise ModelUnusableError(f"{path} is neither a file nor a folder: expected a model's")
    look = _of_folder(path) if path.is_dir() else _of_file(path)
    return look()


def verdict(memory: Memory, gpu: GPUInfo | None) -> str:
    """Whether this machine's GPU can run it, and why (not)."""
    if not memory.on_gpu:
        return "not needed: this engine computes on the CPU"
    if gpu is None:
        return "no GPU here that NVML tells of: voicejob-worker doctor says more"
    return _verdict_on(gpu, memory)


def _verdict_on(gpu: GPUInfo, memory: Memory) -> str:
    """Judge a GPU by its code, memory and driver, in this order: a driver can be updated."""
    total = gpu.memory_mib
    # Of GB10 and Jetson NVML tells no memory, and CUDA is not brought up for this.
    size = "the CPU's memory" if total is None else f"{total:,} MiB"
    about = f"{gpu.name}, {size}, compute capability {gpu.compute_capability}"
    capability = parse_version(gpu.compute_capability)
    modest = oldest_flavour_for(capability)
    if modest is None:
        return f"no: {about}; no flavour of the image has code for it"
    halves = memory.halves and capability >= HALF_PRECISION
    needed, precision = (memory.fp16, "fp16") if halves else (memory.fp32, "fp32")
    least = f"about {needed:,} MiB are needed at {precision} at the least"
    if total is not None and needed > total:
        return f"no: {about}; {least}"
    fits = _flavour_here(capability, gpu.driver)
    if fits is None:
        return f"no: {about}; update the node's driver: {_driver_of(modest, gpu)}"
    if current_flavour() not in (None, fits):
        return f"not here: {about}; use the image's {_driver_of(fits, gpu)}"
    return f"yes, at {precision}: {about}; {least}; image's flavour {fits.name}"


def _flavour_here(capability: Capability, driver: str) -> Flavour | None:
    """This image's own flavour if it is for the card and the driver, else the newest that is."""
    own = current_flavour()
    if own is not None and own.supports(capability) and own.works_with(driver):
        return own
    return flavour_for(capability, driver)


def _driver_of(flavour: Flavour, gpu: GPUInfo) -> str:
    needed = f"driver {flavour.minimum_driver} or later, here is {gpu.driver}"
    return f"flavour {flavour.name} ({needed})"


def lines_of(found: Inspection, *, with_sha256: bool) -> list[tuple[str, str]]:
    """All that is to be told, as names and values."""
    from voicejob_worker.device.nvml import first_device

    memory, digest = found.memory, sha256_of(found.main) if with_sha256 else ""
    known = _known_variant(digest) if digest else ""
    facts = dict(found.facts) | ({"variant": known} if known else {})
    where = "of a GPU" if memory.on_gpu else "of the computer's own"
    return [
        ("kind", found.kind),
        *facts.items(),
        (
            "memory",
            f"from about {memory.fp32:,} MiB {where} at fp32, from {memory.fp16:,} MiB at fp16",
        ),
        ("", f"(estimates, of one utterance at a time; {_precisions_of(memory)})"),
        ("this GPU", verdict(memory, first_device() if memory.on_gpu else None)),
        *([("sha256", digest)] if digest else []),
    ]


def _precisions_of(memory: Memory) -> str:
    if memory.halves:
        return "fp16 on GPUs of compute capability 7.0 or later, else fp32"
    return "the engine computes in fp32"


def _known_variant(digest: str) -> str:
    """The variant of a checkpoint that the worker's own catalogue knows by its digest."""
    from voicejob_worker.models.catalogue import own_catalogue

    entries = own_catalogue().entries
    entry = next((one for one in entries if one.sha256 == digest and one.variant), None)
    return f"{entry.variant.value} ({entry.name})" if entry and entry.variant else ""


def _of_folder(folder: Path) -> Callable[[], Inspection]:
    names = {path.name for path in folder.iterdir()}
    if {"model.pth", "config.json"} <= names:
        return lambda: _xtts(folder)
    if "config.yaml" in names and "pytorch_model.bin" in names:
        return lambda: _vocos(folder)
    if "config.json" in names and names & {"model.safetensors", "pytorch_model.bin"}:
        return lambda: _hubert(folder)
    if any(name.endswith(".onnx") for name in names):
        return lambda: _piper(find_voice(folder))
    from voicejob_worker.engines.f5.modelfiles import find_model

    return _of_file(find_model(folder).checkpoint)


def _of_file(path: Path) -> Callable[[], Inspection]:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return lambda: _piper(path)
    if suffix == ".bin" and (path.parent / "config.yaml").is_file():
        return lambda: _vocos(path.parent)
    if suffix not in _CHECKPOINTS:
        raise ModelUnusableError(
            f"{path.name} is no model that the worker knows by its name: expected a file with the "
            f"ending {', '.join((*_CHECKPOINTS, '.onnx'))}, or a folder of XTTS, Vocos or HuBERT"
        )
    if path.name == "model.pth" and (path.parent / "config.json").is_file():
        return lambda: _xtts(path.parent)
    return lambda: _checkpoint(path)


def _checkpoint(path: Path) -> Inspection:
    """One file of tensors: F5-TTS, RVC or RMVPE, by what it holds."""
    _need_torch()
    from voicejob_worker.engines.shared.tensorfiles import read_tensors

    content = read_tensors(path)
    if "weight" in content and "config" in content:
        return _rvc(path)
    if any(str(name).startswith("unet.") for name in content):
        return _weights("RMVPE (finds the pitch for RVC)", path, _tensors(content))
    return _f5(path)


def _f5(path: Path) -> Inspection:
    from voicejob_worker.engines.f5.architecture import check_keys, infer_architecture
    from voicejob_worker.engines.f5.f5_checkpoint import load_checkpoint
    from voicejob_worker.engines.f5.modelfiles import find_model

    checkpoint = load_checkpoint(path)
    a = infer_architecture(checkpoint.state, checkpoint.rotary)
    check_keys(checkpoint.state, a)
    files = find_model(path)
    size = _parameters(checkpoint.state.values())
    untold = "" if a.is_dim_head_told else ", which no rotary table confirms"
    facts = (
        ("variant", _VARIANT),
        ("parameters", _millions(size)),
        (
            "architecture",
            f"DiT, {a.depth} blocks of {a.dim} ({a.heads} heads of {a.dim_head}{untold}, "
            f"feed-forward x{a.ff_mult}{', QK norm' if a.qk_norm else ''}), text of {a.text_dim} "
            f"through {a.conv_layers} ConvNeXt blocks",
        ),
        ("characters", f"{a.vocabulary:,}"),
        ("stored as", _precisions(checkpoint.state.values())),
        ("vocab.txt", "beside it" if files.vocabulary else "not beside it: the package's is used"),
        ("vocos", "beside it" if files.vocoder else "not beside it: the catalogue's is used"),
    )
    placed = _parameters(
        weights
        for name, weights in checkpoint.state.items()
        if not any(part in name for part in _OFF_DEVICE)
    )
    return Inspection("F5-TTS checkpoint", facts, _memory(placed, F5_TTS, halves=True), path)


def _xtts(folder: Path) -> Inspection:
    _need_torch()
    import torch

    from voicejob_worker.engines.xtts.modelfiles import (
        find_model,
        languages_of,
        read_configuration,
    )
    from voicejob_worker.engines.xtts.xtts_checkpoint import read_checkpoint

    files = find_model(folder)
    arguments: Mapping[str, Any] = read_configuration(files)["model_args"]
    state = read_checkpoint(files.checkpoint, torch.device("meta"))
    size = _parameters(state.values())
    facts = (
        ("parameters", _millions(size)),
        (
            "architecture",
            f"GPT of {arguments.get('gpt_layers')} layers of "
            f"{arguments.get('gpt_n_model_channels')} ({arguments.get('gpt_n_heads')} heads), then "
            "a HiFi-GAN decoder",
        ),
        ("languages", ", ".join(languages_of(files))),
        ("speakers", "speakers_xtts.pth" if files.speakers else "none of its own"),
        ("licence", "CPML unless somebody else trained it: accept it with spec.acceptLicences"),
    )
    return Inspection("XTTS v2 folder", facts, _memory(size, XTTS), files.checkpoint)


def _rvc(path: Path) -> Inspection:
    from voicejob_worker.conversion.rvc_checkpoint import load_checkpoint

    checkpoint = load_checkpoint(path)
    size = _parameters(checkpoint.weights.values())
    facts = (
        ("version", f"{checkpoint.version.value}, {checkpoint.version.feature_size} features"),
        ("parameters", _millions(size)),
        ("sample rate", f"{checkpoint.sample_rate:,} Hz"),
        ("pitch", "is told its pitch (f0)" if checkpoint.has_pitch else "is not told its pitch"),
        ("stored as", _precisions(checkpoint.weights.values())),
    )
    return Inspection("RVC model", facts, _memory(size, RVC), path)


def _vocos(folder: Path) -> Inspection:
    _need_torch()
    from voicejob_worker.engines.shared.tensorfiles import read_tensors

    path = folder / "pytorch_model.bin"
    return _weights("Vocos (F5-TTS's vocoder)", path, _tensors(read_tensors(path)))


def _hubert(folder: Path) -> Inspection:
    _need_torch()
    from voicejob_worker.engines.shared.tensorfiles import read_tensors

    config = _json(folder / "config.json")
    if config.get("model_type") != "hubert":
        raise ModelUnusableError(
            f"{folder} holds a model of the type {config.get('model_type')}: expected hubert, or a "
            "folder of XTTS or Vocos"
        )
    path = next(
        folder / name
        for name in ("model.safetensors", "pytorch_model.bin")
        if (folder / name).is_file()
    )
    return _weights("HuBERT (features for RVC)", path, _tensors(read_tensors(path)))


def _piper(path: Path) -> Inspection:
    from voicejob_worker.engines.noise_inputs import parameters_of, with_noise_inputs
    from voicejob_worker.engines.piper_configuration import check_configuration

    config = _json(path.with_name(f"{path.name}.json"))
    check_configuration(config, f"{path.name}.json")
    model = path.read_bytes()
    channels = with_noise_inputs(model).channels
    size = parameters_of(model)
    audio = config.get("audio", {})
    facts = (
        ("language", language_of(config) or "not told"),
        ("parameters", _millions(size)),
        ("architecture", f"VITS{f', {channels} channels' if channels else ''}"),
        ("sample rate", f"{audio.get('sample_rate')} Hz"),
        ("quality", str(audio.get("quality", "not told"))),
        ("phonemes", str(config.get("phoneme_type", "espeak"))),
        ("speakers", f"{config.get('num_speakers')}, of which the first speaks"),
    )
    memory = Memory(
        2 * size // MIB + _PIPER_MIB, 4 * size // MIB + _PIPER_MIB, halves=False, on_gpu=False
    )
    return Inspection("Piper voice", facts, memory, path)


def _weights(kind: str, path: Path, tensors: list[Tensor]) -> Inspection:
    size = _parameters(tensors)
    facts = (("parameters", _millions(size)), ("stored as", _precisions(tensors)))
    return Inspection(kind, facts, _memory(size, SMALL), path)


def _memory(parameters: int, needs: NetworkNeeds, *, halves: bool = False) -> Memory:
    """The least: weights, what passes through them for one utterance, and CUDA itself.

    F5-TTS' vocoder computes in single precision always.
    """
    working, fixed = needs.activations_mib, CONTEXT_MIB + needs.vocoder_mib
    return Memory(
        2 * parameters // MIB + working // 2 + fixed,
        4 * parameters // MIB + working + fixed,
        halves,
    )


def _parameters(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors if tensor.is_floating_point())


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f} million"


def _precisions(tensors: Iterable[Tensor]) -> str:
    names = {str(one.dtype).removeprefix("torch.") for one in tensors if one.is_floating_point()}
    return ", ".join(sorted(names))


def _tensors(content: Mapping[str, Any]) -> list[Tensor]:
    import torch

    return [value for value in content.values() if isinstance(value, torch.Tensor)]


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelUnusableError(
            f"cannot read {path.name}, which belongs to the model: {error.strerror}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelUnusableError(
            f"{path.name}, which belongs to the model, is not JSON: fetch it again"
        ) from error
    if not isinstance(content, dict):
        raise ModelUnusableError(f"{path.name} holds no JSON object")
    return content


def _need_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ModelUnusableError(
            "this model's files are read with torch, which is not installed here: use the image's "
            "flavour gpu, or pip install 'voicejob[f5tts]'"
        )

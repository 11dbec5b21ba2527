"""Engines by name. An engine's module is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_api.synthesis import Engine as EngineName
from voicejob_api.synthesis import Synthesis
from voicejob_api.voice import Model
from voicejob_worker.device.request import ANY_DEVICE, DeviceRequest
from voicejob_worker.engines.protocol import Engine, SynthesisParams
from voicejob_worker.engines.shared.voice_source import VoiceSource
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from voicejob_worker.reference.reference import Reference


@dataclass(frozen=True)
class EngineConfig:
    """What an engine is made with: model, voice, device and limits."""

    threads: int
    model_spec: Model | None = None
    """What the VoiceJob says of the model."""
    model: Path | None = None
    """Path of the checkpoint: a file or a folder."""
    vocoder: Path | None = None
    reference: Reference | None = None
    device: DeviceRequest = ANY_DEVICE
    """What to compute on, and what to do where that cannot be."""
    speed: float = 1.0
    """What the job will be spoken with: the length of a chunk may depend on it."""
    language: str = "en-US"
    """BCP 47 tag of the text."""
    speaker: str | None = None
    """Name of one of the speakers that the model brings."""
    voices: Mapping[str, VoiceSource] = field(default_factory=dict)
    """Further voices of the same model, by the name in ``Utterance.voice``."""
    licences: frozenset[str] = frozenset()
    """Licences of models that were accepted."""
    cached_texts_mib: int = 64
    """Memory for the embeddings of texts that may come again (f5-tts)."""
    cache_dir: Path | None = None
    """Folder in which an engine keeps what it computes from a voice; None to keep nothing."""
    references_dir: Path | None = None
    """Folder in which it keeps what a recording could be restored from; None to keep nothing."""


def make_engine(name: EngineName, config: EngineConfig) -> Engine:
    """Make the engine ``name``, not yet loaded.

    Raises:
        ModelUnusableError: it cannot be made without a checkpoint or a reference.
    """
    return _MAKERS[name](config)


def _piper(config: EngineConfig) -> Engine:
    from voicejob_worker.engines.piper import PiperEngine

    return PiperEngine(
        threads=config.threads,
        voice=config.model,
        device_message=config.device.message,
        speakers={"": config.speaker, **{name: one.speaker for name, one in config.voices.items()}},
    )


def _f5(config: EngineConfig) -> Engine:
    from voicejob_worker.engines.f5.architecture import Variant
    from voicejob_worker.engines.f5.engine import F5Engine

    if config.model is None or config.reference is None:
        lacking = "f5-tts needs a checkpoint (spec.model) and a voice (spec.voice)"
        raise ModelUnusableError(lacking).naming("spec.model", "spec.voice")
    model_spec = config.model_spec
    return F5Engine(
        threads=config.threads,
        model=config.model,
        reference=config.reference,
        voices={name: one.reference for name, one in config.voices.items() if one.reference},
        variant=Variant(model_spec.variant.value) if model_spec and model_spec.variant else None,
        sha256=model_spec.sha256 if model_spec else None,
        vocoder=config.vocoder,
        device=config.device,
        speed=config.speed,
        text_cache_bytes=config.cached_texts_mib << 20,
        cache_dir=config.references_dir,
    )


def _xtts(config: EngineConfig) -> Engine:
    from voicejob_worker.engines.xtts.engine import XttsEngine

    if config.model is None:
        lacking = "xtts needs a checkpoint: name its folder in spec.model.uri"
        raise ModelUnusableError(lacking).naming("spec.model.uri")
    return XttsEngine(
        threads=config.threads,
        model=config.model,
        language=config.language,
        reference=config.reference,
        speaker=config.speaker,
        voices=config.voices,
        sha256=config.model_spec.sha256 if config.model_spec else None,
        licences=config.licences,
        device=config.device,
        cache_dir=config.cache_dir,
    )


_MAKERS: Final[dict[EngineName, Callable[[EngineConfig], Engine]]] = {
    EngineName.PIPER: _piper,
    EngineName.F5_TTS: _f5,
    EngineName.XTTS: _xtts,
}

_NFE_STEPS: Final = {"draft": 7, "balanced": 16, "high": 32}


def synthesis_params(synthesis: Synthesis) -> SynthesisParams:
    """The manner that ``spec.synthesis`` asks for: the profile's, or what it says itself."""
    usual = SynthesisParams()
    cfg, sway = synthesis.cfg_strength, synthesis.sway_sampling_coef
    return SynthesisParams(
        seed=synthesis.seed,
        speed=synthesis.speed,
        nfe_steps=synthesis.nfe_steps or _NFE_STEPS[synthesis.profile or "balanced"],
        cfg_strength=usual.cfg_strength if cfg is None else cfg,
        sway_sampling_coef=usual.sway_sampling_coef if sway is None else sway,
        temperature=synthesis.temperature,
    )


def check_language(engine: Engine, language: str) -> None:
    """Refuse a language that the engine's model does not speak.

    Any variety of a spoken language is taken: an en-US voice speaks en-GB in its own accent.

    Raises:
        InvalidInputError: naming the language asked for and those spoken.
    """
    if engine.languages is None:
        return
    spoken = {primary_subtag(one) for one in engine.languages}
    if primary_subtag(language) not in spoken:
        raise InvalidInputError(
            f"spec.language is {language}, which the {engine.name} voice cannot speak: "
            f"it speaks {', '.join(engine.languages)}"
        ).naming("spec.language")

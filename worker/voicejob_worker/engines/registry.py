"""Engines by name. An engine's module is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_api.synthesis import Engine as EngineName
from voicejob_api.synthesis import Synthesis
from voicejob_api.voice import Model
from voicejob_worker.engines.protocol import Engine, Manner
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

if TYPE_CHECKING:
    from voicejob_worker.reference.reference import Reference


@dataclass(frozen=True)
class Means:
    """What an engine works with."""

    threads: int
    asked: Model | None = None
    """What the VoiceJob says of the model."""
    model: Path | None = None
    """Where its checkpoint is: a file or a folder."""
    vocoder: Path | None = None
    reference: Reference | None = None
    needs_gpu: bool = False
    """Whether the VoiceJob asks for one: to go on without would be slow unseen."""
    speed: float = 1.0
    """What the job will be spoken with: the length of a chunk may depend on it."""
    language: str = "en-US"
    """BCP 47 tag of the text."""
    speaker: str | None = None
    """One of the speakers that the model brings."""
    licences: frozenset[str] = frozenset()
    """Licences of models that were accepted."""
    cached_texts_mib: int = 64
    """Memory for the embeddings of texts that may come again (f5-tts)."""
    cache_dir: Path | None = None
    """Where an engine keeps what it works out of a voice; None to keep nothing."""
    references_dir: Path | None = None
    """Where it keeps what a recording could be heard from again; None to keep nothing."""


def make_engine(name: EngineName, means: Means) -> Engine:
    """Make the engine ``name``, not yet loaded.

    Raises:
        ModelUnusableError: it cannot be made without a checkpoint or a reference.
    """
    return _MAKERS[name](means)


def _piper(means: Means) -> Engine:
    from voicejob_worker.engines.piper import PiperEngine

    return PiperEngine(threads=means.threads, voice=means.model)


def _f5(means: Means) -> Engine:
    from voicejob_worker.engines.f5.architecture import Variant
    from voicejob_worker.engines.f5.engine import F5Engine

    if means.model is None or means.reference is None:
        raise ModelUnusableError("f5-tts needs a checkpoint (spec.model) and a voice (spec.voice)")
    asked = means.asked
    return F5Engine(
        threads=means.threads,
        model=means.model,
        reference=means.reference,
        variant=Variant(asked.variant.value) if asked and asked.variant else None,
        sha256=asked.sha256 if asked else None,
        vocoder=means.vocoder,
        device="cuda" if means.needs_gpu else "auto",
        speed=means.speed,
        text_cache_bytes=means.cached_texts_mib << 20,
        cache_dir=means.references_dir,
    )


def _xtts(means: Means) -> Engine:
    from voicejob_worker.engines.xtts.engine import XttsEngine

    if means.model is None:
        raise ModelUnusableError("xtts needs a checkpoint: name its folder in spec.model.uri")
    return XttsEngine(
        threads=means.threads,
        model=means.model,
        language=means.language,
        reference=means.reference,
        speaker=means.speaker,
        sha256=means.asked.sha256 if means.asked else None,
        licences=means.licences,
        device="cuda" if means.needs_gpu else "auto",
        cache_dir=means.cache_dir,
    )


_MAKERS: Final[dict[EngineName, Callable[[Means], Engine]]] = {
    EngineName.PIPER: _piper,
    EngineName.F5_TTS: _f5,
    EngineName.XTTS: _xtts,
}

_NFE_STEPS: Final = {"draft": 7, "balanced": 16, "high": 32}


def manner_of(synthesis: Synthesis) -> Manner:
    """The manner that ``spec.synthesis`` asks for: the profile's, or what it says itself."""
    usual = Manner()
    cfg, sway = synthesis.cfg_strength, synthesis.sway_sampling_coef
    return Manner(
        seed=synthesis.seed,
        speed=synthesis.speed,
        nfe_steps=synthesis.nfe_steps or _NFE_STEPS[synthesis.profile or "balanced"],
        cfg_strength=usual.cfg_strength if cfg is None else cfg,
        sway_sampling_coef=usual.sway_sampling_coef if sway is None else sway,
        temperature=synthesis.temperature,
    )


def check_language(engine: Engine, asked: str) -> None:
    """Refuse a language that the engine's model does not speak.

    Any variety of a spoken language is taken: an en-US voice speaks en-GB in its own accent.

    Raises:
        InvalidInputError: naming the language asked for and those spoken.
    """
    if engine.languages is None:
        return
    spoken = {primary_subtag(language) for language in engine.languages}
    if primary_subtag(asked) not in spoken:
        raise InvalidInputError(
            f"spec.language is {asked}, which the {engine.name} voice cannot speak: "
            f"it speaks {', '.join(engine.languages)}"
        )


def primary_subtag(language: str) -> str:
    """``pt`` of ``pt-BR``."""
    return language.split("-", maxsplit=1)[0].lower()

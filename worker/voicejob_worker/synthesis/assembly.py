"""Puts together what speaks a VoiceJob: its engine, and the recogniser that listens to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voicejob_worker.device.processors import usable_processors
from voicejob_worker.device.request import device_request
from voicejob_worker.engines.registry import EngineConfig, make_engine
from voicejob_worker.engines.shared.voice_source import VoiceSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.device.request import DeviceRequest
    from voicejob_worker.engines.protocol import Engine
    from voicejob_worker.inputs.inputs import Inputs
    from voicejob_worker.inputs.named_voices import NamedVoice
    from voicejob_worker.quality.recogniser import Recogniser
    from voicejob_worker.reference.reference import Reference
    from voicejob_worker.settings import Settings


def assemble_engine(
    spec: VoiceJobSpec,
    settings: Settings,
    inputs: Inputs,
    reference: Reference | None,
    device: DeviceRequest | None = None,
    *,
    voices: Mapping[NamedVoice, VoiceSource] | None = None,
) -> Engine:
    """The engine that the spec asks for, not yet loaded.

    Args:
        spec: What is asked for; its text is not looked at.
        settings: The worker's.
        inputs: What the spec brings.
        reference: The voice to clone, as ``inputs`` found it.
        device: What ``preflight`` made of the request; None to have it checked here.
        voices: Those of ``spec.voices``, and whose they are.

    Raises:
        NoUsableDeviceError: a GPU was asked for and cannot be used.
        ModelUnusableError: the checkpoint is missing, or the engine cannot be made of what is here.
    """
    if device is None:
        from voicejob_worker.device.preflight import preflight

        device = preflight(device_request(spec, settings))
    named = voices or {}
    config = _config(spec, settings, inputs, VoiceSource(reference), device)
    shared = {one.name: source for one, source in named.items() if not one.has_model}
    engine = make_engine(spec.engine, replace(config, voices=shared))
    others = {
        one.name: _of_voice(one, source, device) for one, source in named.items() if one.has_model
    }
    if others:
        from voicejob_worker.engines.cast import CastEngine

        return CastEngine(engine, others)
    return _converted(engine, spec, config, inputs)


def _of_voice(voice: NamedVoice, source: VoiceSource, device: DeviceRequest) -> Engine:
    with voice.named():
        config = _config(voice.spec, voice.settings, voice.inputs, source, device)
        return make_engine(voice.spec.engine, config)


def _config(
    spec: VoiceJobSpec,
    settings: Settings,
    inputs: Inputs,
    voice: VoiceSource,
    device: DeviceRequest,
) -> EngineConfig:
    model = inputs.model()
    return EngineConfig(
        threads=settings.threads or usable_processors(),
        model_spec=inputs.model_spec(),
        model=model,
        vocoder=inputs.vocoder(model),
        reference=voice.reference,
        device=device,
        speed=spec.synthesis.speed,
        language=spec.language,
        speaker=spec.voice.speaker if spec.voice else None,
        licences=frozenset((*settings.accepted_licences, *spec.accept_licences)),
        cached_texts_mib=settings.cached_texts_mib,
        cache_dir=inputs.voices_dir,
        references_dir=inputs.cache_dir,
    )


def _converted(engine: Engine, spec: VoiceJobSpec, config: EngineConfig, inputs: Inputs) -> Engine:
    """The engine, with the conversion after it that the spec asks for."""
    wanted = spec.voice.conversion if spec.voice else None
    files = inputs.conversion()
    if wanted is None or files is None:
        return engine
    from voicejob_worker.conversion.converted_engine import ConvertedEngine
    from voicejob_worker.conversion.converter import RvcConverter

    converter = RvcConverter(
        threads=config.threads,
        model=files.model,
        settings=wanted,
        hubert=files.hubert,
        rmvpe=files.rmvpe,
        index=files.index,
        device=config.device,
    )
    return ConvertedEngine(engine, converter)


def assemble_recogniser(
    spec: VoiceJobSpec, settings: Settings, inputs: Inputs
) -> Recogniser | None:
    """The recogniser that hears each chunk; None if the spec asks for none.

    Raises:
        InvalidInputError: no recogniser knows the language.
        ModelUnusableError: a package or a file of it is missing.
    """
    if not spec.quality.transcribe:
        return None
    from voicejob_worker.quality.recogniser import make_recogniser

    threads = settings.threads or usable_processors()
    return make_recogniser(spec.language, inputs.recogniser(), threads)

"""The engine ``xtts``: speaks 17 languages in the voice of a recording or a built-in speaker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_api.status import ModelInfo
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.release import release_memory
from voicejob_worker.device.request import ANY_DEVICE, DeviceRequest
from voicejob_worker.engines.code_versions import XTTS, XTTS_LIBRARIES, library_versions
from voicejob_worker.engines.shared.notes import Notes
from voicejob_worker.engines.shared.voice_source import VoiceSource
from voicejob_worker.engines.xtts.hush import hush_loggers, hushed
from voicejob_worker.engines.xtts.languages import character_limit
from voicejob_worker.engines.xtts.licence import require_licence
from voicejob_worker.engines.xtts.modelfiles import find_model, languages_of
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.reference.kept import XTTS_VOICES
from voicejob_worker.reference.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import torch
    from prometheus_client.registry import Collector

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.device.placement import Placement
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance
    from voicejob_worker.engines.xtts.synthesiser import XttsSynthesiser
    from voicejob_worker.engines.xtts.xtts_model import XttsModel
    from voicejob_worker.engines.xtts.xtts_voice import XttsVoiceCache
    from voicejob_worker.reference.reference import Reference

_INSTALL: Final = "install it with: pip install 'voicejob[xtts]'"
_MAX_VOICES: Final = 1000
_VOICES_BYTES: Final = 256 << 20
"""Bytes of voices on disk: at 134 kB each, more than a thousand; wider voices are fewer."""


class XttsEngine:
    """A model of XTTS v2 and a voice."""

    name = "xtts"
    sample_rate = SAMPLE_RATE
    preferred_characters = 0

    def __init__(
        self,
        *,
        threads: int,
        model: Path,
        language: str,
        reference: Reference | None = None,
        speaker: str | None = None,
        voices: Mapping[str, VoiceSource] | None = None,
        sha256: str | None = None,
        licences: frozenset[str] = frozenset(),
        device: DeviceRequest = ANY_DEVICE,
        cache_dir: Path | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            threads: Torch's threads on the CPU.
            model: The model's folder, or the model.pth in it.
            language: BCP 47 tag of the text.
            reference: The recording in whose voice to speak; None for a speaker of the model.
            speaker: One of the model's own.
            voices: Further voices, by the name in ``Utterance.voice``.
            sha256: What the digest of model.pth must be.
            licences: Those that were accepted.
            device: What to compute on, and what to do where that cannot be.
            cache_dir: Folder for voices of recordings; None to keep none.

        Raises:
            ModelUnusableError: the model's licence was not accepted.
            InvalidInputError: it is not said whose voice to speak in.
        """
        require_licence(licences)
        if (reference is None) == (speaker is None):
            raise InvalidInputError(
                "xtts needs a voice: a recording (spec.voice.reference) or a speaker of the model "
                "(spec.voice.speaker), and not both"
            ).naming("spec.voice.reference", "spec.voice.speaker")
        self.max_characters = character_limit(language)
        self.notes = Notes()
        """What went otherwise than asked, in words for people."""
        self._fallbacks = FallbackCounts()
        self.collectors: list[Collector] = [self._fallbacks]
        """Collectors of the fallbacks for lack of memory and, once loaded, of the kept voices."""
        self._threads = threads
        self._path = model
        own = VoiceSource(reference, speaker, language)
        self._wanted = {"": own, **(voices or {})}
        self._sha256 = sha256
        self._device_request = device
        self._cache_dir = cache_dir
        self._model: XttsModel | None = None
        self._synthesiser: XttsSynthesiser | None = None
        self._loaded_on = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the model's config.json, which is read for it.

        Raises:
            ModelUnusableError: a file of the model is missing, or is none of XTTS v2.
        """
        return languages_of(find_model(self._path))

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note from now on."""
        self.notes.tell = tell

    def import_libraries(self) -> None:
        """Import torch and coqui-tts.

        Raises:
            ModelUnusableError: a package is not installed.
        """
        try:
            with hushed():
                import voicejob_worker.engines.xtts.xtts_model  # noqa: F401
        except ImportError as error:
            raise ModelUnusableError(
                f"the engine xtts needs the package {error.name or 'coqui-tts'}: {_INSTALL}"
            ) from error
        hush_loggers()

    def load(self) -> None:
        """Read the model, and make the voice ready.

        Raises:
            ModelUnusableError: a file is missing, not what it should be, or cannot speak.
            InvalidInputError: the model has no such speaker.
        """
        import torch

        from voicejob_worker.device.placement import choose_placement
        from voicejob_worker.engines.xtts.synthesiser import XttsSynthesiser

        torch.set_num_threads(self._threads)
        with hushed():
            placement = choose_placement(self._device_request, half=False)
            model = self._read_model(placement)
            speaker = XttsSynthesiser(
                model.network,
                model.speakers,
                self.notes.append,
                placement,
                may_use_cpu=self._device_request.fallback_to_cpu,
                counts=self._fallbacks,
            )
            speaker.try_out()
        self._model, self._synthesiser = model, speaker
        self._loaded_on = placement.device.type

    def _read_model(self, placement: Placement) -> XttsModel:
        """The model on its device; in the machine's memory where it is to be there by parts.

        So it is, too, where the device's memory runs out on the way.
        """
        from voicejob_worker.device.residence import CPU, load_or_keep_on_host
        from voicejob_worker.engines.xtts.xtts_model import load_model

        files, voices = find_model(self._path), self._voices()

        def load(device: torch.device) -> XttsModel:
            return load_model(
                files,
                self._wanted,
                self._sha256,
                device,
                voices=voices,
                note=self.notes.append,
            )

        device = CPU if placement.is_low_memory else placement.device
        return load_or_keep_on_host(load, device, "the model", self.notes.append)

    def unload(self) -> None:
        """Give the memory back."""
        self._model = self._synthesiser = None
        release_memory()

    def park(self) -> None:
        """Take the weights off the GPU; they are brought back as they are used."""
        if self._synthesiser is not None:
            self._synthesiser.park()

    def about(self) -> ModelInfo:
        """Size and precision of the model, and where it computes."""
        model, placement = self._loaded, self._speaking.placement
        return ModelInfo(
            parameters_millions=model.parameters / 1e6,
            precision=placement.precision,
            device=placement.name,
            device_message=placement.message or None,
        )

    @property
    def is_low_memory(self) -> bool:
        """Whether the model's parts share the device's memory in turn. Known once loaded."""
        return self._synthesiser is not None and self._synthesiser.placement.is_low_memory

    def fingerprint(self) -> str:
        """Digests of the files and the voice, and what computes with them."""
        model = self._loaded
        return " ".join(
            (
                f"xtts={XTTS}",
                model.digest,
                *(
                    part
                    for _, one in sorted(model.speakers.items())
                    for part in (one.identity, one.language)
                ),
                *library_versions(XTTS_LIBRARIES),
                self._loaded_on,
            )
        )

    def spell(self, text: str) -> str:
        """The text in characters of the model's vocabulary.

        Raises:
            InvalidInputError: it holds others, which are listed.
        """
        return self.spell_as("", text)

    def spell_as(self, voice: str, text: str, language: str = "") -> str:
        """As ``spell``, in that language, or else that of the voice of that name."""
        return self._loaded.speakers[voice].tokens_in(language).spell(text)

    def lengths_of(self, voice: str, language: str = "") -> tuple[int, int]:
        """Longest and preferred characters of an utterance in a language, or else the voice's."""
        return character_limit(language or self._wanted[voice].language), self.preferred_characters

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Each alone: padding would change what an utterance sounds like."""
        return [[utterance] for utterance in utterances]

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak a batch. What is noted on the way stands in ``notes``.

        Raises:
            OutOfMemoryError: it does not fit into memory, whatever was tried.
        """
        return self._speaking.speak(utterances, params)

    def _voices(self) -> XttsVoiceCache | None:
        """The cache of voices, the same for all engines on this folder; None to keep none."""
        if self._cache_dir is None or all(one.reference is None for one in self._wanted.values()):
            return None
        from voicejob_worker.disk_cache import DiskCacheCollector
        from voicejob_worker.engines.xtts.xtts_voice import XttsVoiceCache

        cache = XttsVoiceCache(self._cache_dir / XTTS_VOICES, _VOICES_BYTES, _MAX_VOICES)
        kept = DiskCacheCollector(cache, "voicejob_xtts_voice_cache", "XTTS voices")
        self.collectors = [self._fallbacks, kept]
        return cache

    @property
    def _speaking(self) -> XttsSynthesiser:
        if self._synthesiser is None:
            raise ModelUnusableError("the model is not loaded")
        return self._synthesiser

    @property
    def _loaded(self) -> XttsModel:
        if self._model is None:
            raise ModelUnusableError("the model is not loaded")
        return self._model

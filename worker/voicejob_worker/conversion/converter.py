"""Converts speech to the voice of a model of RVC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voicejob_api.status import ModelInfo
from voicejob_api.voice import PitchMethod
from voicejob_worker.device.fallback_counts import FallbackCounts, Step
from voicejob_worker.device.release import release_memory
from voicejob_worker.device.request import ANY_DEVICE, DeviceRequest
from voicejob_worker.engines.code_versions import RVC
from voicejob_worker.engines.shared.notes import Notes
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch

    from voicejob_api.voice import Conversion
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.conversion.index import VoiceIndex
    from voicejob_worker.conversion.pitch import FindPitch
    from voicejob_worker.conversion.rvc_checkpoint import RvcCheckpoint
    from voicejob_worker.conversion.rvc_voice import RvcVoice
    from voicejob_worker.device.placement import Placement
    from voicejob_worker.device.remedies import Remedies, Remedy

_PIECES: Final = (15, 7, 3)
"""Seconds of the longest pieces, the usual ones first. Memory grows with them, in part with their
square: 30 s took 2.3 GiB on the CPU, 15 s 1.3 GiB."""
_INDEX_RATE: Final = 0.75
"""Rate of an index if none is given (``Conversion.index_rate``)."""
_DIGEST_DIGITS: Final = 32
"""Hexadecimal digits of each file's SHA-256 in the fingerprint."""
_INSTALL: Final = (
    "it is in the worker's image gpu; elsewhere, install it with: uv pip install 'voicejob[rvc]'"
)
_ON_CPU: Final = "the conversion is on the CPU: the GPU's memory is too small for it"
_NOT_LOADED: Final = "the model of spec.voice.conversion is not loaded"


@dataclass(frozen=True)
class ConversionWay:
    """How to convert: on what, and how much at once."""

    placement: Placement
    longest: int
    """Seconds of the longest piece."""


class RvcConverter:
    """A model, and how a VoiceJob wants it used."""

    def __init__(
        self,
        *,
        threads: int,
        model: Path,
        settings: Conversion,
        hubert: Path | None,
        rmvpe: Callable[[], Path | None] = lambda: None,
        index: Path | None = None,
        device: DeviceRequest = ANY_DEVICE,
    ) -> None:
        """Nothing is read yet.

        Args:
            threads: Torch's threads on the CPU.
            model: The .pth file.
            settings: ``spec.voice.conversion``; its addresses are not looked at.
            hubert: Folder of HuBERT (``companions.find_companions``).
            rmvpe: Finds the file of RMVPE, which a model without pitch does not need; asked for it
                at most once, where it is to be used.
            index: The .index file of ``settings.index_uri``.
            device: What to compute on, and what to do where that cannot be.
        """
        self.notes = Notes()
        """What went otherwise than asked, in words for people."""
        self._threads = threads
        self._model = model
        self._settings = settings
        self._hubert = hubert
        self._rmvpe = rmvpe
        self._index = index if self._index_rate > 0 else None
        self._device_request = device
        self.make_room: Callable[[], None] = lambda: None
        """Called before it computes in low memory: whoever else is on the device leaves it."""
        self.fallbacks = FallbackCounts()
        """What was done for lack of memory; an engine that counts it, too, may take its place."""
        self._voice: RvcVoice | None = None
        self._remedies: Remedies[ConversionWay] | None = None
        self._loaded_on = ""
        self._way: ConversionWay | None = None
        self._digests: tuple[str, ...] = ()

    @property
    def sample_rate(self) -> int:
        """Samples per second of what it makes. Known once loaded."""
        return self._loaded.sample_rate

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note from now on."""
        self.notes.tell = tell

    def import_libraries(self) -> None:
        """Import torch and what works with it.

        Raises:
            ModelUnusableError: a package is not installed.
        """
        try:
            import soxr  # type: ignore[import-untyped]  # noqa: F401
            import torchaudio  # type: ignore[import-untyped]  # noqa: F401

            import voicejob_worker.conversion.features
            import voicejob_worker.conversion.rmvpe
            import voicejob_worker.conversion.rvc_voice  # noqa: F401
            from voicejob_worker.conversion.imports import import_part

            import_part("infer_rvc_python", "lib.infer_pack.models")
            if self._settings.pitch_method is PitchMethod.HARVEST:
                import_part("pyworld", "pyworld")
            if self._index is not None:
                import faiss  # type: ignore[import-untyped]  # noqa: F401
        except ImportError as error:
            raise ModelUnusableError(
                f"voice conversion needs the package {error.name or 'torch'}: {_INSTALL}"
            ) from error

    def load(self) -> None:
        """Read the model and what it needs.

        Raises:
            ModelUnusableError: a file is missing or not what it should be.
            InvalidInputError: a pitch is asked for that the model cannot be told.
            NoUsableDeviceError: a GPU is asked for, and there is none.
            WorkerError: RMVPE cannot be had, as ``rmvpe`` says.
        """
        import torch

        from voicejob_worker.conversion.features import FeatureExtractor, hubert_weights
        from voicejob_worker.conversion.rvc_checkpoint import load_checkpoint
        from voicejob_worker.conversion.rvc_network import RvcNetwork
        from voicejob_worker.conversion.rvc_voice import RvcSettings, RvcVoice
        from voicejob_worker.device.placement import choose_placement
        from voicejob_worker.device.remedies import Remedies
        from voicejob_worker.device.residence import load_or_keep_on_host
        from voicejob_worker.digests import sha256_of
        from voicejob_worker.engines.shared.tensorfiles import verify_sha256

        torch.set_num_threads(self._threads)
        if self._settings.model_sha256 is not None:
            verify_sha256(self._model, self._settings.model_sha256)
        checkpoint = load_checkpoint(self._model)
        self._check_pitch(checkpoint)
        hubert = self._hubert_folder()
        placement = choose_placement(self._device_request, half=False)
        device = placement.device
        used = [self._model, hubert / "config.json", hubert_weights(hubert)]
        rmvpe = None
        if checkpoint.has_pitch and self._settings.pitch_method is PitchMethod.RMVPE:
            rmvpe = self._rmvpe_file()
            used.append(rmvpe)
        if self._index is not None:
            used.append(self._index)

        def make(device: torch.device) -> RvcVoice:
            return RvcVoice(
                synthesiser=RvcNetwork(checkpoint, device, self._model),
                extractor=FeatureExtractor(hubert, checkpoint.version, device),
                find_pitch=self._find_pitch(rmvpe, device) if checkpoint.has_pitch else None,
                index=self._read_index(checkpoint),
                settings=RvcSettings(
                    index_rate=self._index_rate,
                    semitones=self._settings.pitch_semitones,
                    protect=self._settings.protect,
                ),
                sample_rate=checkpoint.sample_rate,
                device=device,
            )

        self._voice = load_or_keep_on_host(make, device, "the conversion", self.notes.append)
        ways = conversion_ways(placement, may_use_cpu=self._device_request.fallback_to_cpu)
        self._remedies = Remedies(ways, self.notes.append, self.fallbacks)
        self._loaded_on = device.type
        self._digests = tuple(sha256_of(path)[:_DIGEST_DIGITS] for path in used)

    def unload(self) -> None:
        """Give the memory back."""
        self._voice = self._remedies = None
        release_memory()

    def park(self) -> None:
        """Take the networks off the device; ``convert`` brings them back."""
        from voicejob_worker.device.residence import CPU

        if self._voice is not None:
            # Also where it says it is there: a move that ran out of memory has left some behind.
            self._voice = self._voice.on(CPU)
            release_memory()

    @property
    def is_low_memory(self) -> bool:
        """Whether it shares the device's memory in turn with what else is there."""
        return self._remedies is not None and self._remedies.way.placement.is_low_memory

    def about(self) -> ModelInfo:
        """What it computes on; nothing while it is not loaded."""
        if self._remedies is None:
            return ModelInfo()
        placement = self._remedies.way.placement
        return ModelInfo(
            precision=placement.precision,
            device=placement.name,
            device_message=placement.message or None,
        )

    def fingerprint(self) -> str:
        """Digests of the files in use, the settings, and what computes with them."""
        import torch

        settings = self._loaded.settings
        return " ".join(
            (
                f"rvc={RVC}",
                *self._digests,
                f"pitch={self._settings.pitch_method}{settings.semitones:+g}",
                f"index={settings.index_rate:g}",
                f"protect={settings.protect:g}",
                f"torch={torch.__version__}",
                self._loaded_on,
            )
        )

    def convert(self, samples: Samples, rate: int, seed: int) -> Samples:
        """Speak ``samples`` in the model's voice: a function of the arguments and the model alone.

        Args:
            samples: Mono, shape ``(n,)``, in -1 to 1.
            rate: Samples per second of ``samples``.
            seed: Seed of the network's noise, 0 to 2**63 - 1.

        Returns:
            Shape ``(round(n * sample_rate / rate),)``: as long in time.

        Raises:
            OutOfMemoryError: it does not fit into memory, whatever was tried.
        """
        if self._remedies is None:
            raise ModelUnusableError(_NOT_LOADED).naming("spec.voice.conversion")
        return self._remedies.run(lambda way: self._convert(samples, rate, seed, way))

    def _convert(self, samples: Samples, rate: int, seed: int, way: ConversionWay) -> Samples:
        is_there = self._loaded.device == way.placement.device and way == self._way
        self._way = way
        if way.placement.is_low_memory and not is_there:
            self.make_room()
        # Each time: a move that ran out of memory has left some weights behind.
        self._voice = self._loaded.on(way.placement.device)
        return self._loaded.convert(samples, rate, seed, way.longest)

    @property
    def _loaded(self) -> RvcVoice:
        if self._voice is None:
            raise ModelUnusableError(_NOT_LOADED).naming("spec.voice.conversion")
        return self._voice

    @property
    def _index_rate(self) -> float:
        rate = self._settings.index_rate
        return _INDEX_RATE if rate is None else rate

    def _check_pitch(self, checkpoint: RvcCheckpoint) -> None:
        if not checkpoint.has_pitch and self._settings.pitch_semitones:
            raise InvalidInputError(
                f"spec.voice.conversion.pitchSemitones is {self._settings.pitch_semitones:g}, and "
                f"{self._model.name} is a model without pitch (f0: 0), which cannot be told one: "
                "leave pitchSemitones out, or use a model that was trained with pitch"
            ).naming("spec.voice.conversion.pitchSemitones")

    def _hubert_folder(self) -> Path:
        if self._hubert is None:
            raise ModelUnusableError(
                "RVC needs HuBERT: put the folder hubert (config.json, model.safetensors) beside "
                f"{self._model.name}"
            )
        return self._hubert

    def _rmvpe_file(self) -> Path:
        found = self._rmvpe()
        if found is None:
            raise ModelUnusableError(
                f"pitchMethod rmvpe needs its network: put rmvpe.pt beside {self._model.name}, or "
                "write spec.voice.conversion.pitchMethod: harvest, which needs none"
            ).naming("spec.voice.conversion.pitchMethod")
        return found

    def _find_pitch(self, rmvpe: Path | None, device: torch.device) -> FindPitch:
        from voicejob_worker.conversion.pitch import harvest
        from voicejob_worker.conversion.rmvpe import Rmvpe

        return harvest if rmvpe is None else Rmvpe(rmvpe, device)

    def _read_index(self, checkpoint: RvcCheckpoint) -> VoiceIndex | None:
        if self._index is None:
            return None
        import faiss

        from voicejob_worker.conversion.index import load_index

        faiss.omp_set_num_threads(self._threads)
        return load_index(self._index, checkpoint.version.feature_size)


def conversion_ways(placement: Placement, *, may_use_cpu: bool) -> list[Remedy[ConversionWay]]:
    """The ways to convert, from the usual one to the one that takes the least memory."""
    from voicejob_worker.device.placement import on_cpu
    from voicejob_worker.device.remedies import Remedy

    usual = _PIECES[0]
    ways = [Remedy("as usual", ConversionWay(placement, usual))]
    is_on_gpu = placement.is_on_gpu
    if is_on_gpu and not placement.is_low_memory:
        placement = placement.in_low_memory("the conversion and what speaks are there by turns")
        by_turns = "the conversion and what speaks by turns on the GPU"
        ways.append(Remedy(by_turns, ConversionWay(placement, usual)))
    for seconds in _PIECES[1:]:
        name = f"the conversion in pieces of {seconds} s"
        ways.append(Remedy(name, ConversionWay(placement, seconds), Step.SHORTENED_CHUNKS))
    if is_on_gpu and may_use_cpu:
        cpu = ConversionWay(on_cpu(_ON_CPU), usual)
        name = "the conversion on the CPU"
        ways.append(Remedy(name, cpu, Step.MOVED_TO_CPU, is_for_good=True))
    return ways

"""Converts speech to the voice of a model of RVC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_api.status import ModelInfo
from voicejob_api.voice import PitchMethod
from voicejob_worker.device.ladder import FallbackCounts
from voicejob_worker.device.request import ANY_DEVICE, DeviceRequest
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

_INDEX_RATE: Final = 0.75
"""Rate of an index if none is given (``Conversion.index_rate``)."""
_DIGEST_DIGITS: Final = 32
"""Hexadecimal digits of each file's SHA-256 in the fingerprint."""
_INSTALL: Final = (
    "it is in the worker's image gpu; elsewhere, install it with: uv pip install 'voicejob[rvc]'"
)
_CODE_VERSION: Final = "1"
"""Raise it if the same model comes to speak otherwise: it is part of every checkpoint key."""


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
        self.fallbacks = FallbackCounts()
        """What was done for lack of memory."""
        self._threads = threads
        self._model = model
        self._settings = settings
        self._hubert = hubert
        self._rmvpe = rmvpe
        self._index = index if self._index_rate > 0 else None
        self._device_request = device
        self._voice: RvcVoice | None = None
        self._placement: Placement | None = None
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

        from voicejob_worker.device.fallback import where_it_fits
        from voicejob_worker.device.placement import choose_placement

        torch.set_num_threads(self._threads)
        placement = choose_placement(self._device_request, half=False)
        where_it_fits(
            self._load_to, placement, self._device_request, self.notes.append, self.fallbacks
        )

    def _load_to(self, placement: Placement) -> None:
        from voicejob_worker.conversion.features import FeatureExtractor, hubert_weights
        from voicejob_worker.conversion.rvc_checkpoint import load_checkpoint
        from voicejob_worker.conversion.rvc_network import RvcNetwork
        from voicejob_worker.conversion.rvc_voice import RvcSettings, RvcVoice
        from voicejob_worker.digests import sha256_of
        from voicejob_worker.engines.shared.tensorfiles import verify_sha256

        if self._settings.model_sha256 is not None:
            verify_sha256(self._model, self._settings.model_sha256)
        checkpoint = load_checkpoint(self._model)
        self._check_pitch(checkpoint)
        hubert = self._hubert_folder()
        device = placement.device
        used = [self._model, hubert / "config.json", hubert_weights(hubert)]
        rmvpe = None
        if checkpoint.has_pitch and self._settings.pitch_method is PitchMethod.RMVPE:
            rmvpe = self._rmvpe_file()
            used.append(rmvpe)
        if self._index is not None:
            used.append(self._index)
        self._voice = RvcVoice(
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
            note=self.notes.append,
        )
        self._placement = placement
        self._digests = tuple(sha256_of(path)[:_DIGEST_DIGITS] for path in used)

    def unload(self) -> None:
        """Give the memory back."""
        from voicejob_worker.device.release import release_memory

        self._voice = None
        release_memory()

    def about(self) -> ModelInfo:
        """What it computes on; nothing while it is not loaded."""
        placement = self._placement
        if placement is None:
            return ModelInfo()
        return ModelInfo(
            precision=placement.precision, device=placement.name, device_message=placement.message
        )

    def fingerprint(self) -> str:
        """Digests of the files in use, the settings, and what computes with them."""
        import torch

        settings = self._loaded.settings
        return " ".join(
            (
                f"rvc={_CODE_VERSION}",
                *self._digests,
                f"pitch={self._settings.pitch_method}{settings.semitones:+g}",
                f"index={settings.index_rate:g}",
                f"protect={settings.protect:g}",
                f"torch={torch.__version__}",
                self._loaded.device.type,
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
            RuntimeError: memory ran out, and the CPU will not do or was tried.
        """
        from voicejob_worker.device.fallback import where_it_fits

        placement = self._placement
        if placement is None:
            return self._loaded.convert(samples, rate, seed)  # refuses

        def convert(place: Placement) -> Samples:
            if place is not placement:
                self._voice = None  # the CPU's is read anew: both would not fit
                self._load_to(place)
            return self._loaded.convert(samples, rate, seed)

        return where_it_fits(
            convert, placement, self._device_request, self.notes.append, self.fallbacks
        )

    @property
    def _loaded(self) -> RvcVoice:
        if self._voice is None:
            raise ModelUnusableError("the model of spec.voice.conversion is not loaded")
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
            )

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
            )
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

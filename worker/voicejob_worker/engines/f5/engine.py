"""The engine ``f5-tts``: speaks in the voice of a recording, by flow matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_api.status import ModelInfo
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.request import ANY_DEVICE, DeviceRequest
from voicejob_worker.engines.code_versions import F5
from voicejob_worker.engines.f5.batching import bucket
from voicejob_worker.engines.f5.constants import HOP, MAX_FRAMES
from voicejob_worker.engines.f5.duration import (
    format_ref_text,
    lengths_with,
    utterance_frames,
)
from voicejob_worker.engines.f5.modelfiles import find_model
from voicejob_worker.engines.f5.text_cache import TextCache
from voicejob_worker.engines.shared.notes import Notes
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.reference.kept import F5_MELS
from voicejob_worker.reference.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from prometheus_client.registry import Collector

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.device.placement import Placement
    from voicejob_worker.engines.f5.architecture import Variant
    from voicejob_worker.engines.f5.f5_model import F5Model, F5Parts
    from voicejob_worker.engines.f5.prompt import MelCache
    from voicejob_worker.engines.f5.synthesiser import F5Synthesiser
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance
    from voicejob_worker.reference.reference import Reference

_MAX_BATCH_FRAMES: Final = {"cpu": 1_024, "cuda": 65_536}
"""Frames of a batch, references included. A GPU wants many to be busy; a CPU is, and
gains nothing from more (measured), while a batch is what an interrupted attempt loses."""
_MAX_BATCH: Final = 32
"""Utterances of a batch."""
_UNTOLD_DIM_HEAD: Final = (
    "the checkpoint has no rotary table, which tells how wide heads are: they are taken to be 64 "
    "wide, as in every published model. If it speaks noise, use it as its training wrote it"
)
_MAX_MELS: Final = 1000
_MELS_BYTES: Final = 128 << 20
"""Bytes of spectrograms on disk: at up to 450 kB each, of 280 references and more."""
_INSTALL: Final = "install it with: pip install 'voicejob[f5tts]'"


class F5Engine:
    """A checkpoint of F5-TTS and a reference.

    To speak with it::

        engine = F5Engine(threads=4, model=Path("f5-pt"), reference=reference)
        engine.import_libraries()
        engine.load()
        text = engine.spell("Bom dia a todos.")
        (samples,) = engine.synthesise([Utterance(0, text)], SynthesisParams(seed=1))
        engine.unload()
    """

    name = "f5-tts"
    sample_rate = SAMPLE_RATE
    languages = None

    def __init__(
        self,
        *,
        threads: int,
        model: Path,
        reference: Reference,
        voices: Mapping[str, Reference] | None = None,
        variant: Variant | None = None,
        sha256: str | None = None,
        vocoder: Path | None = None,
        device: DeviceRequest = ANY_DEVICE,
        speed: float = 1.0,
        text_cache_bytes: int = 64 << 20,
        cache_dir: Path | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            threads: Torch's threads on the CPU.
            model: A checkpoint, or a directory with one (see ``modelfiles.find_model``).
            reference: The recording in whose voice to speak.
            voices: Recordings of further voices, by the name in ``Utterance.voice``.
            variant: V0 or v1; None to find out by trying both on the reference.
            sha256: What the checkpoint's digest must be.
            vocoder: Directory of vocos; None for the one beside the checkpoint.
            device: What to compute on, and what to do where that cannot be.
            speed: What the job will be spoken with, which its longest utterance depends on.
            text_cache_bytes: Memory for the embeddings of texts that may come again.
            cache_dir: Folder for spectrograms of references; None to keep none.
        """
        self._texts = TextCache(text_cache_bytes)
        self._fallbacks = FallbackCounts()
        self.collectors: list[Collector] = [self._texts, self._fallbacks]
        """What tells Prometheus of kept embeddings, steps for lack of memory and, once loaded,
        spectrograms."""
        self._references = {"": reference, **(voices or {})}
        self.max_characters, self.preferred_characters = lengths_with(reference, speed)
        self.notes = Notes()
        """What went otherwise than asked, in words for people."""
        self._threads = threads
        self._path = model
        self._variant = variant
        self._sha256 = sha256
        self._vocoder = vocoder
        self._device_request = device
        self._speed = speed
        self._cache_dir = cache_dir
        self._on_step: Callable[[], None] = lambda: None
        self._synthesiser: F5Synthesiser | None = None

    def watch(self, on_step: Callable[[], None]) -> None:
        """Have ``on_step`` called after each step within a batch; what it raises ends it."""
        self._on_step = on_step

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note from now on."""
        self.notes.tell = tell

    def import_libraries(self) -> None:
        """Import torch and what works with it.

        Raises:
            ModelUnusableError: a package is not installed.
        """
        try:
            import pypinyin  # noqa: F401
            import rjieba  # noqa: F401
            import safetensors  # noqa: F401

            import voicejob_worker.engines.f5.synthesiser  # noqa: F401
        except ImportError as error:
            raise ModelUnusableError(
                f"the engine f5-tts needs the package {error.name or 'torch'}: {_INSTALL}"
            ) from error

    def load(self) -> None:
        """Read the checkpoint, the vocabulary and the vocoder, and prepare the reference.

        Raises:
            ModelUnusableError: one of them is missing or not what it should be.
            OutOfMemoryError: they do not fit into memory, wherever they may be.
            InvalidInputError: the model was not taught the transcript's characters.
        """
        import torch

        from voicejob_worker.device.placement import choose_placement
        from voicejob_worker.engines.f5.synthesiser import F5Synthesiser

        torch.set_num_threads(self._threads)
        request = self._device_request
        model, parts = self._load_within_memory(choose_placement(request))
        if not model.architecture.is_dim_head_told:
            self.notes.append(_UNTOLD_DIM_HEAD)
        self._synthesiser = F5Synthesiser(
            model,
            parts,
            self.notes.append,
            texts=self._texts,
            may_use_cpu=request.fallback_to_cpu,
            counts=self._fallbacks,
        )

    def _load_within_memory(self, placement: Placement) -> tuple[F5Model, F5Parts]:
        """Load the model to where it fits: as placed, else in turns, else on the CPU if it may."""
        from voicejob_worker.engines.f5.f5_model import load_model
        from voicejob_worker.engines.f5.load_ladder import in_working_precision, load_where_it_fits

        files, mels = find_model(self._path), self._mels()

        def load(place: Placement) -> tuple[F5Model, F5Parts]:
            return load_model(
                files,
                self._references,
                place,
                variant=self._variant,
                sha256=self._sha256,
                vocoder=self._vocoder,
                mels=mels,
            )

        may_use_cpu = self._device_request.fallback_to_cpu
        return load_where_it_fits(
            in_working_precision(load, self.notes.append),
            placement,
            may_use_cpu,
            self.notes.append,
            self._fallbacks,
        )

    def unload(self) -> None:
        """Give the memory back."""
        from voicejob_worker.device.release import release_memory

        self._synthesiser = None
        self._texts.clear()
        release_memory()

    def park(self) -> None:
        """Take the weights off the GPU; they are brought back as they are used."""
        if self._synthesiser is not None:
            self._synthesiser.park()

    def about(self) -> ModelInfo:
        """Variant, by what margin where it was found out, size, precision and device."""
        model, placement = self._loaded.model, self._loaded.placement
        return ModelInfo(
            variant=model.variant.value,
            variant_margin=model.chosen.margin if model.chosen else None,
            parameters_millions=model.parameters / 1e6,
            precision=placement.precision,
            device=placement.name,
            device_message=placement.message or None,
        )

    @property
    def gains_from_batches(self) -> bool:
        """Whether a batch takes less time than its utterances one by one: a GPU is idle else."""
        return self._loaded.placement.is_on_gpu

    @property
    def is_low_memory(self) -> bool:
        """Whether the model's parts share the device's memory in turn. Known once loaded."""
        return self._loaded.is_low_memory

    def fingerprint(self) -> str:
        """Digests of the files and the reference, and what computes with them.

        By where the model was loaded to, not by what it fell back to: chunks that were spoken
        before a fallback are as good as those after it, and are kept.
        """
        import torch

        model = self._loaded.model
        return " ".join(
            (
                f"f5={F5}",
                model.digest,
                model.variant.value,
                *(one.digest for _, one in sorted(self._references.items())),
                f"torch={torch.__version__}",
                str(model.placement.dtype),
                model.placement.device.type,
            )
        )

    def spell(self, text: str) -> str:
        """The text in characters of the model's vocabulary.

        Raises:
            InvalidInputError: it holds others, which are listed.
        """
        return self._loaded.model.vocabulary.spell(text)

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Utterances of one voice and of like lengths together.

        Raises:
            InvalidInputError: one is longer than the model's positions, and cannot be parted.
        """
        by_voice: dict[str, list[Utterance]] = {name: [] for name in self._references}
        for utterance in utterances:
            by_voice[utterance.voice].append(utterance)
        return [
            batch
            for voice, said in by_voice.items()
            for batch in self._batches_of(self._references[voice], said)
        ]

    def _batches_of(
        self, reference: Reference, utterances: Sequence[Utterance]
    ) -> list[list[Utterance]]:
        hops = len(reference.samples) // HOP
        ref_text = format_ref_text(reference.transcript)
        frames = [
            hops + utterance_frames(hops, ref_text, utterance.text, self._speed)
            for utterance in utterances
        ]
        for utterance, length in zip(utterances, frames, strict=True):
            if length > MAX_FRAMES:  # said before anything is spoken
                self._loaded.parts(utterance, self._speed)
        budget = _MAX_BATCH_FRAMES[self._loaded.model.placement.device.type]
        return [
            [utterances[index] for index in batch] for batch in bucket(frames, _MAX_BATCH, budget)
        ]

    def lengths_of(self, voice: str, language: str = "") -> tuple[int, int]:
        """Longest and preferred characters of an utterance in a voice: its recording decides."""
        return lengths_with(self._references[voice], self._speed)

    def spell_as(self, voice: str, text: str, language: str = "") -> str:
        """As ``spell``: all voices have one vocabulary."""
        return self.spell(text)

    def count_fitting(self, utterances: Sequence[Utterance]) -> int:
        """How many of a batch's first utterances to speak now, by free memory and measured time."""
        return self._loaded.count_fitting(utterances, self._speed)

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak a batch. What is noted on the way stands in ``notes``.

        Raises:
            OutOfMemoryError: it does not fit into memory, whatever was tried.
            ModelUnusableError: nothing but NaN comes out.
        """
        self._loaded.on_step = self._on_step
        return self._loaded.speak(utterances, params)

    def _mels(self) -> MelCache | None:
        """The cache of spectrograms, the same for all engines on this folder; None to keep none."""
        if self._cache_dir is None:
            return None
        from voicejob_worker.disk_cache import DiskCacheCollector
        from voicejob_worker.engines.f5.prompt import MelCache

        cache = MelCache(self._cache_dir / F5_MELS, _MELS_BYTES, _MAX_MELS)
        counts = DiskCacheCollector(cache, "voicejob_f5_mel_cache", "Spectrograms of references")
        self.collectors = [self._texts, self._fallbacks, counts]
        return cache

    @property
    def _loaded(self) -> F5Synthesiser:
        if self._synthesiser is None:
            raise ModelUnusableError("the model is not loaded")
        return self._synthesiser

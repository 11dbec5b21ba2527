"""Finds what a VoiceJob brings besides its text: models, voice reference, recogniser.

Used by ``attempt`` and by ``serving``; ``synthesis.assembly`` makes an engine of what it finds.
Downloads, licences and the preparation of recordings are imported where they are needed: most jobs
need none of them, and each takes part of a second.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_api import pod
from voicejob_api.catalogue import CatalogueEntry, Part
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_api.voice import Model, PitchMethod, VoiceReference
from voicejob_worker.egress.guard import guard_of
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.failures.places import CATALOGUE, CONVERSION, INDEX, MODEL, REFERENCE, Place
from voicejob_worker.inputs.remote_file import Fetcher, RemoteFile
from voicejob_worker.inputs.volumes import existing, mounted
from voicejob_worker.reference.kept import REFERENCES
from voicejob_worker.reference.reference import Reference
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from voicejob_worker.models.catalogue import ModelCatalogue
    from voicejob_worker.models.layout import Kind
    from voicejob_worker.models.progress import FetchProgress
    from voicejob_worker.models.provide import ModelProvider
    from voicejob_worker.reference.cache import ReferenceCache

_REFERENCE: Final = RemoteFile(REFERENCE, "ReferenceMissing", pod.REFERENCE_CREDENTIALS_PREFIX)
_MAX_RECORDING: Final = 50 << 20
"""Bytes: five minutes of stereo at 44.1 kHz, where 12 seconds are of use."""
_MAX_REFERENCES: Final = 1000
_RVC: Final = "rvc"


@dataclass(frozen=True)
class ConversionFiles:
    """Paths of the files that a conversion works with."""

    model: Path
    index: Path | None
    hubert: Path
    """Folder of HuBERT."""
    rmvpe: Callable[[], Path | None]
    """Finds or fetches it, once the model is known to take a pitch; None if pitch is found
    without it."""


class Inputs:
    """Looks in the pod's volumes, in the model directory, or where a laptop's command line says."""

    def __init__(self, spec: VoiceJobSpec, settings: Settings, cache_dir: Path, stop: Stop) -> None:
        self._spec = spec
        self.cache_dir = cache_dir
        """Folder of processed recordings."""
        self._settings = settings
        self._stop = stop
        self.references: ReferenceCache | None = None
        """Processed voice references, once one was asked for."""
        self.progress: FetchProgress | None = None
        """Told how the fetch of a model goes; None for nobody."""
        self.alive: Callable[[], None] = lambda: None
        """A sign of life while a recording comes."""
        self.fetched: Callable[[], None] = lambda: None
        """Called once a model is here."""
        self._recording: Future[bytes] | None = None
        """The recording at an address, on its way."""
        self._unverified: dict[str, Path] = {}
        """Folders of what was fetched without a known digest, by address."""

    @contextmanager
    def naming_unverified(self) -> Iterator[None]:
        """Name the folder of what may be a bad file, if the loading inside raises.

        Raises:
            ModelUnusableError: as it was raised, and what to remove.
        """
        try:
            yield
        except ModelUnusableError as error:
            if not self._unverified:
                raise
            folders = ", ".join(map(str, dict.fromkeys(self._unverified.values())))
            raise ModelUnusableError(
                f"{error.message}. No sha256 was given for what was fetched into {folders}: remove "
                "it and it is fetched again"
            ).naming(*error.fields) from error

    @property
    def voices_dir(self) -> Path:
        """Folder in which engines keep what they compute from recordings, to speak with it again.

        It is the model cache if there is one that can be written and ``keep_voices`` says so: pods
        share that, and it may outlast them. The processed recordings stay in ``cache_dir``, which
        in a pod goes with it.
        """
        return voices_dir(self._settings, self.cache_dir)

    def check_licences(self) -> None:
        """Check that the model's licence was accepted, before anything is fetched or prepared.

        Raises:
            ModelUnusableError: it was not.
            InvalidInputError: the catalogue has no model for the language.
        """
        if self._settings.model is None:
            _ = self._entry
        if self._spec.engine is Engine.XTTS:
            from voicejob_worker.engines.xtts.licence import require_licence

            require_licence(self._licences)

    def model(self) -> Path | None:
        """The model's file or folder; None if the engine has one of its own.

        Precedence: ``--model``, ``spec.model``, the catalogue's for engine and language. What is
        not on this machine is fetched.

        Raises:
            InvalidInputError: the catalogue has none for the language.
            ModelUnusableError: it is not there, is not what it should be, or its licence was not
                accepted.
            UnavailableError: its server does not answer.
            DiskFullError: there is no room for it.
        """
        self.check_licences()
        if self._settings.model is not None:
            return existing(self._settings.model, str(self._settings.model))
        wanted = self._wanted
        if wanted is None:
            return None
        if wanted.uri.startswith("pvc://"):
            return existing(mounted(self._settings.model_dir, wanted.uri), wanted.uri)
        size = self._entry.size_bytes if self._entry else None
        kind = self._kind(self._spec.engine.value, Part.MODEL)
        place = MODEL if self._spec.model is not None else CATALOGUE
        return self._provide(wanted.uri, kind, place, wanted.sha256, size)

    def model_spec(self) -> Model | None:
        """What the VoiceJob says of its model, or the catalogue where the VoiceJob names none."""
        return self._spec.model if self._settings.model is not None else self._wanted

    def vocoder(self, model: Path | None) -> Path | None:
        """The vocoder's folder for the checkpoint at ``model``; None if one lies beside that.

        It is the one of the command line, else the one beside the checkpoint, which the engine
        finds itself, else the catalogue's.

        Raises:
            As ``model``.
        """
        if self._spec.engine is not Engine.F5_TTS or model is None:
            return None
        if self._settings.vocoder is not None:
            return self._settings.vocoder
        from voicejob_worker.engines.f5.modelfiles import find_model

        # One that is still to be fetched brings no vocoder: its layout has none.
        if model.exists() and find_model(model).vocoder is not None:
            return None
        return self._part(Engine.F5_TTS.value, Part.VOCODER)

    def conversion(self) -> ConversionFiles | None:
        """What converts the speech to another voice; None if the VoiceJob does not ask for it.

        Raises:
            As ``model``.
        """
        wanted = self._spec.voice.conversion if self._spec.voice else None
        if wanted is None:
            return None
        from voicejob_worker.conversion.companions import find_companions

        model = self._conversion_file(wanted.model_uri, CONVERSION, wanted.model_sha256)
        index = self._conversion_file(wanted.index_uri, INDEX) if wanted.index_uri else None
        companions = find_companions(model)

        def rmvpe() -> Path | None:
            if wanted.pitch_method is not PitchMethod.RMVPE:
                return None
            return companions.rmvpe or self._part(_RVC, Part.RMVPE)

        return ConversionFiles(
            model,
            index,
            hubert=companions.hubert or self._part(_RVC, Part.HUBERT),
            rmvpe=rmvpe,
        )

    def recogniser(self) -> Path | None:
        """The recogniser's folder; None for the one that the image holds.

        Raises:
            ModelUnusableError: it is not there.
        """
        wanted = self._spec.quality.recogniser
        if wanted is None:
            return self._settings.recogniser
        path = self._settings.recogniser or mounted(self._settings.recogniser_dir, wanted.uri)
        if not path.is_dir():
            raise ModelUnusableError(
                f"there is no folder at {wanted.uri} (spec.quality.recogniser.uri); on a laptop, "
                "name it with --recogniser"
            ).naming("spec.quality.recogniser.uri")
        return path

    def reference(self) -> Reference | None:
        """The voice reference, ready for the engine; None if the job names none.

        Raises:
            InvalidInputError: it is missing, or no voice can be cloned from it.
            ModelUnusableError: the licence of the model that is to clone it was not accepted.
            UnavailableError: its address does not answer.
        """
        wanted = self._spec.voice.reference if self._spec.voice else None
        if wanted is None:
            return None
        self.check_licences()
        cache = self.references = self._reference_cache()
        transcript = self._transcript(wanted)
        local = self._local(wanted)
        if local is not None:
            return cache.get_or_make(local, transcript, stop=self._stop.check)
        with tempfile.TemporaryDirectory(prefix="voice-reference-") as folder:
            fetched = Path(folder) / "reference"
            fetched.write_bytes(self._await_recording(wanted.uri or ""))
            return cache.get_or_make(fetched, transcript, stop=self._stop.check)

    def _reference_cache(self) -> ReferenceCache:
        from voicejob_worker.reference.cache import ReferenceCache

        size = self._settings.cached_references_mib << 20
        return ReferenceCache(self.cache_dir / REFERENCES, size, _MAX_REFERENCES)

    def _transcript(self, wanted: VoiceReference) -> str | None:
        """What the reference is made with: only f5-tts is told what is said in the recording."""
        return wanted.transcript or "" if self._spec.engine is Engine.F5_TTS else None

    def begin_reference(self, executor: Executor) -> Future[bytes] | None:
        """Begin to fetch the recording at an address; None if there is none to fetch.

        Raises:
            InvalidInputError: the recording is to be in a file, and is not there.
        """
        wanted = self._spec.voice.reference if self._spec.voice else None
        if wanted is None or self._local(wanted) is not None:
            return None
        self._recording = executor.submit(self._fetch_recording, wanted.uri or "")
        return self._recording

    @cached_property
    def _wanted(self) -> Model | None:
        """The model by its address; None for the one in the image."""
        if self._spec.model is not None:
            return self._spec.model
        entry = self._entry
        if entry is None or entry.uri is None:
            return None
        return Model(uri=entry.uri, sha256=entry.sha256, variant=entry.variant)

    @cached_property
    def _entry(self) -> CatalogueEntry | None:
        """The catalogue's, where the VoiceJob names no model."""
        if self._spec.model is not None:
            return None
        return self._require_accepted(
            self._catalogue.find(self._spec.engine.value, self._spec.language)
        )

    def _require_accepted(self, entry: CatalogueEntry) -> CatalogueEntry:
        from voicejob_worker.models.catalogue import require_licence

        require_licence(entry, self._licences)
        return entry

    @property
    def _licences(self) -> frozenset[str]:
        """Those that the VoiceJob or the operator's setting accepts."""
        return frozenset((*self._settings.accepted_licences, *self._spec.accept_licences))

    def _part(self, engine: str, part: Part) -> Path:
        """A part of an engine as the catalogue has it."""
        entry = self._require_accepted(self._catalogue.find(engine, self._spec.language, part))
        if entry.uri is None:
            raise ModelUnusableError(
                f"the catalogue's {part.value} of {engine} has no address to fetch it from: give "
                "it an uri with https:// or hf://"
            )
        kind = self._kind(engine, part)
        return self._provide(entry.uri, kind, CATALOGUE, entry.sha256, entry.size_bytes)

    def _conversion_file(self, uri: str, place: Place, sha256: str | None = None) -> Path:
        if uri.startswith("pvc://"):
            path = mounted(self._settings.conversion_dir, uri)
            return existing(
                path,
                uri,
                place.field,
                "say where the volume's files are in VOICEJOB_CONVERSION_DIR",
            )
        return self._provide(uri, self._kind(_RVC, Part.MODEL), place, sha256)

    def _provide(
        self,
        uri: str,
        kind: Kind,
        place: Place,
        sha256: str | None,
        size_bytes: int | None = None,
    ) -> Path:
        path = self._provider.provide(uri, kind, sha256=sha256, size_bytes=size_bytes, place=place)
        self.fetched()
        if sha256 is None:
            self._unverified[uri] = path if path.is_dir() else path.parent
        return path

    def _kind(self, engine: str, part: Part) -> Kind:
        from voicejob_worker.models.layout import kind_of

        return kind_of(engine, part)

    @cached_property
    def _catalogue(self) -> ModelCatalogue:
        from voicejob_worker.models.catalogue import load_catalogue

        settings = self._settings
        return load_catalogue(settings.catalogue_file, must_exist=settings.names_catalogue)

    @cached_property
    def _provider(self) -> ModelProvider:
        from voicejob_worker.models.progress import FetchLines
        from voicejob_worker.models.provide import ModelProvider, usable_directory

        return ModelProvider(
            usable_directory(self._settings.model_cache_dir, self.cache_dir / "models"),
            self._stop,
            self.progress or FetchLines(_unheard),
            patience_seconds=self._settings.store_retry_seconds,
            read_seconds=self._settings.model_read_seconds,
            wait_seconds=self._settings.model_wait_seconds,
            guard=guard_of(self._settings),
        )

    def _local(self, wanted: VoiceReference) -> Path | None:
        """The recording where it is a file already."""
        path = self._settings.reference
        if path is None and wanted.config_map_key_ref is not None:
            path = self._settings.reference_file
        if path is None and (wanted.uri or "").startswith("pvc://"):
            path = mounted(self._settings.voice_dir, wanted.uri or "")
        if path is not None and not path.is_file():
            raise InvalidInputError(
                f"there is no voice reference at {wanted.uri or path} (spec.voice.reference); on a "
                "laptop, name the recording with --reference",
                _REFERENCE.missing,
            ).naming("spec.voice.reference")
        return path

    def _await_recording(self, uri: str) -> bytes:
        content = self._recording.result() if self._recording else self._fetch_recording(uri)
        if len(content) > _MAX_RECORDING:
            raise InvalidInputError(
                f"the voice reference has more than {_MAX_RECORDING >> 20} MiB: expected a "
                "recording of 3 to 12 seconds"
            )
        return content

    def _fetch_recording(self, uri: str) -> bytes:
        patience, guard = self._settings.text_retry_seconds, guard_of(self._settings)
        fetcher = Fetcher(_REFERENCE, _MAX_RECORDING, patience, self._stop, self.alive, guard=guard)
        return fetcher.fetch(uri)


def _unheard(_event: str, **_facts: Any) -> None:
    """Take no notice: nobody asked to be told."""


def voices_dir(settings: Settings, cache_dir: Path) -> Path:
    """Folder in which engines keep what they compute from recordings, as ``Inputs.voices_dir``."""
    shared = settings.model_cache_dir
    is_usable = shared.is_dir() and os.access(shared, os.W_OK | os.X_OK)
    return shared if is_usable and settings.keep_voices else cache_dir

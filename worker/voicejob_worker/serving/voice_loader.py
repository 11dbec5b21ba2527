"""Brings a voice to this machine, and loads it: in two steps, for the first may take long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from voicejob_worker.device.release import spare_what_stays
from voicejob_worker.engines.protocol import device_of, is_on_gpu, watch
from voicejob_worker.engines.registry import check_language
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.failures.translate import as_worker_error
from voicejob_worker.inputs.inputs import Inputs, voices_dir
from voicejob_worker.models.progress import FetchLines
from voicejob_worker.reference.kept import remove_all_of
from voicejob_worker.serving.shared_calls import SharedCalls
from voicejob_worker.serving.shared_recogniser import SharedRecogniser
from voicejob_worker.synthesis.assembly import assemble_engine, assemble_recogniser

if TYPE_CHECKING:
    from voicejob_worker.engines.protocol import Engine
    from voicejob_worker.quality.recogniser import Recogniser
    from voicejob_worker.reference.cache import ReferenceCache
    from voicejob_worker.reference.reference import Reference
    from voicejob_worker.serving.voices import Voice
    from voicejob_worker.settings import Settings
    from voicejob_worker.stop import Stop

Result = TypeVar("Result")

_STORE_SECONDS: Final = 10.0
"""How long a store that does not answer is asked again: a client is waiting."""
_READ_SECONDS: Final = 10.0
"""How long a model's server may send nothing, for the same reason."""
_LEASE_SECONDS: Final = 60.0
"""How long another process that fetches the model is waited for."""


@dataclass(frozen=True)
class LoadedVoice:
    """A voice that is ready to speak."""

    engine: Engine
    recogniser: Recogniser | None
    reference: Reference | None
    calls: SharedCalls = field(init=False)
    """What speaks with the engine: it takes the calls of several threads."""

    def __post_init__(self) -> None:
        """Make the calls."""
        object.__setattr__(self, "calls", SharedCalls(self.engine))

    def tell_life(self, alive: Callable[[], None]) -> None:
        """Have ``alive`` called by a thread that speaks, where it goes on though it is silent."""
        self.calls.alive = alive
        watch(self.engine, self.calls.step)
        if isinstance(self.recogniser, SharedRecogniser):
            self.recogniser.alive = alive

    @property
    def is_on_gpu(self) -> bool:
        """Whether it computes on a GPU at this moment, in a part at least."""
        return is_on_gpu(self.engine)

    @property
    def device(self) -> str:
        """What it computes on at this moment, as ``device_of`` tells."""
        return device_of(self.engine)


LoadVoice = Callable[[], LoadedVoice]
"""Loads what was fetched; may raise a WorkerError."""


class VoiceLoader:
    """Brings voices to this machine, and loads them."""

    def __init__(
        self,
        settings: Settings,
        cache_dir: Path,
        stop: Stop,
        count_references: Callable[[ReferenceCache], None] = lambda _: None,
        *,
        tell: Callable[..., None] = lambda *_, **__: None,
        alive: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Make a loader.

        Args:
            settings: The worker's.
            cache_dir: Folder of prepared references.
            stop: Ends what waits for a server.
            count_references: Given the cache that a voice's reference was sought in.
            tell: Called with how fetches go on, as a display's ``note``.
            alive: Called with the key of a voice that is being fetched, as bytes of it come.
        """
        # One checkpoint or recording for all voices is what these settings of ``run`` would mean.
        self._settings = settings.model_copy(
            update={
                "model": None,
                "reference": None,
                "store_retry_seconds": min(settings.store_retry_seconds, _STORE_SECONDS),
                "text_retry_seconds": min(settings.text_retry_seconds, _STORE_SECONDS),
                "model_read_seconds": min(settings.model_read_seconds, _READ_SECONDS),
                "model_wait_seconds": min(settings.model_wait_seconds, _LEASE_SECONDS),
            }
        )
        self._cache_dir = cache_dir
        self._stop = stop
        self._count_references = count_references
        self._tell = tell
        self._alive = alive

    def fetch(self, voice: Voice) -> LoadVoice:
        """Bring a voice's model and recording to this machine, and give what loads them.

        Raises:
            ModelUnusableError: its model or its reference is not what it must be.
            UnavailableError: the server of one of them does not answer.
            DiskFullError: there is no room for them.
        """
        inputs = self._inputs(voice)
        inputs.alive = partial(self._alive, voice.key)
        inputs.progress = FetchLines(partial(self._tell, voice=voice.name), inputs.alive)

        def fetch() -> Reference | None:
            reference = inputs.reference()
            if inputs.references is not None:
                self._count_references(inputs.references)
            self._refuse_deleted(voice, reference)
            inputs.vocoder(inputs.model())
            _fetch_conversion(inputs)
            return reference

        reference = self._naming_voice(voice, fetch)
        return lambda: self._naming_voice(voice, lambda: self._load(voice, inputs, reference))

    def prepare_reference(self, voice: Voice) -> Reference | None:
        """Make a voice's recording ready for its engine, which is kept.

        Raises:
            InvalidInputError: no voice can be cloned from it; the message says why.
            ModelUnusableError: the model's licence was not accepted, or the speech detector is
                missing.
        """
        inputs = self._inputs(voice)
        reference = inputs.reference()
        if inputs.references is not None:
            self._count_references(inputs.references)
        return reference

    def forget_recording(self, sha256: str, transcript: str) -> None:
        """Remove all that was made of a recording with that SHA-256 and transcript.

        Raises:
            OSError: some of it is still there.
        """
        from voicejob_worker.reference.prepare import digest_of

        for told in {transcript, ""}:  # xtts is told none
            remove_all_of(digest_of(sha256, told), self._caches)

    @property
    def _caches(self) -> tuple[Path, ...]:
        return self._cache_dir, voices_dir(self._settings, self._cache_dir)

    def _refuse_deleted(self, voice: Voice, reference: Reference | None) -> None:
        """See that the recording of a client's voice is still there after work with it.

        Raises:
            ModelUnusableError: it was deleted meanwhile; what was made of it is, too.
            OSError: some of it could not be.
        """
        if voice.folder is None or (voice.folder / voice.name).exists():
            return
        if reference is not None:
            remove_all_of(reference.digest, self._caches)
        raise ModelUnusableError(f"the voice {voice.name} was deleted")

    def _inputs(self, voice: Voice) -> Inputs:
        settings = self._settings
        if voice.folder is not None:
            settings = settings.model_copy(update={"voice_dir": voice.folder})
        return Inputs(voice.spec, settings, self._cache_dir, self._stop)

    def _naming_voice(self, voice: Voice, work: Callable[[], Result]) -> Result:
        """Do what is done for a voice, and tell its faults as those of the server."""
        try:
            return work()
        except InvalidInputError as error:  # whoever sent the request can do nothing about it
            unusable = ModelUnusableError(f"the voice {voice.name} cannot speak: {error.message}")
            raise unusable.naming(*error.fields) from error
        except Exception as error:  # a library's is told by its kind and place
            raise as_worker_error(error, self._cache_dir) from error

    def _load(self, voice: Voice, inputs: Inputs, reference: Reference | None) -> LoadedVoice:
        """Load what is on this machine by now."""
        recogniser = assemble_recogniser(voice.spec, self._settings, inputs)
        engine = assemble_engine(voice.spec, self._settings, inputs, reference)
        check_language(engine, voice.spec.language)
        engine.import_libraries()
        spare_what_stays()
        with inputs.naming_unverified():
            engine.load()
        try:
            self._refuse_deleted(voice, reference)
        except BaseException:
            engine.unload()
            raise
        shared = SharedRecogniser(recogniser) if recogniser else None
        return LoadedVoice(engine, shared, reference)


def _fetch_conversion(inputs: Inputs) -> None:
    """Download the conversion's files before the load.

    Only models conditioned on pitch need RMVPE, and only the checkpoint tells, so it is read once
    more here. If the load had to download RMVPE, every other voice would wait.
    """
    files = inputs.conversion()
    if files is None:
        return
    from voicejob_worker.conversion.rvc_checkpoint import load_checkpoint

    with inputs.naming_unverified():
        has_pitch = load_checkpoint(files.model).has_pitch
    if has_pitch:
        files.rmvpe()

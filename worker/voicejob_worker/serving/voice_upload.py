"""What a client sends to have a voice cloned, checked: the form of ``POST /v1/audio/voices``.

The fields are OpenAI's where it has them (``name``, ``audio_sample``, ``consent``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_api.voice import MAX_TRANSCRIPT
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.user_document import told_faults
from voicejob_worker.reference.content import content_of
from voicejob_worker.reference.decode import FORMATS_TEXT
from voicejob_worker.serving.refusal import invalid
from voicejob_worker.serving.uploaded_voices import PREFIX, RECORDING, VoiceFacts, name_taken
from voicejob_worker.serving.voices import NO_TEXT, Voice, VoiceBook

CLONING: Final = (Engine.F5_TTS, Engine.XTTS)
_MAX_NAME: Final = 64
_MAX_CONSENT: Final = 2000
_PUNCTUATION: Final = " _-.'()"
_FIELDS: Final = ("name", "consent", "transcript", "language", "model", "type")


class UploadForm(BaseModel):
    """The form that a voice is sent in."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str
    """What the voice is to be called: 1 to 64 letters, digits, blanks and _ - . ' ( )."""
    audio_sample: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]
    """The recording: 3 to 12 s of one person; wav, flac, mp3, ogg or opus."""
    consent: str
    """Who agrees to have this voice cloned, and for what, in your words. It is kept."""
    transcript: str = ""
    """What is said in the recording, word for word; f5-tts needs it."""
    language: str = ""
    """BCP 47 tag of what it is to speak, such as en-US; absent: that of the engine's voices."""
    model: str = ""
    """f5-tts or xtts; absent: the engine of the voices that the server clones already."""


@dataclass(frozen=True)
class VoiceUpload:
    """A voice that is to be kept, as far as its form tells."""

    name: str
    consent: str
    transcript: str
    language: str
    engine: Engine


def read_upload(fields: Mapping[str, str], book: VoiceBook) -> VoiceUpload:
    """Check the form's fields, the recording apart.

    Raises:
        RequestRefused: one of them cannot be what it is; it is named.
    """
    said = {name: fields.get(name, "").strip() for name in _FIELDS}
    if said["type"] not in ("", "audio_sample"):
        raise invalid("type", "a voice is made of a recording alone: leave type out")
    consent = said["consent"]
    if not consent or len(consent) > _MAX_CONSENT or not _is_printable(consent):
        raise invalid(
            "consent",
            "consent must say who agrees to have this voice cloned, and for what, in 1 to "
            f"{_MAX_CONSENT} characters: it is kept beside the recording",
        )
    if len(said["transcript"]) > MAX_TRANSCRIPT or not _is_printable(said["transcript"]):
        raise invalid(
            "transcript", f"transcript must be text of at most {MAX_TRANSCRIPT} characters"
        )
    if not _is_printable(said["language"]):
        raise invalid("language", "language must be a BCP 47 tag such as en-US or pt-BR")
    name, engine = _name(said["name"]), _engine(said["model"], book)
    if book.find(name) is not None:
        raise name_taken()
    if engine is Engine.F5_TTS and not said["transcript"]:
        raise invalid(
            "transcript", "f5-tts must be told what is said in the recording, word for word"
        )
    template = _template(engine, said["language"], book)
    language = said["language"] or (template.spec.language if template else "en-US")
    return VoiceUpload(name, consent, said["transcript"], language, engine)


def check_recording(head: bytes) -> None:
    """Refuse what is no recording, by what its first bytes say that it is.

    Raises:
        RequestRefused: it is none.
    """
    content = content_of(head)
    if not head or not content.readable:
        found = content.label if head else "empty"
        raise invalid(
            "audio_sample", f"the recording is {found}: send one of 3 to 12 s as {FORMATS_TEXT}"
        )


def voice_of(book: VoiceBook, facts: VoiceFacts, folder: Path, place: str = "") -> Voice:
    """How a voice speaks: as those of the server's file with its engine, from its own recording.

    Args:
        book: The server's own voices: model, synthesis, quality and licences are theirs, of the
            same language if there is one.
        facts: What is known of it.
        folder: The folder that holds those of all voices.
        place: Name of its own folder; its id where that is empty.

    Raises:
        InvalidInputError: no engine can speak so.
    """
    template = _template(Engine(facts.engine), facts.language, book)
    said: dict[str, Any] = {}
    if template is not None:
        said = template.spec.model_dump(by_alias=True, exclude_unset=True, mode="json")
        for own in ("speed", "pitchSemitones"):  # of that voice, not of its model
            said.get("synthesis", {}).pop(own, None)
    reference = {"uri": f"pvc://uploaded/{place or facts.id}/{RECORDING}"}
    if facts.transcript:
        reference["transcript"] = facts.transcript
    said |= {
        "text": NO_TEXT,
        "engine": facts.engine,
        "language": facts.language,
        "voice": {"reference": reference},
    }
    try:
        return Voice(facts.id, VoiceJobSpec.model_validate(said), folder)
    except ValidationError as error:
        raise InvalidInputError(told_faults(error, "")) from None


def _template(engine: Engine, language: str, book: VoiceBook) -> Voice | None:
    """The server's own voice that one of this engine and language is to be like.

    A model of xtts speaks many languages, one of f5-tts its own.
    """
    alike = [one for one in book.voices.values() if one.spec.engine is engine]
    same = [one for one in alike if _primary(one.spec.language) == _primary(language)]
    if same or not language or engine is Engine.XTTS:
        return next(iter(same or alike), None)
    return None


def _engine(asked: str, book: VoiceBook) -> Engine:
    if not asked:
        own = [one.spec.engine for one in (book.default, *book.voices.values())]
        asked = next((one.value for one in own if one in CLONING), CLONING[0].value)
    if asked not in CLONING:
        known = " or ".join(CLONING)
        why = "piper speaks with the voice that its model was made with, and clones none"
        raise invalid("model", f"{why if asked == Engine.PIPER else 'this clones no voice'}: "
                      f"write {known}", "model_clones_no_voice")  # fmt: skip
    return Engine(asked)


def _name(said: str) -> str:
    name = unicodedata.normalize("NFC", said)
    is_good = (
        0 < len(name) <= _MAX_NAME
        and name[0].isalnum()
        and all(_is_of_words(one) or one in _PUNCTUATION for one in name)
        and not name.casefold().startswith(PREFIX)
    )
    if not is_good:
        raise invalid(
            "name",
            f"name must be 1 to {_MAX_NAME} letters, digits, blanks and _ - . ' ( ), begin with a "
            f"letter or a digit, and not with {PREFIX}, which ids begin with",
        )
    return name


def _is_of_words(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def _is_printable(text: str) -> bool:
    return all(one.isprintable() or one in "\n\r\t" for one in text)


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()

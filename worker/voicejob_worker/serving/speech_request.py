"""What a client asks for: the body of ``POST /v1/audio/speech``, checked.

Clients send more than is known here, and null where they have nothing to say: both are let pass,
and a header of the answer names what was not followed. Only what would be spoken otherwise than
asked is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_worker.audio import pyav
from voicejob_worker.engines.protocol import MAX_SPEED, MIN_SPEED
from voicejob_worker.serving.refusal import RequestRefused, invalid
from voicejob_worker.serving.voices import Voice, VoiceBook

ANY_ENGINE: Final = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
"""OpenAI's models: whatever the voice's engine is."""
_OF_A_DAY: Final = re.compile("-([0-9]{4}-[0-9]{2}-[0-9]{2}|[01][0-9][0-3][0-9])$")
"""Behind the name of a model: the day of a snapshot (2025-12-15, 1106)."""
_ROUNDED: Final = 1e-4
"""How far beyond a bound a speed may be, as sliders and what was told of the bound are."""
_MAX_NAMED: Final = 16
"""Fields that are named as not followed."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
"""What a header can say of a field's name."""
_LONE_SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""Halves of characters, as clients send them that cut a text by its UTF-16 units."""


class StreamFormat(StrEnum):
    """What the audio comes as."""

    MP3 = "mp3"
    OPUS = "opus"
    AAC = "aac"
    """In ADTS frames; made where the package ``av`` is installed."""
    FLAC = "flac"
    WAV = "wav"
    PCM = "pcm"
    """24 kHz, 16-bit little-endian, mono, without a header."""


class Delivery(StrEnum):
    """How the audio comes."""

    AUDIO = "audio"
    SSE = "sse"
    """In server-sent events, in base64."""


@dataclass(frozen=True)
class SpeechRequest:
    """A text, and how it is to be spoken."""

    voice: Voice
    text: str
    format: StreamFormat
    speed: float
    """Speed of the voice's own pace and the request's together; 1.0 is the model's usual."""
    as_events: bool
    """Whether the audio comes in server-sent events."""
    stream: bool | None = None
    """Whether it is to leave as it is spoken, or once it is complete; None if that was not said."""
    ignored: tuple[str, ...] = ()
    """Names of the fields that were sent and are not followed."""

    @property
    def is_whole(self) -> bool:
        """Whether it leaves in one piece, with its lengths in its header.

        FLAC does unless it is asked for as it comes: of a FLAC without its length many readers
        make nothing.
        """
        if self.as_events:
            return False
        return self.format is StreamFormat.FLAC if self.stream is None else not self.stream

    @property
    def serial(self) -> int:
        """A number of 32 bits for an Ogg stream: the same for the same request alone."""
        said = (self.voice.key, self.text, self.format.value, repr(self.speed))
        return int.from_bytes(hashlib.sha256("\0".join(said).encode()).digest()[:4], "big")

    @property
    def spec(self) -> VoiceJobSpec:
        """The voice's spec, with the request's speed."""
        spec = self.voice.spec
        synthesis = spec.synthesis.model_copy(update={"speed": self.speed})
        return spec.model_copy(update={"synthesis": synthesis})


class VoiceId(BaseModel):
    """A voice as OpenAI's clients name one of their user's own."""

    id: str


class SpeechBody(BaseModel):
    """The body of a request for speech. A field that is not known, or null, is not looked at."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    model: str
    """A model of GET /v1/models: the voice's engine, or one of OpenAI's names for whichever it
    is."""
    input: str
    """The text to speak."""
    voice: str | VoiceId
    """Name or id of a voice of GET /v1/audio/voices."""
    response_format: StreamFormat = StreamFormat.MP3
    """What the audio comes as, in any case of the letters."""
    speed: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    """From 0.25 to 4.0, times the voice's own: 2 takes half the time, at the same pitch."""
    instructions: Any = None
    """Taken, and followed by no engine here."""
    stream_format: Delivery = Delivery.AUDIO
    """sse has the audio come in server-sent events."""
    stream: bool | None = None
    """false has the audio come in one piece, with lengths that are right; true as it is spoken,
    flac too."""


def read_speech_request(document: Any, book: VoiceBook, max_characters: int) -> SpeechRequest:
    """Check the body of a request.

    Raises:
        RequestRefused: it cannot be done; the field is named.
    """
    if not isinstance(document, dict):
        raise invalid(None, "the body must be a JSON object with model, input and voice")
    said = {name: value for name, value in document.items() if value is not None}
    known = {name: _tidied(name, said[name]) for name in SpeechBody.model_fields if name in said}
    body = _validated({name: value for name, value in known.items() if _is_said(name, value)})
    voice = find_voice(body.voice if isinstance(body.voice, str) else body.voice.id, book)
    _check_model(body.model, voice)
    if len(body.input) > max_characters:
        raise too_long(f"input has {len(body.input)} characters", max_characters)
    return SpeechRequest(
        voice=voice,
        text=body.input,
        format=_format(body.response_format),
        speed=_speed(body.speed, voice),
        as_events=body.stream_format is Delivery.SSE,
        stream=body.stream,
        ignored=_ignored(said),
    )


def reads_whole(headers: Mapping[str, str]) -> bool:
    """Whether a client takes no byte before it has all, by what it says of itself.

    ``create`` of OpenAI's client for Python does; what streams sends a header more.
    """
    is_python = headers.get("x-stainless-lang") == "python"
    return is_python and headers.get("x-stainless-raw-response") != "stream"


def _tidied(name: str, value: Any) -> Any:
    """A field's value without what clients' forms leave around it."""
    if name == "voice" and isinstance(value, dict):
        return {part: _tidied(name, said) for part, said in value.items()}
    if not isinstance(value, str):
        return value
    if name == "input":
        return _LONE_SURROGATES.sub("", value)
    value = value.strip()
    return value.lower() if name in (*_ENUMS, "model") else value


def _is_said(name: str, value: Any) -> bool:
    """Whether a field says anything: an empty one does not, and an empty text is told as such."""
    if name == "voice" and isinstance(value, dict):
        return value.get("id") not in (None, "")
    return value != "" or name == "input"


def _ignored(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what was said and is not followed, as far as a header can tell them."""
    foreign = [name for name in said if name not in SpeechBody.model_fields]
    if said.get("instructions"):
        foreign.insert(0, "instructions")
    named = [name for name in foreign if _PLAIN.fullmatch(name)][:_MAX_NAMED]
    return (*named, *([f"{len(foreign) - len(named)} more"] if len(named) < len(foreign) else []))


def _validated(said: Mapping[str, Any]) -> SpeechBody:
    try:
        return SpeechBody.model_validate(said)
    except ValidationError as error:
        raise _refused(error) from None


_ENUMS: Final = ("response_format", "stream_format")
_WHERE_TO_LOOK: Final = {
    "model": "GET /v1/models lists those that are known; tts-1 is whatever the voice's engine is",
    "voice": "GET /v1/audio/voices lists those that are known",
    "input": "write the text to speak",
}


def _refused(error: ValidationError) -> RequestRefused:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = str(fault["loc"][0])
    if fault["type"] == "missing" and len(fault["loc"]) == 1:
        return invalid(field, f"{field} is missing: {_WHERE_TO_LOOK[field]}")
    if field == "voice":
        return invalid(field, 'voice must be a name, an id, or an object such as {"id": "joe"}')
    if field in _ENUMS:
        known = formats() if field == "response_format" else [*Delivery]
        return invalid(field, f"{field} is not known: ask for one of {', '.join(known)}")
    return invalid(field, f"{field}: {fault['msg']}")


def formats() -> list[StreamFormat]:
    """What the audio can come as, with what is installed here."""
    return [one for one in StreamFormat if one is not StreamFormat.AAC or pyav.is_installed()]


def _format(asked: StreamFormat) -> StreamFormat:
    if asked in formats():
        return asked
    raise invalid(
        "response_format",
        f"{asked} needs the package av, which is not installed on this server ({pyav.INSTALL}): "
        f"ask for one of {', '.join(formats())}",
    )


def too_long(found: str, max_characters: int) -> RequestRefused:
    """A text is longer than one request may have."""
    return invalid(
        "input",
        f"{found}: at most {max_characters} are spoken in one request; send it in parts, use a "
        "VoiceJob for long texts, or have whoever runs this server raise --max-input-characters "
        "(VOICEJOB_SERVE_MAX_INPUT_CHARACTERS)",
        "string_above_max_length",
    )


def find_voice(name: str, book: VoiceBook) -> Voice:
    """The voice of that name.

    Raises:
        RequestRefused: there is none.
    """
    voice = book.find(name)
    if voice is None:
        raise invalid(
            "voice",
            f"there is no voice of that name: there are {', '.join(book.voices)} "
            "(GET /v1/audio/voices)",
            "voice_not_found",
        )
    return voice


def is_any_engine(model: str) -> bool:
    """Whether a model is one of OpenAI's that speak, or a snapshot of one."""
    return _OF_A_DAY.sub("", model) in ANY_ENGINE


def _check_model(model: str, voice: Voice) -> None:
    if is_any_engine(model) or model == voice.spec.engine.value:
        return
    known = ", ".join((*(engine.value for engine in Engine), *ANY_ENGINE))
    if model not in tuple(Engine):
        raise RequestRefused(
            404, f"there is no model of that name: there are {known}", param="model",
            code="model_not_found",
        )  # fmt: skip
    raise invalid(
        "model",
        f"the voice {voice.name} is spoken by {voice.spec.engine.value}, not by {model}: "
        f"write that, or tts-1 for whichever it is",
        "model_mismatch",
    )


def _speed(asked: float, voice: Voice) -> float:
    own = voice.spec.synthesis.speed
    speed = asked * own
    if not MIN_SPEED * (1 - _ROUNDED) <= speed <= MAX_SPEED * (1 + _ROUNDED):
        raise invalid(
            "speed",
            f"speed is {asked:g}: for the voice {voice.name} it must be from "
            f"{MIN_SPEED / own:g} to {MAX_SPEED / own:g}",
        )
    return min(max(speed, MIN_SPEED), MAX_SPEED)

"""What a client asks for: the body of ``POST /v1/audio/speech``, checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_worker.serving.refusal import RequestRefused, invalid
from voicejob_worker.serving.voices import Voice, VoiceBook

ANY_ENGINE: Final = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""OpenAI's models: whatever the voice's engine is."""
_MIN_SPEED, _MAX_SPEED = 0.5, 2.0
"""Bounds on ``spec.synthesis.speed``, which a request's speed multiplies."""


class StreamFormat(StrEnum):
    """What the audio comes as."""

    MP3 = "mp3"
    OPUS = "opus"
    FLAC = "flac"
    WAV = "wav"
    PCM = "pcm"
    """24 kHz, 16-bit little-endian, mono, without a header."""


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

    @property
    def spec(self) -> VoiceJobSpec:
        """The voice's spec, with the request's speed."""
        spec = self.voice.spec
        synthesis = spec.synthesis.model_copy(update={"speed": self.speed})
        return spec.model_copy(update={"synthesis": synthesis})


class _VoiceId(BaseModel):
    id: str


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    model: str
    input: str
    voice: str | _VoiceId
    response_format: str = StreamFormat.MP3.value
    speed: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    instructions: str = ""
    stream_format: Literal["audio", "sse"] = "audio"


def read_speech_request(document: Any, book: VoiceBook, max_characters: int) -> SpeechRequest:
    """Check the body of a request.

    Raises:
        RequestRefused: it cannot be done; the field is named.
    """
    body = _validated(document)
    voice = _voice(body, book)
    _check_model(body.model, voice)
    if body.instructions.strip():
        raise invalid(
            "instructions",
            "instructions are not followed by any engine here: leave them out, and choose how it "
            "is spoken by the voice",
        )
    if len(body.input) > max_characters:
        raise invalid(
            "input",
            f"input has {len(body.input)} characters: at most {max_characters} are spoken in one "
            "request; send it in parts, or use a VoiceJob for long texts",
            "string_above_max_length",
        )
    return SpeechRequest(
        voice=voice,
        text=body.input,
        format=_format(body.response_format),
        speed=_speed(body.speed, voice),
        as_events=body.stream_format == "sse",
    )


def _validated(document: Any) -> _Body:
    try:
        return _Body.model_validate(document)
    except ValidationError as error:
        raise _refused(error) from None


_WHERE_TO_LOOK: Final = {
    "model": "GET /v1/models lists those that are known",
    "voice": "GET /v1/audio/voices lists those that are known",
    "input": "write the text to speak",
}


def _refused(error: ValidationError) -> RequestRefused:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if not fault["loc"]:
        return invalid(None, "the body must be a JSON object with model, input and voice")
    field = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return invalid(field, f"{field} is not known here: leave it out")
    if fault["type"] == "missing":
        hint = _WHERE_TO_LOOK.get(field)
        return invalid(field, f"{field} is missing" + (f": {hint}" if hint else ""))
    return invalid(field, f"{field}: {fault['msg']}")


def _voice(body: _Body, book: VoiceBook) -> Voice:
    return find_voice(body.voice if isinstance(body.voice, str) else body.voice.id, book)


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


def _check_model(model: str, voice: Voice) -> None:
    if model in ANY_ENGINE or model == voice.spec.engine.value:
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


def _format(asked: str) -> StreamFormat:
    try:
        return StreamFormat(asked)
    except ValueError:
        known = ", ".join(one.value for one in StreamFormat)
        why = "aac is not made here" if asked == "aac" else "response_format is not known"
        raise invalid("response_format", f"{why}: ask for one of {known}") from None


def _speed(asked: float, voice: Voice) -> float:
    own = voice.spec.synthesis.speed
    speed = asked * own
    if not _MIN_SPEED <= speed <= _MAX_SPEED:
        raise invalid(
            "speed",
            f"speed is {asked:g}: for the voice {voice.name} it must be from "
            f"{_MIN_SPEED / own:g} to {_MAX_SPEED / own:g}",
        )
    return speed

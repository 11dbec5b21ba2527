"""``spec.voices``: the voices of a text that several say, by the names that the text calls them."""

from collections.abc import Mapping
from string import ascii_lowercase, ascii_uppercase
from typing import Annotated, ClassVar, Final
from unicodedata import category

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.patterns import LanguageTag
from voicejob_api.rules import IS_NOT_BLANK, Offender, Rule
from voicejob_api.scalars import Number
from voicejob_api.synthesis import PitchSemitones, Speed
from voicejob_api.voice import Model, VoiceReference

MAX_VOICES: Final = 16
_NAME_CEL: Final = r"^\\p{L}[\\p{L}\\p{M}\\p{Nd} .\\x27_-]{0,39}$"
_MAX_NAME: Final = 40
_LOWER_ASCII: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
"""As CEL's lowerAscii."""
_OPEN_TO_ALL: Final = (
    "must be open to the worker without credentials: put it into a volume (pvc://CLAIM/PATH), or "
    "name an https:// address"
)


class NamedVoice(SpecModel):
    """One of several voices. What it leaves out is as in the rest of the VoiceJob."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!(has(self.reference) && has(self.speaker))",
            check=lambda self: self.reference is None or self.speaker is None,
            message="write reference or speaker, not both",
        ),
        Rule(
            cel="!has(self.reference) || !has(self.reference.credentialsSecret)",
            check=lambda self: self.reference is None or self.reference.credentials_secret is None,
            message=f"the recording of a named voice {_OPEN_TO_ALL}",
            path=".reference",
        ),
        Rule(
            cel="!has(self.model) || !has(self.model.credentialsSecret)",
            check=lambda self: self.model is None or self.model.credentials_secret is None,
            message=f"the model of a named voice {_OPEN_TO_ALL}",
            path=".model",
        ),
    )

    speaker: Annotated[str, Field(max_length=100), IS_NOT_BLANK] | None = None
    """piper: name or number of one of the speakers of a model of several. xtts: one of the speakers
    that the model brings."""
    reference: VoiceReference | None = None
    """f5-tts, xtts: a recording of the voice to clone."""
    model: Model | None = None
    """A checkpoint of its own, of the same engine."""
    language: LanguageTag | None = None
    """Language of what it says, as a BCP 47 tag. Absent: the VoiceJob's."""
    speed: Speed | None = None
    """Its speaking rate. Absent: that of synthesis."""
    pitch_semitones: PitchSemitones | None = None
    """How far its pitch is moved, in semitones. Absent: as far as synthesis says."""
    volume_gain_db: Annotated[
        Number,
        Rule(
            cel="self >= -24.0 && self <= 12.0",
            check=lambda decibels: -24.0 <= decibels <= 12.0,
            message="must be from -24 (hardly heard beside the others) to 12 decibels",
        ),
    ] = 0.0
    """Decibels by which it is louder than the other voices, which are all brought to one level. How
    loud the whole is, audio.loudnessLUFS says."""


def numbered(voices: Mapping[str, NamedVoice]) -> list[tuple[int, str, NamedVoice]]:
    """Each voice with its number, from 0, in the order of the names: operator and worker agree."""
    return [(number, name, voices[name]) for number, name in enumerate(sorted(voices))]


def are_names(voices: dict[str, NamedVoice]) -> bool:
    """Whether each key may be the name of a voice."""
    return all(map(_is_name, voices))


def _is_name(name: str) -> bool:
    """As CEL has it; Python's ``\\w`` has no marks, which Hindi's and Thai's vowels are."""
    first, rest = name[:1], name[1:]
    return (
        len(name) <= _MAX_NAME
        and first != ""
        and category(first)[0] == "L"
        and all(one in " .'_-" or category(one)[0] in "LM" or category(one) == "Nd" for one in rest)
    )


def are_told_apart(voices: dict[str, NamedVoice]) -> bool:
    """Whether no two names differ by their case alone."""
    return len({name.translate(_LOWER_ASCII) for name in voices}) == len(voices)


Voices = Annotated[
    dict[str, NamedVoice],
    Field(max_length=MAX_VOICES, json_schema_extra={"maxProperties": MAX_VOICES}),
    Rule(
        cel=f"self.all(name, name.matches('{_NAME_CEL}'))",
        check=are_names,
        message="the name of a voice begins with a letter and has at most 40 letters, digits, "
        "blanks and . ' _ -",
        offender=Offender(
            cel=f"self.filter(name, !name.matches('{_NAME_CEL}'))[0]",
            find=lambda voices: next(name for name in voices if not _is_name(name)),
        ),
    ),
    Rule(
        cel="self.all(name, self.filter(other, other.lowerAscii() == name.lowerAscii()).size() "
        "== 1)",
        check=are_told_apart,
        message="two voices differ by the case of their names alone: a text could not tell them "
        "apart",
    ),
]

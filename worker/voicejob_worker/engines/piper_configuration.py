"""What a Piper voice's .onnx.json may say: what it must not shows only once the voice speaks.

A value that is absent is the engine's own; piper-tts refuses where it needs one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from piper import PiperVoice

_RATES: Final = (8_000, 192_000)
_MOST: Final = 10.0
"""Of noise and length: the published voices have 0.3 to 2."""
_ENDS: Final = ("^", "_", "$")
"""What stands before, between and behind all phonemes."""
_SHOWN: Final = 40

Rule = tuple[str, Callable[[Any], bool]]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_OBJECT: Final[Rule] = ("an object", _is_object)
_NOISE: Final[Rule] = (
    f"a number from 0 to {_MOST:g}",
    lambda value: _is_number(value) and 0 <= value <= _MOST,
)
_WHOLE: Final[Rule] = (
    "a whole number from 0",
    lambda value: value is None or (_is_whole(value) and value >= 0),
)
_RULES: Final[Mapping[str, Rule]] = {
    "audio": _OBJECT,
    "audio.sample_rate": (
        f"a whole number from {_RATES[0]} to {_RATES[1]}",
        lambda value: _is_whole(value) and _RATES[0] <= value <= _RATES[1],
    ),
    "espeak": _OBJECT,
    "espeak.voice": (
        "the name of a voice of espeak-ng, such as en-us",
        lambda value: isinstance(value, str) and value != "" and value.isprintable(),
    ),
    "inference": _OBJECT,
    "inference.noise_scale": _NOISE,
    "inference.noise_w": _NOISE,
    "inference.length_scale": (
        f"a number above 0, up to {_MOST:g}",
        lambda value: _is_number(value) and 0 < value <= _MOST,
    ),
    "num_speakers": _WHOLE,
    "default_speaker_id": _WHOLE,
    "speaker_id_map": (
        "an object of a number for each speaker",
        lambda value: not value or (_is_object(value) and all(map(_is_place, value.values()))),
    ),
    "phoneme_id_map": (
        "an object of a list of numbers for each phoneme",
        lambda value: _is_object(value) and all(map(_is_places, value.values())),
    ),
}


def check_configuration(content: Mapping[str, Any], name: str) -> None:
    """Check that a voice can speak with its configuration.

    Args:
        content: The content of its .onnx.json.
        name: Name of the file.

    Raises:
        ModelUnusableError: it cannot; the value is named, and what it may be.
    """
    for path, (expected, holds) in _RULES.items():
        place: Any = content
        *folders, key = path.split(".")
        for folder in folders:
            place = place.get(folder, {})
        if key in place and not holds(place[key]):
            raise _wrong(name, path, place[key], expected)
    ids = content.get("phoneme_id_map")
    if ids and (missing := [sign for sign in _ENDS if not ids.get(sign)]):
        raise ModelUnusableError(
            f"{name} has no number for {' and '.join(missing)} in its phoneme_id_map, which every "
            "Piper voice has: take the file that the voice was published with"
        )


def hearing(voice: PiperVoice, name: str) -> PiperVoice:
    """The same voice, once it was seen that espeak speaks its language.

    Args:
        voice: The voice.
        name: Name of its .onnx file.

    Raises:
        ModelUnusableError: espeak does not.
    """
    try:
        voice.phonemize("a")
    except (RuntimeError, ValueError) as error:
        raise ModelUnusableError(
            f"{name}.json says espeak.voice: {voice.config.espeak_voice[:_SHOWN]!r}, which the "
            "espeak-ng of piper-tts does not know: write the name that it has for the language"
        ) from error
    return voice


def unfit(name: str) -> ModelUnusableError:
    """The error of a voice whose graph does not take what its configuration makes of a text."""
    return ModelUnusableError(
        f"the voice {name} does not go with its {name}.json: a phoneme or the speaker has a number "
        "there that the voice lacks. Take both from the same place"
    )


def _is_place(value: Any) -> bool:
    return _is_whole(value) and value >= 0


def _is_places(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_place, value))


def _wrong(name: str, key: str, found: Any, expected: str) -> ModelUnusableError:
    return ModelUnusableError(
        f"{name} says {key}: {repr(found)[:_SHOWN]}, expected {expected}. Take the file that the "
        "voice was published with"
    )

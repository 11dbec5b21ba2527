"""Which speakers of a Piper model of several are wanted."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from voicejob_worker.errors import InvalidInputError


def numbers_of(
    wanted: Mapping[str, str | None], configuration: Mapping[str, Any], model: str
) -> dict[str, int]:
    """The number of the speaker of each voice.

    Args:
        wanted: A speaker's name or number by the name of the voice; None for the usual one.
        configuration: The content of the model's .onnx.json.
        model: The model's file name, for messages.

    Raises:
        InvalidInputError: the model has no such speaker.
    """
    names = configuration.get("speaker_id_map") or {}
    count = int(configuration.get("num_speakers") or 1)
    usual = int(configuration.get("default_speaker_id") or 0)
    return {
        voice: usual if speaker is None else _number(speaker, names, count, model)
        for voice, speaker in wanted.items()
    }


def refuse_speakers(
    wanted: Mapping[str, str | None], _configuration: Mapping[str, Any], model: str
) -> dict[str, int]:
    """Refuse whoever asks for a speaker of a model of one; there are no numbers to tell.

    Raises:
        InvalidInputError: somebody does.
    """
    if any(wanted.values()):
        raise InvalidInputError(
            f"the voice {model} has one speaker, and speaker asks for another: leave speaker out, "
            "or name a model of several (spec.model)"
        ).naming("spec.model")
    return {}


def _number(speaker: str, names: Mapping[str, int], count: int, model: str) -> int:
    if speaker in names:
        return int(names[speaker])
    if speaker.isdecimal() and int(speaker) < count:
        return int(speaker)
    close = get_close_matches(speaker, names, 5, 0.4) or sorted(names)[:5]
    among = f", among them {', '.join(close)}" if close else ""
    raise InvalidInputError(
        f"the voice {model} has no speaker {speaker!r}: it has {count}, numbered from 0{among}"
    )

"""Refuses an option of ``run`` that the VoiceJob has no use for: it would be ignored silently."""

from collections.abc import Callable
from typing import Final

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.settings import Settings

_Use = Callable[[VoiceJobSpec], bool]


def _reads_text_file(spec: VoiceJobSpec) -> bool:
    return spec.text_from is not None and spec.text_from.uri is None


def _has_reference(spec: VoiceJobSpec) -> bool:
    return spec.voice is not None and spec.voice.reference is not None


_USES: Final[dict[str, tuple[_Use, str]]] = {
    "text_file": (
        _reads_text_file,
        "the text is that of spec.text or spec.textFrom.uri. Write textFrom: {configMapKeyRef: "
        "{name: a, key: b}} in its place",
    ),
    "lexicon_file": (
        lambda spec: spec.lexicon is not None and spec.lexicon.uri is None,
        "it has no lexicon: {configMapKeyRef: {name: a, key: b}}",
    ),
    "cover_file": (
        lambda spec: spec.audio.cover is not None and spec.audio.cover.uri is None,
        "it has no audio: {cover: {configMapKeyRef: {name: a, key: b}}}",
    ),
    "reference": (_has_reference, "it has no spec.voice.reference, with its transcript"),
    "vocoder": (lambda spec: spec.engine is Engine.F5_TTS, "only engine: f5-tts has a vocoder"),
    "recogniser": (lambda spec: spec.quality.transcribe, "it has no quality: {transcribe: true}"),
}


def refuse_idle_options(spec: VoiceJobSpec, settings: Settings) -> None:
    """Check that what was named on the command line is used.

    Raises:
        InvalidInputError: it is not; the option and the field that decides it are named.
    """
    for name, (is_used, why) in _USES.items():
        if settings.is_flag(name) and not is_used(spec):
            option = "--" + name.replace("_", "-")
            raise InvalidInputError(
                f"{option} is of no use to this VoiceJob: {why}, or leave {option} out"
            )

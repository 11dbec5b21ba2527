"""The text of a request as it is to be spoken, or why there is nothing to speak in it."""

from dataclasses import replace

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.characters import describe_unspeakable, has_speech
from voicejob_worker.text.normalise import NormalisedText, normalise
from voicejob_worker.text.scripts import script_mismatch


def speakable(original: str, language: str) -> NormalisedText:
    """Normalise a text of the language of that BCP 47 tag, and look whose letters it is in.

    Raises:
        InvalidInputError: it holds nothing that can be spoken; the kinds of its characters are
            told, never the characters.
    """
    if not has_speech(original):
        raise InvalidInputError(f"nothing to speak: {describe_unspeakable(original)}")
    normalised = normalise(original, language)
    if not has_speech(normalised.text):
        raise InvalidInputError(f"nothing to speak: {describe_unspeakable(original)}")
    return replace(normalised, mismatch=script_mismatch(original, language))

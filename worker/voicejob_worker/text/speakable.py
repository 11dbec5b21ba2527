"""The text of a request as it is to be spoken, or why there is nothing to speak in it."""

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.characters import describe_unspeakable, has_speech
from voicejob_worker.text.normalise import NormalisedText, normalise


def speakable(original: str, language: str) -> NormalisedText:
    """Normalise a text of the language of that BCP 47 tag.

    Raises:
        InvalidInputError: it holds nothing that can be spoken; the kinds of its characters are
            told, never the characters.
    """
    if not has_speech(original):
        raise InvalidInputError(f"nothing to speak: {describe_unspeakable(original)}")
    normalised = normalise(original, language)
    if not has_speech(normalised.text):
        raise InvalidInputError(f"nothing to speak: {describe_unspeakable(original)}")
    return normalised

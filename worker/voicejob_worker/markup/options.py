"""What the readers are told besides the source itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from voicejob_api.text_source import Unspoken
from voicejob_worker.errors import InvalidInputError

MARKUP_PER_CHARACTER: Final = 8
"""Characters of source that each character to be spoken may bring: a web page is mostly tags."""

ITEMS_TIMES: Final = 4
"""Texts of the greatest length that all items together may come to: a list of ten thousand lines is
longer than a book, and a retry of it speaks only what is missing."""


@dataclass(frozen=True)
class MarkupOptions:
    """How a source is read."""

    max_characters: int = 500_000
    """Most characters of the text itself; of markup, ``MARKUP_PER_CHARACTER`` times as many."""
    voices: frozenset[str] = frozenset()
    """Names of ``spec.voices``; a script or an SSML document may name no other."""
    code: Unspoken = Unspoken.SKIP
    """Whether blocks of code are said. Code within a sentence always is."""
    stage_directions: Unspoken = Unspoken.SKIP
    """Whether a script's directions in brackets are said."""

    def check_items(self, length: int) -> None:
        """Refuse items that are too long together, in characters.

        Raises:
            InvalidInputError: They are.
        """
        if length > self.max_characters * ITEMS_TIMES:
            raise InvalidInputError(
                f"the items have {length} characters together; this operator's limit is "
                f"{self.max_characters * ITEMS_TIMES}, {ITEMS_TIMES} times worker.maxCharacters: "
                "make several VoiceJobs of them"
            )

    def check_size(self, length: int, unit: str = "characters", times: int = 1) -> None:
        """Refuse a source that is too long, before anything is made of it.

        Raises:
            InvalidInputError: It is.
        """
        if length > self.max_characters * times:
            raise InvalidInputError(
                f"the text has {length} {unit}; this operator's limit is "
                f"{self.max_characters * times} {unit}{' with its markup' if times > 1 else ''} "
                "(worker.maxCharacters)"
            )


def find_voice(name: str, voices: Iterable[str]) -> str | None:
    """The voice of that name, whatever the case and the blanks about it; None if there is none."""
    wanted = " ".join(name.split()).casefold()
    return next((voice for voice in voices if voice.casefold() == wanted), None)


def unknown_voice(place: str, voices: Iterable[str]) -> InvalidInputError:
    """The error of a name that is no voice's. The name is the text's own, and so is not told."""
    known = ", ".join(sorted(voices))
    told = f"spec.voices has {known}" if known else "spec.voices has none"
    return InvalidInputError(
        f"{place}: there is no voice of this name; {told}. Add it there, or correct the name",
        "UnknownVoice",
    ).naming("spec.voices")

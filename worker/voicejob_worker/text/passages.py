"""A text once its markup is read: passages in order, each said in one manner.

Whatever a text was written in (plain, Markdown, HTML, SSML, an EPUB, the lines of a script) is a
``Script`` when ``markup`` is done with it. What comes after knows no markup: a passage's text is
normalised in its own language, cut into sentences, and spoken in its own manner.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

MAX_PAUSE: Final = 10.0
"""Seconds of the longest pause that can be asked for, however many are asked for in a row."""


@dataclass(frozen=True)
class Manner:
    """How a passage is said, where that differs from the rest of the text."""

    voice: str = ""
    """Its name in ``spec.voices``; empty for the voice of the whole text."""
    language: str = ""
    """BCP 47 tag; empty for the language of the whole text."""
    rate: float = 1.0
    """Times the speed of the whole text: 2.0 takes half as long."""
    pitch: float = 0.0
    """Semitones above the voice's own pitch."""
    volume: float = 0.0
    """Decibels above the voice's own level."""


AS_THE_REST: Final = Manner()
"""The manner of a text that asks for none."""


@dataclass(frozen=True)
class Passage:
    """A run of text in one manner: a paragraph, or part of one where a pause or a manner begins."""

    text: str
    """As it is written, without any markup; an empty line parts paragraphs. Signs of the private
    use area stand for the script's ``pronunciations``, and for nothing else."""
    manner: Manner = AS_THE_REST
    pause_after: float | None = None
    """Seconds of silence that were asked for after it; None for what its end brings by itself."""
    ends_paragraph: bool = True
    """Whether a paragraph ends with it."""
    chapter: str | None = None
    """Title of the chapter that begins with it; None if none does."""
    item: int | None = None
    """Number of the item that it is of, from 0; None where the text is one. Nothing goes from one
    item into another."""
    line: int = 0
    """Line of the source that it begins on, from 1; 0 where there are no lines to tell."""


@dataclass(frozen=True)
class ScriptItem:
    """One of many texts; its passages have its number."""

    id: str
    manner: Manner = AS_THE_REST


@dataclass(frozen=True)
class Pronunciation:
    """A word that is said by its phonemes, by engines that have phonemes."""

    written: str
    """What other engines say, and what subtitles show."""
    phonemes: str
    """In the International Phonetic Alphabet."""


@dataclass(frozen=True)
class Script:
    """All of a text."""

    passages: tuple[Passage, ...]
    title: str = ""
    """What the source says it is called; empty where it does not."""
    author: str = ""
    language: str = ""
    """BCP 47 tag that the source names for all of it; empty where it names none."""
    cover: bytes | None = field(default=None, repr=False)
    """A picture (JPEG or PNG)."""
    pronunciations: Mapping[str, Pronunciation] = field(default_factory=dict)
    """By the sign (U+E000 to U+F8FF) that stands for each in the passages' texts."""
    items: tuple[ScriptItem, ...] = ()
    """Where it is many texts: these."""
    written: str = field(default="", repr=False)
    """What ``as_written`` gives, where the passages hold something else."""
    notes: tuple[str, ...] = ()
    """What was left out or read otherwise than asked, in words for people: never the text's."""

    def as_written(self) -> str:
        """All of it as the author wrote it, paragraphs separated by an empty line."""
        if self.written:
            return self.written
        text = "".join(one.text + ("\n\n" if one.ends_paragraph else " ") for one in self.passages)
        signs = {ord(sign): one.written for sign, one in self.pronunciations.items()}
        return text.translate(signs)


def as_voices_say(script: Script, voices: Mapping[str, Manner]) -> Script:
    """The script with what each passage is said in, by its voice.

    Args:
        script: The text.
        voices: By the voice's name: the language of passages that name none themselves, and by how
            much rate, pitch and volume are changed, which add to a passage's own.
    """
    return replace(
        script,
        passages=tuple(
            replace(one, manner=_changed(one.manner, voices[one.manner.voice]))
            if one.manner.voice in voices
            else one
            for one in script.passages
        ),
    )


def _changed(own: Manner, by_voice: Manner) -> Manner:
    return replace(
        own,
        language=own.language or by_voice.language,
        rate=own.rate * by_voice.rate,
        pitch=own.pitch + by_voice.pitch,
        volume=own.volume + by_voice.volume,
    )

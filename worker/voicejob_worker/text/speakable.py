"""A text as it is to be spoken, or why there is nothing to speak in it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.characters import describe_unspeakable, has_speech, is_private
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.normalise import NormalisedText, normalise
from voicejob_worker.text.passages import (
    MAX_PAUSE,
    Passage,
    Pronunciation,
    Script,
)
from voicejob_worker.text.scripts import ScriptMismatch, script_mismatch

_DIGITS: Final = re.compile("[0-9]++")


@dataclass(frozen=True)
class SpeakableScript:
    """Passages in words, and how many characters were dropped on the way."""

    passages: tuple[Passage, ...]
    """Each with something to speak in it."""
    emoji_dropped: int
    controls_dropped: int
    written: str
    """All of it as the author wrote it, paragraphs separated by an empty line."""
    mismatch: ScriptMismatch | None = None
    """What was written in scripts that the language of the whole text does not use."""
    pronunciations: Mapping[str, Pronunciation] = field(default_factory=dict)
    """By the sign that stands for each in the passages."""
    notes: tuple[str, ...] = ()
    """What was not said as the text asks, for people; nothing of the text is in it."""


def speakable(original: str, language: str) -> NormalisedText:
    """Normalise a text of the language of that BCP 47 tag, and look whose letters it is in.

    Raises:
        InvalidInputError: it holds nothing that can be spoken; the kinds of its characters are
            told, never the characters.
    """
    spoken = speakable_script(Script((Passage(original),)), language)
    (passage,) = spoken.passages
    return NormalisedText(
        passage.text, spoken.emoji_dropped, spoken.controls_dropped, spoken.mismatch
    )


def speakable_script(script: Script, language: str) -> SpeakableScript:
    """Normalise each passage in its own language.

    Passages that nothing sets apart are normalised together, as one of several paragraphs; one
    without anything to speak goes, and what it asks for (a pause, a chapter) goes to its neighbour.

    Args:
        script: The text.
        language: BCP 47 tag of the passages that name none.

    Raises:
        InvalidInputError: it holds nothing that can be spoken; the kinds of its characters are
            told, never the characters.
    """
    kept: list[Passage] = []
    signs = frozenset(script.pronunciations)
    emoji = controls = 0
    chapter: str | None = None
    for passage in _merged(script.passages):
        text = _with_signs(passage.text, signs) if signs else passage.text
        normalised = normalise(text, passage.manner.language or language, bool(signs))
        emoji += normalised.emoji_dropped
        controls += normalised.controls_dropped
        chapter = passage.chapter if passage.chapter is not None else chapter
        if has_speech(normalised.text):
            kept.append(replace(passage, text=normalised.text, chapter=chapter))
            chapter = None
        elif kept and passage.pause_after is not None:
            longer = (kept[-1].pause_after or 0.0) + passage.pause_after
            kept[-1] = replace(kept[-1], pause_after=min(longer, MAX_PAUSE))
        elif kept and passage.ends_paragraph:
            kept[-1] = replace(kept[-1], ends_paragraph=True)
    if not kept:
        original = "".join(passage.text for passage in script.passages)
        told = (describe_unspeakable(original), *script.notes)
        raise InvalidInputError(f"nothing to speak: {'; '.join(told)}")
    own = "\n".join(one.text for one in script.passages if not one.manner.language)
    return SpeakableScript(
        tuple(kept),
        emoji,
        controls,
        script.as_written(),
        script_mismatch(own, language),
        script.pronunciations,
        (*_other_language(script.language, language), *_left_as_digits(kept, language)),
    )


def _other_language(told: str, language: str) -> Iterator[str]:
    """A note where the text tells another language of itself than it is read as."""
    if told and primary_subtag(told) != primary_subtag(language):
        yield (
            f"the text says of itself that it is in {told}, and is read as {language}, which is "
            "spec.language: correct that if it is wrong"
        )


def _left_as_digits(passages: Sequence[Passage], language: str) -> Iterator[str]:
    """A note for each language whose numbers have no words here: they are the engine's to say."""
    left: Counter[str] = Counter()
    for passage in passages:
        left[passage.manner.language or language] += len(_DIGITS.findall(passage.text))
    for tag, count in left.items():
        if count:
            yield (
                f"{count} number{'s' if count > 1 else ''} stayed digits, for no words of {tag} are"
                " known for them: how they sound is the engine's choice. Spell out what matters"
            )


def at_pitch(script: Script, semitones: float) -> Script:
    """The script, all of it so many semitones higher."""
    if not semitones:
        return script
    passages = tuple(
        replace(one, manner=replace(one.manner, pitch=one.manner.pitch + semitones))
        for one in script.passages
    )
    return replace(script, passages=passages)


def _with_signs(text: str, signs: frozenset[str]) -> str:
    """The text without the private signs that stand for nothing."""
    return "".join(sign for sign in text if sign in signs or not is_private(sign))


def _merged(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Passages, those as one that follow each other with nothing but a paragraph's end between."""
    waiting: list[Passage] = []
    for passage in passages:
        if waiting and not _is_plain_border(waiting[-1], passage):
            yield _as_one(waiting)
            waiting = []
        waiting.append(passage)
    if waiting:
        yield _as_one(waiting)


def _is_plain_border(before: Passage, after: Passage) -> bool:
    return (
        before.manner == after.manner
        and before.item == after.item
        and before.pause_after is None
        and before.ends_paragraph
        and after.chapter is None
    )


def _as_one(passages: Sequence[Passage]) -> Passage:
    if len(passages) == 1:
        return passages[0]
    text = "\n\n".join(passage.text for passage in passages)
    first, last = passages[0], passages[-1]
    return replace(
        first, text=text, pause_after=last.pause_after, ends_paragraph=last.ends_paragraph
    )

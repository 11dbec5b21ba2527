"""Chunks of a text for the engine that is to speak it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voicejob_worker.engines.protocol import Phonetic, Voiced
from voicejob_worker.text.characters import is_private
from voicejob_worker.text.plan import Lengths, plan_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.engines.protocol import Engine
    from voicejob_worker.text.chunks import Chunk
    from voicejob_worker.text.passages import Manner, Passage
    from voicejob_worker.text.speakable import SpeakableScript


def planned_chunks(
    script: SpeakableScript,
    language: str,
    engine: Engine,
    *,
    lengths: Callable[[Manner], Lengths] | None = None,
    starts_short: bool = False,
) -> list[Chunk]:
    """Spell each passage for the voice that says it, and cut all of them into chunks.

    Args:
        script: In words.
        language: BCP 47 tag of the passages that name none.
        engine: What speaks; loaded.
        lengths: What the voice of a manner takes in one go; None for what the engine says itself.
        starts_short: Whether the first chunks are short, for somebody who waits for the first.

    Raises:
        InvalidInputError: a passage holds characters that its voice's model does not know.
    """
    return plan_chunks(
        [_spelled(passage, script, engine) for passage in script.passages],
        language,
        lambda manner: lengths(manner) if lengths else own_lengths(engine, manner),
        starts_short=starts_short,
        pronunciations=script.pronunciations,
    )


def own_lengths(engine: Engine, manner: Manner) -> Lengths:
    """What the voice of a manner takes in one go, as its engine says itself."""
    if isinstance(engine, Voiced):
        return Lengths(*engine.lengths_of(manner.voice, manner.language))
    return Lengths(engine.max_characters, engine.preferred_characters)


def _spelled(passage: Passage, script: SpeakableScript, engine: Engine) -> Passage:
    """The passage in characters of its voice's model.

    A pronunciation stays a sign for a voice that has phonemes, and is a written word for others.
    """
    text, manner = passage.text, passage.manner
    if script.pronunciations and any(map(is_private, text)) and not reads_phonemes(engine):
        text = text.translate({ord(sign): p.written for sign, p in script.pronunciations.items()})
    if isinstance(engine, Voiced):
        return replace(passage, text=engine.spell_as(manner.voice, text, manner.language))
    return replace(passage, text=engine.spell(text))


def reads_phonemes(engine: Engine) -> bool:
    """Whether an engine reads the phonemes of ``Utterance.phonetic``."""
    return isinstance(engine, Phonetic) and engine.reads_phonemes

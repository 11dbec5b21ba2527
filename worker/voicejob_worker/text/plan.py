"""From passages to chunks: what is spoken in one go, in which manner, with which pause after it.

A chunk is of one manner, and none goes over a pause that somebody asked for or into a new chapter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from voicejob_worker.text.characters import CLOSING_SIGNS, is_private
from voicejob_worker.text.chunks import (
    CLAUSE_PAUSE,
    SENTENCE_PAUSE,
    WORD_PAUSE,
    Chunk,
    Sentence,
    pack_sentences,
    split_sentences,
)
from voicejob_worker.text.opening import in_clauses
from voicejob_worker.text.passages import Manner, Passage, Pronunciation

_CLAUSE_SIGNS: Final = frozenset(",;:—–،؛，、；：")


@dataclass(frozen=True)
class Lengths:
    """How long a voice's chunks are."""

    longest: int
    """Characters of the longest."""
    preferred: int
    """Characters that are worth filling with sentences; 0 to have each sentence by itself."""


def plan_chunks(
    passages: Sequence[Passage],
    language: str,
    lengths: Callable[[Manner], Lengths],
    *,
    starts_short: bool = False,
    pronunciations: Mapping[str, Pronunciation] | None = None,
) -> list[Chunk]:
    """Cut passages into chunks.

    Args:
        passages: Normalised and spelled for the voice that says each; paragraphs in one are
            separated by an empty line.
        language: BCP 47 tag of those that name none.
        lengths: What the voice of a manner takes in one go.
        starts_short: Whether the first chunks are short, for somebody who waits for the first: a
            clause where sentences are spoken by themselves, else a sentence.
        pronunciations: By the sign that stands for each in the passages.
    """
    chunks: list[Chunk] = []
    pronounced = _Pronounced(pronunciations) if pronunciations else None
    for stretch in _stretches(passages):
        first, allowed = stretch[0], lengths(stretch[0].manner)
        sentences = [
            sentence for passage in stretch for sentence in _sentences(passage, language, allowed)
        ]
        if starts_short and not chunks and not allowed.preferred:
            sentences = in_clauses(sentences)
        if pronounced is not None:
            sentences = [pronounced.of(sentence) for sentence in sentences]
        groups = pack_sentences(
            sentences,
            allowed.longest,
            allowed.preferred,
            starts_short=starts_short and not chunks,
        )
        chapter = first.chapter
        for group in groups:
            chunks.append(Chunk(len(chunks), tuple(group), first.manner, chapter, first.item))
            chapter = None
    return _within_full_scale(_without_last_pauses(chunks))


def _within_full_scale(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks with none louder than its voice: where one is to be, all others are softer.

    A voice's own level is near full scale, and mastering sets the level of the whole.
    """
    loudest = max((chunk.manner.volume for chunk in chunks), default=0.0)
    if loudest <= 0:
        return chunks
    return [
        replace(one, manner=replace(one.manner, volume=one.manner.volume - loudest))
        for one in chunks
    ]


def _stretches(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Passages in order, those together between which a chunk may go on."""
    together: list[Passage] = []
    for passage in passages:
        if together and not _goes_on(together[-1], passage):
            yield together
            together = []
        together.append(passage)
    if together:
        yield together


def _goes_on(before: Passage, after: Passage) -> bool:
    return (
        before.manner == after.manner
        and before.item == after.item
        and before.pause_after is None
        and after.chapter is None
    )


def _sentences(passage: Passage, language: str, lengths: Lengths) -> list[Sentence]:
    sentences = split_sentences(
        passage.text, passage.manner.language or language, lengths.longest, lengths.preferred
    )
    if not sentences:
        return sentences
    last = sentences[-1]
    if passage.pause_after is not None:
        sentences[-1] = replace(last, pause_after=passage.pause_after, is_exact=True)
    elif not passage.ends_paragraph:
        sentences[-1] = replace(last, pause_after=_pause_within(last.text))
    return sentences


class _Pronounced:
    """Sentences as they are written, and as they are said where they hold pronunciations.

    They are cut already: phonemes hold signs and blanks at which nothing may be cut.
    """

    def __init__(self, by_sign: Mapping[str, Pronunciation]) -> None:
        self._written = {ord(sign): one.written for sign, one in by_sign.items()}
        self._phonetic = {ord(sign): f"[[{one.phonemes}]]" for sign, one in by_sign.items()}

    def of(self, sentence: Sentence) -> Sentence:
        """The sentence with its words and its phonemes."""
        text = sentence.text
        if not any(map(is_private, text)):
            return sentence
        phonetic = text.translate(self._phonetic)
        return replace(sentence, text=text.translate(self._written), phonetic=phonetic)


def _pause_within(text: str) -> float:
    """The pause after what is not the end of its paragraph, going by its last sign."""
    last = text.rstrip(CLOSING_SIGNS)[-1:]
    if last.isalnum() or not last:
        return WORD_PAUSE
    return CLAUSE_PAUSE if last in _CLAUSE_SIGNS else SENTENCE_PAUSE


def _without_last_pauses(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks, without a pause that nobody asked for after the last, of all or of an item."""
    return [
        _silenced(chunk) if after is None or after.item != chunk.item else chunk
        for chunk, after in zip_longest(chunks, chunks[1:])
    ]


def _silenced(chunk: Chunk) -> Chunk:
    last = chunk.sentences[-1]
    if last.is_exact:
        return chunk
    return replace(chunk, sentences=(*chunk.sentences[:-1], replace(last, pause_after=0.0)))

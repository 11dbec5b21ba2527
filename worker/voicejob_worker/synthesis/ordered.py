"""Chunks joined in the order of the text, whichever comes first, and what is told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voicejob_worker.audio.chapters import Chapter
from voicejob_worker.audio.join import Joiner, SentencePosition
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.audio.timing import WordTimes
from voicejob_worker.audio.voice_levels import Turn
from voicejob_worker.errors import TransientFaultError
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.text.chunks import Chunk


@dataclass(frozen=True)
class ItemSpan:
    """Where an item is in the joined audio."""

    item: int
    """Its number."""
    start: int
    """First of its samples."""
    end: int
    """The first sample after it."""
    outcomes: tuple[ChunkOutcome, ...] = ()
    """What the check of each of its chunks came to."""
    is_whole: bool = True
    """Whether each of its chunks has a sound."""


@dataclass(frozen=True)
class JoinedSpeech:
    """The joined audio of all chunks, and how each came out."""

    path: Path
    """Raw 16-bit mono samples."""
    sample_rate: int
    positions: tuple[SentencePosition, ...]
    """Where its sentences are, in order."""
    audible: bool
    """Whether any chunk made a sound."""
    outcomes: tuple[ChunkOutcome, ...]
    """What the check of each chunk came to."""
    chapters: tuple[Chapter, ...] = ()
    """Where its chapters begin."""
    turns: tuple[Turn, ...] = ()
    """Who says what; consecutive chunks of one voice are one."""
    items: tuple[ItemSpan, ...] = ()
    """Where each item is that has anything to speak, in order; none where the text is one."""


class OrderedJoiner:
    """Joins chunks in the text's order, in whatever order they come.

    Only a chunk whose turn it is stays in memory; the others are read from the archive in turn.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        joiner: Joiner,
        read: Callable[[int], Pcm | None],
        times: Callable[[int], WordTimes | None],
    ) -> None:
        self._chunks = chunks
        self._joiner = joiner
        self._read = read
        self._times = times
        self._here: set[int] = set()
        self._joined = 0
        self.positions: list[SentencePosition] = []
        self.chapters: list[Chapter] = []
        self.turns: list[Turn] = []
        self.items: list[ItemSpan] = []
        self.audible = False

    def put(self, index: int, samples: Pcm) -> None:
        """Take a chunk, and join what is due.

        Raises:
            TransientFaultError: one that was kept can no longer be read.
        """
        self._here.add(index)
        if index == self._joined:
            self._append(samples)
            while (due := self._joined) in self._here:
                kept = self._read(due)
                if kept is None:
                    raise TransientFaultError(
                        f"chunk {due + 1} was damaged on the disk: it is spoken anew"
                    )
                self._append(kept)

    def _append(self, samples: Pcm) -> None:
        self.audible = self.audible or samples.size > 0
        chunk, start = self._chunks[self._joined], self._joiner.frames
        if chunk.chapter is not None:
            self.chapters.append(Chapter(chunk.chapter, self._joiner.duration))
        self.positions += self._joiner.append(chunk, samples, self._times(self._joined))
        manner = chunk.manner
        self._add_turn(Turn(manner.voice, start, self._joiner.frames, manner.volume))
        if chunk.item is not None:
            end = self._joiner.frames
            self._add_item(ItemSpan(chunk.item, start, end, is_whole=samples.size > 0))
        self._joined += 1

    def _add_item(self, span: ItemSpan) -> None:
        if self.items and self.items[-1].item == span.item:
            before = self.items.pop()
            is_whole = before.is_whole and span.is_whole
            span = replace(span, start=before.start, is_whole=is_whole)
        self.items.append(span)

    def _add_turn(self, turn: Turn) -> None:
        if self.turns and replace(self.turns[-1], start=0, end=0) == replace(turn, start=0, end=0):
            turn = replace(turn, start=self.turns.pop().start)
        self.turns.append(turn)

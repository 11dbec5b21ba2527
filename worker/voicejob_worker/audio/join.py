"""The joined audio: chunk after chunk on disk, with the silence asked for between and in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.edges import fade_edges
from voicejob_worker.audio.pcm import PCM16
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.audio.sentences import find_pauses, place_sentences
from voicejob_worker.text.chunks import Chunk

_ZEROS: Final = 65536


@dataclass(frozen=True)
class SentencePosition:
    """A sentence's position in the joined audio, in seconds."""

    index: int
    """Number of its chunk."""
    start: float
    end: float
    text: str


def lay_out(
    chunk: Chunk, samples: Pcm, sample_rate: int, speed: float = 1.0
) -> tuple[Pcm, tuple[SpeechSpan, ...]]:
    """A chunk's audio with whole pauses between its paragraphs, and where its sentences are in it.

    A voice pauses at a paragraph's end as at any sentence's. What is missing is added where that
    pause is found; where none is, nothing is: silence in the middle of a word would be worse.

    Args:
        chunk: What is spoken in it.
        samples: Its audio, shape (n,).
        sample_rate: Samples per second.
        speed: 2.0 wants pauses half as long.

    Returns:
        Audio of shape (m,), and start and end of each sentence in it in seconds.
    """
    texts = [one.text for one in chunk.sentences]
    pauses = find_pauses(samples, sample_rate, texts)
    spans = place_sentences(texts, pauses, samples.size / sample_rate)
    pieces: list[Pcm] = []
    placed: list[SpeechSpan] = []
    cut, added = 0, 0.0
    for number, (sentence, span) in enumerate(zip(chunk.sentences, spans, strict=True), start=1):
        placed.append(SpeechSpan(span.start + added, span.end + added))
        pause = pauses.get(number)
        if pause is None or not pause.is_sure or not sentence.ends_paragraph:
            continue
        gap = pause.end - pause.start
        missing = int((sentence.pause_after / speed - gap) * sample_rate)
        if missing > 0:
            middle = round((pause.start + gap / 2) * sample_rate)
            pieces += [samples[cut:middle], np.zeros(missing, np.int16)]
            cut, added = middle, added + missing / sample_rate
    if not pieces:
        return samples, spans
    return _without_clicks([*pieces, samples[cut:]], sample_rate), tuple(placed)


def with_whole_pauses(chunk: Chunk, samples: Pcm, sample_rate: int, speed: float = 1.0) -> Pcm:
    """A chunk's audio as ``lay_out`` gives it, for whom it does not matter where sentences lie.

    Those are only sought where a paragraph ends within the chunk: it takes milliseconds.
    """
    if not any(sentence.ends_paragraph for sentence in chunk.sentences[:-1]):
        return samples
    return lay_out(chunk, samples, sample_rate, speed)[0]


def _without_clicks(pieces: Sequence[Pcm], sample_rate: int) -> Pcm:
    """Pieces with silence between them, faded where they meet it; shape (n,)."""
    last = len(pieces) - 1
    faded = [
        fade_edges(piece, sample_rate, start=number > 0, end=number < last)
        for number, piece in enumerate(pieces)
    ]
    return np.rint(np.concatenate(faded)).astype(np.int16)


class Pauses:
    """Knows how much silence goes behind each chunk, being asked for one after the other."""

    def __init__(self, sample_rate: int, speed: float = 1.0) -> None:
        """Pauses are the shorter the higher ``speed`` is: half as long at 2.0."""
        self._sample_rate = sample_rate
        self._speed = speed
        self._silence = 0

    def after(self, chunk: Chunk, has_sound: bool) -> int:
        """Frames of silence to add behind the chunk.

        A chunk without sound adds no pause to the one before it, it only lengthens that to its
        own: two pauses in a row would be dead air.
        """
        if has_sound:
            self._silence = 0
        wanted = round(chunk.pause_after / self._speed * self._sample_rate)
        missing = max(wanted - self._silence, 0)
        self._silence += missing
        return missing


class Joiner:
    """Writes the joined audio: mono, 16-bit little-endian, no header.

    A context manager; the file is complete once it is left.
    """

    def __init__(self, path: Path, sample_rate: int, speed: float = 1.0) -> None:
        self._path = path
        self._sample_rate = sample_rate
        self._file: BinaryIO | None = None
        self._frames = 0
        self._speed = speed
        self._pauses = Pauses(sample_rate, speed)

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._frames / self._sample_rate

    def append(self, chunk: Chunk, samples: Pcm) -> tuple[SentencePosition, ...]:
        """Add the chunk's samples, shape (n,), and then the pause that goes behind it.

        Returns:
            Where its sentences are.

        Raises:
            ValueError: the samples are not 16-bit or not mono, or the joiner is not open.
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise ValueError(
                f"chunk {chunk.index} is {samples.dtype} of shape {samples.shape}: "
                "give 16-bit samples of shape (n,)"
            )
        start = self.duration
        laid_out, spans = lay_out(chunk, samples, self._sample_rate, self._speed)
        self._write(laid_out.astype(PCM16, copy=False))
        self._write_silence(self._pauses.after(chunk, has_sound=samples.size > 0))
        return tuple(
            SentencePosition(chunk.index, start + span.start, start + span.end, sentence.text)
            for span, sentence in zip(spans, chunk.sentences, strict=True)
        )

    def _write_silence(self, frames: int) -> None:
        for start in range(0, frames, _ZEROS):
            self._write(np.zeros(min(_ZEROS, frames - start), PCM16))

    def _write(self, samples: Pcm) -> None:
        if self._file is None:
            raise ValueError("the joiner is not open: use it in a with statement")
        self._file.write(samples.tobytes())
        self._frames += samples.size

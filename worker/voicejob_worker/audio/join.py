"""The joined audio: chunk after chunk on disk, with the silence asked for between and in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.edges import fade_edges
from voicejob_worker.audio.pcm import PCM16
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.audio.sentences import Pause, find_pauses, place_sentences
from voicejob_worker.audio.timing import WordTimes, moved
from voicejob_worker.audio.word_estimate import estimate_times
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
    """What is shown of it; empty where the one before it is shown until its end."""
    spoken: str = ""
    """What is said of it."""
    times: WordTimes = ()
    """When the words of ``spoken`` are heard, by their places in it; empty where nobody asked."""
    is_estimated: bool = False
    """Whether the times are an estimate: the engine does not tell them."""
    voice: str = ""
    """Who says it, of several voices; empty for the voice of the whole text."""


@dataclass(frozen=True)
class _Insertion:
    """Silence that is put into a chunk."""

    place: int
    """Samples before it."""
    frames: int


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
    laid_out, placed = _laid_out(chunk, samples, sample_rate, speed, None)
    return laid_out, tuple(SpeechSpan(one.start, one.end) for one in placed)


def _laid_out(
    chunk: Chunk, samples: Pcm, sample_rate: int, speed: float, times: WordTimes | None
) -> tuple[Pcm, list[SentencePosition]]:
    """As ``lay_out``, with the sentences' words where it is known when they are heard."""
    texts = [one.text for one in chunk.sentences]
    pauses = find_pauses(samples, sample_rate, texts)
    spans = place_sentences(texts, pauses, samples.size / sample_rate)
    said = [
        _of_sentence(times or (), text, at) for text, at in zip(texts, chunk.places, strict=True)
    ]
    insertions = _insertions(chunk, pauses, sample_rate, speed)
    pieces: list[Pcm] = []
    cut = 0
    for one in insertions:
        pieces += [samples[cut : one.place], np.zeros(one.frames, np.int16)]
        cut = one.place
    placed: list[SentencePosition] = []
    for sentence, span, own in zip(
        chunk.sentences, _by_words(spans, said, pauses), said, strict=True
    ):
        placed.append(
            SentencePosition(
                chunk.index,
                _later(span.start, insertions, sample_rate),
                _later(span.end, insertions, sample_rate),
                sentence.shown,
                sentence.text,
                tuple(
                    replace(
                        word,
                        start=_later(word.start, insertions, sample_rate),
                        end=_later(word.end, insertions, sample_rate),
                    )
                    for word in own
                ),
            )
        )
    if not pieces:
        return samples, placed
    return _without_clicks([*pieces, samples[cut:]], sample_rate), placed


def _insertions(
    chunk: Chunk, pauses: Mapping[int, Pause], sample_rate: int, speed: float
) -> list[_Insertion]:
    """The silence that the pauses of a chunk's paragraphs lack, where these are found."""
    found: list[_Insertion] = []
    for number, sentence in enumerate(chunk.sentences, start=1):
        pause = pauses.get(number)
        if pause is None or not pause.is_sure or not sentence.ends_paragraph:
            continue
        gap = pause.end - pause.start
        missing = int((sentence.pause_after / speed - gap) * sample_rate)
        if missing > 0:
            found.append(_Insertion(round((pause.start + gap / 2) * sample_rate), missing))
    return found


def _later(seconds: float, insertions: Sequence[_Insertion], sample_rate: int) -> float:
    """When a moment of the chunk comes once the silence is in it."""
    added = sum(one.frames for one in insertions if one.place <= seconds * sample_rate)
    return seconds + added / sample_rate


def _of_sentence(times: WordTimes, text: str, place: int) -> WordTimes:
    """The times of the words of a sentence that stands at a place of the chunk's text."""
    own = [one for one in times if place <= one.first and one.after <= place + len(text) + 1]
    return moved(own, characters=-place)


def _by_words(
    spans: Sequence[SpeechSpan], said: Sequence[WordTimes], pauses: Mapping[int, Pause]
) -> list[SpeechSpan]:
    """Start and end of the sentences: at the pauses that agree with their words, else by these."""
    starts, ends = [one.start for one in spans], [one.end for one in spans]
    for number, (before, after) in enumerate(pairwise(said), start=1):
        if not before or not after:
            continue
        end, start = before[-1].end, after[0].start
        pause = pauses.get(number)
        if pause is None or pause.end < end or pause.start > start:
            ends[number - 1], starts[number] = end, start
    return [SpeechSpan(*one) for one in zip(starts, ends, strict=True)]


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
        wanted = round(chunk.pause_after(self._speed * chunk.manner.rate) * self._sample_rate)
        missing = max(wanted - self._silence, 0)
        self._silence += missing
        return missing


class Joiner:
    """Writes the joined audio: mono, 16-bit little-endian, no header.

    A context manager; the file is complete once it is left.
    """

    def __init__(
        self, path: Path, sample_rate: int, speed: float = 1.0, *, estimates: bool = False
    ) -> None:
        """``estimates``: whether times of words are estimated where nobody knows them."""
        self._path = path
        self._estimates = estimates
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
    def frames(self) -> int:
        """Samples written so far."""
        return self._frames

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._frames / self._sample_rate

    def append(
        self, chunk: Chunk, samples: Pcm, times: WordTimes | None = None
    ) -> tuple[SentencePosition, ...]:
        """Add the chunk's samples, shape (n,), and then the pause that goes behind it.

        Args:
            chunk: What is spoken in it.
            samples: Its audio.
            times: When the words of its text are heard in it; None where nobody knows.

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
        speed = self._speed * chunk.manner.rate
        is_estimated = times is None and self._estimates
        if is_estimated:
            texts = [one.text for one in chunk.sentences]
            times = estimate_times(samples, self._sample_rate, texts, chunk.places)
        laid_out, placed = _laid_out(chunk, samples, self._sample_rate, speed, times)
        self._write(laid_out.astype(PCM16, copy=False))
        self._write_silence(self._pauses.after(chunk, has_sound=samples.size > 0))
        return tuple(
            replace(
                one,
                start=start + one.start,
                end=start + one.end,
                times=moved(one.times, cut=-start),
                is_estimated=is_estimated,
                voice=chunk.manner.voice,
            )
            for one in placed
        )

    def _write_silence(self, frames: int) -> None:
        for start in range(0, frames, _ZEROS):
            self._write(np.zeros(min(_ZEROS, frames - start), PCM16))

    def _write(self, samples: Pcm) -> None:
        if self._file is None:
            raise ValueError("the joiner is not open: use it in a with statement")
        self._file.write(samples.tobytes())
        self._frames += samples.size

"""Subtitles from the times of the spoken sentences: SRT and WebVTT.

A sentence becomes cues of at most two lines of 42 characters, the usual limits of subtitling. A cue
begins with its first word; where no times of words are known, each gets a share of the sentence in
proportion to its characters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from voicejob_worker.audio.chapters import Chapter, spans
from voicejob_worker.audio.clock_time import clock_time
from voicejob_worker.audio.join import SentencePosition
from voicejob_worker.audio.placed_words import PlacedWord, placed_words, shown_sentences
from voicejob_worker.text.written import words_of

LINE_CHARACTERS: Final = 42
LINES: Final = 2
_WORD_JOINER: Final = "\u2060"
_SRT_MARKUP: Final = re.compile(r"<(?=/?[A-Za-z])|\{(?=[\\A-Za-z])|-(?=->)")
"""Matches where a tag (<i>), a style ({\\an8}, {y:i}) or an arrow begins."""


@dataclass(frozen=True)
class _Cue:
    """A subtitle with its times in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]
    voice: str


def write_srt(path: Path, positions: Sequence[SentencePosition], language: str) -> None:
    """Write SubRip subtitles: UTF-8, no byte order mark.

    Where another of several voices begins, its name stands before what it says.
    """
    cues = enumerate(_cues(positions, language, names=True), start=1)
    blocks = (
        f"{number}\n{clock_time(cue.start, ',')} --> {clock_time(cue.end, ',')}\n"
        + "\n".join(map(_srt_line, cue.lines))
        for number, cue in cues
    )
    _write(path, "\n\n".join(blocks))


def write_vtt(path: Path, positions: Sequence[SentencePosition], language: str) -> None:
    """Write WebVTT subtitles, with the language as a note, and who speaks as a voice span."""
    blocks = (
        f"{clock_time(cue.start)} --> {clock_time(cue.end)}\n"
        + (f"<v {_vtt_line(cue.voice)}>" if cue.voice else "")
        + "\n".join(map(_vtt_line, cue.lines))
        for cue in _cues(positions, language)
    )
    _write(path, "\n\n".join(("WEBVTT", f"NOTE Language: {language}", *blocks)))


def write_chapters_vtt(path: Path, chapters: Iterable[Chapter], end: float) -> None:
    """Write WebVTT chapters: a cue for each, of its title, the last up to ``end`` in seconds."""
    blocks = (
        f"{clock_time(one.start)} --> {clock_time(one.end)}\n{_vtt_line(one.title)}"
        for one in spans(chapters, end)
    )
    _write(path, "\n\n".join(("WEBVTT", *blocks)))


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n" if text else "", encoding="utf-8", newline="\n")


def cue_starts(sentence: SentencePosition, language: str) -> list[float]:
    """When the cues of a sentence begin, in seconds."""
    return [cue.start / 1000 for cue in _cues([sentence], language)]


def _cues(
    positions: Iterable[SentencePosition], language: str, *, names: bool = False
) -> Iterator[_Cue]:
    """Cues in order, none overlapping, each of 1 ms at least.

    ``names``: whether the text of a voice that another has spoken before begins with its name.
    """
    earliest, speaking = 0, ""
    for sentence in shown_sentences(positions):
        is_turn, speaking = sentence.voice != speaking, sentence.voice
        name = f"{sentence.voice}: " if names and is_turn and sentence.voice else ""
        start = max(round(sentence.start * 1000), earliest)
        end = round(sentence.end * 1000)
        screens = list(_screens(_lines(name + sentence.text)))
        if end - start < len(screens):  # nothing was spoken, or less than can be shown
            continue
        words = placed_words(sentence, language)
        ends = _ends(screens, words, _weight((name,))) or _shares(screens, start, end)
        begin = start
        for number, (lines, wanted) in enumerate(zip(screens, ends, strict=True), start=1):
            remaining = len(screens) - number
            finish = min(max(wanted, begin + 1), end - remaining) if remaining else end
            yield _Cue(begin, finish, lines, sentence.voice)
            begin = finish
        earliest = end


def _ends(
    screens: Sequence[tuple[str, ...]], words: Sequence[PlacedWord], before: int
) -> list[int]:
    """When the first word of the next screen is heard, of the last one the end of its last word.

    Args:
        screens: What is shown one after the other.
        words: What is said of it; if that is not known, nothing is told.
        before: Characters that are shown before the first word.
    """
    if not words:
        return []
    places = list(accumulate((_weight((word.text,)) for word in words), initial=before))
    shown = list(accumulate(map(_weight, screens)))
    ends: list[int] = []
    for place in shown[:-1]:
        number = min(max(bisect_right(places, place) - 1, 0), len(words) - 1)
        word, length = words[number], places[number + 1] - places[number]
        share = (place - places[number]) / length if length else 0.0
        share = min(max(share, 0.0), 1.0)
        ends.append(round((word.start + share * (word.end - word.start)) * 1000))
    return [*ends, round(words[-1].end * 1000)]


def _shares(screens: Sequence[tuple[str, ...]], start: int, end: int) -> list[int]:
    """When screens end that have their time by their characters."""
    shown = list(accumulate(sum(map(len, lines)) for lines in screens))
    return [start + round((end - start) * one / shown[-1]) for one in shown]


def _weight(lines: tuple[str, ...]) -> int:
    """Characters that are no blanks."""
    return sum(len(word) for line in lines for word in line.split())


def _screens(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    gathered: list[str] = []
    for line in lines:
        gathered.append(line)
        if len(gathered) == LINES:
            yield tuple(gathered)
            gathered = []
    if gathered:
        yield tuple(gathered)


def _lines(text: str) -> Iterator[str]:
    """Fill lines with words; what is longer than a line by itself is cut."""
    line = ""
    for word, joint in _words(text):
        if line and len(line) + len(joint) + len(word) > LINE_CHARACTERS:
            yield line
            line = word
        else:
            line = f"{line}{joint}{word}" if line else word
    if line:
        yield line


def _words(text: str) -> Iterator[tuple[str, str]]:
    """The pieces that stay together, each with what joins it to the one before."""
    for run in text.split():
        joint = " "
        for word in words_of(run):
            for start in range(0, len(word.text), LINE_CHARACTERS):
                yield word.text[start : start + LINE_CHARACTERS], joint
                joint = ""


def _srt_line(line: str) -> str:
    """The line as it is to be seen.

    SRT has no escape. What a player would take for markup, or a parser for a line of times, is
    broken up by a word joiner, which has no width.
    """
    return _SRT_MARKUP.sub(rf"\g<0>{_WORD_JOINER}", line)


def _vtt_line(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

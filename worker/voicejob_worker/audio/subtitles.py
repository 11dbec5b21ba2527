"""Subtitles from the times of the spoken sentences: SRT and WebVTT.

A sentence becomes cues of at most two lines of 42 characters, the usual limits of subtitling.
Within a sentence nothing tells the times: each cue gets a share in proportion to its characters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicejob_worker.audio.join import SentencePosition
from voicejob_worker.text.language import primary_subtag

LINE_CHARACTERS: Final = 42
LINES: Final = 2
_UNSPACED_LANGUAGES: Final = frozenset({"ja", "zh", "yue", "th", "lo", "km", "my"})
"""Languages written without blanks between words: lines may break between any two characters."""
_BREAKABLE_AFTER: Final = "。、，！？；：」』）"


@dataclass(frozen=True)
class _Cue:
    """A subtitle with its times in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


def write_srt(path: Path, positions: Sequence[SentencePosition], language: str) -> None:
    """Write SubRip subtitles: UTF-8, no byte order mark."""
    cues = enumerate(_cues(positions, language), start=1)
    blocks = (
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n"
        + "\n".join(map(_srt_line, cue.lines))
        for number, cue in cues
    )
    _write(path, "\n\n".join(blocks))


def write_vtt(path: Path, positions: Sequence[SentencePosition], language: str) -> None:
    """Write WebVTT subtitles, with the language as a note."""
    blocks = (
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n"
        + "\n".join(map(_vtt_line, cue.lines))
        for cue in _cues(positions, language)
    )
    _write(path, "\n\n".join(("WEBVTT", f"NOTE Language: {language}", *blocks)))


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n" if text else "", encoding="utf-8", newline="\n")


def _cues(positions: Iterable[SentencePosition], language: str) -> Iterator[_Cue]:
    """Cues in order, none overlapping, each of 1 ms at least."""
    earliest = 0
    for sentence in positions:
        start = max(round(sentence.start * 1000), earliest)
        end = round(sentence.end * 1000)
        screens = list(_screens(_lines(sentence.text, language)))
        if end - start < len(screens):  # nothing was spoken, or less than can be shown
            continue
        yield from _timed(screens, start, end)
        earliest = end


def _timed(screens: list[tuple[str, ...]], start: int, end: int) -> Iterator[_Cue]:
    total = sum(map(_weight, screens))
    shown, begin = 0, start
    for number, lines in enumerate(screens, start=1):
        shown += _weight(lines)
        remaining = len(screens) - number
        finish = start + round((end - start) * shown / total)
        finish = min(max(finish, begin + 1), end - remaining)
        yield _Cue(begin, finish, lines)
        begin = finish


def _weight(lines: tuple[str, ...]) -> int:
    return sum(map(len, lines))


def _screens(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    gathered: list[str] = []
    for line in lines:
        gathered.append(line)
        if len(gathered) == LINES:
            yield tuple(gathered)
            gathered = []
    if gathered:
        yield tuple(gathered)


def _lines(text: str, language: str) -> Iterator[str]:
    """Fill lines with words; what is longer than a line by itself is cut."""
    line = ""
    for word, joint in _words(text, language):
        if line and len(line) + len(joint) + len(word) > LINE_CHARACTERS:
            yield line
            line = word
        else:
            line = f"{line}{joint}{word}" if line else word
    if line:
        yield line


def _words(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The pieces that stay together, each with what joins it to the one before."""
    is_unspaced = primary_subtag(language) in _UNSPACED_LANGUAGES
    size = 1 if is_unspaced else LINE_CHARACTERS
    for word in text.split():
        joint = " "
        for piece in _pieces(word, size):
            yield piece, joint
            joint = ""


def _pieces(word: str, size: int) -> Iterator[str]:
    """Cut a word into pieces of ``size``; closing signs stay with the character before them."""
    start = 0
    while start < len(word):
        end = start + size
        while end < len(word) and size == 1 and word[end] in _BREAKABLE_AFTER:
            end += 1
        yield word[start:end]
        start = end


def _time(milliseconds: int, decimal_sign: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}{decimal_sign}{rest:03d}"


def _srt_line(line: str) -> str:
    """SRT has no escape: an arrow, which would be read as a time line, becomes another sign."""
    return line.replace("-->", "→")


def _vtt_line(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

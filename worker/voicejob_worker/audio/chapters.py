"""Chapters of the finished audio: where each begins, and from these their spans."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

_MAX_TITLE_BYTES: Final = 250
"""Of UTF-8: an MPEG-4 file's own list counts a title's bytes in one byte."""
_AT_ONCE_SECONDS: Final = 1.0
"""A first chapter that begins within it begins with the audio, as players want it."""


@dataclass(frozen=True)
class Chapter:
    """A chapter's title and where it begins, in seconds of the finished audio."""

    title: str
    start_seconds: float


@dataclass(frozen=True)
class ChapterSpan:
    """A chapter in milliseconds, as files have it."""

    title: str
    start: int
    end: int


def spans(chapters: Iterable[Chapter], seconds: float, *, opening: str = "") -> list[ChapterSpan]:
    """The chapters of audio of that length, in order, each up to where the next begins.

    Those that begin together, as a part and its first chapter do, are one with both titles. What
    begins at the end of the audio or after it is left out. What is before the first is a chapter of
    the title ``opening``, if there is one, and otherwise none.
    """
    end = round(seconds * 1000)
    begun: list[Chapter] = []
    for chapter in sorted(chapters, key=lambda one: one.start_seconds):
        if round(chapter.start_seconds * 1000) >= end:
            break
        if begun and _milliseconds(begun[-1]) == _milliseconds(chapter):
            begun[-1] = replace(begun[-1], title=f"{begun[-1].title}: {chapter.title}")
        else:
            begun.append(chapter)
    if begun and begun[0].start_seconds <= _AT_ONCE_SECONDS:
        begun[0] = replace(begun[0], start_seconds=0.0)
    elif begun and opening:
        begun.insert(0, Chapter(opening, 0.0))
    borders = [*map(_milliseconds, begun), end]
    return [
        ChapterSpan(_shown(chapter.title, number), *border)
        for number, (chapter, border) in enumerate(zip(begun, pairwise(borders), strict=True), 1)
    ]


def _milliseconds(chapter: Chapter) -> int:
    return max(round(chapter.start_seconds * 1000), 0)


def _shown(title: str, number: int) -> str:
    """A title in one line, cut between characters if it is too long; the number if it is empty."""
    line = " ".join(title.split()) or str(number)
    return line.encode()[:_MAX_TITLE_BYTES].decode(errors="ignore")

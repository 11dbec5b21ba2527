"""Takes out what a chat's model thought before its answer: ``<think>…</think>``.

Only where the tag begins a line, outside of code, and is closed: one within a sentence is what the
sentence is about. Where the first tag of all is a closing one on a line of its own, the opening one
was lost on the way (some templates put it into the prompt): what stands before it was thought.
Lines stay as many as they were, and the time is linear.
"""

import re
from typing import Final

NAMES: Final = "think|thinking|reasoning"
OPENING: Final = re.compile(
    rf"^ {{0,3}}<(?P<name>{NAMES})(?:\s[^<>\n]{{0,100}})?>", re.IGNORECASE | re.MULTILINE
)
_CLOSING: Final = re.compile(rf"</(?P<name>{NAMES})\s{{0,9}}>", re.IGNORECASE)
LOST_OPENING: Final = re.compile(
    rf"\A(?:(?!</?(?:{NAMES})[\s>]).){{1,20000}}^ {{0,3}}</(?:{NAMES})>[ \t]*(?=\n\s*\S)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
"""Matches what ends with a closing tag on a line of its own, no tag being before it."""
_FENCE: Final = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<rest>[^\n]*)$", re.MULTILINE)


def without_reasoning(source: str) -> tuple[str, tuple[int, ...]]:
    """The text without it, and the lines (from 1) on which each block of it began."""
    if OPENING.search(source) is None and LOST_OPENING.match(source) is None:
        return source, ()
    kept: list[str] = []
    lines: list[int] = []
    done = line = 0
    for start, end in _blocks(source):
        line += source.count("\n", done, start)
        lines.append(line + 1)
        kept += [source[done:start], "\n" * source.count("\n", start, end)]
        line += source.count("\n", start, end)
        done = end
    return "".join([*kept, source[done:]]), tuple(lines)


def _blocks(source: str) -> list[tuple[int, int]]:
    """Where each begins and ends. A fence within it is part of it, and so is it within a fence."""
    closings = {name: _ends(source, name) for name in NAMES.split("|")}
    marks = sorted(
        [*OPENING.finditer(source), *_FENCE.finditer(source)], key=lambda found: found.start()
    )
    blocks: list[tuple[int, int]] = []
    done, fence = 0, ""
    lost = LOST_OPENING.match(source)
    if lost is not None and not _is_in_code(source, lost.end()):
        done = lost.end()
        blocks.append((0, done))
    for found in marks:
        if found.start() < done:
            continue
        parts = found.groupdict()
        if "fence" in parts:
            if not fence:
                fence = parts["fence"]
            elif parts["fence"].startswith(fence) and not parts["rest"].strip():
                fence = ""
        elif not fence:
            ends = closings[parts["name"].lower()]
            while ends and ends[-1] < found.end():
                ends.pop()
            if ends:
                done = ends[-1]
                blocks.append((found.start(), done))
    return blocks


def _is_in_code(source: str, end: int) -> bool:
    """Whether a fence is open there."""
    fence = ""
    for found in _FENCE.finditer(source, 0, end):
        if not fence:
            fence = found["fence"]
        elif found["fence"].startswith(fence) and not found["rest"].strip():
            fence = ""
    return bool(fence)


def _ends(source: str, name: str) -> list[int]:
    """Where its closing tags end, the last one first."""
    found = [one.end() for one in _CLOSING.finditer(source) if one["name"].lower() == name]
    return found[::-1]

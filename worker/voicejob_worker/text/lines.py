"""Lines of plain text: which of their ends end a paragraph, and the signs that only mark them.

A break inside a paragraph that was wrapped at some column is a blank. A break after a heading, a
list's item or a verse is the end of one: it is told by the sign that the next line begins with, or
by a line that had room for the first word of the next.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from voicejob_worker.text.characters import CLOSING_SIGNS
from voicejob_worker.text.roman import roman_value

_DIVIDER: Final = re.compile(r"(?:[-*_=~#+:|·•—–] ?){3,}+|[⁂❦❧]")
_QUOTED: Final = re.compile(r"(?:>[^\S\n]?)++(?=[^\s>])")
_HEADING: Final = re.compile(r"#{1,6}[^\S\n]+(?=\S)")
_BOLD: Final = re.compile(r"(\*\*|__)(?=\S)[^*_]{1,200}(?<=\S)\1:?")
_DECORATED: Final = re.compile(r"([=*~#+-])\1{1,19} ?(?=[^\s=*~#+-])(.{1,200}?) ?\1{2,20}")
_BULLET: Final = re.compile(r"[-*+•‣▪●○◦◆■□·–—]{1,2}[^\S\n]+(?=\S)")
_BOX: Final = re.compile(r"\[[ xX]?\][^\S\n]+(?=\S)")
_NUMBERED: Final = re.compile(r"\(?([0-9]{1,3}|[A-Za-z]|[IVX]{2,5}|[ivx]{2,5})[.)][^\S\n]+(?=\S)")
_ROW: Final = re.compile(r"\|.*\|")
_MARK_ENDS: Final = frozenset(".)")
_SIGNS: Final = frozenset("-*+•‣▪●○◦◆■□·–—#_=~:|>⁂❦❧([")
"""Signs that a line may begin with that is more than a line."""

_SENTENCE_END: Final = frozenset(".!?…;,。！？，、；,،؛؟۔।—–")
_CLOSING: Final = f"{CLOSING_SIGNS}*_"
_WRAPPED_FROM: Final = 40
"""Columns from which lines may have been wrapped. Shorter ones were ended by their author."""
_TINY: Final = 20
"""Columns of lines of two words at most that are a list even if they begin with a small letter."""
_LISTED: Final = 5
"""Lines that are a list if none begins with a small letter, however long they are."""
_SLACK: Final = 6
"""A line is short if a part of the width as large as one by this is left over: not every program
that wraps fills its lines as far as it could."""
_NO_BLANKS: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Matches scripts that write words without blanks between them."""


def mark_lines(text: str) -> str:
    """Put an empty line before each line that begins a paragraph, and drop what marks lines.

    Bullets, hashes of headings, boxes of tasks, signs of quotation and lines of signs alone go. The
    number of an item stays, with a comma after it, where another item before or after it counts on.
    """
    lines = text.split("\n")
    begins = [False] * (len(lines) + 1)
    for index, line in enumerate(lines):
        bare = line.strip()
        if bare and (bare[0] in _SIGNS or not bare[0].isalpha() or bare[1:2] in (".", ")")):
            lines[index] = _without_signs(bare, index, begins)
    _mark_counted(lines, begins)
    for first, after in _blocks(lines):
        _mark_block(lines[first:after], first, begins)
    return "\n".join(f"\n{line}" if begins[index] else line for index, line in enumerate(lines))


def _without_signs(line: str, index: int, begins: list[bool]) -> str:
    """A line without the signs that mark it; what it begins is noted in ``begins``."""
    if _DIVIDER.fullmatch(line):
        begins[index + 1] = True
        return ""
    decorated = _DECORATED.fullmatch(line)
    if decorated and decorated[1] != "*":
        begins[index] = begins[index + 1] = True
        return decorated[2]
    quoted = _QUOTED.match(line)
    line = line[quoted.end() :] if quoted else line
    heading = _HEADING.match(line)
    if heading or _BOLD.fullmatch(line):
        begins[index] = begins[index + 1] = True
        return line[heading.end() :].rstrip("#").rstrip() if heading else line
    if _ROW.fullmatch(line):
        begins[index] = begins[index + 1] = True
        return ", ".join(filter(None, (cell.strip() for cell in line.strip("|").split("|"))))
    bullet = _BULLET.match(line)
    if bullet:
        begins[index] = True
        line = line[bullet.end() :]
    box = _BOX.match(line)
    if box:
        begins[index] = True
        line = line[box.end() :]
    return line


def _mark_counted(lines: list[str], begins: list[bool]) -> None:
    """Mark the items of numbered lists: two at least that count on, or that are all number one."""
    found = [
        (index, match)
        for index, line in enumerate(lines)
        if line and (line[0] == "(" or _MARK_ENDS.intersection(line[1:6]))
        if (match := _NUMBERED.match(line))
    ]
    counts = [_counts(match[1]) for _, match in found]
    for place, (index, match) in enumerate(found):
        before = counts[place - 1] if place else {}
        after = counts[place + 1] if place + 1 < len(counts) else {}
        for kind, value in counts[place].items():
            goes_on = kind in before and value in (before[kind], before[kind] + 1, 1)
            if goes_on or (kind in after and after[kind] in (value, value + 1, 1)):
                begins[index] = True
                number = str(value) if kind == "roman" else match[1]
                lines[index] = f"{number}, {_BOX.sub('', lines[index][match.end() :], count=1)}"
                break


def _counts(written: str) -> dict[str, int]:
    """What the sign of an item may count, by kind: I may be a letter or a number."""
    if written.isdigit():
        return {"number": int(written)}
    roman = roman_value(written.upper())
    counts = {"roman": roman} if roman else {}
    return counts if len(written) > 1 else counts | {"letter": ord(written)}


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Rows of lines that are not empty: the first, and the first after it."""
    first = 0
    for index in range(len(lines) + 1):
        if index == len(lines) or not lines[index] or lines[index].isspace():
            if index - first > 1:
                yield first, index
            first = index + 1


def _mark_block(lines: Sequence[str], first: int, begins: list[bool]) -> None:
    """Mark the lines of a block that follow one which was not wrapped."""
    open_ended = [
        index
        for index in range(1, len(lines))
        if not begins[first + index]
        and not _is_ended(lines[index - 1])
        and not (begins[first + index - 1] and lines[index][0].isspace())
    ]
    if not open_ended:
        return
    stripped = [line.strip() for line in lines]
    width = max(map(_width, stripped))
    unmarked = [line for index, line in enumerate(stripped) if not begins[first + index]]
    if _is_list(unmarked, width):
        for index in open_ended:
            begins[first + index] = True
        return
    filled = width - width // _SLACK
    for index in open_ended:
        following = stripped[index]
        needed = _width(stripped[index - 1]) + 1 + _first_width(following)
        has_room = needed <= filled and not following[0].islower()
        begins[first + index] = has_room or _is_title(stripped[index - 1], following)


def _is_list(lines: Sequence[str], width: int) -> bool:
    """Whether no line was wrapped: by what they begin with, or because all are tiny."""
    least = 2 if width < _WRAPPED_FROM else _LISTED
    if len(lines) >= least and not any(line[0].islower() for line in lines):
        capitals = sum(line[0].isupper() for line in lines)
        return capitals > 1 or (capitals + sum(line[0].isdigit() for line in lines)) > 2
    are_tiny = width <= _TINY and len(lines) > 2 and max(line.count(" ") for line in lines) < 2
    return are_tiny and not any(map(_is_ended, lines[:-1]))


def _is_title(line: str, following: str) -> bool:
    """Whether a line is in capitals, before one that is not."""
    return line.isupper() and not following.isupper() and len(line) > 3


def _is_ended(line: str) -> bool:
    """Whether a pause follows a line anyway."""
    bare = line.rstrip()
    return bare[-1:] in _SENTENCE_END or bare.rstrip(_CLOSING)[-1:] in _SENTENCE_END


def _width(line: str) -> int:
    """Columns that a line takes."""
    if line.isascii():
        return len(line)
    return len(line) + sum(unicodedata.east_asian_width(sign) in "WF" for sign in line)


def _first_width(line: str) -> int:
    """Columns of what cannot be parted at a line's beginning."""
    word, _, _ = line.partition(" ")
    if unicodedata.east_asian_width(line[0]) in "WF":
        return 2
    return min(len(word), 8) if _NO_BLANKS.match(line) else _width(word)

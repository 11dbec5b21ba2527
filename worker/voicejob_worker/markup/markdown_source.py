"""Mends a text in Markdown whose words would not be said by the letter of its rules.

Deep quotes and lists, rows of a table with more cells than its head, footnotes that nothing leads
to, and lines such as ``[Ana]: Hello`` are dropped without a word otherwise.
"""

import re
from typing import Final

from voicejob_worker.markup.markdown_dialects import without_dialects

MAX_MARKS: Final = 80
"""Characters of marks of lists and quotes that a line may begin with; the rest of them go."""
_LONG_MARKS: Final = re.compile(
    rf"(?m)^(?=[ \t>*+.)0-9-]{{{MAX_MARKS}}})"
    r"((?:[ \t]*+(?:>|[*+-](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])))*+)[ \t]*+"
)
_MARK: Final = re.compile(r"[ \t]*(?:>|[*+-]|[0-9]{1,9}[.)])")
_HEADING_ATTRIBUTES: Final = re.compile(
    r"(?m)^(#{1,6} [^{}\n]{1,300})\{[#.:][^{}\n]{0,100}\}[ \t]*$"
)
_DEFINITION: Final = re.compile(r"(?m)^( {0,3})\[(?!\^)[^\[\]\n]{1,300}\]:(?=[ \t]*\n?[ \t]*(\S*))")
_ADDRESS: Final = re.compile(r"<|[#/.]|[A-Za-z][\w+.-]*:\S|\S*\w[./]\w")
_NOTE: Final = re.compile(r"(?m)^( {0,3})\[\^([^\s\[\]]{1,100})\]:[ \t]?")
_NOTE_NUMBER: Final = re.compile(r"\[\^([^\s\[\]]{1,100})\](?!:)")
_TABLE_RULE: Final = re.compile(
    r" {0,3}\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+"
)
_CELL_BORDER: Final = re.compile(r"(?<!\\)\|")
MAX_COLUMNS: Final = 200


def mended(source: str) -> str:
    """The text, of as many lines, with all its words where they are read."""
    source = _HEADING_ATTRIBUTES.sub(r"\1", without_dialects(source))
    source = _without_lost_notes(_DEFINITION.sub(_unless_address, source))
    return _LONG_MARKS.sub(_shallow, _with_all_cells(source))


def _with_all_cells(source: str) -> str:
    """The text with the head of each table as wide as its widest row."""
    if "|" not in source or "-" not in source:
        return source
    lines = source.split("\n")
    index = 1
    while index < len(lines):
        if "|" in lines[index - 1] and _TABLE_RULE.fullmatch(lines[index]):
            index = _widened(lines, index)
        index += 1
    return "\n".join(lines)


def _widened(lines: list[str], rule: int) -> int:
    """Widen the head of the table whose rule stands at the index; the index of its last line."""
    columns = _cells(lines[rule])
    if columns != _cells(lines[rule - 1]):
        return rule
    last, widest = rule, columns
    while last + 1 < len(lines) and "|" in lines[last + 1]:
        last += 1
        widest = max(widest, _cells(lines[last]))
    more = min(widest, MAX_COLUMNS) - columns
    if more > 0:
        lines[rule - 1] = _wider(lines[rule - 1], " |", more)
        lines[rule] = _wider(lines[rule], "---|", more)
    return last


def _cells(line: str) -> int:
    bare = line.strip().removeprefix("|")
    return len(_CELL_BORDER.findall(bare.removesuffix("|"))) + 1


def _wider(line: str, cell: str, times: int) -> str:
    bare = line.rstrip()
    return f"{bare if bare.endswith('|') else f'{bare}|'}{cell * times}"


def _unless_address(found: re.Match[str]) -> str:
    """A line such as ``[Ana]: Hello``, which would be taken for a link's address, and not said."""
    if not found[2] or _ADDRESS.match(found[2]):
        return found.group()
    return f"{found[1]}\\{found.group()[len(found[1]) :]}"


def _without_lost_notes(source: str) -> str:
    """The text with each footnote that nothing leads to as a paragraph, which would not be said."""
    if "[^" not in source:
        return source
    numbers = set(_NOTE_NUMBER.findall(source))
    return _NOTE.sub(lambda note: note.group() if note[2] in numbers else note[1], source)


def _shallow(found: re.Match[str]) -> str:
    """The marks that a line begins with, as far as they are not too many."""
    kept = []
    length = 0
    for mark in _MARK.finditer(found[1]):
        length += len(mark.group())
        if length > MAX_MARKS:
            break
        kept.append(mark.group())
    return f"{''.join(kept)}{' ' * min(len(found.group()) - len(found[1]), MAX_MARKS)}"

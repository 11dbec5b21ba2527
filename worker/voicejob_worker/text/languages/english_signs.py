"""Signs that English writes beside digits: H.264, c. 1564, 6 ft 2 in, Q3'23, 40°26′46″N."""

from __future__ import annotations

import re
from typing import Final

_STANDARD: Final = re.compile(r"(?<![\w.])([A-Z])\.([0-9]{3})(?![\w.]*[0-9])")
_CIRCA: Final = re.compile(r"(?<!\w)c\. ?(?=[1-9][0-9]{2,3}(?![0-9,.]*[0-9]))")
_INCHES: Final = re.compile(r"(?<=[0-9½¼¾] )in(\.?)(?=[,;)]|\s*\Z|\n)")
_QUARTER: Final = re.compile(r"(?<!\w)([QH][1-4])'([0-9]{2})(?!\w)")
_NINE_TO_FIVE: Final = re.compile(r"(?<![\w.,:-])9 ?[-–] ?5(?![\w:-]|[.,][0-9])")
_ARC: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3})° ?([0-9]{1,2}(?:\.[0-9]{1,4})?)['′] ?"
    r"(?:([0-9]{1,2}(?:\.[0-9]{1,4})?)(?:\"|″|''))? ?([NSEW](?!\w))?"
)
_DEGREES: Final = re.compile(r"(?<=[0-9])° ?([NSEW])(?!\w)")
_DIRECTIONS: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}


def write_signs_out(text: str) -> str:
    """Bring them into words, or into what the tables say."""
    text = _STANDARD.sub(lambda found: f"{found[1]} {' '.join(found[2])}", text)
    text = _INCHES.sub(_inches, _CIRCA.sub("circa ", text))
    text = _QUARTER.sub(r"\1 20\2", _NINE_TO_FIVE.sub("9 to 5", text))
    if "°" not in text:
        return text
    text = _ARC.sub(_arc, text)
    return _DEGREES.sub(lambda found: f" degrees {_DIRECTIONS[found[1]]}", text)


def _inches(found: re.Match[str]) -> str:
    ends = found[1] if not found.string[found.end() :].strip() else ""
    return f"inches{ends}"


def _arc(found: re.Match[str]) -> str:
    degrees, minutes, seconds, direction = found.groups()
    parts = [(degrees, "degree"), (minutes, "minute"), (seconds, "second")]
    said = [f"{count} {noun}{'' if float(count) == 1 else 's'}" for count, noun in parts if count]
    return " ".join([*said, *([_DIRECTIONS[direction]] if direction else [])])

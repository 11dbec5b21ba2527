"""What English does with its amounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.lexicon.amounts import Amounts
from voicejob_worker.text.lexicon.english_attributive import is_attributive

if TYPE_CHECKING:
    from voicejob_worker.text.lexicon.amounts import Words

_HEIGHT: Final = re.compile(r"(?<![\w.,'])([3-8])' ?([0-9]|1[01])\"(?!\w)")
_TELEPHONES: Final = re.compile(
    r"(?<![\w.,+/-])(?:\([0-9]{3}\) ?[0-9]{3}[ .-][0-9]{4}"
    r"|[2-9][0-9]{2}-(?![0-9]{2}00)[0-9]{4})(?![\w-])"
)
_CALLS: Final = re.compile(
    r"\b((?:call|called|calling|dial|dialed) )([0-9]{3})(?![\w.,-]*[0-9])", re.IGNORECASE
)


def _is_ordinal(digits: str, mark: str) -> bool:
    """Whether its letters are those that an ordinal ends in: what has others is none (2th)."""
    ends = "th" if digits[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
    return mark.lower() == ends


def _part_of(said: str, under: int, unit: str) -> str:
    article = "an" if unit[0] in "aeiou" or unit == "hour" else "a"
    return f"half {article} {unit}" if under == 2 else f"{said} of {article} {unit}"


def _say_parts(over: int, under: int, cardinal: Words, ordinal: Words) -> str | None:
    """``three eighths``, ``five halves``."""
    count = cardinal(over)
    part = ordinal(under) if under <= 20 else None
    part = {2: "half", 4: "quarter"}.get(under, part)
    if under == 2 and over > 1:
        return f"{count} halves"
    return part and f"{count} {part}{'' if over == 1 else 's'}"


ENGLISH_AMOUNTS: Final = Amounts(
    mends=((_HEIGHT, r"\1 foot \2"),),
    ordinal_marks=r"(st|nd|rd|th|ST|ND|RD|TH)\b",
    is_ordinal=_is_ordinal,
    is_attributive=is_attributive,
    decades=("y", "ies"),
    part_of=_part_of,
    say_parts=_say_parts,
    pairs={(9, 11): " "},
    rates_by_ten=True,
    rating_ahead=re.compile(r"(?:score|rated|rate it|rating)(?: of)? \Z", re.IGNORECASE),
    rating_behind=re.compile(r" (?:stars?|points?)\b"),
    telephones=_TELEPHONES,
    calls=_CALLS,
    port="port",
)

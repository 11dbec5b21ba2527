"""How the amounts of a table are read, and the numbers that are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voicejob_worker.text.lexicon.patterns import NEVER, Rewriting

Words = Callable[[int], str | None]
"""Says a whole number; None where there are no words for it."""


def _no_noun(_: str) -> bool:
    return False


def _in_no_place(*_: object) -> bool:
    return False


def _any_mark(*_: object) -> bool:
    return True


def _no_parts(*_: object) -> str | None:
    return None


@dataclass(frozen=True, eq=False)
class NounGender:
    """Numbers in the gender of what they count.

    ``is_feminine``: of a noun, ``in_feminine``: a number in words. ``half``: the feminine of the
    fraction. ``counting``: a number with what shows that it is feminine behind it: a whole that it
    is part of (group 2), or a noun (group 4). ``before``: what shows it before it.
    """

    is_feminine: Callable[[str], bool] = _no_noun
    in_feminine: Callable[[str], str] = str
    half: str = ""
    counting: re.Pattern[str] = NEVER
    before: re.Pattern[str] = NEVER


@dataclass(frozen=True, eq=False)
class Amounts:
    """What one language does otherwise than another that has a table.

    ``gender``: of its nouns. ``mends``: what is rewritten before sizes and measures are said.
    ``ordinal_marks``: pattern of what ordinals end in; ``is_ordinal``: whether digits and such a
    mark are one. ``is_attributive``: whether what stands between two places of a text describes a
    noun (a five mile run). ``is_letter``: whether what was found has a letter for a unit (bloco
    5 N). ``decades``: the endings of a ten, and of the years that begin with it (twenty,
    twenties). ``parted``: nouns that parts are taken of. ``part_of``: a part, its lower number
    and the unit that it is of. ``say_parts``: upper and lower number of a fraction, with who says
    cardinals and ordinals. ``pairs``: numbers with a slash that are no fraction, and what stands
    between. ``rates_by_ten``: whether 8/10 is a mark wherever it stands; ``rating_ahead``,
    ``rating_behind``: what makes a mark of others. ``telephones``: of the country; ``calls``: a
    word for calling and a short number. ``toll_free``: groups that are said as one number.
    ``port``: between an address and its port.
    """

    gender: NounGender = field(default_factory=NounGender)
    mends: tuple[Rewriting, ...] = ()
    ordinal_marks: str = "((?!))"
    is_ordinal: Callable[[str, str], bool] = _any_mark
    is_attributive: Callable[[str, int, int], bool] = _in_no_place
    is_letter: Callable[[re.Match[str], str], bool] = _in_no_place
    decades: tuple[str, str] | None = None
    parted: frozenset[str] = frozenset()
    part_of: Callable[[str, int, str], str] | None = None
    say_parts: Callable[[int, int, Words, Words], str | None] = _no_parts
    pairs: Mapping[tuple[int, int], str] = field(default_factory=dict)
    rates_by_ten: bool = False
    rating_ahead: re.Pattern[str] = NEVER
    rating_behind: re.Pattern[str] = NEVER
    telephones: re.Pattern[str] = NEVER
    calls: re.Pattern[str] = NEVER
    toll_free: re.Pattern[str] = NEVER
    port: str = ""

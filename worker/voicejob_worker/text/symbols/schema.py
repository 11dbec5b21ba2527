"""What a language calls the signs beside its numbers, where no lexicon says them.

A noun has as many forms as its language asks for after a number: one for all, one and others, or
one, few, many and part (1 рубль, 3 рубля, 5 рублей, 2,5 рубля).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.lexicon.patterns import NEVER

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from voicejob_worker.text.lexicon.schema import AddressWords

Forms = tuple[str, ...]

CURRENCY_SIGNS: Final = ("€", "$", "£", "¥", "₽", "₺", "₩", "₹", "zł", "R$")
_GREEK: Final = "αβγδεζηθικλμνξοπρστυφχψω∑∫∂∈∏"
DIGITS: Final = "[0-9¼-¾⅐-⅞]"
"""Pattern of a digit or a fraction."""
COMPARISONS: Final = ("≥", "≤", "≠", "≈", "<", ">", "√")


@dataclass(frozen=True)
class SignWords:
    """What the signs beside a number or a word are called."""

    plus: str
    equals: str
    times: str
    conjunction: str
    at: str
    number: str
    """What # before a number says."""
    percent: Forms
    degrees: Forms
    celsius: Forms
    """What °C says, degrees and all."""
    scales: Forms = ()
    """Words and signs between an amount and its currency."""
    percent_leads: bool = False
    """Whether the word for per cent stands before its number."""


@dataclass(frozen=True)
class Reckoning:
    """What the signs of sums are called.

    ``power``: before its number, or about it as ``{}``. ``compared``: in the order of
    ``COMPARISONS``, ``{}`` being what stands behind the sign; "" where the language's own step
    says it. ``between``: stands about a word. ``times_by_ending``: whether times is an ending of
    the number (háromszor négy), for the language's own step to say.
    """

    plus: str
    minus: str
    times: str
    divided: str
    equals: str
    power: str = ""
    square: str = ""
    cube: str = ""
    compared: tuple[str, ...] = ()
    between: str = " "
    times_by_ending: bool = False


@dataclass(frozen=True)
class Symbols:
    """The signs of one language.

    ``currencies``: by sign. ``signs``, ``reckoning``, ``address``: of languages without a lexicon.
    ``greek``: names of Greek letters and of ∑ ∫ ∂ ∈ ∏. ``has_blanks``: whether words are written
    with blanks between them; ``runs_on``: whether none is needed behind a word.
    ``joins_thousands``: whether the commas between thousands go, for who says the numbers takes
    them for pauses, or knows groups of three alone. ``is_latin``: whether "No" may be a word.
    ``ones_all_over``: whether 21 is said as 1 is (21 рубль). ``keeps_halves``: whether a step of
    the language's own says AM and PM; Chinese says them by their letters.
    ``worth``: what a text has to hold for the module of the language to have something to say:
    they take 40 to 50 ms to read in.
    """

    currencies: Mapping[str, Forms] = field(default_factory=dict)
    signs: SignWords | None = None
    reckoning: Reckoning | None = None
    greek: Mapping[str, str] = field(default_factory=dict)
    address: AddressWords | None = None
    has_blanks: bool = True
    runs_on: bool = False
    joins_thousands: bool = False
    is_latin: bool = True
    ones_all_over: bool = False
    keeps_halves: bool = False
    worth: re.Pattern[str] = NEVER


def currencies(words: str) -> Mapping[str, Forms]:
    """Those of ``CURRENCY_SIGNS`` in their order, with a slash between forms."""
    named = (tuple(one.split("/")) for one in words.split())
    return MappingProxyType(dict(zip(CURRENCY_SIGNS, named, strict=True)))


def greek(letters: str, signs: str) -> Mapping[str, str]:
    """The names of the letters from alpha to omega, and of ∑ ∫ ∂ ∈ ∏, with blanks between."""
    names = f"{letters} {signs}".split()
    return MappingProxyType(dict(zip(_GREEK, names, strict=True)))

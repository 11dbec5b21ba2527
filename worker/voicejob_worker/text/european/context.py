"""The words of a language that tell what a number beside them is: a day, a law, a king, a unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    Rank = Callable[["Counting", int, bool], str]
    """Says a value, and whether it is of a queen, or of what is feminine."""


class Counting(Protocol):
    """Says whole numbers: what is used here of a ``Speaker``."""

    @property
    def cardinal(self) -> Callable[[str], str]:
        """Of digits."""

    @property
    def ordinal(self) -> Callable[..., str]:
        """Of digits, perhaps in a form: "-feminine"."""


@dataclass(frozen=True)
class RomanWords:
    """The words, in lower case, beside which Roman digits are a number.

    ``counted``: a cardinal follows them, also in small digits after ``small``. ``rulers``: names
    that ``ruler`` says a number after: value, and whether it is a queen. ``ranked``: an ordinal
    stands before them, feminine before ``ranked_feminine``; ``rank`` says it: value and whether
    it is feminine. ``dotted``: an ordinal has a point; ``20.`` is said by the language's own
    step, unless ``says_dotted``. ``suffixed``: whether an ordinal has letters behind it (XXe),
    and ``century`` what its ``s.`` is.
    """

    counted: frozenset[str]
    rulers: frozenset[str]
    queens: frozenset[str]
    ruler: Rank
    rank: Rank
    ranked: frozenset[str] = frozenset()
    ranked_behind: frozenset[str] = frozenset()
    ranked_feminine: frozenset[str] = frozenset()
    small: frozenset[str] = frozenset()
    dotted: bool = False
    says_dotted: bool = False
    suffixed: bool = False
    century: str = ""


@dataclass(frozen=True, eq=False)
class Context:
    """What stands beside the numbers of one language.

    Those of type ``str`` are patterns of alternatives, without brackets of their own.

    ``weekdays``: by their short forms. ``day_ahead``: a day stands behind it (*le 14/07*), as
    behind the names of weekdays. ``to_a_day``: between two such days. ``dated_ahead``: what a
    shortened month stands behind that is an ordinary word, too (``months_too``: *en mar. 2020*).
    ``month_first``: whether days stand behind their month. ``day_point``: follows the number of
    a day. ``pointed_units``: short forms between two amounts, whose point ends nothing.
    ``hours``: the sign of hours by what stands behind 1:30. ``times_over``: what ``1x`` and the
    ``x`` of more are. ``equals``: verbs whose end is a number, ``joints``: words before which it
    ends there, too. ``version``, ``telephone``: what such numbers stand behind.
    ``unit_ahead``: before the signs of units that are words, too; ``unit_behind``: behind them.
    ``of``: stands between an amount and its currency, too. ``of_noun``: no noun that begins a
    phrase. ``nouns_have_capitals``: so that a capital alone begins no sentence.
    """

    roman: RomanWords
    weekdays: Mapping[str, str]
    day_ahead: str = "(?!)"
    to_a_day: str = "(?!)"
    dated_ahead: str = "(?!)"
    months_too: frozenset[str] = frozenset()
    month_first: bool = False
    day_point: str = ""
    pointed_units: str = "min"
    hours: Mapping[str, str] = field(default_factory=dict)
    times_over: tuple[str, str] | None = None
    equals: str = "(?!)"
    joints: tuple[str, ...] = ()
    version: str = "(?!)"
    telephone: str = "[Tt]el|[Ff]ax"
    unit_ahead: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    unit_behind: str = "(?!)"
    of: str = "(?!)"
    of_noun: str = "(?!)"
    nouns_have_capitals: bool = False


def gendered_rank(speaker: Counting, value: int, feminine: bool) -> str:
    """An ordinal in its gender."""
    return speaker.ordinal(str(value), "-feminine" if feminine else "-masculine")


def plain_rank(speaker: Counting, value: int, _: bool) -> str:
    """An ordinal that has no gender here."""
    return speaker.ordinal(str(value))

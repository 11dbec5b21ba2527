"""What a language's table of words holds, and how one is put together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from voicejob_worker.text.lexicon.amounts import Amounts
from voicejob_worker.text.lexicon.patterns import NEVER, Rewriting


@dataclass(frozen=True)
class Currency:
    """Names of a currency: ``one`` is the number one before it, in its gender."""

    one: str
    singular: str
    plural: str
    cent: str
    cents: str


@dataclass(frozen=True)
class AddressWords:
    """How the signs of a web or e-mail address are called."""

    at: str
    dot: str
    slash: str
    dash: str
    underscore: str
    colon: str
    question_mark: str
    equals: str


class Beside(Enum):
    """What has to stand beside an abbreviation for it to be one."""

    ANYTHING = "anything"
    NAME = "a word with a capital"
    NUMBER = "a number, in Arabic or Roman digits"
    DATE = "a day, a month or a year"
    STREET_NAME = "a name, perhaps after a preposition, or a number"
    STREET = "what shows that a street is meant"


@dataclass(frozen=True)
class Abbreviation:
    """The words of an abbreviation that ends in a point, and where it means them.

    ``may_end``: the point also ends the sentence where a capital follows ("... etc. Then").
    """

    words: str
    after: Beside = Beside.ANYTHING
    before: Beside = Beside.ANYTHING
    may_end: bool = False


_NUMBER_AHEAD: Final = re.compile(r"\s?\(?(?:[0-9]|[IVXLCDM]{1,7}(?!\w))")


@dataclass(frozen=True, eq=False)
class Shortening:
    """Where a language's short forms stand for what they may. Each has a default that does.

    ``..._ahead`` match from the point on, ``..._behind`` end where the short form begins.
    ``street_name_ahead``: the name of a street; ``street_ahead``, ``street_behind``: what shows
    that one is meant; ``address_behind``: a house's number, and the name of its street.
    ``parts_apart``: whether forms of several parts are written with blanks (i. d. R.).
    ``mends``: what is rewritten before the table is looked at, ``parts``: before anything is.
    ``beside``: forms, in lower case, that are words, too, with what stands behind and ahead where
    they are none. ``kept``: forms in capitals that are not those in small letters. ``going_on``:
    words with a capital that begin no sentence.
    """

    name_ahead: re.Pattern[str] = re.compile(r"\s?[A-ZÀ-Þ]")
    number_ahead: re.Pattern[str] = _NUMBER_AHEAD
    date_ahead: re.Pattern[str] = _NUMBER_AHEAD
    number_behind: re.Pattern[str] = re.compile(r"[0-9ºª½¼¾]\s?\Z")
    date_behind: re.Pattern[str] = NEVER
    street_name_ahead: re.Pattern[str] = NEVER
    street_ahead: re.Pattern[str] = NEVER
    street_behind: re.Pattern[str] = NEVER
    address_behind: re.Pattern[str] = NEVER
    parts_apart: bool = True
    mends: tuple[Rewriting, ...] = ()
    parts: tuple[Rewriting, ...] = ()
    beside: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    going_on: frozenset[str] = frozenset()


Abbreviations = Mapping[str, tuple[Abbreviation, ...]]
"""Abbreviations by their spelling without the last point; the first that fits is meant."""


@dataclass(frozen=True)
class RomanCues:
    """The words, in lower case, beside which Roman digits are a number.

    ``counted``: after them the number is a cardinal (chapter four). ``strict``: those of them after
    which a lone X is one too. ``ranked``: after them it is an ordinal up to ten (século quinto).
    ``kings``, ``queens``: names after which it is an ordinal, in Portuguese up to ten (Henry the
    eighth, Pedro segundo, Bento dezesseis). ``titles``: what stands before such a name.
    ``events_masculine``, ``events_feminine``: before them it is an ordinal (II Guerra Mundial).
    ``not_names``: words that have a capital at the start of a sentence only.
    """

    counted: frozenset[str]
    strict: frozenset[str]
    ranked: frozenset[str]
    kings: frozenset[str]
    queens: frozenset[str]
    titles: frozenset[str]
    events_masculine: frozenset[str]
    events_feminine: frozenset[str]
    not_names: frozenset[str]
    joints: frozenset[str]
    article: str
    ordinals_to: int


@dataclass(frozen=True, eq=False)
class Clock:
    """How the times of a table are read.

    ``at_an_hour``: what stands before a time of the day; ``until_an_hour``: what stands between
    two. ``has_halves``: whether AM and PM are said. ``has_letters``: whether 14h30 is a time,
    ``has_bare_hours``: 15h and 8–17h, too. ``counts_hours``: whether a time by itself has its
    hours said (nove horas e cinco). ``short_lasts``: whether 1:05:30 is what something took.
    ``says_nought``: whether minutes that there are none of are said before seconds, and hours
    before minutes. ``joint``: between hours and minutes where seconds follow. ``zero``: before
    minutes below ten.
    """

    at_an_hour: re.Pattern[str] = NEVER
    until_an_hour: tuple[str, ...] = ()
    has_halves: bool = False
    has_letters: bool = True
    has_bare_hours: bool = False
    counts_hours: bool = False
    short_lasts: bool = False
    says_nought: bool = False
    joint: str = ", "
    zero: str = ""


@dataclass(frozen=True)
class Numbered:
    """What has a number of its year: *Lei 3/2018*, *case 12/2014*. Patterns of alternatives.

    ``laws``: in any case; behind them a year may have two digits. ``short``: those that count as
    they are written. ``things``: cases and issues, whose year has four. ``between``: words that
    may stand between one and its number, as words with a capital may. ``number``: what stands
    right before the number. ``behind``: what tells one from behind. ``joint``: the word between
    the number and its year, if one is said. ``joints``: words between two numbers.
    """

    things: str
    number: str
    laws: str = "(?!)"
    short: str = "(?!)"
    between: str = "(?!)"
    behind: str = "(?!)"
    joint: str = ""
    joints: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayWords:
    """What tells a day that is written as a fraction is. Patterns of alternatives.

    ``labels``: a colon and a day follow them (*Fecha: 4/5*). ``weekdays``: it follows them.
    ``ahead``, ``behind``: what can be nothing else does (*until 12/15*, *15/12 तक*).
    ``times``: what a time begins with that follows a day (*4/11, a las 10*). ``counted``: what
    follows a share or a count, and no day (*Monday 1/3 of the class*, *dopo 12/15 minuti*).
    """

    labels: str = ""
    weekdays: str = "(?!)"
    ahead: str = "(?!)"
    behind: str = "(?!)"
    times: str = "(?!)"
    counted: str = "(?!)"


@dataclass(frozen=True)
class Lexicon:
    """Everything that is said differently in another language.

    What stands behind ``cents_joint`` and counts, dates or times is for English and Portuguese: the
    languages of ``european`` have a ``Grammar`` for that.

    ``date``, ``time``, ``full_hour`` are templates; ``hours`` holds hours whose gender differs from
    the plain number's; ``singular_below_two`` says whether 1.5 takes a singular; ``ordinal_mends``
    sets right the parts of words that num2words gets wrong; ``bare_units`` are the unit signs that
    no word looks like;
    ``relations`` has the words of ≥ ≤ ≠ ≈ ± ÷ √ ∞ ² ³, of < > ~ before a number, and under ``is``
    the word that comparisons of two things begin with; ``per_units`` what is a unit behind a slash
    only (5/d), in the singular;
    ``pointless``: what is shortened without a point (Mme, t ex);
    ``starters``: words that begin a sentence, before which an abbreviation's point ends one;
    ``slashed_words`` are said for ``c/`` and ``w/o``; ``names_after_a_letter`` has the names
    before which a lone letter is a title; ``saints`` the names that tell a saint from a street;
    ``years_by_hundreds``: whether years are said otherwise than numbers (nineteen ninety-nine);
    ``days``: words that tell a day, which is written as a fraction is;
    ``numbered``: what has a number of its year; ``times_by_ending``: whether times is an ending
    of the number before it (háromszor), which the language's own step says.
    """

    language: str
    address: AddressWords
    point: str
    one_before_noun: str
    minus: str
    plus: str
    equals: str
    times: str
    power: str
    less: str
    greater: str
    by: str
    over: str
    conjunction: str
    at: str
    percent: str
    per_mille: str
    number: str
    hashtag: str
    copyright: str
    trademark: str
    until: str
    of: str
    cents_joint: str
    currencies: Mapping[str, Currency] = field(default_factory=dict)
    scales: tuple[str, ...] = ()
    scale_signs: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    fractions: Mapping[tuple[int, int], str] = field(default_factory=dict)
    months: tuple[str, ...] = ()
    date: str = ""
    date_day: str = ""
    first_of_month: str = ""
    time: str = ""
    full_hour: str = ""
    full_hour_one: str = ""
    seconds: str = ""
    hours: Mapping[int, str] = field(default_factory=dict)
    month_first: bool = False
    until_time: str = ""
    counts_seconds: bool = False
    singular_below_two: bool = False
    per: str = ""
    out_of: str = ""
    scale_singulars: Mapping[str, str] = field(default_factory=dict)
    bare_units: frozenset[str] = frozenset()
    relations: Mapping[str, str] = field(default_factory=dict)
    per_units: Mapping[str, str] = field(default_factory=dict)
    ordinal_mends: Mapping[str, str] = field(default_factory=dict)
    abbreviations: Abbreviations = field(default_factory=dict)
    shortening: Shortening = field(default_factory=Shortening)
    pointless: Mapping[str, str] = field(default_factory=dict)
    starters: frozenset[str] = frozenset()
    slashed_words: Mapping[str, str] = field(default_factory=dict)
    names_after_a_letter: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    saints: frozenset[str] = frozenset()
    section: str = ""
    roman: RomanCues | None = None
    numbered: Numbered | None = None
    days: DayWords = field(default_factory=DayWords)
    clock: Clock = field(default_factory=Clock)
    amounts: Amounts = field(default_factory=Amounts)
    short_months: tuple[str, ...] = ()
    years_by_hundreds: bool = False
    times_by_ending: bool = False


_TIME: Final = r"[0-9]{1,2}(?: ?h(?!\w)|h[0-9]{2}|[:.][0-5][0-9](?![0-9]))"


def day_or_time(month: str) -> re.Pattern[str]:
    """A pattern of what stands behind a day of the week: a day of a month, or a time.

    Args:
        month: Pattern of the months' names.
    """
    return re.compile(
        rf"[ \u00a0](?:[0-9]{{1,2}}(?:er|[°º])? ?{month}|[0-9]{{1,2}}/[01]?[0-9](?!\w)|{_TIME})",
        re.IGNORECASE,
    )


_ONE_OR_LESS: Final = frozenset(["1", "½", "¼", "¾", "1/2", "1/4", "3/4"])


def ending_of_many(written: str, ending: str) -> str:
    """``ending`` behind what there is more than one of: 2, 1½; else nothing."""
    return "" if written in _ONE_OR_LESS else ending


_SIMPLE_FRACTIONS: Final = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4))


def named_fractions(*words: str) -> dict[tuple[int, int], str]:
    """Pair the five fractions that have a sign of their own (½ ⅓ ⅔ ¼ ¾) with their words."""
    return dict(zip(_SIMPLE_FRACTIONS, words, strict=True))


def named_currencies(**words: str) -> dict[str, Currency]:
    """Currencies by code, from ``one|singular|plural|cent|cents``."""
    return {code: Currency(*names.split("|")) for code, names in words.items()}


def word_set(words: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(words.split())


def abbreviations(*tables: Abbreviations) -> dict[str, tuple[Abbreviation, ...]]:
    """Join tables; what is written alike is tried in the order of the tables."""
    joined: dict[str, tuple[Abbreviation, ...]] = {}
    for table in tables:
        for written, meanings in table.items():
            joined[written] = joined.get(written, ()) + meanings
    return joined


def abbreviated(
    words: Mapping[str, str],
    after: Beside = Beside.ANYTHING,
    before: Beside = Beside.ANYTHING,
    may_end: bool = False,
) -> Abbreviations:
    """A table of abbreviations that stand in the same place."""
    return {
        written: (Abbreviation(said, after, before, may_end),) for written, said in words.items()
    }

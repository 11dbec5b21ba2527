"""What the steps need to know of a language whose numbers agree with what they count.

Numbers are said by Unicode's rules (CLDR's rule-based number formats, which ``unicode-rbnf``
brings), in gender and case; what speakers say otherwise, the ``Grammar`` mends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.numerals import DIGIT_GROUP, MAX_DIGITS, Number, numerals_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.text.european.context import Context


_CACHED: Final = 65536


class Gender(Enum):
    """Of a noun; Swedish's common gender is ``MASCULINE``."""

    MASCULINE = "masculine"
    FEMININE = "feminine"
    NEUTER = "neuter"


@dataclass(frozen=True)
class Noun:
    """What is counted."""

    singular: str
    plural: str
    gender: Gender


@dataclass(frozen=True, eq=False)
class Grammar:
    """One language.

    ``cardinals``: names of CLDR's rules by gender, None for the bare number. ``year_rules``:
    the rules for years, where years are said otherwise than numbers; ``year_of``,
    ``ordinal_of``: where they are not as the rules have them; ``feminine``: mends what the
    rules for feminine nouns leave as it was; ``counts_by_years``: even where no month stands
    beside them. ``mend``: sets right what the rules say as nobody speaks. ``decimal``: a number
    with decimals in words. ``fraction``: whole (0 for none), upper and lower number in words,
    and the unit after them. ``gender_of``: of a noun as it is written. ``adjective_follows``:
    whether it is the first word of several that the gender hangs on. ``joined``: a word before
    the noun that it belongs to. ``of``: stands after ``needs_of``, a pattern (*un millón de
    euros*). ``months``: as they are said. ``short_months``: their spellings without the point,
    in lower case. ``scales``: words after a number by what is written; ``scale_singulars``
    after the number one, ``bare_scales`` those that are said without it. ``currencies``:
    ``singular|plural`` of those by sign or code that are not called as in CLDR; ``cents``
    likewise, under "" for all the others. ``units``: signs that CLDR has not, or calls
    otherwise. ``lower_codes``: codes of currencies that count in lower case, too. ``per_words``:
    words after a slash that ask for another one before them (*al mes*). ``over``: stands between
    a mark and the best of all (4,5/5). ``marks``: the best of schools, under which no fraction is
    meant. ``halves``: said after what is counted (*tres tazas y media*); ``lone_halves``: whether
    ½ before a noun agrees with it; ``singular_of``: a noun that is written as many. ``context``:
    the words beside its numbers. ``ordinal_form``: of an ordinal by itself. ``ranks_days``:
    whether all days of a month are ordinals, and not the first alone; ``day_of`` says them
    where they are more than that. ``of_region``: the language as a region writes it, by its
    subtag in lower case.
    """

    language: str
    context: Context
    cardinals: Mapping[Gender | None, str]
    months: tuple[str, ...]
    short_months: Mapping[str, int]
    dates: Callable[[str, Speaker], str]
    times: Callable[[str, Speaker], str]
    ordinals: Callable[[str, Speaker], str]
    agree: Callable[[str, Speaker], str]
    decimal: Callable[[Speaker, Number, Gender | None], str]
    fraction: Callable[[Speaker, int, int, int, Noun | None], str]
    gender_of: Callable[[str], Gender]
    mend: Callable[[str], str]
    joined: Callable[[str, str], str]
    minus: str
    plus: str
    until: str
    per: str
    over: str
    conjunction: str
    by: str
    ratio: str
    percent: str
    per_mille: str
    dot: str
    scales: Mapping[str, str]
    currencies: Mapping[str, str]
    cents: Mapping[str, str]
    units: Mapping[str, str]
    year_rules: str = ""
    year_of: Callable[[Speaker, int], str] | None = None
    ordinal_of: Callable[[Speaker, int, str], str] | None = None
    feminine: Callable[[str], str] | None = None
    of: str = ""
    needs_of: str = "(?!)"
    scale_singulars: Mapping[str, str] = field(default_factory=dict)
    singular_below_two: bool = False
    counts_by_years: bool = False
    adjective_follows: bool = True
    bare_scales: frozenset[str] = frozenset()
    cents_joint: str = ""
    lower_codes: frozenset[str] = frozenset()
    per_words: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    halves: Mapping[Gender, str] = field(default_factory=dict)
    lone_halves: bool = False
    ordinal_form: str = "-masculine"
    ranks_days: bool = False
    day_of: Callable[[Speaker, int], str] | None = None
    of_region: Callable[[str], Grammar] | None = None
    singular_of: Callable[[str], str] = str


class Speaker:
    """Says numbers in one language, and keeps what it has said. Nothing raises."""

    def __init__(self, grammar: Grammar, language: str) -> None:
        self.grammar = grammar
        from unicode_rbnf import RbnfEngine

        self._engine = RbnfEngine.for_language(grammar.language)
        self._numerals = numerals_for(language)
        self.cardinal = lru_cache(_CACHED)(self._cardinal)
        self.ordinal = lru_cache(_CACHED)(self._ordinal)

    def read(self, written: str) -> Number:
        """The number that digits with separators stand for."""
        return self._numerals.read(written)

    def parse(self, written: str) -> Number | None:
        """The same; None for versions and the like (1.2.3)."""
        return self._numerals.parse(written)

    def number(self, number: Number, gender: Gender | None = None) -> str:
        """A number with its decimals, in the gender of what it counts."""
        if not number.fraction:
            return self.whole(number.whole, gender)
        return self.grammar.decimal(self, number, gender)

    def whole(self, digits: str, gender: Gender | None = None) -> str:
        """Digits as one number; one by one if they are too many, or start with a zero."""
        if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
            return self.digits(digits)
        return self.cardinal(digits, gender)

    def digits(self, digits: str) -> str:
        """Each digit by itself; long strings get a comma every few digits, to breathe at."""
        step = DIGIT_GROUP if len(digits) > MAX_DIGITS else len(digits)
        groups = (digits[start : start + step] for start in range(0, len(digits), step))
        return ", ".join(map(self.each, groups))

    def each(self, digits: str) -> str:
        """Each digit by itself."""
        return " ".join(map(self.cardinal, digits))

    def year(self, digits: str) -> str:
        """A year as years are said (nineteen ninety-nine)."""
        if self.grammar.year_of is not None and digits.isdigit():
            return self.grammar.year_of(self, int(digits[:MAX_DIGITS]))
        rules = self.grammar.year_rules
        if not rules or len(digits) > MAX_DIGITS:
            return self.whole(digits)
        return self.grammar.mend(self._format(int(digits), rules))

    def count(self, number: Number, noun: Noun) -> str:
        """A number and what it counts."""
        grammar = self.grammar
        is_one = number.is_one or (grammar.singular_below_two and number.whole in ("", "0", "1"))
        counted = noun.singular if is_one else noun.plural
        return self.followed(self.number(number, noun.gender), counted)

    def followed(self, said: str, noun: str) -> str:
        """A number in words and its noun, with what stands between them: *un millón de euros*."""
        if re.search(self.grammar.needs_of, said):
            return f"{said} {self.grammar.joined(self.grammar.of, noun)}"
        return self.grammar.joined(said, noun)

    def _cardinal(self, digits: str, gender: Gender | None = None) -> str:
        rules = self.grammar.cardinals.get(gender, self.grammar.cardinals[None])
        said = self.grammar.mend(self._format(int(digits), rules))
        inflected = self.grammar.feminine if gender is Gender.FEMININE else None
        return inflected(said) if inflected else said

    def _ordinal(self, digits: str, form: str = "") -> str:
        if len(digits) > MAX_DIGITS:
            return self.digits(digits)
        if self.grammar.ordinal_of is not None:
            return self.grammar.ordinal_of(self, int(digits), form)
        return self.by_rules(int(digits), form)

    def by_rules(self, number: int, form: str = "") -> str:
        """An ordinal as CLDR has it."""
        rules = f"spellout-ordinal{form}"
        return self.grammar.mend(self._format(number, rules))

    def _format(self, number: int, rules: str) -> str:
        return self._engine.format_number(number, ruleset_names=[rules]).text


def without_s(noun: str) -> str:
    """``hora`` of ``horas``."""
    return noun.removesuffix("s")


def spaced(word: str, noun: str) -> str:
    """A word before its noun, where neither changes for the other."""
    return f"{word} {noun}"

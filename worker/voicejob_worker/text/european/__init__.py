"""Numbers of the languages whose numbers agree with what they count, each in its own grammar.

Everything here is said only where a text holds a digit; the rules (CLDR's, through ``unicode-rbnf``
and Babel) are loaded with the first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.european.fractions import say_fractions
from voicejob_worker.text.european.french import FRENCH
from voicejob_worker.text.european.german import GERMAN
from voicejob_worker.text.european.grammar import Grammar, Speaker
from voicejob_worker.text.european.hungarian import HUNGARIAN
from voicejob_worker.text.european.italian import ITALIAN
from voicejob_worker.text.european.plain import (
    say_called,
    say_plain,
    say_ranges,
    say_signed,
    say_sizes,
    say_telephones,
)
from voicejob_worker.text.european.roman import ROMAN, say_roman
from voicejob_worker.text.european.spanish import SPANISH
from voicejob_worker.text.european.sums import say_sums
from voicejob_worker.text.european.swedish import SWEDISH
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.quantities import join_thousands
from voicejob_worker.text.wordlists import one_of

_GRAMMARS: Final = {
    grammar.language: grammar for grammar in (GERMAN, SPANISH, FRENCH, ITALIAN, SWEDISH, HUNGARIAN)
}
_POINTED: Final = re.compile(r"(?<=[0-9] )(Std|Min|Sek|tim|min|sek|seg|kr|Ft)\.(?= [0-9])")
"""Matches units between two amounts (8 Std. 15 Min.), whose point ends nothing."""
LANGUAGES: Final = frozenset(_GRAMMARS)
"""Primary subtags."""


def is_european(language: str) -> bool:
    """Whether the language of a BCP 47 tag is one of these."""
    return primary_subtag(language) in _GRAMMARS


def speaker_of(language: str) -> Speaker:
    """Who says the numbers of one of these languages, by its BCP 47 tag."""
    return _speaker(primary_subtag(language))


@lru_cache(8)
def _speaker(primary: str) -> Speaker:
    return Speaker(_GRAMMARS[primary])


def say_weekdays(text: str, language: str) -> str:
    """``Mo–Fr``: days that stand on both ends of a span."""
    grammar = _GRAMMARS[primary_subtag(language)]
    days = {
        **grammar.weekdays,
        **{day.capitalize(): name for day, name in grammar.weekdays.items()},
    }

    def spoken(found: re.Match[str]) -> str:
        return f"{days[found[1]]} {grammar.until_day or grammar.until} {days[found[2]]}"

    return _weekday_pattern(grammar).sub(spoken, text)


@lru_cache(8)
def _weekday_pattern(grammar: Grammar) -> re.Pattern[str]:
    written = {*grammar.weekdays, *map(str.capitalize, grammar.weekdays)}
    day = one_of(written)
    return re.compile(rf"(?<![\w.-])({day})\.? ?[-–] ?({day})(?:\.(?=[ ,;)]|\Z)|(?![\w.-]|\.\w))")


def say_moments(text: str, language: str) -> str:
    """Replace dates, times and ordinals by words: whatever has a full stop that ends nothing."""
    speaker = speaker_of(language)
    grammar = speaker.grammar
    text = _POINTED.sub(r"\1", text)
    text = join_thousands(say_called(text, speaker), language)
    text = grammar.times(grammar.dates(text, speaker), speaker)
    return grammar.ordinals(say_telephones(text, speaker), speaker)


def say_amounts(text: str, language: str) -> str:
    """Replace everything else that digits are part of by words."""
    speaker = speaker_of(language)
    text = say_sizes(say_fractions(say_signed(text, speaker), speaker), speaker)
    text = say_ranges(say_sums(text, speaker), speaker)
    return say_plain(speaker.grammar.agree(text, speaker), speaker)


def say_roman_digits(text: str, language: str) -> str:
    """Replace Roman digits by words, or by Arabic ones for the other steps to say."""
    return say_roman(text, speaker_of(language)) if ROMAN.search(text) else text

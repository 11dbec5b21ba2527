"""Numbers of the languages whose numbers agree with what they count, each in its own grammar.

Everything here is said only where a text holds a digit; the rules (CLDR's, through ``unicode-rbnf``
and Babel) are loaded with the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.date_labels import say_told_days
from voicejob_worker.text.european.dates import before
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
    say_repeated,
    say_signed,
    say_sizes,
    say_telephones,
)
from voicejob_worker.text.european.roman import may_be_roman, say_roman
from voicejob_worker.text.european.spanish import SPANISH
from voicejob_worker.text.european.sums import say_sums
from voicejob_worker.text.european.swedish import SWEDISH
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.numbered import is_numbered
from voicejob_worker.text.quantities import join_thousands
from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Context

_GRAMMARS: Final = {
    grammar.language: grammar for grammar in (GERMAN, SPANISH, FRENCH, ITALIAN, SWEDISH, HUNGARIAN)
}
_DAY_AND_MONTH: Final = re.compile(
    r"(?<![\w.,/-])(0?[1-9]|[12][0-9]|3[01])/(0[1-9])(?![\w/]|[.,][0-9])"
)
_REGION: Final = re.compile("[a-z]{2}|[0-9]{3}")
LANGUAGES: Final = frozenset(_GRAMMARS)
"""Primary subtags."""


def is_european(language: str) -> bool:
    """Whether the language of a BCP 47 tag is one of these."""
    return primary_subtag(language) in _GRAMMARS


def speaker_of(language: str) -> Speaker:
    """Who says the numbers of one of these languages, by its BCP 47 tag."""
    _, _, region = language.replace("_", "-").lower().rpartition("-")
    return _speaker(primary_subtag(language), region if _REGION.fullmatch(region) else "")


@lru_cache(32)
def _speaker(primary: str, region: str) -> Speaker:
    grammar = _GRAMMARS[primary]
    if grammar.of_region is not None and region and region != primary:
        grammar = grammar.of_region(region)
    return Speaker(grammar, f"{primary}-{region}" if region else primary)


def say_weekdays(text: str, language: str) -> str:
    """``Mo–Fr``: days that stand on both ends of a span."""
    grammar = _GRAMMARS[primary_subtag(language)]
    context = grammar.context
    days = {
        **context.weekdays,
        **{day.capitalize(): name for day, name in context.weekdays.items()},
    }

    def spoken(found: re.Match[str]) -> str:
        return f"{days[found[1]]} {grammar.until} {days[found[2]]}"

    text = _patterns(context).weekday_span.sub(spoken, text)
    months = {
        **grammar.short_months,
        **{name.lower(): number for number, name in enumerate(grammar.months, start=1)},
    }

    def spanned(found: re.Match[str]) -> str:
        first, last = (grammar.months[months[name.lower()] - 1] for name in found.groups())
        return f"{first} {grammar.until} {last}"

    text = _month_span_pattern(grammar).sub(spanned, text)
    if "." in text:
        text = _month_of_year_pattern(grammar).sub(
            lambda found: (
                found.group()
                if found[1].lower() in context.months_too
                and not _patterns(context).dated.search(before(found))
                else grammar.months[months[found[1].lower()] - 1]
            ),
            text,
        )
    return text


@lru_cache(8)
def _month_of_year_pattern(grammar: Grammar) -> re.Pattern[str]:
    """A pattern of a shortened month before a year: dic. 2020."""
    short = set(grammar.short_months)
    month = one_of(short | {name.capitalize() for name in short})
    return re.compile(rf"(?<![\w.-])({month})\.(?= (?:del? )?[12][0-9]{{3}}(?![\w]|[.,][0-9]))")


@lru_cache(8)
def _month_span_pattern(grammar: Grammar) -> re.Pattern[str]:
    """A pattern of two months with a dash between, without a day before them."""
    names = {name.lower() for name in grammar.months} | set(grammar.short_months)
    month = one_of(names | {name.capitalize() for name in names})
    return re.compile(
        rf"(?<![\w.-])(?<![0-9] )(?<![0-9]\. )({month})\.? ?[-–] ?({month})"
        r"(?:\.(?=[ ,;)]|\Z)|(?![\w.-]))"
    )


@dataclass(frozen=True)
class _Patterns:
    """Patterns of a language's words beside its numbers.

    ``pointed``: units between two amounts (8 Std. 15 Min.), whose point ends nothing.
    ``weekday_span``: Mo–Fr. ``day_ahead``: what a day stands behind, ``day_span``: what stands
    behind one that another follows. ``dated``: what a short month that is a word stands behind.
    ``lasting``: how long something takes, 3:45 min, 1:30 Std.
    """

    pointed: re.Pattern[str]
    weekday_span: re.Pattern[str]
    day_ahead: re.Pattern[str]
    day_span: re.Pattern[str]
    dated: re.Pattern[str]
    lasting: re.Pattern[str]


@lru_cache(8)
def _patterns(context: Context) -> _Patterns:
    days = one_of({*context.weekdays, *map(str.capitalize, context.weekdays)})
    short = one_of(day for day in context.weekdays if day[0].isupper() and len(day) > 1)
    named = one_of(name.lower() for name in context.weekdays.values())
    joint = f"[-–]|{context.to_a_day}"
    return _Patterns(
        pointed=re.compile(rf"(?<=[0-9] )({context.pointed_units})\.(?= [0-9])"),
        weekday_span=re.compile(
            rf"(?<![\w.-])({days})\.? ?[-–] ?({days})(?:\.(?=[ ,;)]|\Z)|(?![\w.-]|\.\w))"
        ),
        day_ahead=re.compile(
            rf"(?:\A|[,;(]|(?<!\w)(?:{context.day_ahead}|(?-i:{short})\.?,?|(?:{named}),?)"
            rf"|[0-9]/[01]?[0-9] ?(?:{joint}))\s?\Z",
            re.IGNORECASE,
        ),
        day_span=re.compile(rf" ?(?:{joint}) ?[0-9]{{1,2}}/[01]?[0-9](?!\w)"),
        dated=re.compile(
            rf"(?:\A|[(;,]|[0-9](?: de)?|\b(?:{context.dated_ahead}))\s?\Z", re.IGNORECASE
        ),
        lasting=re.compile(
            r"(?<![\w:.,])([0-9]{1,3}):([0-5][0-9]) ?"
            rf"(?:(min)(?:ut[a-z]{{0,3}})?|({one_of(context.hours)}))(?!\w)\.?"
        ),
    )


def say_moments(text: str, language: str) -> str:
    """Replace dates, times and ordinals by words: whatever has a full stop that ends nothing."""
    speaker = speaker_of(language)
    grammar = speaker.grammar
    patterns = _patterns(grammar.context)
    text = patterns.pointed.sub(r"\1", text)
    if "/" in text:
        text = _with_told_days(text, grammar)
    if "/0" in text or "/1" in text:
        text = _with_named_month(text, grammar)
    if ":" in text:
        text = patterns.lasting.sub(lambda found: _parts(found, grammar), text)
    text = join_thousands(say_called(text, speaker), language)
    text = grammar.times(grammar.dates(text, speaker), speaker)
    return grammar.ordinals(say_telephones(text, speaker), speaker)


def _with_told_days(text: str, grammar: Grammar) -> str:
    """``Fecha: 4 mayo`` of Fecha: 4/5."""
    lexicon, context = lexicon_for(grammar.language), grammar.context

    def named(month: int, day: int) -> str:
        name = grammar.months[month - 1]
        numbered = f"{day}{context.day_point}"
        return f"{name} {numbered}" if context.month_first else f"{numbered} {name}"

    if lexicon is None:
        return text
    return say_told_days(
        text,
        lexicon.days,
        month_first=context.month_first,
        until=grammar.until,
        named=named,
    )


def _with_named_month(text: str, grammar: Grammar) -> str:
    """``le 14 juillet`` of le 14/07: what a day stands behind, and a month with a zero."""
    context = grammar.context
    if context.month_first:
        return text
    patterns = _patterns(context)
    lexicon = lexicon_for(grammar.language)
    numbered = lexicon.numbered if lexicon else None

    def named(found: re.Match[str]) -> str:
        ahead = before(found)
        is_day = patterns.day_ahead.search(ahead) or patterns.day_span.match(text, found.end())
        if not is_day or is_numbered(found, numbered):
            return found.group()
        return f"{int(found[1])}{context.day_point} {grammar.months[int(found[2]) - 1]}"

    return _DAY_AND_MONTH.sub(named, text)


def _parts(found: re.Match[str], grammar: Grammar) -> str:
    if found[3]:
        return f"{found[1]} min {int(found[2])} s"
    return f"{found[1]} {grammar.context.hours[found[4]]} {int(found[2])} min"


def say_amounts(text: str, language: str) -> str:
    """Replace everything else that digits are part of by words."""
    speaker = speaker_of(language)
    text = say_repeated(say_fractions(say_signed(text, speaker), speaker), speaker)
    text = say_sizes(text, speaker)
    text = say_ranges(say_sums(text, speaker), speaker)
    return say_plain(speaker.grammar.agree(text, speaker), speaker)


def say_roman_digits(text: str, language: str) -> str:
    """Replace Roman digits by words, or by Arabic ones for the other steps to say."""
    roman = _GRAMMARS[primary_subtag(language)].context.roman
    return say_roman(text, speaker_of(language)) if may_be_roman(text, roman) else text

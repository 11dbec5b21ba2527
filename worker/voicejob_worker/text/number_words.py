"""The one door for a number that is said by itself, whatever stands around it.

Within a sentence the steps of ``normalise`` say numbers, in the case and gender of their place.
Where somebody says what a number is (SSML's ``say-as``), it is asked for here, by language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicejob_worker.text.european import is_european, speaker_of
from voicejob_worker.text.language import written_language
from voicejob_worker.text.languages import is_traditional
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.numerals import MAX_DIGITS, Number, Numerals, numerals_for

_Say = Callable[[str], str | None]


@dataclass(frozen=True)
class NumberWords:
    """Says numbers of one language. Each gives None for what the language has no words for here.

    ``cardinal`` takes a number with its decimals, without a sign; the others digits alone.
    ``ordinal`` is in the masculine nominative. ``digits`` says each by itself, ``telephone`` as
    one calls numbers out. ``year`` is said as years are, ``day`` (of a month) as in a date.
    ``minus`` has the blank that stands before its number; it and ``plus`` are empty where they
    are not known.
    """

    cardinal: Callable[[Number], str | None]
    ordinal: _Say
    digits: _Say
    telephone: _Say
    year: _Say
    day: _Say
    minus: str = ""
    plus: str = ""


@lru_cache(8)
def number_words(language: str) -> NumberWords:
    """Those of the language of a BCP 47 tag."""
    primary = written_language(language)
    if is_european(language):
        return _european(language)
    build = _GRAMMARS.get(primary)
    return build(language) if build is not None else _by_tables(language)


def _bounded(say: Callable[[int], str], digits: _Say) -> _Say:
    """Of longer rows of digits, each by itself."""
    return lambda written: digits(written) if len(written) > MAX_DIGITS else say(int(written))


def _written(number: Number, point: str = ".") -> str:
    return f"{number.whole}{point}{number.fraction}" if number.fraction else number.whole


def _by_tables(language: str) -> NumberWords:
    numerals, lexicon = numerals_for(language), lexicon_for(language)

    def digits(written: str) -> str | None:
        return numerals.digit_by_digit(written, pause=False)

    def ordinal(written: str) -> str | None:
        said = _ordinal_of(numerals, written)
        return numerals.digit_by_digit(written) if len(written) > MAX_DIGITS else said

    return NumberWords(
        cardinal=numerals.say,
        ordinal=ordinal,
        digits=digits,
        telephone=digits,
        year=numerals.year_or_number,
        day=_day(
            ordinal,
            numerals.cardinal,
            lexicon is not None and lexicon.date_day == "ordinal",
            lexicon is not None,
        ),
        minus=f"{lexicon.minus} " if lexicon else "",
        plus=lexicon.plus if lexicon else "",
    )


def _ordinal_of(numerals: Numerals, written: str) -> str | None:
    """num2words gives the cardinal, or digits, of a language whose ordinals it does not know."""
    said = numerals.ordinal(written)
    is_known = said is not None and not any(map(str.isdigit, said))
    return said if is_known and said != numerals.cardinal(written) else None


def _day(ordinal: _Say, cardinal: _Say, ranks_all: bool, ranks_first: bool) -> _Say:
    """Says the day of a month: each as an ordinal (the fifth), the first alone, or none."""

    def said(written: str) -> str | None:
        ranked = ranks_all or (ranks_first and int(written) == 1)
        return ordinal(written) if ranked else cardinal(str(int(written)))

    return said


def _european(language: str) -> NumberWords:
    speaker = speaker_of(language)
    grammar = speaker.grammar

    def ordinal(written: str) -> str:
        return speaker.ordinal(written, grammar.ordinal_form)

    def ordinal_day(written: str) -> str:
        return grammar.day_of(speaker, int(written)) if grammar.day_of else ordinal(written)

    return NumberWords(
        cardinal=speaker.number,
        ordinal=ordinal,
        digits=speaker.each,
        telephone=speaker.each,
        year=speaker.year,
        day=_day(ordinal_day, speaker.cardinal, grammar.ranks_days, True),
        minus=f"{grammar.minus} ",
        plus=grammar.plus,
    )


def _chinese(language: str) -> NumberWords:
    from voicejob_worker.text.languages import chinese
    from voicejob_worker.text.languages.chinese_words import TRADITIONAL

    def said(words: str) -> str:
        return words.translate(TRADITIONAL) if is_traditional(language) else words

    def digits(written: str) -> str:
        return said(chinese.digit_by_digit(written))

    def cardinal(written: str) -> str:
        return said(chinese.say_amount(written))

    return NumberWords(
        cardinal=lambda number: cardinal(_written(number)),
        ordinal=_bounded(lambda number: f"第{cardinal(str(number))}", digits),
        digits=digits,
        telephone=lambda written: said(chinese.call_out(written)),
        year=digits,
        day=cardinal,
        minus=said("负"),
        plus="加",
    )


def _japanese(_: str) -> NumberWords:
    from voicejob_worker.text.languages import japanese

    return NumberWords(
        cardinal=lambda number: japanese.say_amount(_written(number)),
        ordinal=_bounded(
            lambda number: f"{japanese.say_whole(number)}番目", japanese.digit_by_digit
        ),
        digits=japanese.digit_by_digit,
        telephone=japanese.digit_by_digit,
        year=japanese.say_amount,
        day=lambda written: japanese.say_whole(int(written)),
        minus="マイナス",
        plus="プラス",
    )


def _russian(_: str) -> NumberWords:
    from voicejob_worker.text.languages import russian_numbers as russian

    ordinal = _bounded(russian.ordinal, russian.digits)
    return NumberWords(
        cardinal=russian.amount,
        ordinal=ordinal,
        digits=russian.digits,
        telephone=russian.digits,
        year=ordinal,
        day=lambda written: russian.ordinal(int(written), gender="n"),
        minus="минус ",
        plus="плюс",
    )


def _hindi(_: str) -> NumberWords:
    from voicejob_worker.text.languages import hindi_numbers as hindi

    return NumberWords(
        cardinal=lambda number: hindi.say_hindi(_written(number)),
        ordinal=_bounded(hindi.say_ordinal, hindi.say_digits),
        digits=hindi.say_digits,
        telephone=hindi.say_digits,
        year=_bounded(hindi.say_year, hindi.say_digits),
        day=lambda written: hindi.say_whole(int(written)),
        minus="माइनस ",
        plus="प्लस",
    )


def _arabic(_: str) -> NumberWords:
    from voicejob_worker.text.languages import arabic_amounts, arabic_numbers

    ordinal = _bounded(arabic_numbers.say_ordinal, arabic_numbers.say_digits)
    return NumberWords(
        cardinal=lambda number: arabic_amounts.say_amount(_written(number), False),
        ordinal=ordinal,
        digits=arabic_numbers.say_digits,
        telephone=arabic_numbers.say_digits,
        year=_bounded(
            lambda year: arabic_numbers.say_whole(year, oblique=True), arabic_numbers.say_digits
        ),
        day=ordinal,
        minus="ناقص ",
        plus="زائد",
    )


_GRAMMARS: Final[dict[str, Callable[[str], NumberWords]]] = {
    "ar": _arabic,
    "hi": _hindi,
    "ja": _japanese,
    "ru": _russian,
    "zh": _chinese,
}

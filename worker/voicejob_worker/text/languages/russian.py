"""Russian: numbers in their cases, dates, times, money and measures.

A row of replacements, the wider before the narrower. Every pattern begins where a number does and
looks no farther than a few words, so the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from voicejob_worker.text.amounts import AMOUNT, BLANK, CAPITAL_NEXT
from voicejob_worker.text.date_labels import say_told_days
from voicejob_worker.text.languages.russian_context import (
    START,
    TO,
    Steps,
    case_of_number,
    full_stop,
    gender_of_counted,
    word_before,
    words_after,
)
from voicejob_worker.text.languages.russian_dates import CENTURIES, DATES
from voicejob_worker.text.languages.russian_numbers import (
    ACCUSATIVE,
    GENITIVE,
    NOMINATIVE,
    amount,
    cardinal,
    counted,
    digits,
    ordinal,
    parse,
)
from voicejob_worker.text.languages.russian_ordinals import COMPOUNDS, ORDINALS
from voicejob_worker.text.languages.russian_parts import write_parts_out
from voicejob_worker.text.languages.russian_roman import say_roman
from voicejob_worker.text.languages.russian_short import say_short
from voicejob_worker.text.languages.russian_words import (
    CENTS,
    DAYS,
    GENITIVE_AFTER,
    LATIN_LETTERS,
    MASCULINE_IN_A,
    MONEY,
    MONTHS,
    NUMBERED,
    PER,
    SCALE_WORDS,
    SCALES,
    UNITS,
    Noun,
)
from voicejob_worker.text.numbered import say_numbered
from voicejob_worker.text.numerals import Number
from voicejob_worker.text.quantities import join_thousands
from voicejob_worker.text.wordlists import one_of, words

_DIGIT: Final = re.compile("[0-9¼-¾⅐-⅞]")
_TELEPHONE: Final = re.compile(
    r"(?<![\w.,-])(\+?[78])[ -]?\(?([0-9]{3,5})\)?[ -]?([0-9]{1,3})-([0-9]{2})-([0-9]{2})(?![\w-])"
)
_SECONDS: Final = re.compile(r"(?<=[0-9] )с(?=[,;)\n]|\.?\s*\Z)")
_NUMBER_SIGN: Final = re.compile("(?:#|№ ?|\\b[nN]\\.?º ?)(?=[0-9])")
_AFTER_SHORT: Final = re.compile(
    r"(\b(?:руб|коп|тыс|долл|кв|ул|стр|рис|табл|гл|пп?|ст|тел|им|др|пр|д|г|т|ч|мин|сек|р)\.)"
    f"{CAPITAL_NEXT}",
    re.IGNORECASE,
)
"""No sentence begins after these."""
_CODE: Final = re.compile(
    r"(?<![\w.,-])[0-9]{1,4}(?:-(?:[A-Za-zА-ЯЁа-яё]|[0-9]{1,4})){1,4}(?<=[0-9])(?![\w.,-])"
)
"""Matches numbers and single letters with hyphens between; see ``_code``."""
_HYPHENS: Final = re.compile(r"(?<=[^\W\d_])-(?=[0-9])|(?<=[0-9])-(?=[^\W\d_])")
_SIGNS: Final = one_of(sign for sign in MONEY if not sign[0].isalpha() or sign in ("US$", "R$"))
_CODES: Final = one_of(sign for sign in MONEY if sign.isupper() and sign.isascii())
_SCALE: Final = rf"(?:{BLANK}?({one_of(SCALES)})\.?(?!\w)|{BLANK}({one_of(SCALE_WORDS)})(?!\w))?"
_MONEY: Final = re.compile(
    rf"(?<![\w$])(?:({_SIGNS})|({_CODES}) ){BLANK}?({AMOUNT})(?:{TO}({AMOUNT}))?{_SCALE}"
)
_NOUNS: Final = {**UNITS, **MONEY}
_SHORT: Final = words("р руб коп долл шт чел экз стр мин сек сут ч г гр грн")
"""Abbreviations that may have a full stop."""
_MEASURE: Final = re.compile(
    rf"{START}({AMOUNT})(?:{TO}({AMOUNT}))?{_SCALE}{BLANK}?({one_of(_NOUNS)})(?![\w²³/])(\.)?"
    r"(?= ?([0-9]{1,2}) ?(?:коп|цент)[а-я]*\.?)?"
)
_SCALED: Final = re.compile(rf"{START}({AMOUNT}){BLANK}?({one_of(SCALES)})(?!\w)(\.)?")
_PER: Final = re.compile(r"(?<![\w.,])1/(кг|км|л|м|ч|мин|сек)(?!\w)")
_RANGE: Final = re.compile(rf"{START}(?<![-–—])({AMOUNT})([-–—])({AMOUNT})(?![\w-]|[.,][0-9])")
_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,4}) )?([0-9]{1,4})/([0-9]{1,4})(?![\w/]|[.,][0-9])"
)
_SINGLE_FRACTION: Final = re.compile(r"(?:(?<![0-9.,])([0-9]{1,15}))?([¼-¾⅐-⅞])")
_NEGATIVE: Final = re.compile(r"(?:(?<![\w.,)\]%-])|(?<=\.\.))[-−]0{0,9}(?=[0-9])")
_PLUS_MINUS: Final = re.compile("± ?(?=[0-9])")
_BY: Final = re.compile("(?<=[0-9]) ?[xх×] ?(?=[0-9])")
_ALWAYS: Final = re.compile(rf"{START}24/7(?![\w/])")
_SLASH: Final = re.compile(rf"(?<=[а-яё.])/({one_of(PER)})(?![а-яё])\.?")
_VERSION: Final = re.compile(r"(?<![\w.])[0-9]{1,6}(?:\.[0-9]{1,6}){2,8}(?![\w.])")
_SECTION: Final = re.compile(
    r"(?<![а-яё])((?:[Рр]аздел|[Пп]ункт|[Пп]|[Рр]ис|[Тт]абл|[Гг]лав|[Вв]ерси)[а-яё]{0,2}\.? )"
    r"([0-9]{1,4})\.([0-9]{1,4})(?![.,]?[0-9])"
)
_NUMBER: Final = re.compile(rf"{START}({AMOUNT})(?!\w)")
_WITHIN: Final = re.compile(AMOUNT)
"""Matches a number within a word, or after another one's sign."""


def say_russian(text: str) -> str:
    """Say the numbers and abbreviations of a text in Russian; its digits are 0 to 9."""
    text = say_short(write_parts_out(text))
    for pattern, say in CENTURIES:
        text = pattern.sub(say, text)
    text = say_roman(text)
    if not _DIGIT.search(text):
        return text
    text = _TELEPHONE.sub(_telephone, _AFTER_SHORT.sub(r"\1", text))
    text = say_numbered(_NUMBER_SIGN.sub("номер ", text), NUMBERED, _plain, _plain)
    text = say_told_days(text, DAYS, month_first=False, until="–", named=_named_day)
    text = join_thousands(text, "ru")
    for pattern, say in _STEPS:
        text = pattern.sub(say, text)
    return text


def _named_day(month: int, day: int) -> str:
    return f"{day} {MONTHS[month - 1]}"


def _plain(written: str) -> str:
    return amount(Number(written))


def _telephone(found: re.Match[str]) -> str:
    country, *groups = found.groups()
    said = [digits(country[-1])]
    said += [" ".join(_group(group)) for group in groups]
    return ("плюс " if country[0] == "+" else "") + ", ".join([" ".join(said[:2]), *said[2:]])


def _group(group: str) -> list[str]:
    zeros = len(group) - len(group.lstrip("0"))
    rest = group[zeros:]
    return ["ноль"] * zeros + ([cardinal(int(rest))] if rest else [])


def _code(found: re.Match[str]) -> str:
    """``2-б-34``: digit by digit, Latin letters by their names; without a letter it is no code."""
    parts = found.group().split("-")
    if not any(map(str.isalpha, parts)):
        return found.group()
    return " ".join(
        digits(part) if part.isdigit() else LATIN_LETTERS.get(part.lower(), part) for part in parts
    )


def _money(found: re.Match[str]) -> str:
    sign, code, written, until, short, word = found.groups()
    noun = MONEY[sign or code]
    case = _measure_case(found)
    number = parse(until or written)
    said = f"{amount(parse(written), case, noun.gender)}-" if until else ""
    if not short and not word and not until and len(number.fraction) == 2 and noun.one in CENTS:
        return _with_cents(number, noun, case)
    return said + _scaled(number, short, word, noun, case)


def _with_cents(number: Number, noun: Noun, case: str) -> str:
    cents, whole = Number(number.fraction), Number(number.whole)
    large = counted(whole, noun, case) if int(whole.whole) or not int(cents.whole) else ""
    small = counted(Number(str(int(cents.whole))), CENTS[noun.one], case)
    return f"{large} {small if int(cents.whole) else ''}".strip()


def _scaled(number: Number, short: str | None, word: str | None, noun: Noun, case: str) -> str:
    """An amount with its scale (тыс.) and its noun, which then stands in the genitive plural."""
    if short:
        return f"{counted(number, SCALES[short], case)} {noun.many}"
    if word:
        gender = "f" if word.startswith("тыс") else "m"
        return f"{amount(number, case, gender)} {word} {noun.many}"
    return counted(number, noun, case)


def _measure_case(found: re.Match[str]) -> str:
    before = word_before(found.string, found.start())
    is_genitive = before in GENITIVE_AFTER or before in ("с", "со")
    return GENITIVE if is_genitive else NOMINATIVE


def _measure(found: re.Match[str]) -> str:
    written, until, short, word, sign, stop, cents = found.groups()
    noun = _NOUNS[sign]
    case = _measure_case(found)
    end = "" if not stop else full_stop(found, found.end()) if sign in _SHORT else "."
    first = f"{amount(parse(written), case, noun.gender)}-" if until else ""
    number = parse(until or written)
    is_money = noun.one in CENTS and len(number.fraction) == 2 and not (short or word or until)
    if is_money and not cents:
        return _with_cents(number, noun, case) + end
    return first + _scaled(number, short, word, noun, case) + end


def _scale_alone(found: re.Match[str]) -> str:
    written, short, stop = found.groups()
    case = case_of_number(found.string, found.start(), found.end(), 0)
    case = case if case == GENITIVE else NOMINATIVE
    return counted(parse(written), SCALES[short], case) + (
        full_stop(found, found.end()) if stop else ""
    )


def _range(found: re.Match[str]) -> str:
    low, _, high = (found[1], found[2], found[3])
    first, second = parse(low), parse(high)
    case = case_of_number(found.string, found.start(), found.end(), int(second.whole[-2:]))
    return f"{amount(first, case)}-{amount(second, case)}"


def _halves(found: re.Match[str], whole: str) -> str:
    """``полтора часа``, ``два с половиной года``, ``половина литра``; "" of nothing."""
    noun, _ = words_after(found.string, found.end())
    if not noun or noun in ("и", "или"):
        return ""
    if not whole:
        return "половина"
    is_feminine = noun.endswith(("ы", "и")) and noun not in MASCULINE_IN_A
    if whole == "1":
        return "полторы" if is_feminine else "полтора"
    return f"{cardinal(int(whole), gender='f' if is_feminine else 'm')} с половиной"


def _fraction(found: re.Match[str]) -> str:
    if found[1] and (found[2], found[3]) == ("1", "2"):
        return _halves(found, found[1]) or _mixed(found[1], 1, 2)
    if not found[1] and found[2] == found[3] and len(found[2]) > 1:
        return f"{cardinal(int(found[2]))} на {cardinal(int(found[3]), ACCUSATIVE)}"
    return _mixed(found[1] or "", int(found[2]), int(found[3]))


def _single_fraction(found: re.Match[str]) -> str:
    upper, _, lower = unicodedata.normalize("NFKC", found[2]).partition("⁄")
    if found[2] == "½":
        return _halves(found, found[1] or "") or _mixed(found[1] or "", 1, 2)
    return _mixed(found[1] or "", int(upper), int(lower))


def _mixed(whole: str, upper: int, lower: int) -> str:
    is_one = upper % 10 == 1 and upper % 100 != 11
    part = ordinal(lower, NOMINATIVE if is_one else GENITIVE, "f", not is_one)
    said = f"{cardinal(upper, gender='f')} {part}"
    return f"{cardinal(int(whole))} и {said}" if whole else said


def _number(found: re.Match[str]) -> str:
    """A number, in the case and gender that the words beside it ask for."""
    number = parse(found[1])
    last = int(number.whole[-2:])
    case = case_of_number(found.string, found.start(), found.end(), last)
    gender = "m"
    if not number.fraction and last % 10 in (1, 2) and not 10 < last < 20:
        first, second = words_after(found.string, found.end())
        gender = gender_of_counted(first, second, last, case)
        if last % 10 == 1 and case == NOMINATIVE and first.endswith(("у", "ю")):
            case, gender = ACCUSATIVE, "f"
    return amount(number, case, gender)


def _per(found: re.Match[str]) -> str:
    end = full_stop(found, found.end()) if found.group().endswith(".") else ""
    return f" {PER[found[1]]}{end}"


def _part(digits: str) -> str:
    return amount(parse(digits))


def _within(found: re.Match[str]) -> str:
    text = found.string
    before = " " if text[max(found.start() - 1, 0) : found.start()].isalnum() else ""
    after = " " if text[found.end() : found.end() + 1].isalnum() else ""
    return f"{before}{amount(parse(found.group()))}{after}"


_STEPS: Final[Steps] = (
    (_SECONDS, lambda _: "сек"),
    (_CODE, _code),
    *DATES,
    *ORDINALS,
    (_NEGATIVE, lambda _: "минус "),
    (_PLUS_MINUS, lambda _: "плюс-минус "),
    (_BY, lambda _: " на "),
    (_ALWAYS, lambda _: "двадцать четыре на семь"),
    (_SLASH, _per),
    (_VERSION, lambda found: " точка ".join(map(_part, found.group().split(".")))),
    (_SECTION, lambda found: f"{found[1]}{_part(found[2])} точка {_part(found[3])}"),
    (_MONEY, _money),
    (_PER, lambda found: f"один на {_NOUNS[found[1]].one}"),
    (_MEASURE, _measure),
    (_SCALED, _scale_alone),
    *COMPOUNDS,
    (_RANGE, _range),
    (_SINGLE_FRACTION, _single_fraction),
    (_FRACTION, _fraction),
    (_HYPHENS, lambda _: " "),
    (_NUMBER, _number),
    (_WITHIN, _within),
)

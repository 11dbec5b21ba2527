"""Numbers in the characters of Chinese, and what Chinese and Japanese writing have in common."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS: Final = "零一二三四五六七八九"
HAN: Final = "\u3400-\u9fff"
"""Range of a character class: Chinese characters."""
KANA: Final = "\u3040-\u30ff"
LONGEST: Final = 16
"""Digits up to which a number is said as one; longer ones are read digit by digit."""
NUMBER: Final = r"[0-9]++(?:,[0-9]{3}(?![0-9]))*+(?:\.[0-9]++)?+"
"""A number with its thousands and decimals. Possessive: a row of digits is read once."""
START: Final = r"(?<![0-9])(?<![0-9][.,])"
"""Stands before ``NUMBER``, so that none begins in the middle of another."""
TO: Final = "[-–—~～〜至到]"
MONTH: Final = "(0?[1-9]|1[0-2])"
DAY: Final = "(0?[1-9]|[12][0-9]|3[01])"
DATE: Final = re.compile(
    rf"(?<![0-9./-])([12][0-9]{{3}})([-/.]){MONTH}\2{DAY}(?![0-9]|[-/.][0-9])[日号號]?"
)
"""Year, sign, month, day."""
WESTERN_DATE: Final = re.compile(
    r"(?<![0-9./-])([0-3]?[0-9])/([0-3]?[0-9])/((?:19|20)[0-9]{2})(?![0-9/])"
)
"""Day, month and year, or month, day and year: see ``western``."""
MONTH_OF_YEAR: Final = re.compile(
    r"(?<![0-9./-])((?:19|20)[0-9]{2})(?:/|-(?=0[1-9]|1[0-2]))"
    rf"{MONTH}(?![0-9/.年-])月?"
)
_DAY_OF_MONTH: Final = re.compile(rf"(?<![0-9./]){MONTH}/{DAY}(?![0-9/.,%])")
_BETWEEN_DAYS: Final = re.compile("(?<=[日)）])[-–—~～〜](?=[一二三四五六七八九十])")
CLOCK: Final = r"(?<![0-9:.])(0?[0-9]|1[0-9]|2[0-9]):([0-5][0-9])(?::([0-5][0-9]))?(?![0-9:])"
"""Hour to 29 (of a night, as Japanese has it), minute, second."""
SCORE: Final = re.compile(r"(?<![0-9:.])([0-9]{1,3}):([0-9]{1,3})(?![0-9:])")
NEGATIVE: Final = re.compile(r"(?<![0-9A-Za-z)\]）%°年月日号號])[-−](?=[0-9])")
NUMBER_SIGN: Final = re.compile(r"(?:#|(?<![A-Za-z])(?:N[oO]\.? ?|nº ?))(?=[0-9])")
SINGLE_FRACTION: Final = re.compile(r"(?:(?<![0-9.,])([0-9]{1,15}))?([¼-¾⅐-⅞])")
FRACTION: Final = re.compile(
    r"(?<![0-9/.,])(?:([0-9]{1,4}) )?(√?[0-9]{1,9})/([0-9]{1,9})(?![0-9/])(?!\.[0-9])"
)
CHAIN: Final = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{1,7}(?:-[0-9]{1,7}){2,6}(?![0-9-])")
"""Numbers with hyphens between: blocks and houses, codes."""
VERSION: Final = re.compile(r"(?<![0-9.])[0-9]{1,6}(?:\.[0-9]{1,6}){2,8}(?![0-9])")
_BLANK_BESIDE: Final = re.compile(rf"(?<=[{HAN}{KANA}]) (?=[0-9])|(?<=[0-9%]) (?=[{HAN}{KANA}])")
_WIDE_SIGNS: Final = str.maketrans("＄￡￦＋＝", "$£₩+=")
_WIDE_POINT: Final = re.compile(r"(?<=[0-9])．(?=[0-9])")
_WIDE_THOUSANDS: Final = re.compile(r"(?<![0-9.,，])[0-9]{1,2}(?:，[0-9]{3})++(?![0-9])")
_WIDE_COLON: Final = re.compile(r"(?<=[0-9])：(?=[0-9])")
_SPACED: Final = str.maketrans("", "", ", ")


def western(found: re.Match[str]) -> tuple[str, int, int] | None:
    """Year, month and day of a ``WESTERN_DATE``; the month leads where it can be one."""
    first, second = int(found[1]), int(found[2])
    month, day = (second, first) if first > 12 else (first, second)
    return (found[3], month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


@dataclass(frozen=True)
class FractionWords:
    """The words of a language for a fraction, whose lower number is said first."""

    wholes: str
    """Between a whole number and the fraction."""
    parts: str
    """Between the lower and the upper number."""
    root: str
    say: Callable[[str], str]
    """Says a number."""

    def of(self, found: re.Match[str]) -> str:
        """What a ``FRACTION`` is called, or a ``SINGLE_FRACTION``."""
        whole, upper, *lower = found.groups()
        if not lower:
            upper, _, under = unicodedata.normalize("NFKC", upper).partition("⁄")
            lower = [under]
        before = f"{self.say(whole)}{self.wholes}" if whole else ""
        root = self.root if upper[0] == "√" else ""
        return f"{before}{self.say(lower[0])}{self.parts}{root}{self.say(upper.lstrip('√'))}"


def prepare(text: str) -> str:
    """Bring full-width signs within numbers into one form; drop blanks between number and word."""
    text = _WIDE_POINT.sub(".", _BLANK_BESIDE.sub("", text.translate(_WIDE_SIGNS)))
    text = _WIDE_COLON.sub(":", text)
    return _WIDE_THOUSANDS.sub(lambda found: found.group().replace("，", ""), text)


def labelled_days(labels: str) -> re.Pattern[str]:
    """A pattern of days behind words that ask for one: 発売日:12/25, 期間:12/25〜12/31.

    Args:
        labels: Pattern of alternatives, with the sign behind them.
    """
    share = "[0-9/.,%錠個个杯枚本倍片的]|の(?:確|割)|[をが]過|小[时時]"
    day = rf"{MONTH}/{DAY}(?!{share})(?:[(（].{{1,3}}[)）])?"
    return re.compile(rf"(?:{labels}) ?(?P<days>{day}(?:[-–—~～〜、，,和と至到]{day}){{0,9}})")


def say_labelled_days(found: re.Match[str], until: str, say: Callable[[int], str]) -> str:
    """What was found by ``labelled_days``; ``until`` is said between two ends."""
    days = _DAY_OF_MONTH.sub(lambda day: f"{say(int(day[1]))}月{say(int(day[2]))}日", found["days"])
    return found.group().removesuffix(found["days"]) + _BETWEEN_DAYS.sub(until, days)


def numbered(words: str, signs: str) -> re.Pattern[str]:
    """A pattern of the numbers of laws with their year: 法律3/2018, 第3/2018号.

    Args:
        words: Pattern of alternatives, before them.
        signs: Pattern of what stands behind one that only 第 stands before.
    """
    number = r"(?P<first>[0-9]{1,5})/(?P<second>[0-9]{1,5})(?![0-9/.])"
    of = r"(?:[(（][A-Za-z\u3400-\u9fff\u3040-\u30ff]{1,8}[)）])?"
    return re.compile(
        rf"(?P<ahead>(?:{words}){of} ?第? ?|第 ?(?=[0-9/]{{6,11}} ?(?:{signs}))){number}"
    )


def say_numbered(
    found: re.Match[str], joint: str, say: Callable[[str], str], year: Callable[[str], str]
) -> str:
    """What was found by ``numbered``, ``joint`` between a number and a year; a fraction stays."""
    first, second = found["first"], found["second"]
    years = [len(one) == 4 and one[:2] in ("18", "19", "20") for one in (first, second)]
    if not any(years):
        return found.group()
    said = [
        year(one) if is_year else say(one)
        for one, is_year in zip((first, second), years, strict=True)
    ]
    return f"{found['ahead']}{joint.join(said)}"


def plain(number: str) -> str:
    """A ``NUMBER`` without the signs between its thousands."""
    return number.translate(_SPACED)


def say_chinese_whole(number: int) -> str:
    """A whole number below 10^16: 两千 and 两万, but 二百 and 二十.

    一十 within a number, 十 where it begins one or a group of its own (一百亿零十万).
    """
    return DIGITS[0] if number == 0 else _groups(number, first=True)


def _groups(number: int, *, first: bool) -> str:
    for size, name, least in ((10**8, "亿", 10**7), (10**4, "万", 1000)):
        if number < size:
            continue
        many, rest = divmod(number, size)
        head = _groups(many, first=first) if many >= 10**4 else _section(many, counts=True)
        joint = DIGITS[0] if 0 < rest < least else ""
        return f"{head}{name}{joint}{_groups(rest, first=False) if rest else ''}"
    return _section(number, counts=first and number != 2)


def _section(number: int, *, counts: bool) -> str:
    """1 to 9999. ``counts``: it begins the number, or counts ten thousands."""
    if number == 2 and counts:
        return "两"
    thousands, hundreds, tens, ones = (int(digit) for digit in f"{number:04}")
    said = ""
    if thousands:
        said += f"{'两' if thousands == 2 else DIGITS[thousands]}千"
    if hundreds:
        said += f"{DIGITS[hundreds]}百"
    elif thousands and (tens or ones):
        said += DIGITS[0]
    if tens:
        said += "十" if tens == 1 and counts and not said else f"{DIGITS[tens]}十"
    elif hundreds and ones:
        said += DIGITS[0]
    return said + (DIGITS[ones] if ones else "")

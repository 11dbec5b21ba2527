"""What is left of the digits: ranges, sizes, versions, telephones, and plain numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT, BLANK

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Context
    from voicejob_worker.text.european.grammar import Speaker

_RANGE: Final = re.compile(
    rf"(?<![\w.,-])({AMOUNT})({BLANK}?[-–−]{BLANK}?)({AMOUNT})(?![-–−]?[\w%‰°€$£])"
)
_NEGATIVE: Final = re.compile(r"(?<![\w.,)\]%€$£¥°-])(?<![0-9%€$] )[-−] ?(?=[0-9])")
_DIMENSIONS: Final = re.compile(rf"([0-9](?: ?(?:mm|cm|km|m))?){BLANK}?[x×]{BLANK}?(?=[0-9])")
_BARE_FRACTION: Final = re.compile(r"(?<![\w.,])[.,](?=[0-9])")
_INTERNATIONAL: Final = re.compile(
    r"(?<![\w.,+])\+ ?\(?([0-9]{1,3})\)?((?:[ ./-]{0,2}\(?[0-9]{1,6}\)?){2,6})(?![\w-])"
)
_PHONE: Final = re.compile(
    r"(?<![\w.,+/-])(?:\(0[0-9]{1,5}\)(?:[ /-]{0,2}[0-9]{2,9}){1,4}"
    r"|0[0-9]{1,5}(?:[ /-]{1,2}[0-9]{2,9}){1,4}"
    r"|(?!(?:1[0-9]|20)[0-9]{2}-(?:1[0-9]|20)[0-9]{2}(?![0-9]))[0-9]{4}-[0-9]{4}"
    r"|[0-9]{3}-[0-9]{6,7}|[0-9]{1,10}(?:-[0-9]{1,10}){2,8})(?![\w/-]|[.,][0-9])"
)
_LONG_PAIRS: Final = re.compile(r"(?<![\w.,+/-])0[0-9](?:[ .][0-9]{2}){4}(?![\w-]|[.,][0-9])")
"""A French telephone number: 01 23 45 67 89."""
_GROUPS: Final = re.compile("[0-9]+")
_BETWEEN: Final = re.compile("(?<=[0-9])[:–-](?=[0-9])")
_NUMBER: Final = re.compile(AMOUNT)
_POWERS: Final = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
_YEARS: Final = range(1100, 2100)


_REPEATED: Final = re.compile(
    r"(?<![\w.,/])(?<![=+*/−-] )([1-9][0-9]{0,3})x(?= [a-zà-ÿ]{2}|[,.;:!?)](?!\w)|\s*\Z)"
)


@lru_cache(8)
def _equals(context: Context) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{context.equals}) \Z")


@lru_cache(8)
def _goes_on(context: Context) -> re.Pattern[str]:
    """A pattern of a word of the sentence behind 2x: ist 2x gefallen, but not ist 2x und."""
    return re.compile(r" [^\W\d]{2,}" + "".join(f"(?<! {word})" for word in context.joints))


@lru_cache(8)
def _version(context: Context) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)({context.version}|iOS|Android|Python|macOS|HTTP|USB|v) ?"
        r"([0-9]{1,4}(?:\.[0-9]{1,4}){1,3})(?!\w|[.,][0-9])"
    )


@lru_cache(8)
def _called(context: Context) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)((?:{context.telephone})(?:\.:|[.:])? ?)"
        r"([0-9](?:[ /.-]?[0-9]){5,14})(?![\w/-]|[.,][0-9])"
    )


def say_called(text: str, speaker: Speaker) -> str:
    """Replace the number after *Tel.* by its digits, and versions (2.10) by their parts."""

    def called(found: re.Match[str]) -> str:
        return found[1] + ", ".join(map(speaker.digits, _GROUPS.findall(found[2])))

    def version(found: re.Match[str]) -> str:
        parts = (speaker.whole(part) for part in found[2].split("."))
        return f"{found[1]} {f' {speaker.grammar.dot} '.join(parts)}"

    context = speaker.grammar.context
    return _version(context).sub(version, _called(context).sub(called, text))


def say_telephones(text: str, speaker: Speaker) -> str:
    """Replace telephone numbers by their digits, with a comma between the groups."""

    def spoken(found: re.Match[str]) -> str:
        return ", ".join(map(speaker.digits, _GROUPS.findall(found.group())))

    def pairs(found: re.Match[str]) -> str:
        return ", ".join(speaker.whole(pair) for pair in _GROUPS.findall(found.group()))

    def international(found: re.Match[str]) -> str:
        groups = _GROUPS.findall(found[2])
        if sum(map(len, groups)) < 6:
            return found.group()
        said = ", ".join(map(speaker.digits, groups))
        country = speaker.whole(found[1]) if len(found[1]) == 2 else speaker.digits(found[1])
        return f"{speaker.grammar.plus} {country}, {said}"

    if "+" in text:
        text = _INTERNATIONAL.sub(international, text)
    return _PHONE.sub(spoken, _LONG_PAIRS.sub(pairs, text))


def say_repeated(text: str, speaker: Speaker) -> str:
    """``3x`` before a word or a sign of pause: three times."""
    context = speaker.grammar.context
    if context.times_over is None or "x" not in text:
        return text
    one, many = context.times_over

    def spoken(found: re.Match[str]) -> str:
        before = found.string[max(found.start() - 12, 0) : found.start()]
        if _equals(context).search(before) and not _goes_on(context).match(
            found.string, found.end()
        ):
            return found.group()
        return one if found[1] == "1" else f"{speaker.whole(found[1])} {many}"

    return _REPEATED.sub(spoken, text)


def say_ranges(text: str, speaker: Speaker) -> str:
    """10-20 becomes "10 to 20"; 3-1, which goes down, is two numbers side by side."""
    grammar = speaker.grammar

    def spoken(found: re.Match[str]) -> str:
        first, joint, second = found.groups()
        if "-" in joint and joint.startswith((" ", "\u00a0")):
            return f"{first} {grammar.minus} {second}"
        rises = _size(first, speaker) < _size(second, speaker)
        return f"{first} {grammar.until} {second}" if rises else f"{first} {second}"

    return _RANGE.sub(spoken, text)


def _size(written: str, speaker: Speaker) -> float:
    number = speaker.read(written)
    return float(f"{number.whole[:300]}.{number.fraction[:20] or 0}")


def say_signed(text: str, speaker: Speaker) -> str:
    """``-5``: a sign that stands between no two numbers."""
    return _NEGATIVE.sub(f"{speaker.grammar.minus} ", text)


def say_sizes(text: str, speaker: Speaker) -> str:
    """``3 x 4``."""
    return _DIMENSIONS.sub(rf"\1 {speaker.grammar.by} ", text)


def say_plain(text: str, speaker: Speaker) -> str:
    """Replace the plain numbers, wherever they stand; words that hold digits are taken apart."""
    text = _BETWEEN.sub(" ", _BARE_FRACTION.sub("0,", text))

    def spoken(found: re.Match[str]) -> str:
        said = _written(found.group(), speaker)
        before = " " if text[found.start() - 1 : found.start()].isalnum() else ""
        following = text[found.end() : found.end() + 1]
        after = " " if following.isalnum() and following not in _POWERS else ""
        return f"{before}{said}{after}"

    return _NUMBER.sub(spoken, text)


def _written(written: str, speaker: Speaker) -> str:
    if written.isdigit():
        is_year = len(written) == 4 and int(written) in _YEARS
        years = is_year and speaker.grammar.counts_by_years
        return speaker.year(written) if years else speaker.whole(written)
    number = speaker.parse(written)
    if number is not None:
        return speaker.number(number)
    parts = [speaker.whole(part) for part in re.split("[.,]", written)]
    return f" {speaker.grammar.dot} ".join(parts)

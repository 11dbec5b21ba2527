"""Numbers of laws, cases and issues with their year: Lei 3/2018, Regulation (EU) 2016/679.

Without a word that tells one, 3/2018 is a month and 2/3 a fraction. What tells one is in the
language's own table (``lexicon.schema.Numbered``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.text.lexicon.schema import Numbered

    Say = Callable[[str], str | None]

_BACK: Final = 60
_YEAR: Final = "(?:1[89]|20)[0-9]{2}"
_NUMBER: Final = re.compile(
    rf"(?<![\w.,/-])(?:(?P<year>{_YEAR})(?P<sign>[/-])(?P<of_year>[0-9]{{1,5}})"
    rf"|(?P<number>[0-9]{{1,3}}(?:\.[0-9]{{3}}){{1,2}}|[0-9]{{1,6}})/(?P<in_year>{_YEAR}|[0-9]{{2}}))"
    r"(?:/(?P<body>[A-Z]{2,4}))?(?![\w/-]|[.,][0-9])"
)
"""Matches a number of a year, and whose it is: 2006/112/CE."""
_YEAR_FIRST_SINCE: Final = 2015
"""In which the European Union began to write 2016/679; before it was 1924/2006."""
_THIS_CENTURY: Final = 40
_LAST_CENTURY: Final = 50


def is_numbered(found: re.Match[str], numbered: Numbered | None) -> bool:
    """Whether the number of a law, a case or an issue is found: Ley 3/2018, 1 BvR 12/07."""
    return numbered is not None and _is_told(found, _patterns(numbered)[1], numbered)


def say_numbered(text: str, numbered: Numbered | None, cardinal: Say, year: Say) -> str:
    """Replace them by words.

    Args:
        text: With its abbreviations said.
        numbered: What the language numbers; None for nothing.
        cardinal: Says digits as a number.
        year: Says digits as a year.
    """
    if numbered is None or _NUMBER.search(text) is None:
        return text
    laws, anything = _patterns(numbered)
    last = -1

    def spoken(found: re.Match[str]) -> str:
        nonlocal last
        follows = last >= 0 and _joined(found, last, numbered)
        said = None
        if follows or _is_told(found, anything, numbered):
            is_law = follows or _is_told(found, laws, numbered)
            said = _said(found, numbered, is_law, cardinal, year)
        last = found.end() if said else -1
        return said or found.group()

    return _NUMBER.sub(spoken, text)


def _said(
    found: re.Match[str], numbered: Numbered, is_law: bool, cardinal: Say, year: Say
) -> str | None:
    first, sign, second, number, in_year, body = found.groups()
    if first and sign == "/" and len(second) == 4 and int(first) < _YEAR_FIRST_SINCE:
        number, in_year, first = first, second, None
    whose = f" {body}" if body else ""
    if first:
        is_span = len(second) in (2, 4) and int(first) < int(f"{first[: -len(second)]}{second}")
        if is_span and (sign == "-" or int(second[-2:]) == (int(first) + 1) % 100):
            return None  # 2018-2020, 2018/19
        if sign == "-" and not is_law:
            return None  # heft 2018-12
        return f"{year(first)}, {cardinal(str(int(second)))}{whose}"
    count = number.replace(".", "")
    if len(in_year) == 2:
        of_century = int(in_year)
        is_share = int(count) + of_century == 100  # the law of 80/20
        is_year = of_century < _THIS_CENTURY or of_century > _LAST_CENTURY
        if body or is_share or not (is_law and is_year and numbered.joint):
            return None
        in_year = f"20{in_year}" if of_century < _THIS_CENTURY else in_year
    of = f"{numbered.joint} " if numbered.joint else ""
    years = year(in_year) if len(in_year) == 4 else cardinal(in_year)
    return f"{cardinal(str(int(count)))} {of}{years}{whose}"


def _joined(found: re.Match[str], last: int, numbered: Numbered) -> bool:
    """Whether only a comma or an *and* stands between one and the next."""
    between = found.string[last : found.start()]
    return len(between) < 10 and between.strip(" ,") in ("", *numbered.joints)


def _is_told(found: re.Match[str], ahead: re.Pattern[str], numbered: Numbered) -> bool:
    line = found.string[max(found.start() - _BACK, 0) : found.start()].rpartition("\n")[2]
    if ahead.search(line):
        return True
    return _behind(numbered).match(found.string, found.end()) is not None


@lru_cache(16)
def _behind(numbered: Numbered) -> re.Pattern[str]:
    return re.compile(numbered.behind)


@lru_cache(16)
def _patterns(numbered: Numbered) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of what stands before the number of a law, and of anything."""
    between = rf"(?:{BLANK}(?:\(?[A-ZÀ-ÞА-ЯЁ][\w-]{{1,15}}\)?|(?i:{numbered.between}))){{0,3}}"
    sign = rf"(?:{BLANK}(?i:{numbered.number})[.:]?)?[º°]?{BLANK}?\Z"
    behind = rf"[.:]?{between}{sign}"
    laws = rf"(?<!\w)(?:(?i:{numbered.laws})|(?:{numbered.short})){behind}"
    things = rf"(?<!\w)(?i:{numbered.things}){behind}"
    # By itself it tells one only where it is no other word: no 3/2018, no Brasil 3/2018.
    alone = rf"(?<!\w)(?i:{numbered.number})(?:[.:]?[º°]|[.:]|(?<!\b[nN]o)(?<!\b[nN]os)){BLANK}?\Z"
    return re.compile(laws), re.compile(f"{laws}|{things}|{alone}")

"""English dates in the forms that the tables say: ``25 jul 2012`` as ``25 July 2012``."""

import re
from typing import Final

from voicejob_worker.text.languages.english_words import DAYS, MONTHS
from voicejob_worker.text.lexicon import ENGLISH
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_DAY: Final = one_of(DAYS)
_MONTH: Final = one_of(MONTHS)
_NAMED: Final = one_of(set(MONTHS.values()))
_MONTHS_IN_ORDER: Final = ENGLISH.months
_NUMBERED: Final = r"[0-3]?[0-9](?:st|nd|rd|th)?"
_OF_YEAR: Final = r" [12][0-9]{3}(?![\w.,:%-]*[0-9])"

_SPAN_OF_DAYS: Final = re.compile(rf"\b({_DAY})\.? ?[-–—] ?({_DAY})\b(?!-)", re.IGNORECASE)
_SPANNED: Final = re.compile(
    r"[-–—] ?(?:[0-9]|(?i:mon|tue|wed|thu|fri|sat|sun"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
"""Matches the joint of a span. It begins with a sign, so that it is found fast."""
_BEFORE_JOINT: Final = re.compile(rf"\b(?:{_DAY}|{_MONTH})\.? ?\Z", re.IGNORECASE)
_LISTED: Final = re.compile("[/,&] ?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)")
_DAY_NAME: Final = one_of(day.capitalize() for day in DAYS)
_LIST_OF_DAYS: Final = re.compile(
    rf"\b(?:{_DAY_NAME})\b\.?(?:(?:, and |, | & | and | or |/)(?:{_DAY_NAME})\b\.?){{1,6}}"
)
_DAY_BEFORE_NUMBER: Final = re.compile(
    r"\b(Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun)\b\.?(?=:? [0-9]{1,2}(?:[:ap–-]| ?[AaPp]\.?[Mm]|\Z))"
)
_IN_A_LIST: Final = re.compile(rf"({_DAY})\.?(/?)", re.IGNORECASE)
_SPAN_OF_MONTHS: Final = re.compile(rf"\b({_MONTH})\.? ?[-–—] ?({_MONTH})\b(?!-)", re.IGNORECASE)
_DASHED: Final = re.compile(rf"\b({_MONTH})-([0-3]?[0-9])-([12][0-9]{{3}})(?![\w-])", re.IGNORECASE)
_BEFORE_DAY: Final = re.compile(
    rf"\b({_MONTH})\b\.?( {_NUMBERED})(?![\w:/%]|[.,][0-9]| ?%)(,?{_OF_YEAR})?", re.IGNORECASE
)
_AFTER_DAY: Final = re.compile(
    rf"(?<![\w.,:$/-])({_NUMBERED})( (?:of )?)({_MONTH})\b(?![-/])(\.?)(,?{_OF_YEAR})?",
    re.IGNORECASE,
)
_BEFORE_YEAR: Final = re.compile(rf"\b({_MONTH})\b\.?,?({_OF_YEAR})", re.IGNORECASE)
_WORDS_TOO: Final = frozenset({"may", "march", "mar", "jan"})
"""Months that are verbs or names, too: in small letters only where the date goes on or ends."""
_ENDED: Final = re.compile(r"\s*(?:[,.;:!?)\"]|\Z|\n)")
_DAYS: Final = re.compile(
    rf"(?<![\w.,:$/-])([0-3]?[0-9])(?:st|nd|rd|th)? ?[-–] ?([0-3]?[0-9])(?:st|nd|rd|th)?"
    rf"(?= (?:of )?(?:{_NAMED})\b)"
)
_DECADE: Final = re.compile(r"(?<![\w.,])((?:1[1-9]|20)[0-9]0) ?'?s(?!\w)")
_DECADES: Final = re.compile(r"(?<=0s) ?[-–] ?(?='?[0-9]{0,2}[0-9]0s\b)")
_ERA: Final = re.compile(r"(?<![\w.,])([0-9]{1,4}) ?(A\.?D|B\.?C\.?E|B\.?C|C\.?E)\b(\.?)(?!\.?\w)")
_ERA_FIRST: Final = re.compile(r"\b(A\.?D)\.? ([1-9][0-9]{1,2})(?![\w,.]*[0-9])")
_CENTURY: Final = re.compile(r"(?<![\w.,])([12][0-9]00)'?s(?!\w)")
_YEAR_AND_MONTH: Final = re.compile(
    r"(?<![\w.,/-])((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])(?![\w/-]|[.,:][0-9])"
)
_SMALL_DAY: Final = re.compile(
    rf"\b(mon|tues?|wed|thu|thurs?|fri|sat|sun)\b\.?"
    rf"(?=,? (?:the )?{_NUMBERED} (?:of )?(?:{_MONTH})\b)"
)
_QUARTER: Final = re.compile(r"\b([1-4])Q ?([0-9]{4}|'?[0-9]{2})\b")
_SENTENCE_ENDS: Final = re.compile(r"[\"')\]]{0,3}(?:\s*\Z|\s+[\"'(]?[A-Z]|\n)")


def write_dates_out(text: str, numerals: Numerals, until: str) -> str:
    """Months and days by their names, spans of them with ``until``, decades, eras and quarters."""
    text = write_spans_out(text, until)
    text = _SMALL_DAY.sub(lambda found: DAYS[found[1]], text)
    text = _YEAR_AND_MONTH.sub(_say_month_of_year, text)
    text = _CENTURY.sub(lambda found: f"{numerals.year_or_number(found[1])}s", text)
    text = _DAY_BEFORE_NUMBER.sub(lambda found: DAYS[found[1].lower()], text)
    text = _BEFORE_DAY.sub(_named_before, text)
    text = _AFTER_DAY.sub(_named_after, text)
    text = _BEFORE_YEAR.sub(lambda found: f"{MONTHS[found[1].lower()]}{found[2]}", text)
    text = _DAYS.sub(lambda found: _say_days(found, numerals, until), text)
    text = _DECADES.sub(f" {until} ", _DECADE.sub(r"\1s", text))
    text = _ERA.sub(lambda found: _say_era(found, numerals), text)
    text = _ERA_FIRST.sub(lambda found: f"AD {_say_year(found[2], numerals)}", text)
    return _QUARTER.sub(lambda found: _say_quarter(found, numerals), text)


def write_spans_out(text: str, until: str) -> str:
    """``Mon–Fri``, ``Mon, Wed`` and ``Jan-Mar`` by their names, ``Jan-15-2020`` with blanks."""
    if _LISTED.search(text):
        text = _LIST_OF_DAYS.sub(lambda found: _IN_A_LIST.sub(_listed, found.group()), text)
    if not any(
        _BEFORE_JOINT.search(text[max(found.start() - 11, 0) : found.start()])
        for found in _SPANNED.finditer(text)
    ):
        return text

    def days(found: re.Match[str]) -> str:
        return f"{DAYS[found[1].lower()]} {until} {DAYS[found[2].lower()]}"

    def months(found: re.Match[str]) -> str:
        return f"{MONTHS[found[1].lower()]} {until} {MONTHS[found[2].lower()]}"

    text = _SPAN_OF_DAYS.sub(days, text)
    text = _DASHED.sub(lambda found: f"{MONTHS[found[1].lower()]} {found[2]}, {found[3]}", text)
    return _SPAN_OF_MONTHS.sub(months, text)


def _listed(found: re.Match[str]) -> str:
    return DAYS[found[1].lower()] + (" and " if found[2] else "")


def _named_before(found: re.Match[str]) -> str:
    written, day, year = found.groups()
    is_word = written in _WORDS_TOO and not (year or day[-1].isalpha())
    if is_word and not _ENDED.match(found.string, found.end()):
        return found.group()
    return f"{MONTHS[written.lower()]}{day}{year or ''}"


def _named_after(found: re.Match[str]) -> str:
    day, joint, written, dot, year = found.groups()
    is_word = written in _WORDS_TOO and not (year or day[-1].isalpha())
    if is_word and not _ENDED.match(found.string, found.end(3)):
        return found.group()
    ends = dot and not year and _SENTENCE_ENDS.match(found.string, found.end())
    return f"{day}{joint}{MONTHS[written.lower()]}{'.' if ends else ''}{year or ''}"


def _say_days(found: re.Match[str], numerals: Numerals, until: str) -> str:
    first, last = int(found[1]), int(found[2])
    if not 1 <= first < last <= 31:
        return found.group()
    return f"the {numerals.ordinal(str(first))} {until} {last}"


def _say_era(found: re.Match[str], numerals: Numerals) -> str:
    ends = found[3] and _SENTENCE_ENDS.match(found.string, found.end())
    era = found[2].replace(".", "")
    return f"{_say_year(found[1], numerals)} {era}{'.' if ends else ''}"


def _say_year(digits: str, numerals: Numerals) -> str:
    """``three forty``, ``three oh five``, ``five hundred``."""
    century, rest = divmod(int(digits), 100)
    if not rest or not 3 <= len(digits) <= 4 or int(digits) > 1100:
        return numerals.year_or_number(digits) or digits
    oh = "oh " if rest < 10 else ""
    return f"{numerals.cardinal(str(century))} {oh}{numerals.cardinal(str(rest))}"


def _say_month_of_year(found: re.Match[str]) -> str:
    return f"{_MONTHS_IN_ORDER[int(found[2]) - 1]} {found[1]}"


def _say_quarter(found: re.Match[str], numerals: Numerals) -> str:
    year = numerals.year_or_number(found[2].removeprefix("'"))
    return f"the {numerals.ordinal(found[1])} quarter of {year}"

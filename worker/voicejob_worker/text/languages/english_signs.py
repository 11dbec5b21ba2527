"""Signs that English writes beside digits: H.264, c. 1564, 6 ft 2 in, Q3'23, 40°26′46″N."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.amounts import without_apostrophe
from voicejob_worker.text.languages.english_words import RATIOS
from voicejob_worker.text.wordlists import one_of

_STANDARD: Final = re.compile(r"(?<![\w.])([A-Z])\.([0-9]{1,3})(?![\w.]*[0-9])")
_HEXADECIMAL: Final = re.compile(r"(?<!\w)0x([0-9A-Fa-f]{1,16})(?!\w)")
_RAISED: Final = re.compile(r"(?<=[\w)]) ?\*\* ?(?=[0-9]{1,4}(?![\w*]))")
_SHORT_UNITS: Final = (
    "mos?|yrs?|wks?|mins?|secs?|hrs?|lbs?|oz|ft|yds?|mi|gals?|qts?|Qtr|qtr|approx|tbsps?|tsps?"
)
_POINTED_UNIT: Final = re.compile(rf"(?<=[0-9½¼¾thnds] )({_SHORT_UNITS})\.(?=,? [a-z0-9(]|[,;:)])")
_SINGULARS: Final = {
    **{f"{one}s": one for one in ("hour", "minute", "second", "pound", "ounce", "yard", "mile")},
    **{f"{one}s": one for one in ("gallon", "quart", "week", "month", "year", "day")},
    "feet": "foot",
    "inches": "inch",
}
_A_DAY: Final = re.compile(r"(?<![\w.,])([0-9]{1,3})x ?/ ?(day|d|week|wk|month|mo|year|yr)(?!\w)")
_SPANS: Final = {"d": "day", "wk": "week", "mo": "month", "yr": "year"}
_JOINED: Final = re.compile(
    r"(?<=[0-9]-)(yd|yr|lb|oz|ft|mi|hr|wk|mo)(?:\.(?= [a-z]))?(?![\w'-]|\.\w)"
)
_JOINED_NAMES: Final = {
    **{"yd": "yard", "yr": "year", "lb": "pound", "oz": "ounce", "ft": "foot", "mi": "mile"},
    **{"hr": "hour", "wk": "week", "mo": "month"},
}
_NAMED: Final = re.compile(
    r"\b(?:(?!(?:In|After|Only|Just|Wait|Every|For|About|Takes?|Took) )[A-Z]\w{0,30}"
    r"|level|route|step|phase|chapter|tier|stage|version|number|grade|class|type|unit|lesson|part"
    r"|page|season|line|room|gate|platform|track|exit|zone|round|game|day|week|month|year) \Z"
)
"""Matches what a number behind it is the name of: Route 1 miles from here."""
_ONE_OF_MANY: Final = re.compile(rf"(?<![\w.,/-])1 ({'|'.join(_SINGULARS)})(?![\w])")
_BRITISH_PHONE: Final = re.compile(
    r"(?<![\w.,+/-])0([1-9][0-9]{1,3}) ([0-9]{3,4}) ([0-9]{3,4})(?![\w-]|[.,][0-9])"
)
_TO: Final = re.compile(
    r"(?<!\w)(noon|midnight|Noon|Midnight) ?[–-] ?"
    r"(?=[0-9]{1,2}(?::[0-9]{2}| ?[aApP]\.?[mM]\b|[,.;)]|\s*\Z))"
    r"|(?<=[0-9] )(BCE?|CE|AD) ?[–-] ?(?=[0-9]{1,4}(?: ?(?:BCE?|CE|AD)\b|[,.;)]|\s*\Z))"
)
_MONTHS: Final = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DATE_SPAN: Final = re.compile(
    rf"(?<!\w)({_MONTHS} [0-9]{{1,2}}(?:st|nd|rd|th)?) ?[–-] ?(?={_MONTHS} [0-9])"
)
_MILITARY: Final = re.compile(r"(?<![\w.,:])0([1-9])00 ?(?:hrs?|hours)(?!\w)")
_LASTED: Final = re.compile(
    r"(?<![\w:.,])(?:([0-9]{1,2}):)?([0-5]?[0-9]):([0-5][0-9]\.[0-9]{1,3})(?![\w:]|\.[0-9])"
)
_RATIO: Final = re.compile(rf"\b(?:{one_of(RATIOS)})(?: (?:is|of|was|at))? \Z", re.IGNORECASE)
_RATIO_BEHIND: Final = re.compile(rf" (?:{one_of(RATIOS)})\b")
_MANY: Final = re.compile(
    r"(?<![\w.,$])(10|100|1,?000)s"
    r"(?= of (?:people|men|women|children|[a-z]{2,20}[^\Wsiu]s)(?!\w))"
)
"""Matches what is many of a plural: 10s of users; 10s of CPU time are seconds."""
_MANY_NAMES: Final = {"10": "tens", "100": "hundreds", "1000": "thousands"}
_CIRCA: Final = re.compile(r"(?<!\w)c\. ?(?=[1-9][0-9]{2,3}(?![0-9,.]*[0-9]))")
_QUARTER: Final = re.compile(r"(?<!\w)([QH][1-4])'([0-9]{2})(?!\w)")
_NINE_TO_FIVE: Final = re.compile(
    r"(?<![\w.,:-])9(?:[-–]|(?<=(?:day|Fri|Sat|Sun) 9) [-–] )5(?![\w:-]|[.,][0-9])"
)
_ARC: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3})° ?([0-9]{1,2}(?:\.[0-9]{1,4})?)['′] ?"
    r"(?:([0-9]{1,2}(?:\.[0-9]{1,4})?)(?:\"|″|''))? ?([NSEW](?!\w))?"
)
_DEGREES: Final = re.compile(r"(?<=[0-9])° ?([NSEW])(?!\w)")
_DIRECTIONS: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}


def write_signs_out(text: str) -> str:
    """Bring them into words, or into what the tables say."""
    text = _STANDARD.sub(_standard, text)
    if "0x" in text:
        text = _HEXADECIMAL.sub(lambda found: f"0 X {' '.join(found[1].upper())}", text)
    if "**" in text:
        text = _RAISED.sub("^", text)
    text = _ONE_OF_MANY.sub(_one, text)
    text = _BRITISH_PHONE.sub(_phone, _POINTED_UNIT.sub(r"\1", text))
    text = _DATE_SPAN.sub(r"\1 to ", _TO.sub(lambda found: f"{found[1] or found[2]} to ", text))
    text = _MILITARY.sub(r"oh \1 hundred hours", without_apostrophe(text, "(?<=[A-Za-z0-9] )"))
    text = _LASTED.sub(_lasted, text)
    text = _A_DAY.sub(lambda found: f"{found[1]} times a {_SPANS.get(found[2], found[2])}", text)
    text = _JOINED.sub(lambda found: _JOINED_NAMES[found[1]], text)
    text = _MANY.sub(lambda found: _MANY_NAMES[found[1].replace(",", "")], text)
    text = _CIRCA.sub("circa ", text)
    text = _QUARTER.sub(r"\1 20\2", _NINE_TO_FIVE.sub("9 to 5", text))
    if "°" not in text:
        return text
    text = _ARC.sub(_arc, text)
    return _DEGREES.sub(lambda found: f" degrees {_DIRECTIONS[found[1]]}", text)


def _standard(found: re.Match[str]) -> str:
    """``H 2 6 4`` of H.264, ``A 1`` of A.1."""
    digits = found[2]
    return f"{found[1]} {' '.join(digits) if len(digits) > 2 else digits}"


def _phone(found: re.Match[str]) -> str:
    return ", ".join(" ".join(group) for group in (f"0{found[1]}", found[2], found[3]))


def _lasted(found: re.Match[str]) -> str:
    """``1:59:40.2``: only what lasts has parts of a second."""
    hours, minutes, seconds = found.groups()
    before = found.string[max(found.start() - 24, 0) : found.start()]
    if not hours and (_RATIO.search(before) or _RATIO_BEHIND.match(found.string, found.end())):
        return f"{minutes} to {seconds}"
    parts = [(hours, "hour"), (minutes, "minute")]
    said = [f"{int(count)} {noun}{'s' * (int(count) != 1)}" for count, noun in parts if count]
    return " ".join([*said, f"{seconds.removeprefix('0')} seconds"])


def _one(found: re.Match[str]) -> str:
    before = found.string[max(found.start() - 32, 0) : found.start()]
    return found.group() if _NAMED.search(before) else f"1 {_SINGULARS[found[1]]}"


def _arc(found: re.Match[str]) -> str:
    degrees, minutes, seconds, direction = found.groups()
    parts = [(degrees, "degree"), (minutes, "minute"), (seconds, "second")]
    said = [f"{count} {noun}{'' if float(count) == 1 else 's'}" for count, noun in parts if count]
    return " ".join([*said, *([_DIRECTIONS[direction]] if direction else [])])

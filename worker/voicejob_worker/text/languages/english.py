"""What English writes in more ways than its tables know: short counts, codes, places, ratios.

Each is brought into the form that the tables say, or said at once. Every quantifier is bounded or
possessive, and a look-behind keeps every pattern from starting inside a number or a word.
"""

import re
from typing import Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.languages.english_dates import write_dates_out, write_spans_out
from voicejob_worker.text.languages.english_signs import write_signs_out
from voicejob_worker.text.languages.english_words import (
    CODES,
    COUNTED,
    DIRECTIONS,
    NOT_THOUSANDS,
    NUMBERED,
    RATIOS,
    SCRIPTURES,
    STATES,
    STATES_THAT_ARE_WORDS,
    STREETS,
)
from voicejob_worker.text.languages.forms import say_formulas, say_inches, say_spans_of_years
from voicejob_worker.text.lexicon import ENGLISH
from voicejob_worker.text.lexicon.english_attributive import is_attributive
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_UNTIL: Final = "to"
_STATE: Final = one_of(STATES)
_STREET: Final = one_of({*STREETS, *STREETS.values()})

_COUNT: Final = re.compile(
    rf"(?<![\w.,$€£¥₹+-])({AMOUNT})( ?)([kKMmBb]|bn|mn|tn)\b(?![./'’%&-])(?=(?: (\w{{1,20}}))?)"
)
_SCALES: Final = {
    **{"k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million"},
    **{"b": "billion", "B": "billion", "bn": "billion", "tn": "trillion"},
}
_A_RACE: Final = re.compile(r"\b(?:an?|the|my|his|her|our|first|last)\s\Z", re.IGNORECASE)
_MINUTES: Final = re.compile(r"(?<![\w.,$€£])([0-9]{1,3}) ?m\b(?![/²³^'-]|\.\w)")
_MINUTES_AFTER: Final = re.compile(r" (?:ago|later|left|remaining|early|late|break|timer)\b")
_MINUTES_BEFORE: Final = re.compile(
    r"\b(?:in|for|every|takes?|took|lasts?|lasted|wait|waited|bake|cook|simmer|boil|rest) \Z", re.I
)
_METERS_AFTER: Final = re.compile(r" (?:of|from|away|deep|tall|high|long|wide|off|down|up)\b")
_DURATION: Final = re.compile(
    r"(?<![\w.,:])(?:([0-9]{1,3}) ?h(?:rs?|ours?)?[ ,]{0,2})?([0-9]{1,3}) ?m(?:ins?)?"
    r"(?:[ ,]{0,2}([0-9]{1,2}) ?s(?:ecs?)?)?\b(?![/²³^'-])"
)
_RATIO: Final = re.compile(r"(?<![\w.,:])([0-9]{1,6}+):([0-9]{1,6}+)(?![\w:]|[.,][0-9])")
_TIME: Final = re.compile(r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]\Z")
_RATIO_BEFORE: Final = re.compile(rf"\b(?:{one_of(RATIOS)})(?: (?:is|of|was|at))? \Z", re.I)
_SCRIPTURE: Final = re.compile(rf"\b(?:{one_of(SCRIPTURES)}) \Z")
_RATIO_AFTER: Final = re.compile(rf" (?:{one_of(RATIOS)})\b")
_BARE_CENTS: Final = re.compile(r"(?<=[$€£])\.(?=[0-9])")
_SMALL_ZONE: Final = re.compile(r"(?<=[mM]\b )(est|edt|cst|cdt|mst|mdt|pst|pdt|gmt|utc|et|pt|ct)\b")
_HOUR_WITH_POINT: Final = re.compile(
    r"(?<![\w.,:])(1[0-2]|[1-9])\.([0-5][0-9])(?= ?[aApP]\.?[mM]\b)"
)
_WORLD_WAR: Final = re.compile(r"\bWW(I{1,2}|1|2)\b")
_SPACED_THOUSANDS: Final = re.compile(
    r"(?<![\w.,])(?<![0-9] )[1-9][0-9]{0,2}(?: [0-9]{3}){2,4}(?![\w]| [0-9])"
)
_MODEL: Final = re.compile(r"\b((?:Boeing|Airbus) [A-Z]?)([0-9])([0-9]{2})-([0-9]{1,4})\b")
_SQUARE: Final = re.compile(r"(?<=[0-9] )(sq|cu)\. ?(ft|m|km|mi|in|yd)\b(\.(?=,|,? [a-z]))?")
_ZONE: Final = re.compile(r"\b([ECMPecmp])\.([SDsd])\.[Tt]\b")
_LAST_AT: Final = re.compile(r"(?<=[0-9])@(?=\s|\Z)")
_ZIP: Final = re.compile(
    rf"(, )?\b({_STATE}),? ([0-9]{{5}})(?:-([0-9]{{4}}))?(?![\w.,]*[0-9])"
    r"|\b((?i:zip)(?: (?i:codes?))?(?: is|:)? )([0-9]{5})(?:-([0-9]{4}))?(?![\w.,]*[0-9])"
)
_LAST_STATE: Final = re.compile(rf"(?<=[a-z], )({_STATE})(?=\s*\Z|\n)")
_HOUSE: Final = re.compile(
    rf"(?<![\w.,$€£/-])([1-9][0-9]{{1,4}})( (?:[NSEW]\.? )?"
    rf"(?:[A-Z0-9][\w']{{0,20}} ){{1,3}})({_STREET})\b\.?(?=(\s*\Z|\s+[A-Z])?)"
)
_DIRECTION: Final = re.compile(r"^ ([NSEW])\.? ")
_CODE: Final = re.compile(
    rf"\b((?:(?:{one_of(CODES)})(?: number)?"
    r"(?: is| was|:| ends in| ending in| ending with| #)?"
    rf"|(?:{one_of(NUMBERED)})(?: number| is|:| #| ends in| ending in| ending with){{1,2}}) )"
    r"([0-9]{3,12})(?![\w,.:/-]*[0-9]|%)",
    re.IGNORECASE,
)
_NOT_IN_FULL: Final = re.compile(r"(?i:code|codes|pin|otp|digits|ext|extension|passcode|ending)")
_MIXED_CODE: Final = re.compile(r"(?<![\w.$])([A-Za-z]{1,4})([0-9]{4,12})(?!\w|[.,-]*[0-9])")
_A_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}\Z")
_FRACTION_MARK: Final = re.compile(r"(?<=/)([0-9]{1,4})(?:st|nd|rd|th)s?\b", re.IGNORECASE)
_VANITY: Final = re.compile(
    r"(?<![\w-])(1-)?(8[0-9]{2})-((?=[0-9-]{0,6}[A-Z])[A-Z0-9]{1,10}(?:-[A-Z0-9]{1,10}){0,3})(?![\w-])"
)
_LONG_PART: Final = re.compile(r"(?<=[0-9A-Za-z][/-])([0-9]{5,15}+)(?=[-/]\w)")


_MARKED_THOUSANDS: Final = re.compile(
    r"(?<![\w.,])[0-9]{1,3}(?:,[0-9]{3}){1,4}(?=(?:st|nd|rd|th)\b)", re.IGNORECASE
)
_FOUR_OH_ONE: Final = re.compile(r"(?<![\w.,])401 ?\(?[kK]\b\)?")
_LINES: Final = re.compile(r"(?<![\w.,])(1|2|3|4|5|7|10|14|21)(44|40|60|80|76|20)([pi])\b")
"""Matches the height of a picture: 1080p."""
_CASHTAG: Final = re.compile(r"(?<!\w)\$(?=[A-Z]{1,5}\b)")
_EXTENSION: Final = re.compile(
    r"(?<=[0-9]{4}),? (?:x|ext\.?|extension) ?([0-9]{1,6})(?![\w.,]*[0-9])"
)
_SECONDS: Final = re.compile(r"(?<![\w.,-])([0-9]++\.[0-9]++|[0-9]?[1-9]|10)s\b(?!')")
_DOTTED_UNIT: Final = re.compile(
    r"(?<=[0-9½⅓⅔¼¾])( ?)(tsp|tbsp|qt|pt|cm|mm|km|kg|mg|ml|in|deg)\.(?=,? [a-z(])"
)
_INCHES: Final = re.compile(
    r"(?<=[0-9½⅓⅔¼¾]) ?in(?= of\b"
    r"| (?:wide|long|tall|deep|thick|high)(?:[.,;:!?)]| *(?:\n|\Z)| (?:and|by|x|×)\b))"
    r"|(?:(?<=ft [0-9½¼¾])|(?<=ft 1[01])) ?in\b(?! (?:front|the|an?|all|each|every|total)\b)"
)
"""Matches ``in`` where it is no preposition: 2 in of rain, 3 in deep, 6 ft 2 in."""
_LENGTH_IN_BOTH: Final = re.compile(r"(?<![\w.,'])([0-9]{1,4})' ?([0-9]|1[01])\"(?!\w)")
_PRESSURE: Final = re.compile(r"(?<![\w.,/])([0-9]{2,3})/([0-9]{2,3})(?![\w/])")
_PRESSURE_BEFORE: Final = re.compile(r"\b(?:BP|blood pressure)(?: is| was| of|:)? \Z")
_PRESSURE_AFTER: Final = re.compile(" ?mmHg")
_AREA: Final = re.compile(r"(?<![\w.,'])([0-9]{1,4})' ?[x×] ?([0-9]{1,4})'(?!\w)")
_TIMES: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})x\b"
    r"(?!['-]| (?:[a-z]+er|more|less|as|the|a|an|per|daily|weekly|monthly)\b)"
)
"""Matches an x that is no word for times: 10x faster has one, a 10x return has not."""
_FEET: Final = re.compile(r"(?<=[0-9])'(?= (?:tall|wide|long|high|deep|x|by)\b)")


_WARS: Final = {"I": "World War one", "1": "World War one"} | dict.fromkeys(
    ("II", "2"), "World War two"
)


def write_english_out(text: str, numerals: Numerals, counts: bool) -> str:
    """Bring what is not in the tables' forms into them.

    Args:
        text: Cleaned, with its abbreviations said.
        numerals: Those of the text's kind of English.
        counts: Whether it holds a digit.
    """
    if "$" in text:
        text = _CASHTAG.sub("", text)
    if "WW" in text:
        text = _WORLD_WAR.sub(lambda found: _WARS[found[1]], text)
    if not counts:
        return write_spans_out(text, _UNTIL)
    text = _HOUR_WITH_POINT.sub(r"\1:\2", _say_lengths(write_signs_out(text)))
    text = _SPACED_THOUSANDS.sub(lambda found: found.group().replace(" ", ""), text)
    text = _MARKED_THOUSANDS.sub(lambda found: found.group().replace(",", ""), text)
    text = say_spans_of_years(text, _UNTIL)
    text = write_dates_out(text, numerals, _UNTIL)
    text = _say_places(text, numerals)
    text = _say_codes(text, numerals)
    text = _say_names(text, numerals)
    text = _COUNT.sub(_say_count, text)
    text = _MINUTES.sub(_say_minutes, _DURATION.sub(_say_duration, text))
    if ":" in text:
        text = _RATIO.sub(_say_ratio, text)
    text = say_formulas(text, "minus", "times", "divided by")
    text = _LAST_AT.sub(" at", _BARE_CENTS.sub("0.", text))
    text = _SMALL_ZONE.sub(lambda found: found[1].upper(), text)
    text = _ZONE.sub(lambda found: f"{found[1]}{found[2]}T".upper(), text)
    return _FRACTION_MARK.sub(r"\1", text)


def _say_lengths(text: str) -> str:
    """``27"``, ``10' x 12'``, ``5 in. of``."""
    text = _INCHES.sub(" inches", _LENGTH_IN_BOTH.sub(_say_length_in_both, text))
    text = say_inches(text, "inch", "inches", is_attributive)
    return _DOTTED_UNIT.sub(_undotted, _FEET.sub(" feet", _AREA.sub(r"\1 feet by \2 feet", text)))


def _say_length_in_both(found: re.Match[str]) -> str:
    """``12'6"``; what may be somebody's height is said otherwise, by a later step."""
    feet, inches = found.groups()
    if 3 <= int(feet) <= 8:
        return found.group()
    return f"{feet} ft {inches} {'inch' if inches == '1' else 'inches'}"


def _undotted(found: re.Match[str]) -> str:
    blank, unit = found.groups()
    return f"{blank}{'inches' if unit == 'in' else unit}"


def _say_names(text: str, numerals: Numerals) -> str:
    """Numbers that are names: 401(k), 1080p, x123 after a telephone; 120/80 of the blood."""

    def lines(found: re.Match[str]) -> str:
        return f"{numerals.cardinal(found[1])} {numerals.cardinal(found[2])} {found[3]}"

    def pressure(found: re.Match[str]) -> str:
        before = found.string[max(found.start() - 20, 0) : found.start()]
        is_pressure = _PRESSURE_BEFORE.search(before) or _PRESSURE_AFTER.match(
            found.string, found.end()
        )
        return f"{found[1]} over {found[2]}" if is_pressure else found.group()

    def model(found: re.Match[str]) -> str:
        first, rest = numerals.cardinal(found[2]), numerals.cardinal(found[3])
        return f"{found[1]}{first} {rest} {found[4]}"

    text = _SQUARE.sub(r"\1 \2", _MODEL.sub(model, text))
    text = _LINES.sub(lines, _FOUR_OH_ONE.sub("four oh one k", text))
    text = _PRESSURE.sub(pressure, text)
    text = _EXTENSION.sub(lambda found: f", extension {numerals.digits(found[1])}", text)
    return _SECONDS.sub(r"\1 sec", _TIMES.sub(r"\1 X", text))


def _say_count(found: re.Match[str]) -> str:
    """``1k people``, ``2m readers``, ``3M``; but ``2 m``, ``a 5k``, ``a 4K screen``, ``2B``."""
    written, blank, sign, following = found.groups()
    is_counted = (following or "").lower() in COUNTED
    scaled = f"{written} {_SCALES[sign]}"
    if is_counted or sign in ("bn", "mn", "tn"):
        return scaled
    if blank or sign in "mbB":
        return found.group()
    if sign == "M":
        return found.group() if written == "3" else scaled
    before = found.string[max(found.start() - 8, 0) : found.start()]
    is_name = (following or "").lower() in NOT_THOUSANDS or (written in "2458" and sign == "K")
    return found.group() if is_name or written == "401" or _A_RACE.search(before) else scaled


def _say_minutes(found: re.Match[str]) -> str:
    text = found.string
    before = text[max(found.start() - 10, 0) : found.start()]
    is_time = _MINUTES_AFTER.match(text, found.end()) or (
        _MINUTES_BEFORE.search(before) and not _METERS_AFTER.match(text, found.end())
    )
    return f"{found[1]} minutes" if is_time else found.group()


def _say_duration(found: re.Match[str]) -> str:
    """``5h 30m`` and ``2m 10s``; a lone ``30m`` is a length."""
    hours, minutes, seconds = found.groups()
    if not hours and not seconds:
        return found.group()
    parts = [(hours, "hour"), (minutes, "minute"), (seconds, "second")]
    return " ".join(
        f"{count} {noun}{'' if int(count) == 1 else 's'}" for count, noun in parts if count
    )


def _say_ratio(found: re.Match[str]) -> str:
    text = found.string
    before = text[max(found.start() - 20, 0) : found.start()]
    if _SCRIPTURE.search(before):
        return f"{found[1]} {found[2]}"
    is_ratio = _RATIO_BEFORE.search(before) or _RATIO_AFTER.match(text, found.end())
    if _TIME.match(found.group()) and not is_ratio:
        return found.group()
    return f"{found[1]} {_UNTIL} {found[2]}"


def _say_places(text: str, numerals: Numerals) -> str:
    """Postal codes digit by digit, states after a comma and streets in full, houses in pairs."""

    def postal(found: re.Match[str]) -> str:
        comma, state, code, more, cue, cued, cued_more = found.groups()
        said = ", ".join(
            numerals.digits(part) for part in (code or cued, more or cued_more) if part
        )
        if cue:
            return f"{cue}{said}"
        name = STATES[state] if comma else state
        return f"{comma or ''}{name} {said}"

    def house(found: re.Match[str]) -> str:
        number, name, street, ends = found.groups()
        hundreds, rest = divmod(int(number), 100)
        if rest > 9 and (len(number) == 3 or (len(number) == 4 and hundreds > 9)):
            number = f"{numerals.cardinal(str(hundreds))} {numerals.cardinal(str(rest))}"
        name = _DIRECTION.sub(lambda sign: f" {DIRECTIONS[sign[1]]} ", name)
        has_dot = found.group().endswith(".")
        return f"{number}{name}{STREETS.get(street, street)}{'.' if has_dot and ends else ''}"

    def state(found: re.Match[str]) -> str:
        is_word = found[1] in STATES_THAT_ARE_WORDS
        return found.group() if is_word else STATES[found[1]]

    text = _LAST_STATE.sub(state, _ZIP.sub(postal, text))
    return _HOUSE.sub(house, text)


def _say_codes(text: str, numerals: Numerals) -> str:
    """Codes, pins and the like digit by digit, letters that digits run on to by themselves."""

    def code(found: re.Match[str]) -> str:
        is_long = len(found[2]) > 3 or _NOT_IN_FULL.search(found[1])
        return f"{found[1]}{numerals.digits(found[2])}" if is_long else found.group()

    def mixed(found: re.Match[str]) -> str:
        if found[1] in ENGLISH.currencies or found[1] == "Rs":
            return found.group()
        is_year = _A_YEAR.match(found[2]) and (len(found[1]) > 2 or found[1] in ("FY", "CY"))
        return found.group() if is_year else f"{found[1]} {numerals.digits(found[2])}"

    def vanity(found: re.Match[str]) -> str:
        first = f"{numerals.cardinal('1')}, " if found[1] else ""
        parts = [
            part if part.isalpha() else _spaced_digits(part, numerals)
            for part in found[3].split("-")
        ]
        return f"{first}{numerals.cardinal(found[2])}, {', '.join(parts)}"

    text = _CODE.sub(code, _VANITY.sub(vanity, text))
    text = _LONG_PART.sub(lambda found: numerals.digits(found[1]), text)
    return _MIXED_CODE.sub(mixed, text)


def _spaced_digits(part: str, numerals: Numerals) -> str:
    return re.sub("[0-9]+", lambda found: f" {numerals.digits(found.group())} ", part).strip()

"""French: days, hours, ordinals, fractions, and one in the gender of what it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.european.dates import (
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.french_context import CONTEXT
from voicejob_worker.text.european.french_nouns import gender_of, is_noun
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun, without_s

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker
    from voicejob_worker.text.numerals import Number

MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_SHORT_MONTHS: Final = {
    **{"janv": 1, "jan": 1, "févr": 2, "fév": 2, "fevr": 2, "avr": 4, "juil": 7, "juill": 7},
    **{"sept": 9, "oct": 10, "nov": 11, "déc": 12, "dec": 12, "aout": 8},
}
_MONTH: Final = month_pattern(MONTHS, _SHORT_MONTHS)
_NUMBER_OF: Final = month_numbers(MONTHS, _SHORT_MONTHS)

_NAMED: Final = re.compile(
    rf"(?<![\w.,/-])((?:[0-9]{{1,2}}(?:er)? ?[-–/] ?){{0,4}})([0-9]{{1,2}})(?:er)?{BLANK}{_MONTH}"
    rf"(?:{BLANK}([12][0-9]{{3}})(?![\w:]|[.,][0-9]))?",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?<![\w.,/-])(?:((?:le|du|au|dès le|jusqu'au) )([0-9]{1,2})/([0-9]{1,2})"
    r"|((?:le |du |au )?)([0-3][0-9])\.(0[1-9]))(?![\w/]|[.,][0-9])"
)
_DAYS: Final = re.compile("[0-9]+")
_FIRST: Final = re.compile(rf"(?<!\w)(du )1(?:er)?(?= au [0-9]{{1,2}}(?:er)? {_MONTH})")


def _say_dates(text: str, speaker: Speaker) -> str:
    """``1 mai 2020``, ``les 17-18-19 juin``, ``le 14/07``, ``17.06``."""

    def said(day: int, month: int, year: str, ahead: str = "") -> str:
        years = f" {speaker.year(full_year(year))}" if year else ""
        return f"{_day(day, speaker)} {MONTHS[month - 1]}{years}"

    def named(found: re.Match[str]) -> str:
        number = _NUMBER_OF.get(found[3].rstrip(".").lower())
        if number is None or not 1 <= int(found[2]) <= 31:
            return found.group()
        days = [_day(int(day), speaker) for day in _DAYS.findall(found[1])]
        ahead = found.string[max(found.start() - 4, 0) : found.start()]
        if len(days) == 1 and "/" not in found[1] and not ahead.endswith("les "):
            days.append("au" if ahead.endswith("du ") else "à")
        return " ".join([*days, said(int(found[2]), number, found[4] or "")])

    def short(found: re.Match[str]) -> str:
        day, month = int(found[2] or found[5]), int(found[3] or found[6])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        return (found[1] or found[4] or "") + said(day, month, "")

    text = say_numeric_dates(
        text, said, lambda month, year: f"{MONTHS[month - 1]} {speaker.year(year)}"
    )
    text = _FIRST.sub(r"\1premier", text)
    return _SHORT.sub(short, _NAMED.sub(named, text))


def _day(day: int, speaker: Speaker) -> str:
    return "premier" if day == 1 else speaker.cardinal(str(day))


_TIME: Final = re.compile(
    rf"(?<![\w:.,])([01]?[0-9]|2[0-4])(?:{BLANK}?h{BLANK}?([0-5][0-9])(?:{BLANK}?(?:min|mn|m)(?!\w))?"
    rf"|:([0-5][0-9]))(?:(?::|{BLANK})([0-5][0-9])(?:{BLANK}?s)?(?![0-9]))?(?:{BLANK}?h)?"
    r"(?![\w:]|[.,][0-9])"
)
_HOUR: Final = re.compile(rf"(?<![\w:.,/])([0-9]{{1,2}}){BLANK}?(?:h|H)(?![\w'])")
_SPAN: Final = re.compile(
    r"(?<=[0-9])( ?h ?(?:[0-9]{2})?|:[0-9]{2}) ?[-–] ?(?=[0-9]{1,2} ?(?:h|:[0-9]{2}))"
)
_BARE_SPAN: Final = re.compile(r"(?<![\w:.,])([0-9]{1,2}) ?[-–] ?(?=[0-9]{1,2} ?h(?!\w))")


_ROUND_THE_CLOCK: Final = re.compile(r"(?<![\w.,])(24) ?h(?:eures)?/(24)(?!\w)")
_EVERY_DAY: Final = re.compile(r"(?<![\w.,])([1-7]) ?j(?:ours)?/(7)(?!\w)")


def _say_times(text: str, speaker: Speaker) -> str:
    """``14h30``, ``8 h 05``, ``14:30``, ``17h``, ``8h30-17h``."""

    def hours(written: str) -> str:
        said = speaker.cardinal(str(int(written)), Gender.FEMININE)
        return f"{said} heure{'' if int(written) < 2 else 's'}"

    def timed(found: re.Match[str]) -> str:
        minute, second = int(found[2] or found[3]), int(found[4] or 0)
        said = hours(found[1])
        if minute or second:
            said += f" {speaker.cardinal(str(minute), Gender.FEMININE)}"
        if second or (minute and "m" in found.group()):
            said += " minute" if minute == 1 else " minutes"
        if second:
            said += f" et {speaker.cardinal(str(second), Gender.FEMININE)} seconde"
            said += "" if second == 1 else "s"
        return said

    text = _ROUND_THE_CLOCK.sub(r"\1 heures sur \2", _EVERY_DAY.sub(r"\1 jours sur \2", text))
    text = _BARE_SPAN.sub(r"\1 à ", _SPAN.sub(r"\1 à ", text))
    return _HOUR.sub(lambda found: hours(found[1]), _TIME.sub(timed, text))


_ORDINAL: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,9})(ers?|[rè]res?|res?|ères?|nde?s?|de?s?|i?[èe]mes?|es?)(?!\w)"
)
_DECADE: Final = re.compile(
    r"(?<=\bannées )(?:([2-9]0)s|(1[0-9][0-9]0)s?(?: ?[-–] ?((?:1[0-9])?[0-9]0)s?)?)"
    r"(?!\w|[.,][0-9])",
    re.IGNORECASE,
)
"""Matches 80s, 1980 and 1980-1990 behind the word for years."""
_MANY: Final = re.compile("(?<=vingt|.cent)s$")


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``1er``, ``1re``, ``2e``, ``2nde``, ``21ème``."""

    def spoken(found: re.Match[str]) -> str:
        digits, mark = found.groups()
        many = "s" if mark.endswith("s") else ""
        base = mark.removesuffix("s")
        if base in ("d", "de", "nd", "nde"):
            if digits != "2":
                return found.group()
            return f"second{'e' if base.endswith('e') else ''}{many}"
        if base in ("re", "ère", "rre", "rère"):
            return f"{speaker.ordinal(digits, '-feminine')}{many}"
        return f"{speaker.ordinal(digits, '-masculine')}{many}"

    def decade(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        ends = (end for end in found.group(2, 3) if end)
        return " à ".join(_MANY.sub("", speaker.cardinal(end)) for end in ends)

    return _ORDINAL.sub(spoken, _DECADE.sub(decade, text))


_COUNTED: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})(?= (?:(?:petit|grand|beau|bon|jeune|nouveau|belle|bonne|petite|grande|"
    r"nouvelle|vieille|autre|petites|grandes|autres|jeunes|nouvelles) )?"
    r"([a-zà-ÿœ]{2,30})(?!\w))(?![.,][0-9])"
)


def _agree(text: str, speaker: Speaker) -> str:
    """``1 fille``, ``21 pages``: in the gender of the noun that follows."""

    def counted(found: re.Match[str]) -> str:
        number = speaker.parse(found[1])
        if number is None or number.fraction or not is_noun(found[2], number.is_one):
            return found.group()
        return speaker.whole(number.whole, gender_of(found[2]))

    return _COUNTED.sub(counted, text)


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    """Decimals are a number, or pairs of digits: *virgule quatorze*, *virgule treize treize*."""
    fraction = number.fraction[:30]
    if fraction[0] == "0":
        said = speaker.digits(fraction).replace(",", "")
    elif len(fraction) <= 3:
        said = speaker.cardinal(fraction)
    else:
        pairs = (fraction[start : start + 2] for start in range(0, len(fraction), 2))
        said = " ".join(_pair(pair, speaker) for pair in pairs)
    return f"{speaker.whole(number.whole)} virgule {said}"


def _pair(pair: str, speaker: Speaker) -> str:
    return speaker.digits(pair) if pair[0] == "0" else speaker.cardinal(pair)


_PARTS: Final = {2: "demi", 3: "tiers", 4: "quart"}


def _fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    """``un tiers``, ``deux neuvièmes``, ``un et demi``, ``deux kilomètres et demi``."""
    gender = noun.gender if noun else None
    half = "demie" if gender is Gender.FEMININE else "demi"
    if (over, under) == (1, 2) and whole:
        said = speaker.cardinal(str(whole), gender)
        if noun:
            said = f"{said} {noun.singular if whole == 1 else noun.plural}"
        return f"{said} et {half}"
    if (over, under) == (1, 2) and noun:
        return f"{speaker.cardinal('1', gender)} demi-{noun.singular}"
    part = _PARTS.get(under) or speaker.ordinal(str(under), "-masculine")
    count = speaker.cardinal(str(over))
    said = f"{count} {part}{'' if over == 1 or under == 3 else 's'}"
    if whole:
        said = f"{speaker.cardinal(str(whole))} et {said}"
    return f"{said} {_joined('de', noun.singular)}" if noun else said


_TOO_MUCH_ET: Final = re.compile(r"(?<=quatre-vingt)[ -]et[ -](?=(?:un|onz)ième)")
_NO_ET: Final = re.compile(r"(?<=cent|ille)[ -]et[ -](?=(?:un|onz)ième)")


def _mend(words: str) -> str:
    """Spell *vingt et un* in three words; CLDR has *quatre-vingt et unième*, which nobody says."""
    if words.endswith("ième"):
        words = _NO_ET.sub(" ", _TOO_MUCH_ET.sub("-", words))
    return words.replace("-et-", " et ")


def _joined(word: str, noun: str) -> str:
    if word == "de" and noun[0] in "aeiouyhéèê":
        return f"d'{noun}"
    return f"{word} {noun}"


FRENCH: Final = Grammar(
    language="fr",
    cardinals={
        None: "spellout-numbering",
        Gender.MASCULINE: "spellout-cardinal-masculine",
        Gender.FEMININE: "spellout-cardinal-feminine",
    },
    months=MONTHS,
    short_months=_SHORT_MONTHS,
    dates=_say_dates,
    times=_say_times,
    ordinals=_say_ordinals,
    agree=_agree,
    decimal=_decimal,
    fraction=_fraction,
    gender_of=gender_of,
    mend=_mend,
    joined=_joined,
    minus="moins",
    plus="plus",
    until="à",
    per="par",
    over="sur",
    conjunction="et",
    by="par",
    ratio="à",
    percent="pour cent",
    per_mille="pour mille",
    dot="point",
    of="de",
    needs_of="illi(?:on|ard)s?$",
    singular_below_two=True,
    scales={
        **dict.fromkeys(("mille", "k", "K"), "mille"),
        **dict.fromkeys(("million", "millions", "M"), "millions"),
        **dict.fromkeys(("milliard", "milliards", "Md", "Mds"), "milliards"),
    },
    scale_singulars={"millions": "million", "milliards": "milliard"},
    bare_scales=frozenset({"mille"}),
    cents_joint="et",
    currencies={
        **dict.fromkeys(("€", "EUR"), "euro|euros"),
        "$": "dollar|dollars",
        "£": "livre|livres",
        "¥": "yen|yens",
        "¢": "cent|cents",
        "₿": "Bitcoin|bitcoins",
        "CHF": "franc suisse|francs suisses",
        "RUB": "rouble|roubles",
        "INR": "roupie|roupies",
        "KRW": "won|wons",
        "TRY": "livre turque|livres turques",
        "PLN": "zloty|zlotys",
        "BRL": "réal|réaux",
        "F": "franc|francs",
    },
    cents={
        "": "centime|centimes",
        **dict.fromkeys(("$", "USD", "CAD", "AUD", "¢"), "cent|cents"),
        **dict.fromkeys(("£", "GBP"), "penny|pence"),
    },
    context=CONTEXT,
    per_words={"j": "par jour"},
    units={
        "dB": "décibel|décibels",
        "ppm": "partie par million|parties par million",
        "tr/min": "tour par minute|tours par minute",
        "Go": "gigaoctet|gigaoctets",
        "Mo": "mégaoctet|mégaoctets",
        "To": "téraoctet|téraoctets",
        "ko": "kilooctet|kilooctets",
        "mn": "minute|minutes",
        "l/100 km": "litre aux cent kilomètres|litres aux cent kilomètres",
        "sec": "seconde|secondes",
        "°": "degré|degrés",
        "ac": "acre|acres",
        "Ah": "ampère-heure|ampères-heures",
        "mAh": "milliampère-heure|milliampères-heures",
    },
    marks=frozenset({"20"}),
    lone_halves=True,
    singular_of=without_s,
    halves={Gender.MASCULINE: "et demi", Gender.FEMININE: "et demie"},
)

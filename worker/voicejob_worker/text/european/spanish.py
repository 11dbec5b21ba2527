"""Spanish: hours and sums in their gender, ordinals, fractions."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.european.dates import (
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun, spaced, without_s
from voicejob_worker.text.european.spanish_context import CONTEXT
from voicejob_worker.text.european.spanish_nouns import gender_of, is_noun
from voicejob_worker.text.european.spanish_ordinals import say_fraction, say_ordinal
from voicejob_worker.text.european.zones import ZONE, ZONE_AHEAD, say_zone
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.numerals import DECIMAL_POINT_REGIONS

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker
    from voicejob_worker.text.numerals import Number

MONTHS: Final = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_SHORT_MONTHS: Final = {
    **{"ene": 1, "feb": 2, "febr": 2, "mar": 3, "mzo": 3, "abr": 4, "may": 5, "jun": 6, "jul": 7},
    **{"ago": 8, "agt": 8, "sep": 9, "sept": 9, "set": 9, "oct": 10, "nov": 11, "dic": 12},
}
_MONTH: Final = month_pattern([*MONTHS, "setiembre"], _SHORT_MONTHS)
_NUMBER_OF: Final = {**month_numbers(MONTHS, _SHORT_MONTHS), "setiembre": 9}
_YEAR: Final = r"([12][0-9]{3})(?![\w:]|[.,][0-9])"

_NAMED: Final = re.compile(
    rf"(?<![\w.,/-])([0-9]{{1,2}})(?:\.?[º°])?{BLANK}?(?:de )?{_MONTH}"
    rf"(?:,?{BLANK}(?:del? )?{_YEAR})?",
    re.IGNORECASE,
)
_DAY_SPAN: Final = re.compile(
    rf"(?<![\w.,/-])([0-9]{{1,2}}) ?[-–] ?([0-9]{{1,2}}) (?:de )?(?={_MONTH})", re.IGNORECASE
)
_MONTH_FIRST: Final = re.compile(
    rf"(?<!\w){_MONTH} ([0-9]{{1,2}})(?:,? (?:del? )?{_YEAR}|(?=[.,;)]|\s*\Z))(?![.,]?[0-9])",
    re.IGNORECASE,
)
_DAY_OF_MONTH: Final = re.compile(
    r"(?<!\w)((?:el|del|al|día|hasta el|desde el) )([0-9]{1,2})/([0-9]{1,2})(?![\w/])"
)


_MILLIONS: Final = re.compile(
    rf"(?:(?<=[$€])|(?<=[$€] )|(?<=\b[Vv]ale )|(?<=\b[Vv]alen )|(?<=\b[Cc]uesta )"
    rf"|(?<=\b[Cc]uestan ))"
    rf"({AMOUNT}) ?MM(?!\w)"
    rf"|(?<![\w.,])({AMOUNT}) ?MM(?= (?:de )?(?:d[óo]lares|euros|pesos|soles|US\$|USD|EUR|[$€]))"
)
"""Matches the millions of a sum: vale 5 MM, 5 MM de dólares."""


def _say_dates(text: str, speaker: Speaker) -> str:
    """``5 de mayo de 1990``, ``10 mayo 1990``, ``abr. 22``, ``30/2/1990``, ``el 14/7``."""

    def said(day: int, month: int, year: str, ahead: str = "") -> str:
        days = "primero" if day == 1 else speaker.cardinal(str(day))
        years = f" de {speaker.year(full_year(year))}" if year else ""
        return f"{days} de {MONTHS[month - 1]}{years}"

    def named(found: re.Match[str]) -> str:
        return _known(found, found[1], found[2], found[3])

    def month_first(found: re.Match[str]) -> str:
        return _known(found, found[2], found[1], found[3])

    def _known(found: re.Match[str], day: str, month: str, year: str | None) -> str:
        number = _NUMBER_OF.get(month.rstrip(".").lower())
        if number is None or not 1 <= int(day) <= 31:
            return found.group()
        return said(int(day), number, year or "")

    def short(found: re.Match[str]) -> str:
        day, month = int(found[2]), int(found[3])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        return found[1] + said(day, month, "")

    text = _MILLIONS.sub(lambda found: f"{found[1] or found[2]} millones", text)
    text = say_numeric_dates(
        text, said, lambda month, year: f"{MONTHS[month - 1]} de {speaker.year(year)}"
    )
    text = _DAY_SPAN.sub(r"\1 al \2 de ", text)
    return _DAY_OF_MONTH.sub(short, _MONTH_FIRST.sub(month_first, _NAMED.sub(named, text)))


_HALF: Final = rf"(?:{BLANK}?([ap])\.?{BLANK}?m(?:\.(?=\W|\Z)|(?!\w)))"
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(?:[:h]([0-5][0-9])(?:[:m]([0-5][0-9])s?)?(?:m(?:in)?)?"
    rf"|\.([0-5][0-9])(?={BLANK}?(?:h(?!\w)|[ap]\.?{BLANK}?m(?!\w)|{ZONE_AHEAD}|horas)))"
    rf"(?:{BLANK}?(?:h|hs|hrs|horas)(?!\w))?{_HALF}?(?:{BLANK}?{ZONE})?(?![\w:]|[.,][0-9])",
    re.IGNORECASE,
)
_AT: Final = re.compile(
    r"(?<!\w)((?:las?|entre|desde|hasta) )([01]?[0-9]|2[0-4])\.([0-5][0-9])(?!\w|[.,][0-9])"
)
_HOUR: Final = re.compile(
    rf"(?<![\w:.,])(?:(0[0-9]){BLANK}?h(?!\w|{BLANK}?[0-9])|([01]?[0-9]){_HALF}(?:{BLANK}?{ZONE})?)",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"(?<=[0-9][:h][0-9]{2})(?: ?h)? ?[-–] ?(?=[0-9]{1,2}(?:[:h]| h))")
_DOTTED_SPAN: Final = re.compile(
    r"(?<![\w.,:])([01]?[0-9]|2[0-4])\.([0-5][0-9]) ?[-–] ?([01]?[0-9]|2[0-4])\.([0-5][0-9])"
    r"(?= ?h(?!\w))"
)
_HOUR_SPAN: Final = re.compile(r"(?<=[0-9]h) ?[-–] ?(?=[0-9]{1,2}h)")
_LENGTH: Final = re.compile(
    rf"(?<![\w:.,])([0-9]{{1,2}}){BLANK}?h{BLANK}([0-9]{{1,2}}){BLANK}?min"
    rf"(?:{BLANK}([0-9]{{1,2}}){BLANK}?(?:seg|s))?(?!\w)"
)
_PARTS: Final = {15: "cuarto", 30: "media"}


def _say_times(text: str, speaker: Speaker) -> str:
    """``14:30``, ``1.00 p.m.``, ``5:02 p. m. EST``, ``15 h 10 min 40 seg``."""

    def hour(written: str) -> str:
        return speaker.cardinal(str(int(written)), Gender.FEMININE)

    def timed(found: re.Match[str]) -> str:
        minute, second = int(found[2] or found[4]), int(found[3] or 0)
        said = hour(found[1])
        if minute or second:
            named = _PARTS.get(minute) if 1 <= int(found[1]) <= 12 else None
            said += f" y {named or speaker.cardinal(str(minute))}"
        if second:
            said += f" y {speaker.cardinal(str(second))} segundos"
        return said + _half(found[5], int(found[1])) + say_zone(found[6], found[7], speaker)

    def lone(found: re.Match[str]) -> str:
        if found[1]:
            return hour(found[1])
        return (
            hour(found[2]) + _half(found[3], int(found[2])) + say_zone(found[4], found[5], speaker)
        )

    def length(found: re.Match[str]) -> str:
        named = zip(
            found.groups(), ("hora|horas", "minuto|minutos", "segundo|segundos"), strict=True
        )
        parts = [_counted(value, names, speaker) for value, names in named if value]
        return f"{' '.join(parts[:-1])} y {parts[-1]}" if len(parts) > 2 else " ".join(parts)

    text = _DOTTED_SPAN.sub(r"\1:\2-\3:\4", text)
    text = _AT.sub(r"\1\2:\3", _HOUR_SPAN.sub(" a ", _SPAN.sub(" a ", text)))
    return _HOUR.sub(lone, _TIME.sub(timed, _LENGTH.sub(length, text)))


def _half(written: str | None, hour: int) -> str:
    if not written:
        return ""
    if written.lower() == "a":
        return " de la mañana"
    return " de la noche" if 9 <= hour <= 11 else " de la tarde"


def _counted(written: str, names: str, speaker: Speaker) -> str:
    one, _, many = names.partition("|")
    noun = Noun(one, many, gender_of(one))
    return speaker.count(speaker.read(str(int(written))), noun)


_ORDINAL: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3}(?:\.[0-9]{3}){1,3}|[0-9]{1,9})"
    r"(?:\.?([ºª°]|er|os?|as?)(?!\w)(?! ?[CFcf](?!\w))"
    r"|(er|ro|ra|do|da|to|ta|mo|ma|vo|va|no|na)(?!\w))"
)


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``3.º``, ``2.ª``, ``1er``, ``4to``, ``1.000.ª``."""

    def spoken(found: re.Match[str]) -> str:
        mark = found[2] or found[3]
        if mark in ("o", "a", "os", "as") and "." not in found.group():
            return found.group()
        digits = found[1].replace(".", "")
        feminine = mark in ("ª", "a", "as", "ra", "da", "ta", "ma", "va", "na")
        said = say_ordinal(speaker, digits, "er" if mark == "er" else "a" if feminine else "o")
        return f"{said}s" if mark in ("os", "as") else said

    return _ORDINAL.sub(spoken, text)


_COUNTED: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})(?= (?:(mil) )?([a-záéíóúüñ]{{2,30}})(?!\w))(?![.,][0-9])"
)


def _agree(text: str, speaker: Speaker) -> str:
    """``1 casa``, ``21 libros``, ``200 personas``: in the gender of the noun that follows."""

    def counted(found: re.Match[str]) -> str:
        number = speaker.parse(found[1])
        noun = found[3]
        if number is None or number.fraction or not is_noun(noun, number.is_one):
            return found.group()
        return speaker.whole(number.whole, gender_of(noun))

    return _COUNTED.sub(counted, text)


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    """Decimals are said in pairs: *tres coma catorce dieciséis*."""
    fraction = number.fraction
    pairs = [fraction[start : start + 2] for start in range(0, min(len(fraction), 30), 2)]
    said = [speaker.whole(pair) for pair in pairs[:-1]]
    said.append(
        speaker.whole(pairs[-1], gender)
        if pairs[-1][0] != "0"
        else _zeros(pairs[-1], gender, speaker)
    )
    return f"{speaker.whole(number.whole)} coma {' '.join(said)}"


def _zeros(pair: str, gender: Gender | None, speaker: Speaker) -> str:
    return " ".join(speaker.cardinal(digit, gender) for digit in pair)


def _mend(words: str) -> str:
    return words.replace("octingésim", "octingentésim")


def _feminine(words: str) -> str:
    """``trescientas mil``: the hundreds before a thousand, but not before a million."""
    scale, joint, rest = words.rpartition("illones ")
    return f"{scale}{joint}{_HUNDREDS.sub('as', rest)}"


_HUNDREDS: Final = re.compile("(?<=ient)os(?!\\w)")


_LOWER_CODES: Final = word_set(
    "usd eur gbp chf nio pab bop hnl gtq crc hkd awg brl mxn ars clp pyg uyu dop jpy cny krw "
    "cad aud sek nok dkk pln czk huf rub rs kr fr mk ptas mex$ cop ves htg gyd ttd inr nzd sgd thb"
)
"""None of them is a word: zar, pen, mad and their like count in capitals alone."""
_PESOS: Final = frozenset({"mx", "ar", "cl", "co", "uy", "do", "cu"})
"""Countries whose money $ stands for, and is called so."""


@lru_cache(32)
def spanish_of(region: str) -> Grammar:
    """Spanish as a region writes it, by its subtag in lower case: what $ is, point or comma."""
    currencies = SPANISH.currencies
    if region in _PESOS:
        currencies = {**currencies, "$": "peso|pesos"}
    decimal = _pointed if f"es-{region}" in DECIMAL_POINT_REGIONS else SPANISH.decimal
    return replace(SPANISH, currencies=currencies, decimal=decimal)


def _pointed(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    return _decimal(speaker, number, gender).replace(" coma ", " punto ", 1)


SPANISH: Final = Grammar(
    language="es",
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
    fraction=say_fraction,
    gender_of=gender_of,
    mend=_mend,
    joined=spaced,
    feminine=_feminine,
    minus="menos",
    plus="más",
    until="a",
    per="por",
    over="sobre",
    conjunction="y",
    by="por",
    ratio="a",
    percent="por ciento",
    per_mille="por mil",
    dot="punto",
    of="de",
    needs_of="ill(?:ón|ones)$",
    scales={
        "mil": "mil",
        **dict.fromkeys(("millón", "millones", "M", "mill.", "mills."), "millones"),
        **dict.fromkeys(("billón", "billones"), "billones"),
    },
    scale_singulars={"millones": "millón", "billones": "billón"},
    bare_scales=frozenset({"mil"}),
    currencies={
        "€": "euro|euros",
        "EUR": "euro|euros",
        "eur": "euro|euros",
        "$": "dólar|dólares",
        "£": "libra|libras",
        "¥": "yen|yenes",
        "¢": "centavo|centavos",
        "₧": "peseta|pesetas",
        "₿": "Bitcoin|bitcoins",
        "ptas": "peseta|pesetas",
        "pts": "peseta|pesetas",
        "₡": "colón|colones",
        "₲": "guaraní|guaraníes",
        "₩": "won|wones",
        "RUB": "rublo|rublos",
        "TRY": "lira|liras",
        "rs": "rupia|rupias",
        "INR": "rupia|rupias",
        "kr": "corona|coronas",
        "fr": "franco|francos",
        "mk": "marco|marcos",
        "MX$": "peso mexicano|pesos mexicanos",
        "mex$": "peso mexicano|pesos mexicanos",
        "Q": "quetzal|quetzales",
        **dict.fromkeys(("GTQ", "gtq"), "quetzal|quetzales"),
        **dict.fromkeys(("HNL", "hnl"), "lempira|lempiras"),
        **dict.fromkeys(("NIO", "nio"), "córdoba|córdobas"),
        **dict.fromkeys(("PAB", "pab"), "balboa|balboas"),
        **dict.fromkeys(("HKD", "hkd"), "dólar de Hong Kong|dólares de Hong Kong"),
        "bs": "boliviano|bolivianos",
        "Bs": "boliviano|bolivianos",
        "Bs.": "boliviano|bolivianos",
        "B/.": "balboa|balboas",
        "pta": "peseta|pesetas",
        **dict.fromkeys(("cts", "cts.", "ctvs", "ctvs."), "centavo|centavos"),
        **dict.fromkeys(("PEN", "S/", "S/."), "sol|soles"),
        "R$": "real|reales",
    },
    cents={
        "": "centavo|centavos",
        **dict.fromkeys(("€", "EUR", "eur", "CHF", "chf", "¢", "₧"), "céntimo|céntimos"),
        **dict.fromkeys(("£", "GBP"), "penique|peniques"),
    },
    context=CONTEXT,
    of_region=spanish_of,
    units={
        "dB": "decibelio|decibelios",
        "ppm": "parte por millón|partes por millón",
        "rpm": "revolución por minuto|revoluciones por minuto",
        "hs": "hora|horas",
        "seg": "segundo|segundos",
        "°C": "grado centígrado|grados centígrados",
        "° C": "grado centígrado|grados centígrados",
        "ºC": "grado centígrado|grados centígrados",
        "° c": "grado centígrado|grados centígrados",
        "gr": "gramo|gramos",
        "Ah": "amperio hora|amperios hora",
        "mAh": "miliamperio hora|miliamperios hora",
        "cda.": "cucharada|cucharadas",
        "cdas.": "cucharada|cucharadas",
        "cdta.": "cucharadita|cucharaditas",
        "cv": "caballo|caballos",
        "CV": "caballo|caballos",
    },
    lower_codes=_LOWER_CODES,
    per_words={
        **{"mes": "al mes", "año": "al año", "día": "al día", "minuto": "por minuto"},
        **{"semana": "a la semana", "noche": "por noche"},
    },
    lone_halves=True,
    singular_of=without_s,
    halves={Gender.MASCULINE: "y medio", Gender.FEMININE: "y media"},
)

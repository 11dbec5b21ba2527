"""Italian: dates, hours, ordinals, fractions, and one in the gender of what it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK, without_apostrophe
from voicejob_worker.text.european.dates import (
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun
from voicejob_worker.text.european.italian_context import CONTEXT
from voicejob_worker.text.european.italian_nouns import gender_of, is_noun
from voicejob_worker.text.numerals import Number

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker

MONTHS: Final = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio"),
    *("agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_SHORT_MONTHS: Final = {
    **{"gen": 1, "genn": 1, "feb": 2, "febbr": 2, "mar": 3, "apr": 4, "mag": 5, "giu": 6},
    **{"lug": 7, "ago": 8, "set": 9, "sett": 9, "ott": 10, "nov": 11, "dic": 12},
}
_MONTH: Final = month_pattern(MONTHS, _SHORT_MONTHS)
_NUMBER_OF: Final = month_numbers(MONTHS, _SHORT_MONTHS)

_NAMED: Final = re.compile(
    rf"(?<![\w.,/-])([0-9]{{1,2}})[°º]?{BLANK}(?:di )?{_MONTH}"
    rf"(?:,?{BLANK}(?:del )?([12][0-9]{{3}})(?![\w:]|[.,][0-9]))?",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?<!\w)((?:il|del|dal|al|l') ?)([0-9]{1,2})/([0-9]{1,2})(?![\w/])", re.IGNORECASE
)


def _say_dates(text: str, speaker: Speaker) -> str:
    """``1º maggio 2020``, ``3 ott. 1990``, ``il 14/7``, ``03/10/1990``."""

    def said(day: int, month: int, year: str, ahead: str = "") -> str:
        days = "primo" if day == 1 else speaker.cardinal(str(day))
        years = f" {speaker.year(full_year(year))}" if year else ""
        return f"{days} {MONTHS[month - 1]}{years}"

    def named(found: re.Match[str]) -> str:
        number = _NUMBER_OF.get(found[2].rstrip(".").lower())
        if number is None or not 1 <= int(found[1]) <= 31:
            return found.group()
        return said(int(found[1]), number, found[3] or "")

    def short(found: re.Match[str]) -> str:
        day, month = int(found[2]), int(found[3])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        return found[1] + said(day, month, "")

    text = say_numeric_dates(
        text, said, lambda month, year: f"{MONTHS[month - 1]} {speaker.year(year)}"
    )
    text = without_apostrophe(text, most=3)
    return _SHORT.sub(short, _NAMED.sub(named, text))


_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?"
    rf"(?:{BLANK}?h)?(?![\w:]|[.,][0-9])"
)
_DOTTED: Final = re.compile(
    r"(?<!\w)((?:ore|alle|dalle|le|all'|verso le|e le) ?)([01]?[0-9]|2[0-4])[.,]([0-5][0-9])"
    r"(?!\w|[.,][0-9])",
    re.IGNORECASE,
)
_PRIMES: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,2}) ?h ?([0-5]?[0-9])' ?(?:([0-5]?[0-9])(?:\"|''))?(?!\w)"
)
_LETTER: Final = re.compile(r"(?<![\w:.,])([01]?[0-9]|2[0-4])h([0-5][0-9])(?!\w)")
_SPAN: Final = re.compile(r"(?<=[0-9]:[0-9]{2}) ?[-–] ?(?=[0-9]{1,2}:[0-9]{2})")
_PARTS: Final = {15: "un quarto", 30: "mezza"}


_MINUTE: Final = Noun("minuto", "minuti", Gender.MASCULINE)
_SECOND: Final = Noun("secondo", "secondi", Gender.MASCULINE)
_AT_ONE: Final = re.compile(r"(?<!\w)(?:([aA]l|[dD]al)le|[lL]e) una(?= e |[^\w ]|\s*\Z)")


def _say_times(text: str, speaker: Speaker) -> str:
    """``14:30``, ``alle 16:00``, ``ore 8.15``."""

    def timed(found: re.Match[str]) -> str:
        hour, minute, second = int(found[1]), int(found[2]), found[3]
        said = _of_hour(hour, speaker)
        named = _PARTS.get(minute) if 1 <= hour <= 12 and not second else None
        if named:
            return f"{said} e {named}"
        if minute or second:
            said += f" e {speaker.count(Number(str(minute)), _MINUTE)}"
        return f"{said} e {speaker.count(Number(str(int(second))), _SECOND)}" if second else said

    def dotted(found: re.Match[str]) -> str:
        said = f"{found[1]}{_of_hour(int(found[2]), speaker)}"
        minute = int(found[3])
        return f"{said} e {speaker.cardinal(str(minute))}" if minute else said

    text = _PRIMES.sub(
        lambda found: f"{found[1]} h {found[2]} min" + (f" {found[3]} s" if found[3] else ""), text
    )
    text = _LETTER.sub(r"\1:\2", _SPAN.sub(f" {speaker.grammar.until} ", text))
    text = _TIME.sub(timed, _DOTTED.sub(dotted, text))
    return _AT_ONE.sub(lambda found: f"{found[1]}l'una" if found[1] else "l'una", text)


def _of_hour(hour: int, speaker: Speaker) -> str:
    return "una" if hour == 1 else speaker.cardinal(str(hour))


_ORDINAL: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,9})(?:\.?([ºª])(?! ?[CF](?!\w))|(°)(?= ([a-zà-ù]{3,30})(?!\w)))"
)


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``3º``, ``2ª``, ``2° piano``."""

    def spoken(found: re.Match[str]) -> str:
        digits, mark, _, noun = found.groups()
        feminine = mark == "ª" or (noun and gender_of(noun) is Gender.FEMININE)
        return speaker.ordinal(digits, "-feminine" if feminine else "-masculine")

    return _ORDINAL.sub(spoken, text)


_ONE: Final = re.compile(r"(?<![\w.,])1 ([a-zà-ù]{2,30})(?!\w)")


def _agree(text: str, speaker: Speaker) -> str:
    """``1 casa``, ``1 amica``, ``1 zaino``: one in the gender of its noun."""

    def one(found: re.Match[str]) -> str:
        if not is_noun(found[1]):
            return found.group()
        return _joined(speaker.cardinal("1", gender_of(found[1])), found[1])

    return _ONE.sub(one, text)


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    fraction = number.fraction[:30]
    return f"{speaker.whole(number.whole)} virgola {_decimals(fraction, speaker)}"


def _decimals(fraction: str, speaker: Speaker) -> str:
    """Up to three as one number, more in pairs, digit by digit where a zero begins one of these."""
    if fraction[0] != "0" and len(fraction) <= 3:
        return speaker.cardinal(fraction)
    pairs = [fraction[start : start + 2] for start in range(0, len(fraction), 2)]
    if any(pair[0] == "0" for pair in pairs):
        return speaker.each(fraction)
    return " ".join(map(speaker.cardinal, pairs))


def _fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    """``un terzo``, ``due quinti``, ``due chilometri e mezzo``."""
    gender = noun.gender if noun else None
    half = "mezza" if gender is Gender.FEMININE else "mezzo"
    if (over, under) == (1, 2) and whole:
        said = speaker.cardinal(str(whole), gender)
        if noun:
            said = _joined(said, noun.singular if whole == 1 else noun.plural)
        return f"{said} e {half}"
    if (over, under) == (1, 2) and noun:
        return f"{half} {noun.singular}"
    part = "mezzo" if under == 2 else speaker.ordinal(str(under), "-masculine")
    count = "un" if over == 1 else speaker.cardinal(str(over))
    said = f"{count} {part if over == 1 else part[:-1] + 'i'}"
    if whole:
        said = f"{speaker.cardinal(str(whole))} e {said}"
    return f"{said} di {noun.singular}" if noun else said


def _ordinal(speaker: Speaker, number: int, form: str) -> str:
    """From eleven on the cardinal, with an ending of its own."""
    if number <= 10:
        return speaker.by_rules(number, form)
    ending = "esima" if "feminine" in form else "esimo"
    words = speaker.cardinal(str(number)).replace(" ", "")
    if words.endswith("mila"):
        words = f"{words[:-2]}ll"
    elif words.endswith("tré"):
        words = f"{words[:-1]}e"
    elif not words.endswith("sei"):
        words = words[:-1]
    return words + ending


_INNER_THREE: Final = re.compile(r"tré(?=\w)")


def _mend(words: str) -> str:
    """Say *ventuno* before feminine nouns, too, as most do."""
    words = _INNER_THREE.sub("tre", words)
    return f"{words[:-1]}o" if words.endswith("una") and words != "una" else words


_UNO_BEFORE: Final = re.compile("s[^aeiou]|z|gn|ps|x|y|pn|i[aeou]", re.IGNORECASE)


def _joined(word: str, noun: str) -> str:
    if word == "uno":
        return f"uno {noun}" if _UNO_BEFORE.match(noun) else f"un {noun}"
    if word == "una" and noun[0] in "aeiou":
        return f"un'{noun}"
    return f"{word} {noun}"


def _singular(noun: str) -> str:
    """``ora`` of ``ore``: of what one and a half of is written as many."""
    return noun[:-1] + {"e": "a", "i": "o"}.get(noun[-1], noun[-1])


ITALIAN: Final = Grammar(
    language="it",
    cardinals={
        None: "spellout-numbering",
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
    ordinal_of=_ordinal,
    minus="meno",
    plus="più",
    until="a",
    per="per",
    over="su",
    conjunction="e",
    by="per",
    ratio="a",
    percent="per cento",
    per_mille="per mille",
    dot="punto",
    of="di",
    needs_of="(?:ilion[ei]|iliard[oi])$",
    scales={
        **dict.fromkeys(("mila", "mille"), "mila"),
        **dict.fromkeys(("milione", "milioni", "mln", "mln."), "milioni"),
        **dict.fromkeys(("miliardo", "miliardi", "mld", "mld."), "miliardi"),
    },
    scale_singulars={"milioni": "milione", "miliardi": "miliardo", "mila": "mille"},
    bare_scales=frozenset({"mille"}),
    currencies={
        **dict.fromkeys(("€", "EUR", "eur"), "euro"),
        "$": "dollaro|dollari",
        "£": "sterlina|sterline",
        "¥": "yen",
        "¢": "centesimo|centesimi",
        "₿": "Bitcoin|bitcoin",
        "CHF": "franco svizzero|franchi svizzeri",
        "RUB": "rublo|rubli",
        "INR": "rupia|rupie",
        "KRW": "won",
        "PLN": "zloty",
        "BRL": "real",
    },
    cents={
        "": "centesimo|centesimi",
        **dict.fromkeys(("£", "GBP"), "penny|pence"),
        **dict.fromkeys(("₽", "RUB"), "copeco|copechi"),
    },
    context=CONTEXT,
    units={
        "dB": "decibel",
        "ppm": "parte per milione|parti per milione",
        "giri/min": "giro al minuto|giri al minuto",
        "t": "tonnellata|tonnellate",
        "sec": "secondo|secondi",
        "mq": "metro quadrato|metri quadrati",
        "mc": "metro cubo|metri cubi",
        "kmq": "chilometro quadrato|chilometri quadrati",
        "gr": "grammo|grammi",
        "db": "decibel",
        "hm": "ettometro|ettometri",
        "hg": "etto|etti",
        "Ah": "amperora|amperore",
        "mAh": "milliamperora|milliamperore",
        "km/h": "chilometro per ora|chilometri per ora",
        "m/s": "metro per secondo|metri per secondo",
    },
    lower_codes=frozenset({"eur", "usd", "gbp", "chf"}),
    per_words={
        **{"mese": "al mese", "anno": "all'anno", "giorno": "al giorno", "ora": "all'ora"},
        **{"h": "per ora", "min": "per minuto", "s": "per secondo"},
        **{"settimana": "a settimana", "notte": "a notte", "kg": "al chilo"},
    },
    lone_halves=True,
    singular_of=_singular,
    halves={Gender.MASCULINE: "e mezzo", Gender.FEMININE: "e mezza"},
)

"""Hungarian: days, hours and decimals, and the endings that numbers and their units take."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.european.dates import (
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun
from voicejob_worker.text.european.hungarian_context import CONTEXT
from voicejob_worker.text.european.sums import counted_with_sign, sign_pattern
from voicejob_worker.text.lexicon.hungarian_endings import LONG, with_ending
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.roman import roman_value

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker
    from voicejob_worker.text.numerals import Number

MONTHS: Final = (
    *("január", "február", "március", "április", "május", "június", "július"),
    *("augusztus", "szeptember", "október", "november", "december"),
)
_SHORT_MONTHS: Final = {
    **{"jan": 1, "febr": 2, "feb": 2, "márc": 3, "már": 3, "ápr": 4, "máj": 5, "jún": 6, "júl": 7},
    **{"aug": 8, "szept": 9, "szep": 9, "okt": 10, "nov": 11, "dec": 12},
}
_MONTH: Final = month_pattern(MONTHS, _SHORT_MONTHS)
_NUMBER_OF: Final = month_numbers(MONTHS, _SHORT_MONTHS)

_DAY_END: Final = (
    r"([0-9]{1,2})(?:\.(?!-)|-((?:je|jé|a|e|á|é)?(?:n|i|ig|től|tól|re|ra|t|hez|hoz)?)(?<!-)(?!\w)"
    r"|\.-(\w{1,4}))"
)
_NAMED: Final = re.compile(rf"(?<![\w.,/-])(?:([0-9]{{4}})\. ?)?{_MONTH} {_DAY_END}", re.IGNORECASE)
_NUMERIC: Final = re.compile(
    rf"(?<![\w.,/-])(?:([0-9]{{4}})\. ?)?(0[1-9]|1[0-2])\. ?{_DAY_END}"
    r"(?(1)|(?! ?[0-9](?![0-9]?:[0-9]{2})))"
)
_YEAR_MONTH: Final = re.compile(rf"(?<![\w.,/-])([0-9]{{4}})\. {_MONTH}(?=\W|\Z)", re.IGNORECASE)


_DAY_SPAN: Final = re.compile(
    rf"(?<!\w){_MONTH} ([0-9]{{1,2}}) ?[-–] ?([0-9]{{1,2}})\.(?!\w|-)", re.IGNORECASE
)
"""Matches the first and the last day: május 3–5."""
_DAY_OF_LAW: Final = re.compile(r"(?<=\w)\.? ?\(([IVX]{1,4})\. ?([0-9]{1,2})\.\)")
"""Matches when a law was given, behind its number: 3/2018. (II. 5.)."""
_ENDS: Final = re.compile(r"\s*\Z| [A-ZÁÉÍÓÖŐÚÜŰ]|\n")


def _say_dates(text: str, speaker: Speaker) -> str:
    """``2010. április 1.``, ``ápr. 1-jén``, ``2010. 04. 01.``, ``2010-04-01``."""

    def said(day: int, month: int, year: str, ahead: str = "", ending: str = "") -> str:
        years = f"{speaker.cardinal(full_year(year))} " if year else ""
        return f"{years}{MONTHS[month - 1]} {say_day(day, ending, speaker)}"

    def named(found: re.Match[str]) -> str:
        number = _NUMBER_OF.get(found[2].rstrip(".").lower())
        return _known(found, number)

    def numeric(found: re.Match[str]) -> str:
        return _known(found, int(found[2]))

    def _known(found: re.Match[str], month: int | None) -> str:
        day = int(found[3])
        if month is None or not 1 <= day <= 31:
            return found.group()
        days = said(day, month, found[1] or "", "", found[4] or found[5] or "")
        return (
            f"{days}."
            if found.group().endswith(".") and _ENDS.match(found.string, found.end())
            else days
        )

    def of_law(found: re.Match[str]) -> str:
        month = roman_value(found[1])
        if month is None or month > 12:
            return found.group()
        return f" ({MONTHS[month - 1]} {say_day(int(found[2]), '', speaker)})"

    def of_year(found: re.Match[str]) -> str:
        month = _NUMBER_OF.get(found[2].rstrip(".").lower())
        return f"{speaker.cardinal(found[1])} {MONTHS[(month or 1) - 1]}"

    text = _DAY_OF_LAW.sub(of_law, text)
    text = _DAY_SPAN.sub(r"\1 \2-tól \1 \3-ig", text)
    text = _NUMERIC.sub(numeric, _NAMED.sub(named, text))
    text = say_numeric_dates(
        text, said, lambda month, year: f"{speaker.cardinal(year)} {MONTHS[month - 1]}"
    )
    return _YEAR_MONTH.sub(of_year, text)


def say_day(day: int, ending: str, speaker: Speaker) -> str:
    """``elseje``, ``harmadika``; ``elsején``, ``harmadikán`` and so on."""
    if day == 1:
        base = "elseje"
    else:
        ordinal = speaker.ordinal(str(day))
        base = f"{ordinal}{'a' if ordinal[-4] in 'aáoó' else 'e'}"
    bare = re.sub(r"\A(?:jé|je|á|é|a|e)(?=n|i|t|r|h|\Z)", "", ending)
    if bare == "i":
        return f"{base[:-1]}{base[-1]}i"
    return f"{base[:-1]}{LONG[base[-1]]}{bare}" if bare else base


_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?"
    r"(?:-(\w{2,4})| óra(kor)?(?!\w))?(?![\w:]|[.,][0-9])"
)
_TIME_SPAN: Final = re.compile(r"(?<=[0-9]:[0-9]{2}) ?[-–] ?(?=[0-9]{1,2}:[0-9]{2})")
_DOTTED: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])\.([0-5][0-9])(?=-?kor(?!\w)| óra| h(?!\w))"
)


def _say_times(text: str, speaker: Speaker) -> str:
    """``08:05``, ``14:30-kor``, ``14:30 órakor``, ``08:00:05``."""

    def timed(found: re.Match[str]) -> str:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        said = f"{_joined(speaker.cardinal(str(hour)), 'óra')}"
        if minute:
            said += f" {_joined(speaker.cardinal(str(minute)), 'perc')}"
        if second:
            said += f" {_joined(speaker.cardinal(str(second)), 'másodperc')}"
        ending = found[4] or found[5]
        return with_ending(said, ending) if ending else said

    return _TIME.sub(timed, _DOTTED.sub(r"\1:\2", _TIME_SPAN.sub(" – ", text)))


_ORDINAL: Final = re.compile(
    r"(?<![\w.,-])([0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3})+)\."
    r"(?= [a-záéíóöőúüű]{2}|,? (?:és|vagy) [0-9])"
)
_SPAN: Final = re.compile(r"(?<![\w.,-])([0-9]{1,4}) ?[-–] ?([0-9]{1,4})\.(?= [a-záéíóöőúüű]{2})")
_ALONE: Final = re.compile(r"\A\s*([0-9]{1,9})\.\s*\Z")
_IRREGULAR: Final = {
    "as": {"három": "hármas", "húsz": "huszas"},
    "es": {"hét": "hetes", "négy": "négyes"},
}
_DAY: Final = re.compile(r"(?<![\w.,/-])([1-9]|[12][0-9]|3[01])-(j[eé][a-zöő]{1,3}|án|én)(?!\w)")
"""Matches days of a month by their endings, which no plain number has."""
_PART: Final = re.compile(r"(?<![\w.,/])([0-9]{1,3})/([0-9]{1,3})-([a-záéíóöőúüű]{1,6})(?!\w)")
_TIMES: Final = re.compile(r"(?<![\w.,])([0-9]{1,9}) ?[x×] ?(?=[0-9])")
_SUFFIXED: Final = re.compile(rf"(?<![\w.,/])({AMOUNT})-([a-záéíóöőúüű]{{1,6}})(?!\w)")


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``2. emelet``, ``5-ös``, ``1990-ben``, ``5 km-re``, ``10 €-t``."""

    def spoken(found: re.Match[str]) -> str:
        return speaker.ordinal(found[1].replace(".", ""))

    def measured(found: re.Match[str]) -> str:
        said = counted_with_sign(found, speaker)
        return found.group() if said is None else with_ending(said, found["ending"])

    def part(found: re.Match[str]) -> str:
        said = _fraction(speaker, 0, int(found[1]), int(found[2]), None)
        return with_ending(said, found[3])

    def suffixed(found: re.Match[str]) -> str:
        number = speaker.parse(found[1])
        ending = found[2]
        if number is None:
            return found.group()
        if ending == "ik" and not number.fraction:
            return speaker.ordinal(number.whole)
        said = speaker.number(number)
        if said.endswith("kettő") and ending in ("es", "en", "esek", "est"):
            return f"{said[:-5]}kett{ending}"
        if ending.startswith("szer"):
            said = _attributive(said)
        return _IRREGULAR.get(ending, {}).get(said) or with_ending(said, ending)

    text = _SPAN.sub(
        lambda found: f"{speaker.ordinal(found[1])}, {speaker.ordinal(found[2])}", text
    )
    text = _TIMES.sub(lambda found: f"{_multiple(speaker.whole(found[1]))} ", text)
    text = _ORDINAL.sub(spoken, _ALONE.sub(spoken, text))
    if "-" not in text:
        return text
    text = _DAY.sub(lambda found: say_day(int(found[1]), found[2], speaker), text)
    text = _PART.sub(part, text)
    return _SUFFIXED.sub(suffixed, _with_sign(speaker.grammar).sub(measured, text))


@lru_cache(1)
def _with_sign(grammar: Grammar) -> re.Pattern[str]:
    return re.compile(sign_pattern(grammar) + r"-(?P<ending>[a-záéíóöőúüű]{1,6})(?!\w)")


def _multiple(words: str) -> str:
    """``kétszer``, ``háromszor``, ``ötször``."""
    vowel = next((letter for letter in reversed(words) if letter in "aáeéiíoóöőuúüű"), "e")
    if words.endswith("harminc") or vowel in "aáoóuú":
        return f"{words}szor"
    return f"{words}ször" if vowel in "öü" else f"{_attributive(words)}szer"


_COUNTED: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})(?= ([a-záéíóöőúüű]{{2,30}})(?!\w))(?![.,][0-9])"
)
_NOT_NOUNS: Final = word_set(
    "és vagy meg vagyis azaz is nem volt van lesz a az egész század tized "
    "plusz mínusz osztva szorozva egyenlő"
)


def _agree(text: str, speaker: Speaker) -> str:
    """``2 ember``, ``12 könyv``: *két*, *tizenkét* before a noun."""

    def counted(found: re.Match[str]) -> str:
        number = speaker.parse(found[1])
        if number is None or number.fraction or found[2] in _NOT_NOUNS:
            return found.group()
        return _attributive(speaker.whole(number.whole))

    return _COUNTED.sub(counted, text)


def _attributive(words: str) -> str:
    return f"{words[:-5]}két" if words.endswith("kettő") else words


_PARTS: Final = (
    *("tized", "század", "ezred", "tízezred", "százezred", "milliomod"),
    *("tízmilliomod", "százmilliomod", "milliárdod"),
)


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    """*Tizenegy egész négyezer-hat tízezred*."""
    fraction = number.fraction
    if len(fraction) > len(_PARTS):
        return f"{speaker.whole(number.whole)} egész {speaker.digits(fraction[:30])}"
    said = speaker.cardinal(str(int(fraction)))
    return f"{speaker.whole(number.whole)} egész {said} {_PARTS[len(fraction) - 1]}"


def _fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    """``fél``, ``két harmad``, ``három és fél``."""
    if under == 2 and over == 1:
        said = "fél"
    else:
        ordinal = speaker.ordinal(str(under))
        part = {2: "ketted", 1: "egyed"}.get(under) or ordinal.removesuffix("ik")
        said = f"{_attributive(speaker.cardinal(str(over)))} {part}"
    if whole:
        said = f"{speaker.cardinal(str(whole))} és {said}"
    return f"{said} {noun.singular}" if noun else said


_TWO: Final = re.compile("két(?=ezer|milli|billi)")
_GROUP: Final = re.compile(r"(?<=\wezer)(?=\w)|(?<=\wmillió)(?=\w)|(?<=\wmilliárd)(?=\w)")
_ROUND: Final = (
    *(("száz", "századik"), ("ezer", "ezredik"), ("millió", "milliomodik")),
    *(("milliárd", "milliárdodik"), ("billió", "billiomodik")),
)
_LAST: Final = {1: "egyedik", 2: "kettedik"}


def _ordinal(speaker: Speaker, number: int, form: str) -> str:
    """The hundreds and above as they are counted, the rest as an ordinal."""
    rest = number % 100
    if rest == number:
        return _below_hundred(speaker, number)
    counted = speaker.cardinal(str(number - rest))
    if rest:
        return counted + (_LAST.get(rest) or _below_hundred(speaker, rest))
    end, ranked = next(pair for pair in _ROUND if counted.endswith(pair[0]))
    return counted.removesuffix(end) + ranked


def _below_hundred(speaker: Speaker, number: int) -> str:
    """CLDR's rules leave *negyven* as it is, where *negyvenedik* is said."""
    said = speaker.by_rules(number)
    return said if said.endswith("ik") or number < 2 else f"{said}edik"


def _mend(words: str) -> str:
    """Say *kettőezer*, as announcers do: *kétezer* is too like *hétezer*; above it with hyphens."""
    return _GROUP.sub("-", _TWO.sub("kettő", words))


def _joined(word: str, noun: str) -> str:
    return f"{_attributive(word)} {noun}"


def gender_of(noun: str) -> Gender:
    """Hungarian has no genders."""
    return Gender.MASCULINE


HUNGARIAN: Final = Grammar(
    language="hu",
    cardinals={None: "spellout-numbering"},
    adjective_follows=False,
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
    minus="mínusz",
    plus="plusz",
    until="–",
    per="per",
    over="per",
    conjunction="és",
    by="szor",
    ratio="–",
    percent="százalék",
    per_mille="ezrelék",
    dot="pont",
    scales={
        **dict.fromkeys(("ezer", "e"), "ezer"),
        **dict.fromkeys(("millió", "M", "mió"), "millió"),
        **dict.fromkeys(("milliárd", "mrd", "Mrd", "mrd.", "Mrd."), "milliárd"),
        **dict.fromkeys(("billió", "bill."), "billió"),
    },
    currencies={
        **dict.fromkeys(("Ft", "Ft.", "HUF"), "forint"),
        "€": "euró",
        "EUR": "euró",
        "$": "dollár",
        "£": "font",
        "GBP": "angol font",
        "¥": "jen",
        "¢": "cent",
        "RUB": "rubel",
        "INR": "rúpia",
        "KRW": "von",
    },
    cents={
        **dict.fromkeys(("$", "€", "USD", "¢"), "cent"),
        **dict.fromkeys(("Ft", "Ft.", "HUF"), "fillér"),
    },
    context=CONTEXT,
    ordinal_form="",
    ranks_days=True,
    day_of=lambda speaker, day: say_day(day, "", speaker),
    per_words={
        **{"hó": "havonta", "hónap": "havonta", "nap": "naponta", "év": "évente"},
        **{"fő": "fejenként", "hét": "hetente", "db": "darabonként"},
    },
    units={
        "dB": "decibel",
        "ó": "óra",
        "p": "perc",
        "mp": "másodperc",
        "t": "tonna",
        "dkg": "dekagramm",
        "fő": "fő",
        "db": "darab",
        "%": "százalék",
        "fok": "fok",
        "Ah": "amperóra",
        "mAh": "milliamperóra",
    },
)

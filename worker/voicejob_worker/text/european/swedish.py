"""Swedish: ordinals, dates, hours, years, and one in the gender of what it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK
from voicejob_worker.text.european.dates import (
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun
from voicejob_worker.text.european.swedish_context import CONTEXT
from voicejob_worker.text.european.zones import ZONE, say_zone
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.lexicon.swedish import SWEDISH as SWEDISH_WORDS
from voicejob_worker.text.numbered import is_numbered

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker
    from voicejob_worker.text.numerals import Number

MONTHS: Final = (
    *("januari", "februari", "mars", "april", "maj", "juni", "juli"),
    *("augusti", "september", "oktober", "november", "december"),
)
_SHORT_MONTHS: Final = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8},
    **{"sep": 9, "sept": 9, "okt": 10, "nov": 11, "dec": 12},
}
_MONTH: Final = month_pattern(MONTHS, _SHORT_MONTHS)
_NUMBER_OF: Final = month_numbers(MONTHS, _SHORT_MONTHS)
_YEAR: Final = r"([12][0-9]{3})(?![\w:]|[.,][0-9])"

_NAMED: Final = re.compile(
    rf"(?<![\w.,/-])(?:([0-9]{{1,2}})(?::[ae])? ?(?:[-–]|(och|till)) ?)?([0-9]{{1,2}})(?::[ae]|\.)?"
    rf"{BLANK}{_MONTH}(?:,?{BLANK}{_YEAR})?",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?<!\w)((?:den|till|från|senast|per) )([0-9]{1,2})/([0-9]{1,2})(?![\w/])", re.IGNORECASE
)
_SLASHED: Final = re.compile(
    r"(?<![\w.,/-])([0-9]{1,2})/([0-9]{1,2})(?: ((?:1[89]|20)[0-9]{2}))?(?![\w/]|[.,][0-9])"
)
_WEEKDAY_BEFORE: Final = re.compile(r"(?:mån|tis|ons|tors|fre|lör|sön)(?:dag(?:en)?)?,? \Z", re.I)
_FEASTS: Final = frozenset(((24, 12), (25, 12), (26, 12), (31, 12)))
_SPAN_AHEAD: Final = re.compile(r" ?[-–] ?[0-9]{1,2}/(?:1[0-2]|[1-9])(?![\w/])")
_SPAN_BEFORE: Final = re.compile(r"(?<![\w/])[0-9]{1,2}/(?:1[0-2]|[1-9]) ?[-–] ?\Z")
_MONTH_OF: Final = re.compile(rf"(?<!\w)({'|'.join(MONTHS)}) {_YEAR}", re.IGNORECASE)
_PRICE: Final = re.compile(r"(?<![\w.,:])([0-9]{1,6}):([0-9]{2})(?= ?kr(?!\w))")
_DOTTED_SPAN: Final = re.compile(
    r"(?<![\w.,:])([01]?[0-9]|2[0-4])\.([0-5][0-9]) ?[-–] ?([01]?[0-9]|2[0-4])\.([0-5][0-9])"
    r"(?!\w|[.,][0-9])"
)
_ERA: Final = re.compile(r"(?<![\w.,-])([0-9]{3,4})(?= (?:före|efter) Kristus)")
_YEAR_OF: Final = re.compile(
    r"(?<!\w)((?:år|året|sedan|född|född i|grundat|grundad|grundades|byggt|byggd|byggdes"
    rf"|hösten|våren|sommaren|vintern) ){_YEAR}",
    re.IGNORECASE,
)
_YEARS: Final = re.compile(
    r"(?<![\w.,–-])((?:1[1-9]|20)[0-9]{2}) ?[–-] ?((?:1[1-9]|20)[0-9]{2})(?![\w–-]|[.,][0-9]| ?kr)"
)
_YEAR_ALONE: Final = re.compile(
    r"(?<!\w)((?:före|efter|omkring|från|kring) )((?:1[1-9]|20)[0-9]{2})"
    r"(?=[,;)]|\.?\s*\Z|\. [A-ZÅÄÖ]| (?:och|till|var|blev|då|som|i|på|när)(?!\w))",
    re.IGNORECASE,
)
_CENTURY: Final = re.compile(r"(?<![\w.,])([0-9]{2}|[0-9]{3,4})-tal(?=\w{0,3}(?!\w))")


def _say_dates(text: str, speaker: Speaker) -> str:
    """``2:a januari, 2022``, ``den 3 maj``, ``2022-01-02``, ``1900-talet``, ``år 1990``."""

    def said(day: int, month: int, year: str, ahead: str = "") -> str:
        years = f" {speaker.year(full_year(year))}" if year else ""
        return f"{speaker.ordinal(str(day), '-reale')} {MONTHS[month - 1]}{years}"

    def named(found: re.Match[str]) -> str:
        first, joint, day, month, year = found.groups()
        number = _NUMBER_OF.get(month.rstrip(".").lower())
        if number is None or not 1 <= int(day) <= 31:
            return found.group()
        start = f"{speaker.ordinal(first, '-reale')} {joint or 'till'} " if first else ""
        return start + said(int(day), number, year or "")

    def short(found: re.Match[str]) -> str:
        day, month = int(found[2]), int(found[3])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        return found[1] + said(day, month, "")

    def slashed(found: re.Match[str]) -> str:
        """Of a year, behind a weekday, in a span, or a feast that everybody writes so: 24/12."""
        day, month = int(found[1]), int(found[2])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        before = found.string[max(found.start() - 12, 0) : found.start()]
        is_dated = (
            found[3]
            or _WEEKDAY_BEFORE.search(before)
            or (day, month) in _FEASTS
            or (day > 12 and _SPAN_AHEAD.match(found.string, found.end()))
            or (day > 12 and _SPAN_BEFORE.search(before))
        )
        if not is_dated or is_numbered(found, SWEDISH_WORDS.numbered):
            return found.group()
        return said(day, month, found[3] or "")

    def century(found: re.Match[str]) -> str:
        digits = found[1]
        return f"{_year(speaker, int(digits)) if len(digits) > 2 else speaker.cardinal(digits)}tal"

    text = _DOTTED_SPAN.sub(r"\1:\2–\3:\4", _PRICE.sub(r"\1,\2", text))
    text = say_numeric_dates(
        text, said, lambda month, year: f"{MONTHS[month - 1]} {speaker.year(year)}"
    )
    text = _SLASHED.sub(slashed, _SHORT.sub(short, _NAMED.sub(named, text)))
    text = _MONTH_OF.sub(lambda found: f"{found[1]} {speaker.year(found[2])}", text)
    text = _ERA.sub(lambda found: speaker.year(found[1]), _CENTURY.sub(century, text))
    text = _YEARS.sub(lambda found: f"{speaker.year(found[1])} till {speaker.year(found[2])}", text)
    text = _YEAR_ALONE.sub(lambda found: found[1] + speaker.year(found[2]), text)
    return _YEAR_OF.sub(lambda found: found[1] + speaker.year(found[2]), text)


def _year(speaker: Speaker, year: int) -> str:
    """``nittonhundranittio``, ``tjugohundra``, ``tjugotjugotvå``."""
    hundreds, rest = divmod(year, 100)
    if not 10 <= hundreds <= 20:
        return speaker.cardinal(str(year))
    joint = "" if hundreds == 20 and rest >= 10 else "hundra"
    return f"{speaker.cardinal(str(hundreds))}{joint}{speaker.cardinal(str(rest)) if rest else ''}"


_HALF: Final = rf"(?:{BLANK}?([ef])\.? ?m(?:\.|(?!\w)))"
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(?::([0-5][0-9])(?::([0-5][0-9]))?"
    rf"|\.([0-5][0-9])(?={BLANK}?[ef]\.? ?m(?!\w)))"
    rf"{_HALF}?(?:{BLANK}?{ZONE})?(?![\w:]|[.,][0-9])",
    re.IGNORECASE,
)
_AT: Final = re.compile(
    r"(?<!\w)((?:klockan|mellan|till|från|vid|[0-9]{1,2}[.:][0-9]{2} ?[-–]) ?)"
    r"([01]?[0-9]|2[0-4])\.([0-5][0-9])(?!\w|[.,][0-9])",
    re.IGNORECASE,
)
_HOUR: Final = re.compile(
    rf"(?<![\w:.,])(?:([01]?[0-9]|2[0-4]){_HALF}(?:{BLANK}?{ZONE})?"
    rf"|(?<=klockan )([0-9]{{1,2}}){BLANK}?{ZONE})",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"(?<=[0-9]:[0-9]{2}) ?[-–] ?(?=[0-9]{1,2}[:.][0-9]{2})")
_HOUR_SPAN: Final = re.compile(r"(?<=klockan )([0-9]{1,2}) ?[-–] ?(?=[0-9]{1,2}(?![\w:]))", re.I)
_HALVES: Final = {"e": " eftermiddag", "f": " förmiddag"}


def _say_times(text: str, speaker: Speaker) -> str:
    """``kl. 14.30``, ``08:05``, ``2.00 e.m.``."""

    def timed(found: re.Match[str]) -> str:
        minute, second = found[2] or found[4], found[3]
        said = speaker.cardinal(str(int(found[1])))
        if minute != "00" or second not in (None, "00"):
            zero = f"{speaker.cardinal('0')} " if minute[0] == "0" and minute != "00" else ""
            said += f" {zero}{speaker.cardinal(str(int(minute)))}"
        if second not in (None, "00"):
            said += f" och {speaker.cardinal(str(int(second)))} sekunder"
        half = _HALVES.get((found[5] or "").lower(), "")
        return f"{said}{half}{say_zone(found[6], found[7], speaker)}"

    def hour(found: re.Match[str]) -> str:
        said = speaker.cardinal(str(int(found[1] or found[5])))
        zone = say_zone(found[3] or found[6], found[4] or found[7], speaker)
        return f"{said}{_HALVES.get((found[2] or '').lower(), '')}{zone}"

    text = _HOUR_SPAN.sub(r"\1 till ", _AT.sub(r"\1\2:\3", _AT.sub(r"\1\2:\3", text)))
    return _HOUR.sub(hour, _TIME.sub(timed, _SPAN.sub(" till ", text)))


_MARKED: Final = re.compile(r"(?<![\w.,])([0-9]{1,9}):[ae](?!\w)")
_ALONE: Final = re.compile(r"\A\s*([0-9]{1,9})\.\s*\Z")
_CHAPTER: Final = re.compile(r"(?<![\w.,])([0-9]{1,3}) (?:kap(?:itel)?(?!\w)\.?|(§))|§ ?(?=[0-9])")


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``1:a``, ``3:e``, ``9 kap``, ``4 §``."""

    def spoken(found: re.Match[str]) -> str:
        return speaker.ordinal(found[1], "-reale")

    def chapter(found: re.Match[str]) -> str:
        if found[1] is None:
            return "paragraf "
        return f"{speaker.ordinal(found[1], '-reale')} {'paragrafen' if found[2] else 'kapitlet'}"

    text = _CHAPTER.sub(chapter, _ALONE.sub(spoken, text))
    return _MARKED.sub(spoken, text)


_ONE_OF: Final = re.compile(
    r"(?<![\w.,])1(?= (?:(?:stor|liten|ny|gammal|stort|litet|nytt) )?([a-zåäöéèüà]{2,30})(?!\w))"
)
_NOT_NOUNS: Final = word_set(
    "av och i på till från med för eller är var som att om men procent gånger komma minus plus har"
)
_NEUTER: Final = word_set(
    "barn hus bord glas rum år kilo mål exemplar öre land ord brev barnbarn äpple ägg träd djur "
    "lag namn nummer par liv ljus vin öl kort språk spel steg sätt ställe system team test varv "
    "dygn pund kilogram gram milligram ton program paket kapitel recept fönster papper problem "
    "foto huvud hjärta öga öra ansikte piano köp kök bad berg hav torg tåg plan skepp bi frö bo "
    "får hål jobb kontor företag museum bibliotek sjukhus universitet möte minne mynt poäng "
    "stycken stycke"
)
_NEUTER_ENDINGS: Final = ("um", "ment", "eri", "gram", "hus", "kort", "barn", "år", "ande", "ende")


def gender_of(noun: str) -> Gender:
    """The gender of a noun: neuter, or common (which is ``MASCULINE`` here)."""
    word = noun.lower()
    is_neuter = word in _NEUTER or word.endswith(_NEUTER_ENDINGS)
    return Gender.NEUTER if is_neuter else Gender.MASCULINE


def _agree(text: str, speaker: Speaker) -> str:
    """``1 flicka``, ``1 barn``."""

    def one(found: re.Match[str]) -> str:
        if found[1] in _NOT_NOUNS:
            return found.group()
        return "ett" if gender_of(found[1]) is Gender.NEUTER else "en"

    return _ONE_OF.sub(one, text)


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    fraction = number.fraction[:30]
    is_number = len(fraction) <= 3 and fraction[0] != "0"
    said = speaker.cardinal(fraction) if is_number else speaker.digits(fraction).replace(",", "")
    return f"{speaker.whole(number.whole, gender)} komma {said}"


def _fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    """``en halv``, ``två tredjedelar``, ``tre och en halv``."""
    if under == 2:
        neuter = noun is not None and noun.gender is Gender.NEUTER
        said = (
            ("ett halvt" if neuter else "en halv")
            if over == 1
            else f"{speaker.cardinal(str(over))} halva"
        )
    else:
        ordinal = speaker.ordinal(str(under), "-reale")
        part = f"{ordinal[:-2] if ordinal.endswith('nde') else ordinal}del"
        count = "en" if over == 1 else speaker.cardinal(str(over))
        said = f"{count} {part}{'' if over == 1 else 'ar'}"
    if whole:
        said = f"{speaker.cardinal(str(whole))} och {said}"
    return f"{said} {noun.plural if whole else noun.singular}" if noun else said


_ONE: Final = re.compile(r"(?<![^\W\d_])(?:et(?=tusen)|ett(?=hundra))")


def _mend(words: str) -> str:
    """Say *hundra* and *tusen* without their one, as most do."""
    return _ONE.sub("", words)


def _joined(word: str, noun: str) -> str:
    return f"{word} {noun}".strip()


SWEDISH: Final = Grammar(
    language="sv",
    cardinals={
        None: "spellout-cardinal-neuter",
        Gender.MASCULINE: "spellout-cardinal-reale",
        Gender.NEUTER: "spellout-cardinal-neuter",
    },
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
    year_of=_year,
    minus="minus",
    plus="plus",
    until="till",
    per="per",
    over="av",
    conjunction="och",
    by="gånger",
    ratio="mot",
    percent="procent",
    per_mille="promille",
    dot="punkt",
    scales={
        "tusen": "tusen",
        **dict.fromkeys(("miljon", "miljoner", "mn", "milj.", "milj", "mn."), "miljoner"),
        **dict.fromkeys(("miljard", "miljarder", "md", "mdr", "mdr."), "miljarder"),
        **dict.fromkeys(("biljon", "biljoner"), "biljoner"),
    },
    scale_singulars={"miljoner": "miljon", "miljarder": "miljard", "biljoner": "biljon"},
    currencies={
        **dict.fromkeys(("kr", "kr.", "SEK", ":-"), "krona|kronor"),
        "€": "euro",
        "$": "dollar",
        "£": "pund",
        "¥": "yen",
        "¢": "cent",
        "₩": "won",
        "KRW": "won",
        "RUB": "rubel",
        "INR": "rupie|rupier",
        "PLN": "zloty",
        "mkr": "miljon kronor|miljoner kronor",
        "mdkr": "miljard kronor|miljarder kronor",
        "tkr": "tusen kronor",
    },
    cents={
        **dict.fromkeys(("kr", "kr.", "SEK", "NOK", "DKK"), "öre"),
        **dict.fromkeys(("£", "GBP"), "penny|pence"),
        **dict.fromkeys(("$", "€", "USD", "EUR", "¢"), "cent"),
    },
    context=CONTEXT,
    ordinal_form="-reale",
    ranks_days=True,
    per_words={"mån": "per månad", "år": "per år", "st": "styck", "pers": "per person"},
    units={
        "dB": "decibel",
        "ppm": "miljondel|miljondelar",
        "varv/min": "varv per minut|varv per minut",
        "tim": "timme|timmar",
        "tim.": "timme|timmar",
        "sek": "sekund|sekunder",
        "st": "styck|stycken",
        "hg": "hekto",
        "mil": "mil",
        "hk": "hästkraft|hästkrafter",
        "tum": "tum",
        "kvm": "kvadratmeter",
        "msk": "matsked|matskedar",
        "tsk": "tesked|teskedar",
        "krm": "kryddmått",
        "tr": "trappa|trappor",
        "Ah": "amperetimme|amperetimmar",
        "mAh": "milliamperetimme|milliamperetimmar",
    },
)

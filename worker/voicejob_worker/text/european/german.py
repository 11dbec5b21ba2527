"""German: ordinals and articles in the case that what stands before them asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK, without_apostrophe
from voicejob_worker.text.european.dates import (
    before,
    full_year,
    month_numbers,
    month_pattern,
    say_numeric_dates,
)
from voicejob_worker.text.european.german_context import CONTEXT
from voicejob_worker.text.european.german_nouns import gender_of, known_gender
from voicejob_worker.text.european.german_sums import CENTS, CURRENCIES, UNITS
from voicejob_worker.text.european.german_times import say_times
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun, spaced
from voicejob_worker.text.european.sums import unit_of
from voicejob_worker.text.lexicon.german_short import GERMAN_STARTERS, GERMAN_WEEKDAYS
from voicejob_worker.text.lexicon.schema import word_set

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker
    from voicejob_worker.text.numerals import Number

MONTHS: Final = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
    *("August", "September", "Oktober", "November", "Dezember"),
)
_SHORT_MONTHS: Final = {
    **{"jan": 1, "jän": 1, "feb": 2, "mär": 3, "mrz": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8},
    **{"sep": 9, "sept": 9, "okt": 10, "nov": 11, "dez": 12},
}
_MONTH: Final = month_pattern([*MONTHS, "Jänner"], _SHORT_MONTHS)
_NUMBER_OF: Final = {**month_numbers(MONTHS, _SHORT_MONTHS), "jänner": 1}

_WEAK: Final = word_set(
    "am im vom zum zur beim ins ans den dem des einem einen eines meinem meinen meines seinem "
    "seinen seines ihrem ihren ihres unserem unseren unseres diesem diesen jedem jeden keinem "
    "keinen jenem jenen ab bis seit übers ums fürs beiden alle allen"
)
"""After them an ordinal ends in -en, whatever the noun."""
_NOMINATIVE: Final = word_set(
    "das die eine meine seine ihre unsere keine jede diese jene jedes dieses jenes"
)
_DER: Final = word_set("der dieser jeder jener einer meiner seiner ihrer unserer keiner")
_BARE_ARTICLES: Final = word_set("ein kein mein dein sein ihr unser euer")
_DATIVE: Final = word_set("mit bei nach von zu in auf an aus seit vor gegenüber")
_DETERMINERS: Final = _WEAK | _NOMINATIVE | _DER | _BARE_ARTICLES
_COUNTED: Final = re.compile(
    r"\b(?:Kapitel|Seite|Nummer|Zimmer|Platz|Level|Stufe|Version|Jahr|Uhr|um|Gleis|Teil|Band|"
    r"Bild|Punkt|Absatz|Artikel|Paragraf|mindestens|höchstens|etwa|rund|circa|über|unter) \Z"
)
_LISTED: Final = re.compile(
    r"(?:[0-9]{1,4}\.?(?: (?:und|oder|bis|sowie) |, | ?[-–/] ?))+\Z|(?:und|oder|bis) \Z"
)
_WEEKDAY: Final = re.compile(
    r"\b(am|vom|zum|bis|ab|seit|den|dem) (?:\w+(?:tag|woch|abend)|Mo|Di|Mi|Do|Fr|Sa|So)\.?,? \Z"
)
_LAST_WORD: Final = re.compile(r"(?<!\w)([^\W\d_]{1,20}) \Z")
_ADJECTIVE: Final = r"(?:[a-zäöüß]{2,20}(?:e|er|es|en|em) )?"

_NAMED: Final = re.compile(
    rf"(?<![\w.,/-])(?:([0-9]{{1,2}})\.? ?(bis|und|oder|[-–/]) ?)?([0-9]{{1,2}})\.?{BLANK}?{_MONTH}"
    rf"(?:{BLANK}((?:1[0-9]|20)[0-9]{{2}}|'?[0-9]{{2}}(?=[.,;)]|\Z))(?![\w:]|[.,][0-9]))?",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(r"(?<![\w.,/-])([0-9]{1,2})\. ?([0-9]{1,2})\.(?! ?[0-9])(?=\W|\Z)")
_SHORT_DAY: Final = re.compile(
    r"(?<![\w.])(Mo|Di|Mi|Do|Fr|Sa|So)(?:\.,?|,) (?=[0-9]{1,2}\.(?![-–—]|[0-9]{2}(?![0-9.])))"
)
_SHORT_SPAN: Final = re.compile(
    r"(?<![\w.,/-])([0-9]{1,2}\.(?:[0-9]{1,2}\.(?:[0-9]{4})?)?) ?[-–] ?(?=[0-9]{1,2}\.[0-9]{1,2}\.)"
)
_MONTH_OF: Final = re.compile(
    rf"(?<!\w){_MONTH} ((?:1[0-9]|20)[0-9]{{2}})(?![\w:]|[.,][0-9])", re.IGNORECASE
)


def _say_dates(text: str, speaker: Speaker) -> str:
    """``am 3. Oktober 1990``, ``vom 3. bis 5. März``, ``3. 5. 1970``, ``24.12.``."""

    def said(day: int, month: int, year: str, ahead: str) -> str:
        years = f" {speaker.year(year)}" if year else ""
        return f"{_day(day, ahead, speaker)} {MONTHS[month - 1]}{years}"

    def named(found: re.Match[str]) -> str:
        first, joint, day, month, year = found.groups()
        ahead = before(found)
        number = _NUMBER_OF.get(month.rstrip(".").lower())
        if number is None or not 1 <= int(day) <= 31:
            return found.group()
        years = f" {speaker.year(full_year(year.strip(chr(39))))}" if year else ""
        days = _day(int(day), ahead, speaker)
        if first:
            words = {"-": "bis", "–": "bis", "/": "und"}.get(joint, joint)
            days = f"{_day(int(first), ahead, speaker)} {words} {days}"
        return f"{days} {MONTHS[number - 1]}{years}"

    def short(found: re.Match[str]) -> str:
        day, month = int(found[1]), int(found[2])
        if not 1 <= day <= 31 or not 1 <= month <= 12:
            return found.group()
        end = "." if _ends_sentence(found) else ""
        return f"{_day(day, before(found), speaker)} {MONTHS[month - 1]}{end}"

    def of_year(found: re.Match[str]) -> str:
        month = _NUMBER_OF.get(found[1].rstrip(".").lower())
        return f"{MONTHS[(month or 1) - 1]} {speaker.year(found[2])}" if month else found.group()

    text = _EURO_AND.sub(r"\1,\3 \2", without_apostrophe(text))
    text = _SHORT_SPAN.sub(r"\1 bis ", _STREET.sub("straße", text))
    text = _SHORT_DAY.sub(lambda found: f"{GERMAN_WEEKDAYS[found[1]]}, ", text)
    text = say_numeric_dates(
        text, said, lambda month, year: f"{MONTHS[month - 1]} {speaker.year(year)}"
    )
    return _MONTH_OF.sub(of_year, _SHORT.sub(short, _NAMED.sub(named, text)))


def _ends_sentence(found: re.Match[str]) -> bool:
    rest = found.string[found.end() : found.end() + 3]
    return not rest.strip() or (rest[0] == " " and rest[1].isupper())


def _day(day: int, ahead: str, speaker: Speaker) -> str:
    return speaker.ordinal(str(day), _form(ahead, Gender.MASCULINE, dated=True))


def _form(ahead: str, gender: Gender | None, dated: bool = False) -> str:
    """The ending of an ordinal: CLDR's "", "-n", "-r", "-s" or "-m".

    ``ahead`` is what stands before it, ``gender`` its noun's.
    """
    bare = _LISTED.sub("", ahead)
    until = ahead.endswith("bis ") and (dated or (gender is None and not bare.strip()))
    if until or _WEEKDAY.search(ahead):
        return "-n"
    word = _LAST_WORD.search(bare)
    last = word[1].lower() if word else ""
    if last in _WEAK:
        return "-n"
    if last in _DER:
        return "-n" if gender is Gender.FEMININE else ""
    if last in _NOMINATIVE:
        return ""
    endings = _ENDINGS
    if last in _DATIVE:
        endings = _DATED if dated else _DATIVE_ENDINGS
    return endings[gender or Gender.MASCULINE]


_ENDINGS: Final = {Gender.MASCULINE: "-r", Gender.FEMININE: "", Gender.NEUTER: "-s"}
_DATIVE_ENDINGS: Final = {Gender.MASCULINE: "-m", Gender.FEMININE: "-r", Gender.NEUTER: "-m"}
_DATED: Final = dict.fromkeys(Gender, "-n")


_ORDINAL: Final = re.compile(
    rf"(?<![\w.,])([0-9]{{1,4}}|[0-9]{{1,3}}(?:\.[0-9]{{3}})+)\.(?=(?P<rest>{BLANK}{_ADJECTIVE}"
    r"([^\W\d_][\w-]{0,40})|[,;)]|(?:-|–|/|, | und | bis | oder )[0-9]{1,4}\.|\s*\Z|\n))(?!\.)"
)
_LISTED_NOUN: Final = re.compile(
    rf"(?:-|–|/|, | und | bis | oder )[0-9]{{1,4}}\.{BLANK}{_ADJECTIVE}([A-ZÄÖÜ][\w-]{{1,40}})"
)
_STREET: Final = re.compile(
    r"(?<=[a-zäöüß])str\.(?= [0-9]|,|\s*\Z)|(?<=[A-ZÄÖÜ][a-zäöüß] )Str\.(?= [0-9])"
)
_ORDINAL_SPAN: Final = re.compile(r"(?<![\w.,])([0-9]{1,4}\.) ?[-–] ?(?=[0-9]{1,4}\.(?: |\Z))")
_DECADE: Final = re.compile(r"(?<![\w.,])([0-9]{1,4})er(n?)\b")
_EURO_AND: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,7}) ?(€|Euro|Franken|Mark|Dollar|Pfund) ([0-9]{2})"
    r"(?= |[,.;!?)](?!\w)|\s*\Z)"
    r"(?! (?:Cent|Rappen|Euro|€|%|Prozent|[A-ZÄÖÜ]))"
    r"(?! (?!(?:und|oder|pro|je|für|statt|bezahlt|gezahlt|kosten|kostet)(?!\w))[a-zäöüß])"
)
_SPOKEN_ERS: Final = {"1": "einser", "7": "siebener"}
_JOINED_UNIT: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,7})-(km|m|cm|mm|kg|g|l|kW|h|min|t|€)-(?=[A-ZÄÖÜ])"
)
_SIGNS_IN_WORDS: Final = {"€": "Euro", "h": "Stunden", "min": "Minuten", "t": "Tonnen"}
_COMPOUND: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,6})(?: ?%-?(ig\w{0,2})(?!\w)|-((?:mal|fach|köpfig|jährig|tägig|wöchig|"
    r"monatig|stündig|minütig|prozentig|teilig|seitig|stellig|stöckig|malig)\w{0,3})(?!\w))"
)
_RULER: Final = re.compile(r"(?<![\w.,])([0-9]{1,4})(te|ter|tes|ten|tem|ste|ster|sten|stes|stem)\b")


def _say_ordinals(text: str, speaker: Speaker) -> str:
    """``im 2. Stock``, ``der 2. Weltkrieg``, ``die 1990er``; ``5.`` at a sentence's end stays."""

    def spoken(found: re.Match[str]) -> str:
        ahead = before(found)
        noun = found[3] or ""
        if noun in ("", "und", "oder", "bis"):
            listed = _LISTED_NOUN.match(found.string, found.end())
            noun = listed[1] if listed and known_gender(listed[1]) else noun
        rest = found["rest"]
        digits = found[1].replace(".", "")
        bare = _LISTED.sub("", ahead)
        word = _LAST_WORD.search(bare)
        is_determined = bool(word and word[1].lower() in _DETERMINERS)
        if noun[:1].isupper():
            known = known_gender(noun)
            starts = noun in GERMAN_STARTERS or _COUNTED.search(ahead)
            if starts or not (is_determined or known or len(bare) == len(ahead) == 0):
                return found.group()
        elif not noun and not is_determined and (bare or found.end() < len(found.string)):
            return found.group()
        said = speaker.ordinal(
            digits, _form(ahead, gender_of(noun) if noun[:1].isupper() else None)
        )
        ends = not rest.strip()
        return f"{said}." if ends else said

    def decade(found: re.Match[str]) -> str:
        digits = found[1]
        if digits in _SPOKEN_ERS:
            return f"{_SPOKEN_ERS[digits]}{found[2]}"
        said = speaker.year(digits) if len(digits) == 4 else speaker.cardinal(digits)
        return f"{said}er{found[2]}"

    def compound(found: re.Match[str]) -> str:
        return speaker.cardinal(found[1]) + (f"prozent{found[2]}" if found[2] else found[3])

    def ending(found: re.Match[str]) -> str:
        forms = {"e": "", "n": "-n", "r": "-r", "s": "-s", "m": "-m"}
        return speaker.ordinal(found[1], forms[found[2][-1]])

    text = _COMPOUND.sub(compound, text)
    text = _JOINED_UNIT.sub(lambda found: f"{found[1]} {_unit_in_word(found[2])}-", text)
    text = _RULER.sub(ending, _DECADE.sub(decade, text))
    return _ORDINAL.sub(spoken, _ORDINAL_SPAN.sub(r"\1 bis ", text)) if "." in text else text


def _unit_in_word(sign: str) -> str:
    """The unit in ``100-m-Lauf``."""
    if sign in _SIGNS_IN_WORDS:
        return _SIGNS_IN_WORDS[sign]
    named = unit_of(sign, GERMAN)
    return named.plural if named else sign


_ONE: Final = re.compile(
    r"(?<![\w.,])(?:(?<!\w)([^\W\d_]{1,20}) )?1"
    r"(?= (?:[a-zäöüß]{2,20}(?:e|er|es|en|em) )?([A-ZÄÖÜ][a-zäöüß]{2,40})\b)"
)
_UNTOUCHED_ONE: Final = word_set(
    "Kapitel Seite Nummer Zimmer Platz Level Stufe Version Gleis Teil Band Bild Punkt Absatz "
    "Artikel Paragraf Nr Klasse Linie Halle Raum Tor Phase Formel Typ Block Liga Komma"
)


def _agree(text: str, speaker: Speaker) -> str:
    """``1 Frau``: the number one in the gender of its noun, in the dative after *mit* and so on."""

    def one(found: re.Match[str]) -> str:
        word, noun = found[1] or "", found[2]
        start = f"{word} " if word else ""
        if word in _UNTOUCHED_ONE or noun in GERMAN_STARTERS or noun in MONTHS:
            return found.group()
        gender = gender_of(noun)
        if word.lower() in _DATIVE:
            return start + ("einer" if gender is Gender.FEMININE else "einem")
        return start + ("eine" if gender is Gender.FEMININE else "ein")

    return _ONE.sub(one, text) if "1" in text else text


def _decimal(speaker: Speaker, number: Number, gender: Gender | None) -> str:
    return f"{speaker.whole(number.whole)} Komma {speaker.digits(number.fraction).replace(',', '')}"


_PARTS: Final = {0: "nulltel", 1: "eintel", 3: "drittel", 7: "siebtel", 8: "achtel"}


_HALF_OF: Final = {
    Gender.MASCULINE: "ein halber",
    Gender.FEMININE: "eine halbe",
    Gender.NEUTER: "ein halbes",
}


def _fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    said = _parts(speaker, whole, over, under)
    if noun is None:
        return said
    if (whole, over, under) == (0, 1, 2) and noun.singular != "Fuß":
        return f"{_HALF_OF[noun.gender]} {noun.singular}"
    return f"{said} {noun.plural if whole > 1 else noun.singular}"


def _parts(speaker: Speaker, whole: int, over: int, under: int) -> str:
    count = "ein" if over == 1 else speaker.cardinal(str(over))
    start = {0: "", 1: "ein"}.get(whole, speaker.cardinal(str(whole)))
    if under == 2:
        halves = "halb" if over == 1 else "halbe"
        return f"{start}ein{halves}" if whole and over == 1 else f"{start} {count} {halves}".strip()
    named = _PARTS.get(under)
    if named is None:
        is_short = under < 20 or (under > 100 and 0 < under % 100 < 20)
        named = speaker.cardinal(str(under)) + ("tel" if is_short else "stel")
    return f"{start} {count} {named[0].upper()}{named[1:]}".strip()


GERMAN: Final = Grammar(
    language="de",
    cardinals={
        None: "spellout-numbering",
        Gender.MASCULINE: "spellout-cardinal-masculine",
        Gender.NEUTER: "spellout-cardinal-neuter",
        Gender.FEMININE: "spellout-cardinal-feminine",
    },
    year_rules="spellout-numbering-year",
    counts_by_years=True,
    adjective_follows=False,
    months=tuple(MONTHS),
    short_months=_SHORT_MONTHS,
    dates=_say_dates,
    times=say_times,
    ordinals=_say_ordinals,
    agree=_agree,
    decimal=_decimal,
    fraction=_fraction,
    gender_of=gender_of,
    mend=str,
    joined=spaced,
    minus="minus",
    plus="plus",
    until="bis",
    per="pro",
    over="von",
    conjunction="und",
    by="mal",
    ratio="zu",
    percent="Prozent",
    per_mille="Promille",
    dot="Punkt",
    scales={
        **dict.fromkeys(("Tausend", "tausend", "Tsd.", "Tsd", "T"), "Tausend"),
        **dict.fromkeys(("Million", "Millionen", "millionen", "Mio.", "Mio"), "Millionen"),
        **dict.fromkeys(("Milliarde", "Milliarden", "milliarden", "Mrd.", "Mrd"), "Milliarden"),
        **dict.fromkeys(("Billion", "Billionen", "Bio.", "Bio"), "Billionen"),
    },
    scale_singulars={
        "Millionen": "Million",
        "Milliarden": "Milliarde",
        "Billionen": "Billion",
    },
    currencies=CURRENCIES,
    cents=CENTS,
    context=CONTEXT,
    ordinal_form="",
    ranks_days=True,
    lone_halves=True,
    units=UNITS,
)

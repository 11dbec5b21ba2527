"""Sums of money, measures and percentages in words, each in the gender of what is counted.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting in the middle of a number, so the time is linear in the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.cldr import UNIT_SIGNS, currency_name, per_unit, unit_name
from voicejob_worker.text.european.grammar import Gender, Grammar, Noun, Speaker
from voicejob_worker.text.european.money_signs import CODE_OF, MONEY_SIGNS
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.money_codes import ACRONYMS, ENDS_PHRASE, SUMS_AHEAD
from voicejob_worker.text.numerals import Number
from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Context

_UNTIL: Final = rf"(?:{BLANK}?[-–−]{BLANK}?(?P<until>{AMOUNT}))?"
_MINUS: Final = rf"(?:(?<![\w.,)\]%])(?P<minus>[-−+±]){BLANK}?)?"
_ENDS: Final = re.compile(r"[\"')]?\s*(?:\Z|\n)")
_FOLLOWING: Final = re.compile(r"[\"')]? ([A-ZÀ-ÞŐŰ]\w*)")
"""Matches a capital; German has them within a sentence, too."""
_EVEN: Final = re.compile(rf"(?<=[0-9])[.,][-–—]{{1,2}}(?={BLANK}|\Z|[€.,;!?)])")
"""Matches the dash that stands for no cents: 5,- €."""
_NO_WHOLE: Final = re.compile(r"(?<=[$€£¥])[.,](?=[0-9])")
_APART: Final = frozenset("KATFNJ")
"""Letters that touch the number in names (4K, class 5A) and stand apart from it as units."""
_BACK: Final = 24
_STREET: Final = re.compile(
    r"(?:gatan|vägen|gränd|torget|stigen|allén|straße|strasse|weg|platz|allee|gasse|utca|út|tér"
    r"|(?<!\w)(?:via|viale|rue|calle|avenida) [\w ]{1,16}),? \Z",
    re.IGNORECASE,
)
"""Matches what stands before the number of a house, whose letter is no unit: 12 A.

Of all languages, for a text has addresses of other countries, too.
"""
_KILOMETRE: Final = re.compile(r"(?<![\w.,] )(?<![\w.,])km(?= [0-9])|(?<=[a-zà-ÿ,] )km(?= [0-9])")
_PERCENT: Final = re.compile(rf"{_MINUS}(?<![\w.,])({AMOUNT}){_UNTIL}{BLANK}?([%‰])")
_PERCENT_TWICE: Final = re.compile(
    rf"(?<=[0-9]){BLANK}?%(?={BLANK}?[-–−]{BLANK}?{AMOUNT}{BLANK}?%)"
)
_SLASHED: Final = r"(?:/(?P<per>[^\W\d_]{1,12}[²³]?)(?![\w/]))?"
_LOWER: Final = {
    sign.lower(): sign
    for sign in (
        *("kWh", "MWh", "GWh", "TWh", "MHz", "GHz", "kHz", "Hz", "kW", "MW", "GW", "TW"),
        *("mV", "kV", "PB", "TB", "GB", "MB", "kB", "kPa", "hPa", "°C", "°F"),
    )
}
"""Typed in lower case, too; none of them is a word of these languages."""
_LIKE: Final = {
    **{"kph": "km/h", "kmh": "km/h", "Km/h": "km/h", "KM/H": "km/h", "cc": "cm³"},
    **{"Kg": "kg", "KG": "kg", "Km": "km", "KM": "km", "CM": "cm"},
    **{"Ml": "ml", "ML": "ml", "Kcal": "kcal", "KCAL": "kcal", "KWh": "kWh", "KW": "kW"},
    "m/s2": "m/s²",
    **{sign.replace("µ", "μ"): sign for sign in UNIT_SIGNS if "µ" in sign},
}


_RATES: Final = {
    **dict.fromkeys(("Mbps", "mbps", "MBit/s"), "Mbit"),
    **dict.fromkeys(("Gbps", "gbps"), "Gbit"),
    **dict.fromkeys(("kbps", "Kbps"), "kbit"),
}
"""What there is so much of in a second."""
_RATE: Final = re.compile(
    rf"{_MINUS}(?<![\w.,/])({AMOUNT})/(min|h|kg|km|km²|l|m²|m³|ml|s)(?![\w²³/]|[.,]\w)"
)
"""Matches what there is so much of for each unit: 4,51/s."""


def say_sums(text: str, speaker: Speaker) -> str:
    """Replace ``12,50 €``, ``$5 Mio.``, ``20-30 %``, ``-5 °C``, ``80 km/h``, ``12 €/Monat``."""
    text = _PERCENT_TWICE.sub("", _EVEN.sub("", _NO_WHOLE.sub("0,", text)))
    text = _say_money(text, speaker)
    if "%" in text or "‰" in text:
        text = _say_percent(text, speaker)
    if "km" in text:
        kilometre = unit_of("km", speaker.grammar)
        text = _KILOMETRE.sub(kilometre.singular if kilometre else "km", text)
    text = _measure_pattern(speaker.grammar).sub(lambda found: _say_measure(found, speaker), text)
    text = _RATE.sub(lambda found: _say_rate(found, speaker), text)
    scales = tuple(scale for scale in speaker.grammar.scales if len(scale) > 1)
    text = _span_of_scale(scales).sub(rf"\1 {speaker.grammar.until} ", text)
    return _scale_pattern(scales).sub(lambda found: _say_scale(found, speaker), text)


def _say_rate(found: re.Match[str], speaker: Speaker) -> str:
    minus, written, unit = found.groups()
    grammar = speaker.grammar
    return f"{_signed(minus, grammar)}{speaker.number(speaker.read(written))}{_per(unit, grammar)}"


def _say_scale(found: re.Match[str], speaker: Speaker) -> str:
    grammar = speaker.grammar
    said = _scaled(found[2], found[3], speaker)
    return _signed(found[1], grammar) + said + _point(found, grammar)


def _say_money(text: str, speaker: Speaker) -> str:
    def spoken(found: re.Match[str]) -> str:
        return _money(found, speaker) or found.group()

    before, after = _money_patterns(speaker.grammar)
    return after.sub(spoken, before.sub(spoken, text))


@lru_cache(8)
def _money_patterns(grammar: Grammar) -> tuple[re.Pattern[str], re.Pattern[str]]:
    signs = one_of((*MONEY_SIGNS, *grammar.currencies, *grammar.lower_codes))
    scale = rf"(?:{BLANK}?(?P<scale>{one_of(grammar.scales)})(?!\w))?"
    amount = rf"(?P<amount>{AMOUNT}){_UNTIL}{scale}"
    joint = rf"(?:{BLANK}(?:{grammar.context.of}))?"
    before = rf"{_MINUS}(?<![\w.,$])(?<![0-9] )(?P<sign>{signs}){BLANK}?{amount}{_SLASHED}"
    before += rf"(?![0-9]|[^\W\d]{{1,3}}(?!\w)|{BLANK}?[%‰])"
    after = rf"{_MINUS}(?<![\w.,$]){amount}{joint}{BLANK}?(?P<sign>{signs})(?!\w){_SLASHED}"
    return re.compile(before), re.compile(after)


def _money(found: re.Match[str], speaker: Speaker) -> str | None:
    grammar = speaker.grammar
    minus, sign, written, until, scale, per = found.group(
        "minus", "sign", "amount", "until", "scale", "per"
    )
    noun = _currency(sign, grammar)
    if noun is None or (sign in ACRONYMS and not _is_sum(found, grammar)):
        return None
    said = _amount(until or written, scale, noun, sign, speaker)
    if until:
        said = f"{speaker.number(speaker.read(written))} {grammar.until} {said}"
    return f"{_signed(minus, grammar)}{said}{_per(per, grammar)}{_point(found, grammar)}"


def _is_sum(found: re.Match[str], grammar: Grammar) -> bool:
    """Whether an acronym is a currency here: 500 PEN, PHP 500; but no SDG 13, no 3 PHP pages."""
    if found.start("sign") < found.start("amount"):
        return found["sign"] in SUMS_AHEAD and len(found["amount"].partition(".")[0]) > 2
    behind = _after_acronym(grammar.context)
    return behind.match(found.string, found.end("sign")) is not None


@lru_cache(8)
def _after_acronym(context: Context) -> re.Pattern[str]:
    """A pattern of what stands behind a sum's acronym: a pause or a short word, no noun."""
    return re.compile(rf"{ENDS_PHRASE}|/|{BLANK}(?!{context.of_noun})[a-zà-ÿ]{{1,3}}(?!\w)")


def _signed(sign: str | None, grammar: Grammar) -> str:
    words = {"-": grammar.minus, "−": grammar.minus, "+": grammar.plus}
    words["±"] = f"{grammar.plus} {grammar.minus}"
    return f"{words[sign]} " if sign else ""


@lru_cache(512)
def _currency(sign: str, grammar: Grammar) -> Noun | None:
    names = grammar.currencies.get(sign) or grammar.currencies.get(CODE_OF.get(sign, sign))
    if names:
        one, _, many = names.partition("|")
        return Noun(one, many or one, grammar.gender_of(one))
    if sign == "₿":
        return Noun("Bitcoin", "Bitcoin", Gender.MASCULINE)
    named = currency_name(grammar.language, CODE_OF.get(sign, sign).upper())
    if named is None:
        return None
    one, many = map(_uncapitalised, named)
    return Noun(one, many, grammar.gender_of(_head(one, grammar)))


def _uncapitalised(name: str) -> str:
    """``schwedische Kronen``: CLDR writes names of several words as in a title."""
    first, blank, rest = name.partition(" ")
    return f"{first.lower()}{blank}{rest}" if rest else name


def _head(noun: str, grammar: Grammar) -> str:
    """The word that the gender hangs on: the first, but the last in German and the north."""
    words = noun.split()
    return words[0] if grammar.adjective_follows else words[-1]


def _amount(written: str, scale: str | None, noun: Noun, sign: str, speaker: Speaker) -> str:
    grammar = speaker.grammar
    if scale:
        return speaker.followed(_scaled(written, scale, speaker), noun.plural)
    number = speaker.read(written)
    fraction = number.fraction.rstrip("0") if len(number.fraction) > 2 else number.fraction
    cents = _cents(sign, grammar)
    if cents is None or len(fraction) > 2:
        return speaker.count(Number(number.whole, fraction), noun)
    parts = Number(fraction.ljust(2, "0").lstrip("0"))
    units = speaker.count(Number(number.whole), noun)
    if not fraction or not parts.whole:
        return units
    said = speaker.count(parts, cents)
    if not number.whole.strip("0"):
        return said
    return f"{units} {grammar.cents_joint} {said}".replace("  ", " ")


@lru_cache(512)
def _cents(sign: str, grammar: Grammar) -> Noun | None:
    names = grammar.cents.get(sign) or grammar.cents.get(CODE_OF.get(sign, sign).upper())
    names = names if names is not None else grammar.cents.get("", "")
    if not names:
        return None
    one, _, many = names.partition("|")
    return Noun(one, many or one, grammar.gender_of(one))


def _scaled(written: str, scale: str, speaker: Speaker) -> str:
    """``2,5 Mio.``: the number and its million."""
    grammar = speaker.grammar
    word = grammar.scales[scale]
    number = speaker.read(written)
    one = grammar.scale_singulars.get(word, word)
    noun = Noun(one, word, grammar.gender_of(one))
    if number.is_one and one in grammar.bare_scales:
        return one
    return speaker.count(number, noun).replace("  ", " ")


@lru_cache(8)
def _span_of_scale(scales: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of the lower end of 5-10 mil, and the sign behind it."""
    behind = rf"{AMOUNT}{BLANK}?(?:{one_of(scales)})(?!\w)(?![.,][0-9])"
    return re.compile(rf"(?<![\w.,-])({AMOUNT})[-–](?={behind})")


@lru_cache(8)
def _scale_pattern(scales: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"{_MINUS}(?<![\w.,])({AMOUNT}){BLANK}?({one_of(scales)})(?!\w)(?![.,][0-9])"
    )


def _per(slash: str | None, grammar: Grammar) -> str:
    if not slash:
        return ""
    if slash in grammar.per_words:
        return f" {grammar.per_words[slash]}"
    named = per_unit(grammar.language, slash) if slash in UNIT_SIGNS else ""
    if named and not named.startswith("/"):
        return f" {named.replace('’', chr(39))}"
    unit = unit_of(slash, grammar)
    return f" {grammar.per} {unit.singular if unit else slash}"


def _say_percent(text: str, speaker: Speaker) -> str:
    grammar = speaker.grammar

    def spoken(found: re.Match[str]) -> str:
        minus, written, until, mark = found.groups()
        words = grammar.percent if mark == "%" else grammar.per_mille
        number = speaker.read(until or written)
        gender = None if number.is_one else grammar.gender_of(words)
        said = f"{speaker.number(number, gender)} {words}"
        if until:
            said = f"{speaker.number(speaker.read(written))} {grammar.until} {said}"
        return _signed(minus, grammar) + said

    return _PERCENT.sub(spoken, text)


@lru_cache(8)
def unit_pattern(grammar: Grammar) -> str:
    """A pattern of the signs of units."""
    return one_of({*UNIT_SIGNS, *_LOWER, *_LIKE, *_RATES, *grammar.units})


@lru_cache(8)
def _measure_pattern(grammar: Grammar) -> re.Pattern[str]:
    units = unit_pattern(grammar)
    scale = rf"(?:{BLANK}(?P<scale>{one_of(grammar.scales)})(?!\w))?"
    return re.compile(
        rf"{_MINUS}(?<![\w.,])({AMOUNT}){_UNTIL}{scale}{BLANK}?(?P<sign>{units})(?![\w²³]|'|(?<=[A-Z])\.\w)"
        rf"{_SLASHED}(?!/)"
    )


def _say_measure(found: re.Match[str], speaker: Speaker) -> str:
    minus, written, until, scale, sign, per = found.groups()
    grammar = speaker.grammar
    noun = unit_of(sign, grammar)
    touches = found.string[found.start("sign") - 1].isdigit()
    ahead = found.string[max(found.start() - _BACK, 0) : found.start()]
    if noun is None or (sign in _APART and (touches or _STREET.search(ahead))):
        return found.group()
    if not _is_unit(found, sign, grammar):
        return found.group()
    if scale:
        said = speaker.followed(_scaled(written, scale, speaker), noun.plural)
    else:
        said = speaker.count(speaker.read(until or written), noun)
    if until:
        said = f"{speaker.number(speaker.read(written))} {grammar.until} {said}"
    said = f"{_signed(minus, grammar)}{said}{_per(per, grammar)}".replace("  ", " ")
    return said + _point(found, grammar)


def _is_unit(found: re.Match[str], sign: str, grammar: Grammar) -> bool:
    """Whether a sign that is a word, too, is a unit here: a motor of 200 CV, no 200 CV received."""
    evidence = grammar.context.unit_ahead.get(sign)
    if evidence is None:
        return True
    ahead = found.string[max(found.start() - 2 * _BACK, 0) : found.start()]
    if evidence.search(ahead):
        return True
    return re.compile(grammar.context.unit_behind).match(found.string, found.end()) is not None


def _point(found: re.Match[str], grammar: Grammar) -> str:
    """The point of a sign (Ft., Min.), where it ends the sentence, too."""
    if not found.group().endswith("."):
        return ""
    following = _FOLLOWING.match(found.string, found.end())
    if following is None:
        return "." if _ENDS.match(found.string, found.end()) else ""
    if not grammar.context.nouns_have_capitals:
        return "."
    lexicon = lexicon_for(grammar.language)
    return "." if lexicon and following[1] in lexicon.starters else ""


@lru_cache(512)
def unit_of(sign: str, grammar: Grammar) -> Noun | None:
    """What a unit's sign stands for; None if it is called nothing."""
    if sign in _RATES and "bit" not in sign.lower()[:3]:
        base = unit_of(_RATES[sign], grammar)
        second = _per("s", grammar)
        if base is not None:
            return Noun(base.singular + second, base.plural + second, base.gender)
    own = grammar.units.get(sign)
    if own:
        one, _, many = own.partition("|")
        return Noun(one, many or one, grammar.gender_of(_head(one, grammar)))
    sign = _LIKE.get(sign, sign)
    sign = _LOWER.get(sign, sign)
    if sign not in UNIT_SIGNS:
        return None
    named = unit_name(grammar.language, sign)
    if named is None:
        return None
    one, many = (name.replace("’", "'") for name in named)
    return Noun(one, many, _unit_gender(one, grammar))


def _unit_gender(noun: str, grammar: Grammar) -> Gender:
    return grammar.gender_of(noun.split(maxsplit=1)[0])


def sign_pattern(grammar: Grammar) -> str:
    """A pattern of an amount and the sign of a unit or a currency behind it."""
    signs = one_of({*MONEY_SIGNS, *grammar.currencies, *UNIT_SIGNS, *grammar.units})
    scale = rf"(?:{BLANK}?(?P<scale>{one_of(grammar.scales)})(?!\w))?"
    return rf"{_MINUS}(?<![\w.,])(?P<amount>{AMOUNT}){scale}{BLANK}?(?P<sign>{signs})"


def counted_with_sign(found: re.Match[str], speaker: Speaker) -> str | None:
    """What was found by ``sign_pattern`` in words; None if the sign is called nothing."""
    grammar = speaker.grammar
    minus, written, scale, sign = found.group("minus", "amount", "scale", "sign")
    currency = sign in MONEY_SIGNS or sign in grammar.currencies
    noun = _currency(sign, grammar) if currency else unit_of(sign, grammar)
    if noun is None:
        return None
    if scale:
        said = speaker.followed(_scaled(written, scale, speaker), noun.plural)
    elif currency:
        said = _amount(written, None, noun, sign, speaker)
    else:
        said = speaker.count(speaker.read(written), noun)
    return _signed(minus, grammar) + said

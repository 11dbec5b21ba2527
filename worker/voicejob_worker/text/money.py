"""Sums of money in words: signs and codes before and after the sum, scales, cents, ranges."""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Number, Numerals

_CURRENCY_OF_SIGN: Final = {
    "US$": "USD",
    "U$": "USD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "USD": "USD",
    "EUR": "EUR",
    "GBP": "GBP",
    "JPY": "JPY",
    "BRL": "BRL",
    "INR": "INR",
}
_SIGN: Final = "|".join(map(re.escape, _CURRENCY_OF_SIGN))
_BARE_SIGN: Final = re.compile(r"(?<=[^\W\d_] )(US\$|U\$|R\$|[$€£¥₹])(?![\w$])")
_CENTS: Final = re.compile(rf"(?<![\w.,])({AMOUNT}){BLANK}?¢")


def say_money(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace ``R$ 1.234,56``, ``$5.2 million``, ``5 €``, ``$10-20`` by words."""

    def spoken(found: re.Match[str]) -> str:
        minus, sign, written, until, scale, per = found.groups()
        said = _say(sign, written, scale, numerals, lexicon)
        if until:
            first = numerals.before_noun(numerals.read(written), lexicon.one_before_noun)
            said = f"{first} {lexicon.until} {_say(sign, until, scale, numerals, lexicon)}"
        runs_on = found.string[found.end() : found.end() + 1].isalnum() and not per
        after = " " if runs_on else ""
        return _minus(minus, lexicon) + said + _per(per, lexicon) + after

    def spoken_after(found: re.Match[str]) -> str:
        minus, written, scale, sign, per = found.groups()
        said = _say(sign, written, scale, numerals, lexicon)
        return _minus(minus, lexicon) + said + _per(per, lexicon)

    before, after = _patterns((*lexicon.scales, *lexicon.scale_signs))
    text = after.sub(spoken_after, before.sub(spoken, text))
    if any(sign in text for sign in "$€£¥₹"):
        text = _BARE_SIGN.sub(
            lambda found: lexicon.currencies[_CURRENCY_OF_SIGN[found[1]]].plural, text
        )
    return _CENTS.sub(rf"\1 {lexicon.currencies['USD'].cents}", text)


@lru_cache(8)
def _patterns(scales: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns for ``$5 million`` and ``5 million €``."""
    longest_first = sorted(map(re.escape, scales), key=len, reverse=True)
    scale = rf"(?:{BLANK}?({'|'.join(longest_first)})(?!\w))?"
    until = rf"(?:{BLANK}?[-–−]{BLANK}?({AMOUNT}))?"
    per = r"(/(?=[^\W\d]))?"
    before = rf"(?<![\w$.,])([-−]{BLANK}?)?({_SIGN}){BLANK}?({AMOUNT}){until}{scale}{per}"
    joint = rf"(?:{BLANK}(?:de|di|d'))?"
    after = rf"(?<![\w.,])([-−]?)({AMOUNT}){scale}{joint}{BLANK}?({_SIGN})(?!\w){per}"
    return re.compile(before), re.compile(after)


def _minus(sign: str | None, lexicon: Lexicon) -> str:
    return f"{lexicon.minus} " if sign else ""


def _per(slash: str | None, lexicon: Lexicon) -> str:
    return f" {lexicon.per or ''} ".replace("  ", " ") if slash else ""


def _say(sign: str, written: str, scale: str | None, numerals: Numerals, lexicon: Lexicon) -> str:
    currency = lexicon.currencies[_CURRENCY_OF_SIGN[sign]]
    number = numerals.read(written)
    if scale:
        return _say_scaled(number, scale, currency.plural, numerals, lexicon)
    if len(number.fraction) > 2:
        return numerals.count(number, currency.singular, currency.plural, currency.one)
    cents = Number(number.fraction.ljust(2, "0").lstrip("0"))
    units = Number(number.whole)
    units_said = numerals.count(units, currency.singular, currency.plural, currency.one)
    if not number.fraction or not cents.whole:
        return units_said
    cents_said = numerals.count(cents, currency.cent, currency.cents)
    if not number.whole.strip("0"):
        return cents_said
    return f"{units_said} {lexicon.cents_joint} {cents_said}"


def _say_scaled(
    number: Number, scale: str, plural: str, numerals: Numerals, lexicon: Lexicon
) -> str:
    """``5 million dollars``, ``dois bilhões de reais``, ``mil reais``."""
    word = lexicon.scale_signs.get(scale, scale)
    if numerals.takes_singular(number):
        word = lexicon.scale_singulars.get(word, word)
    if word != lexicon.scales[0]:
        return f"{numerals.say(number)} {word} {numerals.of(plural)}"
    said = numerals.count(number, word, word).strip()
    if lexicon.of and number.is_one:
        said = word
    return f"{said} {plural}"

"""Sums of money in words: signs and codes before and after the sum, scales, cents, ranges."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.lexicon import Currency, Lexicon
from voicejob_worker.text.money_codes import ACRONYMS, ENDS_PHRASE, SUMS_AHEAD
from voicejob_worker.text.numerals import Number, Numerals
from voicejob_worker.text.wordlists import one_of

_CURRENCY_OF_SIGN: Final = {
    **{"US$": "USD", "U$": "USD", "R$": "BRL", "A$": "AUD", "AU$": "AUD", "C$": "CAD"},
    **{"CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "MX$": "MXN"},
    **{"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB"},
    **{"₺": "TRY", "₴": "UAH", "₫": "VND", "₱": "PHP", "₦": "NGN", "₪": "ILS", "฿": "THB"},
    **{"₿": "BTC", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₾": "GEL"},
    **{"₼": "AZN", "₭": "LAK", "₮": "MNT", "֏": "AMD"},
    **{"Rs.": "INR", "Rs": "INR", "RMB": "CNY", "zł": "PLN", "Kč": "CZK"},
}
_SUMS: Final = frozenset({"COP", "MAD", "PHP", "RON", "SAR", "TRY"})
"""Acronyms that are money before the words of ``_BEHIND_SUMS``, too."""
_BEHIND_SUMS: Final = (
    r" (?:for|per|each|an?|to|in|and|or|is|was|on|from|por|ao?|em|e|ou|é|foi|para|no|na)\b"
)
_BARE_SIGN: Final = re.compile(r"(?<=[^\W\d_] )(US\$|U\$|R\$|[$€£¥₹])(?![\w$])")
_MINUS_BEHIND_SIGN: Final = re.compile(r"((?:\b[A-Z]{1,2})?[$€£¥]) ?[-−](?=[0-9])")
_NAMED_TWICE: Final = re.compile(
    r"\b((?:de )?(?:dollars|euros|pounds|yen|rupees|dólares|reais|libras)) \1\b"
)
"""Matches what is said of ``$5 billion dollars``."""
_CENTS: Final = re.compile(rf"(?<![\w.,])({AMOUNT}){BLANK}?¢")


def say_money(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace ``R$ 1.234,56``, ``$5.2 million``, ``5 €``, ``$10-20`` by words."""

    def spoken(found: re.Match[str]) -> str:
        minus, sign, written, until, scale, per = found.groups()
        currency = _currency(sign, found, lexicon)
        said = _say(currency, written, scale, numerals, lexicon)
        if until:
            first = numerals.before_noun(numerals.read(written), lexicon.one_before_noun)
            said = f"{first} {lexicon.until} {_say(currency, until, scale, numerals, lexicon)}"
        runs_on = found.string[found.end() : found.end() + 1].isalnum() and not per
        after = " " if runs_on else ""
        return _minus(minus, lexicon) + said + _per(per, lexicon) + after

    def spoken_after(found: re.Match[str]) -> str:
        minus, written, scale, sign, per = found.groups()
        currency = _currency(sign, found, lexicon)
        said = _say(currency, written, scale, numerals, lexicon)
        return _minus(minus, lexicon) + said + _per(per, lexicon)

    scales, codes = (*lexicon.scales, *lexicon.scale_signs), tuple(lexicon.currencies)
    before, after, joint = _patterns(scales, codes)
    if "-" in text or "–" in text:
        text = joint.sub(rf"\1 {lexicon.until} ", text)
    if any(sign in text for sign in "$€£¥"):
        text = _MINUS_BEHIND_SIGN.sub(r"-\1", text)
    text = _NAMED_TWICE.sub(r"\1", after.sub(spoken_after, before.sub(spoken, text)))
    if any(sign in text for sign in "$€£¥₹"):
        text = _BARE_SIGN.sub(
            lambda found: lexicon.currencies[_CURRENCY_OF_SIGN[found[1]]].plural, text
        )
    return _CENTS.sub(rf"\1 {lexicon.currencies['USD'].cents}", text)


@lru_cache(8)
def _patterns(
    scales: tuple[str, ...], codes: tuple[str, ...]
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The patterns of ``$5 million`` and ``5 million €``, and of the dash in ``$5m–$7m``."""
    scale = rf"(?:(?:{BLANK}|-)?({one_of(scales)})(?!\w))?"
    signs = [sign for sign, code in _CURRENCY_OF_SIGN.items() if code in codes]
    leading = one_of(
        (
            *(sign for sign in signs if sign not in ACRONYMS),
            *(code for code in codes if code not in ACRONYMS),
        )
    )
    until = rf"(?:{BLANK}?[-–−]{BLANK}?(?:{leading})?{BLANK}?({AMOUNT}))?"
    per = r"(/(?=[^\W\d]))?"
    long_sum = rf"(?:{one_of(SUMS_AHEAD)})(?={BLANK}?[0-9][0-9,]{{2}})"
    before = rf"(?<![\w$.,])([-−]{BLANK}?)?({leading}|{long_sum}){BLANK}?({AMOUNT}){until}{scale}"
    before += rf"(?!{BLANK}?%){per}"
    joint = rf"(?:{BLANK}(?:de|di|d'))?"
    trailing = one_of((*signs, *(code for code in codes if code not in ACRONYMS)))
    trailing += rf"|(?:{one_of(ACRONYMS & {*codes})})(?={ENDS_PHRASE}|/)"
    trailing += rf"|(?:{one_of(_SUMS & {*codes})})(?={_BEHIND_SUMS})"
    after = rf"(?<![\w.,])([-−]?)({AMOUNT}){scale}{joint}{BLANK}?({trailing})(?!\w){per}"
    range_of_sums = rf"(?<=[0-9])({BLANK}?(?:{one_of(scales)}))[-–](?=(?:{leading}){BLANK}?[0-9])"
    return re.compile(before), re.compile(after), re.compile(range_of_sums)


def _currency(sign: str, found: re.Match[str], lexicon: Lexicon) -> Currency:
    """The names of a currency; of one that describes a noun the singular alone."""
    currency = lexicon.currencies[_CURRENCY_OF_SIGN.get(sign, sign)]
    if lexicon.amounts.is_attributive(found.string, *found.span()):
        return replace(currency, plural=currency.singular)
    return currency


def _minus(sign: str | None, lexicon: Lexicon) -> str:
    return f"{lexicon.minus} " if sign else ""


def _per(slash: str | None, lexicon: Lexicon) -> str:
    return f" {lexicon.per or ''} ".replace("  ", " ") if slash else ""


def _say(
    currency: Currency, written: str, scale: str | None, numerals: Numerals, lexicon: Lexicon
) -> str:
    number = numerals.read(written)
    if scale:
        return _say_scaled(number, scale, currency.plural, numerals, lexicon)
    if len(number.fraction.rstrip("0")) > 2 or currency.plural.startswith("bitcoin"):
        return numerals.count(number, currency.singular, currency.plural, currency.one)
    cents = Number(number.fraction.ljust(2, "0")[:2].lstrip("0"))
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

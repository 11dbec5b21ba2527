"""Signs that stand for a word: # & @ + = × © and the like, and units without a number."""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.wordlists import one_of

_NUMBER_SIGN: Final = re.compile(
    r"(?:#|\b[nN]\.?[º°] ?|(?:(?<=[\w,;:] )|(?<=[(\"])|\A|(?<=\n))No\. )(?=[0-9])"
)
_NUMBERS_SIGN: Final = re.compile(r"\b[nN]\.?[º°]s ?(?=[0-9])")
_HASHTAG: Final = re.compile(r"(?<![\w#])#(?=[^\W\d_])")
AND: Final = re.compile(r"(?<=\w) ?& ?(?=\w)|(?<=\S) & (?=\S)")
AT: Final = re.compile(r"(?<=\w) ?@ ?(?=\w)|(?<!\w)@(?=\w)")
_DOUBLE_PLUS: Final = re.compile(r"(?<=[A-Za-z])\+\+(?!\w)")
_PLUS: Final = re.compile(r"(?<=[\w)]) ?\+ ?(?=[\w(])|(?<!\S)\+(?=\w)")
_EQUALS: Final = re.compile(r"(?<=[\w)]) ?= ?(?=[\w(])")
TIMES: Final = re.compile(r"(?<=\w) ?× ?(?=\w)")
_POWER: Final = re.compile(r"(?<=[0-9])\^(?=[0-9])")
_LESS: Final = re.compile(r"(?<=\w) < (?=\w)|(?<=[0-9])<(?=[0-9])")
_GREATER: Final = re.compile(r"(?<=\w) > (?=\w)|(?<=[0-9])>(?=[0-9])")
_SHARP: Final = re.compile(r"(?<=\b[A-G])#(?!\w)")
_COPYRIGHT: Final = re.compile(r"© ?(?=\w)")
_TRADEMARK: Final = re.compile(r"(?<=\w)[™®]")
_SPACED_SLASH: Final = re.compile(r"(?<=\w) / (?=\w)")
_SLASH: Final = re.compile(r"(?<=\w)/(?=\w)")


def say_signs(text: str, lexicon: Lexicon) -> str:
    """Signs that stand for a word, where they stand beside one."""
    for sign, pattern, word in _sign_words(lexicon):
        if sign in text:
            text = pattern.sub(word, text)
    return text


def say_number_signs(text: str, lexicon: Lexicon) -> str:
    """Replace ``#`` and ``nº`` before a number, ``nºs`` before several."""
    if any(sign in text for sign in ("#", "º", "°", "No.")):
        text = _NUMBER_SIGN.sub(f"{lexicon.number} ", text)
        text = _NUMBERS_SIGN.sub(f"{lexicon.number}s ", text)
    return text


def _sign_words(lexicon: Lexicon) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    return (
        ("#", _HASHTAG, f"{lexicon.hashtag} "),
        ("&", AND, f" {lexicon.conjunction} "),
        ("@", AT, f" {lexicon.at} "),
        ("++", _DOUBLE_PLUS, f" {lexicon.plus} {lexicon.plus}"),
        ("+", _PLUS, f" {lexicon.plus} "),
        ("=", _EQUALS, f" {lexicon.equals} "),
        ("×", TIMES, f" {lexicon.times} "),
        ("^", _POWER, f" {lexicon.power} "),
        ("<", _LESS, f" {lexicon.less} "),
        (">", _GREATER, f" {lexicon.greater} "),
        ("#", _SHARP, " sharp"),
        ("©", _COPYRIGHT, f"{lexicon.copyright} "),
        ("™", _TRADEMARK, f" {lexicon.trademark}"),
        ("®", _TRADEMARK, f" {lexicon.trademark}"),
        ("/", _SPACED_SLASH, f" {lexicon.address.slash} "),
        ("/", _SLASH, " "),
    )


def say_bare_units(text: str, lexicon: Lexicon) -> str:
    """Replace units that count nothing: ``em km/h``, ``por kg``, ``km 12``."""
    if not lexicon.bare_units:
        return text

    def spoken(found: re.Match[str]) -> str:
        slash, sign, number = found.groups()
        singular, plural = lexicon.units[sign]
        if slash:
            return f" {lexicon.per} {singular}"
        before = found.string[max(found.start() - 6, 0) : found.start()]
        is_one = number or before.endswith(_ONE_BEFORE)
        return (singular if is_one else plural) + (number or "")

    def per(found: re.Match[str]) -> str:
        return lexicon.per_units.get(found[1]) or lexicon.units[found[1]][0]

    if f" {lexicon.per} " in text:
        signs = (*lexicon.units, *lexicon.per_units)
        text = _after_per(signs, lexicon.per).sub(per, text)
    return _bare_unit_pattern(lexicon.bare_units).sub(spoken, text)


_ONE_BEFORE: Final = (" por ", " per ", " cada ", " um ", " a ", " o ", " no ", " do ", " one ")


@lru_cache(4)
def _bare_unit_pattern(signs: frozenset[str]) -> re.Pattern[str]:
    units = one_of(signs)
    return re.compile(
        rf"(?:(?<=[^\W\d_])(/)|(?<![\w.,/&'-]))({units})(?![\w/&'-]|\.\w)( (?=[0-9]))?"
    )


@lru_cache(4)
def _after_per(signs: tuple[str, ...], per: str) -> re.Pattern[str]:
    """``per h``: after the word even a lone letter is a unit."""
    units = one_of(set(signs) - _NEVER_PER)
    return re.compile(rf"(?<= {per} )({units})(?![\w/&'-]|\.[\w])")


_NEVER_PER: Final = frozenset({"x", "mi", "bi", "V", "W", "°"})

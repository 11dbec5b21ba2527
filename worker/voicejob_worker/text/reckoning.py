"""Sums that are reckoned, in words: ``7 - 4 = 3``, ``10 : 2 = 5``, ``6 × 7 = 42``, ``x²``, ``≥ 5``.

A sign between numbers is one of a span, a ratio, a size or a fraction; an equals sign beside them
tells that they are reckoned with. Languages with a table (``Lexicon.relations``) say comparisons
and powers by it; the words of the others are
``symbols``'.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting within a number, so the time is linear in the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.symbols import symbols_of
from voicejob_worker.text.symbols.schema import COMPARISONS, Reckoning

_TERM: Final = rf"\(?[-−]?{AMOUNT}\)?"
_SIGN: Final = r"(?: ?[-−+×÷*·⋅=] ?| ?x ?(?=[0-9])| [:/] )"
_EQUATION: Final = re.compile(rf"(?<![\w.,:/+*=×÷−-]){_TERM}(?:{_SIGN}{_TERM}){{2,16}}+(?![\w%])")
_OPERATOR: Final = re.compile(r"(?<=[0-9)]) ?([-−+×÷*·⋅=:/x]) ?(?=[(0-9−-])")
_DIVIDED: Final = re.compile(r"(?<=[0-9)]) ?÷ ?(?=[(0-9])")
_DASH_AS_MINUS: Final = re.compile(
    r"(?<=[(\[])–(?=[0-9])|(?<=[^\d\s.] )–(?=[0-9])"
    r"|(?<![\w.,–-])(?<![\w.,–-] )–(?=[0-9][0-9.,]{0,9} ?[%°])"
)
"""Matches a dash that touches its number, and has no number before it."""
_MINUS_SIGN: Final = re.compile(
    r"(?<=[^\W\d]|[)²³]) − (?=[\w(√])|(?<=[0-9]) − (?=[^\W\d]|[(√])|(?<![\w)])−(?=[^\W\d]|[(√])"
)
"""Matches it where it stands between no two numbers."""
_TEN: Final = re.compile(r"(?<=[0-9])(?:[eE][-+0-9]| ?[×x·*⋅] ?10[⁰¹²³⁴-⁹⁻^])")
_EXPONENT: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})[eE](?:\+(?=[0-9])|(?=-)"
    r"|(?<=[.,][0-9][eE])|(?<=[.,][0-9]{2}[eE])|(?<=[.,][0-9]{3}[eE]))(-?[0-9]{1,3})(?!\w)"
)
_TIMES_TEN: Final = re.compile(r"(?<=[0-9]) ?[×x·*⋅] ?10(?=[⁰¹²³⁴-⁹⁻^])")
_COMPARED: Final = re.compile(rf"(?: ?(>=|<=|!=|[≥⩾≤⩽≠≈<>√])) ?([-−]?{AMOUNT}|[A-Za-z](?!\w))")
_COMPARABLE: Final = re.compile(r"(?:[0-9%°℃),;(]|(?<![A-Za-z])[A-Za-z]) ?\Z")
"""Matches what < and > compare, or the mark of a list; others part the steps of a menu."""
_PLAIN: Final = {">=": "≥", "⩾": "≥", "<=": "≤", "⩽": "≤", "!=": "≠"}
_POWER: Final = re.compile(
    r"(?<=[\w)])(?:([⁺⁻]?)([⁰¹⁴-⁹][⁰¹²³⁴-⁹]{0,8}|[²³][⁰¹²³⁴-⁹]{1,8}|(?<=⁻)[²³])"
    r"|\^\(?([-−]?)([0-9]{1,9})\)?)"
)
_LOW: Final = re.compile(r"(?<=\w) ?([²³])")
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NEEDS_A_LOOK: Final = re.compile("[÷≥⩾≤⩽≠≈<>√^⁰¹⁴-⁹⁻!]|[²³][⁰¹²³⁴-⁹]")


@lru_cache(32)
def _reckoning(language: str) -> Reckoning | None:
    lexicon = lexicon_for(language)
    if lexicon is None:
        return symbols_of(language).reckoning
    return Reckoning(
        lexicon.plus,
        lexicon.minus,
        lexicon.times,
        lexicon.relations.get("÷", ""),
        lexicon.equals,
        times_by_ending=lexicon.times_by_ending,
    )


def say_equations(text: str, language: str) -> str:
    """Replace the signs between numbers that an equals sign goes with."""
    words = _reckoning(language) if "=" in text else None
    if words is None:
        return text
    named = {
        **dict.fromkeys("-−", words.minus),
        **dict.fromkeys("×*·⋅x", words.times),
        **dict.fromkeys("÷:/", words.divided),
        "+": words.plus,
        "=": words.equals,
    }
    if words.times_by_ending:
        named = {sign: word for sign, word in named.items() if sign not in "×*·⋅x"}

    def sign(found: re.Match[str]) -> str:
        said = named.get(found[1])
        return f"{words.between}{said}{words.between}" if said else found.group()

    def equation(found: re.Match[str]) -> str:
        return _OPERATOR.sub(sign, found.group()) if "=" in found.group() else found.group()

    return _EQUATION.sub(equation, text)


def with_minus_signs(text: str) -> str:
    """Write a hyphen for the dashes that are typed for a minus: (–15 %), bei –5 °C."""
    return _DASH_AS_MINUS.sub("-", text) if "–" in text else text


def say_minus_signs(text: str, language: str) -> str:
    """Replace the sign that is nothing but a minus (−), between what is reckoned with."""
    if "−" not in text:
        return text
    words = _reckoning(language)
    if words is None:
        return text
    joined = f"{words.between}{words.minus}{words.between}"
    return _MINUS_SIGN.sub(
        lambda found: joined if found.group()[0] == " " else joined.lstrip(), text
    )


def say_scientific(text: str, language: str) -> str:
    """Replace 6.02×10²³ and 1.5e-5 by a number, *times*, and a power of ten."""
    if _TEN.search(text) is None:
        return text
    words = _reckoning(language)
    if words is None:
        return text
    about = words.between
    text = _EXPONENT.sub(rf"\1{about}{words.times}{about}10^\2", text)
    return _TIMES_TEN.sub(f"{about}{words.times}{about}10", text)


def say_comparisons(text: str, language: str) -> str:
    """Replace ÷, ≥ and the like, √ and high powers, for languages without a table."""
    words = _reckoning(language) if _NEEDS_A_LOOK.search(text) else None
    if words is None or not words.compared:
        return text
    said_so = zip(COMPARISONS, words.compared, strict=True)
    templates = {sign: template for sign, template in said_so if template}
    about = words.between

    def compared(found: re.Match[str]) -> str:
        if found[1] not in templates and _PLAIN.get(found[1]) not in templates:
            return found.group()  # the language's own module says roots
        if found[1] in ("<", ">") and not _COMPARABLE.search(
            found.string, max(found.start() - 4, 0), found.start()
        ):
            return found.group()
        said = templates[_PLAIN.get(found[1], found[1])].format(found[2])
        before = found.string[max(found.start() - 1, 0) : found.start()]
        return f"{about if before.isalnum() else ' ' if found.group()[0] == ' ' else ''}{said}"

    def power(found: re.Match[str]) -> str:
        minus = f"{words.minus}{about}" if (found[1] or found[3] or "⁺") in "⁻-−" else ""
        small = {"2": words.square, "3": words.cube}.get(found[4] or "")
        if small and not minus:
            return about + small
        raised = minus + (found[2] or found[4]).translate(_RAISED)
        if "{}" in words.power:
            return about + words.power.format(raised)
        return f"{about}{words.power}{about}{raised}"

    text = _DIVIDED.sub(f"{about}{words.divided}{about}", text)
    return _POWER.sub(power, _COMPARED.sub(compared, text))


def say_squares(text: str, language: str) -> str:
    """Replace the ² and ³ that no unit has taken, for languages without a table."""
    if "²" not in text and "³" not in text:
        return text
    words = _reckoning(language)
    if words is None or not words.square:
        return text
    named = {"²": words.square, "³": words.cube}
    return _LOW.sub(lambda found: f"{words.between}{named[found[1]]}", text)

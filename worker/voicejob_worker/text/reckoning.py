"""Sums that are reckoned, in words: ``7 - 4 = 3``, ``10 : 2 = 5``, ``6 × 7 = 42``, ``x²``, ``≥ 5``.

A sign between numbers is one of a span, a ratio, a size or a fraction; an equals sign beside them
tells that they are reckoned with. Languages with a table (``Lexicon.relations``) say comparisons
and powers by it; the words of the others are here.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting within a number, so the time is linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import lexicon_for

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
    rf"(?<![\w.,])({AMOUNT})[eE](?:\+(?=[0-9])|(?=-)|(?<=[.,][0-9][eE]))(-?[0-9]{{1,3}})(?!\w)"
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
_COMPARISONS: Final = ("≥", "≤", "≠", "≈", "<", ">", "√")
_NEEDS_A_LOOK: Final = re.compile("[÷≥⩾≤⩽≠≈<>√^⁰¹⁴-⁹⁻!]|[²³][⁰¹²³⁴-⁹]")


@dataclass(frozen=True)
class Reckoning:
    """What the signs are called.

    ``power``: before its number, or about it as ``{}``. ``compared``: in the order of
    ``_COMPARISONS``, ``{}`` being what stands behind the sign. ``between``: stands about a word.
    """

    plus: str
    minus: str
    times: str
    divided: str
    equals: str
    power: str = ""
    square: str = ""
    cube: str = ""
    compared: tuple[str, ...] = ()
    between: str = " "


_OWN: Final = {
    "ru": (
        "плюс|минус|умножить на|разделить на|равно|в степени|в квадрате|в кубе",
        "не меньше {}|не больше {}|не равно {}|примерно {}|меньше {}|больше {}|корень из {}",
    ),
    "ar": (
        "زائد|ناقص|ضرب|تقسيم|يساوي|أس|تربيع|تكعيب",
        "أكبر من أو يساوي {}|أصغر من أو يساوي {}|لا يساوي {}|حوالي {}|أقل من {}|أكثر من {}"
        "|الجذر التربيعي {}",
    ),
    "hi": (
        "प्लस|माइनस|गुणा|भाग|बराबर|की घात|का वर्ग|का घन",
        "{} या उससे ज़्यादा|{} या उससे कम|{} के बराबर नहीं|लगभग {}|{} से कम|{} से ज़्यादा|वर्गमूल {}",
    ),
    "zh": (
        "加|减|乘|除以|等于|的{}次方|的平方|的立方",
        "大于等于{}|小于等于{}|不等于{}|约等于{}|小于{}|大于{}|根号{}",
    ),
    "ja": (
        "プラス|マイナス|かける|割る|イコール|の{}乗|の二乗|の三乗",
        "{}以上|{}以下|ノットイコール{}|約{}|{}未満|{}超|ルート{}",
    ),
    "ko": (
        "더하기|빼기|곱하기|나누기|는|의 {}제곱|의 제곱|의 세제곱",
        "{} 이상|{} 이하|같지 않다 {}|약 {}|{} 미만|{} 초과|루트 {}",
    ),
    "nl": (
        "plus|min|keer|gedeeld door|is|tot de macht|kwadraat|tot de derde",
        "minstens {}|hoogstens {}|niet gelijk aan {}|ongeveer {}|minder dan {}|meer dan {}"
        "|wortel {}",
    ),
    "pl": (
        "plus|minus|razy|podzielić przez|równa się|do potęgi|do kwadratu|do sześcianu",
        "co najmniej {}|co najwyżej {}|nie równa się {}|około {}|mniej niż {}|więcej niż {}"
        "|pierwiastek z {}",
    ),
    "cs": (
        "plus|minus|krát|děleno|rovná se|na|na druhou|na třetí",
        "nejméně {}|nejvýše {}|nerovná se {}|přibližně {}|méně než {}|více než {}|odmocnina z {}",
    ),
    "tr": (
        "artı|eksi|çarpı|bölü|eşittir|üzeri|kare|küp",
        "en az {}|en fazla {}|eşit değil {}|yaklaşık {}|{} altında|{} üzerinde|karekök {}",
    ),
}
"""Languages without a table: the signs' words, and the comparisons in ``_COMPARISONS``' order."""
_JOINED: Final = frozenset({"zh", "ja"})
"""Written without blanks."""


@lru_cache(32)
def _reckoning(language: str) -> Reckoning | None:
    primary = primary_subtag(language)
    primary = "zh" if primary in ("cmn", "yue") else primary
    lexicon = lexicon_for(language)
    if lexicon is not None:
        divided = lexicon.relations.get("÷", "")
        return Reckoning(lexicon.plus, lexicon.minus, lexicon.times, divided, lexicon.equals)
    if primary not in _OWN:
        return None
    signs, compared = _OWN[primary]
    plus, minus, times, divided, equals, power, square, cube = signs.split("|")
    return Reckoning(
        plus,
        minus,
        times,
        divided,
        equals,
        power,
        square,
        cube,
        tuple(compared.split("|")),
        "" if primary in _JOINED else " ",
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
    if primary_subtag(language) == "hu":  # which says háromszor négy
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
    is_japanese = primary_subtag(language) == "ja"  # whose own module says roots
    templates = dict(zip(_COMPARISONS, words.compared, strict=True))
    about = words.between

    def compared(found: re.Match[str]) -> str:
        if is_japanese and found[1] == "√":
            return found.group()
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

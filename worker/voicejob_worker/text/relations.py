"""Signs between two things in words: comparisons, arrows and powers.

Which signs a language says is in its table (``Lexicon.relations``); the others stay as they are.
"""

import re
from collections.abc import Mapping
from typing import Final

from voicejob_worker.text.lexicon import Lexicon

_ANY: Final = re.compile("[&<>=≥≤≠≈±→⇒⟶←↔⇔⟹➔➜~∼÷√∞⩾⩽]|\\+/-")
_PLAIN: Final = {
    **dict.fromkeys((">=", "=>=", "⩾", "≥"), "≥"),
    **dict.fromkeys(("<=", "=<", "⩽", "≤"), "≤"),
    **dict.fromkeys(("!=", "!==", "=/=", "<>", "≠"), "≠"),
    **dict.fromkeys(("==", "===", ":="), "="),
    **dict.fromkeys(("~=", "≈"), "≈"),
    **dict.fromkeys(("+-", "+/-", "±"), "±"),
    **dict.fromkeys(("÷", "√", "∞", "&&", "<", ">"), ""),
}
_BETWEEN: Final = re.compile(
    r"([\w)\]\"'%°])? ?(?<![<>=!~+&-])"
    r"(>=|⩾|≥|<=|=<|⩽|≤|!==?|=/=|<>|≠|={2,3}|:=|~=|≈|\+/-|±|÷|&&)(?![<>=&]) ?(?=[\w(\"'$€£.√∞−-])"
)
_SELF: Final = re.compile(r"(?<=\w) ?([-+*])=(?!=) ?(?=[\w(])")
_SIGN_BEFORE: Final = re.compile(r"(?<![\w)\]\"'<>=~/])([<>~∼]) ?(?=(?:[A-Z]{0,3}[$€£¥] ?)?[0-9])")
_ALONE: Final = re.compile(r"√ ?(?=[\w(])|∞(?=(\w)?)")
_ARROW: Final = re.compile(r" ?(?:<?[-=]{1,2}>|<-{1,2}(?=\s)|[→⇒⟶←↔⇔⟹➔➜])(?![<>=-]) ?")
_OPENS: Final = frozenset("(,;:.\"'–—-")
_RAISED: Final = re.compile("[\\^⁺⁻⁰¹²³⁴-⁹ⁿ]")
_POWER: Final = re.compile(
    r"(?<=[\w)\]])(?:([⁺⁻]?)([⁰¹²³⁴-⁹ⁿ]{1,15})"
    r"|\^ ?(?:\(([-−+]?)([\w. ]{1,20})\)|([-−+]?)([\w.]{1,15}\b)))"
)
_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", "0123456789n")


def say_relations(text: str, lexicon: Lexicon) -> str:
    """Comparisons in words, between two things or before one; arrows as ``to`` or a pause."""
    words = lexicon.relations
    if not words or _ANY.search(text) is None:
        return text

    def between(found: re.Match[str]) -> str:
        before, sign = found.groups()
        plain = _PLAIN.get(sign) or sign
        said = lexicon.equals if plain == "=" else words.get(plain)
        if plain == "&&":
            said = lexicon.conjunction
        if said is None or (not before and plain in "=≠&&"):
            return found.group()
        blank = " " if found.group().startswith(" ") else ""
        return f"{before} {said} " if before else f"{blank}{_alone(said, words)} "

    def changed(found: re.Match[str]) -> str:
        signs = {"+": lexicon.plus, "-": lexicon.minus, "*": lexicon.times}
        return f" {signs[found[1]]} {lexicon.equals} "

    def before_number(found: re.Match[str]) -> str:
        before = found.string[max(found.start() - 2, 0) : found.start()].rstrip()
        is_between = found[1] in "<>" and before[-1:] and before[-1] not in _OPENS
        return found.group() if is_between or found[1] not in words else f"{words[found[1]]} "

    def alone(found: re.Match[str]) -> str:
        if found.group().startswith("√"):
            return f"{words['√']} "
        return f"{words['∞']} " if found[1] else words["∞"]

    text = _ARROW.sub(lambda found: _say_arrow(found, lexicon.until), text)
    text = _BETWEEN.sub(between, _SELF.sub(changed, text))
    text = _SIGN_BEFORE.sub(before_number, text)
    return _ALONE.sub(alone, text)


def _alone(said: str, words: Mapping[str, str]) -> str:
    """``greater than`` of ``is greater than``, where nothing is compared."""
    return said.removeprefix(f"{words['is']} ")


def _say_arrow(found: re.Match[str], until: str) -> str:
    text, start, end = found.string, found.start(), found.end()
    are_numbers = text[max(start - 1, 0) : start].isdigit() and text[end : end + 1].isdigit()
    if are_numbers:
        return f" {until} "
    return " — " if text[max(start - 1, 0) : start].strip() else " "


def say_powers(text: str, lexicon: Lexicon) -> str:
    """``x²``, ``10⁻³`` and ``x^2`` in words; units have theirs in their table."""
    words = lexicon.relations
    if not words or _RAISED.search(text) is None:
        return text

    def spoken(found: re.Match[str]) -> str:
        sign = found[1] or found[3] or found[5] or ""
        power = (found[2] or found[4] or found[6]).translate(_DIGITS)
        if not sign and power in ("2", "3"):
            said = words["²" if power == "2" else "³"]
        else:
            minus = f"{lexicon.minus} " if sign and sign not in "⁺+" else ""
            said = f"{lexicon.power} {minus}{power}"
        after = " " if found.string[found.end() : found.end() + 1].isalnum() else ""
        return f" {said}{after}"

    return _POWER.sub(spoken, text)

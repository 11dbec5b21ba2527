"""Roman digits where a word beside them shows that they are a number.

*XXIe siècle*, *Luis XIV*, *Friedrich II.*, *IV. Béla*; what could be letters (Vitamin C, MD) stays.
Counted ones become Arabic digits, for the steps that follow to say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.roman import roman_value
from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import RomanWords
    from voicejob_worker.text.european.grammar import Speaker

_SUFFIXED: Final = r"(?:(I)(er|re|ère)|([IVX]{1,7}|[XLC][IVXLC]{1,8})(es?|èmes?))(?!\w)"
_MAY_BE: Final = rf"(?<!\w)(?:[IVXLCDM]{{1,9}}(?![\w'’])|{_SUFFIXED})"
_SENTENCE_END: Final = re.compile(r"[\"»)\s]*(?:\Z|\s[\"«(]?\s?[A-ZÀ-Þ])")
_DIGITS: Final = r"(?<![\w.&/])([IVXLC]{1,9}|M[DCLXVI]{1,12})(?![\w&/'’])"


def may_be_roman(text: str, words: RomanWords) -> bool:
    """Whether a text holds what may be a Roman number: without one it needs no more looking at."""
    return _patterns(words)["any"].search(text) is not None


def say_roman(text: str, speaker: Speaker) -> str:
    """Replace Roman digits by words, or by Arabic ones for the other steps to say."""
    words = speaker.grammar.context.roman
    patterns = _patterns(words)

    def counted(found: re.Match[str]) -> str:
        value = roman_value(found[2].upper())
        return found.group() if value is None else f"{found[1]} {value}"

    def ruled(found: re.Match[str]) -> str:
        value = roman_value(found[2])
        name = found[1].lower()
        if value is None or value > 40:
            return found.group()
        ends = words.dotted and found[3] is not None
        return (
            f"{found[1]} {words.ruler(speaker, value, name in words.queens)}{'.' if ends else ''}"
        )

    def ranked(found: re.Match[str]) -> str:
        value = roman_value(found[1])
        if value is None:
            return found.group()
        return words.rank(speaker, value, found[2].lower() in words.ranked_feminine)

    def ranked_behind(found: re.Match[str]) -> str:
        value = roman_value(found[2])
        return found.group() if value is None else f"{found[1]} {words.rank(speaker, value, False)}"

    def suffixed(found: re.Match[str]) -> str:
        value = roman_value(found[1] or found[3])
        if value is None:
            return found.group()
        said = words.rank(speaker, value, found[2] in ("re", "ère"))
        if not found[5]:
            return said
        ends = _SENTENCE_END.match(found.string, found.end()) is not None
        return f"{said} {words.century}{'.' if ends else ''}"

    def dotted(found: re.Match[str]) -> str:
        value = roman_value(found[1])
        if value is None:
            return found.group()
        return speaker.ordinal(str(value)) if words.says_dotted else f"{value}."

    text = patterns["ruled"].sub(ruled, patterns["counted"].sub(counted, text))
    if words.suffixed:
        text = patterns["suffixed"].sub(suffixed, text)
    if words.ranked:
        text = patterns["ranked"].sub(ranked, text)
    if words.ranked_behind:
        text = patterns["ranked_behind"].sub(ranked_behind, text)
    return patterns["dotted"].sub(dotted, text) if words.dotted else text


@lru_cache(8)
def _patterns(words: RomanWords) -> dict[str, re.Pattern[str]]:
    names = _alternatives(words.rulers | words.queens)
    ruled = rf"(?<!\w)({names}) {_DIGITS}"
    if words.dotted:
        ruled = rf"(?<!\w)({names}) {_DIGITS}\.(?=\W|\Z)(\s*\Z)?"
    any_case = r"((?![LCDM](?!\w))[IVXLCDM]{1,12}|[ivxlcdm]{1,15})(?![\w&/']|\. ?[0-9])"
    counted = rf"(?<!\w)({_alternatives(words.counted | words.small, caps=True)}) {any_case}"
    ranked = _alternatives(words.ranked | words.ranked_feminine, caps=True)
    if not words.small:
        counted = (
            rf"(?<!\w)({_alternatives(words.counted, caps=True)}) "
            r"((?![LCDM](?!\w))[IVXLCDM]{1,12})(?![\w&/']|\. ?[0-9])"
        )
    small = rf"|(?<!\w)(?:{one_of(words.small)}) [ivxlcdm]{{1,15}}(?!\w)"
    return {
        "any": re.compile(_MAY_BE + (small if words.small else "")),
        "counted": re.compile(counted),
        "ruled": re.compile(ruled),
        "ranked": re.compile(rf"{_DIGITS}(?= ({ranked})(?!\w))"),
        "ranked_behind": re.compile(
            rf"(?<!\w)({_alternatives(words.ranked_behind, caps=True)}) {_DIGITS}"
        ),
        "suffixed": re.compile(rf"(?<![\w.&/]){_SUFFIXED}( s\.)?" if words.suffixed else "(?!)"),
        "dotted": re.compile(
            r"(?<![\w.&/°])(?<!°[ \u00a0])(?<!\b[^\W\d_]\. )(?![LC]\.)([IVXLC]{1,9})\.(?= [^\W\d_])"
        ),
    }


def _alternatives(words: frozenset[str], caps: bool = False) -> str:
    written = {word.capitalize() for word in words} | (words if caps else set())
    return one_of(written)

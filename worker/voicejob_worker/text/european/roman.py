"""Roman digits where a word beside them shows that they are a number.

*XXIe siècle*, *Luis XIV*, *Friedrich II.*, *IV. Béla*; what could be letters (Vitamin C, MD) stays.
Counted ones become Arabic digits, for the steps that follow to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.roman import roman_value
from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.text.european.grammar import Speaker

_SUFFIXED: Final = r"(?:(I)(er|re|ère)|([IVX]{1,7}|[XLC][IVXLC]{1,8})(es?|èmes?))(?!\w)"
ROMAN: Final = re.compile(
    rf"(?<!\w)(?:[IVXLCDM]{{1,9}}(?![\w'’])|{_SUFFIXED})"
    r"|(?<!\w)(?:siglo|año|capítulo|tomo) [ivxlcdm]{1,15}(?!\w)"
)
"""Matches what may be one: a text without a match needs no more looking at."""
_SENTENCE_END: Final = re.compile(r"[\"»)\s]*(?:\Z|\s[\"«(]?\s?[A-ZÀ-Þ])")
_DIGITS: Final = r"(?<![\w.&/])([IVXLC]{1,9}|M[DCLXVI]{1,12})(?![\w&/'’])"


@dataclass(frozen=True)
class RomanWords:
    """The words, in lower case, beside which Roman digits are a number.

    ``counted``: a cardinal follows them, also in small digits after ``small``. ``rulers``: names
    that ``ruler`` says a number after: value, and whether it is a queen. ``ranked``: an ordinal
    stands before them, feminine before ``ranked_feminine``; ``rank`` says it: value and whether
    it is feminine. ``dotted``: an ordinal has a point, and ``20.`` is said by the language's own
    step. ``suffixed``: whether an ordinal has letters behind it (XXe).
    """

    counted: frozenset[str]
    rulers: frozenset[str]
    queens: frozenset[str]
    ruler: Callable[[Speaker, int, bool], str]
    rank: Callable[[Speaker, int, bool], str]
    ranked: frozenset[str] = frozenset()
    ranked_behind: frozenset[str] = frozenset()
    ranked_feminine: frozenset[str] = frozenset()
    small: frozenset[str] = frozenset()
    dotted: bool = False
    suffixed: bool = False


_KINGS: Final = (
    "luis felipe carlos alfonso fernando enrique jaime pedro juan pablo pío benedicto jorge "
    "francisco guillermo sancho ramiro napoleón ricardo eduardo clemente gregorio inocencio león "
    "urbano julio alejandro federico leopoldo humberto balduino"
)


def _spanish_ruler(speaker: Speaker, value: int, queen: bool) -> str:
    if value > 10:
        return speaker.cardinal(str(value))
    return speaker.ordinal(str(value), "-feminine" if queen else "-masculine")


def _french_ruler(speaker: Speaker, value: int, queen: bool) -> str:
    if value == 1:
        return "première" if queen else "premier"
    return speaker.cardinal(str(value))


def _gendered(speaker: Speaker, value: int, feminine: bool) -> str:
    return speaker.ordinal(str(value), "-feminine" if feminine else "-masculine")


def _german_ruler(speaker: Speaker, value: int, queen: bool) -> str:
    return f"{'die' if queen else 'der'} {speaker.ordinal(str(value)).capitalize()}"


def _swedish_ruler(speaker: Speaker, value: int, queen: bool) -> str:
    return f"den {speaker.ordinal(str(value), '-feminine' if queen else '-masculine')}"


def _plain(speaker: Speaker, value: int, _: bool) -> str:
    return speaker.ordinal(str(value))


_WORDS: Final = {
    "es": RomanWords(
        counted=word_set(
            "siglo siglos capítulo capítulos tomo tomos volumen parte acto anexo título libro "
            "escena fase nivel apéndice artículo sección tipo grado"
        ),
        small=word_set("siglo año capítulo tomo"),
        rulers=word_set(_KINGS),
        queens=word_set("isabel maría ana cristina catalina juana"),
        ruler=_spanish_ruler,
        rank=_gendered,
        ranked=word_set("congreso aniversario concilio encuentro festival premio milenio reich"),
        ranked_feminine=word_set(
            "guerra república edición jornada dinastía bienal feria cumbre olimpiada internacional"
        ),
    ),
    "fr": RomanWords(
        counted=word_set(
            "chapitre tome volume partie acte livre annexe titre scène article phase niveau type"
        ),
        rulers=word_set(
            "louis charles henri françois philippe napoléon jean paul pie benoît georges "
            "guillaume édouard richard frédéric alexandre nicolas léopold baudouin clément "
            "grégoire innocent léon robert humbert mohammed hassan ramsès"
        ),
        queens=word_set("élisabeth elisabeth catherine marie jeanne anne"),
        ruler=_french_ruler,
        rank=_gendered,
        suffixed=True,
    ),
    "it": RomanWords(
        counted=word_set(
            "capitolo volume tomo parte atto libro allegato titolo scena fase livello articolo tipo"
        ),
        rulers=word_set(
            "luigi carlo enrico francesco filippo napoleone giovanni paolo pio benedetto "
            "giorgio guglielmo edoardo riccardo federico alessandro nicola vittorio emanuele "
            "umberto leone clemente gregorio innocenzo amedeo ferdinando alfonso ludovico "
            "cosimo sisto giulio"
        ),
        queens=word_set("elisabetta caterina maria giovanna anna"),
        ruler=_gendered,
        rank=_gendered,
        ranked_behind=word_set("secolo"),
        ranked=word_set("secolo congresso concilio anniversario festival premio reich canto"),
        ranked_feminine=word_set("guerra repubblica edizione dinastia legislatura giornata"),
    ),
    "de": RomanWords(
        counted=word_set("kapitel band teil akt buch anhang szene phase stufe typ artikel"),
        rulers=word_set(
            "ludwig friedrich wilhelm karl heinrich otto franz joseph konrad rudolf maximilian "
            "leopold napoleon georg eduard richard johannes paul pius benedikt alexander "
            "nikolaus peter gustav gregor leo innozenz ramses philipp albrecht"
        ),
        queens=word_set("elisabeth katharina maria margarethe"),
        ruler=_german_ruler,
        rank=_plain,
        dotted=True,
    ),
    "hu": RomanWords(
        counted=word_set("fejezet kötet rész felvonás könyv melléklet fázis szint"),
        rulers=frozenset(),
        queens=frozenset(),
        ruler=_plain,
        rank=_plain,
        dotted=True,
    ),
    "sv": RomanWords(
        counted=word_set("kapitel band del akt bok bilaga scen fas nivå typ"),
        rulers=word_set(
            "karl carl gustav gustaf erik johan oskar oscar fredrik kristian christian magnus "
            "henrik ludvig georg edvard napoleon johannes paulus pius benedictus adolf"
        ),
        queens=word_set("elisabet elizabeth katarina margareta"),
        ruler=_swedish_ruler,
        rank=_gendered,
    ),
}


def say_roman(text: str, speaker: Speaker) -> str:
    """Replace Roman digits by words, or by Arabic ones."""
    words = _WORDS[speaker.grammar.language]

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
        return f"{said} siècle{'.' if ends else ''}"

    def dotted(found: re.Match[str]) -> str:
        value = roman_value(found[1])
        if value is None:
            return found.group()
        is_said = speaker.grammar.language == "hu"
        return speaker.ordinal(str(value)) if is_said else f"{value}."

    patterns = _patterns(speaker.grammar.language)
    text = patterns["ruled"].sub(ruled, patterns["counted"].sub(counted, text))
    if words.suffixed:
        text = patterns["suffixed"].sub(suffixed, text)
    if words.ranked:
        text = patterns["ranked"].sub(ranked, text)
    if words.ranked_behind:
        text = patterns["ranked_behind"].sub(ranked_behind, text)
    return patterns["dotted"].sub(dotted, text) if words.dotted else text


@lru_cache(8)
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    words = _WORDS[language]
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
    return {
        "counted": re.compile(counted),
        "ruled": re.compile(ruled),
        "ranked": re.compile(rf"{_DIGITS}(?= ({ranked})(?!\w))"),
        "ranked_behind": re.compile(
            rf"(?<!\w)({_alternatives(words.ranked_behind, caps=True)}) {_DIGITS}"
        ),
        "suffixed": re.compile(rf"(?<![\w.&/]){_SUFFIXED}( s\.)?" if words.suffixed else "(?!)"),
        "dotted": re.compile(r"(?<![\w.&/])([IVXLC]{1,9})\.(?= [^\W\d_])"),
    }


def _alternatives(words: frozenset[str], caps: bool = False) -> str:
    written = {word.capitalize() for word in words} | (words if caps else set())
    return one_of(written)

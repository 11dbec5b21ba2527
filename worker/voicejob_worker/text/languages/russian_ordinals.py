"""Russian ordinals, and numbers within words: 1-й, 90-е, 5-этажный, на 5 этаже."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.languages.russian_context import (
    START,
    Steps,
    is_feminine_oblique,
    word_before,
    words_after,
)
from voicejob_worker.text.languages.russian_numbers import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    cardinal,
    ordinal,
)
from voicejob_worker.text.languages.russian_words import (
    MONTHS,
)

_PLACE: Final = re.compile(
    rf"{START}([0-9]{{1,4}}) (?:(класс|этаж|курс|ряд|том|вагон|канал|тур|раунд|сезон)(|а|у|е|ом)"
    r"|(глав|страниц|сери|строк|групп)(е|у|ой|ою|ю|ей)|(мест)(о|у|е|ом))(?!\w)"
)
"""Nouns in the singular, beside which a number is an ordinal: на 5 этаже."""
_ENDING: Final = (
    "й|ый|ий|ой|я|ая|ья|ю|ую|ью|е|ое|ее|ье|ые|ие|ьи|го|ого|его|му|ому|ему|м|ом|ем|ым|им|х|ых|их|"
    "ми|ыми|ими"
)
_ORDINAL: Final = re.compile(rf"{START}([0-9]{{1,9}})[-‑]?(?<=[0-9-])({_ENDING})(?![\w-])")
_STEM: Final = re.compile(rf"{START}([0-9]{{1,7}})-(?:ти|и|х|ми)?-?([а-яё]{{3,30}})(?!\w)")
_BY_LETTERS: Final = re.compile(rf"{START}([0-9]{{1,9}})-(ти|и|мя|ю|ью|тью|ть)(?!\w)")


def _place(found: re.Match[str]) -> str:
    number, ending = int(found[1]), found[3] or found[5] or found[7] or ""
    gender = "m" if found[2] else "f" if found[4] else "n"
    is_counted = number % 10 == 1 and number % 100 != 11 if ending == "" else number < 5
    if gender == "m" and ending in ("", "а") and is_counted:
        return found.group()  # 21 класс, 3 класса
    cases = {"": NOMINATIVE, "о": NOMINATIVE, "а": GENITIVE, "е": PREPOSITIONAL, "ом": INSTRUMENTAL}
    cases |= {"у": ACCUSATIVE if gender == "f" else DATIVE, "ю": ACCUSATIVE}
    case = cases.get(ending, INSTRUMENTAL)
    if ending == "у" and word_before(found.string, found.start()) in ("в", "на"):
        case = ACCUSATIVE if gender == "f" else PREPOSITIONAL
    return f"{ordinal(number, case, gender)} {found[2] or found[4] or found[6]}{ending}"


def _ordinal(found: re.Match[str]) -> str:
    """1-й, 2-я, 90-е, 1960-х: the ending and the noun after it tell case, gender and number."""
    number, ending = int(found[1]), found[2]
    before = word_before(found.string, found.start())
    first, second = words_after(found.string, found.end())
    if first and ((ending == "х" and number in (2, 3, 4)) or (ending == "ми" and number in (7, 8))):
        return cardinal(number, GENITIVE)
    plural = ending in ("х", "ых", "их", "ми", "ыми", "ими", "ые", "ие", "ьи")
    case, gender = _ENDINGS.get(ending, (NOMINATIVE, "m"))
    if ending in ("й", "ой") and is_feminine_oblique(first):
        case, gender = GENITIVE, "f"
    elif ending == "е":
        is_neuter = first.endswith(("о", "е", "ё", "ие")) or first in MONTHS
        is_adjective = first.endswith(("ые", "ие")) and second != ""
        gender = "n"
        plural = not is_neuter or is_adjective
    elif ending in ("м", "ем"):
        if before in ("с", "со", "перед", "над", "под", "за", "между") or first.endswith(
            ("ом", "ем")
        ):
            case = INSTRUMENTAL
        elif first.endswith(("ам", "ям")):
            case, plural = DATIVE, True
    return ordinal(number, case, gender, plural)


_ENDINGS: Final = {
    **dict.fromkeys(("я", "ая", "ья"), (NOMINATIVE, "f")),
    **dict.fromkeys(("ю", "ую", "ью"), (ACCUSATIVE, "f")),
    **dict.fromkeys(("ое", "ее", "ье"), (NOMINATIVE, "n")),
    **dict.fromkeys(("го", "ого", "его"), (GENITIVE, "m")),
    **dict.fromkeys(("му", "ому", "ему"), (DATIVE, "m")),
    **dict.fromkeys(("м", "ом", "ем"), (PREPOSITIONAL, "m")),
    **dict.fromkeys(("ым", "им"), (INSTRUMENTAL, "m")),
    **dict.fromkeys(("х", "ых", "их"), (GENITIVE, "m")),
    **dict.fromkeys(("ми", "ыми", "ими"), (INSTRUMENTAL, "m")),
}


def _stem(found: re.Match[str]) -> str:
    """5-этажный, 40-летие: the number in the genitive, as one word with what follows it."""
    number, rest = int(found[1]), found[2]
    special = {1: "одно", 90: "девяносто", 100: "сто", 1000: "тысяче"}
    said = special.get(number) or cardinal(number, GENITIVE).replace(" ", "")
    if number % 10 == 1 and number % 100 != 11:
        said = said.removesuffix("го")
    return f"{said}{rest}"


def _by_letters(found: re.Match[str]) -> str:
    """5-ти, 3-мя: a cardinal whose ending is written."""
    number, ending = int(found[1]), found[2]
    if ending == "ю" and number % 10 not in (5, 6, 7, 8, 9, 0):
        return ordinal(number, ACCUSATIVE, "f")
    case = {"мя": INSTRUMENTAL, "ю": INSTRUMENTAL, "ью": INSTRUMENTAL, "тью": INSTRUMENTAL}
    return cardinal(number, NOMINATIVE if ending == "ть" else case.get(ending, GENITIVE))


ORDINALS: Final[Steps] = ((_ORDINAL, _ordinal), (_BY_LETTERS, _by_letters), (_PLACE, _place))
COMPOUNDS: Final[Steps] = ((_STEM, _stem),)
"""After measures, whose signs may follow a hyphen."""

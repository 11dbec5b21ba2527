"""What Hungarian abbreviates."""

import re
from typing import Final

from voicejob_worker.text.lexicon.hungarian_endings import with_ending
from voicejob_worker.text.lexicon.hungarian_parts import HUNGARIAN_PARTS
from voicejob_worker.text.lexicon.patterns import ANYWHERE
from voicejob_worker.text.lexicon.schema import (
    Beside,
    Shortening,
    abbreviated,
    abbreviations,
    word_set,
)

_ANYWHERE: Final = {
    "u": "utca",
    "krt": "körút",
    "kb": "körülbelül",
    "pl": "például",
    "ún": "úgynevezett",
    "ill": "illetve",
    "vö": "vesd össze",
    "ld": "lásd",
    "dr": "doktor",
    "özv": "özvegy",
    "ifj": "ifjabb",
    "tel": "telefon",
    "prof": "professzor",
    "i.m": "idézett mű",
    "uo": "ugyanott",
    "szerk": "szerkesztő",
    "Szt": "Szent",
    "kir": "király",
    "isk": "iskola",
    "u.n": "úgynevezett",
    "i.e": "időszámításunk előtt",
    "i.sz": "időszámításunk szerint",
    "Kr.e": "Krisztus előtt",
    "Kr.u": "Krisztus után",
    "em": "emelet",
    "né": "negyedév",
    "ek": "evőkanál",
    "tk": "teáskanál",
    "kk": "kávéskanál",
    "sz": "számú",
    "old": "oldal",
    "fsz": "földszint",
    "Bp": "Budapest",
    "hrsz": "helyrajzi szám",
    "ker": "kerület",
    "du": "délután",
    "fn": "főnév",
    "mn": "melléknév",
    "ti": "tudniillik",
    "kiv": "kivéve",
}
_BEFORE_A_NUMBER: Final = {
    "ca": "körülbelül",
    "max": "maximum",
    "min": "minimum",
}
_BEFORE_A_NAME: Final = {
    "id": "idősebb",
}
_MAY_END: Final = {
    "stb": "satöbbi",
    "db": "darab",
}

HUNGARIAN_ABBREVIATIONS: Final = abbreviations(
    abbreviated({"sz": "született"}, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_MAY_END, may_end=True),
    abbreviated(_ANYWHERE),
)
HUNGARIAN_STARTERS: Final = word_set(
    "A Az Egy És De Vagy Ha Mert Hogy Ez Ezek Azok Ő Ők Mi Ti Én Te Nem Is Már Még Most Itt Ott "
    "Ma Tegnap Holnap Aztán Majd Akkor Így Úgy Ki Kik Hol Mikor Minden Senki Semmi Van Volt "
    "Lesz Csak"
)
"""Words that begin a sentence: before them the point of an abbreviation ends the one before."""
_ONLY_WITH_ENDINGS: Final = {"tv": "törvény"}


def _ended(found: re.Match[str]) -> str:
    """``iskolát`` of ``isk.-t``: a word and its ending."""
    meanings, ending = HUNGARIAN_ABBREVIATIONS.get(found[1], ()), found[2]
    word = meanings[0].words if meanings else _ONLY_WITH_ENDINGS.get(found[1], "")
    if not word:
        return found.group()
    if word.endswith("név") and ending[0] in "ea":
        word = f"{word[:-3]}nev"  # a stem that is shortened: főnevet
    return word + ending if word.endswith("nev") else with_ending(word, ending)


HUNGARIAN_SHORTENING: Final = Shortening(
    parts=HUNGARIAN_PARTS,
    mends=(
        (re.compile(r"(?<![\w.-])([a-záéíóöőúüű]{1,6})\.-([a-záéíóöőúüű]{1,6})(?!\w)"), _ended),
    ),
    beside={
        "ti": (re.compile(r", ?\Z"), re.compile(" [a-záéíóöőúüű]")),
        "old": (re.compile(r"[0-9]\.?[ \u00a0]?\Z"), ANYWHERE),
    },
)

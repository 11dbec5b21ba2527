"""Spanish ordinals and fractions, which CLDR writes in more words than are said today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.text.european.grammar import Gender, Noun

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker

_ONES: Final = (
    *("", "primero", "segundo", "tercero", "cuarto", "quinto"),
    *("sexto", "séptimo", "octavo", "noveno"),
)
_OWN: Final = {11: "undécimo", 12: "duodécimo"}
_COMPOUNDS: Final = (("undécimo", "decimoprimero"), ("duodécimo", "decimosegundo"))
_TENS: Final = {1: "decimo", 2: "vigesimo"}
_HUNDREDS: Final = {
    **{100: "centésimo", 200: "ducentésimo", 300: "tricentésimo", 400: "cuadringentésimo"},
    **{500: "quingentésimo", 600: "sexcentésimo", 700: "septingentésimo"},
    **{800: "octingentésimo", 900: "noningentésimo", 1000: "milésimo"},
}
_UNACCENTED: Final = str.maketrans("áéíóú", "aeiou")
_ROUND: Final = ((1_000_000, "millonésimo"), (1000, "milésimo"))


def say_ordinal(speaker: Speaker, digits: str, ending: str) -> str:
    """An ordinal that ends in ``o`` or ``a``, or loses its end before a noun (``er``)."""
    number = int(digits) if len(digits) <= 15 else 0
    tens, ones = divmod(number, 10)
    if number in _OWN and ending != "er":
        said = _OWN[number]
    elif tens in _TENS and ones:
        said = f"{_TENS[tens]}{_ONES[ones]}".replace("oo", "o")
    else:
        said = speaker.ordinal(digits, "-masculine")
        for ours, theirs in () if ending == "er" else _COMPOUNDS:
            said = said.replace(theirs, ours)
    if ending == "a":
        return " ".join(f"{word[:-1]}a" for word in said.split())
    return said[:-1] if ending == "er" and said.endswith(("primero", "tercero")) else said


def say_fraction(speaker: Speaker, whole: int, over: int, under: int, noun: Noun | None) -> str:
    """``dos tercios``, ``un onceavo``, ``tres y tres quintos de metro``, ``una y media milla``."""
    gender = noun.gender if noun else None
    if under == 2 and over == 1 and whole and noun:
        half = "media" if gender is Gender.FEMININE else "medio"
        amount = speaker.cardinal(str(whole)) if whole > 1 else _one(gender)
        return f"{amount} y {half} {noun.singular if whole == 1 else noun.plural}"
    if under == 2 and over == 1:
        said = f"{speaker.cardinal(str(whole))} y medio" if whole else "un medio"
        if noun and not whole:
            half = "media" if gender is Gender.FEMININE else "medio"
            return f"{half} {noun.singular}"
        return said
    part = _part(speaker, under)
    if part is None:
        said = f"{speaker.cardinal(str(over))} sobre {speaker.cardinal(str(under))}"
    else:
        said = f"{speaker.cardinal(str(over), Gender.MASCULINE)} {part}{'' if over == 1 else 's'}"
    if whole:
        said = f"{speaker.cardinal(str(whole))} y {said}"
    return f"{said} de {noun.singular}" if noun else said


def _one(gender: Gender | None) -> str:
    return "una" if gender is Gender.FEMININE else "uno"


def _part(speaker: Speaker, under: int) -> str | None:
    if under in (2, 3):
        return {2: "medio", 3: "tercio"}[under]
    if under in _HUNDREDS:
        return _HUNDREDS[under]
    if 4 <= under <= 10:
        return speaker.ordinal(str(under), "-masculine")
    if 10 < under < 100:
        words = speaker.cardinal(str(under)).replace(" y ", "i").translate(_UNACCENTED)
        if words.endswith(("uno", "a")):
            words = words[:-1]
        return f"{words}avo"
    for size, name in _ROUND:
        if under > size and under % size == 0 and under // size < 10_000:
            return speaker.cardinal(str(under // size)).replace(" ", "") + name
    return None

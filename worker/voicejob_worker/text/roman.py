"""Roman digits as numbers, where a word beside them shows that they are one.

``Louis XIV``, ``século XX``, ``II Guerra Mundial``; what could be letters (Vitamin C, MD, Plan B)
stays. At most 48 characters before a find are looked at, so the time is linear in the text.
"""

import re
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.lexicon.schema import RomanCues
from voicejob_worker.text.numerals import Numerals

_BACK: Final = 48
_ROMAN: Final = re.compile(
    r"(?<![\w.&/])([IVXLCDM]{1,9}+)(?:([-–])([IVXLCDM]{1,9}+))?(?![\w&/])(?!\.[A-Za-z])"
)
_CANONICAL: Final = re.compile("M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\\Z")
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_LETTERS: Final = frozenset("LCDM")
_SMALL: Final = re.compile(r"[IVX]{2,6}\Z")
_SEXES: Final = frozenset(["XX", "XXX"])
_NEXT_WORD: Final = re.compile(r" ([A-ZÀ-Þ]\w{2,15})")
_AFTER_A_NUMBERED_NAME: Final = re.compile(r"['.,;:)!?\"\]]|\s(?:of|was|is|who)\b|\s*\Z")


def roman_value(written: str) -> int | None:
    """The number that Roman digits stand for; None if they are not in their usual order."""
    if not _CANONICAL.match(written):
        return None
    values = [_VALUES[digit] for digit in written]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def say_roman(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace Roman digits by words."""
    cues = lexicon.roman
    if cues is None:
        return text

    def spoken(found: re.Match[str]) -> str:
        first, second = found[1], found[3]
        said = [_say(part, found, numerals, cues) for part in (first, second) if part]
        if None in said:
            return found.group()
        return f" {lexicon.until} ".join(filter(None, said))

    return _ROMAN.sub(spoken, text)


def _say(written: str, found: re.Match[str], numerals: Numerals, cues: RomanCues) -> str | None:
    value = roman_value(written)
    if value is None or written in _LETTERS:
        return None
    event = _say_event(value, found, numerals, cues)
    if event:
        return event
    name, before_name = _cue(found, cues)
    cue = name.lower()
    if cue in cues.ranked:
        return _ordinal(value, numerals, cues)
    if cue in cues.counted:
        is_number = _is_number(written, name, cues)
    elif not name[:1].isupper():
        is_number = False
    elif cue in cues.kings or cue in cues.queens or before_name in cues.titles:
        is_pronoun = written == "I" and _is_pronoun(before_name, found, cues)
        return None if is_pronoun else _say_of_ruler(value, cue, numerals, cues)
    else:
        is_small = _SMALL.match(written) and written not in _SEXES
        is_number = bool(is_small and _is_name(name, cues))
    return numerals.cardinal(str(value)) if is_number else None


def _is_name(word: str, cues: RomanCues) -> bool:
    return len(word) > 2 and not word.isupper() and word.lower() not in cues.not_names


def _is_pronoun(before: str, found: re.Match[str], cues: RomanCues) -> bool:
    """An English ``Henry I`` may go on as the one who speaks, save after ``King`` and the like."""
    is_said = cues.article and before not in cues.titles
    return bool(is_said) and _AFTER_A_NUMBERED_NAME.match(found.string, found.end()) is None


def _say_of_ruler(value: int, name: str, numerals: Numerals, cues: RomanCues) -> str:
    """``the eighth``, ``segundo``, ``dezesseis``."""
    feminine = name in cues.queens and not cues.article
    return cues.article + (_ordinal(value, numerals, cues, feminine) or "")


def _say_event(value: int, found: re.Match[str], numerals: Numerals, cues: RomanCues) -> str | None:
    """II Guerra Mundial: an ordinal in the gender of the event, with a capital as of a name."""
    following = _NEXT_WORD.match(found.string, found.end())
    if following is None:
        return None
    word = following[1].lower()
    if word not in cues.events_masculine and word not in cues.events_feminine:
        return None
    words = numerals.ordinal(str(value), word in cues.events_feminine)
    return words.capitalize() if words else None


def _cue(found: re.Match[str], cues: RomanCues) -> tuple[str, str]:
    """The word that the digits follow, in ``séculos XIX e XX`` too, and the one before it."""
    before = found.string[max(found.start() - _BACK, 0) : found.start()]
    if not before.endswith((" ", "\n", "\u00a0")):
        return "", ""
    words = before.split()
    if words and len(words[-1]) > 1 and words[-1].endswith(","):
        if not _CANONICAL.match(words[-1][:-1]):
            return "", ""
        words[-1] = words[-1][:-1]
    follows_joint = True
    while len(words) > 1:
        word, previous = words[-1].removesuffix(","), words[-2].removesuffix(",")
        if word in cues.joints and _is_listed(previous):
            follows_joint = True
        elif follows_joint and _is_listed(word):
            follows_joint = words[-2].endswith(",")
        else:
            break
        words.pop()
    if not words or not words[-1].isalpha():
        return "", ""
    return words[-1], words[-2].lower() if len(words) > 1 else ""


def _is_listed(word: str) -> bool:
    return _CANONICAL.match(word) is not None and not _LETTERS & set(word)


def _is_number(written: str, cue: str, cues: RomanCues) -> bool:
    """A lone X may be a letter (Grupo X); an English I in ``the part I like`` is the speaker."""
    if written == "X":
        return cue.lower() in cues.strict
    return written != "I" or not cues.article or cue[0].isupper()


def _ordinal(value: int, numerals: Numerals, cues: RomanCues, feminine: bool = False) -> str | None:
    if value <= cues.ordinals_to:
        return numerals.ordinal(str(value), feminine)
    return numerals.cardinal(str(value))

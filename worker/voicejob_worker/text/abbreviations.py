"""Abbreviations as the words they stand for, and their points: of the word, or of the sentence.

Every pattern starts at the start of a word and looks at most 60 characters ahead and 40 back, so
the time is linear in the text.
"""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.lexicon.patterns import ANYWHERE
from voicejob_worker.text.lexicon.schema import (
    Abbreviation,
    Abbreviations,
    Beside,
    Shortening,
)
from voicejob_worker.text.wordlists import one_of

_BACK: Final = 40
_SPACED: Final = re.compile(r"(?<![\w.])([^\W\d_]{1,2})\. (?=([^\W\d_]{1,3})\.)")
_RAISED: Final = str.maketrans("ᵃᵉʳʰˢᵐˡᵒᵗ", "aerhsmlot")
"""Letters that are written above the line: 1ᵉʳ, Mᵐᵉ."""
_RAISED_LETTER: Final = re.compile("[ᵃᵉʳʰˢᵐˡᵒᵗ]")
_SPACED_PARTS: Final = re.compile(
    r"(?<![\w.])(?:[^\W\d_]{1,3}\. ){1,3}[^\W\d_]{1,3}(?:\.-[^\W\d_]{1,3})?\."
)
_DIGIT_BEHIND: Final = re.compile(r"[0-9]\s?\Z")
_LETTER_BEHIND: Final = re.compile(r"(?<!\w)\w\.\s\Z")
_SHORT: Final = re.compile(
    r"(?<![\w.])([^\W\d_]{1,9}(?:(?:\.-?|(?<=\.-\w)-)[^\W\d_]{1,4}){0,2})\.(?![^\W\d_])"
)
_INITIALS: Final = re.compile(r" ?[A-ZÀ-Þ]\.")
_SHORT_BEFORE_NAME: Final = re.compile(r"(?<![\w.])([^\W\d_]{1,5})\.(?=[A-ZÀ-Þ])")
_LETTER: Final = re.compile(r"(?<![\w.])([A-Z])\. (?=([A-ZÀ-Þ][a-zà-ÿ]{1,11})(?!\w))")
_SLASHED: Final = re.compile(r"(?<![\w/])([a-z]/[a-z]?)(?:[º°]|(?![\w/]))")
_SECTION: Final = re.compile(r"(?:§ ?){1,3}(?=\w)")

_PARAGRAPH_END: Final = re.compile(
    r"[\"')\]]{0,3}[^\S\n]{0,8}(?:\Z|\n[^\S\n]{0,8}\n|\n[^\S\n]{0,8}\Z)"
)
_SENTENCE_START: Final = re.compile(r"[\"')\]]{0,3}\s[\"'(\[]{0,2}([A-ZÀ-Þ0-9]\w{0,12})")
_NAME_BEHIND: Final = re.compile(r"(?:(?:\A|[\W\d])([A-ZÀ-Þ][\w'-]*),?|&)\s\Z")


def say_abbreviations(text: str, lexicon: Lexicon) -> str:
    """Replace abbreviations by their words.

    The point stays where it ends the sentence: at the end of the paragraph, and after what may
    stand at the end (etc., p.m., Ltda.) where a capital follows.
    """
    table = lexicon.abbreviations
    if not table:
        return text
    if _RAISED_LETTER.search(text):
        text = text.translate(_RAISED)
    if lexicon.pointless:
        text = _pointless_pattern(tuple(lexicon.pointless)).sub(
            lambda found: lexicon.pointless[found[1]], text
        )
    for pattern, written in lexicon.shortening.mends:
        text = pattern.sub(written, text)
    if lexicon.section and "§" in text:
        text = _SECTION.sub(f"{lexicon.section} ", text)
    if "/" in text:
        text = _SLASHED.sub(
            lambda found: lexicon.slashed_words.get(found[1].lower(), found.group()), text
        )
    if "." not in text:
        return text
    text = _SPACED.sub(
        lambda found: f"{found[1]}." if _is_spaced(found, table) else found.group(), text
    )

    if lexicon.shortening.parts_apart:
        text = _SPACED_PARTS.sub(lambda found: _joined_parts(found.group(), table), text)

    def titled(found: re.Match[str]) -> str:
        return _titled(found, lexicon)

    def spoken(found: re.Match[str]) -> str:
        return _spoken(found, lexicon)

    if lexicon.names_after_a_letter:
        text = _LETTER.sub(titled, text)
    return _SHORT.sub(
        spoken,
        _SHORT_BEFORE_NAME.sub(
            lambda found: f"{found[1]}. " if _is_title(found[1], lexicon) else found.group(), text
        ),
    )


@lru_cache(8)
def _pointless_pattern(written: tuple[str, ...]) -> re.Pattern[str]:
    shortened = one_of(written)
    return re.compile(rf"(?<![\w.'-])({shortened})(?![\w.'-])")


def _joined_parts(written: str, table: Abbreviations) -> str:
    """``i.d.R.`` of ``i. d. R.``, where that is one; the first and longest there is."""
    parts = written.split(" ")
    for start in range(len(parts) - 1):
        for end in range(len(parts), start + 1, -1):
            joined = "".join(parts[start:end])
            if joined[:-1] in table:
                return " ".join([*parts[:start], joined, *parts[end:]])
    return written


def _is_spaced(found: re.Match[str], table: Abbreviations) -> bool:
    """Whether ``p. m.`` is an abbreviation, and not the end of a name that is spelled out.

    The halves of a day follow a number, or, in small letters, anything but another letter.
    """
    written = f"{found[1]}.{found[2]}"
    if written not in table:
        return False
    if written.lower() not in ("a.m", "p.m"):
        return True
    before = found.string[max(found.start() - 4, 0) : found.start()]
    return bool(_DIGIT_BEHIND.search(before)) or (
        written.islower() and not _LETTER_BEHIND.search(before)
    )


def _is_title(written: str, lexicon: Lexicon) -> bool:
    meanings = lexicon.abbreviations.get(written, ())
    return any(meaning.before is Beside.NAME for meaning in meanings)


def _titled(found: re.Match[str], lexicon: Lexicon) -> str:
    title = lexicon.names_after_a_letter.get(found[1], {}).get(found[2])
    return f"{title} " if title else found.group()


def _spoken(found: re.Match[str], lexicon: Lexicon) -> str:
    written = found[1]
    meaning = _meaning(written, found, lexicon)
    if meaning is None:
        return found.group()
    words = meaning.words
    if written[0].isupper() and words[0].islower():
        words = words[0].upper() + words[1:]
    return f"{words}." if _ends_sentence(meaning, found, lexicon) else words


def _meaning(written: str, found: re.Match[str], lexicon: Lexicon) -> Abbreviation | None:
    meanings = lexicon.abbreviations.get(written, ())
    if written[0].isupper() and written not in lexicon.shortening.kept:
        meanings += lexicon.abbreviations.get(written.lower(), ())
    if written == "S" and (
        _INITIALS.match(found.string, found.end())
        or found.string[max(found.start() - 3, 0) : found.start()].strip().endswith("S.")
    ):
        return None  # S. M., S.S. Lazio
    if not _is_shortened(found, lexicon.shortening):
        return None
    before = found.string[max(found.start() - _BACK, 0) : found.start()] if meanings else ""
    for meaning in meanings:
        if _fits_ahead(meaning.before, found, lexicon) and _fits_behind(
            meaning.after, before, found, lexicon
        ):
            return meaning
    return None


def _is_shortened(found: re.Match[str], shortening: Shortening) -> bool:
    """Whether what may be an ordinary word is shortened where it stands.

    ``la mer. 12 maisons`` ends a sentence, ``mer. 12 mai`` is a Wednesday.
    """
    beside = shortening.beside.get(found[1].lower())
    if beside is None:
        return True
    behind, ahead = beside
    text, start = found.string, found.start()
    is_behind = behind is ANYWHERE or behind.search(text, max(start - 10, 0), start) is not None
    return is_behind and ahead.match(text, found.end()) is not None


def _fits_ahead(beside: Beside, found: re.Match[str], lexicon: Lexicon) -> bool:
    text, end = found.string, found.end()
    shortening = lexicon.shortening
    match beside:
        case Beside.ANYTHING:
            return True
        case Beside.NAME:
            ahead = shortening.name_ahead
        case Beside.NUMBER:
            ahead = shortening.number_ahead
        case Beside.DATE:
            ahead = shortening.date_ahead
        case Beside.STREET_NAME | Beside.STREET:
            ahead = shortening.street_name_ahead
    if ahead.match(text, end) is None:
        return False
    if beside is Beside.NAME and lexicon.starters:
        following = _SENTENCE_START.match(text, end)
        return following is None or following[1] not in lexicon.starters
    if beside is not Beside.STREET:
        return True
    before = text[max(found.start() - _BACK, 0) : found.start()]
    return bool(shortening.street_behind.search(before) or shortening.street_ahead.match(text, end))


def _fits_behind(beside: Beside, before: str, found: re.Match[str], lexicon: Lexicon) -> bool:
    match beside:
        case Beside.ANYTHING:
            return True
        case Beside.NAME:
            return _follows_name(before, lexicon)
        case Beside.NUMBER:
            return lexicon.shortening.number_behind.search(before) is not None
        case Beside.DATE:
            return lexicon.shortening.date_behind.search(before) is not None
        case Beside.STREET_NAME | Beside.STREET:
            return _follows_street_name(before, found, lexicon)


def _follows_name(before: str, lexicon: Lexicon) -> bool:
    name = _NAME_BEHIND.search(before)
    not_names = lexicon.roman.not_names if lexicon.roman else frozenset[str]()
    return name is not None and (name[1] or "").lower() not in not_names


def _follows_street_name(before: str, found: re.Match[str], lexicon: Lexicon) -> bool:
    """``Main St.``, ``42nd St.``, ``12 Elm Dr.``; but no ``Hello Dr. Smith``, ``See St. Paul``."""
    if lexicon.shortening.address_behind.search(before):
        return True
    if not _follows_name(before, lexicon):
        return False
    following = _SENTENCE_START.match(found.string, found.end())
    if following is None or following[1][0].isdigit():
        return True
    return found[1] == "St" and following[1] not in lexicon.saints


def _ends_sentence(meaning: Abbreviation, found: re.Match[str], lexicon: Lexicon) -> bool:
    text, end = found.string, found.end()
    if text[end : end + 1] == "." or _PARAGRAPH_END.match(text, end):
        return True
    following = _SENTENCE_START.match(text, end)
    if not meaning.may_end:
        return following is not None and following[1] in lexicon.starters
    if following is None or following[1] in lexicon.shortening.going_on:
        return False
    if meaning.after is Beside.NUMBER and following[1][0].isdigit():
        return False  # 1 lb. 5 oz.
    return len(meaning.words) > 2 or not following[1][0].isdigit()

"""Languages whose numbers are said by a grammar of their own, one module each.

They are read in only where a text of the language has something to say in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.text.language import primary_subtag, written_language
from voicejob_worker.text.symbols import symbols_of

if TYPE_CHECKING:
    from voicejob_worker.text.numerals import Numerals

_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


def is_traditional(language: str) -> bool:
    """Whether Chinese is written in traditional characters, by its BCP 47 tag."""
    return primary_subtag(language) == "yue" or bool(_subtags(language) & _TRADITIONAL)


def _subtags(language: str) -> frozenset[str]:
    return frozenset(language.lower().split("-")[1:])


def say_in_language(text: str, language: str) -> str:
    """Say the numbers of a cleaned text, and what is written with them, in its language.

    Args:
        text: After ``clean``: its digits are 0 to 9.
        language: A BCP 47 tag; a language without a grammar here is left to the tables.
    """
    named = written_language(language)
    if symbols_of(language).worth.search(text) is None:
        return text
    if named == "zh":
        from voicejob_worker.text.languages.chinese import say_chinese

        text = say_chinese(text, traditional=is_traditional(language))
    elif named == "ja":
        from voicejob_worker.text.languages.japanese import say_japanese

        text = say_japanese(text)
    elif named == "ru":
        from voicejob_worker.text.languages.russian import say_russian

        text = say_russian(text)
    elif named == "hi":
        from voicejob_worker.text.languages.hindi import say_hindi_text

        text = say_hindi_text(text)
    else:
        from voicejob_worker.text.languages.arabic import say_arabic

        text = say_arabic(text, _subtags(language))
    return text


def write_out(text: str, language: str, numerals: Numerals, counts: bool) -> str:
    """Bring what a language writes in more ways than its table knows into those that it knows.

    Args:
        text: Cleaned, with its abbreviations said.
        language: A BCP 47 tag.
        numerals: The language's.
        counts: Whether it holds a digit.
    """
    if primary_subtag(language) == "en":
        from voicejob_worker.text.languages.english import write_english_out

        return write_english_out(text, numerals, counts)
    if primary_subtag(language) == "pt":
        from voicejob_worker.text.languages.portuguese import write_portuguese_out

        return write_portuguese_out(text, numerals, counts)
    return text

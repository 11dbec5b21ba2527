"""The endings that Hungarian words take."""

from typing import Final

LONG: Final = {"a": "á", "e": "é"}
"""Vowels at the end of a word, and what they are before an ending."""


def with_ending(said: str, ending: str) -> str:
    """A word and its ending as it is written after a sign: *fontot*, *órában*, *perccel*."""
    last = said[-1]
    if ending == "kor":
        return said + ending
    if ending == "t" and last not in "aáeéiíoóöőuúüűlrnyszj":
        return f"{said}{_linking(said)}t"
    return f"{said[:-1]}{LONG.get(last, last)}{ending}"


def _linking(word: str) -> str:
    vowels = [letter for letter in word if letter in "aáoóuúeéiíöőüű"]
    if any(vowel in "aáoóuú" for vowel in vowels[-2:]):
        return "o"
    return "ö" if vowels and vowels[-1] in "öőüű" else "e"

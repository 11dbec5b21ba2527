"""The words that digits, signs and addresses become, by language.

One table per language. A language without a table keeps its signs, for the engine to read, and
its addresses are read with English words.
"""

from typing import Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon.english import BRITISH, ENGLISH
from voicejob_worker.text.lexicon.french import FRENCH
from voicejob_worker.text.lexicon.german import GERMAN
from voicejob_worker.text.lexicon.hungarian import HUNGARIAN
from voicejob_worker.text.lexicon.italian import ITALIAN
from voicejob_worker.text.lexicon.portuguese import PORTUGUESE
from voicejob_worker.text.lexicon.schema import Abbreviations, AddressWords, Currency, Lexicon
from voicejob_worker.text.lexicon.spanish import SPANISH
from voicejob_worker.text.lexicon.swedish import SWEDISH

__all__ = [
    "ENGLISH",
    "FRENCH",
    "GERMAN",
    "ITALIAN",
    "PORTUGUESE",
    "SPANISH",
    "Abbreviations",
    "AddressWords",
    "Currency",
    "Lexicon",
    "lexicon_for",
]

_BY_LANGUAGE: Final = {
    lexicon.language: lexicon
    for lexicon in (*(ENGLISH, PORTUGUESE, SPANISH, FRENCH, GERMAN, ITALIAN, SWEDISH, HUNGARIAN),)
}


_AMERICAN: Final = frozenset({"en", "en-us", "en-ph", "en-latn-us"})
"""Tags of English with American spelling."""


def lexicon_for(language: str) -> Lexicon | None:
    """The table of a BCP 47 tag's primary language, or None if there is none."""
    primary = primary_subtag(language)
    if primary == "en" and language.lower() not in _AMERICAN:
        return BRITISH
    return _BY_LANGUAGE.get(primary)

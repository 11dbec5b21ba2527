"""What the signs beside numbers are called, a file for each language."""

from typing import Final

from voicejob_worker.text.language import written_language
from voicejob_worker.text.symbols.arabic import ARABIC
from voicejob_worker.text.symbols.chinese import CHINESE
from voicejob_worker.text.symbols.czech import CZECH
from voicejob_worker.text.symbols.dutch import DUTCH
from voicejob_worker.text.symbols.english import ENGLISH
from voicejob_worker.text.symbols.french import FRENCH
from voicejob_worker.text.symbols.german import GERMAN
from voicejob_worker.text.symbols.hindi import HINDI
from voicejob_worker.text.symbols.hungarian import HUNGARIAN
from voicejob_worker.text.symbols.italian import ITALIAN
from voicejob_worker.text.symbols.japanese import JAPANESE
from voicejob_worker.text.symbols.korean import KOREAN
from voicejob_worker.text.symbols.polish import POLISH
from voicejob_worker.text.symbols.portuguese import PORTUGUESE
from voicejob_worker.text.symbols.russian import RUSSIAN
from voicejob_worker.text.symbols.schema import Symbols
from voicejob_worker.text.symbols.spanish import SPANISH
from voicejob_worker.text.symbols.swedish import SWEDISH
from voicejob_worker.text.symbols.turkish import TURKISH

BY_LANGUAGE: Final = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "sv": SWEDISH,
    "hu": HUNGARIAN,
    "nl": DUTCH,
    "pl": POLISH,
    "cs": CZECH,
    "tr": TURKISH,
    "ru": RUSSIAN,
    "ar": ARABIC,
    "hi": HINDI,
    "ko": KOREAN,
    "ja": JAPANESE,
    "zh": CHINESE,
}
"""By primary subtag."""
_NONE: Final = Symbols()


def symbols_of(language: str) -> Symbols:
    """Those of the language of a BCP 47 tag; none at all of one that is not here."""
    return BY_LANGUAGE.get(written_language(language), _NONE)

"""The languages of XTTS v2, and how much text each takes in one go.

The limits are those of ``VoiceBpeTokenizer.char_limits`` in coqui-tts, which takes too long to
import for a number; the tests compare them. Longer texts come out cut off or made up.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from collections.abc import Mapping

CHARACTER_LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "en": 250,
        "de": 253,
        "fr": 273,
        "es": 239,
        "it": 213,
        "pt": 203,
        "pl": 224,
        "zh": 82,
        "ar": 166,
        "cs": 186,
        "ru": 182,
        "nl": 251,
        "tr": 226,
        "ja": 71,
        "hu": 224,
        "ko": 95,
        "hi": 150,
    }
)
"""Characters, by the primary subtag of the language."""
_OF_OTHERS: Final = min(CHARACTER_LIMITS.values())
_CHINESE: Final = "zh"
_CHINESE_TAG: Final = "zh-cn"
_MANDARIN: Final = frozenset({"zh", "cmn"})


def code_of(language: str) -> str:
    """The code by which coqui-tts knows a language: ``pt`` of ``pt-BR``, ``zh`` of ``zh-Hans``."""
    primary = primary_subtag(language)
    return _CHINESE if primary in _MANDARIN else primary


def token_of(language: str) -> str:
    """The token that begins a text of it: ``[pt]``, ``[zh-cn]``."""
    code = code_of(language)
    return f"[{_CHINESE_TAG if code == _CHINESE else code}]"


def character_limit(language: str) -> int:
    """The longest text in a language; the least of all for one that XTTS v2 does not speak."""
    return CHARACTER_LIMITS.get(code_of(language), _OF_OTHERS)


def spoken_of(configured: tuple[str, ...]) -> tuple[str, ...]:
    """The languages of a model's configuration that coqui-tts can prepare a text of."""
    return tuple(tag for tag in configured if code_of(tag) in CHARACTER_LIMITS)

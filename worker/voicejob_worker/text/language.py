"""Language tags (BCP 47)."""

from typing import Final

_SAME: Final = {"cmn": "zh", "yue": "zh"}
"""Languages that are written, and their numbers said, as another is."""


def primary_subtag(language: str) -> str:
    """The language itself, in lower case: ``pt`` of ``pt-BR``."""
    return language.partition("-")[0].lower()


def written_language(language: str) -> str:
    """The primary subtag of the language that a BCP 47 tag's is written as: zh of yue-HK."""
    primary = primary_subtag(language)
    return _SAME.get(primary, primary)

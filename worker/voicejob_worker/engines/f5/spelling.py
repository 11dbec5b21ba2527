"""Plain forms of characters that a model was not taught.

A form is taken only where it is read the same or nearly so: "Ô" as "ô", "“" as '"', a Latin letter
without its accent. Other scripts are never put into Latin letters: the model would read nonsense.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLAIN: Final = {
    **dict.fromkeys("“”„‟«»〝〞＂″", '"'),
    **dict.fromkeys("‘’‚‛‹›′ʼʹ`´＇", "'"),
    **dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-"),
    **dict.fromkeys("…⋯", "..."),
    **dict.fromkeys("•·‧∙", ","),
    **dict.fromkeys("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " "),
    "¿": "",
    "¡": "",
    "⁄": "/",
    "∕": "/",
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "ß": "ss",
    "ẞ": "SS",
    "Þ": "Th",
    "þ": "th",
    "Ð": "D",
    "ð": "d",
    "Ŋ": "Ng",
    "ŋ": "ng",
    "ı": "i",
}
_ACCENTED: Final = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH ")
_LATIN: Final = "LATIN "


def spell_character(character: str, knows: Callable[[str], bool]) -> str | None:
    """The form nearest to ``character`` whose every character ``knows`` accepts; None for none."""
    return next((form for form in _forms(character) if all(map(knows, form))), None)


def _forms(character: str) -> Iterator[str]:
    """Possible forms, the nearest first."""
    category = unicodedata.category(character)
    if category == "Zs":
        yield " "
    if category == "Cf" or "\ufe00" <= character <= "\ufe0f":
        yield ""
    if character in _PLAIN:
        yield _PLAIN[character]
    yield from _other_case(character)
    decomposed = unicodedata.normalize("NFD", character)
    yield decomposed
    name = unicodedata.name(character, "")
    if name.startswith(_LATIN):
        yield from _letters(decomposed, name)
    compatible = unicodedata.normalize("NFKC", character)
    if compatible != character:
        yield compatible
        yield "".join(_PLAIN.get(part, part) for part in compatible)


def _letters(decomposed: str, name: str) -> Iterator[str]:
    """A Latin letter without its marks, then without its strokes and hooks; in either case."""
    bare = "".join(part for part in decomposed if not unicodedata.combining(part))
    yield bare
    yield from _other_case(bare)
    if accented := _ACCENTED.match(name):
        letter = accented[2] if accented[1] == "CAPITAL" else accented[2].lower()
        yield letter
        yield letter.swapcase()


def _other_case(character: str) -> Iterator[str]:
    """A ligature's other case is several letters, of which only the first would be right."""
    other = character.swapcase()
    if len(other) == 1:
        yield other

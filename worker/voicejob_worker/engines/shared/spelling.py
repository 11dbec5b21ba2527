"""Plain forms of characters that a model was not taught.

A form is taken only where it is read the same or nearly so: "Ô" as "ô", "“" as '"', a Latin letter
without its accent. Other scripts are never put into Latin letters: the model would read nonsense.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
_NAMED_CHARACTERS: Final = 10


def spell_text(text: str, knows: Callable[[str], bool]) -> str:
    """The text in characters that ``knows`` accepts; what it accepts stays as it is.

    Raises:
        InvalidInputError: it holds others that have no plain form; they are listed.
    """
    composed = unicodedata.normalize("NFC", text)
    spelled = {
        character: character if knows(character) else spell_character(character, knows)
        for character in set(composed)
    }
    refuse_unknown(character for character, form in spelled.items() if form is None)
    return "".join(spelled[character] or "" for character in composed)


def refuse_unknown(characters: Iterable[str]) -> None:
    """Refuse characters that the model does not know, where there are any.

    Raises:
        InvalidInputError: naming them.
    """
    unknown = sorted(set(characters))
    if not unknown:
        return
    named = ", ".join(
        f"U+{ord(character):04X} {unicodedata.name(character, '(no name)')}"
        for character in unknown[:_NAMED_CHARACTERS]
    )
    more = len(unknown) - _NAMED_CHARACTERS
    raise InvalidInputError(
        f"the model was not taught {len(unknown)} of the characters to be spoken: {named}"
        + (f" and {more} more" if more > 0 else "")
        + ". Write them in words, or use a model whose vocabulary has them"
    )


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

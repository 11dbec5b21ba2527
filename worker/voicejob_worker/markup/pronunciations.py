"""Signs of the private use area, each of which stands for a word with its phonemes."""

import re
from collections.abc import Mapping
from typing import Final

from voicejob_worker.text.passages import Pronunciation

FIRST: Final = 0xE000
LAST: Final = 0xF8FF
PRIVATE_USE: Final = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


class Pronunciations:
    """Hands out a sign for each pronunciation, the same for the same one."""

    def __init__(self, known: Mapping[str, Pronunciation] | None = None) -> None:
        self._signs = {said: sign for sign, said in (known or {}).items()}

    def sign(self, pronunciation: Pronunciation) -> str | None:
        """The sign that stands for it; None if all 6,400 are taken."""
        sign = self._signs.get(pronunciation)
        if sign is None and FIRST + len(self._signs) <= LAST:
            sign = self._signs[pronunciation] = chr(FIRST + len(self._signs))
        return sign

    def table(self) -> dict[str, Pronunciation]:
        """All of them, by their signs."""
        return {sign: said for said, sign in self._signs.items()}


def written_out(text: str, table: Mapping[str, Pronunciation]) -> str:
    """The text with each word as it is written, for titles."""
    return PRIVATE_USE.sub(lambda found: table[found.group()].written, text)

"""What an engine has to say beside its samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_KEPT: Final = 100
"""Notes that are kept: a server lives for months, and each of them is told as it comes."""


class Notes(list[str]):
    """What went otherwise than asked, in words for people; the last of it is kept.

    Whoever listens is told each note when it comes.
    """

    tell: Callable[[str], None] | None = None
    """Told each note from now on; None tells nobody."""

    def append(self, note: str) -> None:
        """Add a note, never with words of a text, and tell it."""
        super().append(note)
        del self[:-_KEPT]
        if self.tell is not None:
            self.tell(note)

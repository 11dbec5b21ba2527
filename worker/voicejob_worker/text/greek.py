"""Signs of formulas (∑, ∫, ∂, ∈, ∏), and Greek letters that stand by themselves (π, Δt), by name.

Words in Greek stay; so do the letters of a language whose names for them nothing here has.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.symbols import symbols_of

_ANY: Final = re.compile("[α-ωΑ-Ω∑∫∂∈∏]")
_ALONE: Final = re.compile(r"(?<![Α-ώἀ-ῼ])([α-ωΑ-Ω∑∫∂∈∏])(?![Α-ώἀ-ῼ])")
_MICRO: Final = re.compile(r"[a-zA-Z]{1,2}(?![a-zA-Z])")


def say_greek(text: str, language: str) -> str:
    """Replace Greek letters that no other Greek letter is beside by their names."""
    if _ANY.search(text) is None:
        return text
    symbols = symbols_of(language)
    names = symbols.greek
    if not names:
        return text

    def spoken(found: re.Match[str]) -> str:
        name = names.get(found[1].lower(), "")
        if not name or (found[1] == "μ" and _MICRO.match(text, found.end())):
            return found.group()  # μm
        beside = (
            text[max(found.start() - 1, 0) : found.start()],
            text[found.end() : found.end() + 1],
        )
        if not symbols.has_blanks:
            return name
        before, after = (" " if sign.isalnum() else "" for sign in beside)
        return f"{before}{name}{after}"

    return _ALONE.sub(spoken, text)

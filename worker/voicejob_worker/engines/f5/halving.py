"""A text in two parts, for a chunk that does not fit into memory whole."""

from __future__ import annotations

import re
from typing import Final

_BORDERS: Final = (
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])"),
    re.compile(r"(?<=[,;:—])\s+|(?<=[、，；：])"),
    re.compile(r"\s+"),
)
"""Where to part, the best first: sentences, clauses, words."""
_LEAST: Final = 10
"""Characters of a part. A text of fewer than two such is not the reason why memory is short."""


def halve(text: str) -> tuple[str, ...]:
    """Part a text where it is best said in two, near its middle; the text alone if it is short."""
    for border in _BORDERS:
        places = [
            found
            for found in border.finditer(text)
            if found.start() >= _LEAST and len(text) - found.end() >= _LEAST
        ]
        if places:
            middle = min(places, key=lambda found: abs(2 * found.start() - len(text)))
            return text[: middle.start()], text[middle.end() :]
    return (text,)

"""Ratios in Hindi: 2:1 beside the word for a ratio."""

from __future__ import annotations

import re
from typing import Final

RATIO: Final = re.compile(r"(?<![\w.,:])([0-9]{1,3}):([0-9])(?![\w:]|\.[0-9])")
"""Matches what may be a ratio, a verse, or a time; ``say_ratio`` tells."""
_REACH: Final = 40
"""Characters about it that are looked at."""


def say_ratio(found: re.Match[str]) -> str:
    """``2:1`` of ``RATIO`` beside the word for a ratio; a verse and a time stay as they are."""
    text = found.string
    near = text[max(found.start() - _REACH, 0) : found.end() + _REACH]
    if "अनुपात" not in near or text.startswith(" बजे", found.end()):
        return found.group()
    return f"{found[1]} अनुपात {found[2]}"

"""Pauses that a text asks for: ``[pause:1.5s]`` in any format, and SSML's ``<break>``."""

import re
from collections.abc import Iterator
from typing import Final

from voicejob_worker.text.passages import MAX_PAUSE

RULE_PAUSE: Final = 1.0
"""Seconds at a horizontal rule, where a scene ends."""
STRENGTHS: Final = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.25,
    "medium": 0.5,
    "strong": 0.8,
    "x-strong": 1.2,
}
"""Seconds of SSML's strengths, of which 1.1 names no durations: a sentence brings 0.25 to 0.3 by
itself, and a paragraph 0.6."""

_MARK: Final = re.compile(r"\[pause:([^\[\]\n]{0,32})\]", re.IGNORECASE)
_TIME: Final = re.compile(r"\+?(\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6})\s?(ms|s)", re.IGNORECASE)


def seconds_of(written: str) -> float | None:
    """Seconds of ``1.5s`` or ``500ms``, ``MAX_PAUSE`` at most; None for anything else."""
    found = _TIME.fullmatch(written.strip())
    if found is None:
        return None
    amount = float(found[1].replace(",", "."))
    return min(amount / 1000 if found[2].lower() == "ms" else amount, MAX_PAUSE)


def split_at_pauses(text: str) -> Iterator[tuple[str, str | None]]:
    """Each stretch of a text with what the mark after it asks for; None after the last."""
    end = 0
    for found in _MARK.finditer(text):
        yield text[end : found.start()], found[1]
        end = found.end()
    yield text[end:], None

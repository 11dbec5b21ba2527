"""Time zones after a time of day, letter by letter: *g m t menos tres*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker

ZONE_AHEAD: Final = (
    r"(?<![^\W\d_])(?:GMT|UTC|EST|EDT|PST|PDT|CST|CDT|MST|MDT|CET|CEST|BST|EET|AST)(?!\w)"
)
ZONE: Final = rf"({ZONE_AHEAD})(?: ?([-+][0-9]{{1,2}}(?::[0-9]{{2}})?)(?![\w:]))?"
"""A pattern of two groups: its letters and, where one follows, the distance."""


def say_zone(letters: str | None, distance: str | None, speaker: Speaker) -> str:
    """Both in words, with a blank before them; "" where there are none."""
    if not letters:
        return ""
    said = f" {' '.join(letters.upper())}"
    if not distance:
        return said
    sign = speaker.grammar.plus if distance[0] == "+" else speaker.grammar.minus
    numbers = (speaker.cardinal(str(int(part))) for part in distance[1:].split(":"))
    return f"{said} {sign} {' '.join(numbers)}"

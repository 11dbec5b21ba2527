"""German times of day: ``14:30``, ``14.30 Uhr``, ``8-17 Uhr``, ``um 10 h``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Speaker

_CLOCK: Final = (
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(?:[:h]([0-5][0-9])(?::([0-5][0-9]))?"
    rf"|\.([0-5][0-9])(?=(?:{BLANK}?[-–] ?[0-9]{{1,2}}[.:][0-9]{{2}})?{BLANK}(?:Uhr|h)\b))"
)
_TIME: Final = re.compile(rf"{_CLOCK}(?:{BLANK}?(Uhr|h)\b)?(?![\w:]|[.,][0-9])")
_SPAN: Final = re.compile(
    rf"{_CLOCK}(?:{BLANK}?Uhr)? ?[-–] ?(?=[0-9]{{1,2}}(?:[:.h][0-9]{{2}}| ?Uhr))"
)
_HOURS: Final = re.compile(
    rf"(?<![\w:.,])([01]?[0-9]|2[0-4])(?: ?(?:[-–]|(bis|und|oder)) ?([01]?[0-9]|2[0-4]))?"
    rf"{BLANK}?Uhr\b"
)


_DOTTED_HOUR: Final = re.compile(
    r"(?<!\w)((?:um|gegen|ab) )([01]?[0-9]|2[0-4])\.([0-5][0-9])"
    r"(?!\w|[.,][0-9]| ?(?:[%€$°]|[A-Za-zµ]{1,3}(?!\w)|Euro|Prozent|Mi[ol]|Punkte))"
)
_LETTER_HOUR: Final = re.compile(
    rf"(?<!\w)((?:um|gegen|ab|bis|von|vor|nach|ca\.|circa|[0-9]h[0-9]{{2}} ?[-–]) ?"
    rf"(?:[01]?[0-9]|2[0-4])){BLANK}?h(?!\w)"
)


def say_times(text: str, speaker: Speaker) -> str:
    """``14:30``, ``14.30 Uhr``, ``8-17 Uhr``, ``02:02:23 Uhr``."""

    def hour(written: str) -> str:
        return "ein" if int(written) == 1 else speaker.cardinal(str(int(written)))

    def timed(found: re.Match[str]) -> str:
        minute, second = found[2] or found[4], found[3]
        said = f"{hour(found[1])} Uhr"
        if second is not None:
            return f"{said} {_part(minute, 'Minute', speaker)} {_part(second, 'Sekunde', speaker)}"
        return said if minute == "00" else f"{said} {speaker.cardinal(str(int(minute)))}"

    def until(found: re.Match[str]) -> str:
        return f"{timed(found)} bis "

    def hours(found: re.Match[str]) -> str:
        first, joint, second = found.groups()
        if second is None:
            return f"{hour(first)} Uhr"
        return f"{hour(first)} {joint or 'bis'} {hour(second)} Uhr"

    text = _LETTER_HOUR.sub(r"\1 Uhr", _DOTTED_HOUR.sub(r"\1\2:\3", text))
    return _HOURS.sub(hours, _TIME.sub(timed, _SPAN.sub(until, text)))


def _part(written: str, noun: str, speaker: Speaker) -> str:
    return f"eine {noun}" if int(written) == 1 else f"{speaker.cardinal(str(int(written)))} {noun}n"

"""What Hungarian writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    counted_steps,
    inches,
    may_end,
    open_years,
)

_TIMES: Final = {
    **dict.fromkeys("1247", "szer"),
    **{"9": "szer", "3": "szor", "6": "szor", "8": "szor", "5": "ször"},
}
_TENS: Final = {"2": "szor", "3": "szor", "6": "szor", "8": "szor"}


def _times(found: re.Match[str]) -> str:
    """``3-szor`` of 3x."""
    digits = found[1]
    if digits[-1] != "0":
        ending = _TIMES[digits[-1]]
    else:
        ending = "szor" if digits.endswith("00") else _TENS.get(digits[-2:-1], "szer")
    return f"{digits}-{ending}"


def _decimal_times(found: re.Match[str]) -> str:
    return f"{found[1]}-{'szor' if len(found[2]) == 2 else 'szer'} "


HUNGARIAN_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(r"['’](?=[0-9]{2}-[ae]s)"), ""),
    (re.compile(r"(?<!\w)([Ss])zo\. (?=[0-9])"), r"\1zombat "),
    (re.compile(r"(?<![\w.,])([0-9]{1,4})\. ?§"), r"\1. paragrafus"),
    (re.compile(r"\(([0-9]{1,2})\) (?=bekezdés)"), r"\1. "),
    may_end(r"(?<=[IVX]\. )sz\.(?:-(?=[a-z]))?", "század"),
    may_end(r"(?<!\w)[Ss]zo\.?[-–]vas\.(?!\w)", "szombat, vasárnap"),
    (re.compile(r"(?<![\w.,])([1-9][0-9]{0,3})x(?= [a-záéíóöőúüű]{3})"), _times),
    (re.compile(r"(?<![\w.,])([0-9]{1,4},([0-9]{1,3})) ?[x×] ?(?=[0-9])"), _decimal_times),
    counted_steps("kísérlet|lépés|oldal|rész|kérdés", "per"),
    open_years("jelenleg|ma|napjainkig|jelen", "óta,"),
    (re.compile(r"(?<![\w.,])([0-9]{1,2},[0-9])[\"″]-[oe]s(?!\w)"), r"\1 hüvelykes"),
    inches("hüvelyk"),
)

"""Abbreviations that are ordinary words too, and what has to stand beside them to be one.

``la mer. 12 maisons`` ends a sentence, ``mer. 12 mai`` is a Wednesday. Every pattern looks at a few
words, so the time is linear.
"""

from __future__ import annotations

import re
from typing import Final

_FRENCH_MONTH: Final = (
    "(?:janv(?:ier)?|févr?(?:ier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|août|sept(?:embre)?"
    r"|oct(?:obre)?|nov(?:embre)?|déc(?:embre)?)(?!\w)"
)
_ITALIAN_MONTH: Final = (
    "(?:gen(?:naio)?|feb(?:braio)?|mar(?:zo)?|apr(?:ile)?|mag(?:gio)?|giu(?:gno)?|lug(?:lio)?"
    r"|ago(?:sto)?|sett?(?:embre)?|ott(?:obre)?|nov(?:embre)?|dic(?:embre)?)(?!\w)"
)
_CLOCK: Final = r"[0-9]{1,2}(?: ?h(?!\w)|h[0-9]{2}|[:.][0-5][0-9](?![0-9]))"
_DAY: Final = r"[ \u00a0](?:[0-9]{1,2}(?:er|[°º])? ?"
_FRENCH_DAY: Final = re.compile(
    rf"{_DAY}{_FRENCH_MONTH}|[0-9]{{1,2}}/[01]?[0-9](?!\w)|{_CLOCK})", re.IGNORECASE
)
_ITALIAN_DAY: Final = re.compile(
    rf"{_DAY}{_ITALIAN_MONTH}|[0-9]{{1,2}}/[01]?[0-9](?!\w)|{_CLOCK})", re.IGNORECASE
)
_ANYTHING: Final = re.compile("")
_NO_FRENCH_SEA: Final = re.compile(
    r"(?<!\bla )(?<!\bde )(?<!\ben )(?<!une )(?<!cette )(?<!haute )(?<!pleine )(?<!['’])\Z"
)
_ITALIAN_PLACE: Final = re.compile(
    r" (?!(?:Figur|Tabell|Capitol|Allegat|Sezion|Paragraf|Articol|Not[ae]\b|Appendic|Pagin|Volum"
    r"|Grafic|Tavol|Part[ei]\b|Immagin|Schem|Riquadr|Esempi|Eserciz)|[A-Z][a-z]{1,4}\.)[A-ZÀ-Þ]"
    r"|(?=[A-ZÀ-Þ])"
)
_BESIDE: Final = {
    "hu": {
        "ti": (re.compile(r", ?\Z"), re.compile(" [a-záéíóöőúüű]")),
        "old": (re.compile(r"[0-9]\.?[ \u00a0]?\Z"), _ANYTHING),
    },
    "fr": {
        "j.-c": (re.compile(r"(?:\b(?:av|ap|apr)\. ?|\b(?:avant|après) )\Z", re.I), _ANYTHING),
        "mer": (_NO_FRENCH_SEA, _FRENCH_DAY),
        "mar": (_ANYTHING, _FRENCH_DAY),
        "sam": (_ANYTHING, _FRENCH_DAY),
    },
    "it": {
        "mar": (_ANYTHING, _ITALIAN_DAY),
        "mer": (_ANYTHING, _ITALIAN_DAY),
        "v": (re.compile(r"(?<!\()\Z"), _ITALIAN_PLACE),
    },
}
"""By language and spelling without the last point: what stands before, what stands behind."""


def is_shortened(written: str, language: str, text: str, start: int, end: int) -> bool:
    """Whether what may be an ordinary word is shortened where it stands.

    Args:
        written: The abbreviation without its last point.
        language: A primary subtag.
        text: What it stands in.
        start: Where it begins.
        end: Where its point ends.
    """
    beside = _BESIDE.get(language, {}).get(written.lower())
    if beside is None:
        return True
    behind, ahead = beside
    is_behind = behind is _ANYTHING or behind.search(text, max(start - 10, 0), start) is not None
    return is_behind and ahead.match(text, end) is not None

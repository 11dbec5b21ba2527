"""What German writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    open_years,
    verses,
)

_HOUSE: Final = (
    r"(?:[Ss]tr\.|[Ss]traße|[Pp]latz|[Ww]eg|[Aa]llee|[Gg]asse|Postf(?:ach|\.))"
    r"[^,\n]{0,30}[0-9] ?[a-z]?(?:, [^,\n]{0,10}[OE]G)?"
)
"""Pattern of a street and a house, before a postcode."""


def _postcode(found: re.Match[str]) -> str:
    return f"{found[1]}{' '.join(found[2])}"


def _friday(found: re.Match[str]) -> str:
    return f"{found[1]} Freitag{'.' if found[2] else ''}"


GERMAN_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(r"(?<=[0-9] )TEUR(?!\w)"), "Tausend Euro"),
    verses("Joh|Mt|Mk|Lk|Ps|Röm|Kor|Gen|Jes|Offb|Apg|Hebr", "bis"),
    (re.compile(r"(?<!\w)(Abs\. ?[0-9]{1,2}[a-z]?) S\. ?(?=[0-9])"), r"\1 Satz "),
    (re.compile(r"(?<![\w.,])([0-9]{1,2}) J\.(?=[:;,)]| [a-zäöü])"), r"\1 Jahre"),
    (
        # No francs (ab Fr. 50), no woman (bis Fr. Roth kommt):
        re.compile(
            r"(?<!\w)([Bb]is|[Aa]b|[Aa]m|[Vv]om|[Zz]um) Fr\."
            r"(?:(?<=m Fr\.)(?= ?([A-ZÄÖÜ])?)|(?! ?(?:[A-ZÄÖÜ]|[0-9]++(?! ?Uhr|:))))"
        ),
        _friday,
    ),
    (re.compile(r"(?<=[\wäöüß]) u\. (?=[^\W\d_]{2})"), " und "),
    (re.compile(r"(?<![0-9] )(?<![\w.])min\. (?=-?[0-9])"), "minimal "),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-3]?[0-9]\. ?[01]?[0-9]\.)"), "vom "),
    (re.compile(rf"({_HOUSE}, )([0-9]{{5}})(?= [A-ZÄÖÜ])"), _postcode),
    (re.compile(r"(?<!\w)MfG(?!\w)"), "Mit freundlichen Grüßen"),
    (re.compile(r"(?<![\w.,])([0-9]{1,3})x/(?=(?:Tag|Woche|Monat|Jahr)(?!\w))"), r"\1 mal pro "),
    counted_steps("versuch|schritt|seite|teil|frage|folie|runde", "von", "von|voll|de[rs]"),
    open_years("heute|jetzt|dato", "bis"),
    inches("Zoll"),
    called_digits("Durchwahl|PIN|Kundennummer|Kontonummer|Kto", "DW"),
)

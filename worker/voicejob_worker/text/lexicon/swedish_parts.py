"""What Swedish writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    open_years,
    pointed_times,
    verses,
)

SWEDISH_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(r"(?<=/)mån(?=\.)"), "månad"),
    (re.compile(r"(?<!\w)S:t(a?)(?!\w)"), r"Sankt\1"),
    verses("Joh|Matt?|Mark|Luk|Ps|Rom|Kor", "till"),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-9]{1,2}\.[0-9])"), "version "),
    (re.compile(r"(?<![\w.])([0-9]{1,3},[0-9]{1,3}) s\.(?= )"), r"\1 sekunder."),
    (re.compile(r"(?m)^Mvh(?=,?$)"), "Med vänliga hälsningar"),
    counted_steps("försök|steg|sida|del|fråga|kapitel|omgång", "av", "av|full"),
    open_years("nu|idag|i dag|nuvarande", "till"),
    inches("tum"),
    *pointed_times(
        "avgår|går|landar|lyfter|avgick|avgång(?:ar)?|ankommer|ankomst(?:er)?|stänger|öppnar",
        "och",
        "kr|kronor|gånger|euro",
    ),
    called_digits(
        "[Oo]rg\\.? ?n(?:r|ummer)|[Oo]rganisationsnummer|[Pp]ersonnummer|[Bb]ankgiro|[Pp]lusgiro"
        "|[Aa]nknytning|[Aa]nkn|PIN"
    ),
)

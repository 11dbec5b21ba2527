"""What French writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    open_years,
    short_weekdays,
    verses,
)

_DAYS: Final = {
    **{"lun": "lundi", "mar": "mardi", "mer": "mercredi", "jeu": "jeudi"},
    **{"ven": "vendredi", "sam": "samedi", "dim": "dimanche"},
}
FRENCH_PARTS: Final[tuple[Rewriting, ...]] = (
    verses("Jn|Mt|Mc|Lc|Ps|Rm|Gn|Cor", "à"),
    *short_weekdays(_DAYS, "au|à|et|ou"),
    (re.compile(r"(?<![\w.])([Pp])l\. (?=(?:de|du|des|d'))"), r"\1lace "),
    (re.compile(r"(?<![\w.])(b|B)ât\. (?=[A-Z0-9])"), r"\1âtiment "),
    (re.compile(r"(?<![\w.,])([0-9]{1,4}) ?x (?=[0-9][0-9., \u00a0\u202f]{0,9}€)"), r"\1 fois "),
    (re.compile(r"(?<![\w.,])([0-9]{1,3})x/(?=(?:jour|semaine|mois|an)(?!\w))"), r"\1 fois par "),
    (re.compile(r"(?<![\w.,])([0-9]{1,3}(?:,[0-9])?) ?M (?=d(?:e |'))"), r"\1 millions "),
    (re.compile(r"(?<=[0-9] )pers\.(?= [A-ZÀ-Þ])"), "personnes."),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-9]{1,2}\.[0-9])"), "version "),
    (re.compile(r"(?m)^Cdt(?=,?$)"), "Cordialement"),
    counted_steps("essai|étape|page|partie|question|chapitre|tentative", "sur", "d[eu]|des"),
    open_years("présent|aujourd'hui|ce jour|maintenant", "à"),
    inches("pouces"),
    called_digits("PIN", "poste"),
)

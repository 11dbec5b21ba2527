"""What Spanish writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    open_years,
    pointed_times,
    short_weekdays,
)

_DAYS: Final = {
    **{"lun": "lunes", "mié": "miércoles", "miér": "miércoles", "jue": "jueves"},
    **{"vie": "viernes", "sáb": "sábado", "dom": "domingo"},
}
_WARMTH: Final = (
    r"(?:[Mm]ín|[Mm]áx)(?:im[ao]s?)?\.?|[Tt]emperaturas?(?: de)?|[Tt]ermómetro(?: a)?|[Gg]rados"
)
SPANISH_PARTS: Final[tuple[Rewriting, ...]] = (
    *short_weekdays(_DAYS, "al?|y|o"),
    (re.compile(rf"(?<!\w)((?:{_WARMTH}) (?:de |a )?-?[0-9]{{1,2}})[°º](?!\w| ?[CF])"), r"\1 °C"),
    (re.compile(r"(?<!\w)P\. ?D\.(?= ?:)"), "Posdata"),
    (re.compile(r"(?<![\w/])s/n(?!\w)"), "sin número"),
    (
        re.compile(r"(?<!\w)c/ (?=(?!de |del |la |los |las |el |[^,.\n]{2,30} [0-9])[a-zà-ÿ]{3})"),
        "con ",
    ),
    (
        re.compile(
            r"(?<!\w)([Aa]rts?\.|[Aa]rtículos?) ([0-9]{1,3})\.([0-9]{1,2})(?:\.([a-z]\)))?(?!\w)"
        ),
        lambda found: (
            f"{found[1]} {found[2]} punto {found[3]}" + (f" {found[4]}" if found[4] else "")
        ),
    ),
    (re.compile(r"(?<![\w.,])([0-9]{1,3}(?:,[0-9])?) ?M (?=de [a-z])"), r"\1 millones "),
    (re.compile(r"(?<![\w.])v\. ?(?=[0-9]{1,2}\.[0-9])"), "versión "),
    (re.compile(r"(?<![\w.,])([0-9]{1,3})x/(?=(?:día|semana|mes|año)(?!\w))"), r"\1 veces por "),
    counted_steps("intento|paso|página|parte|pregunta|capítulo|ronda", "de"),
    open_years("actualidad|presente|hoy|actualmente|la actualidad", "hasta"),
    inches("pulgadas"),
    *pointed_times("salidas?|llegadas?|sale|llega", "y"),
    called_digits("[Ee]xt|[Ee]xtensión|DNI|NIF|PIN|C\\.? ?P"),
)

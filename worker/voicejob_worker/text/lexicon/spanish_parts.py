"""What Spanish writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    may_end,
    open_years,
    pointed_times,
    short_weekdays,
    verses,
)
from voicejob_worker.text.wordlists import words

_DAYS: Final = {
    **{"lun": "lunes", "mié": "miércoles", "miér": "miércoles", "jue": "jueves"},
    **{"vie": "viernes", "sáb": "sábado", "dom": "domingo"},
}
_WARMTH: Final = (
    r"(?:[Mm]ín|[Mm]áx)(?:im[ao]s?)?\.?|[Tt]emperaturas?(?: de)?|[ÁáAa]ngulos?(?: de)?"
    r"|[Tt]ermómetro(?: a)?|[Gg]rados"
)
_FLOORS: Final = words("primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo")


def _floor(found: re.Match[str]) -> str:
    """``cuarto C``, which is no temperature."""
    return f"{_FLOORS[int(found[1]) - 1]} "


SPANISH_PARTS: Final[tuple[Rewriting, ...]] = (
    may_end(r"(?<![\w.,])1 hab\.(?!\w| ?/| por )", "1 habitación"),
    may_end(r"(?<![\w.,])(1?[0-9]) hab\.(?!\w| ?/| por )", r"\1 habitaciones"),
    (re.compile(r"(?<![\w.,])([1-9]|10)\.?[º°] (?=[A-H](?:[.,;]|\n|\Z))"), _floor),
    (re.compile(r"(?<![\w/])c/u(?!\w)"), "cada uno"),
    (re.compile(r"(?<!\w)Ntra\. (?=Sra\.|Señora)"), "Nuestra "),
    verses("Jn|Mt|Mc|Lc|Sal(?=\\.)|Rm|Gn|Hch|Cor", "a"),
    *short_weekdays(_DAYS, "al?|y|o"),
    (
        re.compile(rf"(?<!\w)((?:{_WARMTH}) (?:de |a )?-?[0-9]{{1,2}})[°º](?!\w| ?[CF])"),
        r"\1 grados",
    ),
    (re.compile(r"(?<!\w)P\. ?D\.(?= ?:)"), "Posdata"),
    (re.compile(r"(?<=[(\[])s/n(?=[)\]])"), "sí o no"),
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
    counted_steps("intento|paso|página|parte|pregunta|capítulo|ronda", "de", "del?|día"),
    open_years("actualidad|presente|hoy|actualmente|la actualidad", "hasta"),
    inches("pulgadas"),
    *pointed_times("salidas?|llegadas?|sale|llega", "y", "euros?|el (?:kilo|litro|metro)"),
    called_digits("[Ee]xt|DNI|NIF|PIN|C\\.? ?P", "[Ee]xtensión"),
)

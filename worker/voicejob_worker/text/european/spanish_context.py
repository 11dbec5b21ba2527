"""What Spanish says beside its numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.european.context import Context, RomanWords, gendered_rank
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.lexicon.spanish_short import SPANISH_WEEKDAYS

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Counting

_HORSES: Final = re.compile(
    r"(?:motor|potencia|coche|turismo|veh[ií]culo|moto|todoterreno|deportivo|furgoneta"
    r"|tractor|di[ée]sel|gasolina|el[ée]ctric[oa]|h[ií]brid[oa]|turbo|TDI|TSI)\b[^.!?\n]{0,30}\Z",
    re.IGNORECASE,
)


def _ruler(speaker: Counting, value: int, queen: bool) -> str:
    if value > 10:
        return speaker.cardinal(str(value))
    return gendered_rank(speaker, value, queen)


CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set(
            "siglo siglos capítulo capítulos tomo tomos volumen parte acto anexo título libro "
            "escena fase nivel apéndice artículo sección tipo grado"
        ),
        small=word_set("siglo año capítulo tomo"),
        rulers=word_set(
            "luis felipe carlos alfonso fernando enrique jaime pedro juan pablo pío benedicto "
            "jorge francisco guillermo sancho ramiro napoleón ricardo eduardo clemente gregorio "
            "inocencio león urbano julio alejandro federico leopoldo humberto balduino"
        ),
        queens=word_set("isabel maría ana cristina catalina juana"),
        ruler=_ruler,
        rank=gendered_rank,
        ranked=word_set("congreso aniversario concilio encuentro festival premio milenio reich"),
        ranked_feminine=word_set(
            "guerra república edición jornada dinastía bienal feria cumbre olimpiada internacional"
        ),
    ),
    weekdays=SPANISH_WEEKDAYS,
    day_ahead="el|del|al|día|desde|hasta",
    to_a_day="al?",
    dated_ahead="en|desde|hasta",
    months_too=frozenset(("mar", "ago", "set")),
    pointed_units="min|seg",
    times_over=("una vez", "veces"),
    equals="es|vale|igual a",
    version="[Vv]ersi[oó]n",
    telephone="[Tt]el(?:[eé]f(?:ono)?)?|[Ff]ax|[Mm]óvil|[Cc]elular",
    unit_ahead=dict.fromkeys(("CV", "cv"), _HORSES),
    unit_behind=r" de potencia\b| a [0-9]",
    of="de",
    of_noun=r"de\b",
)

"""What Hungarian says beside its numbers."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.european.context import Context, RomanWords, plain_rank
from voicejob_worker.text.lexicon.schema import word_set

CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set("fejezet kötet rész felvonás könyv melléklet fázis szint"),
        rulers=frozenset(),
        queens=frozenset(),
        ruler=plain_rank,
        rank=plain_rank,
        dotted=True,
        says_dotted=True,
    ),
    weekdays={
        "H": "hétfő",
        "K": "kedd",
        "Sze": "szerda",
        "Cs": "csütörtök",
        "P": "péntek",
        "Szo": "szombat",
        "V": "vasárnap",
    },
    month_first=True,
    day_point="-e",
    pointed_units="min|Ft",
    version="[Vv]er[sz]i[oó]n?",
    telephone="[Tt]el(?:efon)?|[Ff]ax|[Mm]obil",
)

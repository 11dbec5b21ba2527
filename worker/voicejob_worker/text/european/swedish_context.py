"""What Swedish says beside its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.text.european.context import Context, RomanWords, gendered_rank
from voicejob_worker.text.lexicon.schema import word_set
from voicejob_worker.text.lexicon.swedish_short import SWEDISH_WEEKDAYS

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Counting


def _ruler(speaker: Counting, value: int, queen: bool) -> str:
    return f"den {gendered_rank(speaker, value, queen)}"


CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set("kapitel band del akt bok bilaga scen fas nivå typ"),
        rulers=word_set(
            "karl carl gustav gustaf erik johan oskar oscar fredrik kristian christian magnus "
            "henrik ludvig georg edvard napoleon johannes paulus pius benedictus adolf"
        ),
        queens=word_set("elisabet elizabeth katarina margareta"),
        ruler=_ruler,
        rank=gendered_rank,
    ),
    weekdays=SWEDISH_WEEKDAYS,
    day_ahead="den|till|från|per|senast",
    to_a_day="till",
    months_too=frozenset(("mar",)),
    pointed_units="tim|min|sek|kr",
    hours={"tim": "tim"},
    times_over=("en gång", "gånger"),
    equals="är|lika med|blir",
    joints=("och",),
    version="[Vv]ersion(?:en)?",
    telephone="[Tt]el(?:efon)?|[Ff]ax|[Mm]obil",
)

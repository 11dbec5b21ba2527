"""What German says beside its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.text.european.context import Context, RomanWords, plain_rank
from voicejob_worker.text.lexicon.german_short import GERMAN_WEEKDAYS
from voicejob_worker.text.lexicon.schema import word_set

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Counting


def _ruler(speaker: Counting, value: int, queen: bool) -> str:
    return f"{'die' if queen else 'der'} {speaker.ordinal(str(value)).capitalize()}"


CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set("kapitel band teil akt buch anhang szene phase stufe typ artikel"),
        rulers=word_set(
            "ludwig friedrich wilhelm karl heinrich otto franz joseph konrad rudolf maximilian "
            "leopold napoleon georg eduard richard johannes paul pius benedikt alexander "
            "nikolaus peter gustav gregor leo innozenz ramses philipp albrecht"
        ),
        queens=word_set("elisabeth katharina maria margarethe"),
        ruler=_ruler,
        rank=plain_rank,
        dotted=True,
    ),
    weekdays=GERMAN_WEEKDAYS,
    day_ahead="am|vom|zum|bis|ab|den|dem|seit",
    to_a_day="bis",
    day_point=".",
    pointed_units="Std|Min|Sek|min|sek",
    hours={"Std": "Std", "Stunden": "Std"},
    times_over=("einmal", "mal"),
    equals="ist|sind|gleich|wird",
    joints=("und", "oder"),
    version="[Vv]ersion(?:en)?",
    telephone="[Tt]el(?:efon)?|[Ff]ax|[Mm]obil",
    nouns_have_capitals=True,
)

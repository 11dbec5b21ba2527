"""What French says beside its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.text.european.context import Context, RomanWords, gendered_rank
from voicejob_worker.text.lexicon.french_short import FRENCH_WEEKDAYS
from voicejob_worker.text.lexicon.schema import word_set

if TYPE_CHECKING:
    from voicejob_worker.text.european.context import Counting


def _ruler(speaker: Counting, value: int, queen: bool) -> str:
    if value == 1:
        return "première" if queen else "premier"
    return speaker.cardinal(str(value))


CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set(
            "chapitre tome volume partie acte livre annexe titre scène article phase niveau type"
        ),
        rulers=word_set(
            "louis charles henri françois philippe napoléon jean paul pie benoît georges "
            "guillaume édouard richard frédéric alexandre nicolas léopold baudouin clément "
            "grégoire innocent léon robert humbert mohammed hassan ramsès"
        ),
        queens=word_set("élisabeth elisabeth catherine marie jeanne anne"),
        ruler=_ruler,
        rank=gendered_rank,
        suffixed=True,
        century="siècle",
    ),
    weekdays=FRENCH_WEEKDAYS,
    day_ahead="le|du|au|les|dès",
    to_a_day="au",
    pointed_units="min|sec",
    times_over=("une fois", "fois"),
    equals="est|égale?|égal à|vaut",
    joints=("et", "ou"),
    version="[Vv]ersion",
    telephone="[Tt][eé]l(?:[eé]phone)?|[Ff]ax|[Mm]obile?|[Pp]ortable",
    of="de|d'",
    of_noun=r"(?:d[eu]|des)\b",
)

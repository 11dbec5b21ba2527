"""What Italian says beside its numbers."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.european.context import Context, RomanWords, gendered_rank
from voicejob_worker.text.lexicon.italian_short import ITALIAN_WEEKDAYS
from voicejob_worker.text.lexicon.schema import word_set

CONTEXT: Final = Context(
    roman=RomanWords(
        counted=word_set(
            "capitolo volume tomo parte atto libro allegato titolo scena fase livello articolo tipo"
        ),
        rulers=word_set(
            "luigi carlo enrico francesco filippo napoleone giovanni paolo pio benedetto "
            "giorgio guglielmo edoardo riccardo federico alessandro nicola vittorio emanuele "
            "umberto leone clemente gregorio innocenzo amedeo ferdinando alfonso ludovico "
            "cosimo sisto giulio"
        ),
        queens=word_set("elisabetta caterina maria giovanna anna"),
        ruler=gendered_rank,
        rank=gendered_rank,
        ranked_behind=word_set("secolo"),
        ranked=word_set("secolo congresso concilio anniversario festival premio reich canto"),
        ranked_feminine=word_set("guerra repubblica edizione dinastia legislatura giornata"),
    ),
    weekdays=ITALIAN_WEEKDAYS,
    day_ahead="il|del|al|dal|(?:dell|all|dall|l)['’]",
    to_a_day="al?",
    dated_ahead="in|da|fino a",
    months_too=frozenset(("mar", "ago", "set")),
    pointed_units="min|sec",
    times_over=("una volta", "volte"),
    equals="è|vale|uguale a",
    version="[Vv]ersione?",
    telephone="[Tt]el(?:efono)?|[Ff]ax|[Cc]ellulare",
    of="di",
    of_noun=r"di\b",
)

"""What Swedish abbreviates."""

from typing import Final

from voicejob_worker.text.lexicon.schema import Beside, abbreviated, abbreviations, word_set

_ANYWHERE: Final = {
    "bl.a": "bland annat",
    "t.ex": "till exempel",
    "d.v.s": "det vill säga",
    "dvs": "det vill säga",
    "s.k": "så kallade",
    "f.d": "före detta",
    "p.g.a": "på grund av",
    "m.a.o": "med andra ord",
    "ca": "cirka",
    "c:a": "cirka",
    "ev": "eventuellt",
    "fr.o.m": "från och med",
    "t.o.m": "till och med",
    "resp": "respektive",
    "tel": "telefon",
    "tfn": "telefon",
    "ankn": "anknytning",
    "jfr": "jämför",
    "kl": "klockan",
    "inkl": "inklusive",
    "exkl": "exklusive",
    "avd": "avdelning",
    "obs": "observera",
    "milj": "miljoner",
    "vard": "vardagar",
    "tf": "tillförordnad",
    "bitr": "biträdande",
    "u.p.a": "utan personligt ansvar",
}
SWEDISH_WEEKDAYS: Final = {
    **{"mån": "måndag", "tis": "tisdag", "ons": "onsdag", "tors": "torsdag", "tor": "torsdag"},
    **{"fre": "fredag", "lör": "lördag", "sön": "söndag"},
}
_BEFORE_A_NUMBER: Final = {
    **{short: day for short, day in SWEDISH_WEEKDAYS.items() if short != "tor"},
    "nr": "nummer",
    "kv": "kvartal",
    "f": "född",
    "v": "vecka",
    "s": "sidan",
    "sid": "sidan",
    "kap": "kapitel",
    "art": "artikel",
    "bd": "band",
    "fig": "figur",
    "max": "maximalt",
    "min": "minst",
}
_BEFORE_A_NAME: Final = {
    "hr": "herr",
    "fr": "fru",
    "prof": "professor",
    "dr": "doktor",
    "S:t": "Sankt",
    "S:ta": "Sankta",
}
_MAY_END: Final = {
    "osv": "och så vidare",
    "o.s.v": "och så vidare",
    "m.m": "med mera",
    "m.fl": "med flera",
    "etc": "et cetera",
    "f.Kr": "före Kristus",
    "e.Kr": "efter Kristus",
    "o.d": "och dylikt",
    "e.d": "eller dylikt",
}

SWEDISH_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_MAY_END, may_end=True),
    abbreviated(_ANYWHERE),
)
SWEDISH_STARTERS: Final = word_set(
    "Den Det De En Ett Han Hon Vi Jag Du Ni Man Sedan Sen Men Och Eller Då Där Här Nu Så Också "
    "Som Om När I På Till Från Med För Av Efter Före Vad Vem Hur Var Varför Idag Igår Alla "
    "Många Ingen Inget Inga Detta Denna Dessa Sin Min Din Vår Er Även"
)
"""Words that begin a sentence: before them the point of an abbreviation ends the one before."""
SWEDISH_POINTLESS: Final = {
    "t ex": "till exempel",
    "bl a": "bland annat",
    "d v s": "det vill säga",
    "m m": "med mera",
    "s k": "så kallade",
    "p g a": "på grund av",
    "fr o m": "från och med",
    "t o m": "till och med",
    "f Kr": "före Kristus",
    "e Kr": "efter Kristus",
    "kl": "klockan",
    "ca": "cirka",
    "Ca": "Cirka",
    "dvs": "det vill säga",
    "osv": "och så vidare",
    "nr": "nummer",
    "dr": "doktor",
    "Kl": "Klockan",
    "tel": "telefon",
}

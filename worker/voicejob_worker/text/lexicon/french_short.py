"""What French abbreviates."""

import re
from typing import Final

from voicejob_worker.text.lexicon.french_parts import FRENCH_PARTS
from voicejob_worker.text.lexicon.patterns import ANYWHERE
from voicejob_worker.text.lexicon.schema import (
    Beside,
    Shortening,
    abbreviated,
    abbreviations,
    day_or_time,
    ending_of_many,
    word_set,
)

_ANYWHERE: Final = {
    "Pr": "professeur",
    "arr": "arrondissement",
    "bcp": "beaucoup",
    "qqch": "quelque chose",
    "apr": "après",
    "hab": "habitants",
    "dir": "directeur",
    "univ": "université",
    "gal": "général",
    "suiv": "suivantes",
    "compl": "complément",
    "env": "environ",
    "p.ex": "par exemple",
    "c.-à-d": "c'est-à-dire",
    "cf": "confer",
    "tél": "téléphone",
    "av": "avenue",
    "bd": "boulevard",
    "boul": "boulevard",
    "vs": "versus",
    "s.v.p": "s'il vous plaît",
    "appt": "appartement",
    "apt": "appartement",
    "ét": "étage",
    "n.b": "nota bene",
    "Rens": "renseignements",
    "trim": "trimestre",
    "pers": "personnes",
    "J.-C": "Jésus-Christ",
    "dép": "département",
    "réf": "référence",
    "éd": "édition",
    "approx": "approximativement",
    "resp": "respectivement",
    "not": "notamment",
    "Prof": "professeur",
    "Dr": "docteur",
    "MM": "messieurs",
}
FRENCH_WEEKDAYS: Final = {
    **{"lun": "lundi", "mar": "mardi", "mer": "mercredi", "jeu": "jeudi"},
    **{"ven": "vendredi", "sam": "samedi", "dim": "dimanche"},
}
_BEFORE_A_NUMBER: Final = {
    **{short: day for short, day in FRENCH_WEEKDAYS.items() if short != "jeu"},  # a word, too
    "th": "thermostat",
    "p": "page",
    "pp": "pages",
    "chap": "chapitre",
    "fig": "figure",
    "no": "numéro",
    "t": "tome",
    "art": "article",
    "max": "maximum",
    "min": "minimum",
}
_BEFORE_A_NAME: Final = {
    "M": "monsieur",
    "Me": "maître",
    "St": "saint",
    "Ste": "sainte",
}
_MAY_END: Final = {
    "etc": "et cetera",
    "av.J.-C": "avant Jésus-Christ",
    "apr.J.-C": "après Jésus-Christ",
    "ap.J.-C": "après Jésus-Christ",
    "av.J.C": "avant Jésus-Christ",
    "ap.J.C": "après Jésus-Christ",
}

FRENCH_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_MAY_END, may_end=True),
    abbreviated(_ANYWHERE),
)
FRENCH_STARTERS: Final = word_set(
    "Le La Les Un Une Des Il Elle Ils Elles On Nous Vous Je Tu Ce Cela Cette Ces Puis Ensuite "
    "Mais Et Ou Donc Alors Après Avant Dans En Pour Par Avec Sans Sur Sous Quand Si Comme Ici "
    "Là Hier Demain Aussi Son Sa Ses Mon Ma Mes Leur Tout Tous Rien Personne Jamais Toujours Au "
    "Aux Du De À Qui Que Où C'est Chaque Voici Voilà"
)
"""Words that begin a sentence: before them the point of an abbreviation ends the one before."""
FRENCH_POINTLESS: Final = {
    "St": "Saint",
    "Ste": "Sainte",
    "rdv": "rendez-vous",
    "RDV": "rendez-vous",
    "svp": "s'il vous plaît",
    "SVP": "s'il vous plaît",
    "stp": "s'il te plaît",
    "Bd": "boulevard",
    "bd": "boulevard",
    "Mme": "madame",
    "Mmes": "mesdames",
    "Mlle": "mademoiselle",
    "Mlles": "mesdemoiselles",
    "Mgr": "monseigneur",
    "Dr": "docteur",
    "Drs": "docteurs",
    "Dre": "docteure",
    "Dres": "docteures",
    "Pr": "professeur",
    "Pre": "professeure",
    "MM": "messieurs",
}
_MONTH: Final = (
    "(?:janv(?:ier)?|févr?(?:ier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|août|sept(?:embre)?"
    r"|oct(?:obre)?|nov(?:embre)?|déc(?:embre)?)(?!\w)"
)
_DAY: Final = day_or_time(_MONTH)
_SPOONS: Final = {"s": "à soupe", "c": "à café", "t": "à thé"}


def _spoons(found: re.Match[str]) -> str:
    return f"{found[1]} cuillère{ending_of_many(found[1], 's')} {_SPOONS[found[2]]}"


FRENCH_SHORTENING: Final = Shortening(
    name_ahead=re.compile(
        r"\s?(?:[A-ZÀ-Þ]|(?:et|ou) m(?:adame|ademoiselle|onsieur)\b|(?:de |du |d['’])[A-ZÀ-Þ]"
        r"|le (?:maire|prés|min|dir|préf|juge|curé|prof|doc|dép|sén|comte|duc|baron|marquis|chef"
        r"|comm|consul|secr|proc|rec|doyen)|l['’](?:amb|abbé|insp|adm|évêque))"
    ),
    mends=((re.compile(r"(?<![\w'-])S(t|te)-(?=[A-ZÀ-Þ])"), r"Sain\1-"),),
    parts=(
        *FRENCH_PARTS,
        (re.compile(r"(?<![\w.])([0-9½¼¾/]{1,5}) ?c\. ?à ?([sct])\."), _spoons),
    ),
    beside={
        "j.-c": (re.compile(r"(?:\b(?:av|ap|apr)\. ?|\b(?:avant|après) )\Z", re.I), ANYWHERE),
        "mer": (
            re.compile(
                r"(?<!\bla )(?<!\bde )(?<!\ben )(?<!une )(?<!cette )(?<!haute )(?<!pleine )"
                r"(?<!['’])\Z"
            ),
            _DAY,
        ),
        "mar": (ANYWHERE, _DAY),
        "sam": (ANYWHERE, _DAY),
    },
)

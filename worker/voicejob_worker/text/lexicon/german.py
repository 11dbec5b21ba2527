"""German words."""

from typing import Final

from voicejob_worker.text.lexicon.german_short import (
    GERMAN_ABBREVIATIONS,
    GERMAN_SHORTENING,
    GERMAN_STARTERS,
)
from voicejob_worker.text.lexicon.schema import AddressWords, DayWords, Lexicon, Numbered

GERMAN: Final = Lexicon(
    language="de",
    address=AddressWords(
        "at",
        "Punkt",
        "Schrägstrich",
        "Bindestrich",
        "Unterstrich",
        "Doppelpunkt",
        "Fragezeichen",
        "gleich",
    ),
    point="Komma",
    one_before_noun="ein",
    minus="minus",
    plus="plus",
    equals="gleich",
    times="mal",
    power="hoch",
    less="ist kleiner als",
    greater="ist größer als",
    by="mal",
    over="durch",
    conjunction="und",
    at="at",
    percent="Prozent",
    per_mille="Promille",
    number="Nummer",
    hashtag="Hashtag",
    copyright="Copyright",
    trademark="Marke",
    until="bis",
    of="",
    cents_joint="und",
    section="Paragraf",
    relations={
        "is": "ist",
        "≥": "ist größer oder gleich",
        "≤": "ist kleiner oder gleich",
        "≠": "ist ungleich",
        "≈": "ist ungefähr gleich",
        "±": "plus minus",
        "÷": "geteilt durch",
        "√": "Wurzel aus",
        "∞": "unendlich",
        "²": "hoch zwei",
        "³": "hoch drei",
        "<": "weniger als",
        ">": "mehr als",
        "~": "etwa",
        "∼": "etwa",
    },
    abbreviations=GERMAN_ABBREVIATIONS,
    shortening=GERMAN_SHORTENING,
    starters=GERMAN_STARTERS,
    years_by_hundreds=True,
    days=DayWords(
        labels=r"[\w-]{0,20}(?:datum|termin|frist|stichtag|geburtstag|schluss)",
        weekdays="(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend",
        counted=r"(?:de[rs]|aller|vo[mn])\b",
    ),
    numbered=Numbered(
        laws=r"[\w-]{0,30}(?:gesetz(?:es?)?|verordnung|richtlinie|satzung|beschluss|entscheidung"
        r"|erlass|entschließung)|bv[rlfeq]|z[rb]|az",
        things=r"[\w-]{0,20}urteil|heft|ausgabe|artikel|aktenzeichen|[\w-]{0,20}drucksache"
        r"|rundschreiben|vorlage|vorgang|antrag|anfrage|rechtssache|[\w-]{0,20}bericht",
        number="nr|nummern?|n|no|num",
        joints=("und", "oder", "sowie"),
    ),
)

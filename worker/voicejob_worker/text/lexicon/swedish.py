"""Swedish words."""

from typing import Final

from voicejob_worker.text.lexicon.schema import (
    AddressWords,
    DayWords,
    Lexicon,
    Numbered,
    Shortening,
)
from voicejob_worker.text.lexicon.swedish_parts import SWEDISH_PARTS
from voicejob_worker.text.lexicon.swedish_short import (
    SWEDISH_ABBREVIATIONS,
    SWEDISH_POINTLESS,
    SWEDISH_STARTERS,
)

SWEDISH: Final = Lexicon(
    language="sv",
    address=AddressWords(
        "snabel-a",
        "punkt",
        "snedstreck",
        "bindestreck",
        "understreck",
        "kolon",
        "frågetecken",
        "lika med",
    ),
    point="komma",
    one_before_noun="en",
    minus="minus",
    plus="plus",
    equals="är",
    times="gånger",
    power="upphöjt till",
    less="är mindre än",
    greater="är större än",
    by="gånger",
    over="genom",
    conjunction="och",
    at="snabel-a",
    percent="procent",
    per_mille="promille",
    number="nummer",
    hashtag="hashtagg",
    copyright="copyright",
    trademark="varumärke",
    until="till",
    of="",
    cents_joint="",
    relations={
        "is": "är",
        "≥": "är större än eller lika med",
        "≤": "är mindre än eller lika med",
        "≠": "är inte lika med",
        "≈": "är ungefär",
        "±": "plus minus",
        "÷": "delat med",
        "√": "kvadratroten ur",
        "∞": "oändligheten",
        "²": "i kvadrat",
        "³": "i kubik",
        "<": "mindre än",
        ">": "mer än",
        "~": "ungefär",
        "∼": "ungefär",
    },
    abbreviations=SWEDISH_ABBREVIATIONS,
    pointless=SWEDISH_POINTLESS,
    starters=SWEDISH_STARTERS,
    shortening=Shortening(parts=SWEDISH_PARTS),
    days=DayWords(
        labels="[a-zåäö]{0,16}datum|(?:nästa )?möte|deadline|födelsedag|sista dag",
        weekdays="(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?",
        ahead="före|efter|innan|till och med|från och med",
        times=r"(?:kl\.?|klockan) ?[0-9]",
        counted=r"(?:av|sekunder|minuter|timmar|dagar|veckor|månader|år|personer)\b",
    ),
    numbered=Numbered(
        things="lag(?:en)?|förordning(?:en)?|direktiv(?:et)?|beslut(?:et)?|prop(?:osition(?:en)?)?"
        "|dnr|diarienummer|mål(?:et)?|ärende(?:t)?|artikel|skrivelse|motion(?:en)?|betänkande",
        number="nr|nummer|n|no",
        joints=("och", "eller"),
    ),
)

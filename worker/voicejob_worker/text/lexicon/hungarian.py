"""Hungarian words."""

from typing import Final

from voicejob_worker.text.lexicon.hungarian_short import (
    HUNGARIAN_ABBREVIATIONS,
    HUNGARIAN_SHORTENING,
    HUNGARIAN_STARTERS,
)
from voicejob_worker.text.lexicon.schema import AddressWords, DayWords, Lexicon, Numbered

HUNGARIAN: Final = Lexicon(
    language="hu",
    address=AddressWords(
        "kukac",
        "pont",
        "perjel",
        "kötőjel",
        "alsóvonás",
        "kettőspont",
        "kérdőjel",
        "egyenlő",
    ),
    point="egész",
    one_before_noun="egy",
    minus="mínusz",
    plus="plusz",
    equals="egyenlő",
    times="szorozva",
    times_by_ending=True,
    power="a hatványon",
    less="kisebb mint",
    greater="nagyobb mint",
    by="szor",
    over="per",
    conjunction="és",
    at="kukac",
    percent="százalék",
    per_mille="ezrelék",
    number="szám",
    hashtag="hashtag",
    copyright="copyright",
    trademark="védjegy",
    until="től",
    of="",
    cents_joint="",
    section="paragrafus",
    relations={
        "is": "",
        "≥": "nagyobb vagy egyenlő mint",
        "≤": "kisebb vagy egyenlő mint",
        "≠": "nem egyenlő",
        "≈": "körülbelül",
        "±": "plusz-mínusz",
        "÷": "osztva",
        "√": "négyzetgyök",
        "∞": "végtelen",
        "²": "a négyzeten",
        "³": "a köbön",
        "<": "kevesebb mint",
        ">": "több mint",
        "~": "körülbelül",
        "∼": "körülbelül",
    },
    abbreviations=HUNGARIAN_ABBREVIATIONS,
    shortening=HUNGARIAN_SHORTENING,
    starters=HUNGARIAN_STARTERS,
    days=DayWords(
        labels="dátum|határidő|időpont",
    ),
    numbered=Numbered(
        things="szám|ügyszám",
        number="sz|n|no|nr",
        behind=r"\.? ?\([IVX]{1,4}\.|\.? (?:számú|sz\.|[\w-]{0,20}(?:rendelet|törvény|határozat"
        "|utasítás|irányelv|végzés))",
        joint="per",
        joints=("és", "vagy", "a", "és a"),
    ),
)

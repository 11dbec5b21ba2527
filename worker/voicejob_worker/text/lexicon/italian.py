"""Italian words."""

from typing import Final

from voicejob_worker.text.lexicon.italian_short import (
    ITALIAN_ABBREVIATIONS,
    ITALIAN_POINTLESS,
    ITALIAN_SAINTS,
    ITALIAN_SHORTENING,
    ITALIAN_STARTERS,
)
from voicejob_worker.text.lexicon.schema import AddressWords, DayWords, Lexicon, Numbered

ITALIAN: Final = Lexicon(
    language="it",
    address=AddressWords(
        "chiocciola",
        "punto",
        "barra",
        "trattino",
        "trattino basso",
        "due punti",
        "punto interrogativo",
        "uguale a",
    ),
    point="virgola",
    one_before_noun="un",
    minus="meno",
    plus="più",
    equals="è uguale a",
    times="per",
    power="alla",
    less="è minore di",
    greater="è maggiore di",
    by="per",
    over="su",
    conjunction="e",
    at="chiocciola",
    percent="per cento",
    per_mille="per mille",
    number="numero",
    hashtag="hashtag",
    copyright="copyright",
    trademark="marchio registrato",
    until="a",
    of="di",
    cents_joint="e",
    section="paragrafo",
    relations={
        "is": "è",
        "≥": "è maggiore o uguale a",
        "≤": "è minore o uguale a",
        "≠": "è diverso da",
        "≈": "è circa",
        "±": "più o meno",
        "÷": "diviso",
        "√": "radice quadrata di",
        "∞": "infinito",
        "²": "al quadrato",
        "³": "al cubo",
        "<": "meno di",
        ">": "più di",
        "~": "circa",
        "∼": "circa",
    },
    abbreviations=ITALIAN_ABBREVIATIONS,
    shortening=ITALIAN_SHORTENING,
    names_after_a_letter={"S": dict.fromkeys(ITALIAN_SAINTS, "Santa")},
    pointless=ITALIAN_POINTLESS,
    starters=ITALIAN_STARTERS,
    days=DayWords(
        labels="(?:dat[ae]|(?:prossima )?riunione|scadenza|compleanno|appuntamento|consegna)"
        "(?: [a-zà-ÿ']{1,14}){0,3}",
        weekdays="lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
        ahead="entro|fino a|prima di|dopo",
        times="(?:alle|ore) [0-9]",
        counted=r"(?:d(?:i|ei|egli|ell?)|dell[aeo]|secondi|minuti|ore|giorni|settimane|mesi|anni"
        r"|persone)\b",
    ),
    numbered=Numbered(
        laws="legge|leggi|decret[oi]|decreto-legge|regolament[oi]|direttiv[ae]|ordinanz[ae]"
        "|circolar[ei]|deliber[ae]|deliberazion[ei]|determin[ae]|determinazion[ei]"
        r"|provvediment[oi]|d\.? ?lgs|d\.?l|d\.?p\.?r|d\.?m|l\.r",
        short=r"DPCM|OPCM|DM|DL|DPR|L(?=\.)",
        things="risoluzion[ei]|articol[oi]|sentenz[ae]|fascicol[oi]|procediment[oi]|band[oi]|ricors[oi]|caus[ae]"
        "|protocoll[oi]|pratic[ah]e?|interrogazion[ei]|avvis[oi]|pareri?e?|contratt[oi]",
        between="legislativ[oi]|legge|delega|ministerial[ei]|regional[ei]|provincial[ei]"
        "|costituzional[ei]|comunal[ei]|dirigenzial[ei]|ingiuntiv[oi]",
        number="numer[oi]|n|nr|num",
        joint="del",
        joints=("e", "o"),
    ),
)

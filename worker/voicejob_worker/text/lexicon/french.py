"""French words."""

from typing import Final

from voicejob_worker.text.lexicon.french_short import (
    FRENCH_ABBREVIATIONS,
    FRENCH_POINTLESS,
    FRENCH_SHORTENING,
    FRENCH_STARTERS,
)
from voicejob_worker.text.lexicon.schema import AddressWords, DayWords, Lexicon, Numbered

FRENCH: Final = Lexicon(
    language="fr",
    address=AddressWords(
        "arobase",
        "point",
        "barre oblique",
        "tiret",
        "tiret bas",
        "deux points",
        "point d'interrogation",
        "égale",
    ),
    point="virgule",
    one_before_noun="un",
    minus="moins",
    plus="plus",
    equals="égale",
    times="fois",
    power="puissance",
    less="est inférieur à",
    greater="est supérieur à",
    by="par",
    over="sur",
    conjunction="et",
    at="arobase",
    percent="pour cent",
    per_mille="pour mille",
    number="numéro",
    hashtag="hashtag",
    copyright="copyright",
    trademark="marque déposée",
    until="à",
    of="de",
    cents_joint="et",
    section="paragraphe",
    relations={
        "is": "est",
        "≥": "est supérieur ou égal à",
        "≤": "est inférieur ou égal à",
        "≠": "est différent de",
        "≈": "est environ",
        "±": "plus ou moins",
        "÷": "divisé par",
        "√": "racine carrée de",
        "∞": "infini",
        "²": "au carré",
        "³": "au cube",
        "<": "moins de",
        ">": "plus de",
        "~": "environ",
        "∼": "environ",
    },
    abbreviations=FRENCH_ABBREVIATIONS,
    shortening=FRENCH_SHORTENING,
    pointless=FRENCH_POINTLESS,
    starters=FRENCH_STARTERS,
    days=DayWords(
        labels="(?:dates?|(?:prochaine )?réunion|échéance|anniversaire|rendez-vous|parution)"
        "(?: [a-zà-ÿ']{1,14}){0,3}",
        weekdays="lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
        ahead="jusqu'à|avant|après|depuis",
        times="à [0-9]{1,2}(?: ?h|:[0-5][0-9])",
        counted=r"(?:d['’]|(?:d[eu]|des|secondes|minutes|heures|jours|semaines|mois|ans|personnes)\b)",
    ),
    numbered=Numbered(
        laws="lois?|décrets?|décrets?-lois?|ordonnances?|arrêtés?|règlements?|directives?"
        "|décisions?|circulaires?|délibérations?",
        things="avis|résolutions?|articles?|arrêts?|jugements?|dossiers?|affaires?|questions?|pourvois?|bulletins?"
        "|projets?|propositions?|procédures?|contrats?|marchés?|rapports?",
        between="organiques?|roya(?:l|ux)|ministériels?|préfectora(?:l|ux)|municipal|cadre|de loi"
        "|constitutionnelles?|grand-ducal|écrite|parlementaire",
        number="numéros?|n|no|nr",
        joint="de",
        joints=("et", "ou"),
    ),
)

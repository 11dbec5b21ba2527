"""Amounts before the noun that they describe: *a five million dollar deal*, *a ten mile run*."""

import re
from typing import Final

from voicejob_worker.text.lexicon.schema import word_set

_BACK: Final = 12
_DETERMINER: Final = re.compile(
    r"(?:^|[\s(\"'])(?:an?|the|this|that|his|her|its|our|their|my|your|another|every|each|one|new|"
    r"single|first|second|last|next)\s\Z",
    re.IGNORECASE,
)
_NOUN: Final = re.compile(r"[ -]([a-z]{3,20})(?![\w'])")
_NO_NOUNS: Final = word_set(
    "and but for nor per the than then that this these those with from into onto over under above "
    "below about after before between during since until upon within without was were has had are "
    "can could will would may might must shall should did does not who whom which what when where "
    "why how here there now today yesterday tomorrow later ago away apart off out down back more "
    "less each both all any some only also just even too very either next last every across along "
    "around behind beside beyond inside outside near toward towards through throughout high tall "
    "wide long deep thick old due extra worth plus minus they she her his him you our their its "
    "fell rose came went made paid lost won left spent bought sold cost"
)
_MEASURED: Final = word_set(
    "deal bill ticket fine loan fee grant prize fund budget note investment contract project "
    "lawsuit settlement bond bonus coin discount donation award reward bet deposit question radius "
    "bag bottle box run race walk drive hike ride swim marathon limit zone gap drop rise increase "
    "film lens screen monitor display cable pipe battery charger tank pool sprint hurdles dash "
    "mortgage salary bid package program programme bailout facility acquisition merger purchase"
)
"""Nouns that need no determiner before the amount, as in headlines."""


def is_attributive(text: str, start: int, end: int) -> bool:
    """Whether an English amount between two places of a text stands as an adjective.

    A determiner stands before it and a noun after it, or a noun that is often measured. In doubt
    it does not.
    """
    following = _NOUN.match(text, end)
    if following is None:
        return False
    noun = following[1]
    if noun in _MEASURED:
        return True
    if _DETERMINER.search(text[max(start - _BACK, 0) : start]) is None:
        return False
    return noun not in _NO_NOUNS and not noun.endswith(("ed", "ly", "ing", "s"))

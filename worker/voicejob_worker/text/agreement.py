"""Portuguese numbers in the gender of what they count: *duas mil e duzentas mulheres*."""

import re
from typing import Final

from voicejob_worker.text.amounts import AMOUNT
from voicejob_worker.text.gender import in_feminine, is_feminine
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals

_NEUTRAL_ADJECTIVES: Final = (
    "grandes|maiores|melhores|piores|menores|principais|possíveis|diferentes|jovens|importantes"
)
_COUNTING: Final = re.compile(
    rf"(?<![\w.,])({AMOUNT})(?!\w)(?=( das [0-9])|(?: (?:a|e|ou|até) {AMOUNT})?(?:( mil)?"
    rf"(?: (?:{_NEUTRAL_ADJECTIVES}))? ([a-zà-ÿ]{{3,30}})))?"
)
_FEMININE_BEFORE: Final = re.compile(
    r"(?:^|[\s\"'(])(?:às?|as|das|nas|pelas|umas|estas|essas|aquelas|destas|dessas|nestas|nessas|"
    r"suas|minhas|nossas|outras|primeiras|últimas|próximas)\s\Z",
    re.IGNORECASE,
)


def agree_in_gender(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Say the plain numbers beside what shows that they are feminine, in Portuguese.

    An article or a contraction in the feminine plural before the number shows it (*das 2*), or the
    noun after it (*2 a 3 horas*, *2 mil grandes empresas*), or the whole it is part of (*1 das 3*).
    """
    if lexicon.language != "pt":
        return text

    def spoken(found: re.Match[str]) -> str:
        before = found.string[max(found.start() - 18, 0) : found.start()]
        noun = found[4]
        feminine = found[2] or (noun and is_feminine(noun)) or _FEMININE_BEFORE.search(before)
        number = numerals.parse(found[1]) if feminine else None
        said = numerals.say(number) if number else None
        return in_feminine(said) if said else found.group()

    return _COUNTING.sub(spoken, text)

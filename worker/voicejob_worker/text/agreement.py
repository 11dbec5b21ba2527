"""Numbers in the gender of what they count: *duas mil e duzentas mulheres*."""

import re

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.lexicon.patterns import NEVER
from voicejob_worker.text.numerals import Numerals


def agree_in_gender(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Say the plain numbers beside what shows that they are feminine, where they have one.

    An article or a contraction in the feminine plural before the number shows it (*das 2*), or the
    noun after it (*2 a 3 horas*, *2 mil grandes empresas*), or the whole it is part of (*1 das 3*).
    """
    gender = lexicon.amounts.gender
    if gender.counting is NEVER:
        return text

    def spoken(found: re.Match[str]) -> str:
        before = found.string[max(found.start() - 18, 0) : found.start()]
        noun = found[4]
        feminine = found[2] or (noun and gender.is_feminine(noun)) or gender.before.search(before)
        number = numerals.parse(found[1]) if feminine else None
        said = numerals.say(number) if number else None
        return gender.in_feminine(said) if said else found.group()

    return gender.counting.sub(spoken, text)

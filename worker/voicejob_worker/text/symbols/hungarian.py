"""Signs in Hungarian."""

from typing import Final

from voicejob_worker.text.symbols.schema import SignWords, Symbols, currencies, greek

HUNGARIAN: Final = Symbols(
    currencies=currencies("euró dollár font jen rubel líra von rúpia zloty reál"),
    signs=SignWords(
        plus="plusz",
        equals="egyenlő",
        times="szorozva",
        conjunction="és",
        at="kukac",
        number="szám",
        percent=("százalék",),
        degrees=("fok",),
        celsius=("Celsius-fok",),
        scales=("ezer", "millió", "milliárd"),
    ),
    greek=greek(
        "alfa béta gamma delta epszilon zéta éta théta ióta kappa lambda mű nű kszí omikron pí "
        "ró szigma tau üpszilon fí khí pszí ómega",
        "szumma integrál parciális eleme szorzat",
    ),
)

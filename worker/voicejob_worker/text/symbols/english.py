"""Signs in English."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

ENGLISH: Final = Symbols(
    currencies=currencies(
        "euro/euros dollar/dollars pound/pounds yen ruble/rubles lira won rupee/rupees "
        "zloty/zlotys real/reais"
    ),
    greek=greek(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi "
        "rho sigma tau upsilon phi chi psi omega",
        "sum integral partial in product",
    ),
    keeps_halves=True,
)

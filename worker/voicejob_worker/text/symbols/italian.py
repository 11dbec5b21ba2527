"""Signs in Italian."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

ITALIAN: Final = Symbols(
    currencies=currencies(
        "euro dollaro/dollari sterlina/sterline yen rublo/rubli lira/lire won rupia/rupie "
        "zloty real"
    ),
    greek=greek(
        "alfa beta gamma delta epsilon zeta eta theta iota kappa lambda mi ni xi omicron pi "
        "rho sigma tau ipsilon fi chi psi omega",
        "somma integrale parziale in prodotto",
    ),
)

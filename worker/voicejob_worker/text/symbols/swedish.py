"""Signs in Swedish."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, greek

SWEDISH: Final = Symbols(
    greek=greek(
        "alfa beta gamma delta epsilon zeta eta teta jota kappa lambda my ny xi omikron pi rho "
        "sigma tau ypsilon fi chi psi omega",
        "summa integral partiell i produkt",
    ),
)

"""Signs in German."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

GERMAN: Final = Symbols(
    currencies=currencies("Euro Dollar Pfund Yen Rubel Lira Won Rupie/Rupien Zloty Real"),
    greek=greek(
        "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda My Ny Xi Omikron Pi "
        "Rho Sigma Tau Ypsilon Phi Chi Psi Omega",
        "Summe Integral partiell in Produkt",
    ),
)

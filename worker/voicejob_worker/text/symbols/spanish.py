"""Signs in Spanish."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

SPANISH: Final = Symbols(
    currencies=currencies(
        "euro/euros dólar/dólares libra/libras yen/yenes rublo/rublos lira/liras won/wones "
        "rupia/rupias zloty/zlotys real/reales"
    ),
    greek=greek(
        "alfa beta gamma delta épsilon zeta eta theta iota kappa lambda mi ni xi ómicron pi ro "
        "sigma tau ípsilon fi ji psi omega",
        "suma integral parcial en producto",
    ),
    keeps_halves=True,
)

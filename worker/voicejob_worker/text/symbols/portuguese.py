"""Signs in Portuguese."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

PORTUGUESE: Final = Symbols(
    currencies=currencies(
        "euro/euros dólar/dólares libra/libras iene/ienes rublo/rublos lira/liras won/wons "
        "rúpia/rúpias zloty/zlotys real/reais"
    ),
    greek=greek(
        "alfa beta gama delta épsilon zeta eta teta iota capa lambda mi ni csi ômicron pi rô "
        "sigma tau ípsilon fi qui psi ômega",
        "soma integral parcial em produto",
    ),
)

"""Signs in French."""

from typing import Final

from voicejob_worker.text.symbols.schema import Symbols, currencies, greek

FRENCH: Final = Symbols(
    currencies=currencies(
        "euro/euros dollar/dollars livre/livres yen/yens rouble/roubles livre/livres won/wons "
        "roupie/roupies zloty/zlotys réal/réaux"
    ),
    greek=greek(
        "alpha bêta gamma delta epsilon zêta êta thêta iota kappa lambda mu nu xi omicron pi "
        "rhô sigma tau upsilon phi khi psi oméga",
        "somme intégrale partielle dans produit",
    ),
)

"""Signs in Polish."""

from typing import Final

from voicejob_worker.text.symbols.schema import Reckoning, SignWords, Symbols, currencies

POLISH: Final = Symbols(
    currencies=currencies(
        "euro dolar/dolary/dolarów/dolara funt/funty/funtów/funta jen/jeny/jenów/jena "
        "rubel/ruble/rubli/rubla lira/liry/lir/liry won/wony/wonów/wona "
        "rupia/rupie/rupii/rupii złoty/złote/złotych/złotego real/reale/reali/reala"
    ),
    signs=SignWords(
        plus="plus",
        equals="równa się",
        times="razy",
        conjunction="i",
        at="małpa",
        number="numer",
        percent=("procent",),
        degrees=("stopień", "stopnie", "stopni", "stopnia"),
        celsius=("stopień Celsjusza", "stopnie Celsjusza", "stopni Celsjusza", "stopnia Celsjusza"),
        scales=("tys", "tysięcy", "mln", "milion", "miliony", "milionów", "mld", "miliardów"),
    ),
    reckoning=Reckoning(
        plus="plus",
        minus="minus",
        times="razy",
        divided="podzielić przez",
        equals="równa się",
        power="do potęgi",
        square="do kwadratu",
        cube="do sześcianu",
        compared=(
            "co najmniej {}",
            "co najwyżej {}",
            "nie równa się {}",
            "około {}",
            "mniej niż {}",
            "więcej niż {}",
            "pierwiastek z {}",
        ),
    ),
)

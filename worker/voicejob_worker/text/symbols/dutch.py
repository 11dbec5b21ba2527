"""Signs in Dutch."""

from typing import Final

from voicejob_worker.text.symbols.schema import Reckoning, SignWords, Symbols, currencies

DUTCH: Final = Symbols(
    currencies=currencies("euro dollar pond yen roebel lira won roepie zloty real"),
    signs=SignWords(
        plus="plus",
        equals="is",
        times="keer",
        conjunction="en",
        at="at",
        number="nummer",
        percent=("procent",),
        degrees=("graad", "graden"),
        celsius=("graad Celsius", "graden Celsius"),
        scales=("duizend", "miljoen", "miljard", "mln", "mld"),
    ),
    reckoning=Reckoning(
        plus="plus",
        minus="min",
        times="keer",
        divided="gedeeld door",
        equals="is",
        power="tot de macht",
        square="kwadraat",
        cube="tot de derde",
        compared=(
            "minstens {}",
            "hoogstens {}",
            "niet gelijk aan {}",
            "ongeveer {}",
            "minder dan {}",
            "meer dan {}",
            "wortel {}",
        ),
    ),
)

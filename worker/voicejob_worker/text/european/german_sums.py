"""What German calls money and units otherwise than CLDR, as ``singular|plural``."""

from __future__ import annotations

from typing import Final

CURRENCIES: Final = {
    "€": "Euro",
    "EUR": "Euro",
    "Euro": "Euro",
    "$": "Dollar",
    "USD": "US-Dollar",
    "£": "Pfund",
    "GBP": "Pfund",
    "¥": "Yen",
    "JPY": "Yen",
    "CHF": "Franken",
    "sFr.": "Franken",
    "Fr.": "Franken",
    **dict.fromkeys(("¢", "ct", "Ct.", "Cent"), "Cent"),
    "RUB": "Rubel",
    "KRW": "Won",
    "TRY": "Lira",
    "INR": "Rupie|Rupien",
    "BRL": "Real",
    "PLN": "Zloty",
    "DM": "Mark",
}
CENTS: Final = {
    "€": "Cent",
    "EUR": "Cent",
    "Euro": "Cent",
    "$": "Cent",
    "USD": "Cent",
    "£": "Penny|Pence",
    "GBP": "Penny|Pence",
    "CHF": "Rappen",
    "sFr.": "Rappen",
    "Fr.": "Rappen",
    "DM": "Pfennig",
}
UNITS: Final = {
    "dB": "Dezibel",
    "l/100 km": "Liter auf hundert Kilometer",
    "Std.": "Stunde|Stunden",
    "Std": "Stunde|Stunden",
    "Min.": "Minute|Minuten",
    "Min": "Minute|Minuten",
    "Sek.": "Sekunde|Sekunden",
    "Sek": "Sekunde|Sekunden",
    "Pfd.": "Pfund",
    "PS": "PS",
    "Stk.": "Stück",
    "Pkt.": "Punkt|Punkte",
    "qm": "Quadratmeter",
    "TL": "Teelöffel",
    "EL": "Esslöffel",
    "Pck.": "Päckchen",
    "Stck.": "Stück",
    "Ah": "Amperestunde|Amperestunden",
    "mAh": "Milliamperestunde|Milliamperestunden",
}

"""Hungarian: what is written and what is said."""

import pytest

from voicejob_worker.text.normalise import normalise

SAID = [
    ("2 alma, 12 hónap, 22", "két alma, tizenkét hónap, huszonkettő"),
    ("2 500, 1848", "kettőezer-ötszáz, ezernyolcszáznegyvennyolc"),
    ("a 3. osztály, az 50. és 101. nap", "a harmadik osztály, az ötvenedik és százegyedik nap"),
    ("II. Rákóczi Ferenc, a XIX. század", "második Rákóczi Ferenc, a tizenkilencedik század"),
    # dates
    ("1956. október 23.", "ezerkilencszázötvenhat október huszonharmadika."),
    ("aug. 20-án, május 1-jén", "augusztus huszadikán, május elsején"),
    ("2020. 03. 15. volt", "kettőezer-húsz március tizenötödike volt"),
    # times
    ("9:00, 7:45", "kilenc óra, hét óra negyvenöt perc"),
    ("18:30-kor", "tizennyolc óra harminc perckor"),
    # money, units, decimals, endings
    ("500 Ft, 2 €, $3,20", "ötszáz forint, két euró, három dollár húsz cent"),
    ("3,5 millió Ft", "három egész öt tized millió forint"),
    ("0,25", "nulla egész huszonöt század"),
    ("5 kg-ot, 3 km-re, 20 %-kal", "öt kilogrammot, három kilométerre, húsz százalékkal"),
    ("1990-ben, 5-ös, 3-as", "ezerkilencszázkilencvenben, ötös, hármas"),
    ("-8 °C", "mínusz nyolc Celsius-fok"),
    ("1/2, 3/4", "fél, három negyed"),
    ("2 x 3 m, 5×4, 1/3-a", "kétszer három méter, ötször négy, egy harmada"),
    ("Fő u. 12", "Fő utca tizenkettő"),
    ("Ára 20 Ft. Olcsó.", "Ára húsz forint. Olcsó."),
    ("1-től 9-ig, 7-10. oldal, H-P", "egytől kilencig, hetedik, tizedik oldal, hétfő, péntek"),
    ("2021. május 1-től", "kettőezer-huszonegy május elsejétől"),
    # abbreviations
    ("kb. 20 fő, pl. ma, stb. Aztán vége.", "körülbelül húsz fő, például ma, satöbbi. Aztán vége."),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_hungarians_say_it(written: str, said: str) -> None:
    assert normalise(written, "hu-HU").text == said

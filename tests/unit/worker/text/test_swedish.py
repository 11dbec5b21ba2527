"""Swedish: what is written and what is said."""

import pytest

from voicejob_worker.text.normalise import normalise

SAID = [
    ("1 bil, 1 hus, 1 kvinna, 40 bilar", "en bil, ett hus, en kvinna, fyrtio bilar"),
    ("100, 1 000, 1 100", "hundra, tusen, tusen hundra"),
    ("2:a våningen, 4:e gången", "andra våningen, fjärde gången"),
    ("Gustav III, Karl XVI", "Gustav den tredje, Karl den sextonde"),
    # dates
    ("den 6 juni 1983", "den sjätte juni nittonhundraåttiotre"),
    ("2019-12-24", "tjugofjärde december tjugonitton"),
    ("24/12/2019", "tjugofjärde december tjugonitton"),
    ("på 1800-talet, år 2005", "på artonhundratalet, år tjugohundrafem"),
    ("1939–1945", "nittonhundratrettionio till nittonhundrafyrtiofem"),
    ("efter 1814.", "efter artonhundrafjorton."),
    ("1 idé", "en idé"),
    ("44 f.Kr.", "fyrtiofyra före Kristus."),
    # times
    ("kl. 9.05, 18:30", "klockan nio noll fem, arton trettio"),
    ("3.15 e.m., kl 9-12", "tre femton eftermiddag, klockan nio till tolv"),
    # money, units, fractions, decimals
    ("49,90 kr, 1 kr, $3", "fyrtionio kronor nittio öre, en krona, tre dollar"),
    ("2 md kr, 1 miljon", "två miljarder kronor, en miljon"),
    ("90 km/h, 3 kvm", "nittio kilometer per timme, tre kvadratmeter"),
    ("-4 °C", "minus fyra grader Celsius"),
    ("39:50 kr, 80 kr/mån", "trettionio kronor femtio öre, åttio kronor per månad"),
    ("mån-fre 8.00–16.00", "måndag till fredag åtta till sexton"),
    ("5–8 %", "fem till åtta procent"),
    ("3,14, 1,5 l", "tre komma fjorton, en komma fem liter"),
    ("1/2, 2/3, 1 1/2", "en halv, två tredjedelar, ett och en halv"),
    # abbreviations
    ("bl.a. du, t ex jag", "bland annat du, till exempel jag"),
    ("du osv. Vi går.", "du och så vidare. Vi går."),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_swedes_say_it(written: str, said: str) -> None:
    assert normalise(written, "sv-SE").text == said

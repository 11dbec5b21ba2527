"""What holds in every language of ``european``."""

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicejob_worker.text.cldr import UNIT_SIGNS, currency_name, unit_name
from voicejob_worker.text.normalise import normalise

LANGUAGES = ["de", "es", "fr", "it", "sv", "hu"]
SIGNS = (
    "€|$|kr|Ft|CHF|%|‰|°C| km/h| kg|mm²|h|min|Uhr|heures|ore|a.m.|GMT|Oktober|mayo|août|kl.|z. B."
)
WORDS = (
    "II|XIV.|XXIe|siglo |Luis |Mio.|millones|1ᵉʳ|½|2.º|Frau|casa|personnes|libri|barn|ember|und|y"
)
DATES = "25.12.2025|3. 5. 1970|14h30|10:30|1/2|-5|+49 30 123|3:1"
PIECES = st.one_of(
    st.sampled_from([*SIGNS.split("|"), *WORDS.split("|"), *DATES.split("|")]),
    st.sampled_from([" ", " ", ".", ". ", ", ", "-", "–", "/", "(", ")", "!", "?", "\n\n", ":"]),
    st.integers(0, 3_000_000).map(str),
    st.decimals(0, 9999, places=2).map(lambda number: f"{number:,}"),
)
PHRASES = {
    "de": ["im 2. Stock", "am 3. Mai 1990", "um 14.30 Uhr", "12,50 €", "5 km", "1 Frau", "3/8"],
    "es": ["el 2.º piso", "3 de mayo de 1990", "a las 14:30", "12,50 €", "5 km", "1 casa", "3/8"],
    "fr": ["au 2e étage", "le 3 mai 1990", "à 14h30", "12,50 €", "5 km", "1 fille", "3/8", "20 %"],
    "it": ["il 2° piano", "il 3 maggio 1990", "alle 14:30", "12,50 €", "5 km", "1 casa", "3/8"],
    "sv": ["2:a våningen", "den 3 maj 1990", "kl. 14.30", "12,50 kr", "5 km", "1 flicka", "3/8"],
    "hu": ["a 2. emelet", "1990. május 3-án", "14:30-kor", "12,50 €", "5 km-re", "2 ember", "3/4"],
}


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("hu", "3 \u03bcl, 5 °c", "három mikroliter, öt Celsius-fok"),
        ("sv", "3 \u03bcs, 5 °c", "tre mikrosekunder, fem grader Celsius"),
        (
            "es",
            "S/ 12, 7 cop, RD$20",
            "doce soles, siete pesos colombianos, veinte pesos dominicanos",
        ),
        ("de", "3 GEL, 20 NPR", "drei georgische Lari, zwanzig nepalesische Rupien"),
    ],
)
def test_signs_are_met_as_they_are_typed(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "fünf pro Minute, minus drei pro Sekunde"),
        ("es", "cinco por minuto, menos tres por segundo"),
        ("fr", "cinq par minute, moins trois par seconde"),
        ("it", "cinque per minuto, meno tre per secondo"),
        ("sv", "fem per minut, minus tre per sekund"),
        ("hu", "öt per perc, mínusz három per másodperc"),
    ],
)
def test_a_bare_number_may_be_a_rate(language: str, said: str) -> None:
    assert normalise("5/min, -3/s", language).text == said


@settings(deadline=None)  # the first loads the rules
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(LANGUAGES))
def test_no_mixture_raises_or_keeps_a_digit(text: str, language: str) -> None:
    said = normalise(text, language).text
    assert "None" not in said
    assert "  " not in said
    assert "\x01" not in said
    assert not set("0123456789½") & set(said)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None)
@given(data=st.data())
def test_what_is_said_is_said_alike_again(language: str, data: st.DataObject) -> None:
    joints = st.sampled_from([", ", "; ", "? ", "\n\n", " (", ") "])
    pairs = st.lists(st.tuples(st.sampled_from(PHRASES[language]), joints), max_size=8)
    text = data.draw(pairs.map(lambda found: "".join(map("".join, found))))
    said = normalise(text, language).text
    assert normalise(said, language).text == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_and_currency_has_a_name(language: str) -> None:
    assert all(unit_name(language, sign) for sign in UNIT_SIGNS)
    assert all(currency_name(language, code) for code in ("USD", "CHF", "SEK", "MXN", "PLN"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_is_said_after_a_number(language: str) -> None:
    for sign in UNIT_SIGNS:
        said = normalise(f"x 7 {sign} x", language).text
        name = unit_name(language, sign)
        assert f" {sign} " not in said or sign in (name or ()), sign


def test_prose_without_digits_loads_none_of_the_rules() -> None:
    program = (
        "import sys\n"
        "from voicejob_worker.text.normalise import normalise\n"
        "texts = {'de': 'Der Mann sah z. B. das Meer.', 'es': 'El Sr. López mira el mar.',\n"
        "  'fr': \"L'homme regarde la mer. C'est M. Petit.\", 'it': 'Il sig. Rossi guarda.',\n"
        "  'sv': 'Mannen ser bl.a. havet.', 'hu': 'A férfi pl. a tengert nézi.'}\n"
        "for language, text in texts.items(): normalise(text, language)\n"
        "print(sorted({'babel', 'unicode_rbnf'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


NASTY = [
    *("3. ", "3.5.", "1. und ", "im 2. ", "II. ", "Mo-", "Mo–Fr ", "5 €/", "10.00–", "1.123."),
    *("i. d. ", "1 und ", "3/4 ", "½ ", "1 1/2 m", "5 km-", "+49 ", "01 23 ", "1h", "1:00-"),
    *("ápr. 1", "am 3. Mai ", "1:a ", "Luis X ", "IIe ", "2 x ", "5 –", "1 de ", "enero 1"),
    *("klockan 1", "5,-", "5 %-5 %", "1/1/", "M. ", "St. A", "100-m-A", "5 Mio. "),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_takes_more_than_linear_time(language: str) -> None:
    """25,000 characters of each take 0.01 to 0.2 s; quadratic time takes a minute."""
    for piece in NASTY:
        text = (piece * (25_000 // len(piece) + 1))[:25_000]
        start = time.process_time()
        normalise(text, language)
        assert time.process_time() - start < 3, piece

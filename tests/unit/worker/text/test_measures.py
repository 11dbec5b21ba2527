"""Units and currencies of any kind, put together as people write them."""

import pytest

from voicejob_worker.text.lexicon import ENGLISH, PORTUGUESE
from voicejob_worker.text.normalise import normalise

ENGLISH_SAID = [
    ("5 mg/mL", "five milligrams per milliliter"),
    ("1 mg/dL, 2 µg/m³", "one milligram per deciliter, two micrograms per cubic meter"),
    ("3 mbps, 40 Mbit/s", "three megabits per second, forty megabits per second"),
    ("12/kg, 30/min", "twelve per kilogram, thirty per minute"),
    ("8 m2, 8 m^2, 8 m²", "eight square meters, eight square meters, eight square meters"),
    ("5 kg/m3", "five kilograms per cubic meter"),
    ("100 kWh/yr, 5 g/d", "one hundred kilowatt hours per year, five grams per day"),
    ("10 MB/s, 3 GiB", "ten megabytes per second, three gibibytes"),
    ("a 5 kg bag and 5 kg", "a five kilogram bag and five kilograms"),
    ("the 10 km was long", "the ten kilometers was long"),
    ("5 pm, 5 am", "five PM, five AM"),
    ("45º, 45 º C, 4 µm", "forty-five degrees, forty-five degrees C, four micrometers"),
    ("2 ghz, 5 \u03bcm, 40 db", "two gigahertz, five micrometers, forty decibels"),
    ("CHF 20, 30 CHF, 1 CHF", "twenty Swiss francs, thirty Swiss francs, one Swiss franc"),
    ("A$5, SEK 1, 2 zł", "five Australian dollars, one Swedish krona, two zlotys"),
    ("₩460 billion, ¥30b", "four hundred and sixty billion won, thirty billion yen"),
    ("TOP 10, TRY 5, 5 TRY", "TOP ten, TRY five, five lira"),
    ("$20.010", "twenty dollars and one cent"),
    ("$20/mo, £10/wk, $1/d", "twenty dollars per month, ten pounds per week, one dollar per day"),
    ("$10-$20", "ten to twenty dollars"),
    ("$5m–$7m", "five million dollars to seven million dollars"),
    ("a $5 million deal, a $5 bill", "a five million dollar deal, a five dollar bill"),
    ("$5-million deal", "five million dollar deal"),
    ("the $5 million was lost", "the five million dollars was lost"),
    ("I paid $20 each", "I paid twenty dollars each"),
]
PORTUGUESE_SAID = [
    ("5 mg/mL e 1 kg/m²", "cinco miligramas por mililitro e um quilo por metro quadrado"),
    ("10 L/min, 3 mbps", "dez litros por minuto, três megabits por segundo"),
    ("20/kg", "vinte por quilo"),
    ("CHF 20 e 1 CHF", "vinte francos suíços e um franco suíço"),
    ("A$ 5, 2 SEK", "cinco dólares australianos, duas coroas suecas"),
    ("R$ 5-R$ 10", "cinco a dez reais"),
]


@pytest.mark.parametrize(("written", "said"), ENGLISH_SAID)
def test_in_english(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


@pytest.mark.parametrize(("written", "said"), PORTUGUESE_SAID)
def test_in_portuguese(written: str, said: str) -> None:
    assert normalise(written, "pt-BR").text == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "kilometers"),
        ("en-US", "kilometers"),
        ("en-GB", "kilometres"),
        ("en-AU", "kilometres"),
    ],
)
def test_english_is_spelled_as_its_country_spells_it(language: str, said: str) -> None:
    assert normalise("5 km", language).text == f"five {said}"


@pytest.mark.parametrize("lexicon", [ENGLISH, PORTUGUESE], ids=lambda lexicon: lexicon.language)
def test_every_unit_and_currency_has_two_names_and_is_said(lexicon) -> None:
    tag = lexicon.language
    ahead = "Força de " if tag == "pt" else ""  # N and J are letters behind other words
    for sign, (singular, plural) in lexicon.units.items():
        said = normalise(f"{ahead}7 {sign}.", tag).text
        assert singular, sign
        assert plural.split()[0] in said, sign
    for code, currency in lexicon.currencies.items():
        assert currency.plural in normalise(f"7 {code}.", tag).text, code

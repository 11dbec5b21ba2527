"""Comparisons, arrows and powers are said, never passed on as signs."""

import time

import pytest

from voicejob_worker.text.normalise import normalise

ENGLISH = [
    ("if (x >= 10)", "if (x is greater than or equal to ten)"),
    ("x <= 3 && y != z", "x is less than or equal to three and y is not equal to z"),
    ("x == 5, y === z, x := 3", "x equals five, y equals z, x equals three"),
    ("a => b", "a, b"),
    ("def f() -> int", "def f(), int"),
    ("Settings -> Privacy → Cookies", "Settings, Privacy, Cookies"),
    ("10 -> 20, 5→6 km", "ten to twenty, five to six kilometers"),
    ("-> First", "First"),
    ("≥10 or ±3", "greater than or equal to ten or plus or minus three"),
    ("5±3 kg, ≤ -5 °C",
     "five plus or minus three kilograms, less than or equal to minus five degrees Celsius"),
    ("<5 min, >100, ~$5, ~20", "less than five minutes, more than one hundred, about five dollars, "
     "about twenty"),
    ("3 < 5, 5 > 3", "three is less than five, five is greater than three"),
    ("x², y³, 10⁻³, 10⁶",
     "x squared, y cubed, ten to the power of minus three, ten to the power of six"),
    ("x^2, 10^6, x^n, 2^(-3)",
     "x squared, ten to the power of six, x to the power of n, two to the power of minus three"),
    ("5 m², E=mc²", "five square meters, E equals mc squared"),
    ("√2 ≈ 1.4, 10 ÷ 2, ∞",
     "the square root of two is approximately one point four, ten divided by two, infinity"),
    ("CO₂ and H₂O", "CO two and H two O"),
    ("<b>x</b> is 1", "x is one"),
]  # fmt: skip
PORTUGUESE = [
    ("x >= 10 e y <= 3", "x é maior ou igual a dez e y é menor ou igual a três"),
    ("a -> b, a != b", "a, b, a é diferente de b"),
    ("≥10 e ±3", "maior ou igual a dez e mais ou menos três"),
    ("x², 10⁶, 10 → 20", "x ao quadrado, dez elevado a seis, dez a vinte"),
    ("<5 min, ~20", "menos de cinco minutos, cerca de vinte"),
    ("CO₂", "CO dois"),
]


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_in_english(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


@pytest.mark.parametrize(("written", "said"), PORTUGUESE)
def test_in_portuguese(written: str, said: str) -> None:
    assert normalise(written, "pt-BR").text == said


@pytest.mark.parametrize(
    "piece", ["->", "a->", ">=", "a>=b", "<", "~", "=", "x²", "x^", "^(", "±", "a <", "==>", "&&"]
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    start = time.process_time()
    normalise(text, "en-US")
    assert time.process_time() - start < 4

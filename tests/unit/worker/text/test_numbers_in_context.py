"""Numbers that their surroundings say how to read: addresses, ranges, fractions, durations."""

import pytest

from voicejob_worker.text.normalise import normalise

ENGLISH = [
    (
        "192.168.1.10:8880",
        "one nine two dot one six eight dot one dot one zero port eight eight eight zero",
    ),
    ("http://10.0.0.1:80/a", "one zero dot zero dot zero dot one colon eight zero slash a"),
    (
        "example.com/2024/123-sm",
        "example dot com slash twenty twenty-four slash one two three dash sm",
    ),
    ("config.yaml, a.tar.gz and main.py.", "config dot yaml, a dot tar dot gz and main dot py."),
    ("It works.then we go", "It works.then we go"),
    ("my number is 98 45 07 13.", "my number is nine eight, four five, zero seven, one three."),
    (
        "1234-123kg",
        "one thousand two hundred and thirty-four to one hundred and twenty-three kilograms",
    ),
    (
        "1980-1986 m",
        "one thousand nine hundred and eighty to one thousand nine hundred and eighty-six meters",
    ),
    ("2-5lb, 5–10 km", "two to five pounds, five to ten kilometers"),
    ("3 5/2, 2/4", "three and five halves, two quarters"),
    (
        "4.5/5, rated 4/5, 4/5 stars, 4/5, 5/5",
        "four point five out of five, rated four out of five, four out of five stars, four fifths, "
        "five out of five",
    ),
    ("24/7, 9/11, 20/20", "twenty-four seven, nine eleven, twenty twenty"),
    (
        "1:05:30, 0:45:10",
        "one hour, five minutes and thirty seconds, forty-five minutes and ten seconds",
    ),
    ("10 p.m. e.s.t", "ten PM EST"),
    (".1665", "point one six six five"),
    ("2th, 12nd, 12th, 112TH", "two th, twelve nd, twelfth, one hundred and twelfth"),
]
PORTUGUESE = [
    ("192.168.1.1", "um nove dois ponto um seis oito ponto um ponto um"),
    (
        "1.000.000.000, 192.168.100.200",
        "um bilhão, um nove dois ponto um seis oito ponto um zero zero ponto dois zero zero",
    ),
    ("joe2@x.org", "joe dois arroba x ponto org"),
    ("4,5/5", "quatro vírgula cinco de cinco"),
    ("45/32, 3 5/2", "quarenta e cinco trinta e dois avos, três e cinco meios"),
    ("10-5 kg", "dez a cinco quilos"),
    ("2024-3-5", "cinco de março de dois mil e vinte e quatro"),
    ("03/15/2024", "quinze de março de dois mil e vinte e quatro"),
]


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_in_english(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


@pytest.mark.parametrize(("written", "said"), PORTUGUESE)
def test_in_portuguese(written: str, said: str) -> None:
    assert normalise(written, "pt-BR").text == said
